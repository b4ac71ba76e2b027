"""The pages of the system administrator's watch: health (运行状态) and what verification found (核验结果)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, Role
from lantai.common.components import Act, Cell, Column, Empty, Notice, Row, Tab, Table, Tile
from lantai.common.pages import ListPage
from lantai.common.paging import portion_asked
from lantai.common.written import written_moment
from lantai.site.health import Health, Language, Room, written_room, written_span
from lantai.storage.rounds import FindingView, count_findings, last_round, open_findings
from lantai.storage.services import AREAS

SIZE = 50
Tone = Literal["ok", "warn", "bad"]
_STATES = {"ok": "pass", "warn": "warning", "bad": "fail"}


def tongue() -> Language:
    """The language of the page."""
    return "en" if get_language() == "en" else "zh"


def health_page(found: Health) -> ListPage:
    """Health (运行状态): warnings first, each with what to do, then every figure."""
    language = tongue()
    stop = "." if language == "en" else "。"
    notices = [Notice(each.tone, each.what(language) + stop, each.todo(language)) for each in found.warnings]
    if not notices:
        notices = [Notice("ok", _("一切正常。"), _("各程序在运行，没有积压，空间充足。"))]
    warned = {each.code: each.tone for each in found.warnings}
    return ListPage(
        title=_("运行状态"),
        here="health",
        facts=_("截至 %(at)s；命令行 lantai status 给出同样的内容。") % {"at": written_moment(found.at)},
        acts=[
            Act(_("核验结果"), href=reverse("verifications"), icon="shield-check"),
            Act(_("后台任务"), href=reverse("jobs"), icon="activity"),
        ],
        notices=notices,
        tiles=list(_tiles(found)),
        table=Table(
            label=_("运行状态"),
            columns=[Column(_("项目")), Column(_("状态")), Column(_("现在")), Column(_("详情"))],
            rows=[
                Row([Cell(name, main=True), _state(tone), Cell(value, whole=True), Cell(note, wide=True)])
                for name, tone, value, note in _lines(found, warned)
            ],
            keyed=False,
        ),
    )


def _tiles(found: Health) -> Iterator[Tile]:
    alive = sum(each.alive for name, each in found.programs.items() if name == "work")
    yield Tile(_("后台程序"), str(alive), _("个"), hot=not alive)
    yield Tile(_("等待的任务"), str(found.jobs.waiting), _("项"), href=reverse("jobs"))
    yield Tile(_("检索落后"), f"{found.index[0]:,}", _("条"))
    opened = sum(found.findings.values())
    yield Tile(_("核验发现"), str(opened), _("处"), href=reverse("verifications"), hot=opened > 0)


def _lines(found: Health, warned: dict[str, Literal["warn", "bad"]]) -> Iterator[tuple[str, Tone, str, str]]:
    """Each line of the table: what, how it stands, its figure, and what that means."""

    def tone(*codes: str) -> Tone:
        tones = {warned[each] for each in codes if each in warned}
        return "bad" if "bad" in tones else "warn" if tones else "ok"

    for name, words, code in (("work", _("后台程序"), "no-worker"), ("follow", _("续编程序"), "no-steward")):
        told = found.programs.get(name)
        value = _("%(n)s 个在运行") % {"n": told.alive if told else 0}
        yield words, tone(code), value, _("最近心跳 %(span)s") % {"span": _ago(told.last if told else None, found.at)}
    jobs = _("进行中 %(running)s，最近一天失败 %(failed)s") % {
        "running": found.jobs.running,
        "failed": found.jobs.failed,
    }
    yield (
        _("任务队列"),
        tone("jobs-wait", "jobs-failed"),
        _waiting(found.jobs.waiting, found.jobs.oldest, found.at),
        jobs,
    )
    for state, words, code in (
        ("received", _("等待检测"), "received-wait"),
        ("approved", _("等待进馆"), "approved-wait"),
        ("examined", _("等待人工决定"), ""),
    ):
        line = found.intake[state]
        yield words, tone(code), _waiting(line.count, line.oldest, found.at), ""
    yield _("等待确认格式与全文"), tone("unconfirmed-wait"), _waiting(*found.unconfirmed, found.at), ""
    yield _("检索索引"), tone("index-behind"), _waiting(*found.index, found.at), _("账本中还没有编入索引的变化")
    yield _("账本"), tone("ledger-behind"), _waiting(*found.ledger, found.at), _("等待编入的账目")
    yield _("检查点"), tone("checkpoint-unsigned"), *_checkpoint(found)
    yield _("账本见证"), tone("witness-conflict", "witness-behind"), *_witnesses(found)
    yield (
        _("回调"),
        tone("webhooks-wait", "webhooks-given-up"),
        _waiting(found.dispatches.waiting, found.dispatches.oldest, found.at),
        _("已放弃 %(n)s") % {"n": found.dispatches.given_up},
    )
    yield from _copies(found, tone("below-policy", "copies-bad"), tone("location-away"))
    for room in found.rooms:
        yield _("剩余空间"), _room_tone(room, found), written_room(room.free), room.path
    yield _("核验"), tone("findings", "verification-old", "never-verified"), *_verified(found)


def _copies(found: Health, below: Tone, away: Tone) -> Iterator[tuple[str, Tone, str, str]]:
    told = found.safety
    counts = {"wanted": f"{told.wanted:,}", "bad": f"{told.bad:,}"}
    value = _("低于策略 %(n)s 个对象") % {"n": f"{told.below:,}"} if told.below else _("全部满足策略")
    yield _("副本"), below, value, _("待复制 %(wanted)s，损坏或缺失 %(bad)s") % counts
    yield _("最久未核对的副本"), "ok", _ago(told.oldest, found.at), ""
    names = _("、").join(told.away)
    yield _("存储位置"), away, _("不可用：%(names)s") % {"names": names} if names else _("全部可用"), ""


def _checkpoint(found: Health) -> tuple[str, str]:
    if found.checkpoint is None:
        return _("还没有"), ""
    count = _("%(n)s 条") % {"n": f"{found.checkpoint.size:,}"}
    return count, _("签于 %(span)s") % {"span": _ago(found.checkpoint.at, found.at)}


def _witnesses(found: Health) -> tuple[str, str]:
    told = _("%(n)s 个见证方，策略要求 %(least)s 个")
    note = told % {"n": found.witnesses.witnesses, "least": found.witnesses.least}
    if found.witnesses.met_at is None:
        return _("还没有"), note
    return _("%(n)s 条") % {"n": f"{found.witnesses.met_size:,}"}, note


def _verified(found: Health) -> tuple[str, str]:
    value = _("未完成过") if found.verified is None else _ago(found.verified.finished_at, found.at)
    return value, _("有待处理的发现 %(n)s 处") % {"n": sum(found.findings.values())}


def _room_tone(room: Room, found: Health) -> Tone:
    tones = {each.code: each.tone for each in found.warnings if each.values.get("place") == room.path}
    return next(iter(tones.values()), "ok")


def _waiting(count: int, oldest: datetime | None, now: datetime) -> str:
    if not count or oldest is None:
        return f"{count:,}"
    return _("%(n)s，最早 %(span)s") % {"n": f"{count:,}", "span": _ago(oldest, now)}


def _ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return _("从未")
    return _("%(span)s前") % {"span": written_span(max(now - at, now - now), tongue())}


def _state(tone: Tone) -> Cell:
    words = {"ok": _("正常"), "warn": _("须注意"), "bad": _("故障")}
    return Cell(state=_STATES[tone], state_text=words[tone])


def findings_page(request: HttpRequest, reader: Reader, area: str) -> ListPage:
    """What verification found and is not mended (核验结果), in one area or in all."""
    language, at = tongue(), int(tongue() == "en")
    counts, done = count_findings(), last_round()
    total = counts.get(area, 0) if area else sum(counts.values())
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: (open_findings(area=area, limit=limit, offset=offset), total),
    )
    facts = _("还没有完成过一次核验。")
    if done is not None:
        facts = _("上次完整核验 %(at)s，核对 %(n)s 项。") % {
            "at": written_moment(done.finished_at),
            "n": f"{sum(done.figures.values()):,}",
        }
    return ListPage(
        title=_("核验结果"),
        here="verification",
        facts=facts,
        acts=[
            *([Act(_("运行状态"), href=reverse("health"), icon="heartbeat")] if reader.role == Role.SYSTEM else []),
            Act(_("长期保存检测"), href=reverse("longterm"), icon="checks"),
        ],
        tabs=[
            Tab(_("全部"), reverse("verifications"), here=not area, count=sum(counts.values())),
            *(
                Tab(names[at], reverse("verification", args=[key]), here=key == area, count=counts.get(key, 0))
                for key, names in AREAS.items()
            ),
        ],
        table=Table(
            label=_("核验结果"),
            columns=[Column(_("问题")), Column(_("范围")), Column(_("怎么办")), Column(_("发现时间"))],
            rows=[_finding_row(each, language) for each in found.lines],
            pager=found.pager,
            empty=Empty(
                icon="shield-check",
                title=_("没有待处理的发现"),
                text=_("每天自动核验账本、回执、目录和存储；发现的问题列在这里，恢复后由下一次核验自动办结。"),
            ),
            keyed=False,
        ),
    )


def _finding_row(each: FindingView, language: Language) -> Row:
    return Row(
        [
            Cell(each.found.what(language), code=each.found.code, main=True, wide=True),
            Cell(AREAS[each.area][int(language == "en")]),
            Cell(each.found.todo(language), wide=True),
            Cell(written_moment(each.found_at), whole=True),
        ]
    )
