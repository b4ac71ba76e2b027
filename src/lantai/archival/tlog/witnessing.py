"""The witness protocol (见证; C2SP tlog-witness): what a log asks, how a witness judges it, what the answer means.

Both sides, without any network: the caller carries the texts. A witness holds of each log the newest checkpoint it
cosigned, and cosigns another only where it is shown to continue that one.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from lantai.archival.tlog.checkpoints import Checkpoint, cosigned_at, open_checkpoint, parse_checkpoint
from lantai.archival.tlog.keys import NoteError, Verifier, decode_base64
from lantai.archival.tlog.notes import Signature, merge_signatures, parse_note, parse_signatures
from lantai.archival.tlog.tree import EMPTY_ROOT, HASH_BYTES, verify_consistency

MAX_PROOF_LINES = 63
MAX_REQUEST_BYTES = 128 * 1024
"""More than 63 hashes and a checkpoint with 16 signatures of any kind need."""
SIZE_TYPE = "text/x.tlog.size"
Evidence = Literal["", "fork", "unproven"]
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A log's request: the checkpoint in *note* continues the tree of *old_size*, as *proof* (hashes) shows."""

    old_size: int
    proof: tuple[bytes, ...]
    note: str

    def body(self) -> bytes:
        """The request as it is posted to add-checkpoint."""
        lines = "".join(f"{base64.b64encode(each).decode('ascii')}\n" for each in self.proof)
        return f"old {self.old_size}\n{lines}\n{self.note}".encode()


class CheckpointRefused(Exception):
    """The witness does not cosign: an HTTP *status* with its *answer* in *content_type*.

    *evidence* says that the note submitted, signed by the log, speaks against it and is worth keeping: "fork" where
    note submitted and note held cannot both be true, "unproven" where they were not shown to be of one tree (which
    whoever finds a good checkpoint can also bring about).
    """

    def __init__(
        self, status: int, answer: str, *, content_type: str = "text/plain; charset=utf-8", evidence: Evidence = ""
    ):
        super().__init__(answer)
        self.status, self.answer, self.content_type, self.evidence = status, answer, content_type, evidence


@dataclass(frozen=True, slots=True)
class Behind:
    """The witness's newest checkpoint has another size (409): ask again from *size* on."""

    size: int


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The witness cosigned (200): its good signature lines, and when the earliest of them was made (since 1970)."""

    lines: tuple[Signature, ...]
    time: int


@dataclass(frozen=True, slots=True)
class NotCosigned:
    """The witness refused, or its answer cannot be understood; *reason* says it in one English sentence."""

    status: int
    reason: str


def parse_request(body: bytes) -> AddCheckpoint:
    """The request in *body*. Raises CheckpointRefused (400) when it is malformed."""
    try:
        head, blank, note = body.decode("utf-8").partition("\n\n")
        old, *proof = head.split("\n")
        size = old.removeprefix("old ")
        if not blank or not old.startswith("old ") or not _SIZE.fullmatch(size):
            raise NoteError("the first line is 'old' and a size, and an empty line ends the proof")
        if len(proof) > MAX_PROOF_LINES:
            raise NoteError(f"a proof has at most {MAX_PROOF_LINES} lines")
        hashes = tuple(decode_base64(each) for each in proof)
        if any(len(each) != HASH_BYTES for each in hashes):
            raise NoteError("a line of the proof is one hash of 32 bytes")
        parse_checkpoint(parse_note(note).text)
    except (NoteError, UnicodeDecodeError) as error:
        raise CheckpointRefused(400, f"{error}\n") from error
    return AddCheckpoint(int(size), hashes, note)


def examine_request(request: AddCheckpoint, *, verifiers: Sequence[Verifier], held: Checkpoint | None) -> Checkpoint:
    """The checkpoint that may be cosigned. *verifiers* are the keys trusted for its origin, *held* the last cosigned.

    Raises CheckpointRefused, in the order of the specification: 404 unknown origin, 403 no trusted signature, 400 old
    size beyond the checkpoint's, 409 old size not the one held, 422 not shown to be consistent.
    """
    told = parse_checkpoint(parse_note(request.note).text)
    if not verifiers:
        raise CheckpointRefused(404, f"this witness does not know the log {told.origin}\n")
    try:
        checkpoint = open_checkpoint(request.note, *verifiers)
    except NoteError as error:
        raise CheckpointRefused(403, f"{error}\n") from error
    size, root = (held.size, held.root) if held else (0, EMPTY_ROOT)
    if request.old_size > checkpoint.size:
        raise CheckpointRefused(400, f"the old size {request.old_size} is beyond the checkpoint's {checkpoint.size}\n")
    twin = held is not None and checkpoint.size == size and checkpoint.root != root
    if request.old_size != size:
        raise CheckpointRefused(409, f"{size}\n", content_type=SIZE_TYPE, evidence="fork" if twin else "")
    if twin:
        raise CheckpointRefused(422, f"another root than the one cosigned at size {size}\n", evidence="fork")
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise CheckpointRefused(422, "the empty tree has another root\n", evidence="unproven")
    if size == 0:
        if request.proof:
            raise CheckpointRefused(422, "a proof from size 0 is empty\n")
    elif not verify_consistency(
        old_size=size, size=checkpoint.size, old_root=root, root=checkpoint.root, proof=request.proof
    ):
        raise CheckpointRefused(422, f"not shown to continue the tree of {size} cosigned before\n", evidence="unproven")
    return checkpoint


def read_answer(
    *, status: int, content_type: str, body: bytes, note: str, verifiers: Sequence[Verifier]
) -> Cosigned | Behind | NotCosigned:
    """What the witness whose keys are *verifiers* answered to the checkpoint in *note*.

    Lines of unknown keys are left out; a wrong signature under a known key spoils the answer, as the specification of
    notes asks.
    """
    text = body.decode("utf-8", "replace")
    if status == 409 and content_type.partition(";")[0].strip().lower() == SIZE_TYPE:
        size = text.removesuffix("\n")
        return Behind(int(size)) if _SIZE.fullmatch(size) else NotCosigned(409, f"no size: {text[:100]!r}")
    if status != 200:
        return NotCosigned(status, " ".join(text[:300].split()))
    try:
        signed = merge_signatures(note, parse_signatures(text))
        times = [(each, cosigned_at(signed, each)) for each in verifiers]
    except NoteError as error:
        return NotCosigned(200, str(error))
    known = {(each.name, each.key_id): time for each, time in times if time is not None}
    lines = tuple(each for each in parse_signatures(text) if (each.name, each.key_id) in known)
    if not lines:
        return NotCosigned(200, "no cosignature of the witness's key")
    return Cosigned(lines, min(known.values()))


def origin_hash(origin: str) -> str:
    """How a witness names a log in its monitoring address: SHA-256 of the origin line, in hexadecimal."""
    return sha256(origin.encode()).hexdigest()
