"""Search."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import roles
from lantai.common.pages import show
from lantai.finding.pages import search_page


@roles(Role.ARCHIVIST, Role.DEPARTMENT, Role.LEADER, Role.SUPERVISOR, Role.PUBLIC)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search among what this reader may know of."""
    return show(request, search_page(request, reader_of(request)))
