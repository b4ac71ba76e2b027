"""What is said of a chain without asking one: a transaction signed, a transaction found, and why neither."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


class ChainFailed(RuntimeError):
    """The chain did not answer, refused, or cannot be spoken to; the message says why."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction: the chain's number, its hash (0x…), who sends it, the bytes to be sent."""

    chain: int
    transaction: str
    sender: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Found:
    """A transaction as the chain has it: its data, and its block with that block's time, None until it is in one;
    *above* are the blocks that stand on top of it.
    """

    chain: int
    data: bytes
    block: int | None = None
    block_hash: str = ""
    block_at: datetime | None = None
    above: int = 0
