"""What is to be done with the chosen records: the form, its effect told before, and the outcome after (rule 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django.forms import BaseForm, Form
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries import ClassView, class_scheme
from lantai.catalog.arranging.forms import MoveForm, NumberForm, VoidForm, VolumeForm
from lantai.catalog.arranging.words import class_words, refusal
from lantai.catalog.queries.arranging import ArrangementView
from lantai.catalog.queries.effects import (
    Effect,
    longest_retention,
    members_of,
    move_effects,
    numbering_effects,
    void_effects,
)
from lantai.catalog.services.moving import PlaceRefused, destination_of
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Row, Tab, Table
from lantai.common.pages import FormPage, ListPage
from lantai.common.written import written_retention

SHOWN = 100
KINDS = ("move", "volume", "number", "void")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage(FormPage):
    """The form of an act with its effect: ``refused`` and ``table`` are lists, ``confirm`` the button that does it."""

    template: ClassVar[str] = "catalog/arranging/plan.html"
    number: int
    tabs: Sequence[Tab] = ()
    table: Table | None = None
    refused: Table | None = None
    confirm: Act | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomePage(ListPage):
    """An arrangement that was ordered: how far it is, and what could not be done."""


def plan_form(plan: ArrangementView, kind: str, posted: Any = None) -> Form:
    """The form of an act on a draft, as posted or as it was last told."""
    target = plan.target if plan.kind == kind else {}
    if kind == "number":
        return NumberForm(posted, initial={"order": target.get("order", "chosen")})
    if kind == "void":
        return VoidForm(posted, initial={"reason": plan.reason if plan.kind == kind else ""})
    classes = _class_choices(_classes_of(plan))
    if kind == "volume":
        first = members_of(ids=plan.members[:1])
        usual = {
            "title": "",
            "year": first[0].year if first else timezone.localdate().year,
            "classes": "·".join(filter(None, (first[0].category_code, first[0].class_code))) if first else "",
        }
        return VolumeForm(posted, classes=classes, initial=usual | target | {"reason": plan.reason})
    return MoveForm(posted, classes=classes, initial=target | {"reason": plan.reason})


def _classes_of(plan: ArrangementView) -> list[ClassView]:
    """The classes in force on the own date of at least one of the chosen records, by the name of the latest date."""
    scheme, found = class_scheme(), dict[str, ClassView]()
    for day in sorted({each.formed_on for each in members_of(ids=plan.members)}):
        found |= scheme.on(day)
    return [found[path] for path in sorted(found)]


def _class_choices(classes: Sequence[ClassView]) -> list[tuple[str, str]]:
    known = {each.path: each for each in classes}
    return [(each.path, f"{each.path} {class_words(each.path, known)}") for each in classes]


def plan_page(
    request: HttpRequest, plan: ArrangementView, kind: str, form: BaseForm, back: str
) -> PlanPage | OutcomePage:
    """The page of a draft, with what will happen where that is known; of one that was ordered, the outcome."""
    if plan.state != "draft":
        return outcome_page(plan)
    n = len(plan.members)
    titles = {"move": _("移动"), "volume": _("组成案卷"), "number": _("编号"), "void": _("作废档号")}
    told = plan.kind == kind and not form.errors
    effects, problem = _effects(plan) if told else ([], "")
    going = [each for each in effects if not each.refused]
    refused = [each for each in effects if each.refused]
    notices = [Notice("bad", _("不能办理。"), problem)] if problem else []
    if told and not problem:
        notices += _notices(plan, kind, going, refused)
    return PlanPage(
        title=titles[kind],
        here="arrangement",
        back=[Link(_("全宗与分类"), reverse("arrangement")), Link(titles[kind])],
        facts=ngettext("已选 %(n)s 件", "已选 %(n)s 件", n) % {"n": f"{n:,}"},
        form=form,
        number=plan.id,
        action=f"{reverse('arrangement-plan', args=[plan.id])}?kind={kind}",
        cancel=back,
        tabs=[]
        if kind == "void"
        else [
            Tab(titles[each], f"{reverse('arrangement-plan', args=[plan.id])}?kind={each}", here=each == kind)
            for each in ("move", "volume", "number")
        ],
        notices=notices,
        submit=Act(_("预览效果"), icon="eye", kind="" if going else "primary", name="act", value="preview"),
        warning=_warning(kind, going) if going else _("先预览效果，再确认办理。"),
        table=_effects_table(going, kind) if told and not problem else None,
        refused=_refused_table(refused) if refused else None,
        confirm=_confirm(kind, len(going), len(refused)) if going else None,
    )


def _effects(plan: ArrangementView) -> tuple[list[Effect], str]:
    """What the draft will do, or why it cannot be done at all."""
    try:
        if plan.kind == "number":
            rows = members_of(ids=plan.members)
            return numbering_effects(rows=rows, on=timezone.localdate()), ""
        rows = members_of(ids=plan.members)
        if plan.kind == "void":
            return void_effects(rows=rows), ""
        if plan.kind == "volume":
            return _volume_effects(plan, rows)
        return move_effects(rows=rows, to=destination_of(target=plan.target)), ""
    except PlaceRefused as why:
        return [], refusal(why.key)


def _volume_effects(plan: ArrangementView, rows: Sequence[Any]) -> tuple[list[Effect], str]:
    """A volume that is not there yet takes what its first member's fonds and body allow."""
    first = rows[0]
    to = destination_of(target={"fonds": first.fonds_code, "classes": plan.target["classes"]})
    found = []
    for row, effect in zip(rows, move_effects(rows=rows, to=to), strict=True):
        refused = effect.refused if effect.refused != "already-there" else ""
        if row.level == "volume":
            refused = "volume-in-volume"
        elif row.organisation_id != first.organisation_id:
            refused = refused or "other-body"
        found.append(replace(effect, refused=refused))
    return found, ""


def _notices(plan: ArrangementView, kind: str, going: Sequence[Effect], refused: Sequence[Effect]) -> list[Notice]:
    notices = []
    if kind == "volume" and going:
        rows = members_of(ids=[each.id for each in going])
        period = written_retention(longest_retention([each.retention for each in rows]))
        notices.append(Notice("info", _("新案卷的保管期限取卷内最长者：%(period)s。") % {"period": period}))
    frozen = sum(each.frozen for each in going)
    if frozen and plan.target.get("renumber"):
        said = ngettext("将换发 %(n)s 个新档号。", "将换发 %(n)s 个新档号。", frozen) % {"n": f"{frozen:,}"}
        notices.append(Notice("warn", said, _("旧档号注明理由，仍可查到，不再给别的档案。")))
    elif frozen:
        said = ngettext("%(n)s 个档号与新位置不符，保持不变。", "%(n)s 个档号与新位置不符，保持不变。", frozen) % {
            "n": f"{frozen:,}"
        }
        notices.append(Notice("warn", said, _("档号给定后不变；需要一致时，可勾选换发新档号后再预览。")))
    if refused:
        said = ngettext("%(n)s 件不能办理。", "%(n)s 件不能办理。", len(refused)) % {"n": f"{len(refused):,}"}
        notices.append(Notice("warn", said, _("原因见下表；其余照常办理。")))
    return notices


def _warning(kind: str, going: Sequence[Effect]) -> str:
    n = {"n": f"{len(going):,}"}
    match kind:
        case "number":
            return _("将给出 %(n)s 个档号；给定后不变。同时有人编号时，号码会顺延。") % n
        case "void":
            return _("将作废 %(n)s 个档号，不能恢复；档案可以重新编号，凭旧档号仍可查到。") % n
        case "volume":
            return _("将新立一卷并放入 %(n)s 件；档号不变，可以再移出。") % n
    return _("将移动 %(n)s 件，逐件记入账本；档号不变，可以再移回。") % n


def _confirm(kind: str, going: int, refused: int) -> Act:
    n = {"n": f"{going:,}", "refused": f"{refused:,}"}
    words = {
        "move": _("移动 %(n)s 件"),
        "volume": _("组卷 %(n)s 件"),
        "number": _("编号 %(n)s 件"),
        "void": _("作废 %(n)s 个档号"),
    }[kind] % n
    if refused:
        words += _("，%(refused)s 件不办") % n
    kinds: dict[str, Any] = {"void": "danger"}
    return Act(words, kind=kinds.get(kind, "primary"), name="act", value="confirm")


def _effects_table(effects: Sequence[Effect], kind: str) -> Table:
    rest = len(effects) - SHOWN
    fate = {"number": _("新档号"), "void": _("档号")}.get(kind, _("档号"))
    rows = [
        Row(
            [
                Cell(each.title, main=True, wide=True, code=each.record_code),
                Cell(each.code or each.archive_code or _("无档号"), mono=True, whole=True),
                Cell(_fate(each, kind), whole=True),
            ]
        )
        for each in effects[:SHOWN]
    ]
    if rest > 0:
        more = ngettext("另有 %(n)s 件，同样办理", "另有 %(n)s 件，同样办理", rest) % {"n": f"{rest:,}"}
        last = effects[-1]
        rows.append(Row([Cell(more, main=True), Cell(last.code, mono=True), Cell("")]))
    return Table(
        label=_("效果"),
        columns=[Column(_("档案")), Column(fate), Column(_("办理后"))],
        rows=rows,
        empty=Empty(icon="circle-minus", title=_("没有可以办理的档案"), text=_("所选档案都不符合条件，原因见下表。")),
        keyed=False,
    )


def _fate(effect: Effect, kind: str) -> str:
    if kind == "number":
        return _("给予新档号")
    if kind == "void":
        return _("档号作废，档案待重新编号")
    return _("位置改变，档号与位置不符") if effect.frozen else _("位置改变，档号不变")


def _refused_table(effects: Sequence[Effect]) -> Table:
    rows = [
        Row(
            [
                Cell(each.title, main=True, wide=True, code=each.archive_code or each.record_code),
                Cell(refusal(each.refused, each.values), wide=True),
            ]
        )
        for each in effects[:SHOWN]
    ]
    rest = len(effects) - SHOWN
    if rest > 0:
        rows.append(Row([Cell(_("另有 %(n)s 件") % {"n": f"{rest:,}"}, main=True), Cell("")]))
    return Table(label=_("不能办理"), columns=[Column(_("档案")), Column(_("原因"))], rows=rows, keyed=False)


def outcome_page(plan: ArrangementView) -> OutcomePage:
    """An arrangement after its order: the job while it runs, then what was done and what was not."""
    titles = {"move": _("移动"), "volume": _("组成案卷"), "number": _("编号"), "void": _("作废档号")}
    n = {"n": f"{plan.changed:,}", "failed": f"{len(plan.failures):,}", "all": f"{len(plan.members):,}"}
    if plan.state != "done":
        job = Act(_("看进度"), href=reverse("job", args=[plan.task_id]), icon="activity") if plan.task_id else None
        notice = Notice("info", _("正在后台办理，共 %(all)s 件。") % n, _("可以离开本页；办完会通知您。"), job)
    elif plan.failures:
        notice = Notice("warn", _("完成但有异常：办成 %(n)s 件，%(failed)s 件未办。") % n)
    else:
        notice = Notice("ok", _("已办成 %(n)s 件。") % n)
    acts = [Act(_("回到全宗与分类"), href=reverse("arrangement"), icon="arrow-left")]
    if plan.kind in ("move", "volume") and plan.target.get("volume"):
        acts.append(
            Act(_("打开案卷"), href=reverse("arrangement-volume", args=[plan.target["volume"]]), kind="primary")
        )
    return OutcomePage(
        title=titles.get(plan.kind, _("整理")),
        here="arrangement",
        back=[Link(_("全宗与分类"), reverse("arrangement")), Link(titles.get(plan.kind, _("整理")))],
        acts=acts,
        notices=[notice],
        table=Table(
            label=_("未办成"),
            columns=[Column(_("档案")), Column(_("原因"))],
            rows=[
                Row(
                    [
                        Cell(str(each["title"]), code=str(each["code"]), main=True, wide=True),
                        Cell(refusal(str(each["key"]), each["values"]), wide=True),
                    ]
                )
                for each in plan.failures[:SHOWN]
            ],
            empty=Empty(icon="circle-check", title=_("没有未办成的"), text=_("未办成的档案和原因会列在这里。")),
            keyed=False,
        ),
    )
