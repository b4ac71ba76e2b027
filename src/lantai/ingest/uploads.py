"""Packages from a browser, as requests bring them: a whole form, or piece by piece."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries import organisations_by_id
from lantai.administration.queries.people import Reader, Role
from lantai.common.errors import Problem
from lantai.common.paging import text_asked
from lantai.ingest.models import ChannelKind, Submission
from lantai.ingest.services import NoSpace, OffsetMismatch, SubmissionRefused, append_content, received_bytes
from lantai.ingest.services.refusals import note_refused_call
from lantai.ingest.services.uploading import find_upload, open_upload, take_upload

RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")
KEY = re.compile(r"\d{1,16}-\d{1,15}-([^\x00-\x1f\x7f]{1,400})")


def body_of(reader: Reader, given: Mapping[str, Any]) -> int:
    """The body that hands over: a department's own, or the one an archivist named. Raises ValueError for none."""
    if reader.role == Role.DEPARTMENT:
        return reader.organisation_id or 0
    named = str(given.get("organisation") or "")
    number = int(named) if named.isascii() and named.isdecimal() and len(named) < 16 else 0
    if number not in organisations_by_id(ids=[number]):
        raise ValueError(named)
    return number


def refusal_text(error: SubmissionRefused | NoSpace | OffsetMismatch) -> str:
    """Why a package was not taken, in the reader's language."""
    if isinstance(error, NoSpace):
        return _("存储空间不足，已收到的内容未丢失，请稍后重试。")
    if isinstance(error, OffsetMismatch):
        return _("续传位置不符，请重新选择文件。")
    return {
        "unknown-profile": _("没有这种移交包格式。"),
        "empty": _("文件是空的。"),
        "bad-name": _("文件名不合规则：1 至 400 个字符，不含斜杠。"),
        "unknown-digest": _("清单中的摘要算法不能识别，应为 SHA-512、SHA-256 或 SM3。"),
        "replaces-nothing": _("要替代的移交包不存在，或没有被退回。"),
        "no-such-batch": _("没有这个移交批次。"),
        "idempotency-key-reused": _("同名同时的文件已经上传过另一个内容。"),
        "too-long": _("收到的内容比文件大小多，请重新选择文件。"),
    }.get(error.code, str(error))


def take_form(reader: Reader, given: Mapping[str, Any], now: datetime) -> tuple[Sequence[str], Sequence[str]]:
    """The packages of a form without script: the codes of those received, and why others were not."""
    codes, problems = [], []
    for each in given["packages"]:
        try:
            submission = open_upload(
                organisation_id=body_of(reader, given),
                name=each.name,
                profile=given["profile"],
                size=each.size,
                key=f"{now.timestamp():.6f}-{each.name}",
                batch=given["batch"],
                replaces=given["replaces"],
                now=now,
            )
            take_upload(submission=submission, stream=each.file, now=now)
            codes.append(submission.record_code)
        except (SubmissionRefused, NoSpace) as error:
            problems.append(f"{each.name}{_('：')}{refusal_text(error)}")
    return codes, problems


def offset_of(request: HttpRequest, reader: Reader, key: str) -> HttpResponse:
    """Where a file goes on: at 0 when nothing of it was sent."""
    try:
        found = find_upload(organisation_id=body_of(reader, request.GET), key=key, **_of(request))
    except ValueError:
        found = None
    if found is None:
        return HttpResponse(headers={"Upload-Offset": "0", "Cache-Control": "no-store"})
    held = received_bytes(submission=found)
    headers = {"Upload-Offset": str(held), "Upload-Length": str(found.declared_size), "Cache-Control": "no-store"}
    return HttpResponse(headers=headers | _place(found, held))


def take_piece(request: HttpRequest, reader: Reader, key: str, stream: BinaryIO, now: datetime) -> HttpResponse:
    """One piece: 200 while more is to come, 201 with the submission's address when all is here; else a problem."""
    asked, named = RANGE.fullmatch(request.headers.get("Content-Range", "")), KEY.fullmatch(key)
    if asked is None or named is None:
        return _problem(400, "bad-piece", _("分片的范围或名称有误。"))
    first, last, total = (int(each) for each in asked.groups())
    length = request.headers.get("Content-Length", "")
    if last < first or last >= total or length != str(last - first + 1):
        return _problem(400, "bad-piece", _("分片的范围与长度不符。"))
    try:
        submission = open_upload(
            organisation_id=body_of(reader, request.GET),
            name=named[1],
            profile=request.GET.get("profile", "fuzhou"),
            size=total,
            key=key,
            now=now,
            **_of(request),
        )
        held = append_content(submission=submission, offset=first, stream=stream, length=last - first + 1, now=now).held
    except ValueError:
        return _problem(422, "no-such-body", _("请选择移交单位。"))
    except OffsetMismatch as error:
        return _problem(409, "offset-mismatch", refusal_text(error), {"Upload-Offset": str(error.offset)})
    except SubmissionRefused as error:
        note_refused_call(
            organisation_id=body_of(reader, request.GET),
            channel=ChannelKind.UPLOAD,
            code=error.code,
            title=refusal_text(error),
            detail=named[1],
            now=now,
        )
        return _problem(422, error.code, refusal_text(error))
    except NoSpace as error:
        return _problem(507, "no-space", refusal_text(error))
    place = _place(submission, held)
    return HttpResponse(status=201 if place else 200, headers=place | {"Upload-Offset": str(held)})


def _place(submission: Submission, held: int) -> dict[str, str]:
    """The address of a submission of which all *held* bytes are here."""
    whole = held >= submission.declared_size
    return {"Location": reverse("submission", args=[submission.record_code])} if whole else {}


def _of(request: HttpRequest) -> dict[str, str]:
    return {name: text_asked(request, name, longest=40) for name in ("batch", "replaces")}


def _problem(status: int, kind: str, title: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return Problem(type=kind, title=title, status=status).response(headers)
