"""Authenticated encryption of one chunk: AES-256-GCM, and SM4-GCM (GB/T 32907) with the fastest library at hand."""

from __future__ import annotations

from typing import Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from lantai.archival.vault.gcrypt import GcryptSm4, TagDiffers, load_gcrypt

Algorithm = Literal["AES-256-GCM", "SM4-GCM"]
ALGORITHMS: tuple[Algorithm, ...] = ("AES-256-GCM", "SM4-GCM")
KEY_BYTES: dict[str, int] = {"AES-256-GCM": 32, "SM4-GCM": 16}
TAG_BYTES = 16
NONCE_BYTES = 12


class ChunkCipher(Protocol):
    """One key of one algorithm. ``seal`` returns ciphertext and tag; ``open`` raises TagDiffers."""

    def seal(self, nonce: bytes, data: bytes, bound: bytes) -> bytes: ...

    def open(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes: ...


class _Aes:
    __slots__ = ("_gcm",)

    def __init__(self, key: bytes) -> None:
        self._gcm = AESGCM(key)

    def seal(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        return self._gcm.encrypt(nonce, data, bound)

    def open(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        try:
            return self._gcm.decrypt(nonce, sealed, bound)
        except InvalidTag as reason:
            raise TagDiffers from reason


class PlainSm4:
    """SM4-GCM by `cryptography`, where the system has no libgcrypt with SM4."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = algorithms.SM4(key)

    def seal(self, nonce: bytes, data: bytes, bound: bytes) -> bytes:
        sealer = Cipher(self._key, modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(bound)
        return sealer.update(data) + sealer.finalize() + sealer.tag

    def open(self, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
        if len(sealed) < TAG_BYTES:
            raise TagDiffers
        opener = Cipher(self._key, modes.GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
        opener.authenticate_additional_data(bound)
        try:
            return opener.update(sealed[:-TAG_BYTES]) + opener.finalize()
        except InvalidTag as reason:
            raise TagDiffers from reason


def chunk_cipher(algorithm: str, key: bytes) -> ChunkCipher:
    """The cipher of *algorithm* under *key*. Raises ValueError for another algorithm or length of key."""
    if len(key) != KEY_BYTES.get(algorithm, -1):
        raise ValueError(f"no algorithm {algorithm!r} with a key of {len(key)} bytes")
    if algorithm == "AES-256-GCM":
        return _Aes(key)
    library = load_gcrypt()
    return PlainSm4(key) if library is None else GcryptSm4(library, key)
