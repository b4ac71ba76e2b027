"""The rows of the tables in storage, batch by batch, so that an empty database is filled from there (law 4).

A batch is an object ``urn:lantai:rows:<number>`` with one file ``rows.jsonl.gz``: a line says what a row was when the
batch was written, or that it is gone; of the same row the batch with the greatest number counts. A line "whole" says
that a table stands whole in the batches from that number on, and counts no longer in those before. The ledger has the
digest of each batch's inventory. Once anything is sealed, batches are sealed too.
"""

from __future__ import annotations

import gzip
import io
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from lantai.archival import ocfl
from lantai.archival.fixity import digest_bytes
from lantai.common.rows import KeptTable, keys_after, row_images
from lantai.ledger.queries import cursor_moved, cursor_position
from lantai.ledger.services import NewEntry, advance_cursor, append_entries
from lantai.storage.models import NotedChange, StoredObject
from lantai.storage.services.deposit import deposit_objects, remove_stored_object

ROWS_FOLLOWER = "storage.rows"
ROWS = "urn:lantai:rows:"
ROWS_FILE = "rows.jsonl.gz"
ROWS_KEPT = "storage.rows-kept"
ROWS_REMOVED = "storage.rows-removed"
FORMAT = "lantai/rows/1"
LARGEST = 16 << 20
"""Bytes of JSON after which a batch ends."""
_CHUNK = 500
_JSON = msgspec.json.Encoder()


@dataclass(slots=True)
class _Batch:
    """A batch being written: its lines, compressed, and what of the noted changes it settles."""

    raw: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    settled: list[int] = field(default_factory=list)
    reached: dict[int, tuple[str, int]] = field(default_factory=dict)
    _buffer: io.BytesIO = field(default_factory=io.BytesIO)
    _packed: gzip.GzipFile | None = None

    def write(self, line: Mapping[str, Any]) -> None:
        """Add one line."""
        if self._packed is None:
            self._packed = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=self._buffer, mtime=0)
        data = _JSON.encode(line) + b"\n"
        self.raw += len(data)
        self._packed.write(data)

    def data(self) -> bytes:
        """The file."""
        if self._packed is not None:
            self._packed.close()
        return self._buffer.getvalue()


def keep_rows(
    *,
    tables: Sequence[KeptTable],
    quiet: Collection[str] = (),
    minimum: int = 1,
    patience: timedelta = timedelta(0),
    size: int = 5_000,
    limit: int = 20,
) -> int:
    """Keep what the database noted since the last call; returns the number of rows kept, in at most *limit* batches.

    A batch holds up to *size* rows; one with fewer than *minimum* is kept only when the last was kept before *patience*
    (0: not before the minimum). Changes of *quiet* tables are no reason for a batch; they go along with others. A run
    broken off is repeated under the same number. One process at a time calls this, and not inside a transaction.
    """
    by_label = {each.label: each for each in tables}
    kept = 0
    for _ in range(limit):
        number = cursor_position(follower=ROWS_FOLLOWER) + 1
        if not _is_due(quiet, minimum, patience):
            break
        batch = _gathered(by_label, number, size)
        if batch.rows:
            _keep(batch, number)
            kept += sum(batch.rows.values())
        else:
            NotedChange.objects.filter(pk__in=batch.settled).delete()
    return kept


def keep_all_rows_anew(*, tables: Sequence[KeptTable]) -> int:
    """Write every row of *tables* anew, then remove the batches before: nothing that has left the database is left in
    storage. Returns the number of rows. May be broken off and begun again.
    """
    with transaction.atomic():
        NotedChange.objects.filter(row_key="").delete()
        NotedChange.objects.bulk_create([NotedChange(label=each.label) for each in tables])
    first = cursor_position(follower=ROWS_FOLLOWER) + 1
    kept = 0
    while NotedChange.objects.exists() and (written := keep_rows(tables=tables)):
        kept += written
    old = [
        each
        for each in StoredObject.objects.filter(object_id__startswith=ROWS).values_list("object_id", flat=True)
        if rows_number(object_id=each) < first
    ]
    if old and not NotedChange.objects.filter(row_key="").exists():
        entry = NewEntry(
            kind=ROWS_REMOVED,
            subject=f"{ROWS}{first - 1:09d}",
            actor="system:storage",
            at=timezone.now(),
            result="done",
            detail={"batches": len(old), "until": first - 1, "reason": "written anew"},
        )
        with transaction.atomic():  # told before it is done: nothing leaves the shelf without an entry
            append_entries(entries=[entry])
        for each in old:
            remove_stored_object(object_id=each)
    return kept


def rows_number(*, object_id: str) -> int:
    """The number of a batch of rows. Raises ValueError for another id."""
    if not object_id.startswith(ROWS):
        raise ValueError(f"no batch of rows: {object_id}")
    return int(object_id.removeprefix(ROWS))


def _is_due(quiet: Collection[str], minimum: int, patience: timedelta) -> bool:
    waiting = NotedChange.objects.exclude(label__in=quiet)[:minimum].count()
    if waiting >= minimum or not waiting or NotedChange.objects.filter(row_key="").exists():
        return waiting > 0
    moved = cursor_moved(follower=ROWS_FOLLOWER)
    return bool(patience) and (moved is None or timezone.now() - moved >= patience)


def _gathered(tables: Mapping[str, KeptTable], number: int, size: int) -> _Batch:
    """The next batch: whole tables first, then the rows noted longest ago."""
    batch = _Batch()
    batch.write({"format": FORMAT, "number": number, "at": timezone.now()})
    for asked in NotedChange.objects.filter(row_key="").order_by("pk"):
        _write_whole(batch, asked, tables.get(asked.label), size, asked.begun or number)
        if _full(batch, size):
            return batch
    room = size - sum(batch.rows.values())
    noted: dict[str, dict[str, list[int]]] = {}
    for change in NotedChange.objects.exclude(row_key="").order_by("pk")[:room]:
        noted.setdefault(change.label, {}).setdefault(change.row_key, []).append(change.pk)
    for label, keys in noted.items():
        for chunk in _chunks(list(keys)):
            if label in tables:
                _write_rows(batch, tables[label], chunk)
            batch.settled += [pk for key in chunk for pk in keys[key]]
            if _full(batch, size):
                return batch
    return batch


def _write_whole(batch: _Batch, asked: NotedChange, table: KeptTable | None, size: int, begun: int) -> None:
    """The next rows of a table that is kept as a whole, since batch *begun*; behind the last one, that it is."""
    if table is None:
        batch.settled.append(asked.pk)
        return
    batch.rows[table.label] += 0
    reached = asked.reached
    while not _full(batch, size):
        keys = keys_after(table=table, after=reached, limit=_CHUNK)
        _write_rows(batch, table, keys)
        if len(keys) < _CHUNK:
            batch.write({"table": table.label, "whole": begun})
            batch.settled.append(asked.pk)
            return
        reached = str(keys[-1])
        batch.reached[asked.pk] = reached, begun


def _write_rows(batch: _Batch, table: KeptTable, keys: Sequence[Any]) -> None:
    """The rows of *keys* as they are now; those that are not there, or not to be kept, are gone."""
    wanted = {table.key.to_python(each) for each in keys}
    hidden = set(table.hides(wanted)) if table.hides is not None else set()
    for key, image in row_images(table=table, keys=wanted - hidden):
        wanted.discard(key)
        batch.write({"table": table.label, "key": key, "row": image})
        batch.rows[table.label] += 1
    for key in sorted(wanted, key=str):
        batch.write({"table": table.label, "key": key, "gone": True})
        batch.rows[table.label] += 1


def _full(batch: _Batch, size: int) -> bool:
    return sum(batch.rows.values()) >= size or batch.raw >= LARGEST


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]


def _keep(batch: _Batch, number: int) -> None:
    """Bytes first, then one transaction: the changes are settled, the ledger knows the digest (law 1)."""
    name, data = f"{ROWS}{number:09d}", batch.data()
    now = timezone.now()
    digest = digest_bytes(data, ("sha512",))
    remove_stored_object(object_id=name)  # of a run that died before it settled the changes
    new = ocfl.NewObject(
        object_id=name,
        contents=(ocfl.Content(ROWS_FILE, data, digests=digest),),
        created=now,
        message=f"目录数据第 {number} 批 / rows of the tables, batch {number}",
        user="lantai",
    )
    (stored,) = deposit_objects(objects=[new])
    with transaction.atomic():
        NotedChange.objects.filter(pk__in=batch.settled).delete()
        for pk, (reached, begun) in batch.reached.items():
            NotedChange.objects.filter(pk=pk).update(reached=reached, begun=begun)
        advance_cursor(follower=ROWS_FOLLOWER, position=number)
        entry = NewEntry(
            kind=ROWS_KEPT,
            subject=name,
            actor="system:storage",
            at=now,
            result="done",
            detail={"inventory": stored.inventory_digest, "tables": dict(batch.rows)},
        )
        append_entries(entries=[entry])
