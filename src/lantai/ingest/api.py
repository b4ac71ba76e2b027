"""The HTTP channel of departments: /api/v1/. Every error is problem+json (RFC 9457) with all that is wrong at once."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Annotated, BinaryIO, cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Header, Path, Query, Status
from ninja.errors import HttpError
from ninja.security import HttpBearer

from lantai.administration.queries import CredentialView, credential_of
from lantai.administration.services import CallsExceeded, count_call
from lantai.ingest.api_refusals import add_refusals, note_refusal
from lantai.ingest.api_shapes import (
    TEXT,
    BatchIn,
    BatchOut,
    ChannelAPI,
    KeyOut,
    PackageIn,
    ProblemOut,
    ProgressIn,
    ProgressOut,
    ReceiptOut,
    ReportOut,
    SubmissionIn,
    SubmissionOut,
)
from lantai.ingest.models import ChannelKind, Submission, SubmissionState
from lantai.ingest.queries import (
    ReceiptView,
    SubmissionView,
    batch_state,
    case_progress,
    receipt_key,
    receipt_view,
    receipts_of,
    report_of,
    submission_for_writing,
    submission_state,
)
from lantai.ingest.services import (
    NewSubmission,
    ProgressNode,
    append_content,
    open_batch,
    open_submission,
    push_package,
    push_progress,
    received_bytes,
)
from lantai.ingest.services.refusals import TOO_MANY

logger = logging.getLogger("lantai.ingest")
CODE = r"^E[0-9A-HJKMNP-TV-Z]{26}$"
RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
NOTHING_MORE = re.compile(r"bytes \*/(\d{1,15})")


class DepartmentKey(HttpBearer):
    """A department's key, as ``Authorization: Bearer lt_...``."""

    def authenticate(self, request: HttpRequest, token: str) -> CredentialView | None:
        """The credential behind *token*, counted against its rate limit."""
        credential = credential_of(secret=token)
        if credential is not None:
            try:
                count_call(credential=credential, now=timezone.now())
            except CallsExceeded as exceeded:
                note_refusal(credential, TOO_MANY, "调用过于频繁", str(exceeded))
                raise
        return credential


api = ChannelAPI(
    title="Lantai: the departments' channel",
    version="1.0.0",
    description="Hand over packages of records, follow them to their archive code, push the progress of running cases.",
    urls_namespace="api-1",
    auth=DepartmentKey(),
    docs_url=None,
)


_WRONG = {
    503: ProblemOut,
    507: ProblemOut,
    400: ProblemOut,
    401: ProblemOut,
    404: ProblemOut,
    409: ProblemOut,
    422: ProblemOut,
    429: ProblemOut,
}
_TOO_MUCH = {411: ProblemOut, 413: ProblemOut}
CodePath = Annotated[str, Path(pattern=CODE, description="电子文件号, as the creation of the submission gave it")]


@api.post("/submissions", response={200: SubmissionOut, 201: SubmissionOut, **_WRONG}, by_alias=True)
def create_submission(
    request: HttpRequest,
    body: SubmissionIn,
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)] = None,
) -> Status[SubmissionOut]:
    """Announce a package. The same Idempotency-Key gives the same submission again, with its receipts (200)."""
    declared = (body.digest.algorithm, body.digest.value) if body.digest else ("", "")
    submission, new = open_submission(
        new=_announced(request, body, body.size, idempotency_key, *declared), now=timezone.now()
    )
    if new:
        return Status(201, _answer(submission, 0))
    return Status(200, _state(request, submission.record_code))


@api.post("/packages", response={200: SubmissionOut, 202: SubmissionOut, **_WRONG, **_TOO_MUCH}, by_alias=True)
def send_package(
    request: HttpRequest,
    about: Query[PackageIn],
    idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)] = None,
) -> Status[SubmissionOut]:
    """Announce and send a package in one request, its bytes as the body: 202 with the first receipt.

    The same Idempotency-Key gives the same submission again (200). What breaks off is sent again from its start; a
    package too large for that is announced first and sent in pieces.
    """
    size = _length(request)
    algorithm, _, digest = about.digest.partition(":")
    submission, receipt = push_package(
        new=_announced(request, about, size, idempotency_key, algorithm, digest),
        stream=cast(BinaryIO, request),
        now=timezone.now(),
    )
    if receipt is None:
        return Status(200, _state(request, submission.record_code))
    return Status(202, _answer(submission, size, receipts=(receipt_view(receipt),)))


@api.put("/submissions/{code}/content", response={200: SubmissionOut, 202: SubmissionOut, **_WRONG, **_TOO_MUCH})
def put_content(
    request: HttpRequest,
    code: CodePath,
    content_range: Annotated[str | None, Header(alias="Content-Range", max_length=80)] = None,
) -> Status[SubmissionOut]:
    """Send the package, whole or in pieces (``Content-Range: bytes first-last/total``). 202 when all of it is here.

    A piece must begin where the received bytes end; HEAD tells where that is. When all bytes are there but the answer
    to the last piece was lost, ``Content-Range: bytes */total`` without a body asks for it again.
    """
    credential = _credential(request)
    submission = submission_for_writing(record_code=code, organisation_id=credential.organisation_id)
    length = _length(request)
    held = received_bytes(submission=submission)
    first, count = _range(content_range, length, submission.declared_size, held)
    done = append_content(
        submission=submission, offset=first, stream=cast(BinaryIO, request), length=count, now=timezone.now()
    )
    receipts = (receipt_view(done.receipt),) if done.receipt else None
    return Status(
        202 if done.held == submission.declared_size else 200, _answer(submission, done.held, receipts=receipts)
    )


@api.api_operation(
    ["HEAD"],
    "/submissions/{code}/content",
    response={200: None, 401: None, 404: None, 422: None, 429: None, 503: None, 507: None},
    operation_id="head_content",
)
def head_content(request: HttpRequest, code: CodePath) -> HttpResponse:
    """Where to go on: ``Upload-Offset`` bytes of ``Upload-Length`` are here."""
    credential = _credential(request)
    submission = submission_for_writing(record_code=code, organisation_id=credential.organisation_id)
    answer = HttpResponse(status=200)
    answer["Upload-Offset"] = str(received_bytes(submission=submission))
    answer["Upload-Length"] = str(submission.declared_size)
    answer["Cache-Control"] = "no-store"
    return answer


@api.get("/submissions/{code}", response={200: SubmissionOut, **_WRONG})
def get_submission(request: HttpRequest, code: CodePath) -> SubmissionOut:
    """Where a submission stands, with its chain of receipts."""
    return _state(request, code)


@api.get("/submissions/{code}/report", response={200: ReportOut, **_WRONG})
def get_report(request: HttpRequest, code: CodePath) -> ReportOut:
    """The report of the four-nature examination (四性检测报告)."""
    report, signature = report_of(record_code=code, organisation_id=_credential(request).organisation_id)
    return ReportOut(report=dict(report), signature=signature)


@api.post("/batches", response={200: BatchOut, **_WRONG})
def create_batch(request: HttpRequest, body: BatchIn) -> BatchOut:
    """Announce a hand-over batch (移交批次) with the totals of its register; the same number gives the same batch."""
    organisation_id = _credential(request).organisation_id
    number = f"{organisation_id}-{body.number}"[:40]
    open_batch(
        organisation_id=organisation_id,
        channel=ChannelKind.HTTP,
        number=number,
        name=body.name,
        count=body.count,
        size=body.bytes,
        now=timezone.now(),
    )
    return _batch(organisation_id, body.number)


@api.get("/batches/{number}", response={200: BatchOut, **_WRONG})
def get_batch(
    request: HttpRequest, number: Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]+$", max_length=40)]
) -> BatchOut:
    """How many packages of a batch stand where."""
    return _batch(_credential(request).organisation_id, number)


@api.post("/cases/{number}/progress", response={200: ProgressOut, 201: ProgressOut, **_WRONG})
def post_progress(
    request: HttpRequest, number: Annotated[str, Path(min_length=1, max_length=100, pattern=TEXT)], body: ProgressIn
) -> Status[ProgressOut]:
    """Push one node of a running case (办件进度); the same node again changes nothing (200)."""
    organisation_id = _credential(request).organisation_id
    told = body.dict(exclude={"materials"})
    held = None if body.materials is None else [(each.code, each.name) for each in body.materials]
    new = push_progress(
        organisation_id=organisation_id,
        case_number=number,
        node=ProgressNode(**told, materials=held),
        now=timezone.now(),
    )
    nodes = [dict(each) for each in case_progress(case_number=number, organisation_id=organisation_id)]
    return Status(201 if new else 200, ProgressOut(new=new, nodes=nodes))


@api.get("/keys/receipts", response=KeyOut, auth=None)
def get_receipt_key(request: HttpRequest) -> KeyOut:
    """The public key with which every receipt can be checked."""
    return KeyOut(public_key=receipt_key())


def _credential(request: HttpRequest) -> CredentialView:
    return cast(CredentialView, request.auth)  # type: ignore[attr-defined]  # set by DepartmentKey


def _announced(
    request: HttpRequest,
    said: SubmissionIn | PackageIn,
    size: int,
    idempotency_key: str | None,
    algorithm: str,
    digest: str,
) -> NewSubmission:
    """What the department says of a package, its batch begun or found."""
    credential = _credential(request)
    batch_id = None
    if said.batch:
        batch_id = open_batch(
            organisation_id=credential.organisation_id,
            channel=ChannelKind.HTTP,
            number=f"{credential.organisation_id}-{said.batch}"[:40],
            now=timezone.now(),
        ).pk
    return NewSubmission(
        organisation_id=credential.organisation_id,
        credential_id=credential.id,
        name=said.name,
        profile=said.profile,
        size=size,
        idempotency_key=idempotency_key,
        digest_algorithm=algorithm,
        digest=digest,
        batch_id=batch_id,
        replaces=said.replaces,
        follows=said.follows,
        webhook=said.webhook,
    )


def _length(request: HttpRequest) -> int:
    """How many bytes the body has. Raises HttpError when nobody says."""
    length = request.headers.get("Content-Length") or ("" if "Transfer-Encoding" in request.headers else "0")
    if not length.isdigit():
        raise HttpError(411, "say Content-Length; chunked transfer has no end that could be checked")
    return int(length)


def _answer(
    submission: Submission, held: int, decision: str = "", receipts: Sequence[ReceiptView] | None = None
) -> SubmissionOut:
    """Where *submission* stands, of which *held* bytes are here, with its *receipts* when they are known already."""
    if receipts is None and submission.state != SubmissionState.RECEIVING:
        receipts = receipts_of(submission_id=submission.pk)
    return SubmissionOut(
        record_code=submission.record_code,
        name=submission.name,
        state=submission.state,
        size=submission.declared_size,
        received=held,
        sha512=submission.sha512,
        decision=decision,
        receipts=[_receipt(each) for each in receipts or ()],
    )


def _state(request: HttpRequest, code: str) -> SubmissionOut:
    found: SubmissionView = submission_state(record_code=code, organisation_id=_credential(request).organisation_id)
    row = submission_for_writing(record_code=code, organisation_id=found.organisation_id)
    return _answer(row, received_bytes(submission=row), found.decision)


def _receipt(each: ReceiptView) -> ReceiptOut:
    return ReceiptOut(number=each.number, kind=each.kind, body=each.body, digest=each.digest, signature=each.signature)


def _batch(organisation_id: int, number: str) -> BatchOut:
    found = batch_state(number=f"{organisation_id}-{number}"[:40], organisation_id=organisation_id)
    return BatchOut(**(dict(found) | {"number": number}))


def _range(header: str | None, length: int, total: int, held: int) -> tuple[int, int]:
    """First byte and count of a piece. Raises HttpError for a range that is none, or does not fit length and total."""
    if header is None:
        return 0, length
    nothing = NOTHING_MORE.fullmatch(header.strip())
    if nothing is not None and length == 0 and int(nothing[1]) == total:
        return held, 0
    match = RANGE.fullmatch(header.strip())
    if match is None:
        raise HttpError(400, "Content-Range must read: bytes first-last/total, or bytes */total with nothing to send")
    first, last, said = (int(each) for each in match.groups())
    if said != total or last - first + 1 != length:
        raise HttpError(400, f"Content-Range {header} does not fit {length} bytes of a package of {total}")
    return first, length


add_refusals(api)
