"""The classification scheme (分类方案) on a day, its versions, and a change of it with what it does told before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from lantai.administration.queries import ClassScheme, class_scheme
from lantai.administration.queries.catalogue import items_in_class
from lantai.administration.queries.classes import ClassView, SchemeChangeView, scheme_changes
from lantai.administration.queries.lists import code_choices
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.people_access import Actor
from lantai.administration.services.schemes import (
    ClassChange,
    change_class_scheme,
    faults_of_class_change,
    withdraw_class_change,
)
from lantai.catalog.arranging.forms import ClassChangeForm
from lantai.catalog.arranging.words import class_words
from lantai.catalog.queries.code_rules import class_use
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Row, Table
from lantai.common.pages import FormPage, Page
from lantai.common.written import written_day


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassesPage(Page):
    """The classes on a day, all changes of the scheme, and the last one that can still be withdrawn."""

    template: ClassVar[str] = "catalog/arranging/classes.html"
    day: str
    classes: Table
    versions: Table
    notices: Sequence[Notice] = ()
    last: int = 0
    withdraw: Act | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassChangePage(FormPage):
    """A change of the scheme with what it does, once that was asked for."""

    template: ClassVar[str] = "catalog/arranging/class_change.html"
    effects: Table | None = None
    confirm: Act | None = None


def classes_page(request: HttpRequest) -> ClassesPage:
    """The scheme as it is on the day that is asked for, today when none is."""
    day, changes = _day_asked(request), scheme_changes()
    scheme = class_scheme()
    standing = [each for each in changes if each.state != "withdrawn"]
    last = standing[0] if standing and standing[0].state == "waiting" else None
    told = {"day": written_day(day), "number": len({each.day for each in standing if each.day <= day}) + 1}
    return ClassesPage(
        title=_("分类方案"),
        here="arrangement",
        back=[Link(_("全宗与分类"), reverse("arrangement")), Link(_("分类方案"))],
        facts=_("%(day)s 的方案（第 %(number)s 版）") % told,
        acts=[Act(_("修改分类方案"), href=reverse("arrangement-class-change"), kind="primary")],
        day=day.isoformat(),
        classes=_classes_table(scheme.on(day)),
        versions=_versions_table(changes),
        notices=_to_come(standing),
        last=last.id if last else 0,
        withdraw=Act(_("撤回最后一项变更"), kind="danger") if last else None,
    )


def _day_asked(request: HttpRequest) -> date:
    try:
        return parse_date(request.GET.get("day", "")) or timezone.localdate()
    except ValueError:
        return timezone.localdate()


def _to_come(changes: Sequence[SchemeChangeView]) -> list[Notice]:
    waiting = [each for each in changes if each.state == "waiting"]
    if not waiting:
        return []
    first = min(each.day for each in waiting)
    told = {"day": written_day(first), "number": len(waiting)}
    act = Act(_("看那一天的方案"), href=f"?day={first.isoformat()}")
    return [Notice("info", _("%(day)s 起有 %(number)s 项变更待生效。") % told, "", act)]


def _classes_table(classes: Mapping[str, ClassView]) -> Table:
    rows = [
        Row(
            [
                Cell(path, mono=True, main=True),
                Cell(class_words(path, classes), wide=True),
                Cell(each.item_type, mono=True),
                Cell(written_day(each.since) if each.since else _("一直在用")),
                Cell(written_day(each.until) if each.until else "", more=each.successor),
            ]
        )
        for path, each in classes.items()
    ]
    headings = (_("类别"), _("名称"), _("事项类型"), _("启用"), _("用到"))
    return Table(
        label=_("类别"),
        columns=[Column(each) for each in headings],
        rows=rows,
        empty=Empty(icon="sitemap", title=_("还没有类别"), text=_("用“修改分类方案”增加第一个类别。")),
        keyed=False,
    )


def _versions_table(changes: Sequence[SchemeChangeView]) -> Table:
    states = {
        "waiting": ("waiting", _("待生效")),
        "in-force": ("active", _("已生效")),
        "withdrawn": ("inactive", _("已撤回")),
    }
    rows = [
        Row(
            [
                Cell(written_day(each.day), href=f"?day={each.day.isoformat()}", main=True, whole=True),
                Cell(each.act_label, whole=True),
                Cell(each.path, mono=True, whole=True, more=each.name or each.successor),
                Cell(each.basis, more=each.withdrawn_reason),
                Cell(state=states[each.state][0], state_text=states[each.state][1]),
            ]
        )
        for each in changes
    ]
    headings = (_("生效日期"), _("变更"), _("类别"), _("依据"), _("状态"))
    return Table(
        label=_("历次变更"),
        columns=[Column(each) for each in headings],
        rows=rows,
        empty=Empty(icon="sitemap", title=_("方案没有变更过"), text=_("现有类别一直在用。")),
        keyed=False,
    )


def withdraw(request: HttpRequest, by: Actor) -> HttpResponse:
    """Withdraw the change that was last entered, with the reason that was given."""
    number, reason = request.POST.get("change", ""), request.POST.get("reason", "").strip()[:200]
    if not reason:
        messages.error(request, _("撤回须写明理由。"))
        return redirect("arrangement-classes")
    try:
        known = int(number) if number.isascii() and number.isdecimal() else 0
        withdraw_class_change(number=known, reason=reason, by=by, now=timezone.now())
        messages.success(request, _("已撤回，这项变更不会生效。"))
    except ReferenceRefused as refused:
        messages.error(request, str(refused))
    return redirect("arrangement-classes")


def change(request: HttpRequest, by: Actor) -> tuple[ClassChangePage, HttpResponse | None]:
    """The form of a change; previewed with what it does, or done when that was shown."""
    scheme = class_scheme()
    form = _form(request, scheme)
    page = _change_page(form)
    if not form.is_valid():
        return page, None
    wanted, day = _wanted(form.cleaned_data), form.cleaned_data["day"]
    faults = faults_of_class_change(change=wanted, day=day)
    for fault in faults:
        form.add_error(None, fault)
    if faults:
        return page, None
    if request.POST.get("act_now") == _mark(form):
        return _done(request, form, wanted, page, by)
    effects = _effects(wanted, day, scheme)
    words = _("自 %(day)s 起生效") % {"day": written_day(day)}
    confirm = Act(words, kind="primary", name="act_now", value=_mark(form))
    return replace(page, effects=effects, confirm=confirm, submit=Act(_("预览效果"), icon="eye")), None


def _done(
    request: HttpRequest, form: ClassChangeForm, wanted: ClassChange, page: ClassChangePage, by: Actor
) -> tuple[ClassChangePage, HttpResponse | None]:
    day = form.cleaned_data["day"]
    try:
        change_class_scheme(change=wanted, day=day, basis=form.cleaned_data["basis"], by=by, now=timezone.now())
    except ReferenceRefused as fault:
        form.add_error(None, str(fault))
        return page, None
    messages.success(request, _("分类方案已有新版本；已有档案的类别和档号不变。"))
    return page, redirect(f"{reverse('arrangement-classes')}?day={day.isoformat()}")


def _form(request: HttpRequest, scheme: ClassScheme) -> ClassChangeForm:
    known = scheme.known
    classes = [(path, f"{path} {class_words(path, known)}") for path in known]
    posted = request.POST if request.method == "POST" else None
    initial = {"day": timezone.localdate(), "path": request.GET.get("path", "")}
    return ClassChangeForm(posted, classes=classes, item_types=code_choices(key="item-type"), initial=initial)


def _change_page(form: ClassChangeForm) -> ClassChangePage:
    title = _("修改分类方案")
    return ClassChangePage(
        title=title,
        here="arrangement",
        back=[
            Link(_("全宗与分类"), reverse("arrangement")),
            Link(_("分类方案"), reverse("arrangement-classes")),
            Link(title),
        ],
        form=form,
        submit=Act(_("预览效果"), icon="eye", kind="primary"),
        cancel=reverse("arrangement-classes"),
        warning=_("先预览效果；已有档案的类别和档号不变，只有生效日期起形成的档案按新方案。"),
        two_columns=True,
    )


def _wanted(given: Mapping[str, Any]) -> ClassChange:
    """The change that the form describes."""
    act, path = given["act"], given["path"]
    if act == "added":
        path = "·".join(filter(None, (path, given["code"])))
    if act == "closed":
        return ClassChange(act, path, successor=given["successor"])
    return ClassChange(act, path, given["name"], given["name_en"], given["item_type"])


def _mark(form: ClassChangeForm) -> str:
    """The values that were shown, so that other ones are shown again first."""
    return "|".join(str(form.cleaned_data[name]) for name in sorted(form.cleaned_data))


def _effects(wanted: ClassChange, day: date, scheme: ClassScheme) -> Table:
    """What the change does, line by line."""
    since, path = written_day(day), wanted.path
    lines: list[tuple[str, str, str]] = []
    if wanted.act == "added":
        lines.append((_("新类别"), f"{path} {wanted.name}", _("%(day)s 起形成的档案可以归入") % {"day": since}))
        said = _("没有指明类别的事项，%(day)s 起按类型归入") % {"day": since}
        lines += [(_("事项类型"), wanted.item_type, said)] if wanted.item_type else []
    else:
        every, late = class_use(path=path, since=day)
        items = items_in_class(path=path)
        if wanted.act == "renamed":
            held = scheme.on(day)[path].name
            lines.append((_("名称"), f"{held} → {wanted.name}", _("以前的档案仍用当时的名称")))
        else:
            goes = wanted.successor or path.rpartition("·")[0] or "—"
            lines.append((_("停用"), path, _("%(day)s 起形成的档案归入 %(path)s") % {"day": since, "path": goes}))
            moved = _("%(day)s 起的办件归入 %(path)s；可在事项页另行指定") % {"day": since, "path": goes}
            lines += [(_("事项"), _("%(number)d 个") % {"number": items}, moved)] if items else []
        lines.append((_("已有档案"), f"{every:,}", _("类别和档号不变")))
        if late and wanted.act == "closed":
            lines.append((_("其中生效日期起形成的"), f"{late:,}", _("不变；需要时另行移动")))
    return Table(
        label=_("将产生的影响"),
        columns=[Column(_("对象")), Column(_("涉及")), Column(_("处理"))],
        rows=[
            Row([Cell(what, main=True), Cell(which, wide=True), Cell(then, wide=True)]) for what, which, then in lines
        ],
        keyed=False,
    )
