"""The retention period (保管期限) by the approved table: which rule of which version decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lantai.archival.checks.conditions import holds
from lantai.archival.checks.pack import RulePack


@dataclass(frozen=True, slots=True)
class RetentionDecision:
    """``code`` is Y, D30, D10 ... or empty when no rule of the table fits and it names no default; ``rule`` the code of
    the rule that decided (empty for the default), ``table`` the version of the table."""

    code: str
    rule: str
    table: str
    name: str = ""
    basis: str = ""


def choose_retention(pack: RulePack, metadata: Mapping[str, str]) -> RetentionDecision:
    """Choose the retention period for *metadata*: rules for Y first, then D30, then D10 (the table's own order), and
    within one period as listed, so that the longest justified period wins."""
    table = pack.retention
    for period in table.order:
        for rule in table.rules:
            if rule.retention == period and holds(rule.when, metadata):
                return RetentionDecision(period, rule.code, table.version, rule.name, rule.basis)
    return RetentionDecision(table.default, "", table.version)
