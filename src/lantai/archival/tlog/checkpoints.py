"""Checkpoints (检查点): the signed statement "this log has so many leaves and this root" (C2SP tlog-checkpoint).

Also the cosignatures of witnesses (C2SP tlog-cosignature, cosignature/v1): a timed "I saw this, and it continues
what I saw before".
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from lantai.archival.tlog.notes import (
    COSIGNATURE_V1,
    ED25519,
    Note,
    NoteError,
    Signature,
    Signer,
    Verifier,
    open_note,
    parse_note,
    sign_note,
)

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of the log named *origin*; *extensions* are further lines, kept as they are."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The text that is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode("ascii"), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint in a note's text. Raises NoteError when it is malformed."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise NoteError("a checkpoint has at least three lines and none that is empty")
    origin, size, encoded, *extensions = lines[:-1]
    if not _SIZE.fullmatch(size):
        raise NoteError("the size of a checkpoint is a plain decimal number")
    try:
        root = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("the root of a checkpoint is base64") from error
    if len(root) != 32 or base64.b64encode(root).decode("ascii") != encoded:
        raise NoteError("the root of a checkpoint has 32 bytes")
    return Checkpoint(origin, int(size), root, tuple(extensions))


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """The checkpoint as a note signed by the log. Raises NoteError unless the signer bears the origin's name."""
    if signer.name != checkpoint.origin or signer.kind != ED25519:
        raise NoteError(f"a checkpoint of {checkpoint.origin} is signed by the key of that name")
    return sign_note(checkpoint.text(), signer)


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """The checkpoint in *note* after its log's signature is verified. Raises NoteError otherwise."""
    checkpoint = parse_checkpoint(open_note(note, verifier).text)
    if checkpoint.origin != verifier.name:
        raise NoteError(f"the checkpoint is of {checkpoint.origin}, not of {verifier.name}")
    return checkpoint


def cosign(note: str, signer: Signer, *, time: int) -> Signature:
    """A witness's signature over the checkpoint in *note* at *time* (seconds since 1970). Raises NoteError."""
    if signer.kind != COSIGNATURE_V1:
        raise NoteError("a witness signs with a cosignature/v1 key")
    text = parse_note(note).text
    parse_checkpoint(text)
    signed = signer.sign(_cosigned_message(text, time))
    return Signature(signer.name, signer.verifier().key_id, time.to_bytes(8, "big") + signed)


def cosigned_at(note: str, verifier: Verifier) -> int | None:
    """When the witness *verifier* cosigned the checkpoint in *note* (seconds since 1970); None if he did not.

    Raises NoteError when a signature bears his name and key id and is wrong.
    """
    parsed: Note = parse_note(note)
    for signature in parsed.signatures:
        if (signature.name, signature.key_id) != (verifier.name, verifier.key_id):
            continue
        time = int.from_bytes(signature.signature[:8], "big")
        if len(signature.signature) != 72 or not verifier.verify(
            _cosigned_message(parsed.text, time), signature.signature[8:]
        ):
            raise NoteError(f"the cosignature of {verifier.name} is wrong")
        return time
    return None


def _cosigned_message(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()
