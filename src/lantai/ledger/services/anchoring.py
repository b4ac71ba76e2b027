"""Have checkpoints anchored in an EVM chain (链上锚定): a digest of 39 bytes in a transaction to ourselves."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction

from lantai.archival import tlog
from lantai.common.keys import secret_bytes
from lantai.ledger.chains import ChainFailed, Found
from lantai.ledger.models import Anchor
from lantai.ledger.queries.anchors import KEY, AnchorDue
from lantai.ledger.services.appending import NewEntry, append_entries

if TYPE_CHECKING:
    from lantai.ledger.evm import Chain

ACTOR = "system:anchoring"


def anchor_checkpoint(*, due: AnchorDue, chain: Chain, now: datetime) -> bool:
    """Send the transaction for the checkpoint that is *due* unless the chain has it, and look whether it stands deep
    enough in the chain; returns whether it does. Called again until then.

    It is kept before it is sent: whatever dies in between, the next call finds it in the chain or sends another. Not to
    be called inside a transaction. Raises ChainFailed.
    """
    found = chain.find(due.transaction) if due.transaction else None
    if found is None:
        signed = chain.sign(key=secret_bytes(KEY), data=tlog.anchor_data(due.note))
        sent = {
            "chain": signed.chain,
            "transaction": signed.transaction,
            "sender": signed.sender,
            "sent_at": now,
        }
        if not _kept(due, sent):
            return False  # another worker was faster; its transaction is the one
        chain.send(signed)
        due = AnchorDue(due.size, due.note, signed.transaction)
        found = chain.find(signed.transaction)
    if found is None or found.block is None or found.above < settings.LANTAI_EVM_BLOCKS:
        return False
    if found.data != tlog.anchor_data(due.note):
        raise ChainFailed(f"{due.transaction} carries other data than was sent")
    _confirm(due, found, now)
    return True


def _kept(due: AnchorDue, sent: dict[str, object]) -> bool:
    if due.transaction:
        rows = Anchor.objects.filter(size=due.size, transaction=due.transaction, block=None)
        return rows.update(**sent) == 1
    try:
        with transaction.atomic():
            Anchor.objects.create(size=due.size, **sent)
    except IntegrityError:
        return False
    return True


def _confirm(due: AnchorDue, found: Found, now: datetime) -> None:
    told = {
        "size": due.size,
        "chain": found.chain,
        "transaction": due.transaction,
        "block": found.block,
        "block_hash": found.block_hash,
        "time": found.block_at.isoformat() if found.block_at else "",
    }
    with transaction.atomic():
        rows = Anchor.objects.filter(size=due.size, transaction=due.transaction, block=None)
        if rows.update(block=found.block, block_hash=found.block_hash, block_at=found.block_at):
            append_entries(entries=[NewEntry("ledger.anchored", f"checkpoint:{due.size}", ACTOR, now, told)])
