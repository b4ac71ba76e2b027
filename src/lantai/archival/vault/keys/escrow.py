"""Escrow (密钥托管): data keys wrapped a second time, for recipients whose identities lie offline (age)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

import pyrage
from pyrage import DecryptError, EncryptError, IdentityError, RecipientError

from lantai.archival.vault.faults import EscrowWrong


def make_identity() -> tuple[str, str]:
    """A new identity, to be kept offline, and the recipient (public) that belongs to it."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def check_recipient(recipient: str) -> None:
    """Raise EscrowWrong unless *recipient* is one of age (``age1…``)."""
    _recipient(recipient)


def escrow_keys(recipient: str, keys: Sequence[bytes]) -> list[bytes]:
    """Each of *keys* for *recipient* alone, so that each can be destroyed alone. Raises EscrowWrong."""
    to = [_recipient(recipient)]
    return [pyrage.encrypt(each, to) for each in keys]


def open_escrow(identity: str, wrapped: bytes) -> bytes:
    """The key in *wrapped*. Raises EscrowWrong when it is for another identity, or altered."""
    try:
        return bytes(pyrage.decrypt(wrapped, [_identity(identity)]))
    except DecryptError as reason:
        raise EscrowWrong("the escrow wrap does not open with this identity") from reason


def seal_stream(source: BinaryIO, target: BinaryIO, recipients: Sequence[str]) -> None:
    """Write what *source* has to *target*, so that each of *recipients* can open it, in pieces of 64 KiB.

    Raises EscrowWrong without recipients, or for one that is none; OSError.
    """
    if not recipients:
        raise EscrowWrong("there is no recipient to encrypt to")
    to = [_recipient(each) for each in recipients]
    try:
        pyrage.encrypt_io(source, target, to)
    except EncryptError as reason:
        raise OSError(f"it cannot be written sealed: {reason}") from reason


def open_stream(source: BinaryIO, target: BinaryIO, identity: str) -> None:
    """Write what is sealed in *source* to *target* in the clear, each piece proven before it is written.

    Raises EscrowWrong when it is for another identity, altered, or cut short; OSError.
    """
    try:
        pyrage.decrypt_io(source, target, [_identity(identity)])
    except (DecryptError, OSError) as reason:
        if isinstance(reason, OSError) and reason.errno is not None:
            raise  # the disk; age's own faults bear no number
        raise EscrowWrong(f"it does not open with this identity, or was altered: {reason}") from reason


def recipient_of(identity: str) -> str:
    """The recipient that belongs to *identity*. Raises EscrowWrong."""
    return str(_identity(identity).to_public())


def read_identity(text: str) -> str:
    """The identity in a file as age-keygen writes it: the line that is no comment. Raises EscrowWrong."""
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            _identity(line.strip())
            return line.strip()
    raise EscrowWrong("there is no identity of age in the file")


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except RecipientError as reason:
        raise EscrowWrong(f"not a recipient of age: {text.strip()[:80]}") from reason


def _identity(text: str) -> pyrage.x25519.Identity:
    try:
        return pyrage.x25519.Identity.from_str(text.strip())
    except IdentityError as reason:
        raise EscrowWrong("not an identity of age (AGE-SECRET-KEY-1…)") from reason
