"""Checkpoints anchored in an EVM chain: what is kept, what is due, and whether the chain still has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from django.conf import settings

from lantai.archival import tlog
from lantai.common.keys import secret_bytes
from lantai.ledger.chains import ChainFailed
from lantai.ledger.models import Anchor, Checkpoint
from lantai.ledger.queries.entries import something_told
from lantai.ledger.queries.proofs import published_checkpoint
from lantai.ledger.queries.witnesses import address_allowed

if TYPE_CHECKING:
    from lantai.ledger.evm import Chain

KEY = "evm"
"""The sending account's secp256k1 key, in LANTAI_HOME/keys."""


@dataclass(frozen=True, slots=True)
class AnchorView:
    """One anchor: the checkpoint's *size*, the transaction that carries *data* (hexadecimal), and the block it stands
    in by the chain's number and clock; None until it stands deep enough.
    """

    size: int
    chain: int
    transaction: str
    sender: str
    sent_at: datetime
    block: int | None
    block_hash: str
    block_at: datetime | None
    data: str


@dataclass(frozen=True, slots=True)
class AnchorDue:
    """A checkpoint to be anchored; *transaction* was sent for it before and does not stand in the chain yet."""

    size: int
    note: str
    transaction: str = ""
    sent_at: datetime | None = None


def open_chain() -> Chain:
    """The chain of LANTAI_EVM. Raises ChainFailed where none is named, may not be called, or ``web3`` is missing."""
    address = settings.LANTAI_EVM
    if not address_allowed(address=address):
        raise ChainFailed(f"the address of the chain (LANTAI_EVM) is neither https nor this machine: {address!r}")
    chain: Chain = _evm().Chain(address)
    return chain


def anchoring_account() -> str:
    """The account (0x…) that sends our anchors, its key made at first use. Raises ChainFailed without ``web3``."""
    return str(_evm().account_of(secret_bytes(KEY)))


def due_anchor(*, now: datetime, every: timedelta) -> AnchorDue | None:
    """The checkpoint to be anchored: the one sent and not yet found in the chain, else the newest published one, where
    the last was sent *every* ago and the archive has told anything since. None where none is due.
    """
    waiting = Anchor.objects.filter(block=None).order_by("size").first()
    if waiting is not None:
        return AnchorDue(
            waiting.size, Checkpoint.objects.get(size=waiting.size).note, waiting.transaction, waiting.sent_at
        )
    checkpoint = published_checkpoint()
    last = Anchor.objects.order_by("-size").first()
    if checkpoint is None:
        return None
    if last is not None and (now - last.sent_at < every or not something_told(since=last.size, until=checkpoint.size)):
        return None
    return AnchorDue(checkpoint.size, checkpoint.note)


def recent_anchors(*, limit: int = 10) -> list[AnchorView]:
    """The newest anchors, the newest first."""
    rows = list(Anchor.objects.order_by("-size")[:limit])
    notes = dict(Checkpoint.objects.filter(size__in=[each.size for each in rows]).values_list("size", "note"))
    return [
        AnchorView(
            size=each.size,
            chain=each.chain,
            transaction=each.transaction,
            sender=each.sender,
            sent_at=each.sent_at,
            block=each.block,
            block_hash=each.block_hash,
            block_at=each.block_at,
            data="0x" + tlog.anchor_data(notes[each.size]).hex() if each.size in notes else "",
        )
        for each in rows
    ]


def anchors_kept() -> int:
    """How many checkpoints are anchored."""
    return Anchor.objects.exclude(block=None).count()


def wrong_anchors(*, chain: Chain) -> Iterator[tuple[int, str]]:
    """The anchors that the chain does not bear out, as (size, why): each transaction is looked up again.

    Raises ChainFailed when the chain does not answer.
    """
    for row in Anchor.objects.exclude(block=None).order_by("size").iterator():
        why = _wrong(row, chain)
        if why:
            yield row.size, f"{row.transaction}: {why}"


def _evm() -> ModuleType:
    try:
        return import_module("lantai.ledger.evm")  # only here, so that nobody else pays for it or needs it
    except ModuleNotFoundError as missing:
        raise ChainFailed(f"the extra evm is not installed: {missing.name}") from missing


def _wrong(row: Anchor, chain: Chain) -> str:
    note = Checkpoint.objects.filter(size=row.size).values_list("note", flat=True).first()
    found = chain.find(row.transaction)
    if note is None:
        return "the ledger has no checkpoint of this size"
    if found is None or found.block is None:
        return "the chain has no block with this transaction"
    if found.data != tlog.anchor_data(note):
        return "the transaction names another checkpoint"
    if (found.chain, found.block, found.block_hash) != (row.chain, row.block, row.block_hash):
        return f"it stands in block {found.block} of chain {found.chain}, and stood in {row.block} of {row.chain}"
    return ""
