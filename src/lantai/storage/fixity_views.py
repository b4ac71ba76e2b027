"""The pages of fixity (固定性检查)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.pages import show
from lantai.storage.fixity_pages import ReadingForm, fixity_page, quarantine_page, reading_page
from lantai.storage.models import Location
from lantai.storage.services import release_quarantined, set_reading


@roles(Role.ARCHIVIST, Role.SYSTEM, Role.AUDIT)
@require_safe
def fixity(request: HttpRequest) -> HttpResponse:
    """How reading again stands at every location."""
    return show(request, fixity_page(role=reader_of(request).role, now=timezone.now()))


@roles(Role.ARCHIVIST, Role.SYSTEM)
@require_http_methods(["GET", "HEAD", "POST"])
def reading(request: HttpRequest, code: str) -> HttpResponse:
    """How fast a location may be read again, and how often it must be."""
    place = get_object_or_404(Location, code=code)
    form = ReadingForm(request.POST or None, initial={"read_rate": place.read_rate, "cycle_days": place.cycle_days})
    if not form.is_valid():
        return show(request, reading_page(code=code, form=form), status=422 if form.is_bound else 200)
    set_reading(code=code, **form.cleaned_data, by=actor_of(request), now=timezone.now())
    messages.success(request, _("%(code)s 的检查速度和周期已更改。") % {"code": code})
    return redirect("fixity")


@roles(Role.ARCHIVIST, Role.SYSTEM, Role.AUDIT)
@require_safe
def quarantine(request: HttpRequest) -> HttpResponse:
    """What was put aside of damaged copies."""
    return show(request, quarantine_page(role=reader_of(request).role))


@roles(Role.ARCHIVIST, Role.SYSTEM)
@require_POST
def release(request: HttpRequest) -> HttpResponse:
    """Let go what was chosen."""
    chosen = [int(each) for each in request.POST.getlist("selected") if each.isascii() and each.isdecimal()]
    released = release_quarantined(quarantined_ids=chosen, by=actor_of(request), now=timezone.now())
    messages.success(request, _("已删除 %(n)s 份隔离内容。") % {"n": released})
    return redirect("quarantine")
