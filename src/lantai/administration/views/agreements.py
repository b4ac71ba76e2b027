"""Agreements (移交协议): list, one agreement, sign, replace from a day on, end."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.body_forms import AgreementForm, EndForm
from lantai.administration.models import AccessionPolicy, Agreement, Role, ServiceItem
from lantai.administration.queries.profiles import profiles_on
from lantai.administration.services.agreements import NewAgreement, end_agreement, replace_agreement, sign_agreement
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.views.showing import (
    DetailPage,
    EffectPage,
    confirm_act,
    effects_table,
    is_confirmed,
    phase_of,
    preview_act,
    span_words,
)
from lantai.common.components import Act, Cell, Column, Empty, Link, Pair, PairGroup, Row, Table
from lantai.common.pages import FormPage, ListPage, show
from lantai.common.paging import portion_asked, text_asked

PAGE = 50
HERE = "agreements"
MEGABYTE = 1024 * 1024


def _profile_choices() -> list[tuple[str, str]]:
    english = not (get_language() or "zh").startswith("zh")
    return [(code, each.name_en if english else each.name) for code, each in profiles_on().items()]


@roles(Role.ARCHIVIST)
@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """List the agreements, of one body when the address says so."""
    body = text_asked(request, "organisation")
    rows = Agreement.objects.select_related("organisation", "fonds").order_by("organisation__code", "-valid_from", "pk")
    rows = rows.filter(organisation__code=body) if body else rows
    found = portion_asked(
        request, size=PAGE, read=lambda offset, limit: (list(rows[offset : offset + limit]), rows.count())
    )
    page = ListPage(
        title=_("移交协议"),
        here=HERE,
        acts=[Act(_("签订协议"), href=resolve_url("agreement-new"), icon="plus", kind="primary")],
        table=_table(found.lines, found.pager),
    )
    return show(request, page)


def _table(rows: Any, pager: Any) -> Table:
    headings = (_("协议编号"), _("移交单位"), _("全宗"), _("包方案"), _("接收方式"), _("有效期"), _("状态"))
    return Table(
        label=_("移交协议"),
        columns=[Column(each) for each in headings],
        rows=[Row(_cells(each), key=str(each.pk), name=each.number) for each in rows],
        pager=pager,
        empty=Empty("certificate", _("还没有移交协议"), _("单位移交档案之前，先与其签订协议。")),
    )


def _cells(row: Agreement) -> list[Cell]:
    state, words = phase_of(row.valid_from, row.valid_to)
    return [
        Cell(row.number, href=resolve_url("agreement", row.pk), main=True),
        Cell(row.organisation.name, href=resolve_url("organisation", row.organisation.code)),
        Cell(row.fonds.code, mono=True),
        Cell(row.profile, mono=True),
        Cell(str(row.get_policy_display())),
        Cell(span_words(row.valid_from, row.valid_to), whole=True),
        Cell(state=state, state_text=words),
    ]


@roles(Role.ARCHIVIST)
@require_safe
def agreement(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """Show one agreement."""
    row = get_object_or_404(Agreement.objects.select_related("organisation", "fonds"), pk=agreement_id)
    over = row.valid_to is not None and row.valid_to < timezone.localdate()
    page = DetailPage(
        title=row.number,
        here=HERE,
        back=[Link(_("移交协议"), resolve_url(HERE)), Link(row.number)],
        facts=phase_of(row.valid_from, row.valid_to)[1],
        groups=[PairGroup(_("协议内容"), _pairs(row)), PairGroup(_("约定期限和上限"), _limits(row))],
        bar=[] if over else _bar(row),
        say=_("协议签订后不改：新的约定从某日起以新协议取代。"),
    )
    return show(request, page)


def _pairs(row: Agreement) -> list[Pair]:
    return [
        Pair(_("移交单位"), row.organisation.name, href=resolve_url("organisation", row.organisation.code)),
        Pair(_("全宗"), f"{row.fonds.code} {row.fonds.name}", href=resolve_url("fonds", row.fonds.code)),
        Pair(_("包方案"), row.profile, code=True),
        Pair(_("接收方式"), str(row.get_policy_display())),
        Pair(_("约定事项"), "、".join(row.items) or _("不限")),
        Pair(_("约定格式"), "、".join(row.formats) or _("不限")),
        Pair(_("有效期"), span_words(row.valid_from, row.valid_to)),
    ]


def _limits(row: Agreement) -> list[Pair]:
    held, days = row.limits, _("%(number)d 日")
    size = held.get("bytes", 0)
    return [
        Pair(_("移交期限"), days % {"number": held["handover_days"]} if "handover_days" in held else _("不限")),
        Pair(_("补正期限"), days % {"number": held["correction_days"]} if "correction_days" in held else _("不限")),
        Pair(_("每包文件数上限"), str(held.get("files", "")) or _("不限")),
        Pair(_("每包大小上限"), f"{size // MEGABYTE} MB" if size >= MEGABYTE else f"{size} B" if size else _("不限")),
    ]


def _bar(row: Agreement) -> list[Act]:
    return [
        Act(_("终止协议"), href=resolve_url("agreement-end", row.pk)),
        Act(_("以新协议取代"), href=resolve_url("agreement-replace", row.pk), kind="primary"),
    ]


@roles(Role.ARCHIVIST)
def agreement_new(request: HttpRequest) -> HttpResponse:
    """Sign an agreement, after a look at what it means."""
    form = AgreementForm(request.POST or None, profiles=_profile_choices())
    if form.is_valid() and is_confirmed(request, form):
        try:
            made = sign_agreement(agreement=_agreement_of(form), by=actor_of(request), now=timezone.now())
            messages.success(request, _("已签订协议 %(number)s。") % {"number": made.number})
            return redirect("agreement", made.pk)
        except ReferenceRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _form_page(form, _("签订协议"), None))


@roles(Role.ARCHIVIST)
def agreement_replace(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """Put a new agreement in the place of this one from a day on."""
    row = get_object_or_404(Agreement.objects.select_related("organisation", "fonds"), pk=agreement_id)
    form = AgreementForm(request.POST or None, initial=_initial(row), profiles=_profile_choices())
    if form.is_valid() and is_confirmed(request, form):
        try:
            new, why = _agreement_of(form), _("以新协议取代")
            made = replace_agreement(
                number=row.number, agreement=new, by=actor_of(request), now=timezone.now(), reason=why
            )
            messages.success(request, _("已签订协议 %(number)s。") % {"number": made.number})
            return redirect("agreement", made.pk)
        except ReferenceRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _form_page(form, _("以新协议取代"), row))


def _agreement_of(form: AgreementForm) -> NewAgreement:
    data = form.cleaned_data
    named = ("number", "organisation", "fonds", "profile", "policy", "items", "formats", "valid_from", "valid_to")
    return NewAgreement(**{name: data[name] for name in named}, limits=form.limits())


def _initial(row: Agreement) -> dict[str, Any]:
    held = row.limits
    return {
        "organisation": row.organisation.code,
        "fonds": row.fonds.code,
        "profile": row.profile,
        "policy": row.policy,
        "items": "\n".join(row.items),
        "formats": ", ".join(row.formats),
        "correction_days": held.get("correction_days"),
        "handover_days": held.get("handover_days"),
        "largest_files": held.get("files"),
        "largest_bytes": (held.get("bytes") or 0) // MEGABYTE or None,
    }


def _form_page(form: AgreementForm, title: str, row: Agreement | None) -> EffectPage:
    ready = form.is_bound and not form.errors
    back = [Link(row.number, resolve_url("agreement", row.pk))] if row else []
    return EffectPage(
        title=title,
        here=HERE,
        back=[Link(_("移交协议"), resolve_url(HERE)), *back, Link(title)],
        form=form,
        submit=confirm_act(form, _("确认签订")) if ready else preview_act(),
        cancel=resolve_url("agreement", row.pk) if row else resolve_url(HERE),
        warning=_("签订后不能修改，只能取代或终止。"),
        two_columns=True,
        effects=effects_table(_effects(form, row)) if ready else None,
    )


def _effects(form: AgreementForm, row: Agreement | None) -> list[tuple[str, str, str]]:
    data = form.cleaned_data
    automatic = data["policy"] == AccessionPolicy.AUTOMATIC
    lines = [
        (
            _("检测合格的移交包"),
            data["organisation"],
            _("自动接收进馆，不经档案员逐件决定") if automatic else _("等待档案员决定"),
        )
    ]
    if row is not None:
        day = data["valid_from"].isoformat()
        lines.append((_("原协议"), row.number, _("到 %(day)s 的前一天终止") % {"day": day}))
    known = set(ServiceItem.objects.filter(code__in=data["items"]).values_list("code", flat=True))
    strange = [each for each in data["items"] if each not in known]
    if strange:
        lines.append(
            (_("未登记的事项编码"), "、".join(strange[:20]), _("可以签订；这些事项的办件在登记前按缺省规则检测"))
        )
    if data["items"]:
        told = _("其他事项的办件检测不通过")
        lines.append((_("约定事项"), _("%(number)d 个") % {"number": len(data["items"])}, told))
    days = data["correction_days"]
    told = _("退回后 %(days)d 日内重新移交，逾期提醒") % {"days": days} if days else _("退回后不限期")
    return [*lines, (_("补正"), data["organisation"], told)]


@roles(Role.ARCHIVIST)
def agreement_end(request: HttpRequest, agreement_id: int) -> HttpResponse:
    """End an agreement with a last day."""
    row = get_object_or_404(Agreement, pk=agreement_id)
    form = EndForm(request.POST or None)
    if form.is_valid():
        try:
            end_agreement(number=row.number, by=actor_of(request), now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("已终止协议 %(number)s。") % {"number": row.number})
            return redirect("agreement", row.pk)
        except ReferenceRefused as refused:
            form.add_error("last_day", str(refused))
    return show(request, _ending(row, form))


def _ending(row: Agreement, form: EndForm) -> FormPage:
    title = _("终止协议")
    return FormPage(
        title=title,
        here=HERE,
        back=[Link(_("移交协议"), resolve_url(HERE)), Link(row.number, resolve_url("agreement", row.pk)), Link(title)],
        form=form,
        submit=Act(title, kind="danger"),
        cancel=resolve_url("agreement", row.pk),
        warning=_("终止日期之后移交的包不再有协议依据，须由档案员决定是否接收。"),
    )
