"""Take packages in: bytes first, durably, then one transaction with rows, receipts and ledger entries (law 1)."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction

from lantai.administration.queries.profiles import profiles_on
from lantai.archival.fixity import digest_stream
from lantai.common.durability import flush_file, flush_file_system
from lantai.ingest.area import receiving_path
from lantai.ingest.models import ChannelKind, Receipt, Submission, SubmissionState
from lantai.ingest.services.correcting import finish_corrections
from lantai.ingest.services.receipts import NewReceipt, write_receipts
from lantai.ingest.services.waiting import queue_examination
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.queries import new_fingerprint

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MARGIN = 64 * 1024 * 1024


class SubmissionRefused(Exception):
    """A submission that cannot be taken at all; ``code`` names why, the message what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class OffsetMismatch(Exception):
    """The bytes sent do not begin where the received ones end; ``offset`` is where to go on."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the archive holds {offset} bytes: continue there")
        self.offset = offset


class NoSpace(Exception):
    """The disk cannot hold the package now; nothing was lost, try again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubmission:
    """What the department says of a package before its bytes come. ``size`` in bytes, ``digest`` lower-case hex.

    ``replaces`` is the 电子文件号 of the returned submission this one corrects (补正); ``follows`` the code of the
    record whose matter it continues (变更, 延续).
    """

    organisation_id: int
    name: str
    profile: str
    size: int
    channel: str = ChannelKind.HTTP
    credential_id: int | None = None
    idempotency_key: str | None = None
    digest_algorithm: str = ""
    digest: str = ""
    batch_id: int | None = None
    handover: Mapping[str, Any] = field(default_factory=dict)
    replaces: str = ""
    follows: str = ""
    webhook: str = ""


def new_record_code(*, at_ns: int | None = None) -> str:
    """A fresh 电子文件号: ``E`` and 26 letters of a ULID, ordered by time, unique without a counter, never reused."""
    value = ((at_ns or time.time_ns()) // 1_000_000) << 80 | secrets.randbits(80)
    return "E" + "".join(_LETTERS[value >> shift & 31] for shift in range(125, -1, -5))


def open_submission(*, new: NewSubmission, now: datetime) -> tuple[Submission, bool]:
    """Begin one submission; returns it and whether it is new.

    The same idempotency key of the same organisation gives the same submission again. Raises SubmissionRefused for an
    unknown profile, a size that is not positive, a key that was used for another package, or a ``replaces`` that names
    nothing this organisation was asked to correct.
    """
    refuse_what_cannot_be(new=new)
    row = submission_row(new=new, state=SubmissionState.RECEIVING, now=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return known_submission(new=new), False
    return row, True


def known_submission(*, new: NewSubmission) -> Submission:
    """The submission that has the idempotency key of *new* already. Raises SubmissionRefused when the key was used for
    another package.
    """
    found = Submission.objects.get(organisation_id=new.organisation_id, idempotency_key=new.idempotency_key)
    if (found.name, found.declared_size, found.declared_digest) != (new.name, new.size, new.digest.lower()):
        raise SubmissionRefused(
            "idempotency-key-reused", "this idempotency key belongs to another package: use a new one"
        )
    return found


def received_bytes(*, submission: Submission) -> int:
    """How many bytes of the package lie here now."""
    if submission.state != SubmissionState.RECEIVING:
        return submission.declared_size
    path = receiving_path(submission.record_code)
    return path.stat().st_size if path.exists() else 0


@dataclass(frozen=True, slots=True)
class Appended:
    """What lies here after a piece: the bytes *held*, and the first *receipt* when this piece was the last one."""

    held: int
    receipt: Receipt | None = None


def append_content(*, submission: Submission, offset: int, stream: BinaryIO, length: int, now: datetime) -> Appended:
    """Write *length* bytes of *stream* at *offset*.

    When the last byte is there the package is flushed, digested, and received. A client that vanishes leaves what
    came; it goes on from there. Raises OffsetMismatch when *offset* is not where the received bytes end, NoSpace when
    the disk is full, SubmissionRefused when more bytes come than were declared or the digest differs from the
    declared one. Nothing to write at the end of complete bytes (*length* 0) receives a package whose last request
    broke off after its last byte.
    """
    if submission.state != SubmissionState.RECEIVING:
        return Appended(submission.declared_size)
    if offset + length > submission.declared_size:
        raise SubmissionRefused("too-long", f"{submission.declared_size} bytes were declared, {offset + length} come")
    path = receiving_path(submission.record_code)
    path.parent.mkdir(parents=True, exist_ok=True)
    refuse_without_space(folder=path.parent, needed=submission.declared_size - offset)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # the same package from many clients at once: one writes, the rest wait
        held = os.fstat(descriptor).st_size
        if held != offset:
            if Submission.objects.filter(pk=submission.pk, state=SubmissionState.RECEIVING).exists():
                raise OffsetMismatch(held)
            return Appended(_received_meanwhile(submission, path, held))
        os.lseek(descriptor, offset, os.SEEK_SET)
        before, held = held, held + copy_stream(stream=stream, target=descriptor, length=length)
        if held < submission.declared_size:
            return Appended(held)
        try:
            os.fsync(descriptor)
        except OSError as error:
            os.ftruncate(descriptor, 0)  # which of the bytes are on the disk is unknown now: all are sent again
            raise NoSpace(str(error)) from error
        flush_file(path.parent)
        receipts = receive_content(submissions=[submission], now=now)
        return Appended(held, receipts[0]) if receipts else Appended(_received_meanwhile(submission, path, before))
    finally:
        os.close(descriptor)


def _received_meanwhile(submission: Submission, path: Path, held: int) -> int:
    """Another request of the same client received the package while this one waited; the bytes it has.

    A file that was not whole when its lock came to us (*held* bytes) is none of the received ones: it was begun anew
    after the package had gone from the receiving area.
    """
    submission.refresh_from_db(fields=["state"])
    if held < submission.declared_size:
        path.unlink(missing_ok=True)
    return submission.declared_size


def receive_packages(
    *, packages: Sequence[tuple[NewSubmission, Path]], now: datetime, keep_source: bool = True
) -> list[tuple[Submission, bool]]:
    """Take many packages from files on this machine: linked or copied, one flush for all, one transaction for 50.

    Returns each submission and whether it is new: one whose idempotency key is known is returned as it stands. With
    ``keep_source`` False the source files are removed once everything is committed. Raises NoSpace when the disk is
    full.
    """
    for new, _source in packages:
        refuse_what_cannot_be(new=new)
    known = {
        (each.organisation_id, each.idempotency_key): each
        for each in Submission.objects.filter(
            idempotency_key__in=[new.idempotency_key for new, _source in packages if new.idempotency_key]
        )
    }
    answers: list[tuple[Submission, bool]] = []
    fresh: list[Submission] = []
    for new, source in packages:
        found = known.get((new.organisation_id, new.idempotency_key))
        if found is not None and found.state != SubmissionState.RECEIVING:
            answers.append((found, False))
            continue
        row = found or submission_row(new=new, state=SubmissionState.RECEIVING, now=now)
        _bring(source, receiving_path(row.record_code))
        answers.append((row, True))
        fresh.append(row)
    if fresh:
        flush_file_system(settings.LANTAI_HOME)
    for start in range(0, len(fresh), 50):
        receive_content(submissions=fresh[start : start + 50], now=now)
    if not keep_source:
        for _new, source in packages:
            source.unlink(missing_ok=True)
    return answers


def receive_content(*, submissions: Sequence[Submission], now: datetime) -> list[Receipt]:
    """The bytes are here and durable: digest them and, in one transaction, rows, first receipts, ledger, examination.

    Returns the first receipts of those received by this call; what another call received before is left as it is.

    Raises SubmissionRefused when a package differs from the digest declared for it while it was sent; its bytes are
    dropped so that it can be sent again. (A digest in a hand-over list is judged later, by the examination.)
    """
    for each in submissions:
        algorithms = (
            ("sha512", each.declared_algorithm) if each.declared_algorithm in ("sha256", "sm3") else ("sha512",)
        )
        with receiving_path(each.record_code).open("rb", buffering=0) as stream:
            mark = new_fingerprint()
            size, each.digests = digest_stream(stream, algorithms, sink=mark.update)
        each.fingerprint = mark.hexdigest()
        each.sha512 = each.digests["sha512"]
        declared = each.digests.get(each.declared_algorithm or "sha512", "")
        if each.channel == ChannelKind.HTTP and each.declared_digest and declared != each.declared_digest:
            receiving_path(each.record_code).unlink()
            raise SubmissionRefused(
                "digest-mismatch",
                f"declared {each.declared_digest}, received {declared}: send the package again",
            )
        each.declared_size = size if each.channel != ChannelKind.HTTP else each.declared_size
        each.state = SubmissionState.RECEIVED
        each.received_at = now
    with transaction.atomic():
        begun = [each for each in submissions if each.pk is not None and _mark_received(each)]
        new = Submission.objects.bulk_create([each for each in submissions if each.pk is None])
        submissions = [*begun, *new]
        if not submissions:
            return []
        written = write_receipts(
            receipts=[
                NewReceipt(
                    submission=each,
                    number=1,
                    kind=Receipt.Kind.RECEIVED,
                    content={"bytes": each.declared_size, "digests": each.digests, "channel": each.channel},
                )
                for each in submissions
            ],
            now=now,
        )
        append_entries(
            entries=[
                NewEntry(
                    kind="submission.received",
                    subject=each.record_code,
                    actor=f"organisation:{each.organisation_id}",
                    at=now,
                    detail={
                        "package": each.name,
                        "bytes": each.declared_size,
                        "sha512": each.sha512,
                        "channel": each.channel,
                        "batch": each.batch_id,
                        "replaces": each.replaces,
                        "follows": each.follows,
                    },
                )
                for each in submissions
            ]
        )
        finish_corrections(arrived=submissions, now=now)
        queue_examination()
    return written


def _mark_received(submission: Submission) -> bool:
    """Write what is known of the received package, unless another call did so before."""
    names = ("digests", "sha512", "fingerprint", "state", "received_at", "declared_size")
    known = {each: getattr(submission, each) for each in names}
    return Submission.objects.filter(pk=submission.pk, state=SubmissionState.RECEIVING).update(**known) == 1


def submission_row(*, new: NewSubmission, state: str, now: datetime) -> Submission:
    """A row for *new*, not saved yet, with a fresh 电子文件号."""
    return Submission(
        record_code=new_record_code(),
        organisation_id=new.organisation_id,
        credential_id=new.credential_id,
        channel=new.channel,
        batch_id=new.batch_id,
        idempotency_key=new.idempotency_key,
        state=state,
        name=new.name,
        profile=new.profile,
        declared_size=new.size,
        declared_algorithm=new.digest_algorithm.lower(),
        declared_digest=new.digest.lower(),
        handover=dict(new.handover),
        replaces=new.replaces,
        follows=new.follows,
        webhook=new.webhook,
        created_at=now,
    )


def refuse_what_cannot_be(*, new: NewSubmission) -> None:
    """Raises SubmissionRefused for what no bytes could make good."""
    held = profiles_on()
    if new.profile not in held:
        known = ", ".join(sorted(held))
        raise SubmissionRefused("unknown-profile", f"no profile is called {new.profile}; known are {known}")
    if new.size <= 0 and new.channel not in (
        ChannelKind.FOLDER,
        ChannelKind.COMMAND,
    ):  # an empty file of a folder is a bad package of its batch
        raise SubmissionRefused("empty", "a package has at least one byte")
    if not new.name or len(new.name) > 400 or "/" in new.name or "\0" in new.name:
        raise SubmissionRefused("bad-name", "the package name must be 1 to 400 characters without '/' or NUL")
    if new.digest and new.digest_algorithm.lower() not in ("sha512", "sha256", "sm3"):
        raise SubmissionRefused("unknown-digest", "digest algorithms are sha512, sha256 and sm3")
    if (
        new.replaces
        and not Submission.objects.filter(
            record_code=new.replaces, organisation_id=new.organisation_id, state=SubmissionState.REJECTED
        ).exists()
    ):
        raise SubmissionRefused("replaces-nothing", f"{new.replaces} is not a returned submission of this organisation")


def refuse_without_space(*, folder: Path, needed: int) -> None:
    """Raises NoSpace when *needed* bytes would not leave MARGIN free at *folder*."""
    free = shutil.disk_usage(folder).free
    if free < needed + MARGIN:
        raise NoSpace(f"{needed} bytes are to come and {free} are free, {MARGIN} of them kept back")


def _bring(source: Path, target: Path) -> None:
    """Put *source* at *target*: a copy that shares no bytes with a file the department can still change."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise NoSpace(str(error)) from error


def copy_stream(*, stream: BinaryIO, target: int, length: int) -> int:
    """Copy at most *length* bytes in 1 MiB pieces; returns how many came before the client stopped or vanished.

    Raises NoSpace when they cannot be written; what was written before stays, and the client goes on from there.
    """
    copied = 0
    while copied < length:
        try:
            piece = stream.read(min(1 << 20, length - copied))
        except OSError:
            break  # the client is gone (Django's UnreadablePostError is one, too)
        if not piece:
            break
        copied += len(piece)
        while piece:
            try:
                piece = piece[os.write(target, piece) :]
            except OSError as error:
                raise NoSpace(str(error)) from error
    return copied
