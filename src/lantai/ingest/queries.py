"""The read door of intake: submissions, receipts, reports, batches, progress of cases."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from lantai.administration.queries.people import Reader, Role
from lantai.archival.checks import Examination
from lantai.archival.checks.wire import unpack
from lantai.archival.packages import Package
from lantai.common.keys import signing_key
from lantai.ingest.area import receiving_path
from lantai.ingest.models import (
    REPORT_BYTES,
    Batch,
    CaseProgress,
    ChannelKind,
    ExaminationReport,
    Receipt,
    Submission,
    SubmissionState,
)
from lantai.work.services import Neighbours


class NoSuchSubmission(Exception):
    """No submission has this code, or it is another organisation's."""


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """One receipt of a chain: the signed text, its SHA-256 and its Ed25519 signature (base64)."""

    number: int
    kind: str
    kind_name: str
    at: datetime
    body: str
    digest: str
    signature: str

    @property
    def content(self) -> Mapping[str, Any]:
        """What the receipt says, without the frame."""
        found: Mapping[str, Any] = json.loads(self.body)["content"]
        return found


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """One submission with its receipts, as its department and the archivists see it."""

    record_code: str
    organisation_id: int
    state: str
    state_name: str
    channel_name: str
    name: str
    profile: str
    size: int
    sha512: str
    digests: Mapping[str, str]
    batch: str
    replaces: str
    follows: str
    created_at: datetime
    received_at: datetime | None
    title: str
    case_number: str
    decision: str
    faults: int
    receipts: tuple[ReceiptView, ...]


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """A submission in a list."""

    record_code: str
    name: str
    title: str
    organisation_id: int
    state: str
    state_name: str
    channel_name: str
    decision: str
    faults: int
    first_fault: str
    created_at: datetime
    size: int
    batch: str


def absent_packages() -> int:
    """How many packages that are not taken in yet, nor returned, have no bytes in the receiving area: what lay there
    was lost.
    """
    open_states = [SubmissionState.RECEIVED, SubmissionState.EXAMINED, SubmissionState.APPROVED]
    codes = Submission.objects.filter(state__in=open_states).values_list("record_code", flat=True)
    return sum(not receiving_path(code).exists() for code in codes.iterator())


def submission_for_writing(*, record_code: str, organisation_id: int) -> Submission:
    """The row of one of this organisation's submissions, for the channel that sends its bytes. Raises
    NoSuchSubmission.
    """
    try:
        return Submission.objects.get(record_code=record_code, organisation_id=organisation_id)
    except Submission.DoesNotExist:
        raise NoSuchSubmission(record_code) from None


def submission_state(
    *, record_code: str, organisation_id: int | None = None, reader: Reader | None = None
) -> SubmissionView:
    """One submission with its receipts, for its organisation's channel or for a signed-in *reader*.

    Raises NoSuchSubmission when there is none that this organisation or reader may see.
    """
    found = _seen(organisation_id, reader).select_related("batch", "report").filter(record_code=record_code).first()
    if found is None:
        raise NoSuchSubmission(record_code)
    report = getattr(found, "report", None)
    return SubmissionView(
        record_code=found.record_code,
        organisation_id=found.organisation_id,
        state=found.state,
        state_name=str(SubmissionState(found.state).label),
        channel_name=str(ChannelKind(found.channel).label),
        name=found.name,
        profile=found.profile,
        size=found.declared_size,
        sha512=found.sha512,
        digests=found.digests,
        batch=found.batch.number if found.batch else "",
        replaces=found.replaces,
        follows=found.follows,
        created_at=found.created_at,
        received_at=found.received_at,
        title=report.title if report else "",
        case_number=report.case_number if report else "",
        decision=report.decision if report else "",
        faults=report.faults if report else 0,
        receipts=receipts_of(submission_id=found.pk),
    )


def receipts_of(*, submission_id: int) -> tuple[ReceiptView, ...]:
    """The chain of receipts of a submission, the first one first."""
    return tuple(receipt_view(each) for each in Receipt.objects.filter(submission_id=submission_id).order_by("number"))


def receipt_view(row: Receipt) -> ReceiptView:
    """One receipt as others see it."""
    return ReceiptView(
        number=row.number,
        kind=row.kind,
        kind_name=str(Receipt.Kind(row.kind).label),
        at=row.at,
        body=row.body,
        digest=row.digest,
        signature=row.signature,
    )


def report_of(
    *, record_code: str, organisation_id: int | None = None, reader: Reader | None = None
) -> tuple[Mapping[str, Any], str]:
    """The examination report of a submission and its signature. Raises NoSuchSubmission when there is none yet."""
    found = ExaminationReport.objects.filter(
        submission__record_code=record_code, submission__in=_seen(organisation_id, reader)
    ).first()
    if found is None:
        raise NoSuchSubmission(record_code)
    return json.loads(zlib.decompress(bytes(found.body))), found.signature


def package_as_examined(*, record_code: str, reader: Reader) -> tuple[Package, str]:
    """A package as its examination read it, with the code of its profile, for a signed-in *reader*; no file is read
    again. Raises NoSuchSubmission when there is none that this reader may see, or it was not examined."""
    found = (
        ExaminationReport.objects.select_related("submission")
        .filter(submission__record_code=record_code, submission__in=_seen(None, reader))
        .first()
    )
    if found is None or not found.facts:
        raise NoSuchSubmission(record_code)
    package, _examination = unpack(bytes(found.facts), tuple[Package, Examination])
    return package, found.submission.profile


def list_submissions(
    *,
    reader: Reader,
    states: Sequence[str] = (),
    text: str = "",
    organisation_id: int | None = None,
    limit: int = 50,
    offset: int = 0,
    total: int | None = None,
) -> tuple[list[SubmissionRow], int]:
    """The submissions *reader* may see, the newest first, and how many there are: *total* where that is known."""
    found = _listed(reader, states, text, organisation_id)
    rows = found.select_related("report", "batch").order_by("-pk")[offset : offset + limit]
    return [submission_row_view(each) for each in rows], found.count() if total is None else total


def _listed(reader: Reader, states: Sequence[str], text: str, organisation_id: int | None) -> QuerySet[Submission]:
    found = _seen(None, reader)
    if states:
        found = found.filter(state__in=states)
    if organisation_id is not None:
        found = found.filter(organisation_id=organisation_id)
    if text:
        found = found.filter(
            Q(record_code=text)
            | Q(name__icontains=text)
            | Q(report__title__icontains=text)
            | Q(report__case_number=text)
        )
    return found


def count_submissions(
    *, reader: Reader, states: Sequence[str] = (), text: str = "", organisation_id: int | None = None
) -> int:
    """How many submissions ``list_submissions`` finds."""
    return _listed(reader, states, text, organisation_id).count()


def submission_codes(
    *,
    reader: Reader,
    states: Sequence[str] = (),
    text: str = "",
    organisation_id: int | None = None,
    among: Sequence[str] | None = None,
    limit: int,
) -> list[str]:
    """The codes of the first *limit* that ``list_submissions`` finds, with *among* only those of these."""
    found = _listed(reader, states, text, organisation_id)
    if among is not None:
        found = found.filter(record_code__in=list(among))
    return list(found.order_by("-pk").values_list("record_code", flat=True)[:limit])


def submission_neighbours(
    *,
    reader: Reader,
    record_code: str,
    states: Sequence[str] = (),
    text: str = "",
    organisation_id: int | None = None,
) -> Neighbours | None:
    """What stands before and after a submission in what ``list_submissions`` finds; None when it is not this reader's.

    One that is no longer found, because it was decided, stands where it stood.
    """
    own = _seen(None, reader).filter(record_code=record_code).values_list("pk", flat=True).first()
    if own is None:
        return None
    found = _listed(reader, states, text, organisation_id)
    around = found.aggregate(
        total=Count("pk"),
        before=Count("pk", filter=Q(pk__gt=own)),
        here=Count("pk", filter=Q(pk=own)),
        previous=Min("pk", filter=Q(pk__gt=own)),
        following=Max("pk", filter=Q(pk__lt=own)),
    )
    near = [around["previous"] or 0, around["following"] or 0]
    codes = dict(Submission.objects.filter(pk__in=near).values_list("pk", "record_code"))
    return Neighbours(
        previous=codes.get(near[0], ""),
        following=codes.get(near[1], ""),
        place=around["before"] + 1,
        total=around["total"],
        listed=bool(around["here"]),
    )


@dataclass(frozen=True, slots=True)
class UnfinishedUpload:
    """An upload of which some bytes are still to come: ``held`` of ``size`` are here."""

    name: str
    organisation_id: int
    size: int
    held: int
    batch: str
    replaces: str
    begun_at: datetime


def unfinished_uploads(*, reader: Reader, limit: int = 20) -> list[UnfinishedUpload]:
    """Uploads *reader* may see that were begun and not sent whole, the newest first."""
    found = _seen(None, reader).filter(state=SubmissionState.RECEIVING, channel=ChannelKind.UPLOAD)
    begun = []
    for each in found.select_related("batch").order_by("-pk")[:limit]:
        path = receiving_path(each.record_code)
        begun.append(
            UnfinishedUpload(
                name=each.name,
                organisation_id=each.organisation_id,
                size=each.declared_size,
                held=path.stat().st_size if path.exists() else 0,
                batch=each.batch.number if each.batch else "",
                replaces=each.replaces,
                begun_at=each.created_at,
            )
        )
    return begun


def waiting_submissions(*, reader: Reader, record_codes: Sequence[str]) -> list[SubmissionRow]:
    """Those of these submissions that *reader* may see and that wait for a decision."""
    found = _seen(None, reader).filter(record_code__in=list(record_codes), state=SubmissionState.EXAMINED)
    return [submission_row_view(each) for each in found.select_related("report", "batch").order_by("pk")]


def next_open(*, reader: Reader, after: str) -> str:
    """The code of the oldest submission that waits for a decision, *after* left out; empty when there is none."""
    found = _seen(None, reader).filter(state=SubmissionState.EXAMINED).exclude(record_code=after).order_by("pk")
    return found.values_list("record_code", flat=True).first() or ""


def submission_counts(*, reader: Reader) -> Mapping[str, int]:
    """How many submissions *reader* may see in each state."""
    rows = _seen(None, reader).values("state").annotate(n=Count("pk"))
    return {row["state"]: row["n"] for row in rows}


def batch_state(*, number: str, organisation_id: int) -> Mapping[str, Any]:
    """A batch with the count of its submissions by state. Raises NoSuchSubmission when it is another organisation's."""
    batch = Batch.objects.filter(number=number, organisation_id=organisation_id).first()
    if batch is None:
        raise NoSuchSubmission(number)
    rows = batch.submissions.values("state").annotate(n=Count("pk"))
    return {
        "number": batch.number,
        "name": batch.name,
        "declared_count": batch.declared_count,
        "declared_bytes": batch.declared_bytes,
        "states": {row["state"]: row["n"] for row in rows},
    }


def case_progress(*, case_number: str, organisation_id: int | None = None) -> list[Mapping[str, str]]:
    """The nodes of a case, the oldest first, as its department pushed them."""
    found = CaseProgress.objects.filter(case_number=case_number)
    if organisation_id is not None:
        found = found.filter(organisation_id=organisation_id)
    return [
        {"node": each.node, "at": each.at.isoformat(), "body": each.body, "state": each.state, "note": each.note}
        for each in found.order_by("at", "pk")
    ]


def receipt_key() -> str:
    """The public key (Ed25519, base64) with which receipts are checked."""
    return base64.b64encode(signing_key("receipts").public_key().public_bytes_raw()).decode("ascii")


def _seen(organisation_id: int | None, reader: Reader | None) -> QuerySet[Submission]:
    """The submissions an organisation's channel or a reader may see; with neither, none."""
    found = Submission.objects.defer(*REPORT_BYTES)
    if organisation_id is not None:
        return found.filter(organisation_id=organisation_id)
    if reader is not None and reader.role in (Role.ARCHIVIST, Role.SUPERVISOR):
        return found
    if reader is not None and reader.role == Role.DEPARTMENT and reader.organisation_id is not None:
        return found.filter(organisation_id=reader.organisation_id)
    return found.none()


def submission_row_view(each: Submission) -> SubmissionRow:
    """A submission as a list shows it; its report and batch should have been fetched with it."""
    report = getattr(each, "report", None)
    return SubmissionRow(
        record_code=each.record_code,
        name=each.name,
        title=report.title if report else "",
        organisation_id=each.organisation_id,
        state=each.state,
        state_name=str(SubmissionState(each.state).label),
        channel_name=str(ChannelKind(each.channel).label),
        decision=report.decision if report else "",
        faults=report.faults if report else 0,
        first_fault=report.first_fault if report else "",
        created_at=each.created_at,
        size=each.declared_size,
        batch=each.batch.number if each.batch else "",
    )
