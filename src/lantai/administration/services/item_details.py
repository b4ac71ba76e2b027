"""Change what is registered of a service item (事项登记), every field, from a day on; take such a change back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.models import DatedChange, DatedKind, Organisation, RecordClass, ServiceItem
from lantai.administration.queries.dated_changes import item_state_on, item_values
from lantai.administration.services.dated_changes import actor_of_change, enter_change, planned_entry
from lantai.administration.services.evidence import ReferenceRefused, change_entry, require_steward, state_of
from lantai.administration.services.people_access import Actor
from lantai.ledger.services import NewEntry, append_entries


@dataclass(frozen=True, slots=True)
class ItemDetails:
    """Everything that is registered of an item beside its code: `organisation` is the code of the body that handles
    it, `record_class` the path of the class its cases go into, `ended_on` the last day it is handled."""

    name: str
    type: str = ""
    organisation: str = ""
    record_class: str = ""
    promised_days: int = 0
    ended_on: date | None = None


def change_item(
    *, code: str, details: ItemDetails, valid_from: date, reason: str, by: Actor, now: datetime
) -> DatedChange:
    """Register *details* of an item from a day on, by an archivist: only what differs from what holds on that day is
    the change. One of today or before is in force at once, a later one waits for its day.

    Raises ReferenceRefused for an unknown item, body or class, for no difference at all, and for a day before that of
    a change in force, whose values it would overturn unseen.
    """
    require_steward(by=by)
    with transaction.atomic():
        item = ServiceItem.objects.select_for_update().filter(code=code).first()
        if item is None:
            raise ReferenceRefused(_("没有编码为 %(code)s 的事项。") % {"code": code})
        last = DatedChange.objects.filter(kind=DatedKind.ITEM, subject=code, in_force_at__isnull=False).last()
        if last is not None and valid_from < last.day:
            told = {"day": last.day.isoformat()}
            raise ReferenceRefused(_("生效日期不能早于 %(day)s：那一天起的变更已经生效。") % told)
        held = item_state_on(item=item, day=valid_from)
        wanted = details_as_kept(details=details)
        content = {name: value for name, value in wanted.items() if value != held[name]}
        if not content:
            raise ReferenceRefused(_("与这一天的登记相同，没有改动。"))
        waits = valid_from > timezone.localdate(now)
        row = enter_change(
            kind=DatedKind.ITEM,
            subject=code,
            day=valid_from,
            content=content,
            basis=reason,
            by=by,
            now=now,
            waits=waits,
        )
        if not waits:
            put_item_change(change=row, now=now)
    return row


def details_as_kept(*, details: ItemDetails) -> dict[str, Any]:
    """*details* as a change keeps them: bodies by code, classes by path, days as text. Raises ReferenceRefused."""
    if not details.name.strip():
        raise ReferenceRefused(_("事项须有名称。"))
    if details.organisation and not Organisation.objects.filter(code=details.organisation).exists():
        raise ReferenceRefused(_("没有代码为 %(code)s 的机构。") % {"code": details.organisation})
    if details.record_class and not RecordClass.objects.filter(path=details.record_class).exists():
        raise ReferenceRefused(_("没有类别 %(path)s。") % {"path": details.record_class})
    ended = details.ended_on.isoformat() if details.ended_on else ""
    return asdict(details) | {"ended_on": ended}


def enter_item_changes(
    *, changes: Mapping[str, Mapping[str, Any]], day: date, basis: str, by: Actor, now: datetime
) -> list[NewEntry]:
    """Enter changes of many items, by code, in the caller's transaction, as a catalogue or a change of bodies brings
    them; returns the entries to be appended. They are in force at once, or wait where *day* is to come. For an item
    that has a later change in force the day is that one's."""
    items = ServiceItem.objects.select_for_update().filter(code__in=changes).order_by("code")
    rows = list(items.prefetch_related("organisation", "record_class"))
    in_force = DatedChange.objects.filter(kind=DatedKind.ITEM, subject__in=list(changes), in_force_at__isnull=False)
    latest = dict(in_force.order_by().values_list("subject").annotate(last=Max("day")))
    entries, made, today, named = [], [], timezone.localdate(now), _named(list(changes.values()))
    for item in rows:
        held = item_values(item=item)
        content = {name: value for name, value in changes[item.code].items() if value != held[name]}
        if not content:
            continue
        row = DatedChange(
            kind=DatedKind.ITEM,
            subject=item.code,
            day=max(day, latest.get(item.code, day)),
            content=content,
            basis=basis,
            recorded_at=now,
            recorded_by=by.reference,
            role=by.role,
            address=by.address,
        )
        made.append(row)
        if row.day > today:
            entries.append(planned_entry(change=row, by=by, now=now))
        else:
            row.before, row.in_force_at = {name: held[name] for name in content}, now
            entries.append(_put(item, row, named, now))
    DatedChange.objects.bulk_create(made, batch_size=200)
    ServiceItem.objects.bulk_update(rows, [*asdict(ItemDetails(""))], batch_size=200)
    return entries


def put_item_change(*, change: DatedChange, now: datetime) -> None:
    """Bring a change of an item into force, in the caller's transaction: the item then says what it says.

    Raises ReferenceRefused when the item, the body or the class it names is gone.
    """
    item = ServiceItem.objects.select_for_update().filter(code=change.subject).first()
    if item is None:
        raise ReferenceRefused(_("没有编码为 %(code)s 的事项。") % {"code": change.subject})
    held = item_values(item=item)
    change.before = {name: held[name] for name in change.content}
    change.in_force_at, change.trouble = now, ""
    entry = _put(item, change, _named([change.content]), now)
    item.save()
    change.save(update_fields=["before", "in_force_at", "trouble"])
    append_entries(entries=[entry])


def _put(item: ServiceItem, change: DatedChange, named: Mapping[str, Any], now: datetime) -> NewEntry:
    """Let *item* say what *change* says; it is saved by the caller. Raises ReferenceRefused."""
    before, content = state_of(row=item), change.content
    for name in ("name", "type", "promised_days"):
        setattr(item, name, content.get(name, getattr(item, name)))
    if "ended_on" in content:
        item.ended_on = date.fromisoformat(content["ended_on"]) if content["ended_on"] else None
    for name in {"organisation", "record_class"} & set(content):
        row = named.get(f"{name} {content[name]}")
        if row is None and content[name]:
            raise ReferenceRefused(_("没有 %(code)s。") % {"code": content[name]})
        setattr(item, name, row)
    return change_entry(
        kind="item-ended" if content.keys() == {"ended_on"} and item.ended_on else "item-changed",
        subject=f"item:{item.code}",
        by=actor_of_change(change=change),
        now=now,
        before=before,
        after=state_of(row=item) | {"day": change.day.isoformat()},
        reason=change.basis,
    )


def _named(contents: Collection[Mapping[str, Any]]) -> dict[str, Any]:
    """The bodies and classes that changes name, by code and path; the empty code is nobody. Two queries."""
    bodies = {str(each.get("organisation", "")) for each in contents} - {""}
    paths = {str(each.get("record_class", "")) for each in contents} - {""}
    found: dict[str, Any] = {f"organisation {row.code}": row for row in Organisation.objects.filter(code__in=bodies)}
    return found | {f"record_class {row.path}": row for row in RecordClass.objects.filter(path__in=paths)}


def undo_item_change(*, number: int, valid_from: date, by: Actor, now: datetime) -> DatedChange:
    """Take a change of an item that is in force back, as a new change: its fields get the values they had before it.

    Raises ReferenceRefused for one that is not in force, or whose fields say so already on that day.
    """
    require_steward(by=by)
    with transaction.atomic():
        row = DatedChange.objects.filter(pk=number, kind=DatedKind.ITEM, in_force_at__isnull=False).first()
        if row is None:
            raise ReferenceRefused(_("这项变更没有生效，不能撤销。"))
        item = ServiceItem.objects.select_for_update().get(code=row.subject)
        held = item_state_on(item=item, day=valid_from) | dict(row.before)
        ended = date.fromisoformat(held["ended_on"]) if held["ended_on"] else None
        return change_item(
            code=row.subject,
            details=ItemDetails(**held | {"ended_on": ended}),
            valid_from=valid_from,
            reason=_("撤销 %(day)s 起的变更：%(basis)s") % {"day": row.day.isoformat(), "basis": row.basis[:200]},
            by=by,
            now=now,
        )
