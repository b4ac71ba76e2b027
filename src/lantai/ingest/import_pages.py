"""The pages of catalogue imports: the list, one import on its way, its lines, saved crosswalks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.people import names_of
from lantai.archival.tables import cell_name, column_letters
from lantai.common.components import (
    Act,
    Cell,
    Column,
    Empty,
    Link,
    Notice,
    Pair,
    PairGroup,
    Row,
    Step,
    Table,
    Tile,
)
from lantai.common.pages import FormPage, ListPage
from lantai.common.paging import portion_asked
from lantai.common.written import written_moment, written_size
from lantai.ingest import import_queries as queries
from lantai.ingest.import_forms import NewImportForm
from lantai.ingest.import_words import fault_words, refusal_words
from lantai.ingest.models import ImportState
from lantai.ingest.services.imports import ImportRefused, resting_import
from lantai.work.queries import job

SIZE = 50
STATES = {
    "looking": "running",
    "refused": "rejected",
    "mapping": "todo",
    "checking": "running",
    "checked": "waiting",
    "running": "running",
    "done": "done",
    "troubled": "troubled",
}
"""How the states of imports are shown: as states of the one list."""
_BUSY = (ImportState.LOOKING, ImportState.CHECKING, ImportState.RUNNING)
_UNREAD = (ImportState.LOOKING, ImportState.REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage(ListPage):
    """One import: how far it is, what was found, what to do next. ``refresh`` is asked again while a job runs."""

    template: ClassVar[str] = "ingest/import.html"
    steps: Sequence[Step]
    pairs: PairGroup
    surplus: Sequence[str]
    files: Sequence[Act]
    next: Sequence[Act]
    consequence: str
    action: str = ""
    refresh: str = ""


def imports_page(request: HttpRequest) -> ListPage:
    """Catalogue imports (目录导入), the newest first."""
    found = portion_asked(
        request, size=SIZE, read=lambda offset, limit: queries.list_imports(offset=offset, limit=limit)
    )
    names = names_of(references={each.by for each in found.lines})
    new = Act(_("导入目录"), href=reverse("import-new"), icon="table-import", kind="primary")
    return ListPage(
        title=_("目录导入"),
        here="imports",
        facts=_("把已有的 Excel、CSV、XML、DBF 目录和扫描件成批导入：先试导，再导入；有错误的行可以改好再来。"),
        acts=[
            new,
            Act(_("对照表"), href=reverse("crosswalks"), icon="arrows-exchange"),
            Act(_("导出目录"), href=reverse("export"), icon="table-export"),
        ],
        table=Table(
            label=_("目录导入"),
            columns=[
                Column(_("目录文件")),
                Column(_("状态")),
                Column(_("行数"), right=True),
                Column(_("已导入"), right=True),
                Column(_("未导入"), right=True),
                Column(_("导入人")),
                Column(_("上传时间"), sort="descending"),
            ],
            rows=[_import_row(each, names.get(each.by, each.by)) for each in found.lines],
            pager=found.pager,
            empty=Empty(
                icon="table-import",
                title=_("还没有导入过目录"),
                text=_("上传一个目录文件，系统会认出表头，给出对照，并在写入之前指出每一处错误。"),
                acts=[new],
            ),
        ),
    )


def _import_row(each: queries.ImportRow, by: str) -> Row:
    out = each.counts.get("faulty", 0) + each.counts.get("refused", 0)
    return Row(
        [
            Cell(each.name, href=reverse("import", args=[each.id]), main=True, wide=True),
            Cell(state=STATES[each.state], state_text=each.state_name),
            Cell(str(sum(each.counts.values()) or "—"), right=True),
            Cell(str(each.counts.get("taken", 0)), right=True),
            Cell(str(out) if out else "", right=True),
            Cell(by),
            Cell(written_moment(each.at), whole=True),
        ],
        key=str(each.id),
        name=each.name,
    )


def new_page(form: NewImportForm, problem: str = "") -> FormPage:
    """Bring a catalogue."""
    return FormPage(
        title=_("导入目录"),
        here="imports",
        back=[Link(_("目录导入"), reverse("imports")), Link(_("导入目录"))],
        form=form,
        action=reverse("import-new"),
        submit=Act(_("上传并识别"), kind="primary", icon="upload"),
        cancel=reverse("imports"),
        notices=[Notice("bad", _("没有收下。"), problem)] if problem else [],
        warning=_("此时不写入目录：下一步核对每一列对应的著录项，再试导。"),
    )


def import_page(catalogue_id: int, problem: str = "") -> ImportPage:
    """One import. Raises NoSuchImport."""
    view = queries.import_view(catalogue_id=catalogue_id)
    row, state = view.row, view.row.state
    place = reverse("import", args=[row.id])
    notices = [Notice("bad", _("没有进行。"), problem)] if problem else []
    if state == ImportState.REFUSED:
        notices.append(Notice("bad", _("没有收下。"), refusal_words(ImportRefused(*view.troubles[:2]))))
    else:
        notices += [Notice("bad", _("试导没有完成。"), each) for each in view.troubles]
    if state == ImportState.LOOKING and view.job_id:
        notices += _step_told(view.job_id)
    if state == ImportState.TROUBLED:
        again = _("下载未导入的行，改好后重新上传；已导入的行会被认出，不会重复。")
        notices.append(Notice("warn", _("完成但有异常。"), again))
    acts, consequence, action = _next_step(view)
    return ImportPage(
        title=row.name,
        here="imports",
        back=[Link(_("目录导入"), reverse("imports")), Link(row.name)],
        facts=f"{row.state_name} · {written_moment(row.at)}",
        steps=_steps(state),
        notices=notices,
        tiles=_tiles(view, place),
        pairs=_pairs(view),
        table=_groups(view),
        surplus=view.surplus[:20],
        files=_files(view),
        next=acts,
        consequence=consequence,
        action=action,
        refresh=reverse("import-progress", args=[row.id]) if state in _BUSY else "",
    )


def _step_told(job_id: UUID) -> list[Notice]:
    """Which step of scanning and recognising a large file is under way."""
    found = job(task_id=job_id)
    words = [_("查毒"), _("识别表头"), _("清点随附文件")]
    if found is None or found.done >= len(words):
        return []
    told = {"n": found.done + 1, "total": len(words), "step": words[found.done]}
    return [Notice("info", _("正在识别。"), _("第 %(n)s 步，共 %(total)s 步：%(step)s") % told)]


def _steps(state: str) -> list[Step]:
    order = ("mapping", "checking", "checked", "running", "done")
    here = -1 if state in _UNREAD else order.index("done" if state == "troubled" else state)
    words = [(_("上传"), -1), (_("对照"), 0), (_("试导"), 1), (_("确认"), 2), (_("导入"), 3)]
    steps = []
    for text, place in words:
        failed = (state == "troubled" and place == 3) or (state == "refused" and place == -1)
        stands = "failed" if failed else "done" if place < here else "now" if place == here else ""
        steps.append(Step(text, stands))  # type: ignore[arg-type]  # one of the four words
    return steps


def _tiles(view: queries.ImportView, place: str) -> list[Tile]:
    counts = view.row.counts
    if not counts:
        return []
    lines = reverse("import-lines", args=[view.row.id])
    shown = [("ready", _("可导入"), False), ("faulty", _("有错误"), True), ("known", _("此前已导入"), False),
             ("taken", _("已导入"), False), ("refused", _("未导入"), True)]  # fmt: skip
    return [
        Tile(text, str(counts[state]), unit=_("行"), href=f"{lines}?state={state}", hot=hot)
        for state, text, hot in shown
        if counts.get(state)
    ]


def _pairs(view: queries.ImportView) -> PairGroup:
    form = view.form
    if view.row.state in _UNREAD:
        named = [Pair(_("文件"), view.row.name, note=written_size(view.bytes)), Pair("SHA-256", view.sha256, code=True)]
        return PairGroup(_("目录文件"), [*named, Pair(_("随附文件"), view.attached_name or _("无"))])
    kinds = {"xlsx": "Excel", "csv": "CSV", "xml": "XML", "dbf": "DBF"}
    separators = {"\t": _("制表符"), ",": _("逗号"), ";": _("分号")}
    reading = " · ".join(
        part
        for part in (
            kinds[form.kind],
            form.sheet,
            form.encoding.upper(),
            separators.get(form.delimiter, form.delimiter) if form.kind == "csv" else "",
            _("日期系统 1904") if form.epoch == 1904 else "",
        )
        if part
    )
    head = _("无") if not view.head_first else f"{view.head_first}–{view.head_last}"
    pairs = [
        Pair(_("文件"), view.row.name, note=written_size(view.bytes)),
        Pair(_("读法"), reading),
        Pair(_("表头行"), head) if form.kind in ("xlsx", "csv") else Pair(_("字段"), str(len(view.columns))),
        Pair(_("列数"), str(len(view.columns))),
        Pair(_("对照表"), view.crosswalk or _("未保存")),
        Pair(_("随附文件"), view.attached_name, note=_("%(n)s 个") % {"n": view.attached_files})
        if view.attached_name
        else Pair(_("随附文件"), _("无")),
        Pair(_("随附文件中多余的"), str(view.surplus_count)) if view.checked_at and view.attached_files else None,
        Pair("SHA-256", view.sha256, code=True),
    ]
    return PairGroup(_("目录文件"), [each for each in pairs if each is not None])


def _groups(view: queries.ImportView) -> Table:
    """Equal faults together, what keeps lines out first."""
    rows = []
    for each in view.groups:
        what, advice = fault_words(each.code, each.target, each.example if each.count == 1 else "")
        column = ""
        if each.column >= 0 and each.column < len(view.columns):
            column = f"{column_letters(each.column)} · {view.columns[each.column]}"
        examples = "、".join(
            cell_name(max(0, each.column), line) if each.column >= 0 else str(line) for line in each.lines
        )
        rows.append(
            Row(
                [
                    Cell(what, more=each.example[:60], main=True, wide=True),
                    Cell(
                        state="fail" if each.grave else "warning", state_text=_("不导入") if each.grave else _("提示")
                    ),
                    Cell(column),
                    Cell(str(each.count), right=True),
                    Cell(
                        examples + ("…" if each.count > len(each.lines) else ""), mono=True, whole=len(each.lines) < 3
                    ),
                    Cell(advice),
                ],
                name=what,
            )
        )
    good = Empty(
        icon="circle-check",
        title=_("没有发现问题") if view.checked_at else _("还没有试导"),
        text=_("每一行都可以导入。") if view.checked_at else _("核对对照后试导：逐行检查，不写入目录。"),
    )
    return Table(
        label=_("发现的问题"),
        columns=[
            Column(_("问题")),
            Column(_("结果")),
            Column(_("列")),
            Column(_("行数"), right=True),
            Column(_("在")),
            Column(_("怎么办")),
        ],
        rows=rows,
        empty=good,
        keyed=False,
    )


def _files(view: queries.ImportView) -> list[Act]:
    number, counts = view.row.id, view.row.counts

    def link(text: str, which: str, kind: str) -> Act:
        return Act(text, href=reverse("import-file", args=[number, which, kind]), icon="download", download=True)

    acts = []
    if view.groups:
        acts += [link(_("问题清单（Excel）"), "faults", "xlsx"), link(_("问题清单（CSV）"), "faults", "csv")]
    if view.checked_at and counts.get("faulty", 0) + counts.get("refused", 0):
        acts += [link(_("未导入的行（Excel）"), "refused", "xlsx"), link(_("未导入的行（CSV）"), "refused", "csv")]
    if view.finished_at:
        acts += [link(_("逐行报告（Excel）"), "report", "xlsx"), link(_("逐行报告（CSV）"), "report", "csv")]
    return acts


def _next_step(view: queries.ImportView) -> tuple[list[Act], str, str]:
    """The buttons of the sticky bar, what the first will do, and where it goes."""
    number, state = view.row.id, view.row.state
    mapping = Act(_("核对对照"), href=reverse("import-crosswalk", args=[number]), icon="arrows-exchange")
    shown = Act(_("查看后台任务"), href=reverse("job", args=[view.job_id])) if view.job_id else None
    if state == ImportState.REFUSED:
        return [Act(_("重新上传"), href=reverse("import-new"), kind="primary", icon="upload")], _("文件没有保留。"), ""
    if state == ImportState.MAPPING:
        first = Act(mapping.text, href=mapping.href, icon=mapping.icon, kind="primary")
        return [first], _("核对每一列对应的著录项，然后试导。"), ""
    if state == ImportState.CHECKED:
        ready = view.row.counts.get("ready", 0)
        if not ready:
            return [mapping], _("没有可以导入的行：请改正目录文件或对照。"), ""
        text = ngettext("导入 %(n)s 行", "导入 %(n)s 行", ready) % {"n": ready}
        run = Act(text, kind="primary", icon="table-import")
        out = view.row.counts.get("faulty", 0)
        told = _("将生成 %(n)s 件档案并固定档号；有错误的 %(out)s 行不导入。") % {"n": ready, "out": out}
        return [mapping, run], told, reverse("import-run", args=[number])
    if state in _BUSY:
        if resting_import(catalogue_id=number):
            again = Act(_("接着做"), kind="primary", icon="player-play")
            return (
                [*([shown] if shown else []), again],
                _("后台任务没有做完，可以从中断的地方接着做。"),
                reverse("import-run", args=[number]),
            )
        look = Act(_("刷新进度"), href=reverse("import", args=[number]), icon="refresh")
        told = _("正在后台进行，可以离开本页；中断后会接着做。")
        if state == ImportState.LOOKING:
            told = _("正在后台查毒和识别，可以离开本页；完成后在这里核对对照。")
        return [*([shown] if shown else []), look], told, ""
    back = Act(_("再导入一个目录"), href=reverse("import-new"), kind="primary")
    return [back], _("每一行的结果见逐行报告。"), ""
