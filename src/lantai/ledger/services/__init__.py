"""The write door of the ledger."""

from lantai.ledger.services.anchoring import anchor_checkpoint
from lantai.ledger.services.appending import (
    ENTRY_ERASED,
    CursorBehind,
    EntryNotSequenced,
    NewEntry,
    NotInTransaction,
    advance_cursor,
    append_entries,
    append_noted_entries,
    erase_entry,
    note_entries,
    reset_cursor,
    sequence_entries,
)
from lantai.ledger.services.cosigning import Cosigner, Settled, forget_old_cosignatures, settle_answer, witness_request
from lantai.ledger.services.rebuilding import LedgerNotContinued, rebuild_entries, repeat_erasures
from lantai.ledger.services.timestamping import AuthorityFailed, take_timestamp
from lantai.ledger.services.witnesses import (
    AddressNotAllowed,
    DecidedBy,
    PolicyTooStrict,
    WitnessKnown,
    add_witness,
    retire_witness,
    set_witness_policy,
)

__all__ = [
    "ENTRY_ERASED",
    "AddressNotAllowed",
    "AuthorityFailed",
    "Cosigner",
    "CursorBehind",
    "DecidedBy",
    "EntryNotSequenced",
    "LedgerNotContinued",
    "NewEntry",
    "NotInTransaction",
    "PolicyTooStrict",
    "Settled",
    "WitnessKnown",
    "add_witness",
    "advance_cursor",
    "anchor_checkpoint",
    "append_entries",
    "append_noted_entries",
    "erase_entry",
    "forget_old_cosignatures",
    "note_entries",
    "rebuild_entries",
    "repeat_erasures",
    "reset_cursor",
    "retire_witness",
    "sequence_entries",
    "set_witness_policy",
    "settle_answer",
    "take_timestamp",
    "witness_request",
]
