"""Verdicts on signatures and seals as pages show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantai.archival.formats import SignatureFact, sentence
from lantai.common.components import Cell, CheckGroup, CheckLine, Column, Row, Table
from lantai.common.states import STATES
from lantai.common.written import written_moment


def signatures_table(signatures: Sequence[tuple[str, SignatureFact]]) -> Table:
    """Every signature with its verdict and why, the worst first."""
    return Table(
        label=_("电子签名与印章"),
        columns=[Column(_("签名人")), Column(_("判定结论")), Column(_("理由与依据"))],
        rows=[
            Row(
                [
                    Cell(_who(fact), more=" · ".join(_marks(path, fact)), main=True, wide=True),
                    Cell(state=f"signature-{fact.verdict}"),
                    Cell(said_of(fact.reason), more=said_of(_rest(fact)), wide=True),
                ],
                name=fact.signer,
            )
            for path, fact in _ordered(signatures)
        ],
        keyed=False,
    )


def signatures_group(signatures: Sequence[tuple[str, SignatureFact]]) -> CheckGroup:
    """The same for a narrow place, as a group of the check list, the worst first."""
    ordered = _ordered(signatures)
    valid = sum(fact.verdict == "valid" for _path, fact in ordered)
    return CheckGroup(
        name=_("电子签名与印章"),
        state="pass" if valid == len(ordered) else "fail" if ordered[0][1].verdict == "invalid" else "warning",
        passed=valid,
        total=len(ordered),
        lines=[
            CheckLine(
                code=str(STATES[f"signature-{fact.verdict}"].words),
                name=" · ".join([_who(fact), *_marks(path, fact)]),
                state=f"signature-{fact.verdict}",
                found=said_of("\n".join(filter(None, (fact.reason, _rest(fact))))),
            )
            for path, fact in ordered
        ],
    )


def _ordered(signatures: Sequence[tuple[str, SignatureFact]]) -> list[tuple[str, SignatureFact]]:
    order = {"invalid": 0, "unjudged": 1, "untrusted": 2, "valid": 3}
    return sorted(signatures, key=lambda each: order.get(each[1].verdict, 0))


def _who(fact: SignatureFact) -> str:
    return fact.signer or fact.seal or _("（不明）")


def _marks(path: str, fact: SignatureFact) -> list[str]:
    """What kind of signature it is, where it stands, and since when."""
    kind = {"pdf-timestamp": _("文件时间戳"), "ofd-seal": _("电子印章")}.get(fact.kind, _("电子签名"))
    source = {"timestamp": _("时间戳证明"), "stated": _("签名人自述")}.get(fact.time_source, "")
    when = f"{written_moment(datetime.fromisoformat(fact.signed_at))} {source}" if fact.signed_at else ""
    return [each for each in (kind, fact.seal, when, fact.algorithm, path) if each]


def _rest(fact: SignatureFact) -> str:
    """The lines that did not decide."""
    decided = set(fact.reason.splitlines())
    return "\n".join(each for each in fact.detail.splitlines() if each not in decided)


def said_of(lines: str) -> str:
    """Lines of a reason or detail as sentences."""
    return sentence(lines, "en" if get_language() == "en" else "zh")
