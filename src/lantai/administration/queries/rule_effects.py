"""What a change of rules would do to packages: which would be judged otherwise (生效影响预览)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from lantai.administration.queries.people import Reader
from lantai.administration.queries.rules import Written, drafted_rule_pack, drafted_with, rule_pack
from lantai.archival.checks import RulePack, RulePackError, rule_pack_from_data


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


@dataclass(frozen=True, slots=True)
class LackingOtherwise:
    """One package or record, by 电子文件号 and name, with the materials it lacks by the rules as they stand and by the
    rules as they are written."""

    code: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lacking:
    """Of ``total`` packages or records ``tried`` were judged by both rules: how many lack material now that did not, no
    longer lack any, or lack other material; and the first of them."""

    total: int = 0
    tried: int = 0
    newly: int = 0
    no_longer: int = 0
    otherwise: int = 0
    examples: tuple[LackingOtherwise, ...] = ()


@dataclass(frozen=True, slots=True)
class MaterialEffects:
    """What material rules would do to packages on their way, by the day each case was accepted, and to records, as if
    their cases were accepted on the first day; ``untried`` says why nothing could be judged."""

    coming: Lacking = field(default_factory=Lacking)
    held: Lacking = field(default_factory=Lacking)
    untried: str = ""


@dataclass(frozen=True, slots=True)
class KeptOtherwise:
    """One package or record, by 电子文件号 and name, with its retention period by both tables."""

    code: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Of ``total`` packages or records ``tried`` were looked up in both tables: how many go from which period to which
    other (empty for none), and the first of them."""

    total: int = 0
    tried: int = 0
    moves: Mapping[tuple[str, str], int] = field(default_factory=dict)
    examples: tuple[KeptOtherwise, ...] = ()


@dataclass(frozen=True, slots=True)
class RetentionEffects:
    """What a retention table would do to packages on their way and to records, if theirs were decided now;
    ``untried`` says why nothing could be looked up."""

    coming: Kept = field(default_factory=Kept)
    held: Kept = field(default_factory=Kept)
    untried: str = ""


def materials_otherwise(*, written: Written, day: date, item: str, fonds: str, reader: Reader) -> MaterialEffects:
    """What packages and records would lack if *written* held from *day* on; of records only those of *item* or *fonds*
    where one is named. Raises RulePackError when what is written makes no sound rules.
    """
    held, drafted = drafted_with(on=day, written=written)
    try:
        before = rule_pack_from_data(held)
    except RulePackError as fault:
        return MaterialEffects(untried=str(fault))
    after = rule_pack_from_data(drafted)
    compare: Callable[..., MaterialEffects] = import_string(settings.LANTAI_MATERIAL_EFFECTS)
    return compare(before=before, after=after, day=day, item=item, fonds=fonds, reader=reader)


def retention_otherwise(*, written: Written, day: date, reader: Reader) -> RetentionEffects:
    """Which period packages and records would get if *written* held from *day* on. Raises RulePackError when what is
    written makes no sound rules.
    """
    held, drafted = drafted_with(on=day, written=written)
    try:
        before = rule_pack_from_data(held)
    except RulePackError as fault:
        return RetentionEffects(untried=str(fault))
    after = rule_pack_from_data(drafted)
    compare: Callable[..., RetentionEffects] = import_string(settings.LANTAI_RETENTION_EFFECTS)
    return compare(before=before, after=after, reader=reader)
