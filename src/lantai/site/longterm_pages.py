"""The page and the report of the long-term stage of the four-nature detection (长期保存检测)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.archival.checks.register import NATURES, register_version
from lantai.common.components import Act, Cell, Column, Notice, Row, Table, Tile
from lantai.common.pages import ListPage
from lantai.common.written import written_moment
from lantai.site.health_pages import tongue
from lantai.site.longterm import Facts, GroupJudged, longterm_report


def longterm_page(*, now: datetime) -> ListPage:
    """The 17 groups with verdict and evidence."""
    facts, judged = longterm_report(now=now)
    counts = Counter(each.verdict for each in judged)
    return ListPage(
        title=_("长期保存检测"),
        here="verification",
        facts=_("DA/T 70-2018 长期保存环节的 17 组检测，依据日常核验、固定性检查、签名判定和恢复演练的结果判断。"),
        acts=[
            Act(_("核验结果"), href=reverse("verifications"), icon="shield-check"),
            Act(_("下载报告"), href=reverse("longterm-report"), icon="download", download=True),
        ],
        notices=[_notice(facts)],
        tiles=[
            Tile(_("通过"), str(counts["pass"]), _("组")),
            Tile(_("不通过"), str(counts["fail"]), _("组"), hot=counts["fail"] > 0),
            Tile(_("须注意"), str(counts["warning"]), _("组"), hot=counts["warning"] > 0),
            Tile(_("须人工检测"), str(counts["manual"]), _("组")),
        ],
        table=Table(
            label=_("长期保存检测"),
            columns=[Column(_("组别")), Column(_("要求")), Column(_("结论")), Column(_("依据"))],
            rows=[_row(each) for each in judged],
            keyed=False,
        ),
    )


def longterm_data(*, now: datetime) -> dict[str, Any]:
    """The same as data, for the report that is kept."""
    facts, judged = longterm_report(now=now)
    return {
        "standard": "DA/T 70-2018",
        "stage": "CQ",
        "register": register_version(),
        "made_at": now.isoformat(),
        "round_finished_at": facts.round.finished_at.isoformat() if facts.round else None,
        "groups": [
            {
                "code": each.group.code,
                "name": each.group.name_zh,
                "name_en": each.group.name_en,
                "asks": each.group.asks_zh,
                "asks_en": each.group.asks_en,
                "verdict": each.verdict,
                "evidence": each.evidence,
            }
            for each in judged
        ],
    }


def _notice(facts: Facts) -> Notice:
    if facts.round is None:
        return Notice("warn", _("还没有完成过一轮核验。"), _("完成之前，依据核验的各组都不算通过。"))
    told = _("最近一轮核验 %(at)s 完成；没有看过的和只有人能看的，不算通过。")
    return Notice("info", _("依据最近的检查结果。"), told % {"at": written_moment(facts.round.finished_at)})


def _row(each: GroupJudged) -> Row:
    english = tongue() == "en"
    words = {
        "pass": _("通过"), "fail": _("不通过"), "warning": _("须注意"), "manual": _("须人工检测"),
        "not-applicable": _("不适用"),
    }  # fmt: skip
    group = each.group
    return Row(
        [
            Cell(
                group.name_en if english else group.name_zh,
                main=True,
                code=group.code,
                more=NATURES[group.nature][int(english)],
            ),
            Cell(group.asks_en if english else group.asks_zh, wide=True),
            Cell(state=each.verdict, state_text=words[each.verdict]),
            Cell(each.evidence, wide=True),
        ]
    )
