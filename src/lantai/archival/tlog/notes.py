"""Signed notes (C2SP signed-note, as Go's sumdb/note): text, a blank line, signature lines.

A *vkey* is the public key as text, ``<name>+<key id>+<base64 of type byte and key>``; the secret key file uses the
same writing, ``PRIVATE+KEY+<name>+<key id>+<base64>``, so that the common tools read it too. The keys themselves
(Ed25519, ML-DSA-44, SM2) are in ``keys``.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from lantai.archival.sm2 import sm2_available
from lantai.archival.tlog.keys import ED25519, SM2, NoteError, Signer, Verifier, check_name, decode_base64

MAX_NOTE_BYTES = 1_000_000
MAX_SIGNATURES = 100
_DASH = "\u2014"


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


def sign_note(text: str, *signers: Signer) -> str:
    """*text* with one signature line of each signer (Ed25519 or SM2). Raises NoteError when it cannot be a note's."""
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
    """The note, holding only signatures that *verifiers* (Ed25519, SM2) confirm; those of unknown keys are left out,
    and those of SM2 keys where the system cannot compute SM2.

    Raises NoteError when a known key's signature is wrong, or when none of the signatures is of a known key.
    """
    parsed = parse_note(note)
    judged = (each for each in verifiers if each.kind == ED25519 or (each.kind == SM2 and sm2_available()))
    known = {(each.name, each.key_id): each for each in judged}
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


def parse_signatures(text: str) -> tuple[Signature, ...]:
    """Signature lines that stand alone, as a witness answers. Raises NoteError for another line, or none is there."""
    lines = text.split("\n")
    if lines.pop() or not 0 < len(lines) <= MAX_SIGNATURES:
        raise NoteError("not signature lines")
    return tuple(_parse_line(line) for line in lines)


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteError("a note's text ends with a newline")
    if any(ord(each) < 0x20 and each != "\n" for each in text):
        raise NoteError("a note's text holds no control characters")


def _parse_line(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH:
        raise NoteError(f"not a signature line: {line!r}")
    raw = decode_base64(parts[2])
    if len(raw) < 5:
        raise NoteError(f"the signature is too short: {line!r}")
    return Signature(check_name(parts[1]), raw[:4], raw[4:])
