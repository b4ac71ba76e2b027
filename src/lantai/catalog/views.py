"""One record: its page, the images of its pages, downloads, its proof. Every look leaves an entry in the ledger."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.catalog import contents
from lantai.catalog.kept_forms import form_download
from lantai.catalog.looks import noted_record, record_or_refusal
from lantai.catalog.pages import record_page
from lantai.catalog.proving import file_name
from lantai.catalog.queries import Act, NoSuchRecord, record_proof
from lantai.catalog.services.judging import ask_judging, settle_worsened
from lantai.catalog.services.looking import PROVEN
from lantai.common.errors import Refused
from lantai.common.pages import show
from lantai.ledger.queries import NotYetSequenced

READERS = (Role.ARCHIVIST, Role.DEPARTMENT, Role.LEADER, Role.SUPERVISOR, Role.PUBLIC)


@roles(*READERS)
@require_safe
def record(request: HttpRequest, code: str) -> HttpResponse:
    """One record, by its 电子文件号 or any archive code it ever had."""
    try:
        return show(request, record_page(request, code, reader_of(request), timezone.now()))
    except NoSuchRecord:
        raise Http404 from None


@roles(*READERS)
@require_safe
def image(request: HttpRequest, code: str, file: int, page: int, width: int) -> HttpResponse:
    """One page of one file as an image."""
    try:
        return contents.page_image(request, code, reader_of(request), file, page, width, timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@roles(*READERS)
@require_safe
def package(request: HttpRequest, code: str) -> HttpResponseBase:
    """The package as it was received, whole or by range, for those who may copy."""
    try:
        return contents.package_download(request, code, reader_of(request), timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@roles(*READERS)
@require_safe
def component(request: HttpRequest, code: str, file: int) -> HttpResponseBase:
    """One file of the package, whole or by range, for those who may copy."""
    try:
        return contents.file_download(request, code, reader_of(request), file, timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@roles(*READERS)
@require_safe
def form(request: HttpRequest, code: str, number: int) -> HttpResponseBase:
    """A normalised copy of one of the files, for those who may copy."""
    try:
        return form_download(request, code, reader_of(request), number, timezone.now())
    except NoSuchRecord:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def rejudge(request: HttpRequest, code: str) -> HttpResponse:
    """Have the signatures in the record's files judged again as trust is now, or note that a worse one was seen."""
    try:
        record = record_or_refusal(code, reader_of(request), act=Act.READ).summary
    except NoSuchRecord:
        raise Http404 from None
    if request.POST.get("act") == "seen":
        settle_worsened(record_code=record.record_code, by=actor_of(request), now=timezone.now())
        messages.success(request, _("已记入账本，待办办结。"))
    else:
        ask_judging(record_code=record.record_code, by=actor_of(request), now=timezone.now())
        messages.success(request, _("已排队重新判定，通常几秒内完成；从前的判定保留。"))
    return redirect(f"{resolve_url('record', record.record_code)}?tab=checks#lt-about")


@roles(*READERS)
@require_safe
def proof(request: HttpRequest, code: str) -> HttpResponse:
    """The proof bundle, for the stand-alone script."""
    reader, now = reader_of(request), timezone.now()
    try:
        found = noted_record(request, code, reader, act=Act.READ, kind=PROVEN, what="proof", now=now)
        bundle = record_proof(code=found.summary.record_code, reader=reader)
    except NoSuchRecord:
        raise Http404 from None
    except NotYetSequenced:
        raise Refused(_("进馆记录还没有编入账本。"), advice=_("几秒后再下载凭证。")) from None
    response = HttpResponse(json.dumps(bundle, ensure_ascii=False, indent=1), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(found.summary.record_code)}"'
    return response
