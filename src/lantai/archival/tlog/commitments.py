"""What stands in a leaf: a commitment to an entry, never the entry (承诺).

c = SHA-256(32 random bytes || canonical entry); the leaf is SHA-256(0x00 || c). Who has neither the random bytes
nor the entry learns nothing from c, and when both are erased nobody can ever again say what it stood for, while
the tree stays whole.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

SALT_BYTES = 32
_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def canonical_json(value: dict[str, Any]) -> str:
    """*value* in its one writing: keys in order of code points, no spaces, UTF-8, no fractions.

    For values without keys beyond U+FFFF this is RFC 8785. Raises ValueError for fractions (their writing differs
    between languages: write them as text) and for lone surrogates, TypeError for what JSON does not know.
    """
    _refuse_fractions(value)
    text = _encode(value)
    text.encode()
    return text


def commitment(salt: bytes, entry: bytes) -> bytes:
    """SHA-256(salt || entry). Raises ValueError unless the salt has 32 bytes."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return sha256(salt + entry).digest()


def _refuse_fractions(value: object) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            if type(key) is not str:
                raise TypeError(f"a key is text, not {type(key).__name__}")
            if type(each) is not str:
                _refuse_fractions(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            if type(each) is not str:
                _refuse_fractions(each)
    elif isinstance(value, float):
        raise ValueError(f"no fractions in canonical JSON: {value!r}")
