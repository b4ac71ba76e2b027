"""The write door of the ledger: append, sequence, erase, and the positions of followers.

Law 3: an entry is appended in the transaction of the change it tells of and gets its index after that commit,
from one sequencer. Identity numbers of persons never stand in an entry; entries carry the whole change, before
and after, so that objects plus entries rebuild the catalogue.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from lantai.archival import tlog
from lantai.ledger.models import Checkpoint, Cursor, Entry, Tile
from lantai.ledger.queries import read_tile
from lantai.ledger.queries.entries import ENTRY_VERSION
from lantai.ledger.signing import ledger_signers

ENTRY_ERASED = "ledger.entry-erased"
_SEQUENCER_LOCK = 0x6C616E746169  # "lantai": the key of PostgreSQL's advisory lock


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One event to be told: what happened (*kind*, as "record.accessioned"), to what, by whom, when.

    *subject* and *actor* are stable identifiers without personal data, *at* bears a time zone, *detail* is JSON
    without fractions. *role*, *address* and *result* complete the audit trail where a person acted.
    """

    kind: str
    subject: str
    actor: str
    at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)
    role: str = ""
    address: str = ""
    result: str = ""


class NotInTransaction(RuntimeError):
    """append_entries was called outside of the transaction whose change the entries tell of."""


class CursorBehind(ValueError):
    """A follower tried to move its position backwards."""


class EntryNotSequenced(ValueError):
    """An entry cannot be erased before it has its index: its follower might not have seen it."""


def append_entries(*, entries: Sequence[NewEntry]) -> list[int]:
    """Store *entries* in the caller's transaction and return their ids, in order. Their indexes come after commit.

    Raises NotInTransaction outside of a transaction, ValueError for a detail with fractions, a time without zone,
    or a column too long.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("entries are appended in the transaction of the change they tell of")
    salts = secrets.token_bytes(tlog.SALT_BYTES * len(entries))
    rows = [_row(new, salts[at * tlog.SALT_BYTES : (at + 1) * tlog.SALT_BYTES]) for at, new in enumerate(entries)]
    return [row.pk for row in Entry.objects.bulk_create(rows)]


def note_entries(*, entries: Sequence[NewEntry]) -> None:
    """Keep *entries* of acts that change nothing (a record looked at) for the ledger, without waiting for the database.

    They are one durable line each in a file of this machine (written before the answer goes out, kept when the process
    is killed); ``append_noted_entries`` brings them into the ledger within a second. Raises OSError when the disk is
    full: what cannot be told of may not be shown.
    """
    lines = "".join(
        json.dumps(asdict(each) | {"at": each.at.isoformat(), "detail": dict(each.detail)}, ensure_ascii=False) + "\n"
        for each in entries
    )
    path = _noted() / "entries"
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink and os.path.samestat(os.fstat(descriptor), path.stat()):
                os.write(descriptor, lines.encode())
                return
        except FileNotFoundError:
            continue  # it was put aside in this moment; the next round makes a fresh one
        finally:
            os.close(descriptor)


def append_noted_entries() -> int:
    """Bring the noted entries of this machine into the ledger, each exactly once; returns how many.

    The file is put aside under its own name first; that name stands as a cursor in the transaction that appends its
    entries, so that a crash in between neither loses nor doubles them. Only the steward calls this.
    """
    folder = _noted()
    _put_aside(folder / "entries")
    done = 0
    for path in sorted(folder.glob("aside-*")):
        lines = path.read_text(encoding="utf-8").splitlines()
        with transaction.atomic():
            _cursor, fresh = Cursor.objects.get_or_create(follower=f"noted/{path.name}")
            if fresh:
                rows = [json.loads(line) for line in lines]
                append_entries(entries=[NewEntry(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows])
                done += len(rows)
        path.unlink()
        Cursor.objects.filter(follower=f"noted/{path.name}").delete()
    return done


def _noted() -> Path:
    folder: Path = settings.LANTAI_HOME / "noted"
    return folder


def _put_aside(path: Path) -> None:
    """Give the file of noted entries a name of its own, when nobody is writing into it."""
    if not path.exists():
        return
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        path.rename(path.with_name(f"aside-{time.time_ns()}"))


def sequence_entries(*, limit: int = 10_000) -> int:
    """Give up to *limit* committed entries their indexes and sign a new checkpoint, all in one transaction.

    Returns the number sequenced. Only one sequencer works at a time: SQLite's IMMEDIATE transaction or
    PostgreSQL's advisory lock makes the second wait, and it then sees what the first has done. The order is that
    of the ids among the entries committed by now, so transactions that commit late come later and leave no gap.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SEQUENCER_LOCK])
        size = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
        waiting = list(Entry.objects.filter(index__isnull=True).order_by("id").values_list("id", "commitment")[:limit])
        if not waiting:
            return 0
        leaves = [tlog.leaf_hash(bytes(commitment)) for _, commitment in waiting]
        changed = tlog.append_leaves(size=size, leaves=leaves, read=read_tile)
        with connection.cursor() as cursor:
            cursor.executemany(
                'UPDATE ledger_entry SET "index" = %s WHERE id = %s',
                [(index, pk) for index, (pk, _) in enumerate(waiting, size)],
            )
        Tile.objects.bulk_create(
            [Tile(level=each.level, index=each.index, hashes=each.hashes) for each in changed],
            update_conflicts=True,
            unique_fields=["level", "index"],
            update_fields=["hashes"],
        )
        size += len(waiting)
        signers = ledger_signers()
        checkpoint = tlog.Checkpoint(signers[0].name, size, tlog.root_hash(size=size, read=read_tile))
        Checkpoint.objects.create(
            size=size, root=checkpoint.root, note=tlog.sign_checkpoint(checkpoint, *signers), at=timezone.now()
        )
    return len(waiting)


def erase_entry(*, entry_id: int, reason: str, actor: str, at: datetime, role: str = "", address: str = "") -> None:
    """Erase the content and salt of an entry (destruction, rights of persons); its commitment stays in the tree.

    An entry telling of the erasure is appended. The copy in storage goes when storage next keeps its batches.
    Does nothing when the entry is erased already. Raises Entry.DoesNotExist for an unknown id, and
    EntryNotSequenced before it has its index.
    """
    with transaction.atomic():
        entry = Entry.objects.select_for_update().get(pk=entry_id)
        if entry.text is None:
            return
        if entry.index is None:
            raise EntryNotSequenced(f"entry {entry_id} has no index yet")
        Entry.objects.filter(pk=entry_id).update(text=None, salt=None)
        erasure = NewEntry(
            kind=ENTRY_ERASED,
            subject=entry.subject,
            actor=actor,
            role=role,
            address=address,
            at=at,
            detail={"index": entry.index, "reason": reason},
        )
        append_entries(entries=[erasure])


def advance_cursor(*, follower: str, position: int) -> None:
    """Remember that *follower* has seen every entry before *position*; in the transaction of what it did with them.

    Raises CursorBehind when it already was further: another process of the same follower was faster, and the
    caller's transaction must be rolled back.
    """
    moved = Cursor.objects.filter(follower=follower, position__lte=position).update(
        position=position, moved_at=timezone.now()
    )
    if moved:
        return
    _, created = Cursor.objects.get_or_create(follower=follower, defaults={"position": position})
    if not created:
        raise CursorBehind(f"{follower} has already read beyond {position}")


def reset_cursor(*, follower: str) -> None:
    """Let *follower* begin again at entry 0, for a rebuild."""
    Cursor.objects.filter(follower=follower).update(position=0, moved_at=timezone.now())


def _row(new: NewEntry, salt: bytes) -> Entry:
    if new.at.tzinfo is None:
        raise ValueError(f"the time of an entry bears a zone: {new.at}")
    text = tlog.canonical_json(
        {
            "v": ENTRY_VERSION,
            "kind": new.kind,
            "subject": new.subject,
            "actor": new.actor,
            "role": new.role,
            "address": new.address,
            "result": new.result,
            "at": new.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "detail": dict(new.detail),
        }
    )
    for value, length in (
        (new.kind, 64),
        (new.subject, 255),
        (new.actor, 255),
        (new.role, 64),
        (new.address, 64),
        (new.result, 64),
    ):
        if len(value) > length or "\x00" in value:
            raise ValueError(f"too long for an entry's column, or with a NUL: {value!r}")
    return Entry(
        kind=new.kind,
        subject=new.subject,
        actor=new.actor,
        role=new.role,
        address=new.address,
        result=new.result,
        at=new.at,
        text=text,
        salt=salt,
        commitment=tlog.commitment(salt, text.encode()),
    )
