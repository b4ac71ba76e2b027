"""The archive's own keys: files in LANTAI_HOME/keys, made on first use, readable by their owner only."""

from __future__ import annotations

import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings


def secret_bytes(name: str, size: int = 32) -> bytes:
    """The *size* random bytes kept under *name*; two processes that start together get the same ones.

    Raises ValueError when the file holds another number of bytes: it was damaged or is another kind of key.
    """
    folder: Path = settings.LANTAI_HOME / "keys"
    found = _read_or_make(folder / name, size)
    if len(found) != size:
        raise ValueError(
            f"{folder / name} holds {len(found)} bytes where {size} belong: restore it from the key backup"
        )
    return found


def signing_key(name: str) -> Ed25519PrivateKey:
    """The Ed25519 key kept under *name*."""
    return _signing_key(settings.LANTAI_HOME / "keys" / name)


@cache
def _signing_key(path: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(_read_or_make(path, 32))


def _read_or_make(path: Path, size: int) -> bytes:
    """Read *path*, or make it durably with fresh random bytes; never overwrites."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(size))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            path.hardlink_to(made)
        except FileExistsError:
            pass  # another process was first; its key is the one
        finally:
            made.unlink()
    return path.read_bytes()
