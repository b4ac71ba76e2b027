"""Changes that hold from a day on: those that wait, those of one body or item, and what an item says on a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from lantai.administration.models import DatedChange, DatedKind, Organisation, ServiceItem

WAITING = Q(in_force_at__isnull=True, withdrawn_at__isnull=True)


@dataclass(frozen=True, slots=True)
class DatedChangeView:
    """One change. `state` is waiting, hindered (its day came and something kept it back), in-force or withdrawn;
    `name` what the body or item is called now."""

    id: int
    kind: str
    subject: str
    name: str
    day: date
    state: str
    content: dict[str, Any]
    before: dict[str, Any]
    basis: str
    recorded_at: datetime
    recorded_by: str
    in_force_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_by: str
    withdrawn_reason: str
    trouble: str


class NoSuchChange(LookupError):
    """No change has that number."""


def waiting_changes(*, kinds: Collection[str] = DatedKind.values, subject: str = "") -> list[DatedChangeView]:
    """The changes that are not in force yet, the next first; of one body or item, if given. Three queries."""
    rows = DatedChange.objects.filter(WAITING, kind__in=list(kinds))
    return _views(list(rows.filter(subject=subject) if subject else rows))


def waiting_of_bodies(*, codes: Collection[str]) -> dict[str, list[DatedChangeView]]:
    """What is to come of each of these bodies, wherever it stands in the change; the next first."""
    found: dict[str, list[DatedChangeView]] = {}
    for each in waiting_changes(kinds=[DatedKind.BODY]):
        for code in {*each.content["before"], *each.content["after"]} & set(codes):
            found.setdefault(code, []).append(each)
    return found


def count_waiting(*, kind: str) -> int:
    """How many changes of a kind are not in force yet."""
    return DatedChange.objects.filter(WAITING, kind=kind).count()


def changes_of_item(*, code: str) -> list[DatedChangeView]:
    """Every change of an item, those that wait and were withdrawn too, the last day first."""
    return _views(list(DatedChange.objects.filter(kind=DatedKind.ITEM, subject=code).order_by("-day", "-id")))


def dated_change(*, number: int) -> DatedChangeView:
    """One change. Raises NoSuchChange."""
    row = DatedChange.objects.filter(pk=number).first()
    if row is None:
        raise NoSuchChange(number)
    return _views([row])[0]


def _views(rows: list[DatedChange]) -> list[DatedChangeView]:
    bodies = {each.subject for each in rows if each.kind == DatedKind.BODY}
    items = {each.subject for each in rows if each.kind == DatedKind.ITEM}
    names: dict[str, str] = {}
    if bodies:
        names |= dict(Organisation.objects.filter(code__in=bodies).values_list("code", "name"))
    if items:
        names |= dict(ServiceItem.objects.filter(code__in=items).values_list("code", "name"))
    return [
        DatedChangeView(
            id=each.pk,
            kind=each.kind,
            subject=each.subject,
            name=names.get(each.subject, each.subject),
            day=each.day,
            state=_state(each),
            content=each.content,
            before=each.before,
            basis=each.basis,
            recorded_at=each.recorded_at,
            recorded_by=each.recorded_by,
            in_force_at=each.in_force_at,
            withdrawn_at=each.withdrawn_at,
            withdrawn_by=each.withdrawn_by,
            withdrawn_reason=each.withdrawn_reason,
            trouble=each.trouble,
        )
        for each in rows
    ]


def _state(row: DatedChange) -> str:
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row.in_force_at is not None:
        return "in-force"
    return "hindered" if row.trouble else "waiting"


def item_values(*, item: ServiceItem) -> dict[str, Any]:
    """What is registered of an item now, as changes keep it: bodies by code, classes by path, days as text."""
    return {
        "name": item.name,
        "type": item.type,
        "organisation": item.organisation.code if item.organisation else "",
        "record_class": item.record_class.path if item.record_class else "",
        "promised_days": item.promised_days,
        "ended_on": item.ended_on.isoformat() if item.ended_on else "",
    }


def item_state_on(*, item: ServiceItem, day: date) -> dict[str, Any]:
    """What is registered of an item on a day, past or to come, as changes keep it."""
    values = item_values(item=item)
    rows = list(DatedChange.objects.filter(kind=DatedKind.ITEM, subject=item.code, withdrawn_at__isnull=True))
    for each in reversed(rows):
        if each.in_force_at is not None and each.day > day:
            values |= each.before
    for each in rows:
        if each.in_force_at is None and each.day <= day:
            values |= each.content
    return values


@dataclass(frozen=True, slots=True)
class ItemClasses:
    """The classes that cases of some items go into, by code of the item, and the changes of them."""

    now: Mapping[str, str]
    changes: Mapping[str, Sequence[DatedChange]]

    def on(self, code: str, day: date) -> str:
        """The path of the class that cases of an item go into on a day; empty where there is none."""
        path = self.now.get(code, "") or ""
        rows = self.changes.get(code, ())
        for each in reversed(rows):
            if each.in_force_at is not None and each.day > day:
                path = each.before.get("record_class", path)
        for each in rows:
            if each.in_force_at is None and each.day <= day:
                path = each.content.get("record_class", path)
        return path


def item_classes(*, codes: Collection[str]) -> ItemClasses:
    """The classes of these items on every day. Two queries for any number of items."""
    found = dict(ServiceItem.objects.filter(code__in=codes).order_by().values_list("code", "record_class__path"))
    changes: dict[str, list[DatedChange]] = {}
    for each in DatedChange.objects.filter(kind=DatedKind.ITEM, subject__in=list(found), withdrawn_at__isnull=True):
        changes.setdefault(each.subject, []).append(each)
    return ItemClasses(found, changes)
