"""A keyed fingerprint of bytes: tells at twenty times the pace of a digest whether they are still the same."""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_BLOCK = 1 << 20


class Fingerprint:
    """GMAC over blocks of 1 MiB, each under its number, and HMAC-SHA-256 over all of them and the length.

    The tags of the blocks never leave it, so that one key serves any number of files. Who has the key may make two
    contents alike: it proves to its own house that bytes have not changed between two readings, and nothing to others.
    """

    def __init__(self, key: bytes) -> None:
        """*key*: 32 secret bytes."""
        drawn = HKDF(SHA256(), 64, salt=None, info=b"lantai vault 1 fingerprint").derive(key)
        self._gcm = AESGCM(drawn[:32])
        self._all = hmac.new(drawn[32:], digestmod=hashlib.sha256)
        self._blocks = 0
        self._length = 0
        self._rest = b""

    def update(self, data: bytes | memoryview) -> None:
        """The next piece, of any size."""
        self._length += len(data)
        if self._rest:
            data, self._rest = self._rest + bytes(data), b""
        view = memoryview(data)
        whole = len(view) - len(view) % _BLOCK
        for at in range(0, whole, _BLOCK):
            self._take(view[at : at + _BLOCK])
        self._rest = bytes(view[whole:])

    def hexdigest(self) -> str:
        """The fingerprint; nothing may be added afterwards."""
        if self._rest:
            self._take(memoryview(self._rest))
            self._rest = b""
        self._all.update(self._length.to_bytes(8))
        return self._all.hexdigest()

    def _take(self, block: memoryview) -> None:
        self._all.update(self._gcm.encrypt(self._blocks.to_bytes(12), b"", block))
        self._blocks += 1
