"""One scanned page that was read: shown beside its text, its repaired picture, and what others take of it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import roles
from lantai.archival.imaging.alto import alto_document
from lantai.catalog.queries import NotShown, scanned_image
from lantai.common.pages import show
from lantai.digitisation import queries
from lantai.digitisation.pages.read_page import read_page_page


@roles(Role.ARCHIVIST)
@require_safe
def page(request: HttpRequest, batch_id: int, page_id: int) -> HttpResponse:
    """One page: its picture and text, before and after repair, its seals and tables."""
    try:
        return show(request, read_page_page(request, batch_id, page_id))
    except queries.NoSuchBatch:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_safe
@cache_control(private=True, max_age=600)
def repaired(request: HttpRequest, batch_id: int, page_id: int, width: int) -> HttpResponse:
    """The repaired picture of a page."""
    try:
        path = queries.derivative_file(batch_id=batch_id, page_id=page_id)
        made = scanned_image(path=path, number=1, width=width)
    except (queries.NoSuchBatch, NotShown):
        raise Http404 from None
    return HttpResponse(made.data, content_type=made.mime)


@roles(Role.ARCHIVIST)
@require_safe
def alto(request: HttpRequest, batch_id: int, page_id: int) -> HttpResponse:
    """What was read on a page, with the place of every word, as ALTO."""
    try:
        row, reading = queries.kept_reading(batch_id=batch_id, page_id=page_id)
    except queries.NoSuchBatch:
        raise Http404 from None
    told = alto_document(reading, file_name=row.path, number=row.frame, engine=reading.engine)
    named = {"Content-Disposition": f'attachment; filename="page-{page_id}.alto.xml"'}
    return HttpResponse(told, content_type="application/xml", headers=named)


@roles(Role.ARCHIVIST)
@require_safe
def table(request: HttpRequest, batch_id: int, page_id: int, region_id: int, form: str) -> HttpResponse:
    """A table of a page, as CSV or JSON."""
    try:
        _row, found = queries.table_on(batch_id=batch_id, page_id=page_id, region_id=region_id)
    except queries.NoSuchBatch:
        raise Http404 from None
    named = {"Content-Disposition": f'attachment; filename="table-{region_id}.{form}"'}
    if form == "json":
        return JsonResponse(found.data(), headers=named, json_dumps_params={"ensure_ascii": False})
    return HttpResponse("\ufeff" + found.csv(), content_type="text/csv; charset=utf-8", headers=named)
