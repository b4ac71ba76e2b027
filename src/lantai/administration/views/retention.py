"""Retention tables (保管期限表): list, one version, a new version from a day on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.body_forms import day_typed
from lantai.administration.models import RetentionTable, Role
from lantai.administration.queries.lists import code_choices, codes_in_force
from lantai.administration.queries.people import reader_of
from lantai.administration.rule_forms import RetentionLines, RetentionTableForm, kept_lines
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.foreseeing import foresee_retention_table
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.services.rules import NewRetentionRule, NewRetentionTable, publish_retention_table
from lantai.administration.views.rule_effects import lines_act, retention_effects_table
from lantai.administration.views.showing import (
    DetailPage,
    LinesPage,
    Part,
    is_confirmed,
    lines_asked,
    phase_of,
    plain_table,
    span_words,
)
from lantai.archival.checks.material_text import conditions_text
from lantai.common.components import Act, Cell, Link, Pair, PairGroup, Row, Table
from lantai.common.pages import ListPage, show

HERE = "retention-tables"


@roles(Role.ARCHIVIST)
@require_safe
def retention_tables(request: HttpRequest) -> HttpResponse:
    """List the retention tables with all versions."""
    rows = RetentionTable.objects.select_related("organisation").order_by("key", "-effective_from")
    headings = (_("表号"), _("名称"), _("版本"), _("适用单位"), _("审批文号"), _("有效期"), _("状态"))
    told = _("还没有保管期限表，按规则包中的缺省规则定期限")
    page = ListPage(
        title=_("保管期限表"),
        here=HERE,
        acts=[Act(_("编制保管期限表"), href=resolve_url("retention-table-new"), icon="plus", kind="primary")],
        table=plain_table(_("保管期限表"), headings, [Row(_cells(each)) for each in rows], told, "hourglass"),
    )
    return show(request, page)


def _cells(row: RetentionTable) -> list[Cell]:
    state, words = phase_of(row.effective_from, row.effective_to)
    return [
        Cell(row.key, mono=True),
        Cell(row.name, href=resolve_url("retention-table", row.pk), main=True),
        Cell(row.version),
        Cell(row.organisation.name if row.organisation else _("通用")),
        Cell(row.approval),
        Cell(span_words(row.effective_from, row.effective_to), whole=True),
        Cell(state=state, state_text=words),
    ]


@roles(Role.ARCHIVIST)
@require_safe
def retention_table(request: HttpRequest, table_id: int) -> HttpResponse:
    """Show one version of a retention table with its lines."""
    row = get_object_or_404(RetentionTable.objects.select_related("organisation"), pk=table_id)
    names = {each.code: each.words for each in codes_in_force(key="retention", on=row.effective_from)}
    new = f"{resolve_url('retention-table-new')}?from={row.pk}"
    page = DetailPage(
        title=row.name,
        here=HERE,
        back=[Link(_("保管期限表"), resolve_url(HERE)), Link(f"{row.key}@{row.version}", code=True)],
        facts=phase_of(row.effective_from, row.effective_to)[1],
        groups=[PairGroup(_("登记信息"), _pairs(row, names))],
        parts=[Part(title=_("条目"), table=_lines_table(row, names))],
        bar=[Act(_("编制新版本"), href=new, kind="primary")] if row.effective_to is None else [],
        say=_("各条按顺序适用，期限长的在先；发布后不改，从某日起用新版本。"),
    )
    return show(request, page)


def _pairs(row: RetentionTable, names: dict[str, str]) -> list[Pair]:
    return [
        Pair(_("表号"), row.key, code=True),
        Pair(_("版本"), row.version),
        Pair(_("适用单位"), row.organisation.name if row.organisation else _("通用")),
        Pair(_("审批文号"), row.approval or "—"),
        Pair(_("缺省保管期限"), names.get(row.default_code, row.default_code) or "—"),
        Pair(_("有效期"), span_words(row.effective_from, row.effective_to)),
    ]


def _lines_table(row: RetentionTable, names: dict[str, str]) -> Any:
    rows = [
        Row(
            [
                Cell(each.code, mono=True),
                Cell(each.name, main=True, wide=True),
                Cell(names.get(each.retention, each.retention), code=each.retention),
                Cell(conditions_text(each.conditions)),
                Cell(each.basis),
            ]
        )
        for each in row.rules.order_by("priority")
    ]
    headings = (_("条目号"), _("归档范围"), _("保管期限"), _("条件"), _("依据"))
    return plain_table(_("条目"), headings, rows, _("没有条目"))


@roles(Role.ARCHIVIST)
def retention_table_new(request: HttpRequest) -> HttpResponse:
    """Publish a version of a retention table, beginning from the one the address names."""
    asked = request.GET.get("from", "")
    last = RetentionTable.objects.filter(pk=int(asked)).first() if asked.isascii() and asked.isdecimal() else None
    periods = code_choices(key="retention", on=day_typed(request.POST.get("effective_from", "")))
    form = RetentionTableForm(request.POST or None, initial=_initial(last), periods=periods)
    lines = lines_asked(request, RetentionLines, _held(last), periods=periods)
    effects = None
    if request.method == "POST" and "more" not in request.POST and form.is_valid() & lines.is_valid():
        table = _table_of(form, lines)
        try:
            if is_confirmed(request, form, kept_lines(lines)):
                return _publish(request, table)
            effects = retention_effects_table(foresee_retention_table(table=table, reader=reader_of(request)))
        except ReferenceRefused as refused:
            form.add_error("effective_from", str(refused))
    return show(request, _new_page(form, lines, effects))


def _publish(request: HttpRequest, table: NewRetentionTable) -> HttpResponse:
    made = publish_retention_table(table=table, by=actor_of(request), now=timezone.now())
    messages.success(request, _("已发布；发布规则包后用于检测。"))
    return redirect("retention-table", made.pk)


def _initial(last: RetentionTable | None) -> dict[str, Any]:
    if last is None:
        return {}
    body = last.organisation
    named = ("key", "name", "approval", "default_code")
    return {name: getattr(last, name) for name in named} | {"organisation": body.code if body else ""}


def _held(last: RetentionTable | None) -> list[dict[str, Any]]:
    rules = last.rules.order_by("priority") if last else []
    return [
        {
            "code": each.code,
            "name": each.name,
            "retention": each.retention,
            "when": conditions_text(each.conditions),
            "basis": each.basis,
        }
        for each in rules
    ]


def _table_of(form: RetentionTableForm, lines: Any) -> NewRetentionTable:
    rules = [
        NewRetentionRule(
            code=each.cleaned_data["code"],
            name=each.cleaned_data["name"],
            retention=each.cleaned_data["retention"],
            conditions=each.cleaned_data["when"],
            basis=each.cleaned_data["basis"],
        )
        for each in kept_lines(lines)
    ]
    return NewRetentionTable(rules=rules, **form.cleaned_data)


def _new_page(form: RetentionTableForm, lines: Any, effects: Table | None) -> LinesPage:
    title = _("编制保管期限表")
    return LinesPage(
        title=title,
        here=HERE,
        back=[Link(_("保管期限表"), resolve_url(HERE)), Link(title)],
        form=form,
        lines=lines,
        submit=lines_act(form, lines, effects),
        effects=effects,
        cancel=resolve_url(HERE),
        warning=_("发布后不能修改；前一版到生效日期前一天为止。已定的保管期限不变。"),
    )
