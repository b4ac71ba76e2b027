"""The pages of fixity (固定性检查)."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.pages import show
from lantai.storage.fixity_pages import ReadingForm, fixity_page, quarantine_page, reading_page
from lantai.storage.fixity_states import fixity_states
from lantai.storage.services import Steering, release_quarantined, set_reading, steer_reading

_STEERING: Mapping[str, Steering] = {"start": "start", "stop": "stop", "pause": "pause", "resume": "resume"}
_SAID: Mapping[Steering, str] = {
    "start": gettext_noop("%(code)s 的副本将全部重读一轮。"),
    "stop": gettext_noop("%(code)s 的本轮检查已停止；周期检查照旧。"),
    "pause": gettext_noop("%(code)s 的检查已暂停。"),
    "resume": gettext_noop("%(code)s 的检查已恢复。"),
}


@roles(Role.ARCHIVIST, Role.SYSTEM, Role.AUDIT)
@require_safe
def fixity(request: HttpRequest) -> HttpResponse:
    """How reading again stands at every location."""
    return show(request, fixity_page(role=reader_of(request).role, now=timezone.now()))


@roles(Role.ARCHIVIST, Role.SYSTEM)
@require_http_methods(["GET", "HEAD", "POST"])
def reading(request: HttpRequest, code: str) -> HttpResponse:
    """How fast a location may be read again, how often it must be, and what is done about its round now."""
    state = next((each for each in fixity_states(now=timezone.now()) if each.code == code), None)
    if state is None:
        raise Http404
    act = _STEERING.get(request.POST.get("act", ""))
    if act is not None:
        return _steered(request, code, act)
    form = ReadingForm(request.POST or None, initial={"read_rate": state.read_rate, "cycle_days": state.cycle_days})
    if not form.is_valid():
        return show(request, reading_page(state=state, form=form), status=422 if form.is_bound else 200)
    set_reading(code=code, **form.cleaned_data, by=actor_of(request), now=timezone.now())
    messages.success(request, _("%(code)s 的检查速度和周期已更改。") % {"code": code})
    return redirect("fixity")


def _steered(request: HttpRequest, code: str, act: Steering) -> HttpResponse:
    steer_reading(code=code, act=act, by=actor_of(request), now=timezone.now())
    messages.success(request, _(_SAID[act]) % {"code": code})
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
