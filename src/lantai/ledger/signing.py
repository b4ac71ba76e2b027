"""The ledger's own keys, made at first use and named by LANTAI_ORIGIN: keys/ledger (Ed25519) and keys/ledger-sm2."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from lantai.archival import tlog
from lantai.archival.sm2 import sm2_available


def ledger_signer() -> tlog.Signer:
    """The key that signs checkpoints. Raises tlog.NoteError when LANTAI_ORIGIN is not the name in the key's file."""
    return _signer_at(Path(settings.LANTAI_HOME) / "keys" / "ledger", settings.LANTAI_ORIGIN, tlog.ED25519)


def ledger_signers() -> tuple[tlog.Signer, ...]:
    """Every key that signs a checkpoint: Ed25519 first, and SM2 beside it (standards-cn 9.1) where the system can."""
    if not sm2_available():
        return (ledger_signer(),)
    second = _signer_at(Path(settings.LANTAI_HOME) / "keys" / "ledger-sm2", settings.LANTAI_ORIGIN, tlog.SM2)
    return (ledger_signer(), second)


def open_own_checkpoint(note: str) -> tlog.Checkpoint:
    """The checkpoint in *note*, signed by our Ed25519 key and, where it bears an SM2 line, by that key, too.

    Raises tlog.NoteError otherwise.
    """
    first, *others = (each.verifier() for each in ledger_signers())
    tlog.open_checkpoint(note, first)
    return tlog.open_checkpoint(note, first, *others)


@lru_cache(maxsize=4)
def _signer_at(path: Path, name: str, kind: int) -> tlog.Signer:
    return tlog.signer_at(path, name=name, kind=kind)
