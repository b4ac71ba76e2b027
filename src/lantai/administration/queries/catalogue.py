"""Items as administration shows them, and what a catalogue read from a file would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from lantai.administration.item_files import CatalogueItem, item_of_row
from lantai.administration.models import DatedChange, DatedKind, ItemImport, ItemVersion, Organisation, ServiceItem
from lantai.administration.queries.bodies import standing_on
from lantai.administration.queries.dated_changes import WAITING


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item in the list of items."""

    code: str
    name: str
    type: str
    organisation: str
    record_class: str
    promised_days: int
    ended_on: date | None
    waiting: date | None
    materials: int
    rules: int
    version: str


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What a catalogue says of one item. `kind` is new, changed, same or gone; `changes` are field, held, said;
    `materials` says that its material catalogue differs; `unknown_body` that its body is not registered."""

    kind: str
    code: str
    name: str
    said: CatalogueItem | None
    organisation_id: int | None
    changes: tuple[tuple[str, str, str], ...] = ()
    materials: bool = False
    unknown_body: bool = False


def list_items(
    *, words: str = "", organisation: str = "", type: str = "", state: str = "", on: date, offset: int, limit: int
) -> tuple[list[ItemRow], int]:
    """Items by code; `state` is "open" or "ended" as of *on*, "waiting" (a change of it is to come) or "bare" (no
    material rule in its open version)."""
    found = ServiceItem.objects.order_by("code")
    if words:
        found = found.filter(Q(code__icontains=words) | Q(name__icontains=words))
    if organisation:
        found = found.filter(organisation__code=organisation)
    if type:
        found = found.filter(type=type)
    if state == "bare":
        ruled = ItemVersion.objects.filter(valid_to__isnull=True).exclude(rules=[]).values("item_id")
        found = found.exclude(pk__in=ruled)
    elif state == "waiting":
        found = found.filter(code__in=DatedChange.objects.filter(WAITING, kind=DatedKind.ITEM).values("subject"))
    elif state:
        found = found.filter(ended_on__lt=on) if state == "ended" else found.exclude(ended_on__lt=on)
    rows = list(found.select_related("organisation", "record_class")[offset : offset + limit])
    versions = {each.item_id: each for each in ItemVersion.objects.filter(item__in=rows, valid_to__isnull=True)}
    codes = [each.code for each in rows]
    to_come = DatedChange.objects.filter(WAITING, kind=DatedKind.ITEM, subject__in=codes).order_by("-day")
    waiting = dict(to_come.values_list("subject", "day"))
    return [_row(each, versions.get(each.pk), waiting.get(each.code)) for each in rows], found.count()


def items_in_class(*, path: str) -> int:
    """How many items have their cases in a class or below it now."""
    below = Q(record_class__path=path) | Q(record_class__path__startswith=f"{path}·")
    return ServiceItem.objects.filter(below).count()


def _row(item: ServiceItem, version: ItemVersion | None, waiting: date | None) -> ItemRow:
    return ItemRow(
        code=item.code,
        name=item.name,
        type=item.type,
        organisation=item.organisation.name if item.organisation else "",
        record_class=item.record_class.path if item.record_class else "",
        promised_days=item.promised_days,
        ended_on=item.ended_on,
        waiting=waiting,
        materials=len(version.materials) if version else 0,
        rules=len(version.rules) if version else 0,
        version=version.version if version else "",
    )


def changes_of_import(*, read: ItemImport) -> list[ItemChange]:
    """What taking over *read* would do, item by item: new and changed ones, those that stay, those that are gone.

    Five queries for any number of items.
    """
    said = [item_of_row(each) for each in read.rows]
    bodies = _bodies(read.valid_from)
    held = {each.code: each for each in ServiceItem.objects.select_related("organisation")}
    versions = {each.item_id: each for each in ItemVersion.objects.filter(valid_to__isnull=True)}
    changes = [_change(each, held.get(each.code), versions, bodies) for each in said]
    if read.whole_of:
        named = {each.code for each in said}
        changes += [
            ItemChange("gone", each.code, each.name, None, each.organisation_id)
            for each in held.values()
            if each.code not in named
            and each.ended_on is None
            and (read.whole_of == "*" or (each.organisation and each.organisation.code == read.whole_of))
        ]
    return changes


def _bodies(day: date) -> Mapping[str, tuple[int, str]]:
    """Number and name of a body standing on *day* by its code, credit code and name."""
    found: dict[str, tuple[int, str]] = {}
    rows = Organisation.objects.filter(standing_on(day))
    for number, code, credit, name in rows.values_list("pk", "code", "credit_code", "name"):
        found |= {each: (number, name) for each in (name, credit, code) if each}
    return found


def _change(
    said: CatalogueItem,
    held: ServiceItem | None,
    versions: Mapping[int, ItemVersion],
    bodies: Mapping[str, tuple[int, str]],
) -> ItemChange:
    number, body = bodies.get(said.body_code) or bodies.get(said.body) or (None, "")
    unknown = number is None and bool(said.body or said.body_code)
    if held is None:
        return ItemChange("new", said.code, said.name, said, number, (), bool(said.materials), unknown)
    version = versions.get(held.pk)
    materials = bool(said.materials) and list(said.materials) != (version.materials if version else [])
    pairs = [
        ("name", held.name, said.name),
        ("type", held.type, said.type or held.type),
        ("promised_days", str(held.promised_days), str(said.days or held.promised_days)),
        ("organisation", held.organisation.name if held.organisation else "", body),
        ("ended_on", held.ended_on.isoformat() if held.ended_on else "", ""),
    ]
    if number is None:
        pairs = [each for each in pairs if each[0] != "organisation"]
    changes = tuple(each for each in pairs if each[1] != each[2])
    kind = "changed" if changes or materials else "same"
    organisation_id = number if number is not None else held.organisation_id
    return ItemChange(kind, said.code, said.name, said, organisation_id, changes, materials, unknown)
