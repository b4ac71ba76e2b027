"""The pages of scan batches: the list, a new one, one batch with what is wrong with it, its records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import names_of
from lantai.archival.imaging.measuring import PROFILES
from lantai.common.components import (
    Act,
    Cell,
    Column,
    Empty,
    JobRow,
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
from lantai.digitisation import queries
from lantai.digitisation.forms import NewBatchForm
from lantai.digitisation.models import ReadingMode, ScanState
from lantai.digitisation.pages.placing import HERE, batch_crumb, language_place
from lantai.digitisation.pages.reading import mode_choices, reading_jobs, reading_tiles
from lantai.digitisation.services import ScansRefused

SIZE = 50
STATES = {"checking": "running", "checked": "done", "troubled": "troubled"}
"""How the states of batches are shown: as states of the one list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage(ListPage):
    """One batch: how far it is and what was found. ``next`` stands in the form posted to ``action``, with a choice of
    ``modes`` where it asks for a reading; ``again`` checks once more, ``finer`` reads once more.
    ``refresh`` is asked while something runs."""

    template: ClassVar[str] = "digitisation/batch.html"
    steps: Sequence[Step]
    pairs: PairGroup
    kinds: Table
    broken: Sequence[tuple[str, str]]
    next: Sequence[Act]
    consequence: str
    action: str = ""
    modes: Sequence[tuple[str, str]] = ()
    jobs: Sequence[JobRow] = ()
    again: Act | None = None
    again_at: str = ""
    finer: Act | None = None
    refresh: str = ""


def refusal_words(refused: ScansRefused) -> str:
    """Why a delivery was not taken, and what to do."""
    match refused.code:
        case "empty":
            return _("文件夹里没有文件。请确认扫描件已经放好，再登记。")
        case "no-folder":
            return _("交接区里没有“%(name)s”这个文件夹。") % {"name": refused.detail}
        case "too-many":
            return _("一个批次最多 %(n)s 个文件，请分成几个批次。") % {"n": refused.detail}
        case "twice":
            return _("“%(name)s”已经登记过，或选了两次。") % {"name": refused.detail}
        case "name":
            return _("有文件没有名称，请改名后再上传。")
    return _("没有这种扫描规格。")


def batches_page(request: HttpRequest) -> ListPage:
    """Scan batches (扫描批次), the newest first."""
    found = portion_asked(
        request, size=SIZE, read=lambda offset, limit: queries.list_batches(offset=offset, limit=limit)
    )
    names = names_of(references={each.by for each in found.lines})
    new = Act(_("登记扫描批次"), href=reverse("digitising-new"), icon="scan", kind="primary")
    return ListPage(
        title=_("数字化与识别"),
        here=HERE,
        facts=_("成批登记扫描件：逐页检查质量，按档号与目录挂接，缺页、重页、错号一次查清。原始扫描件从不改动。"),
        acts=[
            Act(_("校对"), href=reverse("digitising-reviews"), icon="text-scan-2"),
            Act(_("表单模板"), href=reverse("digitising-form-templates"), icon="forms"),
            Act(_("文件分类"), href=reverse("digitising-sorting"), icon="school"),
            Act(_("印章"), href=reverse("digitising-seals"), icon="rubber-stamp"),
            Act(_("原件调还"), href=reverse("digitising-loans"), icon="archive"),
            new,
        ],
        table=Table(
            label=_("扫描批次"),
            columns=[
                Column(_("批次")),
                Column(_("状态")),
                Column(_("文件"), right=True),
                Column(_("页"), right=True),
                Column(_("问题"), right=True),
                Column(_("登记人")),
                Column(_("登记时间"), sort="descending"),
            ],
            rows=[_batch_row(each, names.get(each.by, each.by)) for each in found.lines],
            pager=found.pager,
            empty=Empty(
                icon="scan",
                title=_("还没有扫描批次"),
                text=_("把扫描件以档号命名，放进交接区的一个文件夹，或在这里上传。"),
                acts=[new],
            ),
        ),
    )


def _batch_row(each: queries.BatchRow, by: str) -> Row:
    return Row(
        [
            Cell(each.name, href=reverse("digitising-batch", args=[each.id]), main=True, wide=True),
            Cell(state=STATES[each.state], state_text=each.state_name),
            Cell(str(each.files), right=True),
            Cell(str(each.pages) if each.checked_at else "—", right=True),
            Cell(str(each.faults) if each.faults else "", right=True),
            Cell(by),
            Cell(written_moment(each.at), whole=True),
        ],
        key=str(each.id),
        name=each.name,
    )


def new_page(form: NewBatchForm, problem: str = "") -> FormPage:
    """Register a batch."""
    return FormPage(
        title=_("登记扫描批次"),
        here=HERE,
        back=[Link(_("数字化与识别"), reverse("digitising")), Link(_("登记扫描批次"))],
        form=form,
        action=reverse("digitising-new"),
        submit=Act(_("登记并检查"), kind="primary", icon="scan"),
        cancel=reverse("digitising"),
        notices=[Notice("bad", _("没有登记。"), problem)] if problem else [],
        warning=_("文件名或文件夹名须有档号，目录中须有相应条目；检查会指出每一处对不上的地方。"),
    )


def batch_page(batch_id: int) -> BatchPage:
    """One batch. Raises NoSuchBatch."""
    view = queries.batch_view(batch_id=batch_id)
    row, checking, reading = view.row, view.row.state == ScanState.CHECKING, view.reading
    jobs = reading_jobs(reading)
    rests = not checking and not jobs and reading.filed_at is None
    asked = rests and reading.left + reading.unreadable > 0
    finer = rests and not asked and reading.read > 0 and reading.mode == ReadingMode.FAST
    return BatchPage(
        title=row.name,
        here=HERE,
        back=[Link(_("数字化与识别"), reverse("digitising")), Link(row.name)],
        facts=f"{row.state_name} · {written_moment(row.at)}",
        acts=[]
        if checking
        else [
            Act(_("表单取数"), href=reverse("digitising-forms", args=[row.id]), icon="forms"),
            Act(_("工序"), href=reverse("digitising-steps", args=[row.id]), icon="checklist"),
            Act(_("验收"), href=reverse("digitising-acceptance", args=[row.id]), icon="checklist"),
            Act(_("入库"), href=reverse("digitising-filing", args=[row.id]), icon="archive"),
        ],
        steps=_steps(view),
        notices=_notices(view),
        tiles=[*_tiles(view), *reading_tiles(row.id, reading)],
        pairs=_pairs(view),
        table=_link_table(view),
        kinds=_kinds(view),
        broken=[(path, problem[language_place()]) for path, problem in view.broken],
        next=[Act(_("开始识别"), icon="text-scan-2", kind="primary")] if asked else [],
        modes=mode_choices() if asked else [],
        consequence=_("识别 %(n)s 页；精细比快速准，耗时约四倍。原始扫描件不变，随时可以暂停。")
        % {"n": reading.left + reading.unreadable},
        action=reverse("digitising-read", args=[row.id]),
        jobs=jobs,
        again=None if checking else Act(_("重新检查"), icon="refresh"),
        again_at=reverse("digitising-check", args=[row.id]),
        finer=Act(_("改用精细方式再识别"), name="mode", value=ReadingMode.EXACT.value) if finer else None,
        refresh=reverse("digitising-progress", args=[row.id]) if checking or any(_runs(each) for each in jobs) else "",
    )


def _runs(job: JobRow) -> bool:
    return job.state in ("running", "waiting")


def _steps(view: queries.BatchView) -> list[Step]:
    row, reading = view.row, view.reading
    checking = row.state == ScanState.CHECKING
    read = reading.read_at is not None and not reading.left
    return [
        Step(_("登记"), "done"),
        Step(_("检查与挂接"), "now" if checking else "failed" if row.faults else "done"),
        Step(_("识别"), "done" if read else "" if checking else "now"),
    ]


def _notices(view: queries.BatchView) -> list[Notice]:
    found = []
    if view.row.state == ScanState.TROUBLED:
        again = _("补扫、改名或补目录之后重新检查；原始扫描件不会被改动。")
        found.append(Notice("warn", _("检查出 %(n)s 处问题。") % {"n": view.row.faults}, again))
    if view.reading.unreadable:
        text = _("原因写在各页上；排除之后可以再次识别，只读这些页。")
        pages = f"{reverse('digitising-pages', args=[view.row.id])}?state=unread"
        act = Act(_("查看这些页"), href=pages)
        found.append(Notice("warn", _("%(n)s 页不能识别。") % {"n": view.reading.unreadable}, text, act))
    return found


def _tiles(view: queries.BatchView) -> list[Tile]:
    row = view.row
    place = reverse("digitising-pages", args=[row.id])
    if row.state == ScanState.CHECKING:
        return [Tile(_("已看过"), str(view.looked), unit=_("个文件"), more=_("共 %(n)s 个") % {"n": row.files})]
    faulty = sum(count for count, _fault in view.by_kind.values())
    tiles = [
        Tile(_("页"), str(row.pages), unit=_("页"), href=place),
        Tile(_("挂接成功"), str(view.units), unit=_("件"), more=_("%(n)s 页") % {"n": view.linked},
             href=reverse("digitising-units", args=[row.id])),
        Tile(_("没有挂接"), str(row.pages - view.linked - view.sheets), unit=_("页"), href=f"{place}?state=unlinked",
             hot=row.pages != view.linked + view.sheets),
        Tile(_("质量提示"), str(faulty), unit=_("处"), href=f"{place}?state=faulty", hot=bool(faulty)),
    ]  # fmt: skip
    if view.sheets:
        tiles.append(Tile(_("分隔页"), str(view.sheets), unit=_("页"), href=f"{place}?state=sheets"))
    return tiles


def _pairs(view: queries.BatchView) -> PairGroup:
    row = view.row
    profile = PROFILES[row.profile]
    by = names_of(references={row.by})
    return PairGroup(
        _("扫描批次"),
        [
            Pair(_("来源"), row.source or _("上传")),
            Pair(_("扫描规格"), profile.en if language_place() else profile.zh),
            Pair(_("文件"), str(row.files), note=written_size(row.bytes)),
            Pair(_("登记人"), by.get(row.by, row.by)),
            Pair(_("检查时间"), written_moment(row.checked_at) if row.checked_at else "—"),
        ],
    )


def _link_table(view: queries.BatchView) -> Table:
    language = "en" if language_place() else "zh"
    rows = [
        Row(
            [Cell(each.about, main=True, mono=True, wide=True), Cell(each.sentence(language), wide=True)],
            name=each.about,
        )
        for each in view.link_faults[:500]
    ]
    whole = view.row.checked_at is not None
    return Table(
        label=_("与目录挂接"),
        columns=[Column(_("档号或文件")), Column(_("问题"))],
        rows=rows,
        empty=Empty(
            icon="circle-check" if whole else "clock",
            title=_("全部挂接") if whole else _("还没有检查完"),
            text=_("每一页都属于一件档案，页码连续。") if whole else _("检查完成后，对不上的地方列在这里。"),
        ),
    )


def _kinds(view: queries.BatchView) -> Table:
    """The faults of pages by kind, the commonest first."""
    language = "en" if language_place() else "zh"
    place = reverse("digitising-pages", args=[view.row.id])
    rows = [
        Row(
            [
                Cell(fault.sentence(language), main=True, wide=True, href=f"{place}?state=faulty"),
                Cell(str(count), right=True),
            ],
            name=fault.code,
        )
        for count, fault in view.by_kind.values()
    ]
    return Table(
        label=_("页面质量"),
        columns=[Column(_("问题（例）")), Column(_("页数"), right=True)],
        rows=rows,
        empty=Empty(icon="circle-check", title=_("没有发现问题"), text=_("每一页都符合扫描规格。")),
    )


def units_page(request: HttpRequest, batch_id: int) -> ListPage:
    """The records of a batch. Raises NoSuchBatch."""
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: queries.list_units(batch_id=batch_id, offset=offset, limit=limit),
    )
    view = queries.batch_view(batch_id=batch_id)
    rows = [
        Row(
            [
                Cell(each.code, main=True, mono=True, wide=True),
                Cell(str(each.pages), right=True),
                Cell(str(each.faulty) if each.faulty else "", right=True),
            ],
            name=each.code,
        )
        for each in found.lines
    ]
    return ListPage(
        title=_("挂接的档案"),
        here=HERE,
        back=batch_crumb(view.row, Link(_("挂接的档案"))),
        table=Table(
            label=_("挂接的档案"),
            columns=[
                Column(_("档号"), sort="ascending"),
                Column(_("页"), right=True),
                Column(_("有提示的页"), right=True),
            ],
            rows=rows,
            pager=found.pager,
            empty=Empty(icon="scan", title=_("还没有挂接"), text=_("检查完成后，每件档案和它的页列在这里。")),
        ),
    )
