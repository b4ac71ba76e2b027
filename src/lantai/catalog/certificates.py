"""Identity and certificate numbers of a record: sealed, and found by their keyed digest alone."""

from __future__ import annotations

from functools import cache

from lantai.archival.vault import VaultKey, keyed_digest
from lantai.common.keys import secret_bytes

PURPOSE = "certificate"


@cache
def personal_key() -> VaultKey:
    """The key under which identity and certificate numbers are sealed and digested."""
    return VaultKey("personal", secret_bytes("personal"))


def certificate_digest(number: str) -> str:
    """The keyed digest of a certificate number in its normal form."""
    return keyed_digest(personal_key(), number, purpose=PURPOSE)
