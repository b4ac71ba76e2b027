"""The first page of each role, and pages of rooms that know no people."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import roles
from lantai.common.pages import show
from lantai.ledger.pages import ledger_page
from lantai.site.health import health as health_now
from lantai.site.health_pages import findings_page, health_page
from lantai.site.longterm_pages import longterm_data, longterm_page
from lantai.storage.services import AREAS

FIRST_PAGES = {
    Role.ARCHIVIST: "work",
    Role.DEPARTMENT: "submissions",
    Role.PUBLIC: "search",
    Role.LEADER: "search",
    Role.SUPERVISOR: "submissions",
    Role.SYSTEM: "health",
    Role.SECURITY: "people",
    Role.AUDIT: "audit",
}
"""Where each role begins, among the pages that are built."""


@roles(*Role)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead to the first page of the person's role."""
    return redirect(FIRST_PAGES[reader_of(request).role])


@roles(Role.ARCHIVIST, Role.DEPARTMENT, Role.SUPERVISOR, Role.AUDIT)
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """The ledger; its entries for those who see every body's records."""
    entries = reader_of(request).role in (Role.ARCHIVIST, Role.SUPERVISOR)
    return show(request, ledger_page(entries=entries, origin=f"{request.scheme}://{request.get_host()}"))


@roles(Role.SYSTEM)
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """How everything stands, for whoever runs it."""
    return show(request, health_page(health_now(now=timezone.now())))


@roles(Role.ARCHIVIST, Role.SYSTEM, Role.AUDIT)
@require_safe
def longterm(request: HttpRequest) -> HttpResponse:
    """The long-term stage of the four-nature detection, group by group."""
    return show(request, longterm_page(now=timezone.now()))


@roles(Role.ARCHIVIST, Role.SYSTEM, Role.AUDIT)
@require_safe
def longterm_report(request: HttpRequest) -> HttpResponse:
    """The same as a report to be kept."""
    now = timezone.now()
    answer = JsonResponse(longterm_data(now=now), json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="longterm-{now:%Y%m%d}.json"'
    return answer


@roles(Role.ARCHIVIST, Role.SYSTEM, Role.AUDIT)
@require_safe
def verification(request: HttpRequest, area: str = "") -> HttpResponse:
    """What verification found and nobody has mended yet."""
    if area and area not in AREAS:
        raise Http404
    return show(request, findings_page(request, reader_of(request), area))
