"""The pages of the format register: what is held by format and risk, one format, whose files get copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries import list_classes
from lantai.administration.queries.people import Reader, names_of
from lantai.common.components import (
    Act,
    Cell,
    Column,
    Empty,
    Event,
    Link,
    Notice,
    Pair,
    PairGroup,
    Row,
    Tab,
    Table,
    Tile,
)
from lantai.common.pages import ListPage, Page
from lantai.common.paging import portion_asked, text_asked
from lantai.common.written import written_day, written_moment, written_size
from lantai.preservation.queries import (
    BOUND,
    FormatLine,
    RuleView,
    copy_rules,
    decisions_about,
    format_lines,
    places_of_format,
    records_behind,
    register_number,
    undecided_count,
    unplanned_formats,
)
from lantai.preservation.register import COPIED, FAMILIES, GRADES, TARGETS, WISHES, FormatEntry, shipped_edition

HERE = "preservation"
UNNAMED = "-"
SIZE = 50
GRADE_STATES = {"low": "pass", "medium": "warning", "high": "fail", "unjudged": "unexamined"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatPage(Page):
    """One format: what the register says of it, where it is held, what was decided when."""

    template: ClassVar[str] = "preservation/format.html"
    groups: Sequence[PairGroup]
    places: Table
    decisions: Sequence[Event]
    notices: Sequence[Notice] = ()
    bar: Sequence[Act] = ()
    say: str = ""


def address_of(name: str, puid: str) -> str:
    """The address *name* of a format."""
    return reverse(name, args=[puid or UNNAMED])


def name_of(entry: FormatEntry) -> str:
    """How a format is called."""
    return entry.name or _("未能识别的文件")


def tabs(here: str, undecided: int) -> list[Tab]:
    """The parts of preservation."""
    return [
        Tab(_("格式登记"), reverse("preservation"), here=here == "formats"),
        Tab(_("规范化副本策略"), reverse("preservation-rules"), here=here == "rules"),
        Tab(
            _("识别结果变化"),
            reverse("preservation-verdicts", args=["open"]),
            here=here == "verdicts",
            count=undecided or None,
        ),
    ]


def formats_page(reader: Reader) -> ListPage:
    """Every format held, the riskiest first, with its plan and what has a copy."""
    lines, unplanned, undecided = format_lines(reader=reader), unplanned_formats(), undecided_count()
    number = register_number()
    version = _("登记第 %(n)s 版") % {"n": number} if number else _("随附登记")
    return ListPage(
        title=_("长期保存"),
        here=HERE,
        facts=_("%(version)s，基于 %(edition)s") % {"version": version, "edition": shipped_edition()},
        tabs=tabs("formats", undecided),
        tiles=_tiles(lines, unplanned),
        notices=list(_notices(lines, unplanned)),
        table=Table(
            label=_("格式登记"),
            columns=[
                Column(_("格式")),
                Column(_("风险等级")),
                Column(_("目标格式")),
                Column(_("档案"), right=True),
                Column(_("文件"), right=True),
                Column(_("大小"), right=True),
                Column(_("规范化副本")),
            ],
            rows=[Row(_line_cells(each, unplanned)) for each in lines],
            empty=Empty("shield-check", _("还没有档案"), _("档案进馆后按格式和风险计数，通常几秒内。")),
            keyed=False,
        ),
    )


def _tiles(lines: Sequence[FormatLine], unplanned: Mapping[str, str]) -> list[Tile]:
    risk = [each for each in lines if each.entry.at_risk]
    copied, refused = sum(each.copied for each in lines), sum(each.refused for each in lines)
    lost = [each for each in lines if each.entry.puid in unplanned]
    return [
        Tile(_("格式"), f"{len(lines):,}", _("种")),
        Tile(_("文件"), f"{sum(each.files for each in lines):,}", _("个")),
        Tile(
            _("有风险"),
            f"{sum(each.files for each in risk):,}",
            _("个"),
            ngettext("%(n)s 种格式", "%(n)s 种格式", len(risk)) % {"n": len(risk)},
        ),
        Tile(
            _("没有计划"),
            f"{sum(each.files for each in lost):,}",
            _("个"),
            ngettext("%(n)s 种格式", "%(n)s 种格式", len(lost)) % {"n": len(lost)},
            hot=bool(lost),
        ),
        Tile(_("规范化副本"), f"{copied:,}", _("个"), _("未能制作 %(n)s 个") % {"n": f"{refused:,}"}),
    ]


def _notices(lines: Sequence[FormatLine], unplanned: Mapping[str, str]) -> list[Notice]:
    lost = [each.entry for each in lines if each.entry.puid in unplanned]
    if not lost:
        return []
    names = _("、").join(name_of(each) for each in lost[:5])
    text = _("须决定目标格式，或写明为何保持原格式；应制作副本的须有策略。")
    return [Notice("warn", _("有风险而没有计划：%(names)s") % {"names": names}, text)]


def _line_cells(each: FormatLine, unplanned: Mapping[str, str]) -> list[Cell]:
    entry = each.entry
    plan = {"no-target": _("没有计划"), "no-rule": _("策略没有覆盖")}.get(unplanned.get(entry.puid, ""), "")
    behind = address_of("preservation-records", entry.puid)
    return [
        Cell(
            name_of(entry),
            href=address_of("preservation-format", entry.puid),
            more=" · ".join(part for part in (entry.puid, str(FAMILIES[entry.family])) if part),
            main=True,
            wide=True,
        ),
        Cell(state=GRADE_STATES[entry.grade], state_text=str(GRADES[entry.grade])),
        Cell(str(TARGETS[entry.target]), more=plan, tone="late" if plan else ""),
        Cell(f"{each.records:,}", href=behind, right=True),
        Cell(f"{each.files:,}", right=True),
        Cell(written_size(each.bytes), right=True),
        Cell(f"{each.copied:,} / {each.files:,}" if entry.way else "—", more=_refused(each.refused)),
    ]


def _refused(count: int) -> str:
    return _("未能制作 %(n)s 个") % {"n": f"{count:,}"} if count else ""


def format_page(entry: FormatEntry, reader: Reader) -> FormatPage:
    """One format: grade, reason, target, marks, where it is held, and what was decided when."""
    places = places_of_format(puid=entry.puid, reader=reader)
    decisions = decisions_about(puid=entry.puid)
    plan = unplanned_formats().get(entry.puid, "")
    people = names_of(references=[each.by for each in decisions])
    notices = []
    if plan:
        text = _("须决定目标格式，或写明为何保持原格式。")
        if plan == "no-rule":
            text = _("应制作规范化副本，但没有策略覆盖全部收存它的全宗和类别。")
        notices = [Notice("warn", _("有风险而没有计划。"), text)]
    return FormatPage(
        title=name_of(entry),
        here=HERE,
        back=[Link(_("长期保存"), reverse("preservation")), Link(entry.puid or name_of(entry), code=bool(entry.puid))],
        notices=notices,
        groups=_entry_groups(entry),
        places=_places_table(entry, places),
        decisions=[
            Event(
                title=_("%(grade)s · %(target)s")
                % {
                    "grade": GRADES[each.grade],
                    "target": TARGETS[each.target],
                },
                at=written_moment(each.at),
                by=people.get(each.by, each.by),
                detail=each.reason,
                stands="now" if at == 0 else "",
            )
            for at, each in enumerate(decisions)
        ],
        bar=[Act(_("作出决定"), href=address_of("preservation-decide", entry.puid), kind="primary")],
        say=_("决定是登记的新版本，以您的名义记入账本；从前的决定保留。"),
    )


def _entry_groups(entry: FormatEntry) -> list[PairGroup]:
    source = _("本馆决定，第 %(n)s 版") % {"n": entry.number} if entry.decided else _("随附登记")
    ways = {
        "pdf": _("重整结构"),
        "image": _("原样装入"),
        "office": _("LibreOffice 转换"),
        "ofd": _("逐页绘制并保留文字"),
    }
    pairs = [
        Pair(_("标识"), entry.puid or "—", code=bool(entry.puid)),
        Pair(_("类别"), str(FAMILIES[entry.family])),
        Pair(_("风险等级"), str(GRADES[entry.grade])),
        Pair(_("理由"), entry.reason, note=source),
        Pair(_("目标格式"), str(TARGETS[entry.target])),
        Pair(_("转换办法"), ways.get(entry.way, _("没有"))),
    ]
    groups = [PairGroup(_("格式登记"), pairs)]
    if entry.wishes:
        words = {"2": _("符合"), "1": _("部分符合"), "0": _("不符合")}
        marks = [Pair(str(name), words[mark]) for name, mark in zip(WISHES, entry.wishes, strict=True)]
        groups.append(PairGroup(_("长期保存格式需求（DA/T 47-2009，随附评分）"), marks))
    return groups


def _places_table(entry: FormatEntry, places: Sequence[tuple[str, str, str, Mapping[str, int]]]) -> Table:
    names = {each.path: each.name for each in list_classes()}
    headings = (_("全宗"), _("类别"), _("档案"), _("文件"), _("规范化副本"))
    rows = []
    for fonds, category, of, told in places:
        path = f"{category}·{of}" if of else category
        behind = f"{address_of('preservation-records', entry.puid)}?fonds={fonds}"
        rows.append(
            Row(
                [
                    Cell(fonds, href=behind, main=True),
                    Cell(names.get(path, path), more=path),
                    Cell(f"{told['records']:,}"),
                    Cell(f"{told['files']:,}"),
                    Cell(f"{told['copied']:,}" if entry.way else "—", more=_refused(told["refused"])),
                ]
            )
        )
    return Table(
        label=_("收存情况"),
        columns=[Column(each) for each in headings],
        rows=rows,
        empty=Empty("archive", _("现在没有这种格式的文件。"), ""),
        keyed=False,
    )


def records_page(request: HttpRequest, entry: FormatEntry, reader: Reader) -> ListPage:
    """The records behind a number: all with this format, those waiting for a copy, those refused one."""
    which, fonds = text_asked(request, "which"), text_asked(request, "fonds", longest=20)
    which = which if which in ("waiting", "refused") else ""
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: records_behind(
            puid=entry.puid, reader=reader, which=which, fonds=fonds, offset=offset, limit=limit
        ),
        most=BOUND,
    )
    told = (("", _("全部")), ("waiting", _("还没有副本")), ("refused", _("未能制作副本")))
    more = f"&fonds={fonds}" if fonds else ""
    return ListPage(
        title=_("%(name)s：档案") % {"name": name_of(entry)},
        here=HERE,
        back=[
            Link(_("长期保存"), reverse("preservation")),
            Link(name_of(entry), address_of("preservation-format", entry.puid)),
            Link(_("档案")),
        ],
        facts=_("全宗 %(code)s") % {"code": fonds} if fonds else "",
        tabs=[
            Tab(words, f"?which={code}{more}", here=code == which) for code, words in (told if entry.way else told[:1])
        ],
        table=Table(
            label=_("档案"),
            columns=[Column(each) for each in (_("档号"), _("题名"), _("日期"), _("文件"), _("规范化副本"))],
            rows=[
                Row(
                    [
                        Cell(
                            each.archive_code or each.record_code,
                            href=reverse("record", args=[each.record_code]) + "?tab=forms#lt-about",
                            main=True,
                        ),
                        Cell(each.title, wide=True),
                        Cell(written_day(each.formed_on), whole=True),
                        Cell(f"{files:,}"),
                        Cell(f"{copied:,}" if entry.way else "—", more=_refused(refused)),
                    ]
                )
                for each, files, copied, refused in found.lines
            ],
            pager=found.pager,
            empty=Empty("archive", _("没有这样的档案"), _("计数随账本更新，通常几秒内。")),
            keyed=False,
        ),
    )


def rules_page() -> ListPage:
    """Whose files get copies."""
    rules = copy_rules()
    people = names_of(references=[each.by for each in rules])
    return ListPage(
        title=_("规范化副本策略"),
        here=HERE,
        back=[Link(_("长期保存"), reverse("preservation")), Link(_("规范化副本策略"))],
        facts=_("最具体的一条起作用，全宗先于类别；没有策略的不制作。原件始终保留。"),
        acts=[Act(_("设定策略"), href=reverse("preservation-rule"), icon="plus", kind="primary")],
        tabs=tabs("rules", undecided_count()),
        table=Table(
            label=_("规范化副本策略"),
            columns=[
                Column(each) for each in (_("全宗号"), _("门类或类别"), _("制作副本的格式"), _("设定"), _("操作"))
            ],
            rows=[Row(_rule_cells(each, people)) for each in rules],
            empty=Empty("copy", _("还没有策略"), _("没有策略时不自动制作副本；可以在档案的页面上逐件制作。")),
            keyed=False,
        ),
    )


def _rule_cells(each: RuleView, people: Mapping[str, str]) -> list[Cell]:
    families = _("、").join(str(FAMILIES[one]) for one in COPIED if one in each.families)
    query = f"?fonds_code={each.fonds_code}&classes={each.classes}"
    return [
        Cell(each.fonds_code or _("全部"), main=True),
        Cell(each.classes or _("全部")),
        Cell(families or _("不制作"), wide=True),
        Cell(people.get(each.by, each.by), more=written_moment(each.at)),
        Cell(acts=[Act(_("修改"), href=reverse("preservation-rule") + query)]),
    ]
