"""The long-term stage of the four-nature detection (长期保存环节, DA/T 70-2018): 17 groups, judged by the rounds.

Nothing is looked at here: each group is judged by what the last whole round of verification, the rounds of fixity, the
judging of signatures, the register of formats and the restore drills found. What no round has looked at is never said
to pass; what only a person can see passes by what a person signed, until the day it is due again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import cast

from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Role
from lantai.archival.checks.model import Verdict
from lantai.archival.checks.register import GroupDefinition, groups
from lantai.catalog.services.judging import DUTY as WORSENED
from lantai.common.written import written_moment
from lantai.preservation.queries import SignoffView, newest_signoffs, unplanned_formats
from lantai.storage.backup_queries import DrillView, list_drills
from lantai.storage.copies import RoundDone
from lantai.storage.fixity_states import FixityState, fixity_states
from lantai.storage.roots import MAIN
from lantai.storage.rounds import standing
from lantai.work.queries import DutyFilter, count_duties

ROUND_OLD = timedelta(days=7)
DRILL_OLD = timedelta(days=365)
_GONE = ("E010", "E046", "E058", "E063", "L001")


@dataclass(frozen=True, slots=True)
class GroupJudged:
    """One group with its verdict and the evidence for it, as a sentence in the reader's language; *signed* is what a
    person found of what only people can judge.
    """

    group: GroupDefinition
    verdict: Verdict
    evidence: str
    signed: SignoffView | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rounds came to: the last whole round, open findings by area and code, copies, records with a verdict
    that became worse, formats at risk without a plan, the last restore drill.
    """

    now: datetime
    round: RoundDone | None
    findings: Mapping[tuple[str, str], int]
    states: list[FixityState]
    worsened: int
    unplanned: Mapping[str, str]
    drill: DrillView | None


def longterm_report(*, now: datetime) -> tuple[Facts, list[GroupJudged]]:
    """The 17 groups as they stand now, in the order of the standard."""
    done, findings = standing()
    facts = Facts(
        now=now, round=done, findings=findings, states=fixity_states(now=now),
        worsened=count_duties(role=Role.ARCHIVIST, chosen=DutyFilter(kind=WORSENED), today=date.max),
        unplanned=unplanned_formats(), drill=next(iter(list_drills(limit=1)), None),
    )  # fmt: skip
    signed = newest_signoffs()
    today = timezone.localdate(now)
    return facts, [_judge(each, facts, signed.get(each.group), today) for each in groups("CQ")]


def _judge(group: GroupDefinition, facts: Facts, signed: SignoffView | None, today: date) -> GroupJudged:
    """One group by the rounds; where they leave it to people, by what a person signed."""
    verdict, evidence = _JUDGES[group.group](facts)
    if verdict != "manual" or signed is None:
        return GroupJudged(group, verdict, evidence, signed)
    told = _("%(on)s 由 %(by)s 检测：%(found)s（下次 %(next)s）") % {
        "on": signed.checked_on.isoformat(),
        "by": signed.signer,
        "found": signed.found,
        "next": signed.next_on.isoformat(),
    }
    if signed.next_on <= today:
        late: Verdict = "fail" if signed.verdict == "fail" else "warning"
        return GroupJudged(group, late, told + _("；已到下次检测日期，须重新检测。"), signed)
    return GroupJudged(group, cast(Verdict, signed.verdict), told, signed)


Judged = tuple[Verdict, str]


def _round(facts: Facts, area: str, codes: tuple[str, ...], well: Callable[[], str]) -> Judged:
    """By the last whole round: a failure where any of *codes* (all of the area's where none) is open in *area*."""
    found = facts.round
    bad = sum(n for (place, code), n in facts.findings.items() if place == area and (not codes or code in codes))
    if bad:
        return "fail", _("核验有 %(n)s 处发现未恢复，见“核验结果”。") % {"n": f"{bad:,}"}
    if found is None:
        return "warning", _("还没有完成过一轮核验，不能判断。")
    looked = found.figures.get(area, 0)
    if not looked:
        return "not-applicable", _("还没有可检测的内容。")
    values = {"n": f"{looked:,}", "at": written_moment(found.finished_at)}
    told = well() + _("（%(at)s 完成的一轮，核对 %(n)s 项）") % values
    if facts.now - found.finished_at > ROUND_OLD:
        return "warning", told + _("这一轮已超过七天。")
    return "pass", told


def _fixing(facts: Facts) -> Judged:
    judged = _round(facts, "objects", (), lambda: _("全部对象的摘要与登记相符"))
    if not facts.worsened:
        return judged
    worse = _("；%(n)s 件的签名结论变差，待核实") % {"n": facts.worsened}
    return ("fail" if judged[0] == "fail" else "warning"), judged[1] + worse


def _totals(facts: Facts) -> Judged:
    objects, volume = next(((each.copies, each.bytes) for each in facts.states if each.code == MAIN), (0, 0))
    told = _("主存储位置有 %(objects)s 个对象、%(bytes)s 字节；各批次登记的总量须由人核对。")
    return "manual", told % {"objects": f"{objects:,}", "bytes": f"{volume:,}"}


def _completeness(facts: Facts) -> Judged:
    codes = ("record.columns", "record.no-entry", "record.document", "record.document-unreadable")
    judged = _round(facts, "records", codes, lambda: _("元数据项与进馆登记时相同，没有缺失"))
    if judged[0] != "pass":
        return judged
    return "manual", judged[1] + _("；编号连续性须由人核对。")


def _readable(facts: Facts) -> Judged:
    if facts.unplanned:
        names = "、".join(list(facts.unplanned)[:5])
        told = _("%(n)s 种格式有失读风险而没有保存办法：%(names)s") % {"n": len(facts.unplanned), "names": names}
        return "warning", told
    return _round(facts, "objects", ("L003", *_GONE), lambda: _("文件都能读出，没有无保存办法的风险格式"))


def _environment(facts: Facts) -> Judged:
    return "manual", _("软硬件环境须由人评估；登记的存储位置 %(n)s 个。") % {"n": len(facts.states)}


def _restorable(facts: Facts) -> Judged:
    drill = facts.drill
    if drill is None:
        return "warning", _("还没有做过恢复演练。")
    values = {"at": written_moment(drill.ended_at), "backup": drill.backup}
    if not drill.met:
        return "fail", _("%(at)s 的恢复演练没有达到要求（备份 %(backup)s）。") % values
    told = _("%(at)s 从备份 %(backup)s 恢复成功，逐项比对相符。") % values
    return ("warning" if facts.now - drill.ended_at > DRILL_OLD else "pass"), told


def _carriers(facts: Facts) -> Judged:
    broken, late = sum(each.broken for each in facts.states), sum(each.late for each in facts.states)
    copies = sum(each.copies for each in facts.states)
    if broken:
        return "fail", _("%(n)s 份副本损坏或缺失，待修复。") % {"n": f"{broken:,}"}
    if late:
        return "warning", _("%(n)s 份副本超过周期没有重读。") % {"n": f"{late:,}"}
    if not copies:
        return "not-applicable", _("还没有可检测的内容。")
    return "manual", _("%(n)s 份副本都在周期内重读并核对无误；载体外观须由人检查并登记。") % {"n": f"{copies:,}"}


def _person(words: str, _facts: Facts) -> Judged:
    return "manual", _(words)


_JUDGES: Mapping[str, Callable[[Facts], Judged]] = {
    "1-1": _fixing,
    "1-2": lambda facts: _round(
        facts, "records", ("record.columns", "record.no-entry", "record.document"),
        lambda: _("目录、账目与著录文件一致，元数据与进馆检测通过时相同"),
    ),
    "1-3": lambda facts: _round(
        facts, "records", ("record.content", "record.representation"), lambda: _("内容的大小和摘要与登记相符"),
    ),
    "1-4": lambda facts: _round(
        facts, "records", ("record.representation", "record.no-object", "record.no-content"),
        lambda: _("登记的存储位置都有所登记的内容"),
    ),
    "1-5": lambda facts: _round(facts, "objects", (), lambda: _("信息包与入库时逐字节一致")),
    "2-1": _totals,
    "2-2": _completeness,
    "2-3": lambda facts: _round(facts, "objects", (*_GONE, "E092"), lambda: _("内容数据没有缺失")),
    "2-4": lambda facts: _round(
        facts, "records", ("record.no-content", "record.no-object", "record.document-unreadable"),
        lambda: _("信息包和著录文件齐全"),
    ),
    "3-1": lambda facts: _round(
        facts, "records", ("record.document-unreadable", "record.no-entry"), lambda: _("元数据都能访问"),
    ),
    "3-2": _readable,
    "3-3": _environment,
    "3-4": _restorable,
    "4-1": partial(_person, "病毒由进馆检测查杀；保存期间的杀毒情况须由人检查并登记。"),
    "4-2": _carriers,
    "4-3": partial(_person, "软件系统的隐患漏洞须由人检查（附依赖与漏洞报告）。"),
    "4-4": partial(_person, "库房温湿度、防磁、防火等保管环境须由人检查。"),
}  # fmt: skip
