"""The fixity round (固定性检查): every object read again and compared with its inventory and its row."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from lantai.archival import ocfl
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.models import StoredObject
from lantai.storage.roots import location_root

DAMAGED = "storage.object-damaged"


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


def check_storage(*, limit: int = 100, after: int = 0) -> StorageCheck:
    """Check up to *limit* objects behind the row *after*: declaration, inventory, sidecar, file set, all digests.

    Rows remember the outcome; an object newly found damaged is told to the ledger with every problem. Resumable:
    call again with the ``after`` returned until ``done``. Raises OSError only when a location as a whole cannot be
    read; a single unreadable file is a damage.
    """
    rows = list(StoredObject.objects.select_related("location").filter(pk__gt=after).order_by("pk")[:limit])
    damages: list[Damage] = []
    read = 0
    for row in rows:
        root = location_root(row.location)
        problems = ocfl.check_object(root, row.object_id, inventory_digest=row.inventory_digest)
        now = timezone.now()
        with transaction.atomic():
            if problems and row.sound is not False:
                append_entries(
                    entries=[
                        NewEntry(
                            kind=DAMAGED,
                            subject=row.object_id,
                            actor="system:storage",
                            at=now,
                            result="failed",
                            detail={
                                "location": row.location.code,
                                "problems": [{"code": each.code, "path": each.path} for each in problems[:100]],
                            },
                        )
                    ]
                )
            StoredObject.objects.filter(pk=row.pk).update(checked_at=now, sound=not problems)
        read += row.bytes
        if problems:
            damages.append(Damage(row.object_id, row.location.code, tuple(problems)))
    reached = rows[-1].pk if rows else after
    return StorageCheck(reached, len(rows), read, tuple(damages), done=len(rows) < limit)
