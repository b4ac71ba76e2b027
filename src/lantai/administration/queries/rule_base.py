"""The rule base (规则库) as its page shows it: the checks with their severities, and what publishing would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language

from lantai.administration.models import BaseRules
from lantai.administration.queries.rules import drafted_rule_pack
from lantai.archival.checks import (
    RulePack,
    RulePackError,
    default_pack,
    register,
    rule_pack_from_data,
    rule_pack_to_data,
)

PARTS = ("items", "rule_sets", "retention", "codes", "severities", "off", "formats", "time_limits", "calendar")
"""The parts of a rule pack that the page tells of one by one."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check: what it is called, of which nature, how severe a fault is now and by default; ``off`` is one that is
    not made, for the ``reason``.
    """

    code: str
    name: str
    nature: int
    method: str
    severity: str
    delivered: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PartChange:
    """What publishing would change in one part of the pack; keys of lines that are new, gone, and different."""

    part: str
    new: tuple[str, ...]
    gone: tuple[str, ...]
    different: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What the tables would make on a day: the changes against the pack in force, or the faults that forbid it."""

    changes: tuple[PartChange, ...]
    faults: tuple[str, ...]


def check_rows(*, severities: Mapping[str, str], off: Mapping[str, str]) -> list[CheckRow]:
    """The checks in the order of the standard, with *severities* in the place of those delivered, and which are *off*
    for which reason.
    """
    english = not (get_language() or "zh").startswith("zh")
    return [
        CheckRow(
            each.code,
            each.name_en if english else each.name_zh,
            each.nature,
            each.method,
            "off" if each.code in off else severities.get(each.code, each.severity),
            each.severity,
            off.get(each.code, ""),
        )
        for each in register()
    ]


def base_rules_on(*, day: date) -> dict[str, Any]:
    """The base rules that hold on *day*: published ones, else those of the pack delivered with the product."""
    row = BaseRules.objects.filter(effective_from__lte=day).order_by("effective_from", "id").last()
    return dict(row.data if row is not None else rule_pack_to_data(default_pack()))


def draft_on(*, day: date, against: RulePack) -> Draft:
    """What publishing for *day* would change, part by part, in the pack *against*."""
    try:
        drafted = rule_pack_to_data(rule_pack_from_data(drafted_rule_pack(on=day, version="draft")))
    except RulePackError as fault:
        return Draft((), tuple(str(fault).split("; ")))
    held = rule_pack_to_data(against)
    changes = (_part(name, held.get(name), drafted.get(name)) for name in PARTS)
    return Draft(tuple(each for each in changes if each.new or each.gone or each.different), ())


def _part(name: str, held: Any, drafted: Any) -> PartChange:
    before, after = _keyed(name, held), _keyed(name, drafted)
    return PartChange(
        part=name,
        new=tuple(key for key in after if key not in before),
        gone=tuple(key for key in before if key not in after),
        different=tuple(key for key in after if key in before and after[key] != before[key]),
    )


def _keyed(name: str, value: Any) -> dict[str, Any]:
    """The lines of a part by what tells them apart."""
    if name == "retention":
        return {each["code"]: each for each in value.get("rules", ())} | {"default": value.get("default", "")}
    if isinstance(value, Mapping):
        return {str(key): each for key, each in value.items()}
    lines: Sequence[Any] = value or ()
    return {_key(each): each for each in lines}


def _key(line: Mapping[str, Any]) -> str:
    if "level" in line:
        return " ".join(filter(None, (line["level"], line.get("key", ""), line.get("valid_from", ""))))
    if "rule" in line and "code" not in line:
        when = "；".join("、".join(each.get("values", ())) for each in line.get("when", ()))
        return f"{line['rule'].get('key', '')} {when}".strip()
    return str(line.get("code", ""))
