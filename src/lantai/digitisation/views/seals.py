"""Seals of all batches, and the picture of each."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import roles
from lantai.common.pages import show
from lantai.digitisation.pages.seals import seals_page
from lantai.digitisation.queries import NoSuchBatch
from lantai.digitisation.region_pictures import region_picture


@roles(Role.ARCHIVIST)
@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """The seals found on scanned pages, looked for by words, shape, colour and owner."""
    return show(request, seals_page(request))


@roles(Role.ARCHIVIST)
@require_safe
@cache_control(private=True, max_age=3600)
def picture(request: HttpRequest, batch_id: int, region_id: int) -> HttpResponse:
    """One part of a page as an image."""
    try:
        made = region_picture(batch_id=batch_id, region_id=region_id)
    except NoSuchBatch:
        raise Http404 from None
    return HttpResponse(made, content_type="image/jpeg")
