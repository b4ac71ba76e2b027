"""The ledger's entries in storage, batch by batch, so that objects plus entries rebuild the archive (law 3)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.utils import timezone

from lantai.archival import ocfl
from lantai.archival.fixity import digest_bytes
from lantai.ledger import queries as ledger
from lantai.ledger.queries import kept_entries, signed_checkpoints
from lantai.ledger.services import ENTRY_ERASED, advance_cursor
from lantai.storage.models import StoredObject
from lantai.storage.services.deposit import deposit_objects, remove_stored_object

LEDGER_FOLLOWER = "storage.ledger"
RESERVED = "storage.ledger-reserved"
ERASURE_FOLLOWER = "storage.ledger-erasures"
PREFIX = "urn:lantai:ledger:"
ENTRIES = "entries.jsonl"
CHECKPOINTS = "checkpoints.jsonl"


def keep_ledger_batches(
    *, minimum: int = 1, patience: timedelta = timedelta(0), size: int = 5_000, limit: int = 20
) -> int:
    """Keep the entries sequenced since the last call, and rewrite batches whose entries were erased since.

    A batch holds up to *size* entries; the last one is kept only when it holds at least *minimum*, or when its first
    entry has waited for *patience* (0: not kept before the minimum). Returns the number of entries newly kept, in at
    most *limit* batches. The end of a batch is reserved before its bytes are
    written, so a run broken off is repeated with the same object. Not to be called inside a transaction.
    """
    kept = 0
    for _ in range(limit):
        first = ledger.cursor_position(follower=LEDGER_FOLLOWER)
        end = ledger.cursor_position(follower=RESERVED)
        if end <= first:
            checkpoint = ledger.latest_checkpoint()
            end = min(checkpoint.size if checkpoint else 0, first + size)
            if end == first or (end - first < minimum and not _has_waited(first, patience)):
                break
            advance_cursor(follower=RESERVED, position=end)
        name = f"{PREFIX}{first}-{end - 1}"
        remove_stored_object(object_id=name)  # of a run that died before it moved the cursor
        deposit_objects(objects=[_batch(name, first, end - 1)])
        advance_cursor(follower=LEDGER_FOLLOWER, position=end)
        kept += end - first
    _rewrite_erased()
    return kept


def _rewrite_erased() -> None:
    """Write batches again without the entries erased since, each under a new revision, and remove the old ones."""
    checkpoint = ledger.latest_checkpoint()
    until = checkpoint.size if checkpoint else 0
    while (position := ledger.cursor_position(follower=ERASURE_FOLLOWER)) < until:
        told = ledger.entries_after(position=position, kinds=[ENTRY_ERASED], limit=500)
        for (first, last), rows in _batches_holding({each.detail["index"] for each in told if each.detail}).items():
            revision = 1 + max(parse_batch_id(object_id=row.object_id)[2] for row in rows)
            deposit_objects(objects=[_batch(f"{PREFIX}{first}-{last}:r{revision}", first, last)])
            for row in rows:
                remove_stored_object(object_id=row.object_id)
        reached = until if len(told) < 500 else (told[-1].index or 0) + 1
        advance_cursor(follower=ERASURE_FOLLOWER, position=reached)


def _has_waited(index: int, patience: timedelta) -> bool:
    sequenced = ledger.sequenced_at(index=index)
    return bool(patience) and sequenced is not None and timezone.now() - sequenced >= patience


def parse_batch_id(*, object_id: str) -> tuple[int, int, int]:
    """First and last index and revision (0 for the first writing) of a batch. Raises ValueError for another id."""
    if not object_id.startswith(PREFIX):
        raise ValueError(f"no batch of the ledger: {object_id}")
    span, _, revision = object_id.removeprefix(PREFIX).partition(":r")
    first, _, last = span.partition("-")
    return int(first), int(last), int(revision or 0)


def _batches_holding(indexes: set[int]) -> dict[tuple[int, int], list[StoredObject]]:
    """Rows of the batches that hold one of *indexes*, by first and last index, every revision of each."""
    holding: dict[tuple[int, int], list[StoredObject]] = {}
    if not indexes:
        return holding
    for row in StoredObject.objects.filter(object_id__startswith=PREFIX).order_by("pk").iterator():
        first, last, _ = parse_batch_id(object_id=row.object_id)
        if any(first <= index <= last for index in indexes):
            holding.setdefault((first, last), []).append(row)
    return holding


def _batch(object_id: str, first: int, last: int) -> ocfl.NewObject:
    """The batch as the ledger has it now, with the checkpoints signed over its entries. Digests are declared, so that
    an older writing is not taken for it.
    """
    contents = [_lines(ENTRIES, kept_entries(first=first, last=last))]
    checkpoints = signed_checkpoints(after=first, until=last + 1)
    if checkpoints:
        contents.append(_lines(CHECKPOINTS, checkpoints))
    return ocfl.NewObject(
        object_id=object_id,
        contents=tuple(contents),
        created=timezone.now(),
        message=f"存证账本条目 {first} 至 {last} / ledger entries {first} to {last}",
        user="lantai",
    )


def _lines(name: str, rows: Iterable[Mapping[str, int | str]]) -> ocfl.Content:
    """A file with one JSON object a line."""
    told = (json.dumps(each, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n" for each in rows)
    data = "".join(told).encode()
    return ocfl.Content(name, data, digests=digest_bytes(data, ("sha512",)))
