"""The read door of the ledger."""

from lantai.ledger.queries.entries import (
    EntryView,
    Lag,
    SealedEntry,
    cursor_position,
    entries_about,
    entries_after,
    entries_of,
    entries_waiting,
    list_entries,
    sealed_entries,
    waiting_entries,
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
    "Lag",
    "LedgerBreak",
    "LedgerProgress",
    "LedgerState",
    "NotYetSequenced",
    "SealedEntry",
    "checkpoint_holds",
    "cursor_position",
    "entries_about",
    "entries_after",
    "entries_of",
    "entries_waiting",
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
]
