"""Destruction by keys (密钥销毁): what was sealed under a key can never be read again, wherever its copies lie.

The order is: told and noted, listed beside the backups, then the keys, then looked again, then told as done. A run
that dies anywhere leaves a row that is not finished; ``finish_destructions`` goes on. Nothing says "destroyed" before
no wrap of any key is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.services.people_access import Actor
from lantai.archival import ocfl
from lantai.archival.vault import SUFFIX
from lantai.archival.vault.keys import Tombstone
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.keyring import has_key_store, key_store
from lantai.storage.models import Copy, KeyDestruction
from lantai.storage.sealed import unit_of
from lantai.storage.services.listing_destroyed import list_destructions
from lantai.storage.stores import open_store

BEGUN = "keys.destruction-begun"
DESTROYED = "keys.destroyed"
AGAIN = "keys.destroyed-again"


class NotSealed(ValueError):
    """There is no key to destroy, or content that no key closes: only removing its bytes destroys that."""


def destroy_keys(
    *, units: Sequence[tuple[str, str]], subject: str, reason: str, by: Actor, now: datetime
) -> list[Tombstone]:
    """Destroy every data key of *units* (object, unit: the record's folder in it), escrow wraps included.

    Needs no passphrase: a key that cannot be opened can still be destroyed. Called again it goes on, or does nothing
    when all is done. *subject* is what is destroyed (电子文件号), *reason* on whose decision. Returns the proofs.
    Raises NotSealed before anything is changed, where any file of the unit lies in the clear in whatever version too;
    VaultFault.
    """
    store = key_store()
    for object_id, unit in units:
        if not store.keys_of(object_id, unit) and not store.tombstones(object_id, unit):
            raise NotSealed(_("%(unit)s 未加密，没有可销毁的密钥。") % {"unit": unit or object_id})
        if clear := _in_the_clear(object_id, unit):
            told = {"unit": unit or object_id, "path": clear[0]}
            raise NotSealed(_("%(unit)s 有未加密的文件 %(path)s，销毁密钥不能销毁它。") % told)
    with transaction.atomic():
        known = set(
            KeyDestruction.objects.filter(object_id__in=[each for each, _unit in units]).values_list(
                "object_id", "unit"
            )
        )
        rows = [
            KeyDestruction(
                object_id=object_id, unit=unit, subject=subject, reason=reason, by=by.reference, role=by.role,
                address=by.address, begun_at=now, proofs=[each.proof for each in store.keys_of(object_id, unit)],
            )
            for object_id, unit in units
            if (object_id, unit) not in known
        ]  # fmt: skip
        KeyDestruction.objects.bulk_create(rows)
        if rows:
            append_entries(entries=[_entry(BEGUN, rows, at=now)])
    finish_destructions(now=now, subject=subject)
    return [each for unit in units for each in store.tombstones(*unit)]


def finish_destructions(*, now: datetime, subject: str = "") -> int:
    """Carry out what was begun, of one *subject* or of all; returns how many units. Raises VaultFault."""
    open_rows = KeyDestruction.objects.filter(finished_at=None)
    subjects = open_rows.filter(subject=subject) if subject else open_rows
    done = 0
    for each in sorted(set(subjects.values_list("subject", flat=True))):
        rows = list(open_rows.filter(subject=each).order_by("pk"))
        list_destructions(folders=[settings.LANTAI_BACKUPS, settings.LANTAI_KEY_BACKUPS])
        _destroy(rows, now)
        with transaction.atomic():
            fresh = list(KeyDestruction.objects.select_for_update().filter(pk__in=[row.pk for row in rows],
                                                                           finished_at=None))  # fmt: skip
            if not fresh:
                continue  # another process was faster
            proofs = {row.pk: row.proofs for row in rows}
            for row in fresh:
                row.proofs, row.finished_at = proofs[row.pk], now
            KeyDestruction.objects.bulk_update(fresh, ["proofs", "finished_at"])
            append_entries(entries=[_entry(DESTROYED, fresh, at=now, result="destroyed")])
        done += len(fresh)
    return done


def apply_destructions(*, now: datetime) -> int:
    """Destroy again what a backup of the key store has brought back; returns how many units those were.

    After every restore of the key store, before anybody reads (a destruction is complete for good once the last
    backup from before it is gone). Raises VaultFault.
    """
    if not has_key_store():
        return 0
    store = key_store()
    done = 0
    for row in KeyDestruction.objects.exclude(finished_at=None).order_by("pk").iterator():
        if store.keys_of(row.object_id, row.unit):
            _destroy([row], now)
            with transaction.atomic():
                append_entries(entries=[_entry(AGAIN, [row], at=now, result="destroyed")])
            done += 1
    return done


def _in_the_clear(object_id: str, unit: str) -> list[str]:
    """Logical paths of the unit that any version of the object holds unsealed, by the first copy that can be read."""
    copies = Copy.objects.filter(stored__object_id=object_id).select_related("location", "stored").order_by("pk")
    for each in copies:
        try:
            store = open_store(each.location)
            inventory = ocfl.parse_inventory(ocfl.read_whole(store, ocfl.object_folder(object_id), "inventory.json"))
        except (OSError, ocfl.InventoryBroken):
            continue
        if inventory.digest == each.stored.inventory_digest:
            paths = {path for version in inventory.document["versions"] for path in inventory.logical_in(version)}
            return sorted(path for path in paths if unit_of(path) == unit and not path.endswith(SUFFIX))
    return []


def _destroy(rows: Sequence[KeyDestruction], now: datetime) -> None:
    """Destroy the keys of *rows*, look whether any is left, and put the proofs into the rows."""
    store = key_store()
    for row in rows:
        store.destroy_keys([(row.object_id, row.unit)], now.isoformat())
        if store.keys_of(row.object_id, row.unit):
            raise RuntimeError(f"keys of {row.object_id} {row.unit} are still there after their destruction")
        row.proofs = sorted({*row.proofs, *(each.proof for each in store.tombstones(row.object_id, row.unit))})


def _entry(kind: str, rows: Sequence[KeyDestruction], *, at: datetime, result: str = "") -> NewEntry:
    first = rows[0]
    return NewEntry(
        kind=kind,
        subject=first.subject,
        actor=first.by,
        role=first.role,
        address=first.address,
        at=at,
        result=result,
        detail={
            "reason": first.reason,
            "keys": [{"object": each.object_id, "unit": each.unit, "proofs": each.proofs} for each in rows],
        },
    )
