"""Search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import roles
from lantai.common.pages import show
from lantai.finding.lists import RECORDS
from lantai.finding.pages import search_page
from lantai.work.queries import list_views


@roles(Role.ARCHIVIST, Role.DEPARTMENT, Role.LEADER, Role.SUPERVISOR, Role.PUBLIC)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search among what this reader may know of; staff with their default view when nothing else is asked."""
    reader = reader_of(request)
    if reader.role == Role.PUBLIC:
        return show(request, search_page(request, reader))
    views = list_views(reader=reader, listing=RECORDS, given=request.GET)
    if views.first and not request.GET:
        return redirect(views.first)
    return show(request, search_page(request, reader, views))
