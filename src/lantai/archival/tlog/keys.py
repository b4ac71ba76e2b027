"""The keys of signed notes: Ed25519, the timed cosignatures of witnesses (Ed25519 and ML-DSA-44), and SM2.

SM2 with SM3 (GM/T 0003, GM/T 0004) has no type of its own in C2SP: its byte is 0xff, followed by the algorithm's object
identifier (standards-cn 9.1) and the point, and its signature is r and s with 32 bytes each over the note's text.
"""

from __future__ import annotations

import base64
import binascii
import functools
import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from lantai.archival import sm2

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
ML_DSA_44 = 0x06
SM2 = 0xFF
SM2_ID = b"1.2.156.10197.1.501\n"
TEXT_KINDS = (ED25519, SM2)
"""Keys that sign a note's text as it is."""
WITNESS_KINDS = (COSIGNATURE_V1, ML_DSA_44)
"""Keys that sign with the time (C2SP tlog-cosignature)."""
_PUBLIC_BYTES = {ED25519: 32, COSIGNATURE_V1: 32, ML_DSA_44: 1312, SM2: len(SM2_ID) + sm2.POINT_BYTES}
_SECRET_BYTES = {ED25519: 32, COSIGNATURE_V1: 32, ML_DSA_44: 32, SM2: len(SM2_ID) + sm2.SECRET_BYTES}
SIGNATURE_BYTES = {ED25519: 64, COSIGNATURE_V1: 64, ML_DSA_44: 2420, SM2: 64}


class NoteError(ValueError):
    """A note, a signature in it or a key is not what it should be; the message says what."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name; *kind* is ED25519, COSIGNATURE_V1, ML_DSA_44 or SM2.

    *public_key* is what the vkey holds behind the kind: of SM2 the identifier and the point.
    """

    name: str
    kind: int
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name || newline || kind || key)."""
        return key_id(self.name, self.kind, self.public_key)

    def vkey(self) -> str:
        """The key as text, to be published and pinned."""
        key = base64.b64encode(bytes([self.kind]) + self.public_key).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{key}"

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether *signature* (64 bytes, of ML-DSA-44 2,420) over *message* is this key's.

        Raises sm2.Sm2Unavailable for an SM2 key where the system cannot compute it.
        """
        if len(signature) != SIGNATURE_BYTES[self.kind]:
            return False
        if self.kind == SM2:
            point = self.public_key[len(SM2_ID) :]
            return sm2.verify_sm2(sm2.public_key_info(point), sm2.der_signature(signature), message)
        try:
            if self.kind == ML_DSA_44:
                MLDSA44PublicKey.from_public_bytes(self.public_key).verify(signature, message)
            else:
                Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A secret key with its name and kind; of SM2 the identifier and the number."""

    name: str
    kind: int
    secret: bytes

    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.kind, _public_key(self.kind, self.secret))

    def sign(self, message: bytes) -> bytes:
        """Signature over *message*: 64 bytes, of ML-DSA-44 2,420. Raises sm2.Sm2Unavailable as ``verify`` does."""
        if self.kind == SM2:
            return sm2.raw_signature(sm2.sign_sm2(self.secret[len(SM2_ID) :], message))
        if self.kind == ML_DSA_44:
            return MLDSA44PrivateKey.from_seed_bytes(self.secret).sign(message)
        return Ed25519PrivateKey.from_private_bytes(self.secret).sign(message)

    def skey(self) -> str:
        """The secret key as text."""
        key = base64.b64encode(bytes([self.kind]) + self.secret).decode("ascii")
        return f"PRIVATE+KEY+{self.name}+{self.verifier().key_id.hex()}+{key}"


def key_id(name: str, kind: int, public_key: bytes) -> bytes:
    """Key id of 4 bytes (C2SP signed-note)."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


def check_name(name: str) -> str:
    """*name* if it may name a key: not empty, no space, no plus sign, no control character. Raises NoteError."""
    if not name or "+" in name or any(each.isspace() or ord(each) < 0x20 for each in name):
        raise NoteError(f"a key's name may not be empty or hold spaces or plus signs: {name!r}")
    return name


def new_signer(name: str, *, kind: int = ED25519) -> Signer:
    """A fresh key. Raises NoteError for a name that may not be."""
    fresh = SM2_ID + sm2.new_secret() if kind == SM2 else secrets.token_bytes(_SECRET_BYTES[kind])
    return Signer(check_name(name), kind, fresh)


def parse_vkey(text: str) -> Verifier:
    """The public key written as *text*. Raises NoteError when it is malformed or its key id is wrong."""
    name, given_id, key = _taken_apart(text.strip(), _PUBLIC_BYTES)
    verifier = Verifier(check_name(name), key[0], key[1:])
    if verifier.key_id.hex() != given_id:
        raise NoteError("the key id does not belong to this name and key")
    return verifier


def parse_skey(text: str) -> Signer:
    """The secret key written as *text*. Raises NoteError when it is malformed or its key id is wrong."""
    if not text.startswith("PRIVATE+KEY+"):
        raise NoteError("not a secret key")
    name, given_id, key = _taken_apart(text.removeprefix("PRIVATE+KEY+"), _SECRET_BYTES)
    signer = Signer(check_name(name), key[0], key[1:])
    if signer.verifier().key_id.hex() != given_id:
        raise NoteError("the key id does not belong to this name and key")
    return signer


def signer_at(path: Path, *, name: str, kind: int = ED25519) -> Signer:
    """The secret key in the file *path*; made at first use, readable by its owner only (0600).

    Two processes that come first together end with the same key. Raises NoteError when the file's key bears
    another name, so that a changed origin is noticed before anything is signed with it, or is of another kind.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(new_signer(name, kind=kind).skey().encode() + b"\n")
                file.flush()
                os.fsync(handle)
            path.hardlink_to(made)
        except FileExistsError:
            pass  # another process was first; its key is the one
        finally:
            made.unlink()
    signer = parse_skey(path.read_text(encoding="utf-8").strip())
    if signer.name != name or signer.kind != kind:
        raise NoteError(f"the key in {path} belongs to {signer.name}, not to {name}")
    return signer


def decode_base64(text: str) -> bytes:
    """The bytes that *text* writes. Raises NoteError."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not base64") from error


def _taken_apart(text: str, lengths: dict[int, int]) -> tuple[str, str, bytes]:
    """Name, key id as written, and kind with key; the key's length is that of its kind."""
    name, _, rest = text.partition("+")
    given_id, _, encoded = rest.partition("+")
    key = decode_base64(encoded)
    if not key or len(key) - 1 != lengths.get(key[0]) or (key[0] == SM2 and not key[1:].startswith(SM2_ID)):
        raise NoteError("the key is none of Ed25519, cosignature/v1, ML-DSA-44 and SM2")
    return name, given_id, key


@functools.lru_cache(maxsize=64)
def _public_key(kind: int, secret: bytes) -> bytes:
    if kind == SM2:
        try:
            return SM2_ID + sm2.public_point(secret[len(SM2_ID) :])
        except ValueError as error:
            raise NoteError(str(error)) from error
    if kind == ML_DSA_44:
        return MLDSA44PrivateKey.from_seed_bytes(secret).public_key().public_bytes_raw()
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
