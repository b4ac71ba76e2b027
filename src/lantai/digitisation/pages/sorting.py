"""The page of how documents are told apart: versions, how often each was right, which is in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import names_of
from lantai.archival.imaging.sorting import kind_words
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Row, Table, Tile
from lantai.common.pages import ListPage
from lantai.common.written import written_moment
from lantai.digitisation.pages.placing import HERE, language_place
from lantai.digitisation.queries.sorting import SortingView, VersionRow, sorting_view
from lantai.digitisation.services.sorting import LEAST_PAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class SortingPage(ListPage):
    """Versions and kinds; ``teach`` is the button that has a new version taught."""

    template: ClassVar[str] = "digitisation/sorting.html"
    kinds: Table
    teach: Act
    teach_at: str
    choose_at: str
    consequence: str
    more: Sequence[Notice] = ()


def sorting_page() -> SortingPage:
    """How documents are told apart (文件分类)."""
    view = sorting_view()
    few = view.decided < LEAST_PAGES
    return SortingPage(
        title=_("文件分类"),
        here=HERE,
        back=[Link(_("数字化与识别"), reverse("digitising")), Link(_("文件分类"))],
        facts=_("先看标题，再看用词；拿不准的归为“未识别”。人改定的种类用来训练新版本。"),
        tiles=_tiles(view),
        table=_versions(view),
        kinds=_kinds(view),
        teach=Act(
            _("用改定的种类训练"),
            kind="primary",
            icon="school",
            reason=_("至少要有 %(n)s 页由人改定种类。") % {"n": LEAST_PAGES} if few else "",
        ),
        teach_at=reverse("digitising-sorting-teach"),
        choose_at=reverse("digitising-sorting-choose"),
        consequence=_("新版本在最近改定、它没有学过的页上不如现用版本时，不会启用。已有的种类不变。"),
    )


def _tiles(view: SortingView) -> list[Tile]:
    in_use = view.in_use
    unknown = sum(pages for kind, pages in view.kinds if not kind)
    tiles = [
        Tile(_("现用版本"), str(in_use.number) if in_use else _("出厂")),
        Tile(_("由人改定"), str(view.decided), unit=_("页"), more=_("其中 %(n)s 页还没有学过") % {"n": view.fresh}),
        Tile(_("未识别"), str(unknown), unit=_("页")),
    ]
    if in_use and in_use.tested:
        tiles.insert(1, Tile(_("最近改定页上的准确率"), _share(in_use), more=_counts(in_use)))
    return tiles


def _versions(view: SortingView) -> Table:
    names = names_of(references={each.by for each in view.versions})
    columns = [
        Column(_("版本"), sort="descending"),
        Column(_("准确率")),
        Column(_("当时的现用版本")),
        Column(_("学过的页"), right=True),
        Column(_("训练人")),
        Column(_("训练时间")),
        Column(_("办理"), hidden=True),
    ]
    rows = [
        Row(
            [
                Cell(str(each.number), main=True),
                Cell(_share(each) if each.tested else "—", more=_counts(each) if each.tested else ""),
                Cell(f"{100 * each.right_before / each.tested:.1f}%" if each.tested else "—"),
                Cell(str(each.pages), right=True, more=_("%(n)s 种") % {"n": each.kinds}),
                Cell(names.get(each.by, each.by)),
                Cell(written_moment(each.at), whole=True),
                _choosing(str(each.number), here=each.active),
            ],
            name=str(each.number),
        )
        for each in view.versions
    ]
    if view.versions:
        shipped = _choosing("0", here=view.in_use is None)
        rows.append(Row([Cell(_("出厂"), main=True), *[Cell("")] * 5, shipped], name=_("出厂")))
    return Table(
        label=_("版本"),
        columns=columns,
        rows=rows,
        empty=Empty(
            icon="school", title=_("还没有训练过"), text=_("现在用的是出厂的版本。校对时改定文件种类，积累之后再训练。")
        ),
    )


def _choosing(number: str, *, here: bool) -> Cell:
    if here:
        return Cell(_("现用"), tone="muted")
    return Cell(acts=[Act(_("改用这个版本"), name="version", value=number, icon="arrow-back-up")])


def _kinds(view: SortingView) -> Table:
    place = language_place()
    return Table(
        label=_("各种文件"),
        columns=[Column(_("文件种类")), Column(_("页数"), right=True)],
        rows=[
            Row([Cell(kind_words(kind)[place] if kind else _("未识别"), main=True), Cell(str(pages), right=True)])
            for kind, pages in view.kinds
        ],
        empty=Empty(icon="scan", title=_("还没有识别过的页"), text=_("批次识别之后，各种文件的页数列在这里。")),
    )


def _share(each: VersionRow) -> str:
    return f"{100 * each.right / each.tested:.1f}%"


def _counts(each: VersionRow) -> str:
    return _("%(tested)s 页中对 %(right)s 页") % {"tested": each.tested, "right": each.right}
