"""The pages of work, built: my work (我的工作) and notices. Jobs and bulk acts have modules of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from lantai.administration.queries.people import Reader, Role
from lantai.common.components import Act, Cell, Column, Empty, Row, Tab, Table, Tile
from lantai.common.pages import ListPage, WorkPage
from lantai.common.paging import Portion, address_with, portion_asked
from lantai.common.written import written_day, written_due, written_moment
from lantai.work import queries
from lantai.work.duties import DUTIES, LIST, duty_filter, place_of
from lantai.work.forms import DutiesForm
from lantai.work.job_pages import job_row
from lantai.work.lists import filter_asked

SIZE = 30
KINDS = {
    "submission": gettext_noop("接收检测"),
    "correction": gettext_noop("补正重交"),
    "correction-late": gettext_noop("补正逾期"),
    "verification": gettext_noop("核验"),
    "location": gettext_noop("存储位置"),
    "carrier": gettext_noop("载体检查"),
    "dated-change": gettext_noop("变更未能生效"),
    "witness-conflict": gettext_noop("见证方与本馆账本矛盾"),
    "timestamp-renewal": gettext_noop("续期检查点的时间戳"),
    "copies-damaged": gettext_noop("副本损坏"),
    "signature-worsened": gettext_noop("签名结论变差"),
}
"""Kinds of due work, with their words."""
gettext_noop("四性检测")
gettext_noop("核验发现问题")
gettext_noop("进馆")
gettext_noop("批次接收与退回")
gettext_noop("按新的移交时限计算")
gettext_noop("按新的材料收集时限计算")
gettext_noop("目录识别")
gettext_noop("格式确认与全文提取")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesPage(ListPage):
    """Notices, with the button that marks all as read when some are not."""

    template: ClassVar[str] = "work/notices.html"
    unread: bool = False


def work_page(request: HttpRequest, reader: Reader, views: queries.ViewsShown) -> WorkPage:
    """My work (我的工作): what is due, by legal due day, the overdue first; beside it what runs; a department's
    corrections (补正).
    """
    department = reader.role == Role.DEPARTMENT
    own, today = reader.organisation_id, timezone.localdate()
    chosen, query = duty_filter(request.GET), filter_asked(DUTIES, request.GET)
    figures = queries.duty_figures(role=reader.role, organisation_id=own, today=today)

    def read(offset: int, limit: int) -> tuple[list[queries.DutyView], int]:
        given = {"role": reader.role, "organisation_id": own, "chosen": chosen, "today": today}
        narrow = chosen.kind or chosen.text or chosen.due
        total = queries.count_duties(**given) if narrow else figures.open  # type: ignore[arg-type]
        return queries.open_duties(limit=limit, offset=offset, **given), total  # type: ignore[arg-type]

    found = portion_asked(request, size=SIZE, read=read)
    first = found.lines[0] if found.lines else None
    start = _walking(first, query)
    return WorkPage(
        title=_("补正") if department else _("我的工作"),
        here="work",
        facts=_greeting(reader, figures.overdue, figures.today),
        acts=[Act(_("开始处理"), href=start, icon="player-play", kind="primary", key="n")] if start else [],
        tiles=_work_tiles(figures),
        tabs=[*_work_tabs(request, chosen.kind, figures, views), *views.tabs],
        views=None if department else views.bar,
        form=DutiesForm(request.GET),
        reset=f"{reverse('work')}?view=all" if views.first else reverse("work"),
        table=_duties_table(request, found, reader, today, query),
        jobs=[] if department else [job_row(each, reader) for each in queries.recent_jobs(limit=4)],
        jobs_href="" if department else reverse("jobs"),
        dues=[_due_row(each, today, query) for each in found.lines[:4] if each.due_on],
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


def _work_tiles(figures: queries.DutyFigures) -> list[Tile]:
    here, unit = f"{reverse('work')}?view=all", _("项")
    away = _("另有暂缓 %(n)s 项") % {"n": figures.put_off} if figures.put_off else ""
    kinds = _by_kind(figures.kinds)
    return [
        Tile(
            _("已逾期"),
            str(figures.overdue),
            unit,
            _by_kind(figures.late_kinds) or _("没有逾期的事项"),
            f"{here}&due=overdue",
            hot=figures.overdue > 0,
        ),
        Tile(
            _("一周内到期"),
            str(figures.week),
            unit,
            _("其中今天到期 %(n)s 项") % {"n": figures.today},
            f"{here}&due=week",
        ),
        Tile(_("待我处理"), str(figures.open), unit, " · ".join(part for part in (kinds, away) if part), here),
        Tile(_("最近七天办结"), str(figures.finished), unit),
    ]


def _by_kind(counts: Mapping[str, int]) -> str:
    return " · ".join(f"{_word(kind)} {n}" for kind, n in counts.items())


def _work_tabs(request: HttpRequest, kind: str, figures: queries.DutyFigures, views: queries.ViewsShown) -> list[Tab]:
    away = request.GET.get("due", "") == "put-off"
    plain = not views.open
    everything = "all" if views.first else ""
    tabs = [
        Tab(
            _("全部待办"),
            address_with(request, kind="", due="" if away else request.GET.get("due", ""), view=everything),
            here=plain and not kind and not away,
            count=figures.open,
        ),
        *(
            Tab(
                _word(each),
                address_with(request, kind=each, due="" if away else request.GET.get("due", ""), view=everything),
                here=plain and kind == each and not away,
                count=n,
            )
            for each, n in figures.kinds.items()
        ),
    ]
    if figures.put_off or away:
        put_off = address_with(request, kind="", due="put-off", view=everything)
        tabs.append(Tab(_("已暂缓"), put_off, here=plain and away, count=figures.put_off, icon="clock-pause"))
    return tabs


def _duties_table(
    request: HttpRequest, found: Portion[queries.DutyView], reader: Reader, today: date, query: str
) -> Table:
    narrowed, department = bool(query), reader.role == Role.DEPARTMENT
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
        acts=[Act(_("清除条件"), href=f"{reverse('work')}?view=all")] if narrowed else [],
    )
    keys, bulk, chosen = [each.key for each in found.lines], None, queries.Chosen(0, frozenset())
    if not department:
        total = found.pager.total
        chosen = queries.selection_of(reader=reader, listing=DUTIES, shown=keys, query=query, total=total)
        back = request.get_full_path()
        bulk = queries.picking(reader=reader, listing=DUTIES, chosen=chosen, query=query, total=total, back=back)
    return Table(
        label=_("待办事项"),
        columns=[
            Column(_("事项")),
            Column(_("类型")),
            Column(_("状态")),
            Column(_("需要注意")),
            Column(_("期限"), sort="" if request.GET.get("sort") else "ascending"),
            Column(_("操作"), hidden=True),
        ],
        rows=[_duty_row(each, today, query, selected=each.key in chosen.shown) for each in found.lines],
        pager=found.pager,
        bulk=bulk,
        empty=nothing,
    )


def _duty_row(each: queries.DutyView, today: date, query: str, *, selected: bool) -> Row:
    place, away = _walking(each, query), each.put_off_until
    back = _("暂缓至 %(day)s") % {"day": written_day(away)} if away else ""
    return Row(
        [
            Cell(_title(each), href=place, code=each.subject, main=True),
            Cell(_word(each.kind), whole=True),
            Cell(state="overdue" if each.overdue else "paused" if away else "todo", state_text=back),
            Cell(each.reason, wide=True),
            Cell(written_due(each.due_on, today=today) or _("未约定"), tone=_tone(each), whole=True),
            Cell(acts=[Act(_("处理"), href=place)] if place else []),
        ],
        key=each.key,
        name=_title(each),
        selected=selected,
    )


def _due_row(each: queries.DutyView, today: date, query: str) -> Row:
    due = Cell(written_due(each.due_on, today=today), tone=_tone(each))
    return Row([due, Cell(_title(each), href=_walking(each, query))])


def _title(each: queries.DutyView) -> str:
    """What a duty is about: the title of a package, or our own words, which are translated."""
    return _(each.title) if each.kind in ("verification", "witness-conflict", "timestamp-renewal") else each.title


def _tone(each: queries.DutyView) -> Literal["", "late", "soon"]:
    return "late" if each.overdue else "soon" if each.due_today else ""


def _word(kind: str) -> str:
    return _(KINDS[kind]) if kind in KINDS else kind


def _walking(duty: queries.DutyView | None, query: str) -> str:
    """The page that does a duty, told from which queue one comes."""
    place = place_of(duty.kind, duty.subject) if duty else ""
    return f"{place}?{queries.walk_parameters(listing=LIST, query=query)}" if place else ""


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
