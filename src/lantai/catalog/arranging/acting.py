"""What is posted to the pages of arranging: codes chosen to be voided, an act previewed, an act confirmed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import Actor
from lantai.catalog.arranging.onward import FROM, SELECTED_IN
from lantai.catalog.arranging.plan_pages import KINDS, plan_form, plan_page
from lantai.catalog.arranging.words import refusal
from lantai.catalog.queries.arranging import ArrangementView, arrangement_of, draft_of, ids_of
from lantai.catalog.queries.effects import members_of
from lantai.catalog.services.arranging import (
    NothingPrepared,
    choose_records,
    drop_choice,
    order_arrangement,
    plan_arrangement,
)
from lantai.catalog.services.moving import PlaceRefused
from lantai.common.pages import show
from lantai.work.services import clear_selection


def place_to_return(request: HttpRequest) -> str:
    """The page that records were chosen on, out of the address or the session; the tree's root otherwise."""
    place = request.GET.get("from", "") or str(request.session.get(FROM, ""))
    lists = (reverse("arrangement"), reverse("search"))
    safe = place.startswith(lists) and url_has_allowed_host_and_scheme(place, allowed_hosts=None)
    return place if safe else reverse("arrangement")


def plan_or_none(number: int, by: Actor) -> ArrangementView | None:
    """An arrangement of this person; nobody sees another's."""
    return arrangement_of(number=number, person=by.reference)


def choose(request: HttpRequest, reader: Reader, by: Actor) -> HttpResponse:
    """Take the ticked codes on to being voided: by themselves, never with what was chosen for something else."""
    back = place_to_return(request)
    ids = ids_of(record_codes=[each[:40] for each in request.POST.getlist("selected")[:1000]], reader=reader)
    drop_choice(by=by)
    if not ids or request.POST.get("act") == "clear":
        if not ids:
            messages.warning(request, _("没有选择档案。"))
        return redirect(back)
    choose_records(record_ids=ids, by=by, now=timezone.now())
    request.session[FROM] = back
    request.session.pop(SELECTED_IN, None)
    draft = draft_of(person=by.reference)
    return redirect(f"{reverse('arrangement-plan', args=[draft.id])}?kind=void" if draft is not None else back)


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
        clear_selection(person_id=by.person_id or 0, listing=str(request.session.pop(SELECTED_IN, "")))
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
