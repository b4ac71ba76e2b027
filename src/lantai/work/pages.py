"""The pages of work, built: my work, background jobs, notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Literal

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from lantai.administration.queries.people import Reader, Role
from lantai.common.components import Act, Bulk, Cell, Column, Empty, JobRow, Notice, Row, Tab, Table, Tile
from lantai.common.pages import JobsPage, ListPage, WorkPage
from lantai.common.paging import Portion, address_with, portion_asked
from lantai.common.written import written_due, written_moment, written_span
from lantai.work import queries
from lantai.work.forms import DutiesForm

SIZE = 30
KINDS = {
    "submission": gettext_noop("接收检测"),
    "correction": gettext_noop("补正重交"),
    "verification": gettext_noop("核验"),
}
"""Kinds of due work, with their words."""
PLACES = {"correction": "submission"}
"""The name of the page that does a duty, where it is not the name of its kind."""
STEERING = (Role.ARCHIVIST, Role.SYSTEM)
gettext_noop("四性检测")
gettext_noop("核验发现问题")
gettext_noop("进馆")
gettext_noop("格式确认与全文提取")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesPage(ListPage):
    """Notices, with the button that marks all as read when some are not."""

    template: ClassVar[str] = "work/notices.html"
    unread: bool = False


def work_page(request: HttpRequest, reader: Reader) -> WorkPage:
    """My work (我的工作): what is due, by due date, and beside it what runs; a department's corrections (补正)."""
    department = reader.role == Role.DEPARTMENT
    own, today = reader.organisation_id, timezone.localdate()
    form = DutiesForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"text": "", "due": "", "kind": ""}
    until = {"overdue": today - timedelta(days=1), "today": today, "week": today + timedelta(days=7)}.get(asked["due"])
    figures = queries.duty_figures(role=reader.role, organisation_id=own, today=today)

    def read(offset: int, limit: int) -> tuple[list[queries.DutyView], int]:
        chosen: dict[str, Any] = {"role": reader.role, "kind": asked["kind"], "text": asked["text"], "until": until}
        total = queries.count_duties(organisation_id=own, **chosen)
        return queries.open_duties(organisation_id=own, today=today, limit=limit, offset=offset, **chosen), total

    found = portion_asked(request, size=SIZE, read=read)
    first = found.lines[0] if found.lines else None
    return WorkPage(
        title=_("补正") if department else _("我的工作"),
        here="work",
        facts=_greeting(reader, figures["overdue"], figures["today"]),
        acts=[Act(_("开始处理"), href=_place(first), icon="player-play", kind="primary", key="n")] if first else [],
        tiles=_work_tiles(figures),
        tabs=_work_tabs(request, asked["kind"], figures),
        form=form,
        reset=reverse("work"),
        table=_duties_table(found, asked, today, department=department),
        jobs=[] if department else [job_row(each, reader) for each in queries.recent_jobs(limit=4)],
        jobs_href="" if department else reverse("jobs"),
        dues=[_due_row(each, today) for each in found.lines[:4] if each.due_on],
    )


def _greeting(reader: Reader, overdue: int, due: int) -> str:
    if overdue:
        said = ngettext(
            "%(name)s，有 %(n)s 项已经逾期，请先处理。", "%(name)s，有 %(n)s 项已经逾期，请先处理。", overdue
        )
        return said % {"name": reader.name, "n": overdue}
    if due:
        said = ngettext("%(name)s，今天有 %(n)s 项到期。", "%(name)s，今天有 %(n)s 项到期。", due)
        return said % {"name": reader.name, "n": due}
    return _("%(name)s，今天没有到期的事项。") % {"name": reader.name}


def _work_tiles(figures: Mapping[str, int]) -> list[Tile]:
    here, unit = reverse("work"), _("项")
    late = _("逾期 %(late)s · 今天 %(today)s") % {"late": figures["overdue"], "today": figures["today"]}
    kinds = " · ".join(
        f"{_word(name.removeprefix('kind:'))} {n}" for name, n in figures.items() if name.startswith("kind:")
    )
    pressing = figures["overdue"] + figures["today"]
    return [
        Tile(_("逾期与今天到期"), str(pressing), unit, late, f"{here}?due=today", hot=figures["overdue"] > 0),
        Tile(_("待我处理"), str(figures["all"]), unit, kinds, here),
        Tile(_("最近七天办结"), str(figures["finished"]), unit),
    ]


def _work_tabs(request: HttpRequest, kind: str, figures: Mapping[str, int]) -> list[Tab]:
    kinds = [name.removeprefix("kind:") for name in figures if name.startswith("kind:")]
    return [
        Tab(_("全部待办"), address_with(request, kind=""), here=not kind, count=figures["all"]),
        *(
            Tab(_word(each), address_with(request, kind=each), here=kind == each, count=figures[f"kind:{each}"])
            for each in kinds
        ),
    ]


def _duties_table(found: Portion[queries.DutyView], asked: dict[str, str], today: date, *, department: bool) -> Table:
    kinds = {each.kind for each in found.lines}
    narrowed = any(asked.values())
    if narrowed:
        why = _("换一个条件，或清除条件查看全部。")
    elif department:
        why = _("移交包被退回时会出现在这里，重新移交后自动办结。")
    else:
        why = _("新的移交包需要人工决定时会出现在这里。")
    nothing = Empty(
        icon="checks",
        title=_("没有符合条件的事项") if narrowed else _("没有待办事项"),
        text=why,
        acts=[Act(_("清除条件"), href=reverse("work"))] if narrowed else [],
    )
    acts = [
        Act(_("批量接收"), icon="checks", kind="primary", name="decision", value="approve"),
        Act(_("批量退回"), icon="arrow-back-up", name="decision", value="return"),
    ]
    return Table(
        label=_("待办事项"),
        columns=[
            Column(_("事项")),
            Column(_("类型")),
            Column(_("状态")),
            Column(_("需要注意")),
            Column(_("期限"), sort="ascending"),
            Column(_("操作"), hidden=True),
        ],
        rows=[_duty_row(each, today) for each in found.lines],
        pager=found.pager,
        bulk=Bulk(reverse("submissions-decide"), acts) if kinds == {"submission"} else None,
        empty=nothing,
    )


def _duty_row(each: queries.DutyView, today: date) -> Row:
    place = _place(each)
    tone = _tone(each)
    return Row(
        [
            Cell(_title(each), href=place, code=each.subject, main=True),
            Cell(_word(each.kind), whole=True),
            Cell(state="overdue" if each.overdue else "todo"),
            Cell(each.reason, wide=True),
            Cell(written_due(each.due_on, today=today) or _("未约定"), tone=tone, whole=True),
            Cell(acts=[Act(_("处理"), href=place)] if place else []),
        ],
        key=each.subject,
        name=_title(each),
    )


def _due_row(each: queries.DutyView, today: date) -> Row:
    tone = _tone(each)
    return Row([Cell(written_due(each.due_on, today=today), tone=tone), Cell(_title(each), href=_place(each))])


def _title(each: queries.DutyView) -> str:
    """What a duty is about: the title of a package, or our own words, which are translated."""
    return _(each.title) if each.kind == "verification" else each.title


def _tone(each: queries.DutyView) -> Literal["", "late", "soon"]:
    return "late" if each.overdue else "soon" if each.due_today else ""


def _word(kind: str) -> str:
    return _(KINDS[kind]) if kind in KINDS else kind


def _place(duty: queries.DutyView | None) -> str:
    """The page that does a duty: its kind tells the page's name, its subject what the page is about."""
    try:
        return reverse(PLACES.get(duty.kind, duty.kind), args=[duty.subject]) if duty else ""
    except NoReverseMatch:
        return ""


def job_row(job: queries.JobView, reader: Reader, *, linked: bool = True) -> JobRow:
    """One job with the buttons its reader may press."""
    ended = job.finished_at is not None
    if job.total:
        done = _("%(done)s / %(total)s 件") % {"done": job.done, "total": job.total}
    else:
        done = ngettext("已处理 %(done)s 件", "已处理 %(done)s 件", job.done) % {"done": job.done}
    left = written_moment(job.finished_at) if ended else ""
    if job.seconds_left is not None:
        left = _("约剩 %(span)s") % {"span": written_span(job.seconds_left)}
    acts = []
    if reader.role in STEERING and job.state in ("running", "waiting"):
        acts = [Act(_("暂停"), icon="player-pause", name="act", value="pause")]
    elif reader.role in STEERING and job.state == "paused":
        acts = [Act(_("继续"), icon="player-play", name="act", value="resume")]
    troubles = len(job.troubles)
    return JobRow(
        title=_(job.title) if job.title else "",
        state=job.state,
        percent=None if job.share is None else round(job.share * 100),
        done=done,
        left=left,
        by="" if job.asked_by == "system" else job.asked_by,
        href=reverse("job", args=[job.task_id]) if linked else "",
        troubles=ngettext("%(n)s 处异常", "%(n)s 处异常", troubles) % {"n": troubles} if troubles else "",
        action=reverse("job-steer", args=[job.task_id]),
        acts=acts,
    )


def jobs_page(request: HttpRequest, reader: Reader) -> JobsPage:
    """Background jobs (后台任务): what runs, pauses and waits, then what ended."""
    troubled = request.GET.get("ended") == "troubled"
    found = portion_asked(
        request,
        size=20,
        read=lambda offset, limit: queries.ended_jobs(troubled=troubled, limit=limit, offset=offset),
    )
    running = [] if troubled else [job_row(each, reader) for each in queries.open_jobs()]
    return JobsPage(
        title=_("后台任务"),
        here="jobs",
        facts=_("接收、检测、进馆等耗时的工作在后台进行，可随时离开本页。"),
        running=running,
        finished=[job_row(each, reader) for each in found.lines],
        refresh=reverse("jobs-progress"),
        tabs=[
            Tab(_("全部任务"), reverse("jobs"), here=not troubled),
            Tab(_("失败与异常"), f"{reverse('jobs')}?ended=troubled", here=troubled),
        ],
        pager=found.pager if found.pager.pages > 1 else None,
        empty=Empty(
            icon="circle-check", title=_("没有失败或异常的任务"), text=_("任务失败，或有对象没有办成时，会列在这里。")
        )
        if troubled
        else Empty(icon="activity", title=_("没有任务"), text=_("收到移交包后，检测和进馆会在这里显示进度。")),
    )


def job_page(job: queries.JobView, reader: Reader) -> ListPage:
    """One job: its progress as notices and its failures as a list."""
    row = job_row(job, reader, linked=False)
    times = [
        (_("发起时间"), written_moment(job.asked_at)),
        (_("开始时间"), written_moment(job.started_at)),
        (_("结束时间"), written_moment(job.finished_at)),
    ]
    tone = {"failed": "bad", "troubled": "warn", "done": "ok"}.get(job.state, "info")
    facts = " · ".join(f"{name} {at}" for name, at in times if at)
    return ListPage(
        title=row.title,
        here="jobs",
        facts=facts,
        acts=[Act(_("全部任务"), href=reverse("jobs"), icon="arrow-left")],
        notices=[Notice(tone, job.state_name, " · ".join(each for each in (row.done, row.left) if each))],  # type: ignore[arg-type]
        table=Table(
            label=_("异常清单"),
            columns=[Column(_("异常清单"))],
            rows=[Row([Cell(each, mono=True, wide=True)]) for each in job.troubles],
            empty=Empty(icon="circle-check", title=_("没有异常"), text=_("这项任务没有报告失败的对象。")),
        ),
    )


def notices_page(request: HttpRequest, reader: Reader) -> NoticesPage:
    """Notices (通知), the unread first."""
    archivist = reader.role == Role.ARCHIVIST
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: queries.list_notices(
            person_id=reader.person_id or 0,
            organisation_id=reader.organisation_id,
            archivist=archivist,
            limit=limit,
            offset=offset,
        ),
    )
    return NoticesPage(
        title=_("通知"),
        here="notices",
        facts=_("后台任务的结果和需要您知道的变化。"),
        unread=any(not each.read for each in found.lines),
        table=Table(
            label=_("通知"),
            columns=[Column(_("时间")), Column(_("内容")), Column(_("状态"))],
            rows=[
                Row(
                    [
                        Cell(written_moment(each.at), whole=True),
                        Cell(each.text, href=each.link, main=True, wide=True),
                        Cell(_("已读") if each.read else _("未读"), tone="muted" if each.read else ""),
                    ]
                )
                for each in found.lines
            ],
            pager=found.pager,
            empty=Empty(icon="bell", title=_("没有通知"), text=_("任务结束或出错时，会在这里告诉您。")),
        ),
    )
