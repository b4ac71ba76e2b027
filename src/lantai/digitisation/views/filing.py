"""Taking a batch over into its records."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles, unattended
from lantai.common.errors import Refused
from lantai.common.pages import show
from lantai.digitisation import queries, services
from lantai.digitisation.models import ScanBatch
from lantai.digitisation.pages.filing import filing_page, hindrance_words


@roles(Role.ARCHIVIST)
@require_safe
def filing(request: HttpRequest, batch_id: int) -> HttpResponse:
    """How far the batch is, record by record."""
    try:
        return show(request, filing_page(request, batch_id, reader_of(request), timezone.now()))
    except queries.NoSuchBatch:
        raise Http404 from None


@unattended
@roles(Role.ARCHIVIST)
@require_safe
def filing_progress(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The same page, asked again by itself every few seconds meanwhile."""
    return filing(request, batch_id)


@roles(Role.ARCHIVIST)
@require_POST
def file_batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Have the batch taken over, or go on with the records that were left."""
    try:
        services.ask_filing(batch_id=batch_id, by=actor_of(request), now=timezone.now())
    except ScanBatch.DoesNotExist:
        raise Http404 from None
    except services.FilingRefused as refused:
        if refused.code != "filed":
            raise Refused(hindrance_words(refused.code)) from None
    return redirect("digitising-filing", batch_id)
