"""What the departments' channel answers when it refuses: problem+json (RFC 9457), exact and with what to do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as NinjaValidationError

from lantai.administration.queries import CredentialView
from lantai.administration.services import CallsExceeded
from lantai.common import views
from lantai.common.errors import FieldProblem, Problem, wants_problem
from lantai.ingest.models import ChannelKind
from lantai.ingest.queries import NoSuchSubmission
from lantai.ingest.services import NoSpace, OffsetMismatch, SubmissionRefused
from lantai.ingest.services.refusals import note_refused_call

logger = logging.getLogger("lantai.ingest")


_STATUS = {"too-long": 413, "cut-short": 400, "idempotency-key-reused": 409, "batch-of-another": 409}


def note_refusal(credential: CredentialView, code: str, title: str, detail: str) -> None:
    """Count a refused call of one credential, for the page of the channels."""
    note_refused_call(
        organisation_id=credential.organisation_id,
        credential_id=credential.id,
        channel=ChannelKind.HTTP,
        code=code,
        title=title,
        detail=detail,
        now=timezone.now(),
    )


def add_refusals(api: NinjaAPI) -> None:
    """Have *api* answer every expected refusal as it should be answered."""
    for kind, answer in _ANSWERS.items():
        api.add_exception_handler(kind, answer)


def _no_such(request: HttpRequest, error: NoSuchSubmission) -> HttpResponse:
    return _problem(404, "not-found", "没有这样的提交或批次", f"{error} 不存在，或属于其他单位。", noted=request)


def _refused(request: HttpRequest, error: SubmissionRefused) -> HttpResponse:
    return _problem(_STATUS.get(error.code, 422), error.code, "不能接收", str(error), noted=request)


def _offset(request: HttpRequest, error: OffsetMismatch) -> HttpResponse:
    detail = f"档案馆已有 {error.offset} 字节，请从该处继续。"
    return _problem(409, "offset-mismatch", "续传位置不符", detail, Upload_Offset=str(error.offset), noted=request)


def _no_space(request: HttpRequest, error: NoSpace) -> HttpResponse:
    return _problem(507, "no-space", "存储空间不足", "已收到的内容未丢失，请稍后重试。", Retry_After="600")


def _database_away(request: HttpRequest, error: OperationalError) -> HttpResponse:
    if "full" in str(error).lower():  # SQLite: database or disk is full; PostgreSQL: disk full
        return _no_space(request, NoSpace(str(error)))
    logger.warning("the database did not answer: %s", error)
    return _problem(503, "busy", "系统暂时繁忙", "请求未被处理，请稍后重试。", Retry_After="5")


def _exceeded(request: HttpRequest, error: CallsExceeded) -> HttpResponse:
    if not wants_problem(request):  # a person, in a browser
        return views.too_many(request, error.seconds)
    detail = f"每分钟至多 {error.limit} 次，请 {error.seconds} 秒后重试。"
    return _problem(429, "too-many-calls", "调用过于频繁", detail, Retry_After=str(error.seconds))


def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    detail = "请在 Authorization 头中提供本单位的凭据：Bearer lt_…"
    return _problem(401, "unauthorised", "未提供有效凭据", detail, WWW_Authenticate='Bearer realm="lantai"')


def _invalid(request: HttpRequest, error: NinjaValidationError) -> HttpResponse:
    errors = [
        FieldProblem("/".join(str(part) for part in each["loc"]), str(each["type"]), str(each["msg"]))
        for each in error.errors
    ]
    return _problem(422, "invalid", "请求内容有误", f"共 {len(errors)} 处，见 errors。", errors, noted=request)


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    return _problem(error.status_code, "bad-request", "请求不能处理", str(error), noted=request)


def _problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: Sequence[FieldProblem] = (),
    *,
    noted: HttpRequest | None = None,
    **headers: str,
) -> HttpResponse:
    """The problem; where the request is handed in as *noted*, it is counted for the page of the channels."""
    credential = getattr(noted, "auth", None)
    if isinstance(credential, CredentialView):
        first = f" {errors[0].pointer}: {errors[0].detail}" if errors else ""
        note_refusal(credential, code, title, detail + first)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Problem(type=code, title=title, status=status, detail=detail, errors=tuple(errors)).response(named)


_ANSWERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    NoSuchSubmission: _no_such,
    SubmissionRefused: _refused,
    OffsetMismatch: _offset,
    NoSpace: _no_space,
    OperationalError: _database_away,
    CallsExceeded: _exceeded,
    AuthenticationError: _unknown,
    NinjaValidationError: _invalid,
    HttpError: _http,
}
