"""The vault: personal numbers sealed at rest and found by keyed digest."""

from lantai.archival.vault.normalising import normalise_certificate_number, normalise_phone, normalise_value
from lantai.archival.vault.sealing import (
    ALGORITHMS,
    Algorithm,
    SealError,
    VaultKey,
    key_of,
    keyed_digest,
    open_fields,
    seal_fields,
)

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "SealError",
    "VaultKey",
    "key_of",
    "keyed_digest",
    "normalise_certificate_number",
    "normalise_phone",
    "normalise_value",
    "open_fields",
    "seal_fields",
]
