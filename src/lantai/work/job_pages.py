"""The pages of background jobs: what runs and what ended; one job with what failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.people import Reader, Role
from lantai.common.components import Act, Cell, Column, Empty, JobRow, Notice, Row, Tab, Table
from lantai.common.pages import JobsPage, ListPage
from lantai.common.paging import portion_asked
from lantai.common.written import written_moment, written_span
from lantai.work import queries
from lantai.work.bulk import acts_for

STEERING = (Role.ARCHIVIST, Role.SYSTEM)
TONES = {"failed": "bad", "troubled": "warn", "done": "ok"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDetailPage(ListPage):
    """One job with its failures; ``retry`` is the button that tries again, posted to ``retry_at``."""

    template: ClassVar[str] = "work/job.html"
    retry: Act | None = None
    retry_at: str = ""


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
    acts, action = [], reverse("job-steer", args=[job.task_id])
    if reader.role in STEERING and job.state in ("running", "waiting"):
        acts = [Act(_("暂停"), icon="player-pause", name="act", value="pause")]
    elif reader.role in STEERING and job.state == "paused":
        acts = [Act(_("继续"), icon="player-play", name="act", value="resume")]
    elif reader.role in STEERING and job.state == "failed":
        acts, action = (
            [Act(_("重试"), icon="refresh", name="act", value="job")],
            reverse("job-retry", args=[job.task_id]),
        )
    troubles = len(job.troubles)
    return JobRow(
        title=_(job.title) if job.title else "",
        state=job.state,
        percent=None if job.share is None else round(job.share * 100),
        done=done,
        left=left,
        by="" if job.asked_by == "system" else job.asked_by,
        href=reverse("job", args=[job.task_id]) if linked else "",
        troubles=_troubles(job, troubles),
        action=action,
        acts=acts,
    )


def _troubles(job: queries.JobView, number: int) -> str:
    if not number:
        return ""
    words = ngettext("%(n)s 处异常", "%(n)s 处异常", number) % {"n": number}
    return f"{job.state_name} · {words}" if job.state == "troubled" else words


def jobs_page(request: HttpRequest, reader: Reader) -> JobsPage:
    """Background jobs (后台任务): what runs, pauses and waits, then what ended; ``state`` of the address narrows."""
    which = request.GET.get("state", "")
    ended = "" if which not in queries.ENDED_JOBS else which
    found = portion_asked(
        request,
        size=20,
        read=lambda offset, limit: (
            queries.ended_jobs(which=ended, limit=limit, offset=offset) if which != "open" else ([], 0)
        ),
    )
    running = [] if ended else [job_row(each, reader) for each in queries.open_jobs()]
    here = reverse("jobs")
    tabs = [("", _("全部任务")), ("open", _("等待与进行中")), ("troubled", _("失败与异常")), ("done", _("完成"))]
    return JobsPage(
        title=_("后台任务"),
        here="jobs",
        facts=_("接收、检测、进馆等耗时的工作在后台进行，可随时离开本页。"),
        running=running,
        finished=[job_row(each, reader) for each in found.lines],
        refresh=f"{reverse('jobs-progress')}?state=open" if which == "open" else reverse("jobs-progress"),
        tabs=[
            Tab(words, f"{here}?state={value}" if value else here, here=value == (which if which == "open" else ended))
            for value, words in tabs
        ],
        pager=found.pager if found.pager.pages > 1 else None,
        empty=_no_job("open" if which == "open" else ended),
    )


def _no_job(which: str) -> Empty:
    match which:
        case "open":
            return Empty(icon="circle-check", title=_("没有等待或进行中的任务"), text=_("交给后台的工作都做完了。"))
        case "troubled":
            return Empty(
                icon="circle-check",
                title=_("没有失败或异常的任务"),
                text=_("任务失败，或有对象没有办成时，会列在这里。"),
            )
    return Empty(icon="activity", title=_("没有任务"), text=_("收到移交包后，检测和进馆会在这里显示进度。"))


def job_page(job: queries.JobView, reader: Reader) -> JobDetailPage:
    """One job: its progress as a notice, what failed as a list, and trying again."""
    row = job_row(job, reader, linked=False)
    times = [
        (_("发起时间"), written_moment(job.asked_at)),
        (_("开始时间"), written_moment(job.started_at)),
        (_("结束时间"), written_moment(job.finished_at)),
    ]
    facts = " · ".join(f"{name} {at}" for name, at in times if at)
    order = queries.bulk_order_of(task_id=job.task_id)
    notices = [Notice(TONES.get(job.state, "info"), job.state_name, _told(job, row, order))]  # type: ignore[arg-type]
    acts = [Act(_("全部任务"), href=reverse("jobs"), icon="arrow-left")]
    if order and order.repeated_as:
        again = reverse("job", args=[order.repeated_as])
        notices.append(Notice("info", _("没有办成的已经重试。"), act=Act(_("查看重试的任务"), href=again)))
    return JobDetailPage(
        title=row.title,
        here="jobs",
        facts=facts,
        acts=acts,
        notices=notices,
        retry=_retry(job, order, reader),
        retry_at=reverse("job-retry", args=[job.task_id]),
        table=_failures(job, order),
    )


def _told(job: queries.JobView, row: JobRow, order: queries.BulkView | None) -> str:
    parts = [row.done, row.left, row.by]
    if order:
        counts = order.counts
        ended = {"done": counts.get("done", 0), "failed": counts.get("failed", 0), "left": counts.get("left-out", 0)}
        parts = [_("办成 %(done)s 项，没有办成 %(failed)s 项，不包括 %(left)s 项") % ended, row.left, row.by]
    return " · ".join(each for each in parts if each)


def _retry(job: queries.JobView, order: queries.BulkView | None, reader: Reader) -> Act | None:
    if job.state == "failed" and reader.role in STEERING:
        return Act(_("重试"), icon="refresh", kind="primary", name="act", value="job")
    if job.state != "troubled" or order is None or order.repeated_as:
        return None
    if order.act.key not in {each.key for each in acts_for(listing=order.listing, role=reader.role)}:
        return None
    number = order.counts.get("failed", 0)
    words = ngettext("重试没有办成的 %(n)s 项", "重试没有办成的 %(n)s 项", number) % {"n": number}
    return Act(words, icon="refresh", kind="primary", name="act", value="failed") if number else None


def _failures(job: queries.JobView, order: queries.BulkView | None) -> Table:
    nothing = Empty(icon="circle-check", title=_("没有异常"), text=_("这项任务没有报告失败的对象。"))
    if order is None:
        rows = [Row([Cell(each, mono=True, wide=True)]) for each in job.troubles]
        return Table(label=_("异常清单"), columns=[Column(_("异常清单"))], rows=rows, empty=nothing)
    return Table(
        label=_("异常清单"),
        columns=[Column(_("没有办成的事项")), Column(_("原因"))],
        rows=[
            Row(
                [
                    Cell(each.name or each.key, href=each.href, code=each.key.rpartition(":")[2], main=True, wide=True),
                    Cell(each.why, wide=True),
                ]
            )
            for each in order.failed
        ],
        empty=nothing,
    )
