"""Views of preservation, for archivists: the register, what stands behind its numbers, decisions, copies."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.catalog.queries import Act as Doing
from lantai.catalog.queries import NoSuchRecord, NotForReader, record_by_code
from lantai.common.components import Act, Link
from lantai.common.errors import Refused
from lantai.common.pages import FormPage, show
from lantai.common.paging import text_asked
from lantai.preservation.forms import FormatForm, RuleForm, VerdictForm
from lantai.preservation.pages import (
    HERE,
    UNNAMED,
    address_of,
    format_page,
    formats_page,
    name_of,
    records_page,
    rules_page,
)
from lantai.preservation.queries import copy_rules, format_entry
from lantai.preservation.register import FormatEntry
from lantai.preservation.services import (
    PlanRefused,
    VerdictsRefused,
    ask_copies,
    decide_format,
    order_verdicts,
    set_copy_rule,
)
from lantai.preservation.verdict_pages import copies_page, verdict_page, verdicts_page


@roles(Role.ARCHIVIST)
@require_safe
def formats(request: HttpRequest) -> HttpResponse:
    """What is held, by format and risk."""
    return show(request, formats_page(reader_of(request)))


@roles(Role.ARCHIVIST)
@require_safe
def one_format(request: HttpRequest, puid: str) -> HttpResponse:
    """One format."""
    return show(request, format_page(_entry(puid), reader_of(request)))


@roles(Role.ARCHIVIST)
@require_safe
def records(request: HttpRequest, puid: str) -> HttpResponse:
    """The records that hold a format."""
    return show(request, records_page(request, _entry(puid), reader_of(request)))


def _entry(puid: str) -> FormatEntry:
    """The format of an address. Raises Http404 for one that is neither registered nor held."""
    found = format_entry(puid="" if puid == UNNAMED else puid)
    if found is None:
        raise Http404
    return found


@roles(Role.ARCHIVIST)
def decide(request: HttpRequest, puid: str) -> HttpResponse:
    """Decide grade, target and reason of a format."""
    entry = _entry(puid)
    initial = {"grade": entry.grade, "target": entry.target, "reason": entry.zh if entry.decided else ""}
    form = FormatForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            decide_format(puid=entry.puid, by=actor_of(request), now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("已决定 %(name)s 的风险和目标。") % {"name": name_of(entry)})
            return redirect(address_of("preservation-format", entry.puid))
        except PlanRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _decide_page(entry, form))


def _decide_page(entry: FormatEntry, form: FormatForm) -> FormPage:
    here = address_of("preservation-format", entry.puid)
    return FormPage(
        title=_("决定：%(name)s") % {"name": name_of(entry)},
        here=HERE,
        back=[Link(_("长期保存"), resolve_url(HERE)), Link(name_of(entry), here), Link(_("决定"))],
        form=form,
        submit=Act(_("作出决定"), kind="primary"),
        cancel=here,
        warning=_("决定是登记的新版本，以您的名义记入账本；从前的决定保留。"),
    )


@roles(Role.ARCHIVIST)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Whose files get copies."""
    return show(request, rules_page())


@roles(Role.ARCHIVIST)
def rule(request: HttpRequest) -> HttpResponse:
    """Set a rule of copies, or take it away."""
    form = RuleForm(request.POST or None, initial=_asked_rule(request))
    if form.is_valid():
        told: dict[str, Any] = dict(form.cleaned_data)
        if "remove" in request.POST:
            told["families"] = None
        try:
            set_copy_rule(by=actor_of(request), now=timezone.now(), **told)
            messages.success(request, _("已设定规范化副本策略，缺的副本在后台制作。"))
            return redirect("preservation-rules")
        except PlanRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _rule_page(form))


def _asked_rule(request: HttpRequest) -> dict[str, Any]:
    scope = {name: text_asked(request, name) for name in ("fonds_code", "classes")}
    rows = (each for each in copy_rules() if {"fonds_code": each.fonds_code, "classes": each.classes} == scope)
    return scope | {"families": next((list(each.families) for each in rows), [])}


def _rule_page(form: RuleForm) -> FormPage:
    return FormPage(
        title=_("设定规范化副本策略"),
        here=HERE,
        back=[Link(_("长期保存"), resolve_url(HERE)), Link(_("规范化副本策略"), resolve_url("preservation-rules"))],
        form=form,
        submit=Act(_("设定策略"), kind="primary"),
        cancel=resolve_url("preservation-rules"),
        more_acts=[Act(_("撤销这条策略"), name="remove", value="yes", kind="danger")],
        warning=_("缺的副本在后台制作，未通过自检的不保留；撤销不删除已有副本。"),
    )


@roles(Role.ARCHIVIST)
@require_safe
def verdicts(request: HttpRequest, which: str) -> HttpResponse:
    """What newer signatures name otherwise."""
    if which not in ("open", "decided"):
        raise Http404
    return show(request, verdicts_page(request, reader_of(request), which))


@roles(Role.ARCHIVIST)
def verdict(request: HttpRequest) -> HttpResponse:
    """Decide about the files of one group of new verdicts."""
    before, after = text_asked(request, "before", longest=60), text_asked(request, "after", longest=60)
    form = VerdictForm(request.POST or None)
    if form.is_valid():
        accept, reason = request.POST.get("accept") == "yes", form.cleaned_data["reason"]
        try:
            order_verdicts(
                before=before, after=after, accept=accept, reason=reason, by=actor_of(request), now=timezone.now()
            )
            messages.success(request, _("已决定，正在后台办理。"))
        except VerdictsRefused:
            messages.info(request, _("这里没有待决定的，或已在办理。"))
        return redirect("preservation-verdicts", "open")
    return show(request, verdict_page(request, reader_of(request), before, after, form))


@roles(Role.ARCHIVIST)
def copies(request: HttpRequest, code: str) -> HttpResponse:
    """The copies of one record, and the button that has them made now."""
    try:
        record = record_by_code(code=code, reader=reader_of(request), act=Doing.READ)
    except NoSuchRecord:
        raise Http404 from None
    except NotForReader as refused:
        raise Refused(refused.decision.reason, advice=refused.decision.remedy) from None
    if request.method != "POST":
        return show(request, copies_page(record))
    ask_copies(record_codes=[record.summary.record_code], by=actor_of(request), now=timezone.now())
    messages.success(request, _("已排队制作规范化副本。"))
    return redirect("preservation-copies", record.summary.record_code)
