"""Submissions: list, one with its report, decisions, receipts, upload."""

from __future__ import annotations

from typing import BinaryIO, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.pages import show
from lantai.ingest import pages, uploads
from lantai.ingest.forms import ListForm
from lantai.ingest.lists import SUBMISSIONS
from lantai.ingest.queries import NoSuchSubmission, report_of, submission_state
from lantai.ingest.report_files import receipt_as_json, report_as_json, report_as_pdf
from lantai.ingest.report_pages import asked_of, decision_form, report_for, submission_page
from lantai.ingest.services import NotOpen, decide_submissions
from lantai.ingest.services.uploading import ListRefused, register_list
from lantai.ingest.walking import next_place
from lantai.work.queries import list_views

WATCHERS = (Role.ARCHIVIST, Role.DEPARTMENT, Role.SUPERVISOR)


@roles(*WATCHERS)
@require_safe
def submissions(request: HttpRequest) -> HttpResponse:
    """What came in; with one's default view when nothing else is asked."""
    reader = reader_of(request)
    views = list_views(reader=reader, listing=SUBMISSIONS, given=request.GET)
    if views.first and not request.GET:
        return redirect(views.first)
    return show(request, pages.submissions_page(request, reader, views))


@roles(*WATCHERS)
@require_safe
def submission(request: HttpRequest, code: str) -> HttpResponse:
    """One submission with its report and its receipts."""
    try:
        return show(request, submission_page(request, code, reader_of(request)))
    except NoSuchSubmission:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Take one submission in or return it, and go on to the next."""
    by, reader = actor_of(request), reader_of(request)
    report = report_for(code, reader)
    form = decision_form(report, request.POST)
    if not form.is_valid() or not form.cleaned_data["decision"]:
        return show(request, submission_page(request, code, reader, form))
    approve = form.cleaned_data["decision"] == "approve"
    try:
        said = {"approve": approve, "reason": form.cleaned_data["reason"], "now": timezone.now()}
        asked = None if approve else asked_of(code, report, form)
        decide_submissions(record_codes=[code], by=by.reference, role=by.role, asked=asked, **said)
        messages.success(request, _("已接收，正在进馆。") if approve else _("已退回，理由已写入回执。"))
    except NotOpen:
        messages.warning(request, _("这个移交包已经处理过，没有变化。"))
    return redirect(next_place(request, code, reader))


@roles(*WATCHERS)
@require_safe
def report_json(request: HttpRequest, code: str) -> HttpResponse:
    """The report and its signature, as they are kept."""
    try:
        data, signature = report_of(record_code=code, reader=reader_of(request))
    except NoSuchSubmission:
        raise Http404 from None
    return report_as_json(code, data, signature)


@roles(*WATCHERS)
@require_safe
def report_document(request: HttpRequest, code: str) -> HttpResponse:
    """The report as PDF, made now."""
    try:
        return report_as_pdf(code, reader_of(request))
    except NoSuchSubmission:
        raise Http404 from None


@roles(*WATCHERS)
@require_safe
def receipt(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One receipt of the chain, as a page or as a file."""
    reader = reader_of(request)
    try:
        found = submission_state(record_code=code, reader=reader)
    except NoSuchSubmission:
        raise Http404 from None
    one = next((each for each in found.receipts if each.number == number), None)
    if one is None:
        raise Http404
    return (
        receipt_as_json(code, one)
        if "download" in request.GET
        else show(request, pages.receipt_page(found, one, reader))
    )


@roles(*pages.SENDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """The upload page; without script the packages come with the form."""
    reader = reader_of(request)
    form = pages.upload_form(request, reader)
    if request.method != "POST":
        return show(request, pages.upload_page(request, reader, form))
    if not form.is_valid():
        return show(request, pages.upload_page(request, reader, form))
    sent, problems = uploads.take_form(reader, form.cleaned_data, timezone.now())
    if problems:
        return show(request, pages.upload_page(request, reader, form, problems))
    messages.success(request, ngettext("已收到 %(n)s 个包。", "已收到 %(n)s 个包。", len(sent)) % {"n": len(sent)})
    return redirect("submission", sent[0]) if len(sent) == 1 else redirect("submissions")


@roles(*pages.SENDERS)
@require_http_methods(["HEAD", "PUT"])
def upload_piece(request: HttpRequest, key: str) -> HttpResponse:
    """One piece of a file: HEAD tells where to go on, PUT brings the next piece."""
    reader = reader_of(request)
    if request.method == "HEAD":
        return uploads.offset_of(request, reader, key)
    return uploads.take_piece(request, reader, key, cast(BinaryIO, request), timezone.now())


@roles(*pages.SENDERS)
@require_http_methods(["GET", "HEAD", "POST"])
def upload_list(request: HttpRequest) -> HttpResponse:
    """Register a hand-over list; its packages are uploaded next."""
    reader = reader_of(request)
    form = ListForm(request.POST or None, request.FILES or None, bodies=reader.role != Role.DEPARTMENT)
    if not (form.is_bound and form.is_valid()):
        return show(request, pages.list_page(form))
    given, body = form.cleaned_data["handover"], uploads.body_of(reader, form.cleaned_data)
    try:
        batch = register_list(organisation_id=body, name=given.name, data=given.read(), now=timezone.now())
    except ListRefused as refused:
        form.add_error("handover", _("清单不能读取：%(detail)s") % {"detail": refused})
        return show(request, pages.list_page(form))
    return redirect(pages.upload_place(batch=batch.number, organisation=body))
