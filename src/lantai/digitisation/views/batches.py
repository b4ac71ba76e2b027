"""Scan batches: list, registering, one batch, its records, checking again, having it read."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import actor_of, roles, unattended
from lantai.common.pages import show
from lantai.digitisation import queries, services
from lantai.digitisation.forms import NewBatchForm
from lantai.digitisation.models import ScanBatch
from lantai.digitisation.pages import batches as pages
from lantai.digitisation.pages.reading import reading_refusal


@roles(Role.ARCHIVIST)
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """The batches, newest first."""
    return show(request, pages.batches_page(request))


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register a folder or uploaded files as a batch; its check begins."""
    form = NewBatchForm(request.POST, request.FILES) if request.method == "POST" else NewBatchForm()
    if not (form.is_bound and form.is_valid()):
        return show(request, pages.new_page(form))
    given, by, now = form.cleaned_data, actor_of(request), timezone.now()
    take = services.take_folder if given["folder"] else services.take_uploads
    source = {"folder": given["folder"]} if given["folder"] else {"uploads": form.uploads()}
    try:
        made = take(**source, name=given["name"], profile=given["profile"], by=by, now=now)
    except services.ScansRefused as refused:
        return show(request, pages.new_page(form, pages.refusal_words(refused)))
    return redirect("digitising-batch", made.pk)


@roles(Role.ARCHIVIST)
@require_safe
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One batch: how far it is, what is wrong, what is next."""
    try:
        return show(request, pages.batch_page(batch_id))
    except queries.NoSuchBatch:
        raise Http404 from None


@unattended
@roles(Role.ARCHIVIST)
@require_safe
def progress(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The same page, asked again by itself every few seconds while it is checked."""
    try:
        return show(request, pages.batch_page(batch_id))
    except queries.NoSuchBatch:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def check(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Have the batch checked again."""
    try:
        services.check_again(batch_id=batch_id, by=actor_of(request), now=timezone.now())
    except ScanBatch.DoesNotExist:
        raise Http404 from None
    return redirect("digitising-batch", batch_id)


@roles(Role.ARCHIVIST)
@require_safe
def units(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The records that pages of the batch belong to."""
    try:
        return show(request, pages.units_page(request, batch_id))
    except queries.NoSuchBatch:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def read(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Have the pages of the batch recognised."""
    mode, by = request.POST.get("mode", ""), actor_of(request)
    try:
        services.ask_reading(batch_id=batch_id, mode=mode, by=by, now=timezone.now())
    except ScanBatch.DoesNotExist:
        raise Http404 from None
    except services.ReadingRefused as refused:
        messages.warning(request, reading_refusal(refused))
    return redirect("digitising-batch", batch_id)
