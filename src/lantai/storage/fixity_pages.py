"""The pages of fixity, built: locations with their cycle and what is late, and what was put aside."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lantai.administration.queries.people import Role
from lantai.common.components import Act, Bulk, Cell, Column, Empty, Notice, Row, Table, Tile
from lantai.common.pages import FormPage, ListPage
from lantai.common.written import written_moment
from lantai.storage.fixity_states import AsideView, FixityState, fixity_states, put_aside_copies
from lantai.storage.oracle import oracle_program
from lantai.storage.rounds import last_round
from lantai.storage.services import ORACLE_BY

KEEPERS = (Role.ARCHIVIST, Role.SYSTEM)
_HOURS = 24


class ReadingForm(forms.Form):
    """How fast a location may be read again, and how often."""

    read_rate = forms.IntegerField(label=gettext_lazy("读取速度（MB/s）"), min_value=1, max_value=10_000)
    cycle_days = forms.IntegerField(label=gettext_lazy("检查周期（天）"), min_value=1, max_value=3650)


def fixity_page(*, role: Role, now: datetime) -> ListPage:
    """How reading again stands at every location."""
    states = fixity_states(now=now)
    broken, late = sum(each.broken for each in states), sum(each.late for each in states)
    aside = len(put_aside_copies())
    acts = [Act(_("隔离的损坏副本"), href=reverse("quarantine"), icon="alert-triangle")]
    if role != Role.AUDIT:
        acts.append(Act(_("核验结果"), href=reverse("verifications"), icon="shield-check"))
    return ListPage(
        title=_("固定性检查"),
        here="fixity",
        facts=_("每份副本在周期内从载体重读并核对摘要；损坏的先隔离，再由完好的副本修复，全部记入账本。"),
        acts=acts,
        notices=list(_notices(states)),
        tiles=[
            Tile(_("存储位置"), str(len(states))),
            Tile(_("超过周期未读"), f"{late:,}", hot=late > 0),
            Tile(_("损坏待修复"), f"{broken:,}", hot=broken > 0),
            Tile(_("隔离"), f"{aside:,}", href=reverse("quarantine")),
        ],
        table=Table(
            label=_("各存储位置"),
            columns=[
                Column(_("位置")),
                Column(_("状态")),
                Column(_("副本"), right=True),
                Column(_("最久未读")),
                Column(_("周期与速度")),
                Column(_("读一轮需要")),
            ],
            rows=[_row(each, role) for each in states],
            empty=Empty(icon="database", title=_("还没有存储位置"), text=_("第一件档案进馆时建立主存储位置。")),
            keyed=False,
        ),
    )


def reading_page(*, state: FixityState, form: ReadingForm) -> FormPage:
    """The form for one location, and what can be done about its round now."""
    code = state.code
    acts = [Act(_("立即检查一轮"), name="act", value="start")]
    if state.round_left:
        acts = [Act(_("停止本轮"), name="act", value="stop")]
    pausing = ("resume", _("恢复检查")) if state.paused_since else ("pause", _("暂停检查"))
    return FormPage(
        notices=list(_stands(state)),
        more_acts=[*acts, Act(pausing[1], name="act", value=pausing[0])],
        title=_("%(code)s 的检查速度和周期") % {"code": code},
        here="fixity",
        form=form,
        submit=Act(_("保存"), kind="primary"),
        cancel=reverse("fixity"),
        warning=_("速度是后台重读时的上限，业务繁忙时自动让路；修改记入账本。"),
    )


def _stands(state: FixityState) -> list[Notice]:
    """What somebody asked for at a location."""
    notices = []
    if state.paused_since:
        told = _("自 %(at)s 起不读也不修复；恢复后从断处继续。") % {"at": written_moment(state.paused_since)}
        notices.append(Notice("warn", _("检查已暂停。"), told))
    if state.round_since and state.round_left:
        values = {"at": written_moment(state.round_since), "n": f"{state.round_left:,}"}
        notices.append(Notice("info", _("正在检查一轮。"), _("%(at)s 开始，还有 %(n)s 份副本要读。") % values))
    return notices


def quarantine_page(*, role: Role) -> ListPage:
    """What was put aside of damaged copies."""
    rows = put_aside_copies()
    bulk = Bulk(reverse("quarantine-release"), [Act(_("删除所选"), kind="danger", name="act", value="release")])
    return ListPage(
        title=_("隔离的损坏副本"),
        here="fixity",
        facts=_("损坏的副本在修复前原样移到这里，查明原因后由人删除；修复所用的是读过并核对无误的另一份副本。"),
        acts=[Act(_("固定性检查"), href=reverse("fixity"), icon="shield-check")],
        table=Table(
            label=_("隔离的损坏副本"),
            columns=[Column(_("对象")), Column(_("位置")), Column(_("问题")), Column(_("大小")), Column(_("隔离时间"))],
            rows=[_aside(each) for each in rows],
            bulk=bulk if role in KEEPERS and rows else None,
            empty=Empty(icon="shield-check", title=_("没有隔离的副本"), text=_("检查没有发现损坏，或损坏的都已处理。")),
        ),
    )


def _notices(states: list[FixityState]) -> list[Notice]:
    slow = [each.code for each in states if each.round_days > each.cycle_days]
    notices = []
    if slow:
        notices.append(
            Notice(
                "warn",
                _("读取速度不够：%(codes)s 在周期内读不完一轮。") % {"codes": "、".join(slow)},
                _("请提高读取速度或延长周期。"),
            )
        )
    if oracle_program() is None:
        notices.append(Notice("info", _("没有安装参考实现 ocfl-py。"), _("安装后每月用它独立复核一次存储根。")))
        return notices
    last = last_round(by=ORACLE_BY)
    told = _("还没有完成过。") if last is None else _("上次完成于 %(at)s。") % {"at": written_moment(last.finished_at)}
    notices.append(Notice("info", _("参考实现 ocfl-py 每月独立复核一次存储根。"), told))
    return notices


def _row(each: FixityState, role: Role) -> Row:
    href = reverse("fixity-reading", args=[each.code]) if role in KEEPERS else ""
    if each.paused_since:
        state, words = "warning", _("检查已暂停")
    elif each.away:
        state, words = "warning", _("不在线")
    elif each.broken:
        state, words = "fail", _("损坏 %(n)s 份") % {"n": f"{each.broken:,}"}
    elif not each.holds:
        state, words = "warning", _("超过周期 %(n)s 份") % {"n": f"{each.late:,}"}
    else:
        state, words = "pass", _("正常")
    if each.round_left:
        words = _("%(words)s，本轮还有 %(n)s 份") % {"words": words, "n": f"{each.round_left:,}"}
    if each.suspects:
        words = _("%(words)s，%(n)s 份优先重读") % {"words": words, "n": f"{each.suspects:,}"}
    return Row(
        [
            Cell(each.code, href=href, main=True, mono=True),
            Cell(state=state, state_text=words),
            Cell(f"{each.copies:,}", more=filesizeformat(each.bytes), right=True),
            Cell(written_moment(each.oldest) if each.oldest else "—", whole=True),
            Cell(_("%(days)s 天") % {"days": each.cycle_days}, more=f"{each.read_rate} MB/s"),
            Cell(_span(each.round_days)),
        ]
    )


def _span(days: float) -> str:
    if days >= 1:
        return ngettext("%(n)s 天", "%(n)s 天", round(days)) % {"n": f"{days:,.1f}"}
    return _("不到 %(n)s 小时") % {"n": max(1, -int(-days * _HOURS // 1))}


def _aside(each: AsideView) -> Row:
    return Row(
        [
            Cell(each.object_id, mono=True, main=True),
            Cell(each.location, mono=True),
            Cell("; ".join(each.problems), more=each.place, wide=True),
            Cell(filesizeformat(each.bytes), whole=True),
            Cell(written_moment(each.at), whole=True),
        ],
        key=str(each.id),
        name=each.object_id,
    )
