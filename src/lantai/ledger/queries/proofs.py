"""Checkpoints and proofs (证明) as they leave the archive."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings

from lantai.archival import tlog
from lantai.ledger.models import Checkpoint, Cosignature, Entry
from lantai.ledger.queries.tiles import read_tile
from lantai.ledger.queries.witnesses import cosigned_note, list_witnesses, policy_text
from lantai.ledger.signing import ledger_signer, open_own_checkpoint

BUNDLE_FORMAT = "lantai-proof/1"


class NotYetSequenced(Exception):
    """An entry has no index yet, or is erased or unknown: there is nothing to prove. The message says which."""


@dataclass(frozen=True, slots=True)
class CheckpointTold:
    """What a checkpoint says of a ledger: so many entries, that root; *signed*: by a key of ours."""

    origin: str
    size: int
    root: bytes
    signed: bool


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """The newest checkpoint: number of entries, root (32 bytes), the signed note as published, when it was made."""

    size: int
    root: bytes
    note: str
    at: datetime


def latest_checkpoint() -> CheckpointView | None:
    """The newest signed checkpoint; None while nothing has been sequenced."""
    return next(iter(recent_checkpoints(limit=1)), None)


def recent_checkpoints(*, limit: int = 20) -> list[CheckpointView]:
    """The newest *limit* checkpoints, the newest first."""
    rows = Checkpoint.objects.order_by("-size")[:limit]
    return [CheckpointView(each.size, bytes(each.root), each.note, each.at) for each in rows]


def published_checkpoint(*, above: int = -1) -> CheckpointView | None:
    """The checkpoint to show a stranger: the newest that enough witnesses cosigned (or any, where none is asked for),
    if it holds the entry with index *above*; else the newest of all. None while nothing has been sequenced.
    """
    row = Checkpoint.objects.filter(cosigned_at__isnull=False).order_by("-size").first()
    if row is None:
        size = Cosignature.objects.order_by("-size").values_list("size", flat=True).first()
        row = Checkpoint.objects.filter(size=size or 0).first()
    if row is None or row.size <= above:
        return latest_checkpoint()
    return CheckpointView(row.size, bytes(row.root), row.note, row.at)


def signed_checkpoints(*, after: int, until: int) -> list[dict[str, int | str]]:
    """The checkpoints of trees with more than *after* and at most *until* entries, as they are written down outside of
    the database: size, root in hexadecimal, the note as signed, when it was made, and when enough witnesses had
    cosigned it, if they had by now.
    """
    rows = Checkpoint.objects.filter(size__gt=after, size__lte=until).order_by("size")
    lines: list[dict[str, int | str]] = []
    for each in rows:
        lines.append({"size": each.size, "root": bytes(each.root).hex(), "note": each.note, "at": each.at.isoformat()})
        if each.cosigned_at is not None:
            lines[-1]["cosigned_at"] = each.cosigned_at.isoformat()
    return lines


def sequenced_at(*, index: int) -> datetime | None:
    """When the entry with that index got it: the time of the first checkpoint it is in. None before."""
    return Checkpoint.objects.filter(size__gt=index).order_by("size").values_list("at", flat=True).first()


def checkpoint_holds(*, note: str) -> bool:
    """Whether *note* is a checkpoint signed by this ledger's keys."""
    try:
        open_own_checkpoint(note)
    except tlog.NoteError:
        return False
    return True


def told_by_note(*, note: str) -> CheckpointTold | None:
    """What a checkpoint's *note* says, and whether our own key signed it; None for what is no checkpoint."""
    try:
        told = tlog.parse_checkpoint(tlog.parse_note(note).text)
    except tlog.NoteError:
        return None
    return CheckpointTold(told.origin, told.size, told.root, checkpoint_holds(note=note))


def ledger_vkey() -> str:
    """The ledger's public key as text (C2SP vkey), to be pinned by whoever verifies."""
    return ledger_signer().verifier().vkey()


def proof_bundle(*, entry_ids: Sequence[int]) -> dict[str, Any]:
    """A bundle that ``tools/verify_proof.py`` verifies offline: entries, salts, inclusion proofs, one checkpoint.

    The checkpoint is the newest that enough witnesses cosigned, where one holds all the entries, with every cosignature
    kept of it; the policy says which witnesses there are and how many of them are asked for.
    The digests of the record's files stand in the entries themselves. Whoever calls this has made sure that the
    reader may see these entries. Raises NotYetSequenced when one of them has no index, is erased or is unknown.
    """
    entries = {each.pk: each for each in Entry.objects.filter(pk__in=entry_ids)}
    indexes = [each.index for each in entries.values() if each.index is not None]
    checkpoint = published_checkpoint(above=max(indexes, default=0))
    read = lru_cache(maxsize=None)(read_tile)
    proven = []
    for entry_id in entry_ids:
        entry = entries.get(entry_id)
        if entry is None or entry.text is None or entry.salt is None:
            raise NotYetSequenced(f"entry {entry_id} is {'unknown' if entry is None else 'erased'}")
        if checkpoint is None or entry.index is None or entry.index >= checkpoint.size:
            raise NotYetSequenced(f"entry {entry_id} is not yet in a checkpoint")
        path = tlog.inclusion_proof(index=entry.index, size=checkpoint.size, read=read)
        proven.append(
            {
                "index": entry.index,
                "entry": entry.text,
                "salt": bytes(entry.salt).hex(),
                "proof": [base64.b64encode(each).decode("ascii") for each in path],
            }
        )
    return {
        "format": BUNDLE_FORMAT,
        "archive": settings.LANTAI_ARCHIVE_NAME,
        "origin": settings.LANTAI_ORIGIN,
        "vkey": ledger_vkey(),
        "checkpoint": cosigned_note(note=checkpoint.note, size=checkpoint.size) if checkpoint else "",
        "policy": policy_text(),
        "witnesses": {each.name: each.body for each in list_witnesses()},
        "entries": proven,
    }
