"""The pages of acceptance (验收): beginning a round, the records drawn, one record inspected, the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import names_of
from lantai.common.components import Act, Cell, Column, Link, Notice, Pair, PairGroup, Row, Step, Table, Tile
from lantai.common.pages import FormPage, Page
from lantai.common.written import written_moment
from lantai.digitisation.acceptance_forms import BeginForm, InspectForm, fault_words
from lantai.digitisation.models import AcceptanceState
from lantai.digitisation.pages.filing import StagePage, hindrance_words
from lantai.digitisation.pages.placing import HERE, LARGE, batch_crumb
from lantai.digitisation.queries.acceptance import AcceptanceView, DrawnPage, DrawnView, RoundView

STATES = {AcceptanceState.OPEN: "running", AcceptanceState.CONCLUDED: "todo", AcceptanceState.SIGNED: "done"}


@dataclass(frozen=True, slots=True)
class InspectedPage:
    """One page of the record under inspection: its picture and what was read on it."""

    title: str
    image: str
    alt: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectPage(Page):
    """One drawn record: all its pages with their text, and what is said of it."""

    template: ClassVar[str] = "digitisation/inspect.html"
    pages: Sequence[InspectedPage]
    form: InspectForm
    submit: Act
    cancel: str
    warning: str
    notices: Sequence[Notice] = ()


def refusal_words(code: str) -> str:
    """Why a step of an acceptance was not made, and what to do."""
    return {
        "rates": _("比例须在 0 到 100 之间。"),
        "open": _("这一批已有进行中或合格的验收。"),
        "closed": _("这一次验收已有结论，不能再改。"),
        "faults": _("没有这种问题。"),
        "unfinished": _("还有抽检件没有检查。"),
        "not-reviewed": _("识别率要在抽检件上实测：请先把抽检件的每一页校对完。"),
        "same-person": _("须由验收人以外的人签认。"),
        "filed": _("这一批已经入库。"),
    }.get(code) or hindrance_words(code)


def begin_page(view: AcceptanceView, form: BeginForm, problem: str = "") -> FormPage:
    """Begin a round: how many are drawn and what must be reached."""
    notices = [Notice("bad", _("没有开始验收。"), problem)] if problem else []
    if view.newest is not None and view.newest.shortfalls:
        notices.append(Notice("warn", _("上一次验收不合格。"), _shortfalls(view.newest)))
    if view.hindrance:
        notices.append(Notice("warn", _("现在不能验收。"), refusal_words(view.hindrance)))
    return FormPage(
        title=_("验收"),
        here=HERE,
        back=batch_crumb(view.row, Link(_("验收"))),
        facts=view.row.name,
        form=form,
        action=reverse("digitising-acceptance", args=[view.row.id]),
        submit=Act(
            _("抽取样本并开始"),
            kind="primary",
            icon="checklist",
            reason=refusal_words(view.hindrance) if view.hindrance else "",
        ),
        cancel=reverse("digitising-batch", args=[view.row.id]),
        notices=notices,
        warning=_("共 %(n)s 件，按随机种子抽取；种子、样本和每件的结论都记入账本。") % {"n": view.records},
    )


def round_page(view: AcceptanceView, now: RoundView, reference: str) -> StagePage:
    """A round under way or ended. *reference* is who looks: the one who concluded cannot sign."""
    batch = view.row.id
    page = StagePage(
        title=_("验收"),
        here=HERE,
        back=batch_crumb(view.row, Link(_("验收"))),
        facts=f"{view.row.name} · {_('第 %(n)s 次') % {'n': now.number}}",
        acts=_acts(batch, now),
        notices=_notices(now, reference),
        steps=_steps(now),
        tiles=_tiles(now),
        pairs=[_pairs(now)],
        table=_table(batch, now),
    )
    if now.state == AcceptanceState.OPEN and now.next_drawn is None:
        return replace(
            page,
            next=[Act(_("给出结论"), kind="primary", icon="gavel")],
            consequence=_("按要求的比例得出合格或不合格；之后由另一人签认。"),
            action=reverse("digitising-conclude", args=[batch]),
        )
    if now.state == AcceptanceState.CONCLUDED and reference != now.concluded_by:
        return replace(
            page,
            next=[Act(_("签认"), kind="primary", icon="signature")],
            consequence=_("签认后结论生效：合格的可以入库，不合格的退回处理。"),
            action=reverse("digitising-sign", args=[batch]),
        )
    if now.accepted:
        return replace(
            page, acts=[*page.acts, Act(_("入库"), href=reverse("digitising-filing", args=[batch]), kind="primary")]
        )
    return page


def inspect_page(
    view: AcceptanceView, drawn: DrawnView, pages: Sequence[DrawnPage], form: InspectForm, problem: str = ""
) -> InspectPage:
    """One drawn record with its pages."""
    batch = view.row.id
    here = reverse("digitising-acceptance", args=[batch])
    return InspectPage(
        title=drawn.code,
        here=HERE,
        back=batch_crumb(view.row, Link(_("验收"), here), Link(drawn.code, code=True)),
        facts=_("%(n)s 页") % {"n": drawn.pages},
        pages=[
            InspectedPage(
                _("第 %(n)s 页") % {"n": each.number},
                reverse("digitising-image", args=[batch, each.id, LARGE]),
                f"{drawn.code} · {each.number}",
                each.lines,
            )
            for each in pages
        ],
        form=form,
        submit=Act(_("记下并看下一件"), kind="primary", icon="check"),
        cancel=here,
        warning=_("不勾任何问题就是合格。"),
        notices=[Notice("bad", _("没有记下。"), problem)] if problem else [],
    )


def _acts(batch: int, now: RoundView) -> list[Act]:
    acts = []
    if now.state == AcceptanceState.OPEN and now.next_drawn is not None:
        to = reverse("digitising-inspect", args=[batch, now.next_drawn])
        acts.append(Act(_("检查下一件"), href=to, kind="primary", icon="eye"))
    if now.state != AcceptanceState.OPEN:
        report = reverse("digitising-report", args=[batch, now.number])
        acts.append(Act(_("验收报告"), href=report, icon="download", download=True))
    if now.state == AcceptanceState.SIGNED and now.shortfalls:
        acts.append(Act(_("再次验收"), href=f"{reverse('digitising-acceptance', args=[batch])}?again=1"))
    return acts


def _notices(now: RoundView, reference: str) -> list[Notice]:
    if now.state == AcceptanceState.OPEN:
        return []
    tone, words = ("bad", _("不合格。")) if now.shortfalls else ("ok", _("合格。"))
    told = _shortfalls(now) if now.shortfalls else _("各项都达到要求。")
    notices = [Notice(tone, words, told)]  # type: ignore[arg-type]
    if now.state == AcceptanceState.CONCLUDED and reference == now.concluded_by:
        notices.append(Notice("info", _("等待签认。"), refusal_words("same-person")))
    return notices


def _shortfalls(now: RoundView) -> str:
    words = {
        "passing": _("抽检合格率 %(is)s%%，要求 %(must)s%%"),
        "linked": _("挂接率 %(is)s%%，要求 %(must)s%%"),
        "read": _("识别率 %(is)s%%，要求 %(must)s%%"),
    }
    found = {"passing": now.found.passing, "linked": now.found.linking, "read": now.found.reading}
    wanted = {"passing": now.passing, "linked": now.linked, "read": now.read}
    said = [words[each] % {"is": f"{found[each]:.2f}", "must": f"{wanted[each]:g}"} for each in now.shortfalls]
    return f"{_('；').join(said)}{_('。')}"


def _steps(now: RoundView) -> list[Step]:
    done = {AcceptanceState.OPEN: 0, AcceptanceState.CONCLUDED: 1, AcceptanceState.SIGNED: 2}[
        AcceptanceState(now.state)
    ]
    names = (_("抽检"), _("结论"), _("签认"))
    states = ["done" if at < done or done == 2 else "now" if at == done else "" for at in range(3)]
    return [Step(name, state) for name, state in zip(names, states, strict=True)]  # type: ignore[arg-type]


def _tiles(now: RoundView) -> list[Tile]:
    looked = sum(each.passed is not None for each in now.drawn)
    tiles = [
        Tile(_("已检查"), str(looked), unit=_("件"), more=_("抽出 %(n)s 件") % {"n": len(now.drawn)}),
        Tile(_("不合格"), str(looked - now.found.passed), unit=_("件"), hot=looked > now.found.passed),
    ]
    if now.state != AcceptanceState.OPEN:
        tiles.append(Tile(_("挂接率"), f"{now.found.linking:.2f}", unit="%"))
        if now.read:
            more = _("%(n)s 字，错 %(wrong)s") % {"n": now.found.characters, "wrong": now.found.errors}
            tiles.append(Tile(_("识别率"), f"{now.found.reading:.2f}", unit="%", more=more))
    return tiles


def _pairs(now: RoundView) -> PairGroup:
    names = names_of(references={now.begun_by, now.concluded_by, now.signed_by} - {""})
    return PairGroup(
        _("验收"),
        [
            Pair(
                _("抽检"), _("%(population)s 件的 %(rate)s%%") % {"population": now.population, "rate": f"{now.rate:g}"}
            ),
            Pair(_("随机种子"), now.seed, code=True, copy=True),
            Pair(_("合格率要求"), f"{now.passing:g}%"),
            Pair(_("识别率要求"), f"{now.read:g}%" if now.read else _("不测")),
            Pair(_("开始"), written_moment(now.begun_at), note=names.get(now.begun_by, now.begun_by)),
            Pair(
                _("结论"),
                written_moment(now.concluded_at) if now.concluded_at else "—",
                note=names.get(now.concluded_by, now.concluded_by),
            ),
            Pair(
                _("签认"),
                written_moment(now.signed_at) if now.signed_at else "—",
                note=names.get(now.signed_by, now.signed_by),
            ),
        ],
    )


def _table(batch: int, now: RoundView) -> Table:
    open_one = now.state == AcceptanceState.OPEN
    return Table(
        label=_("抽检件"),
        columns=[Column(_("档号")), Column(_("页"), right=True), Column(_("结果"))],
        rows=[
            Row(
                [
                    Cell(
                        each.code,
                        href=reverse("digitising-inspect", args=[batch, each.id]) if open_one else "",
                        more=_("、").join([*map(fault_words, each.faults), *([each.note] if each.note else [])]),
                        main=True,
                        mono=True,
                        wide=True,
                    ),
                    Cell(str(each.pages), right=True),
                    Cell(state={None: "unexamined", True: "pass", False: "fail"}[each.passed]),
                ],
                name=each.code,
            )
            for each in now.drawn
        ],
    )
