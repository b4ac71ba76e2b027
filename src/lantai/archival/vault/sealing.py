"""Personal numbers at rest: sealed fields (AES-256-GCM or SM4-GCM), and keyed digests they are found by.

A sealed value is one line of ASCII that names its own algorithm and key, so that it can be opened after keys and
algorithms have changed:

    lantai-vault:1:AES-256-GCM:<key identifier>:<nonce, base64url>:<ciphertext and tag, base64url>

The cleartext is the fields as canonical JSON. What stands before the nonce and the caller's context (the record a value
belongs to) are authenticated with it: a value moved to another record does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lantai.archival.vault.ciphers import Algorithm
from lantai.archival.vault.normalising import normalise_value

_MARK = "lantai-vault:1"
_TAG_BYTES = 16
_NONCE_BYTES = 12
_IDENTIFIER = re.compile("[A-Za-z0-9._-]{1,64}")


class SealError(ValueError):
    """A sealed value cannot be opened: not one of ours, another key or context, or altered."""


@dataclass(frozen=True, slots=True)
class VaultKey:
    """A key of the vault: ``identifier`` (1 to 64 letters, digits, ``._-``) and 32 secret bytes.

    Each use draws its own key from the secret by HKDF-SHA-256, so that one secret serves sealing and digests.
    """

    identifier: str
    secret: bytes = field(repr=False)
    _aes: bytes = field(init=False, repr=False, compare=False)
    _sm4: bytes = field(init=False, repr=False, compare=False)
    _mac: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if _IDENTIFIER.fullmatch(self.identifier) is None:
            raise ValueError(f"not an identifier of a key: {self.identifier!r}")
        if len(self.secret) != 32:
            raise ValueError(f"a key of the vault has 32 bytes, not {len(self.secret)}")
        for name, purpose, size in (("_aes", b"seal AES-256", 32), ("_sm4", b"seal SM4", 16), ("_mac", b"digest", 32)):
            drawn = HKDF(SHA256(), size, salt=None, info=b"lantai vault 1 " + purpose).derive(self.secret)
            object.__setattr__(self, name, drawn)


def _cipher(key: VaultKey, algorithm: str, nonce: bytes, tag: bytes | None = None) -> Cipher[modes.GCM]:
    if algorithm == "AES-256-GCM":
        return Cipher(algorithms.AES(key._aes), modes.GCM(nonce, tag))
    if algorithm == "SM4-GCM":
        return Cipher(algorithms.SM4(key._sm4), modes.GCM(nonce, tag))
    raise SealError(f"unknown algorithm of a sealed value: {algorithm}")


def _bound(header: str, context: bytes) -> bytes:
    return header.encode() + b"\x00" + context


def seal_fields(
    key: VaultKey, fields: Mapping[str, str], context: bytes, *, algorithm: Algorithm = "AES-256-GCM"
) -> bytes:
    """Seal *fields* under *key*, bound to *context*. A nonce is drawn each time: equal fields give unequal values."""
    header = f"{_MARK}:{algorithm}:{key.identifier}"
    nonce = os.urandom(_NONCE_BYTES)
    cleartext = json.dumps(dict(fields), sort_keys=True, separators=(",", ":")).encode()
    sealer = _cipher(key, algorithm, nonce).encryptor()
    sealer.authenticate_additional_data(_bound(header, context))
    sealed = sealer.update(cleartext) + sealer.finalize() + sealer.tag
    return b":".join((header.encode(), base64.urlsafe_b64encode(nonce), base64.urlsafe_b64encode(sealed)))


def key_of(sealed: bytes) -> str:
    """The identifier of the key *sealed* was sealed under. Raises SealError when it is no sealed value."""
    return _split(sealed)[2]


def open_fields(keys: VaultKey | Mapping[str, VaultKey], sealed: bytes, context: bytes) -> dict[str, str]:
    """The fields in *sealed*, opened with the key it names, out of *keys* (one, or several by identifier).

    Raises:
        SealError: not a sealed value, the key is not there, or value, key or context are not the ones it was sealed
        with.
    """
    header, algorithm, identifier, nonce, body = _split(sealed)
    key = keys if isinstance(keys, VaultKey) else keys.get(identifier)
    if key is None or key.identifier != identifier:
        raise SealError(f"sealed under the key {identifier}, which is not at hand")
    opener = _cipher(key, algorithm, nonce, body[-_TAG_BYTES:]).decryptor()
    opener.authenticate_additional_data(_bound(header, context))
    try:
        cleartext = opener.update(body[:-_TAG_BYTES]) + opener.finalize()
    except InvalidTag as reason:
        raise SealError("the sealed value was altered, or belongs to another record or key") from reason
    opened = json.loads(cleartext)
    return {str(name): str(value) for name, value in opened.items()}


def _split(sealed: bytes) -> tuple[str, str, str, bytes, bytes]:
    try:
        mark, version, algorithm, identifier, nonce, body = sealed.decode("ascii").split(":")
        drawn, held = base64.b64decode(nonce, b"-_", True), base64.b64decode(body, b"-_", True)
    except (UnicodeDecodeError, ValueError, binascii.Error) as reason:
        raise SealError("not a sealed value") from reason
    if f"{mark}:{version}" != _MARK or len(drawn) != _NONCE_BYTES or len(held) < _TAG_BYTES:
        raise SealError("not a sealed value")
    return f"{_MARK}:{algorithm}:{identifier}", algorithm, identifier, drawn, held


def keyed_digest(key: VaultKey, value: str, *, purpose: str) -> str:
    """HMAC-SHA-256 of *value* in its normal form, as hex: equal numbers are found without being readable.

    *purpose* (``identity``, ``certificate``, ``phone`` or a name of the caller's own) chooses the normal form and keeps
    digests of different purposes apart.
    """
    message = purpose.encode() + b"\x00" + normalise_value(value, purpose=purpose).encode("utf-8", "surrogatepass")
    return hmac.new(key._mac, message, hashlib.sha256).hexdigest()
