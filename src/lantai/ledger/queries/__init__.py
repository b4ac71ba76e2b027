"""The read door of the ledger."""

from lantai.ledger.queries.entries import (
    EntryView,
    SealedEntry,
    cursor_position,
    entries_about,
    entries_after,
    entries_behind,
    entries_of,
    list_entries,
    sealed_entries,
    waiting_entries,
    waiting_since,
)
from lantai.ledger.queries.proofs import (
    CheckpointView,
    NotYetSequenced,
    checkpoint_holds,
    latest_checkpoint,
    ledger_vkey,
    proof_bundle,
    recent_checkpoints,
    sequenced_at,
)
from lantai.ledger.queries.tiles import read_tile, tile
from lantai.ledger.queries.verification import LedgerBreak, LedgerProgress, LedgerState, verify_ledger

__all__ = [
    "CheckpointView",
    "EntryView",
    "LedgerBreak",
    "LedgerProgress",
    "LedgerState",
    "NotYetSequenced",
    "SealedEntry",
    "checkpoint_holds",
    "cursor_position",
    "entries_about",
    "entries_after",
    "entries_behind",
    "entries_of",
    "latest_checkpoint",
    "ledger_vkey",
    "list_entries",
    "proof_bundle",
    "read_tile",
    "recent_checkpoints",
    "sealed_entries",
    "sequenced_at",
    "tile",
    "verify_ledger",
    "waiting_entries",
    "waiting_since",
]
