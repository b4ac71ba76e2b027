"""Reviewing what was read: what waits, one page, keeping lines, undoing, who holds a page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import roles
from lantai.common.pages import show
from lantai.digitisation import marking_acts as marking
from lantai.digitisation import reviewing_acts as acts
from lantai.digitisation.pages import review_queue as lists
from lantai.digitisation.queries import NoSuchBatch


@roles(Role.ARCHIVIST)
@require_safe
def batches(request: HttpRequest) -> HttpResponse:
    """The batches with pages to be reviewed, and what reviewers did."""
    return show(request, lists.reviews_page(request, timezone.now()))


@roles(Role.ARCHIVIST)
@require_safe
def queue(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The pages of a batch that are to be reviewed."""
    try:
        return show(request, lists.queue_page(request, batch_id, reader_of(request), timezone.now()))
    except NoSuchBatch:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, batch_id: int, page_id: int) -> HttpResponse:
    """One page to be reviewed, and keeping what was typed."""
    act = acts.keep_page if request.method == "POST" else acts.open_page
    try:
        return act(request, batch_id, page_id, reader_of(request), timezone.now())
    except NoSuchBatch:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def undo(request: HttpRequest, batch_id: int, page_id: int) -> HttpResponse:
    """Put a line back."""
    try:
        return acts.undo(request, batch_id, page_id, reader_of(request), timezone.now())
    except NoSuchBatch:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def hold(request: HttpRequest, batch_id: int, page_id: int) -> HttpResponse:
    """Take a page over, let go of it, or review it once more."""
    try:
        return acts.hold(request, batch_id, page_id, reader_of(request), timezone.now())
    except NoSuchBatch:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def regions(request: HttpRequest, batch_id: int, page_id: int) -> HttpResponse:
    """Mark a part of a page, or change one."""
    try:
        return marking.regions(request, batch_id, page_id, reader_of(request), timezone.now())
    except NoSuchBatch:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_POST
def fields(request: HttpRequest, batch_id: int, page_id: int) -> HttpResponse:
    """Answer values that were found on a page, or set its kind."""
    try:
        return marking.fields(request, batch_id, page_id, reader_of(request), timezone.now())
    except NoSuchBatch:
        raise Http404 from None
