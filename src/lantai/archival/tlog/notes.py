"""Signed notes (C2SP signed-note, as Go's sumdb/note): text, a blank line, signature lines of Ed25519 keys.

A *vkey* is the public key as text, ``<name>+<key id>+<base64 of type byte and key>``; the secret key file uses the
same writing, ``PRIVATE+KEY+<name>+<key id>+<base64>``, so that the common tools read it too.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
_DASH = "\u2014"


class NoteError(ValueError):
    """A note, a signature in it or a key is not what it should be; the message says what."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name, its id of 4 bytes, the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in the note, with its newline."""
        return f"{_DASH} {self.name} {base64.b64encode(self.key_id + self.signature).decode('ascii')}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note taken apart. *text* ends with a newline; *signatures* are not yet verified."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name; *kind* is ED25519 or COSIGNATURE_V1."""

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
        """Whether *signature* (64 bytes) over *message* is this key's."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A secret Ed25519 key with its name and kind."""

    name: str
    kind: int
    secret: bytes

    def verifier(self) -> Verifier:
        """The public half."""
        key = Ed25519PrivateKey.from_private_bytes(self.secret).public_key()
        return Verifier(self.name, self.kind, key.public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Signature of 64 bytes over *message*."""
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
    return Signer(check_name(name), kind, Ed25519PrivateKey.generate().private_bytes_raw())


def parse_vkey(text: str) -> Verifier:
    """The public key written as *text*. Raises NoteError when it is malformed or its key id is wrong."""
    name, _, rest = text.strip().partition("+")
    given_id, _, encoded = rest.partition("+")
    key = _decode(encoded)
    if len(key) != 33 or key[0] not in (ED25519, COSIGNATURE_V1):
        raise NoteError("the key is neither Ed25519 nor cosignature/v1")
    verifier = Verifier(check_name(name), key[0], key[1:])
    if verifier.key_id.hex() != given_id:
        raise NoteError("the key id does not belong to this name and key")
    return verifier


def parse_skey(text: str) -> Signer:
    """The secret key written as *text*. Raises NoteError when it is malformed or its key id is wrong."""
    if not text.startswith("PRIVATE+KEY+"):
        raise NoteError("not a secret key")
    name, _, rest = text.removeprefix("PRIVATE+KEY+").partition("+")
    given_id, _, encoded = rest.partition("+")
    key = _decode(encoded)
    if len(key) != 33 or key[0] not in (ED25519, COSIGNATURE_V1):
        raise NoteError("the key is neither Ed25519 nor cosignature/v1")
    signer = Signer(check_name(name), key[0], key[1:])
    if signer.verifier().key_id.hex() != given_id:
        raise NoteError("the key id does not belong to this name and key")
    return signer


def signer_at(path: Path, *, name: str) -> Signer:
    """The secret key in the file *path*; made at first use, readable by its owner only (0600).

    Two processes that come first together end with the same key. Raises NoteError when the file's key bears
    another name, so that a changed origin is noticed before anything is signed with it.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(new_signer(name).skey().encode() + b"\n")
                file.flush()
                os.fsync(handle)
            path.hardlink_to(made)
        except FileExistsError:
            pass  # another process was first; its key is the one
        finally:
            made.unlink()
    signer = parse_skey(path.read_text(encoding="utf-8").strip())
    if signer.name != name:
        raise NoteError(f"the key in {path} belongs to {signer.name}, not to {name}")
    return signer


def sign_note(text: str, *signers: Signer) -> str:
    """*text* with one Ed25519 signature line of each signer. Raises NoteError when the text cannot be a note's."""
    _check_text(text)
    lines = [Signature(each.name, each.verifier().key_id, each.sign(text.encode())).line() for each in signers]
    return f"{text}\n{''.join(lines)}"


def parse_note(note: str) -> Note:
    """Take a note apart without verifying it. Raises NoteError when it is malformed."""
    if len(note.encode()) > MAX_NOTE_BYTES:
        raise NoteError("the note is too long")
    split = note.rfind("\n\n")
    if split < 0 or not note.endswith("\n"):
        raise NoteError("a note is a text, a blank line and signature lines")
    text, lines = note[: split + 1], note[split + 2 :].split("\n")[:-1]
    _check_text(text)
    if not 0 < len(lines) <= MAX_SIGNATURES:
        raise NoteError(f"a note has 1 to {MAX_SIGNATURES} signatures")
    return Note(text, tuple(_parse_line(line) for line in lines))


def open_note(note: str, *verifiers: Verifier) -> Note:
    """The note, holding only signatures that *verifiers* (Ed25519) confirm; those of unknown keys are left out.

    Raises NoteError when a known key's signature is wrong, or when none of the signatures is of a known key.
    """
    parsed = parse_note(note)
    known = {(each.name, each.key_id): each for each in verifiers if each.kind == ED25519}
    good: list[Signature] = []
    for signature in parsed.signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is None:
            continue
        if not verifier.verify(parsed.text.encode(), signature.signature):
            raise NoteError(f"the signature of {signature.name} is wrong")
        good.append(signature)
    if not good:
        raise NoteError("no signature of a known key")
    return Note(parsed.text, tuple(good))


def merge_signatures(note: str, lines: Sequence[Signature]) -> str:
    """*note* with further signature lines behind its own; a line it already has is not added twice."""
    present = set(parse_note(note).signatures)
    return note + "".join(each.line() for each in lines if each not in present)


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("a note's text ends with a newline")
    if any(ord(each) < 0x20 and each != "\n" for each in text):
        raise NoteError("a note's text holds no control characters")


def _parse_line(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH:
        raise NoteError(f"not a signature line: {line!r}")
    raw = _decode(parts[2])
    if len(raw) < 5:
        raise NoteError(f"the signature is too short: {line!r}")
    return Signature(check_name(parts[1]), raw[:4], raw[4:])


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not base64") from error
