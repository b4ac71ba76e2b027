"""Checkpoints (检查点): the signed statement "this log has so many leaves and this root" (C2SP tlog-checkpoint).

Also the cosignatures of witnesses (C2SP tlog-cosignature; Ed25519 cosignature/v1 and ML-DSA-44): a timed "I saw this,
and it continues what I saw before".
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from lantai.archival.tlog.keys import (
    ML_DSA_44,
    SIGNATURE_BYTES,
    TEXT_KINDS,
    WITNESS_KINDS,
    NoteError,
    Signer,
    Verifier,
)
from lantai.archival.tlog.notes import Note, Signature, open_note, parse_note, sign_note

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


def sign_checkpoint(checkpoint: Checkpoint, *signers: Signer) -> str:
    """The checkpoint as a note signed by the log (Ed25519, SM2). Raises NoteError unless they bear the origin name."""
    if not signers or any(each.name != checkpoint.origin or each.kind not in TEXT_KINDS for each in signers):
        raise NoteError(f"a checkpoint of {checkpoint.origin} is signed by the key of that name")
    return sign_note(checkpoint.text(), *signers)


def open_checkpoint(note: str, *verifiers: Verifier) -> Checkpoint:
    """The checkpoint in *note* after its log's signature is verified. Raises NoteError otherwise.

    *verifiers* are the keys of one log; each of them that signed must have signed rightly, and one must have.
    """
    checkpoint = parse_checkpoint(open_note(note, *verifiers).text)
    if any(checkpoint.origin != each.name for each in verifiers):
        raise NoteError(f"the checkpoint is of {checkpoint.origin}, not of {verifiers[0].name}")
    return checkpoint


def cosign(note: str, signer: Signer, *, time: int) -> Signature:
    """A witness's signature over the checkpoint in *note* at *time* (seconds since 1970, not 0). Raises NoteError."""
    if signer.kind not in WITNESS_KINDS:
        raise NoteError("a witness signs with a cosignature/v1 or ML-DSA-44 key")
    if time <= 0:
        raise NoteError("a witness says when it signs")
    signed = signer.sign(_cosigned_message(parse_note(note).text, signer.verifier(), time))
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
        length = 8 + SIGNATURE_BYTES[verifier.kind]
        if (
            len(signature.signature) != length
            or not time
            or not verifier.verify(_cosigned_message(parsed.text, verifier, time), signature.signature[8:])
        ):
            raise NoteError(f"the cosignature of {verifier.name} is wrong")
        return time
    return None


def _cosigned_message(text: str, verifier: Verifier, time: int) -> bytes:
    """What a witness signs: the text with its time, or with ML-DSA-44 the structure that subtrees share."""
    checkpoint = parse_checkpoint(text)
    if verifier.kind != ML_DSA_44:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    names = [name.encode() for name in (verifier.name, checkpoint.origin)]
    if max(len(each) for each in names) > 255:
        raise NoteError("a name in an ML-DSA-44 cosignature has at most 255 bytes")
    cosigner, origin = (bytes([len(each)]) + each for each in names)
    numbers = bytes(8) + checkpoint.size.to_bytes(8, "big")
    return b"subtree/v1\n\0" + cosigner + time.to_bytes(8, "big") + origin + numbers + checkpoint.root
