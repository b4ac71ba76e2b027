"""Put entries back that were written down outside of the database, and believe nothing that the tree does not say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from lantai.archival import tlog
from lantai.common.rows import KeptTable, put_rows
from lantai.ledger.models import Checkpoint, Entry, Tile
from lantai.ledger.queries import entries_after, read_tile
from lantai.ledger.queries.entries import COLUMNS
from lantai.ledger.services.appending import ENTRY_ERASED


class LedgerNotContinued(ValueError):
    """Entries from outside do not go on where the ledger ends, or are not what the tree or their commitment says; the
    message names the entry or the checkpoint.
    """


def rebuild_entries(*, lines: Sequence[Mapping[str, Any]], checkpoints: Sequence[Mapping[str, Any]]) -> int:
    """Put entries back that were written down (``queries.kept_entries``), with the checkpoints signed over them.

    Everything is computed again: commitments, tiles, the roots the checkpoints bear. Indexes, row ids, notes and their
    signatures are those of before. What the ledger has already is left as it is, so that a run broken off is repeated.
    Returns how many were put back. Raises LedgerNotContinued; then nothing was.
    """
    last = Entry.objects.filter(index__isnull=False).order_by("-index").values_list("index", flat=True).first()
    size = 0 if last is None else last + 1
    fresh = [each for each in lines if each["index"] >= size]
    for index, each in enumerate(fresh, size):
        if each["index"] != index:
            raise LedgerNotContinued(f"entry {index} is missing: entry {each['index']} comes next")
    rows = [_kept_row(each) for each in fresh]
    with transaction.atomic():
        # what waits here for its index has got one there: a database restored from a backup is brought up to storage
        for start in range(0, len(rows), 500):
            ids = [each["id"] for each in rows[start : start + 500]]
            Entry.objects.filter(pk__in=ids, index__isnull=True).delete()
        put_rows(table=KeptTable("ledger.entry"), images=rows)
        leaves = [tlog.leaf_hash(each["commitment"]) for each in rows]
        Tile.objects.bulk_create(
            [
                Tile(level=each.level, index=each.index, hashes=each.hashes)
                for each in tlog.append_leaves(size=size, leaves=leaves, read=read_tile)
            ],
            update_conflicts=True,
            unique_fields=["level", "index"],
            update_fields=["hashes"],
        )
        kept = set(
            Checkpoint.objects.filter(size__in=[each["size"] for each in checkpoints]).values_list("size", flat=True)
        )
        notes = [each for each in checkpoints if each["size"] not in kept]
        for each in notes:
            if (
                each["size"] > size + len(rows)
                or tlog.root_hash(size=each["size"], read=read_tile).hex() != each["root"]
            ):
                raise LedgerNotContinued(f"the checkpoint of {each['size']} entries has another root")
        Checkpoint.objects.bulk_create(
            [
                Checkpoint(
                    size=each["size"],
                    root=bytes.fromhex(each["root"]),
                    note=each["note"],
                    at=datetime.fromisoformat(each["at"]),
                    cosigned_at=datetime.fromisoformat(each["cosigned_at"]) if "cosigned_at" in each else None,
                )
                for each in notes
            ]
        )
    return len(rows)


def repeat_erasures() -> int:
    """Erase again what the ledger says was erased, where a copy from outside still had it; returns how many."""
    count, position = 0, 0
    while told := entries_after(position=position, kinds=[ENTRY_ERASED], limit=500):
        position = (told[-1].index or 0) + 1
        indexes = [each.detail["index"] for each in told if each.detail]
        count += Entry.objects.filter(index__in=indexes, text__isnull=False).update(text=None, salt=None)
    return count


def _kept_row(line: Mapping[str, Any]) -> dict[str, Any]:
    """The row of an entry that was written down. Raises LedgerNotContinued when it is not what its commitment binds."""
    commitment = bytes.fromhex(line["commitment"])
    text, salt = line.get("entry"), bytes.fromhex(line["salt"]) if "salt" in line else None
    if text is not None and salt is not None and tlog.commitment(salt, text.encode()) != commitment:
        raise LedgerNotContinued(f"entry {line['index']} is not what its commitment binds")
    told = json.loads(text) if text is not None else line
    row = {"id": line["id"], "index": line["index"], "at": told["at"], "text": text}
    return row | {name: told[name] for name in COLUMNS} | {"salt": salt, "commitment": commitment}
