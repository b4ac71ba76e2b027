"""The pages around one import: its lines and what became of them, saved crosswalks, the way back (export)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.people import names_of
from lantai.archival.tables import cell_name
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Row, Tab, Table
from lantai.common.pages import FormPage, ListPage
from lantai.common.paging import address_with, portion_asked, text_asked
from lantai.common.written import written_moment
from lantai.ingest import import_queries as queries
from lantai.ingest.import_export import MOST
from lantai.ingest.import_words import fault_words
from lantai.ingest.models import LineState
from lantai.work.services import Sentence, said

SIZE = 50
LINE_STATES = {
    "ready": "waiting",
    "faulty": "fail",
    "known": "not-applicable",
    "reserved": "running",
    "taken": "done",
    "refused": "fail",
}
"""How the states of lines are shown: as states of the one list."""


def lines_page(request: HttpRequest, catalogue_id: int) -> ListPage:
    """What became of each line. Raises NoSuchImport."""
    view = queries.import_view(catalogue_id=catalogue_id)
    state = text_asked(request, "state", longest=10)
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: queries.import_lines(
            catalogue_id=catalogue_id, state=state, offset=offset, limit=limit
        ),
    )
    counts = view.row.counts
    tabs = [
        Tab(_("全部"), address_with(request, state=""), here=state not in LineState.values, count=sum(counts.values()))
    ]
    tabs += [
        Tab(str(LineState(each).label), address_with(request, state=each), here=state == each, count=counts[each])
        for each in LineState.values
        if counts.get(each)
    ]
    return ListPage(
        title=_("逐行结果"),
        here="imports",
        back=[
            Link(_("目录导入"), reverse("imports")),
            Link(view.row.name, reverse("import", args=[catalogue_id])),
            Link(_("逐行结果")),
        ],
        tabs=tabs,
        table=Table(
            label=_("逐行结果"),
            columns=[Column(_("行")), Column(_("结果")), Column(_("档号")), Column(_("问题"))],
            rows=[_line_row(each, view) for each in found.lines],
            pager=found.pager,
            empty=Empty(icon="table", title=_("没有这样的行"), text=_("换一个状态查看。")),
        ),
    )


def _line_row(each: queries.LineRow, view: queries.ImportView) -> Row:
    return Row(
        [
            Cell(str(each.number), main=True),
            Cell(state=LINE_STATES[each.state], state_text=each.state_name),
            Cell(
                each.archive_code,
                href=reverse("record", args=[each.record_code]) if each.record_code else "",
                mono=True,
                code=each.record_code,
            ),
            Cell(problems_of(each, view.columns), wide=True),
        ],
        key=str(each.number),
        name=str(each.number),
    )


def problems_of(each: queries.LineRow, columns: Sequence[str]) -> str:
    """Everything found about one line, in a sentence each."""
    told = [said(Sentence(each.why, each.values))] if each.why else []
    for code, column, target, found, _grave in each.faults:
        where = f"{cell_name(column, each.number)} {columns[column]}{_('：')}" if 0 <= column < len(columns) else ""
        what, _advice = fault_words(code, target, found)
        shown = f"（{found}）" if found and found not in what else ""
        told.append(f"{where}{what}{shown}")
    return _("；").join(told)


def crosswalks_page() -> ListPage:
    """The saved crosswalks (对照表)."""
    rows = queries.list_crosswalks()
    names = names_of(references={each.owner for each in rows})
    return ListPage(
        title=_("对照表"),
        here="imports",
        facts=_("同样的表头再次上传时，自动用最近保存的对照表。"),
        back=[Link(_("目录导入"), reverse("imports")), Link(_("对照表"))],
        table=Table(
            label=_("对照表"),
            columns=[
                Column(_("名称")),
                Column(_("版本"), right=True),
                Column(_("列数"), right=True),
                Column(_("著录项"), right=True),
                Column(_("保存人")),
                Column(_("保存时间")),
            ],
            rows=[
                Row(
                    [
                        Cell(each.name, main=True, wide=True),
                        Cell(str(each.version), right=True),
                        Cell(str(each.columns), right=True),
                        Cell(str(each.rules), right=True),
                        Cell(names.get(each.owner, each.owner)),
                        Cell(written_moment(each.saved_at), whole=True),
                    ],
                    key=each.name,
                    name=each.name,
                )
                for each in rows
            ],
            empty=Empty(
                icon="arrows-exchange", title=_("还没有保存的对照表"), text=_("核对对照时起一个名称，就会保存在这里。")
            ),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage(FormPage):
    """What to export (导出目录)."""

    template: ClassVar[str] = "ingest/export.html"


def export_page(
    form: BaseForm, *, selected: Sequence[str] | None = None, source: str = "", problem: str = ""
) -> ExportPage:
    """Choose records and a format; the file follows. With *selected* those of the list *source* are exported, and the
    other fields narrow them.
    """
    notices = [Notice("bad", _("没有导出。"), problem)] if problem else []
    if selected is not None:
        n = min(len(selected), MOST)
        said = ngettext("导出所选的 %(n)s 件。", "导出所选的 %(n)s 件。", n) % {"n": f"{n:,}"}
        notices.append(Notice("info", said, _("下面的条件在所选之内再筛选。")))
        if len(selected) > MOST:
            advice = _("请缩小选择的范围，分几次导出。")
            notices = [Notice("bad", _("一次至多导出 %(n)s 件。") % {"n": f"{MOST:,}"}, advice)]
        form.fields.pop("codes", None)
    return ExportPage(
        title=_("导出目录"),
        here="imports",
        back=[Link(_("目录导入"), reverse("imports")), Link(_("导出目录"))],
        form=form,
        action=f"{reverse('export')}?{urlencode({'selection': source})}" if source else reverse("export"),
        submit=Act(_("导出"), kind="primary", icon="table-export"),
        cancel=reverse("imports"),
        notices=notices,
        warning=_("只含您有权看到的档案；证件号码不导出。导出会记入账本，文件可以原样导入。"),
        two_columns=True,
    )
