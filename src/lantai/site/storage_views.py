"""Views of storage, for archivists and system administrators: read, declare, set policies, keep the register."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.models import Role
from lantai.administration.queries.people import reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.common.components import Act, Link
from lantai.common.pages import FormPage, show
from lantai.common.paging import text_asked
from lantai.site.storage_forms import CarrierForm, CheckForm, DeclareForm, PolicyForm
from lantai.site.storage_pages import (
    HERE,
    below_page,
    carrier_facts,
    carriers_page,
    location_facts,
    locations_page,
    object_page,
    policies_page,
)
from lantai.storage.copies import LocationView, list_carriers, list_locations, list_policies, object_copies
from lantai.storage.policy import Demand
from lantai.storage.services import (
    CarrierRefused,
    LocationRefused,
    NewCarrier,
    declare_location,
    note_check,
    register_carrier,
    set_policy,
)

KEEPERS = (Role.ARCHIVIST, Role.SYSTEM)
_DECLARED = ("medium", "place", "offline", "write_once", "in_service")


@roles(*KEEPERS)
@require_safe
def storage(request: HttpRequest) -> HttpResponse:
    """The locations."""
    return show(request, locations_page())


@roles(*KEEPERS)
@require_safe
def below(request: HttpRequest) -> HttpResponse:
    """Objects below their policy."""
    return show(request, below_page(request))


@roles(*KEEPERS)
@require_safe
def stored_object(request: HttpRequest, object_id: str) -> HttpResponse:
    """One object and its copies."""
    found = object_copies(object_id=object_id)
    if found is None:
        raise Http404
    return show(request, object_page(request, found, reader_of(request)))


@roles(*KEEPERS)
def location(request: HttpRequest, code: str) -> HttpResponse:
    """One location, and the form in which a person declares and signs what cannot be measured."""
    found = next(iter(list_locations(code=code)), None)
    if found is None:
        raise Http404
    form = DeclareForm(request.POST or None, initial={name: getattr(found, name) for name in _DECLARED})
    if form.is_valid():
        try:
            declare_location(code=code, by=actor_of(request), now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("已申报并签署存储位置 %(code)s。") % {"code": code})
            return redirect("storage")
        except LocationRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _location_page(found, form))


def _location_page(found: LocationView, form: DeclareForm) -> FormPage:
    return FormPage(
        title=_("存储位置 %(code)s") % {"code": found.code},
        here=HERE,
        back=[Link(_("存储与副本"), resolve_url(HERE)), Link(found.code)],
        form=form,
        submit=Act(_("签署申报"), kind="primary"),
        cancel=resolve_url(HERE),
        warning=_("申报以您的名义记入账本，含变更前后；所有对象随后重新判定。"),
        beside=location_facts(found),
    )


@roles(*KEEPERS)
@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """The policies."""
    return show(request, policies_page())


@roles(*KEEPERS)
def policy(request: HttpRequest) -> HttpResponse:
    """Set a policy, or take it away."""
    form = PolicyForm(request.POST or None, initial=_asked_policy(request))
    if form.is_valid():
        told: dict[str, Any] = dict(form.cleaned_data)
        scope = {name: told.pop(name) for name in ("fonds_code", "class_code")}
        demand = None if "remove" in request.POST else Demand(media=told.pop("kinds"), **told)
        try:
            set_policy(demand=demand, by=actor_of(request), now=timezone.now(), **scope)
            messages.success(request, _("已撤销副本策略。") if demand is None else _("已设定副本策略。"))
            return redirect("storage-policies")
        except LocationRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _policy_page(form))


def _asked_policy(request: HttpRequest) -> dict[str, Any]:
    scope = {name: text_asked(request, name) for name in ("fonds_code", "class_code")}
    rows = (each for each in list_policies() if {"fonds_code": each.fonds_code, "class_code": each.class_code} == scope)
    asked = next((asdict(each.demand) for each in rows), {})
    return scope | asked | ({"kinds": asked["media"]} if asked else {})


def _policy_page(form: PolicyForm) -> FormPage:
    return FormPage(
        title=_("设定副本策略"),
        here=HERE,
        back=[Link(_("存储与副本"), resolve_url(HERE)), Link(_("副本策略"), resolve_url("storage-policies"))],
        form=form,
        submit=Act(_("设定策略"), kind="primary"),
        cancel=resolve_url("storage-policies"),
        more_acts=[Act(_("撤销这条策略"), name="remove", value="yes", kind="danger")],
        warning=_("所有对象随后重新判定，缺的副本在后台复制。"),
        two_columns=True,
    )


@roles(*KEEPERS)
@require_safe
def carriers(request: HttpRequest) -> HttpResponse:
    """The register of carriers."""
    return show(request, carriers_page(request))


@roles(*KEEPERS)
def carrier_new(request: HttpRequest) -> HttpResponse:
    """Enter a carrier in the register."""
    form = CarrierForm(request.POST or None)
    if form.is_valid():
        told = {name: value for name, value in form.cleaned_data.items() if name != "gigabytes"}
        try:
            row = register_carrier(
                new=NewCarrier(capacity=form.capacity(), **told), by=actor_of(request), now=timezone.now()
            )
            messages.success(request, _("已登记载体 %(number)s。") % {"number": row.number})
            return redirect("carriers")
        except CarrierRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _carrier_page(form, _("登记载体"), _("登记载体"), []))


@roles(*KEEPERS)
def carrier(request: HttpRequest, number: str) -> HttpResponse:
    """One carrier, and the form in which its check is noted."""
    found, _total = list_carriers(number=number)
    if not found:
        raise Http404
    form = CheckForm(request.POST or None, initial={"checked_on": timezone.localdate()})
    if form.is_valid():
        try:
            note_check(number=number, by=actor_of(request), now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("已记录载体 %(number)s 的检查。") % {"number": number})
            return redirect("carriers")
        except CarrierRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _carrier_page(form, _("载体 %(number)s") % {"number": number}, _("记录检查"), found))


def _carrier_page(form: CarrierForm | CheckForm, title: str, submit: str, found: list[Any]) -> FormPage:
    return FormPage(
        title=title,
        here=HERE,
        back=[Link(_("存储与副本"), resolve_url(HERE)), Link(_("载体登记"), resolve_url("carriers")), Link(title)],
        form=form,
        submit=Act(submit, kind="primary"),
        cancel=resolve_url("carriers"),
        beside=carrier_facts(found[0]) if found else [],
    )
