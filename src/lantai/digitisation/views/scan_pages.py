"""The scanned pages of a batch: as pictures, and each picture by itself."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import roles
from lantai.catalog.queries import NotShown, scanned_image
from lantai.common.pages import show
from lantai.digitisation import queries
from lantai.digitisation.pages import scan_pages as pages


@roles(Role.ARCHIVIST)
@require_safe
def scan_pages(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The pages of the batch as pictures."""
    try:
        return show(request, pages.pages_page(request, batch_id))
    except queries.NoSuchBatch:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_safe
@cache_control(private=True, max_age=3600)
def image(request: HttpRequest, batch_id: int, page_id: int, width: int) -> HttpResponse:
    """One page as an image."""
    try:
        path, number = queries.page_file(batch_id=batch_id, page_id=page_id)
        made = scanned_image(path=path, number=number, width=width)
    except (queries.NoSuchBatch, NotShown):
        raise Http404 from None
    return HttpResponse(made.data, content_type=made.mime)
