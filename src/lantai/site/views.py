"""The first page of each role, and pages of rooms that know no people."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.pages import show
from lantai.ledger.pages import ledger_page
from lantai.preservation.services import SIGNED_GROUPS, SIGNERS, SignoffRefused, sign_group
from lantai.site.health import health as health_now
from lantai.site.health_pages import findings_page, health_page
from lantai.site.longterm_forms import SignoffForm
from lantai.site.longterm_pages import longterm_data, longterm_page, signoff_page
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
    return show(request, longterm_page(now=timezone.now(), reader=reader_of(request)))


@roles(*SIGNERS)
def longterm_sign(request: HttpRequest, group: str) -> HttpResponse:
    """Sign what a person found of a group that no program can judge."""
    if group not in SIGNED_GROUPS:
        raise Http404
    form = SignoffForm(request.POST or None, initial={"checked_on": timezone.localdate()})
    if form.is_valid():
        try:
            sign_group(group=group, by=actor_of(request), now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("已签署并写入账本。"))
            return redirect("longterm")
        except SignoffRefused as refused:
            form.add_error(None, str(refused))
    return show(request, signoff_page(group=group, form=form))


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
