"""The fixity round (固定性检查): every object read again and compared with its inventory and its row."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from lantai.archival import ocfl
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.models import StoredObject
from lantai.storage.roots import location_root
from lantai.storage.services.fixity import mark_first_copies

DAMAGED = "storage.object-damaged"
MENDED = "storage.object-mended"
_MOMENT = 1.0
"""Seconds after which an object that seems damaged is looked at again: its new version may just be coming in."""


@dataclass(frozen=True, slots=True)
class Damage:
    """An object that is not what was deposited, with everything found about it."""

    object_id: str
    location: str
    problems: tuple[ocfl.Problem, ...]


@dataclass(frozen=True, slots=True)
class StorageCheck:
    """What one call of :func:`check_storage` did. *after* is where the next call goes on; *done* ends the round."""

    after: int
    objects: int
    bytes: int
    damages: tuple[Damage, ...]
    done: bool
    object_ids: tuple[str, ...] = ()


def check_storage(*, limit: int = 100, after: int = 0) -> StorageCheck:
    """Check up to *limit* objects behind the row *after*: declaration, inventory, sidecar, file set, all digests.

    Rows remember the outcome; an object newly found damaged, or sound again, is told to the ledger. One that is removed
    or gets a new version at this moment is not damaged. Resumable: call again with the ``after`` returned until
    ``done``. Raises OSError only when a location as a whole cannot be read; a single unreadable file is a damage.
    """
    rows = list(StoredObject.objects.select_related("location").filter(pk__gt=after).order_by("pk")[:limit])
    found = [(row, _problems(row)) for row in rows]
    if doubtful := [row.pk for row, problems in found if problems]:
        time.sleep(_MOMENT)
        again = StoredObject.objects.select_related("location").in_bulk(doubtful)
        sound = [(row, problems) for row, problems in found if not problems]
        found = [*sound, *((row, _problems(row)) for row in again.values())]
    now = timezone.now()
    with transaction.atomic():
        for row, problems in found:
            if problems and row.sound is not False:
                _tell(row, DAMAGED, problems)
            if not problems and row.sound is False:
                _tell(row, MENDED, [])
        for outcome in (True, False):
            chosen = [row.pk for row, problems in found if (not problems) is outcome]
            StoredObject.objects.filter(pk__in=chosen).update(checked_at=now, sound=outcome)
        mark_first_copies(
            sound=[row for row, problems in found if not problems],
            damaged=[(row, problems) for row, problems in found if problems],
            now=now,
        )
    return StorageCheck(
        after=rows[-1].pk if rows else after,
        objects=len(rows),
        bytes=sum(row.bytes for row, _problems_found in found),
        damages=tuple(Damage(row.object_id, row.location.code, tuple(told)) for row, told in found if told),
        done=len(rows) < limit,
        object_ids=tuple(row.object_id for row, _problems_found in found),
    )


def _problems(row: StoredObject) -> list[ocfl.Problem]:
    return ocfl.check_object(location_root(row.location), row.object_id, inventory_digest=row.inventory_digest)


def _tell(row: StoredObject, kind: str, problems: list[ocfl.Problem]) -> None:
    """An entry about the object in the caller's transaction."""
    told = {"problems": [{"code": each.code, "path": each.path} for each in problems[:100]]} if problems else {}
    entry = NewEntry(
        kind=kind,
        subject=row.object_id,
        actor="system:storage",
        at=timezone.now(),
        result="failed" if problems else "sound",
        detail={"location": row.location.code} | told,
    )
    append_entries(entries=[entry])
