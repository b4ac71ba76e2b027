"""Wrapping keys under keys: RFC 3394 with AES-256, and the same construction over SM4 (GB/T 32907)."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from lantai.archival.vault.faults import KeyWrong

WRAPPINGS = {"AES-256-KW": 32, "SM4-KW": 16}
"""The ways of wrapping, and how many bytes the wrapping key of each has."""
_START = b"\xa6" * 8


def wrap_key(wrapping: str, wrapping_key: bytes, key: bytes) -> bytes:
    """*key* (a multiple of 8 bytes, 16 or more) under *wrapping_key*, 8 bytes longer. Raises ValueError."""
    _check(wrapping, wrapping_key)
    if len(key) < 16 or len(key) % 8:
        raise ValueError(f"a key to wrap has a multiple of 8 bytes, 16 at least, not {len(key)}")
    if wrapping == "AES-256-KW":
        return aes_key_wrap(wrapping_key, key)
    encrypt = Cipher(algorithms.SM4(wrapping_key), modes.ECB()).encryptor().update
    return _wrap(encrypt, key)


def unwrap_key(wrapping: str, wrapping_key: bytes, wrapped: bytes) -> bytes:
    """The key in *wrapped*. Raises KeyWrong when it was wrapped under another key, or altered; ValueError."""
    _check(wrapping, wrapping_key)
    if wrapping == "AES-256-KW":
        try:
            return aes_key_unwrap(wrapping_key, wrapped)
        except InvalidUnwrap as reason:
            raise KeyWrong("the wrapped key was wrapped under another key, or altered") from reason
    if len(wrapped) < 24 or len(wrapped) % 8:
        raise KeyWrong("the wrapped key was cut")
    decrypt = Cipher(algorithms.SM4(wrapping_key), modes.ECB()).decryptor().update
    start, key = _unwrap(decrypt, wrapped)
    if not hmac.compare_digest(start, _START):
        raise KeyWrong("the wrapped key was wrapped under another key, or altered")
    return key


def _check(wrapping: str, wrapping_key: bytes) -> None:
    if len(wrapping_key) != WRAPPINGS.get(wrapping, -1):
        raise ValueError(f"no wrapping {wrapping!r} with a key of {len(wrapping_key)} bytes")


def _wrap(encrypt: Callable[[bytes], bytes], key: bytes) -> bytes:
    """RFC 3394, 2.2.1 (index based)."""
    blocks = [key[at : at + 8] for at in range(0, len(key), 8)]
    start = _START
    for round_ in range(6):
        for at, block in enumerate(blocks):
            out = encrypt(start + block)
            start = (int.from_bytes(out[:8]) ^ (len(blocks) * round_ + at + 1)).to_bytes(8)
            blocks[at] = out[8:]
    return start + b"".join(blocks)


def _unwrap(decrypt: Callable[[bytes], bytes], wrapped: bytes) -> tuple[bytes, bytes]:
    """RFC 3394, 2.2.2: what the start value came to, and the key."""
    start = wrapped[:8]
    blocks = [wrapped[at : at + 8] for at in range(8, len(wrapped), 8)]
    for round_ in reversed(range(6)):
        for at in reversed(range(len(blocks))):
            turned = (int.from_bytes(start) ^ (len(blocks) * round_ + at + 1)).to_bytes(8)
            out = decrypt(turned + blocks[at])
            start, blocks[at] = out[:8], out[8:]
    return start, b"".join(blocks)
