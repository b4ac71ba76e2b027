"""What a change of rules would do to packages: which would be judged otherwise (生效影响预览)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from lantai.administration.queries.rules import drafted_rule_pack, rule_pack
from lantai.archival.checks import RulePack, rule_pack_from_data


@dataclass(frozen=True, slots=True)
class JudgedOtherwise:
    """One package, by 电子文件号 and name, with its decision under the rules in force and under the changed ones, and
    the checks that say something else.
    """

    code: str
    name: str
    before: str
    after: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleEffects:
    """How many packages were judged by both, and those of them that come out otherwise."""

    tried: int
    changed: tuple[JudgedOtherwise, ...]


def judged_otherwise(*, base: dict[str, Any] | None, day: date) -> RuleEffects:
    """What packages that wait for a decision, and then those that came last, would be judged under the rules as the
    tables would make them on *day*, with *base* in the place of the base rules if given.

    The room that holds the packages does the judging; settings name it. Raises RulePackError.
    """
    drafted = drafted_rule_pack(on=day, version="draft")
    if base is not None:
        drafted = {**drafted, "severities": base.get("severities", {}), "off": base.get("off", {})}
    compare: Callable[[RulePack, RulePack], tuple[int, Sequence[JudgedOtherwise]]]
    compare = import_string(settings.LANTAI_RULE_EFFECTS)
    tried, changed = compare(rule_pack(), rule_pack_from_data(drafted))
    return RuleEffects(tried, tuple(changed))
