"""Bodies and how they change over time: list, one body, register, correct, change with a look at what follows."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.body_forms import ChangeBodyForm, CorrectBodyForm, FindBodiesForm, NewBodyForm
from lantai.administration.models import DatedKind, Organisation, Role
from lantai.administration.queries.dated_changes import waiting_of_bodies
from lantai.administration.queries.succession import (
    BodyRow,
    ChangeView,
    changes_of,
    list_bodies,
    touched_by_ending,
)
from lantai.administration.services.bodies import NewOrganisation, change_organisation, register_organisations
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.services.successions import (
    BodyChange,
    faults_of_change,
    plan_body_change,
    record_body_change,
)
from lantai.administration.views.dated_changes import waiting_act, waiting_notices
from lantai.administration.views.showing import (
    DetailPage,
    EffectPage,
    Part,
    confirm_act,
    effects_table,
    is_confirmed,
    plain_table,
    preview_act,
    span_words,
)
from lantai.common.components import Act, Cell, Column, Empty, Event, Link, Pair, PairGroup, Row, Table
from lantai.common.pages import FormPage, ListPage, show
from lantai.common.paging import portion_asked

PAGE = 50
HERE = "organisations"


@roles(Role.ARCHIVIST, Role.SYSTEM)
@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """List the bodies."""
    form, today = FindBodiesForm(request.GET), timezone.localdate()
    asked = form.cleaned_data if form.is_valid() else {}
    found = portion_asked(
        request, size=PAGE, read=lambda offset, limit: list_bodies(**asked, on=today, offset=offset, limit=limit)
    )
    return show(request, _bodies_page(form, _table(found.lines, found.pager)))


def _bodies_page(form: FindBodiesForm, table: Table) -> ListPage:
    return ListPage(
        title=_("组织机构"),
        here=HERE,
        acts=[
            *waiting_act(DatedKind.BODY),
            Act(_("登记机构"), href=resolve_url("organisation-new"), icon="plus", kind="primary"),
        ],
        form=form,
        reset=resolve_url(HERE),
        table=table,
    )


def _table(rows: Any, pager: Any) -> Table:
    today = timezone.localdate()
    headings = (_("代码"), _("名称"), _("类型"), _("信用代码"), _("上级"), _("存续"), _("全宗"), _("状态"))
    return Table(
        label=_("组织机构"),
        columns=[Column(each) for each in headings],
        rows=[Row(_cells(each, today), key=each.code, name=each.name) for each in rows],
        pager=pager,
        empty=Empty("building", _("没有符合条件的机构"), _("换一个条件，或登记新的机构。")),
    )


def _state_cell(row: BodyRow, today: date) -> Cell:
    """Whether a body stands today, and from when a change of it holds."""
    if row.active_from is not None and row.active_from > today:
        return Cell(state="waiting", state_text=_("%(day)s 成立") % {"day": row.active_from})
    stands = row.active_to is None or row.active_to >= today
    words = _("现行") if stands else _("已撤销")
    if row.waiting is not None:
        return Cell(state="waiting", state_text=_("%(state)s，%(day)s 起变更") % {"state": words, "day": row.waiting})
    return Cell(state="active" if stands else "inactive", state_text=words)


def _cells(row: BodyRow, today: date) -> list[Cell]:
    return [
        Cell(row.code, href=resolve_url("organisation", row.code), mono=True),
        Cell(row.name, main=True),
        Cell(row.kind_label),
        Cell(row.credit_code, mono=True),
        Cell(row.parent),
        Cell(span_words(row.active_from, row.active_to), whole=True),
        Cell(str(row.fonds) if row.fonds else ""),
        _state_cell(row, today),
    ]


@roles(Role.ARCHIVIST, Role.SYSTEM)
@require_safe
def organisation(request: HttpRequest, code: str) -> HttpResponse:
    """Show one body with its parts, its fonds and its history."""
    row = get_object_or_404(Organisation.objects.select_related("parent"), code=code)
    stands = row.active_to is None or row.active_to >= timezone.localdate()
    to_come = waiting_of_bodies(codes=[code]).get(code, [])
    page = DetailPage(
        title=row.name,
        here=HERE,
        back=[Link(_("组织机构"), resolve_url(HERE)), Link(row.code, code=True)],
        groups=[PairGroup(_("登记信息"), _pairs(row))],
        parts=_parts(row),
        notices=waiting_notices(to_come),
        bar=_bar(row) if stands else [],
        say=_("更名、合并、分立、撤销登记为机构变更；更正只改登记错误。"),
    )
    return show(request, page)


def _pairs(row: Organisation) -> list[Pair]:
    above = row.parent
    return [
        Pair(_("机构代码"), row.code, code=True),
        Pair(_("统一社会信用代码"), row.credit_code or "—", code=bool(row.credit_code)),
        Pair(_("类型"), str(row.get_kind_display())),
        Pair(_("行政区划代码"), row.region_code or "—", code=bool(row.region_code)),
        Pair(_("上级"), above.name if above else "—", href=resolve_url("organisation", above.code) if above else ""),
        Pair(_("存续"), span_words(row.active_from, row.active_to)),
    ]


def _bar(row: Organisation) -> list[Act]:
    return [
        Act(_("更正登记"), href=resolve_url("organisation-correct", row.code)),
        Act(_("登记变更"), href=resolve_url("organisation-change", row.code), kind="primary"),
    ]


def _parts(row: Organisation) -> list[Part]:
    parts = [Part(title=_("机构沿革"), events=[_event(each) for each in changes_of(organisation=row)])]
    fonds = [
        Row([Cell(each.code, mono=True, main=True), Cell(each.name), Cell(span_words(each.begins_on, each.ends_on))])
        for each in row.fonds.order_by("code")
    ]
    below = [
        Row([Cell(each.code, href=resolve_url("organisation", each.code), mono=True, main=True), Cell(each.name)])
        for each in row.parts.order_by("code")[:200]
    ]
    parts.append(
        Part(title=_("全宗"), table=plain_table(_("全宗"), (_("全宗号"), _("名称"), _("起止")), fonds, _("没有全宗")))
    )
    if below:
        parts.append(Part(title=_("下属机构"), table=plain_table(_("下属机构"), (_("代码"), _("名称")), below)))
    return [each for each in parts if each.table or each.events]


def _event(change: ChangeView) -> Event:
    names = [" + ".join(name for _code, name in side) or _("（无）") for side in (change.before, change.after)]
    followed = [
        _("全宗 %(code)s 由%(heir)s继续") % {"code": code, "heir": heir}
        if heir
        else _("全宗 %(code)s 截止") % {"code": code}
        for code, _name, heir in change.fonds
    ]
    detail = "；".join([f"{names[0]} → {names[1]}", *followed, *([change.note] if change.note else [])])
    return Event(change.kind_label, at=change.day.isoformat(), by=change.basis, detail=detail, stands="now")


@roles(Role.ARCHIVIST, Role.SYSTEM)
def organisation_new(request: HttpRequest) -> HttpResponse:
    """Register a body."""
    form = NewBodyForm(request.POST or None)
    if form.is_valid():
        try:
            new = NewOrganisation(**form.cleaned_data)
            register_organisations(organisations=[new], by=actor_of(request), now=timezone.now())
            messages.success(request, _("已登记%(name)s。") % {"name": new.name})
            return redirect("organisation", new.code)
        except ReferenceRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _form_page(form, _("登记机构"), resolve_url(HERE), two=True))


def _form_page(form: Any, title: str, back: str, *, two: bool = False, warning: str = "") -> FormPage:
    return FormPage(
        title=title,
        here=HERE,
        back=[Link(_("组织机构"), resolve_url(HERE)), Link(title)],
        form=form,
        submit=Act(title, kind="primary"),
        cancel=back,
        warning=warning,
        two_columns=two,
    )


@roles(Role.ARCHIVIST, Role.SYSTEM)
def organisation_correct(request: HttpRequest, code: str) -> HttpResponse:
    """Correct what was registered wrongly."""
    row = get_object_or_404(Organisation, code=code)
    held = {"name": row.name, "credit_code": row.credit_code, "region_code": row.region_code}
    form = CorrectBodyForm(request.POST or None, initial=held)
    if form.is_valid():
        try:
            change_organisation(code=code, by=actor_of(request), now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("已更正。"))
            return redirect("organisation", code)
        except ReferenceRefused as refused:
            form.add_error(None, str(refused))
    warning = _("只改登记时的错误；机构更名请登记变更，旧名称才会保留。")
    return show(request, _form_page(form, _("更正登记"), resolve_url("organisation", code), warning=warning))


@roles(Role.ARCHIVIST, Role.SYSTEM)
def organisation_change(request: HttpRequest, code: str) -> HttpResponse:
    """Change a body, after a look at what follows."""
    row = get_object_or_404(Organisation, code=code)
    form = ChangeBodyForm(request.POST or None, own=code)
    if not form.is_valid():
        return show(request, _change_page(form, row))
    change = _change_of(form, code)
    for fault in faults_of_change(change=change):
        form.add_error(None, fault)
    if form.errors or not is_confirmed(request, form):
        return show(request, _change_page(form, row, None if form.errors else change))
    waits = change.day > timezone.localdate()
    (plan_body_change if waits else record_body_change)(change=change, by=actor_of(request), now=timezone.now())
    messages.success(request, _("已登记，到生效日期自动生效。") if waits else _("已登记机构变更。"))
    return redirect("organisation", code)


def _change_of(form: ChangeBodyForm, code: str) -> BodyChange:
    data = form.cleaned_data
    new = None
    if data["new_code"]:
        own = Organisation.objects.get(code=code)
        new = NewOrganisation(
            code=data["new_code"],
            name=data["new_name"],
            credit_code=data["new_credit_code"],
            region_code=own.region_code,
            kind=own.kind,
            active_from=data["day"],
        )
    return BodyChange(
        kind=data["kind"],
        day=data["day"],
        basis=data["basis"],
        before=[code, *data["others"]],
        after=data["after"],
        new=new,
        heir=data["heir"],
        note=data["note"],
    )


def _change_page(form: ChangeBodyForm, row: Organisation, change: BodyChange | None = None) -> EffectPage:
    title = _("登记变更")
    waits = change is not None and change.day > timezone.localdate()
    final = _("到生效日期自动生效；之前可以撤回。") if waits else _("登记后不能撤回；如有错误，须再登记一次变更。")
    return EffectPage(
        title=title,
        here=HERE,
        back=[
            Link(_("组织机构"), resolve_url(HERE)),
            Link(row.name, resolve_url("organisation", row.code)),
            Link(title),
        ],
        form=form,
        submit=confirm_act(form, _("确认登记变更"), danger=True) if change else preview_act(),
        cancel=resolve_url("organisation", row.code),
        warning=final if change else _("先预览影响，再确认。"),
        two_columns=True,
        effects=effects_table(_effects(change)) if change else None,
    )


def _effects(change: BodyChange) -> list[tuple[str, str, str]]:
    after = [*change.after, *([change.new.code] if change.new else [])]
    ending = [code for code in change.before if code not in after]
    touched = touched_by_ending(codes=ending, day=change.day)
    goes = _("由 %(code)s 继续") % {"code": change.heir} if change.heir else _("到前一天截止，不再接收新档案")
    lines = [
        (_("撤销的机构"), "、".join(ending) or "—", _("存续到 %(day)s 的前一天") % {"day": change.day.isoformat()})
    ]
    if change.new:
        lines.append((_("新登记的机构"), f"{change.new.code} {change.new.name}", _("自生效日期起存续")))
    counted = (
        (_("全宗"), "、".join(touched.fonds), goes),
        (_("移交协议"), "、".join(touched.agreements), _("到前一天终止；须与承接机构另行签订")),
        (_("接口凭据"), _count(touched.credentials), _("随原机构停用；须向承接机构另行发放")),
        (_("账号"), _count(touched.accounts), _("不变；由安全保密管理员重新授予单位")),
        (_("事项"), _count(touched.items), goes if change.heir else _("不变")),
    )
    return lines + [(what, which, then) for what, which, then in counted if which]


def _count(number: int) -> str:
    return _("%(number)d 个") % {"number": number} if number else ""
