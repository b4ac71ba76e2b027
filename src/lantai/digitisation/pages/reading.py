"""What the page of a batch says of its reading: how it may be read, how far it is, what came of it."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.common.components import Act, JobRow, Tile
from lantai.common.written import written_span
from lantai.digitisation import queries
from lantai.digitisation.models import ReadingMode, RegionKind
from lantai.digitisation.services import ReadingRefused
from lantai.work.queries import job

_ENDED = ("done", "troubled", "failed")


def mode_choices() -> list[tuple[str, str]]:
    """How a batch may be read, the more exact way first."""
    return [(each.value, str(each.label)) for each in (ReadingMode.EXACT, ReadingMode.FAST)]


def reading_refusal(refused: ReadingRefused) -> str:
    """Why a batch was not read, and what to do."""
    match refused.code:
        case "checking":
            return _("批次还在检查，检查完毕后再识别。")
        case "filed":
            return _("批次已经入库，不再识别。")
        case "running":
            return _("识别已经在进行，没有重复安排。")
        case "nothing":
            return _("没有需要识别的页：已经读过，或有人校对过。")
    return _("没有这种识别方式。")


def reading_jobs(reading: queries.BatchReading) -> list[JobRow]:
    """The job that reads, while it is open or has failed, with what may be done about it."""
    found = job(task_id=reading.job) if reading.job and reading.under_way else None
    if found is None or found.state in ("done", "troubled"):
        return []
    acts, action = [], reverse("job-steer", args=[found.task_id])
    if found.state in ("running", "waiting"):
        acts = [Act(_("暂停"), icon="player-pause", name="act", value="pause")]
    elif found.state == "paused":
        acts = [Act(_("继续"), icon="player-play", name="act", value="resume")]
    elif found.state == "failed":
        acts, action = (
            [Act(_("重试"), icon="refresh", name="act", value="job")],
            reverse("job-retry", args=[found.task_id]),
        )
    left = found.seconds_left
    return [
        JobRow(
            title=_("识别扫描页"),
            state=found.state,
            percent=None if found.share is None else round(found.share * 100),
            done=_("%(done)s / %(total)s 页") % {"done": found.done, "total": found.total or reading.readable},
            left=_("约剩 %(span)s") % {"span": written_span(left)} if left is not None else "",
            href=reverse("job", args=[found.task_id]),
            action=action,
            acts=acts,
        )
    ]


def reading_tiles(batch_id: int, reading: queries.BatchReading) -> list[Tile]:
    """What reading gave so far; nothing before it was asked for."""
    if not reading.mode:
        return []
    place = reverse("digitising-pages", args=[batch_id])
    name = str(ReadingMode(reading.mode).label)
    seals = reading.regions.get(RegionKind.SEAL, 0)
    tables = reading.regions.get(RegionKind.TABLE, 0)
    return [
        Tile(_("已识别"), str(reading.read), unit=_("页"), href=f"{place}?state=read",
             more=_("%(mode)s · %(n)s 字") % {"mode": name, "n": reading.characters}),
        Tile(_("存疑"), str(reading.doubtful), unit=_("行"), href=reverse("digitising-review", args=[batch_id]),
             hot=bool(reading.doubtful)),
        Tile(_("印章"), str(seals), unit=_("枚"), href=f"{place}?state=seals",
             more=_("表格 %(n)s 张") % {"n": tables}),
    ]  # fmt: skip
