"""The page and the report of the long-term stage of the four-nature detection (长期保存检测)."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.archival.checks.register import NATURES, groups, register_version
from lantai.common.components import Act, Cell, Column, Link, Notice, Pair, PairGroup, Row, Table, Tile
from lantai.common.pages import FormPage, ListPage
from lantai.common.written import written_moment
from lantai.preservation.models import LongtermSignoff
from lantai.preservation.queries import SignoffView, signoffs_of
from lantai.preservation.services import SIGNED_GROUPS, SIGNERS
from lantai.site.health_pages import tongue
from lantai.site.longterm import Facts, GroupJudged, longterm_report
from lantai.site.longterm_forms import SignoffForm


def longterm_page(*, now: datetime, reader: Reader) -> ListPage:
    """The 17 groups with verdict and evidence; who may sign what people found gets the way to do so."""
    facts, judged = longterm_report(now=now)
    counts = Counter(each.verdict for each in judged)
    signs = reader.role in SIGNERS
    headings = (_("组别"), _("要求"), _("结论"), _("依据"))
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
            columns=[Column(each) for each in (*headings, *((_("操作"),) if signs else ()))],
            rows=[_row(each, signs=signs) for each in judged],
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
                "signed": _signed(each),
            }
            for each in judged
        ],
    }


def _notice(facts: Facts) -> Notice:
    if facts.round is None:
        return Notice("warn", _("还没有完成过一轮核验。"), _("完成之前，依据核验的各组都不算通过。"))
    told = _("最近一轮核验 %(at)s 完成；没有看过的不算通过；只有人能看的，由人检测并签署。")
    return Notice("info", _("依据最近的检查结果。"), told % {"at": written_moment(facts.round.finished_at)})


def _signed(each: GroupJudged) -> dict[str, str] | None:
    """What a person signed of the group, as data; None where it is not for people or nobody did."""
    if each.signed is None:
        return None
    told = {name: str(value) for name, value in asdict(each.signed).items()}
    return told | {"at": each.signed.at.isoformat()}


def signoff_page(*, group: str, form: SignoffForm) -> FormPage:
    """The form in which a person signs what was found of *group*, beside what was signed before."""
    asked = next(each for each in groups("CQ") if each.group == group)
    english = tongue() == "en"
    earlier = signoffs_of(group=group)
    return FormPage(
        title=_("登记人工检测"),
        here="verification",
        back=[Link(_("长期保存检测"), reverse("longterm")), Link(asked.name_en if english else asked.name_zh)],
        facts=f"{asked.code}　{asked.asks_en if english else asked.asks_zh}",
        form=form,
        submit=Act(_("签署并保存"), kind="primary"),
        cancel=reverse("longterm"),
        warning=_("签署后写入账本，不能修改；以后可以再登记一次。"),
        beside=[PairGroup(_("以前的检测"), [_earlier(each) for each in earlier])] if earlier else [],
    )


def _earlier(each: SignoffView) -> Pair:
    told = _("由 %(by)s 签署，下次 %(next)s") % {"by": each.signer, "next": each.next_on.isoformat()}
    verdict = LongtermSignoff.Verdict(each.verdict).label
    return Pair(f"{each.checked_on.isoformat()}　{verdict}", each.found, note=told)


def _row(each: GroupJudged, *, signs: bool) -> Row:
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
            *((Cell(acts=_acts(group.group)),) if signs else ()),
        ]
    )


def _acts(group: str) -> list[Act]:
    """The way to sign, at the groups that people judge."""
    return [Act(_("登记检测"), href=reverse("longterm-sign", args=[group]))] if group in SIGNED_GROUPS else []
