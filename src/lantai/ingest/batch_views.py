"""Hand-over batches: list, one batch, deciding what waits of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.components import Notice
from lantai.common.pages import show
from lantai.ingest import batch_decide_pages, batch_pages
from lantai.ingest.batch_queries import BatchView
from lantai.ingest.forms import BatchDecisionForm
from lantai.ingest.lists import BATCHES
from lantai.ingest.queries import NoSuchSubmission
from lantai.ingest.services.deciding_batches import BatchChanged, decide_batch
from lantai.ingest.views import WATCHERS
from lantai.work.queries import list_views


@roles(*WATCHERS)
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """The batches that came; with one's default view when nothing else is asked."""
    reader = reader_of(request)
    views = list_views(reader=reader, listing=BATCHES, given=request.GET)
    if views.first and not request.GET:
        return redirect(views.first)
    return show(request, batch_pages.batches_page(request, reader, views))


@roles(*WATCHERS)
@require_safe
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One batch with its problems by check."""
    try:
        return show(request, batch_pages.batch_page(request, batch_id, reader_of(request)))
    except NoSuchSubmission:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def batch_decide(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Say which packages go back, see what will happen, confirm it."""
    try:
        found, form = batch_decide_pages.batch_form(request, batch_id, reader_of(request))
    except NoSuchSubmission:
        raise Http404 from None
    if not (form.is_bound and form.is_valid()) or "edit" in request.POST:
        return show(request, batch_decide_pages.batch_decide_page(found, form))
    if "confirmed" not in request.POST:
        return batch_decide_pages.check_answers(request, found, form)
    return _decided(request, found, form)


def _decided(request: HttpRequest, found: BatchView, form: BatchDecisionForm) -> HttpResponse:
    """Do what was confirmed, or show again what waits now when that has changed meanwhile."""
    by = actor_of(request)
    try:
        token = UUID(request.POST.get("token", ""))
        shown = int(request.POST.get("accept", "")), int(request.POST.get("back", ""))
        choice = batch_decide_pages.choice_of(found.id, form, shown)
        decide_batch(choice=choice, token=token, by=by.reference, role=by.role, now=timezone.now())
    except (BatchChanged, ValueError):
        told = Notice("warn", _("待处理的移交包有变化。"), _("请再核对一次；什么都还没有改变。"))
        return batch_decide_pages.check_answers(request, found, form, [told])
    messages.success(request, _("已开始处理，完成后会通知您。"))
    return redirect("batch", found.id)
