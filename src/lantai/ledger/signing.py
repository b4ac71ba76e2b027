"""The ledger's own key: LANTAI_HOME/keys/ledger, Ed25519, made at first use, named by LANTAI_ORIGIN."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from lantai.archival import tlog


def ledger_signer() -> tlog.Signer:
    """The key that signs checkpoints. Raises tlog.NoteError when LANTAI_ORIGIN is not the name in the key's file."""
    return _signer_at(Path(settings.LANTAI_HOME) / "keys" / "ledger", settings.LANTAI_ORIGIN)


@lru_cache(maxsize=4)
def _signer_at(path: Path, name: str) -> tlog.Signer:
    return tlog.signer_at(path, name=name)
