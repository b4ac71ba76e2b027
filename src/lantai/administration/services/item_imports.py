"""Take a catalogue of items over: read it, show what it would change, then do just that."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.item_files import read_item_catalogue
from lantai.administration.models import ItemImport, ItemVersion, Mode, Organisation, ServiceItem
from lantai.administration.queries.catalogue import ItemChange, changes_of_import
from lantai.administration.services.evidence import ReferenceRefused, change_entry, require_steward, state_of
from lantai.administration.services.item_details import enter_item_changes
from lantai.administration.services.people_access import Actor
from lantai.ledger.services import NewEntry, append_entries

ONE_DAY = timedelta(days=1)


def read_items(*, file_name: str, data: bytes, valid_from: date, whole_of: str, by: Actor, now: datetime) -> ItemImport:
    """Read a catalogue and keep what it says, by an archivist; nothing changes yet. `whole_of` is the code of the body
    whose complete catalogue it is, "*" for everybody's, empty when it is not complete.

    Raises ReferenceRefused when not one item could be read.
    """
    require_steward(by=by)
    read = read_item_catalogue(data)
    if not read.items:
        raise ReferenceRefused(" ".join(read.faults[:5]))
    return ItemImport.objects.create(
        file_name=file_name[:200],
        sha256=hashlib.sha256(data).hexdigest(),
        rows=read.rows(),
        faults=list(read.faults),
        valid_from=valid_from,
        whole_of=whole_of,
        read_at=now,
        read_by=by.reference,
    )


def apply_item_import(*, import_id: int, by: Actor, now: datetime) -> dict[str, int]:
    """Take over what was read, all of it or nothing: new items, changed ones, new material catalogues from the day it
    holds, and the last day of those that are gone. Returns how many of each kind.

    Raises ReferenceRefused for one taken over already, or a material catalogue that begins no later than the last.
    """
    require_steward(by=by)
    with transaction.atomic():
        read = ItemImport.objects.select_for_update().filter(pk=import_id).first()
        if read is None or read.applied_at is not None:
            raise ReferenceRefused(_("这份目录已经导入，或不存在。"))
        changes = changes_of_import(read=read)
        entries = [
            *_register(changes, by, now),
            *_change(changes, read, by, now),
            *_publish(changes, read, by, now),
        ]
        read.applied_at = now
        read.save(update_fields=["applied_at"])
        counts = {kind: sum(each.kind == kind for each in changes) for kind in ("new", "changed", "same", "gone")}
        told = {"file": read.file_name, "sha256": read.sha256, **counts}
        summary = change_entry(kind="items-imported", subject=f"item-import:{read.pk}", by=by, now=now, after=told)
        append_entries(entries=[summary, *entries])
    return counts


def _register(changes: Sequence[ItemChange], by: Actor, now: datetime) -> list[NewEntry]:
    rows = ServiceItem.objects.bulk_create(
        ServiceItem(
            code=each.code,
            name=each.name,
            type=each.said.type,
            organisation_id=each.organisation_id,
            promised_days=each.said.days,
        )
        for each in changes
        if each.kind == "new" and each.said is not None
    )
    return [
        change_entry(kind="item-registered", subject=f"item:{row.code}", by=by, now=now, after=state_of(row=row))
        for row in rows
    ]


def _change(changes: Sequence[ItemChange], read: ItemImport, by: Actor, now: datetime) -> list[NewEntry]:
    """What changed and what is gone, each from the day the catalogue holds."""
    bodies = dict(Organisation.objects.values_list("pk", "code"))
    wanted: dict[str, dict[str, object]] = {}
    for each in changes:
        if each.kind == "changed" and each.changes and each.said is not None:
            named: dict[str, object] = {
                "name": each.said.name,
                "type": each.said.type,
                "promised_days": each.said.days,
                "organisation": bodies.get(each.organisation_id or 0, ""),
            }
            wanted[each.code] = {name: value for name, value in named.items() if value} | {"ended_on": ""}
        elif each.kind == "gone":
            wanted[each.code] = {"ended_on": (read.valid_from - ONE_DAY).isoformat()}
    basis = _("事项目录 %(file)s") % {"file": read.file_name}
    return enter_item_changes(changes=wanted, day=read.valid_from, basis=basis, by=by, now=now)


def _publish(changes: Sequence[ItemChange], read: ItemImport, by: Actor, now: datetime) -> list[NewEntry]:
    """New versions of material catalogues; mode and rules of the version before go on."""
    wanted = {each.code: each for each in changes if each.materials and each.kind in ("new", "changed")}
    items = {each.pk: each.code for each in ServiceItem.objects.filter(code__in=wanted)}
    last = {
        each.item_id: each
        for each in ItemVersion.objects.select_for_update().filter(item_id__in=items, valid_to__isnull=True)
    }
    late = [items[pk] for pk, each in last.items() if each.valid_from >= read.valid_from]
    if late:
        told = {"number": len(late), "codes": "、".join(sorted(late)[:5]), "day": read.valid_from.isoformat()}
        raise ReferenceRefused(
            _("%(number)d 个事项（%(codes)s）已有 %(day)s 当日或之后生效的版本，请换生效日期。") % told
        )
    for each in last.values():
        each.valid_to = read.valid_from - ONE_DAY
    ItemVersion.objects.bulk_update(list(last.values()), ["valid_to"], batch_size=200)
    made = ItemVersion.objects.bulk_create(
        ItemVersion(
            item_id=pk,
            version=f"{read.valid_from:%Y%m%d}",
            valid_from=read.valid_from,
            mode=last[pk].mode if pk in last else Mode.ADD,
            materials=list(said.materials),
            rules=last[pk].rules if pk in last else [],
        )
        for pk, code in items.items()
        if (said := wanted[code].said) is not None
    )
    return [
        change_entry(
            kind="item-version-published",
            subject=f"item:{items[row.item_id]}",
            by=by,
            now=now,
            before=state_of(row=last[row.item_id]) if row.item_id in last else None,
            after=state_of(row=row),
        )
        for row in made
    ]
