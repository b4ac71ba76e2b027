"""Changes that hold from a day on (待生效的变更): those that wait, one of them, and withdrawing or taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.item_forms import WithdrawForm
from lantai.administration.models import DatedKind, Role
from lantai.administration.models.history import ChangeKind
from lantai.administration.queries.dated_changes import (
    DatedChangeView,
    NoSuchChange,
    count_waiting,
    dated_change,
    waiting_changes,
)
from lantai.administration.queries.people import names_of
from lantai.administration.services.dated_changes import withdraw_change
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.item_details import undo_item_change
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.views.showing import day_words, moment_words, plain_table
from lantai.common.components import Act, Cell, Link, Notice, Pair, PairGroup, Row, Table
from lantai.common.pages import ListPage, Page, show

LISTED = {DatedKind.BODY.value: "organisations", DatedKind.ITEM.value: "service-items"}
PLACES = {DatedKind.BODY.value: "organisation", DatedKind.ITEM.value: "service-item"}
HEADINGS = ("name", "type", "organisation", "record_class", "promised_days", "ended_on")


def kinds_of(role: str) -> tuple[str, ...]:
    """The kinds of changes that people of a role see: items are the archivists', bodies the system administrator's
    too."""
    return (DatedKind.BODY.value, DatedKind.ITEM.value) if role == Role.ARCHIVIST else (DatedKind.BODY.value,)


def field_name(name: str) -> str:
    """What a field of an item is called."""
    names = {
        "name": _("事项名称"),
        "type": _("事项类型"),
        "organisation": _("实施机构"),
        "record_class": _("归入类别"),
        "promised_days": _("承诺时限"),
        "ended_on": _("停办日期"),
    }
    return names[name]


def state_cell(row: DatedChangeView) -> Cell:
    """The state of a change, with its day while it waits."""
    states = {
        "waiting": ("waiting", _("%(day)s 待生效") % {"day": row.day.isoformat()}),
        "hindered": ("failed", _("未能生效")),
        "in-force": ("active", _("已生效")),
        "withdrawn": ("inactive", _("已撤回")),
    }
    state, words = states[row.state]
    return Cell(state=state, state_text=words)


def change_words(row: DatedChangeView) -> str:
    """What a change does, in one line."""
    content = row.content
    if row.kind == DatedKind.BODY:
        new = [content["new"]["name"]] if content.get("new") else []
        names = " + ".join(content["before"]), " + ".join([*content["after"], *new]) or _("（无）")
        return f"{ChangeKind(content['kind']).label}{_('：')}{names[0]} → {names[1]}"
    known = {name: row.before.get(name) for name in content}
    pieces = [
        f"{field_name(name)}{_('：')}{said_of(known[name])} → {said_of(content[name])}"
        if row.state == "in-force"
        else f"{field_name(name)}{_('：')}{said_of(content[name])}"
        for name in HEADINGS
        if name in content
    ]
    return _("；").join(pieces)


def said_of(value: Any) -> str:
    """A value of an item as pages show it; a dash for none."""
    return "—" if value in ("", None) else str(value)


def waiting_act(kind: str) -> list[Act]:
    """The way from a list to what of its kind is still to come, with how many; none when nothing is."""
    many = count_waiting(kind=kind)
    told = _("待生效的变更（%(number)d）") % {"number": many}
    return [Act(told, href=resolve_url("dated-changes"), icon="hourglass")] if many else []


def waiting_notices(changes: list[DatedChangeView]) -> list[Notice]:
    """What of a body or item is still to come, or was kept back on its day."""
    notices = []
    for each in sorted(changes, key=lambda one: one.day):
        act = Act(_("查看"), href=resolve_url("dated-change", each.id))
        if each.state == "waiting":
            notices.append(
                Notice("info", _("%(day)s 待生效：") % {"day": each.day.isoformat()}, change_words(each), act)
            )
        elif each.state == "hindered":
            notices.append(Notice("bad", _("到期未能生效："), each.trouble, act))
    return notices


@roles(Role.ARCHIVIST, Role.SYSTEM)
@require_safe
def dated_changes(request: HttpRequest) -> HttpResponse:
    """List the changes that are not in force yet, the next first."""
    rows = waiting_changes(kinds=kinds_of(actor_of(request).role))
    facts = _("登记在先、到日生效的机构和事项变更；生效之前可以撤回。")
    page = ListPage(title=_("待生效的变更"), here="organisations", facts=facts, table=_table(rows))
    return show(request, page)


def _table(rows: Sequence[DatedChangeView]) -> Table:
    cells = [
        Row(
            [
                Cell(each.name, href=resolve_url("dated-change", each.id), code=each.subject, main=True),
                Cell(str(DatedKind(each.kind).label)),
                Cell(change_words(each), wide=True),
                Cell(each.basis),
                state_cell(each),
            ]
        )
        for each in rows
    ]
    headings = (_("机构或事项"), _("类型"), _("变更"), _("依据"), _("状态"))
    return plain_table(_("待生效的变更"), headings, cells, _("没有待生效的变更"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage(Page):
    """One change, with the form to withdraw it or the button to take it back while that can be done."""

    template: ClassVar[str] = "administration/dated_change.html"
    groups: Sequence[PairGroup]
    cancel: str
    notices: Sequence[Notice] = ()
    table: Table | None = None
    form: BaseForm | None = None
    submit: Act | None = None
    warning: str = ""


@roles(Role.ARCHIVIST, Role.SYSTEM)
def one_dated_change(request: HttpRequest, number: int) -> HttpResponse:
    """Show one change; withdraw it before its day, or take one of an item back."""
    row = _found(request, number)
    form = WithdrawForm(request.POST or None) if row.state in ("waiting", "hindered") else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            return _act(request, row, form)
        except ReferenceRefused as refused:
            messages.error(request, str(refused))
            return redirect("dated-change", number)
    return show(request, _page(row, form))


def _found(request: HttpRequest, number: int) -> DatedChangeView:
    try:
        row = dated_change(number=number)
    except NoSuchChange as unknown:
        raise Http404 from unknown
    if row.kind not in kinds_of(actor_of(request).role):
        raise Http404
    return row


def _act(request: HttpRequest, row: DatedChangeView, form: BaseForm | None) -> HttpResponse:
    by, now = actor_of(request), timezone.now()
    if isinstance(form, WithdrawForm):
        withdraw_change(number=row.id, reason=form.cleaned_data["reason"], by=by, now=now)
        messages.success(request, _("已撤回，这项变更不会生效。"))
        return redirect(PLACES[row.kind], row.subject)
    made = undo_item_change(number=row.id, valid_from=timezone.localdate(now), by=by, now=now)
    messages.success(request, _("已撤销，撤销本身是一项新的变更。"))
    return redirect("dated-change", made.pk)


def _page(row: DatedChangeView, form: BaseForm | None) -> ChangePage:
    undo = row.state == "in-force" and row.kind == DatedKind.ITEM
    act = Act(_("撤回变更"), kind="danger") if form is not None else None
    place = resolve_url(PLACES[row.kind], row.subject)
    return ChangePage(
        title=_("变更：%(name)s") % {"name": row.name},
        here=LISTED[row.kind],
        back=[
            Link(_("待生效的变更"), resolve_url("dated-changes")),
            Link(row.name, place),
            Link(day_words(row.day)),
        ],
        notices=_notices(row),
        groups=[PairGroup(_("变更"), _pairs(row))],
        table=_fields_table(row) if row.kind == DatedKind.ITEM else None,
        form=form,
        submit=Act(_("撤销这项变更"), name="act", value="undo") if undo else act,
        cancel=place,
        warning=_consequence(row) if undo or form is not None else "",
    )


def _consequence(row: DatedChangeView) -> str:
    if row.state == "in-force":
        return _("撤销是一次新的变更：从今天起，各项改回变更前的值。")
    return _("撤回后这项变更不会生效；登记和撤回都留在历史里。")


def _notices(row: DatedChangeView) -> list[Notice]:
    if row.state == "hindered":
        return [Notice("bad", _("到期未能生效。"), row.trouble)]
    if row.state == "waiting":
        told = {"day": row.day.isoformat()}
        return [Notice("info", _("%(day)s 待生效。") % told, _("到这一天自动生效；之前各处仍按现在的登记。"))]
    return []


def _pairs(row: DatedChangeView) -> list[Pair]:
    names = names_of(references={row.recorded_by, row.withdrawn_by} - {""})
    said = state_cell(row).state_text
    pairs = [
        Pair(_("变更"), change_words(row)),
        Pair(_("生效日期"), day_words(row.day)),
        Pair(_("状态"), str(said)),
        Pair(_("依据"), row.basis),
        Pair(_("登记"), moment_words(row.recorded_at), note=names.get(row.recorded_by, row.recorded_by)),
    ]
    if row.withdrawn_at is not None:
        who = names.get(row.withdrawn_by, row.withdrawn_by)
        pairs.append(Pair(_("撤回"), moment_words(row.withdrawn_at), note=f"{who} · {row.withdrawn_reason}"))
    return pairs


def _fields_table(row: DatedChangeView) -> Table:
    """The fields that change; what they were before is known once the change came into force."""
    known = row.state == "in-force"
    rows = [
        Row(
            [
                Cell(field_name(name), main=True),
                *([Cell(said_of(row.before.get(name)), wide=True)] if known else []),
                Cell(said_of(row.content[name]), wide=True),
            ]
        )
        for name in HEADINGS
        if name in row.content
    ]
    headings = (_("项目"), *([_("变更前")] if known else []), _("变更后"))
    return plain_table(_("改动的项目"), headings, rows)
