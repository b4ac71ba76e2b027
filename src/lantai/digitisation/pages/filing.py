"""The page on which a batch goes into its records (入库)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, names_of
from lantai.catalog.queries import codes_of_records
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Pair, PairGroup, Row, Step, Table, Tile
from lantai.common.pages import ListPage
from lantai.common.paging import portion_asked
from lantai.common.written import written_moment
from lantai.digitisation.pages.placing import HERE, batch_crumb, language_place
from lantai.digitisation.queries.filing import FiledRow, FilingView, filing_view, list_filed

SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePage(ListPage):
    """One stage of a batch: how far it is, what its records are, what is next. ``refresh`` is asked again meanwhile."""

    template: ClassVar[str] = "digitisation/stage.html"
    steps: Sequence[Step] = ()
    pairs: Sequence[PairGroup] = ()
    next: Sequence[Act] = ()
    consequence: str = ""
    action: str = ""
    refresh: str = ""


def hindrance_words(code: str) -> str:
    """Why a batch cannot be taken over, and what to do."""
    return {
        "not-checked": _("批次还在检查，检查完成后再入库。"),
        "not-linked": _("还有页没有挂接到档案，或有不能读取的文件：挂接须百分之百，请先改正并重新检查。"),
        "broken": _("有损坏、不能读取的页，请补扫后重新检查。"),
        "empty": _("批次里没有挂接到档案的页。"),
        "unread": _("还有页没有识别，识别完成后再验收、入库。"),
        "not-accepted": _("批次还没有验收合格：抽检、给出结论，并由另一人签认之后才能入库。"),
    }.get(code, "")


def filing_page(request: HttpRequest, batch_id: int, reader: Reader, now: datetime) -> StagePage:
    """One batch on its way into its records. Raises NoSuchBatch."""
    view = filing_view(batch_id=batch_id, now=now)
    found = portion_asked(
        request, size=SIZE, read=lambda offset, limit: list_filed(batch_id=batch_id, offset=offset, limit=limit)
    )
    codes = codes_of_records(record_ids=[each.record_id for each in found.lines], reader=reader)
    ready = not view.hindrance and not view.under_way
    return StagePage(
        title=_("入库"),
        here=HERE,
        back=batch_crumb(view.row, Link(_("入库"))),
        facts=view.row.name,
        notices=_notices(view),
        tiles=_tiles(view),
        pairs=[_pairs(view)],
        table=Table(
            label=_("入库的档案"),
            columns=[Column(_("档号")), Column(_("页"), right=True), Column(_("入库"))],
            rows=[_row(each, codes.get(each.record_id, "")) for each in found.lines],
            pager=found.pager,
            empty=Empty(icon="scan", title=_("还没有挂接的档案"), text=_("检查并挂接之后，每件档案列在这里。")),
        ),
        next=[Act(_("继续入库") if view.began_at else _("入库"), icon="archive", kind="primary")] if ready else [],
        consequence=_("原图原样存入档案，另做双层 PDF 供利用，识别文字进入检索；入库后这一批不再改动。"),
        action=reverse("digitising-file", args=[batch_id]),
        refresh=reverse("digitising-filing-progress", args=[batch_id]) if view.under_way else "",
    )


def _notices(view: FilingView) -> list[Notice]:
    if view.filed_at is not None:
        done = _("%(n)s 件档案已有扫描原图和双层 PDF，可以检索、利用。") % {"n": view.done}
        return [Notice("ok", _("这一批已全部入库。"), done)]
    if view.under_way:
        return []
    if view.hindrance:
        return [Notice("warn", _("现在不能入库。"), hindrance_words(view.hindrance))]
    if view.refused:
        return [Notice("bad", _("%(n)s 件未能入库。") % {"n": view.refused}, _("原因列在下面；改正后继续入库。"))]
    return []


def _tiles(view: FilingView) -> list[Tile]:
    whole = _("共 %(n)s 件") % {"n": view.records}
    tiles = [Tile(_("已入库"), str(view.done), unit=_("件"), more=whole)]
    if view.refused:
        tiles.append(Tile(_("未能入库"), str(view.refused), unit=_("件"), hot=True))
    return tiles


def _pairs(view: FilingView) -> PairGroup:
    names = names_of(references={view.by} - {""})
    return PairGroup(
        _("入库"),
        [
            Pair(_("开始时间"), written_moment(view.began_at) if view.began_at else "—"),
            Pair(_("办理人"), names.get(view.by, view.by) or "—"),
            Pair(_("完成时间"), written_moment(view.filed_at) if view.filed_at else "—"),
        ],
    )


def _row(each: FiledRow, record_code: str) -> Row:
    state, words = "waiting", _("等待")
    if each.filed_at is not None:
        state, words = "done", written_moment(each.filed_at)
    elif each.problem is not None:
        state, words = "failed", _("未能入库")
    return Row(
        [
            Cell(
                each.code,
                href=reverse("record", args=[record_code]) if record_code else "",
                more=each.problem[language_place()] if each.problem else "",
                main=True,
                mono=True,
                wide=True,
            ),
            Cell(str(each.pages), right=True),
            Cell(state=state, state_text=words),
        ],
        name=each.code,
    )
