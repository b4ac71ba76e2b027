"""The pages of new verdicts, and of one record's copies with what could not be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, names_of
from lantai.archival.formats import edition_key
from lantai.catalog.queries import RecordView
from lantai.catalog.queries.forms import editions, forms_of_record
from lantai.common.components import Act, Cell, CheckGroup, CheckLine, Column, Empty, Link, Pager, Row, Table
from lantai.common.copied import check_lines, check_of_copy, name_of_copy
from lantai.common.pages import FormPage, ListPage, Page
from lantai.common.paging import portion_asked
from lantai.common.written import written_moment
from lantai.preservation.forms import VerdictForm
from lantai.preservation.pages import HERE, SIZE, tabs
from lantai.preservation.queries import (
    VerdictGroup,
    VerdictLine,
    refused_copies,
    undecided_count,
    verdict_groups,
    verdict_lines,
)

_STATES = {"accepted": "done", "kept": "inactive"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictPage(FormPage):
    """What is decided about files that have another name now, with the files themselves."""

    template: ClassVar[str] = "preservation/verdict.html"
    files: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiesPage(Page):
    """The copies of one record with their checks, the files that have none, and why."""

    template: ClassVar[str] = "preservation/copies.html"
    copies: Sequence[CheckGroup] = ()
    refused: Sequence[CheckGroup] = ()
    consequence: str = ""
    empty: Empty | None = None


def verdicts_page(request: HttpRequest, reader: Reader, which: str) -> ListPage:
    """What newer signatures name otherwise, by what it was and is; or what was decided last."""
    undecided = undecided_count()
    known = editions()
    now = next((told for key, told, _at in known if key == edition_key()), edition_key())
    return ListPage(
        title=_("识别结果变化"),
        here=HERE,
        back=[Link(_("长期保存"), reverse("preservation")), Link(_("识别结果变化"))],
        facts=_("现用特征库：%(told)s。更新后在后台重新识别全部文件。") % {"told": now},
        tabs=tabs("verdicts", undecided),
        acts=[
            Act(_("已决定的"), href=reverse("preservation-verdicts", args=["decided"]))
            if which == "open"
            else Act(_("待决定的"), href=reverse("preservation-verdicts", args=["open"]))
        ],
        table=_open_table() if which == "open" else _decided_table(request, reader),
    )


def _open_table() -> Table:
    return Table(
        label=_("待决定的识别结果"),
        columns=[Column(each) for each in (_("原结果"), _("新结果"), _("文件"), _("档案"), _("操作"))],
        rows=[
            Row(
                [
                    Cell(each.before_name or _("未识别"), more=each.before, main=True, wide=True),
                    Cell(each.after_name or _("未识别"), more=each.after, wide=True),
                    Cell(f"{each.files:,}"),
                    Cell(f"{each.records:,}"),
                    Cell(acts=[Act(_("决定"), href=verdict_address(each))]),
                ]
            )
            for each in verdict_groups()
        ],
        empty=Empty("list-check", _("没有待决定的"), _("特征库更新后，与登记不同的结果列在这里。")),
        keyed=False,
    )


def verdict_address(group: VerdictGroup) -> str:
    """The page that decides about a group."""
    return f"{reverse('preservation-verdict')}?{urlencode({'before': group.before, 'after': group.after})}"


def _decided_table(request: HttpRequest, reader: Reader) -> Table:
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: verdict_lines(reader=reader, decided=True, offset=offset, limit=limit),
    )
    people = names_of(references=[each.decided_by for each in found.lines])
    words = {"accepted": _("已采用"), "kept": _("维持原结果")}
    table = _files_table(found.lines, found.pager, _("已决定的识别结果"))
    columns = [*table.columns, Column(_("决定")), Column(_("理由"))]
    rows = [
        Row(
            [
                *row.cells,
                Cell(
                    state=_STATES[each.state],
                    state_text=words[each.state],
                    more=people.get(each.decided_by, each.decided_by),
                ),
                Cell(each.reason, wide=True),
            ]
        )
        for row, each in zip(table.rows, found.lines, strict=True)
    ]
    return Table(table.label, columns, rows, found.pager, empty=Empty("list-check", _("还没有决定过"), ""), keyed=False)


def _files_table(lines: Sequence[VerdictLine], pager: Pager, label: str) -> Table:
    return Table(
        label=label,
        columns=[Column(each) for each in (_("文件"), _("原结果"), _("新结果"), _("发现时间"))],
        rows=[
            Row(
                [
                    Cell(
                        PurePosixPath(each.path).name or _("（不在您的查阅范围内）"),
                        href=reverse("record", args=[each.code]) if each.code else "",
                        more=each.title,
                        main=True,
                        wide=True,
                    ),
                    Cell(each.before or _("未识别"), mono=True),
                    Cell(each.after or _("未识别"), mono=True),
                    Cell(written_moment(each.found_at), whole=True),
                ]
            )
            for each in lines
        ],
        pager=pager,
        keyed=False,
    )


def verdict_page(request: HttpRequest, reader: Reader, before: str, after: str, form: VerdictForm) -> VerdictPage:
    """The files of one group and the form in which a person decides about all of them."""
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: verdict_lines(reader=reader, before=before, after=after, offset=offset, limit=limit),
    )
    title = _("%(before)s → %(after)s") % {"before": before or _("未识别"), "after": after or _("未识别")}
    here = reverse("preservation-verdicts", args=["open"])
    return VerdictPage(
        title=title,
        here=HERE,
        back=[Link(_("长期保存"), reverse("preservation")), Link(_("识别结果变化"), here), Link(title)],
        form=form,
        submit=Act(_("采用新结果"), kind="primary", name="accept", value="yes"),
        more_acts=[Act(_("维持原结果"), name="accept", value="no")],
        cancel=here,
        warning=_("对这 %(n)s 个文件一并生效，在后台办理，每件记入账本；原件不变。") % {"n": f"{found.pager.total:,}"},
        files=_files_table(found.lines, found.pager, _("文件")),
    )


def copies_page(record: RecordView) -> CopiesPage:
    """One record's copies, and the files of which none could be made."""
    forms = [each for each in forms_of_record(record_id=record.summary.id) if each.source]
    refused = refused_copies(record_id=record.summary.id)
    code = record.summary.archive_code or record.summary.record_code
    return CopiesPage(
        title=_("规范化副本"),
        here=HERE,
        back=[
            Link(_("长期保存"), reverse("preservation")),
            Link(code, reverse("record", args=[record.summary.record_code]), code=True),
            Link(_("规范化副本")),
        ],
        facts=record.summary.title,
        copies=[check_of_copy(name_of_copy(each.source), each.event) for each in forms],
        refused=[
            CheckGroup(
                name=PurePosixPath(each.path).name,
                state="fail",
                passed=sum(bool(one["passed"]) for one in each.checks),
                total=len(each.checks) or 1,
                lines=[
                    CheckLine(
                        code="",
                        name=_("未能制作"),
                        state="fail",
                        found=f"{each.why} · {each.agent} · {written_moment(each.at)}",
                    ),
                    *check_lines(each.checks),
                ],
            )
            for each in refused
        ],
        consequence=_("为每个可以转换而没有副本的文件制作 PDF/A-2b，未通过自检的不保留；原件不变。"),
        empty=None
        if forms or refused
        else Empty("copy", _("还没有规范化副本"), _("按策略在后台制作，也可以现在制作。")),
    )
