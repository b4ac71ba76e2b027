"""What is posted to the pages of arranging: records chosen, an act previewed, an act confirmed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import Actor
from lantai.catalog.arranging.plan_pages import KINDS, plan_form, plan_page
from lantai.catalog.arranging.tree import NO_CLASS
from lantai.catalog.arranging.words import refusal
from lantai.catalog.queries.arranging import (
    PORTIONS,
    ArrangementView,
    Node,
    all_children,
    arrangement_of,
    draft_of,
    ids_of,
    volume_at,
)
from lantai.catalog.queries.effects import members_of
from lantai.catalog.services.arranging import (
    MOST,
    NothingPrepared,
    TooMany,
    choose_records,
    drop_choice,
    order_arrangement,
    plan_arrangement,
)
from lantai.catalog.services.moving import PlaceRefused
from lantai.common.pages import show


def place_to_return(request: HttpRequest) -> str:
    """The page of the tree that records were chosen on, out of the address or the session; the root otherwise."""
    place = request.GET.get("from", "") or str(request.session.get("arranging-from", ""))
    safe = place.startswith(reverse("arrangement")) and url_has_allowed_host_and_scheme(place, allowed_hosts=None)
    return place if safe else reverse("arrangement")


def plan_or_none(number: int, by: Actor) -> ArrangementView | None:
    """An arrangement of this person; nobody sees another's."""
    return arrangement_of(number=number, person=by.reference)


def choose(request: HttpRequest, reader: Reader, by: Actor) -> HttpResponse:
    """Remember the ticked records, or all of the place they were ticked on, and go on as the button says."""
    back, act = place_to_return(request), request.POST.get("act", "")
    request.session["arranging-from"] = back
    if act == "clear":
        drop_choice(by=by)
        return redirect(back)
    ids = (
        _whole_place(back, reader)
        if act in ("all", "empty")
        else ids_of(record_codes=[each[:40] for each in request.POST.getlist("selected")[:1000]], reader=reader)
    )
    try:
        if act == "void":
            drop_choice(by=by)  # codes are voided by themselves, never with what was chosen for something else
        if ids:
            choose_records(record_ids=ids, by=by, now=timezone.now())
    except TooMany:
        messages.warning(request, _("一次至多整理 %(n)s 件，请缩小范围或分批办理。") % {"n": f"{MOST:,}"})
        return redirect(back)
    return _onwards(request, act, back, by)


def _onwards(request: HttpRequest, act: str, back: str, by: Actor) -> HttpResponse:
    draft = draft_of(person=by.reference)
    if draft is None or not draft.members:
        messages.warning(request, _("没有选择档案。"))
        return redirect(back)
    if act in ("keep", "all"):
        n = len(draft.members)
        messages.success(request, ngettext("已选 %(n)s 件", "已选 %(n)s 件", n) % {"n": f"{n:,}"})
        if act == "keep":
            return redirect(back)
    kind = act if act in KINDS else "move"
    return redirect(f"{reverse('arrangement-plan', args=[draft.id])}?kind={kind}")


def _whole_place(place: str, reader: Reader) -> list[int]:
    """All records of the place and portion that *place* is the page of; one more than may be arranged at once at
    most, so that too many is noticed."""
    path, _mark, query = place.partition("?")
    try:
        found = resolve(path)
    except Resolver404:
        return []
    portion = next((each for each in PORTIONS if f"show={each}" in query.split("&")), PORTIONS[1])
    if found.url_name == "arrangement-volume":
        volume = volume_at(code=found.kwargs["code"], reader=reader)
        node = volume.node if volume is not None else None
    elif found.url_name == "arrangement-year":
        classes = found.kwargs["classes"]
        node = Node(found.kwargs["fonds"], "" if classes == NO_CLASS else classes, found.kwargs["year"])
    else:
        node = None
    return [] if node is None else all_children(node=node, portion=portion, reader=reader, most=MOST + 1)


def act_on_plan(request: HttpRequest, plan: ArrangementView, by: Actor) -> HttpResponse:
    """Preview what the form says, or do it when it says what was previewed."""
    kind = request.GET.get("kind", "")
    here = reverse("arrangement-plan", args=[plan.id])
    if plan.state != "draft" or kind not in KINDS:
        if plan.state != "draft":
            messages.info(request, _("已经办理，没有重复。"))
        return redirect(here)
    form = plan_form(plan, kind, request.POST)
    if not form.is_valid():
        return show(request, plan_page(request, plan, kind, form, place_to_return(request)), status=422)
    target, reason = _target(plan, kind, form.cleaned_data)
    same = (plan.kind, plan.target, plan.reason) == (kind, target, reason)
    try:
        if request.POST.get("act") != "confirm" or not same:
            order = [each.pk for each in members_of(ids=plan.members, order=target.get("order", "chosen"))]
            plan_arrangement(kind=kind, target=target, reason=reason, by=by, members=order)
            return redirect(f"{here}?kind={kind}")
        order_arrangement(number=plan.id, by=by, now=timezone.now())
    except NothingPrepared:
        messages.info(request, _("已经办理，没有重复。"))
    except PlaceRefused as why:
        messages.error(request, refusal(why.key))
        return redirect(f"{here}?kind={kind}")
    return redirect(here)


def _target(plan: ArrangementView, kind: str, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """What the form says, as the draft keeps it."""
    reason = str(given.get("reason", "")).strip()
    if kind == "number":
        return {"order": given["order"]}, ""
    if kind == "void":
        return {}, reason
    if kind == "volume":
        return {"title": given["title"], "classes": given["classes"], "year": given["year"]}, reason
    first = members_of(ids=plan.members[:1])
    target: dict[str, Any] = {"renumber": bool(given["renumber"])}
    if given["classes"]:
        target |= {"classes": given["classes"], "fonds": first[0].fonds_code if first else ""}
    else:
        target["volume"] = given["volume"].strip()
    return target, reason
