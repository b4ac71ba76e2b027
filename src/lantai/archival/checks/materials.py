"""Completeness of a case's materials (材料齐全) by the rules valid when the case was accepted (受理)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lantai.archival.checks.conditions import holds
from lantai.archival.checks.pack import AllOf, Expression, ItemVersion, Material, MaterialRule, RulePack, RuleSet
from lantai.archival.packages.model import Material as Declared

LEVELS = ("default", "region", "unit")


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The material rules for one case: the item's version valid at acceptance (None when the item has none) and the
    rules of all levels, inherited; ``known`` is False where the item itself is not in the pack."""

    known: bool
    version: ItemVersion | None
    rules: tuple[MaterialRule, ...]


def rules_in_force(pack: RulePack, *, item: str, region: str, unit: str, accepted: str) -> RulesInForce:
    """The rules for a case of *item* (事项编码), accepted on *accepted* (ISO date) by *unit* (全宗号) in *region*.

    Levels follow one another: default, region, unit, item. A later level adds to what it inherits, or replaces it all,
    as it declares; a rule of the same code always takes the place of the inherited one.
    """
    rules: tuple[MaterialRule, ...] = ()
    for level, key in zip(LEVELS, ("", region, unit), strict=True):
        for each in pack.rule_sets:
            if each.level == level and each.key == key and _valid(each, accepted):
                rules = _inherit(rules, each)
    service = pack.item(item)
    version = next((each for each in service.versions if _valid(each, accepted)), None) if service else None
    if version is not None:
        rules = _inherit(rules, version)
    return RulesInForce(service is not None, version, rules)


def unmet_rules(
    rules: Iterable[MaterialRule], materials: Iterable[Declared], metadata: Mapping[str, str]
) -> list[tuple[MaterialRule, tuple[str, ...]]]:
    """The rules that apply to *metadata* and fail, each with the names of what is missing.

    Only materials whose file is really in the package count.
    """
    present = [each for each in materials if each.path]
    return [
        (rule, tuple(dict.fromkeys(missing(rule.needs, present))))
        for rule in rules
        if holds(rule.when, metadata) and not satisfied(rule.needs, present)
    ]


def satisfied(needs: Expression, present: list[Declared]) -> bool:
    """Whether the materials *present* meet *needs*."""
    if isinstance(needs, Material):
        return sum(_fits(needs, each) for each in present) >= needs.minimum
    if isinstance(needs, AllOf):
        return all(satisfied(each, present) for each in needs.all)
    return sum(satisfied(each, present) for each in needs.any) >= needs.minimum


def missing(needs: Expression, present: list[Declared]) -> list[str]:
    """Names of the materials that would have to come: all unmet parts of an AND, the choices of an OR as one name."""
    if satisfied(needs, present):
        return []
    if isinstance(needs, Material):
        lacking = needs.minimum - sum(_fits(needs, each) for each in present)
        return [label(needs) + (f" ×{lacking}" if lacking > 1 else "")]
    if isinstance(needs, AllOf):
        return [name for each in needs.all for name in missing(each, present)]
    choices = [each for each in needs.any if not satisfied(each, present)]
    return ["/".join(dict.fromkeys(label(each) for each in choices))]


def label(needs: Expression) -> str:
    """How a sentence names what is needed."""
    if isinstance(needs, Material):
        return needs.name or needs.code
    if isinstance(needs, AllOf):
        return "+".join(map(label, needs.all))
    return "/".join(map(label, needs.any))


def _valid(each: RuleSet | ItemVersion, day: str) -> bool:
    return (not each.valid_from or each.valid_from <= day) and (not each.valid_to or day <= each.valid_to)


def _inherit(rules: tuple[MaterialRule, ...], level: RuleSet | ItemVersion) -> tuple[MaterialRule, ...]:
    inherited = {} if level.mode == "replace" else {each.code: each for each in rules}
    return tuple({**inherited, **{each.code: each for each in level.rules}}.values())


def _fits(needs: Material, found: Declared) -> bool:
    if needs.code and not _code_fits(needs.code, found.stage_code):
        return False
    return not needs.name or plain_name(needs.name) in (plain_name(found.name), plain_name(found.actual_name))


def _code_fits(wanted: str, found: str) -> bool:
    return found.startswith(wanted[:-1]) if wanted.endswith("*") else found == wanted


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A material's name without the marks people put around it: spaces, book-title marks, full-width brackets."""
    return "".join(name.split()).strip("《》").replace("（", "(").replace("）", ")")
