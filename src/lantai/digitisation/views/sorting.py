"""How documents are told apart: the versions, teaching a new one, choosing one."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.pages import show
from lantai.digitisation.models import SorterVersion
from lantai.digitisation.pages import sorting as pages
from lantai.digitisation.services import sorting as services


@roles(Role.ARCHIVIST)
@require_safe
def sorting(request: HttpRequest) -> HttpResponse:
    """The versions and how often they were right."""
    return show(request, pages.sorting_page())


@roles(Role.ARCHIVIST)
@require_POST
def teach(request: HttpRequest) -> HttpResponse:
    """Have a new version taught; with too few pages the page says so."""
    try:
        services.ask_teaching(by=actor_of(request), now=timezone.now())
    except services.TooFewPages:
        return show(request, pages.sorting_page(), status=409)
    return redirect("digitising-sorting")


@roles(Role.ARCHIVIST)
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Use another version from now on."""
    told = request.POST.get("version", "")
    number = int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else -1
    try:
        services.choose_sorter(number=number or None, by=actor_of(request), now=timezone.now())
    except SorterVersion.DoesNotExist:
        raise Http404 from None
    return redirect("digitising-sorting")
