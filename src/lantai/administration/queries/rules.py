"""The rules as examinations use them: the rule pack in force, and the one the tables would make."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Q
from django.utils import timezone

from lantai.administration.models import (
    BaseRules,
    CodeScheme,
    Fonds,
    ItemVersion,
    MaterialRuleSet,
    RetentionRule,
    RetentionTable,
    RulePackVersion,
    ServiceItem,
)
from lantai.archival.checks import RulePack, default_pack, rule_pack_from_data, rule_pack_to_data
from lantai.archival.codes import rule_from_data

_FIXED = re.compile("D([0-9]+)")
# Where an archive code repeats what a package says elsewhere: component of the code -> column of the description.
_AGREES = {"fonds": "fonds_code", "year": "year", "retention": "retention"}


@dataclass(frozen=True, slots=True)
class RulePackRow:
    """A published rule pack as a list shows it."""

    number: int
    label: str
    digest: str
    effective_from: date
    published_at: datetime
    note: str


class NoSuchRulePack(LookupError):
    """No rule pack of that label was published."""


def rule_pack(at: datetime | None = None) -> RulePack:
    """The rule pack in force at *at* (now, when None): the newest published one that has begun.

    Before any was published it is the one delivered with the product. Packs are frozen, so each is read once a process.
    """
    day = timezone.localdate(at)
    newest = RulePackVersion.objects.filter(effective_from__lte=day).order_by("-effective_from", "-number")
    found = newest.values_list("number", "digest").first()
    return default_pack() if found is None else _published(*found)


@lru_cache(maxsize=8)
def _published(number: int, digest: str) -> RulePack:
    """The published pack of that number; the digest of its data tells it from one that was rolled back."""
    data = RulePackVersion.objects.filter(digest=digest).values_list("data", flat=True).get(number=number)
    return rule_pack_from_data(data)


def rule_pack_labelled(*, label: str) -> RulePack:
    """The rule pack that examinations name *label*. Raises NoSuchRulePack."""
    found = RulePackVersion.objects.filter(label=label).values_list("number", "digest").first()
    if found is not None:
        return _published(*found)
    if default_pack().label == label:
        return default_pack()
    raise NoSuchRulePack(label)


def list_rule_packs() -> list[RulePackRow]:
    """Every published rule pack, the one that begins last first."""
    rows = RulePackVersion.objects.order_by("-effective_from", "-number").values_list(
        "number", "label", "digest", "effective_from", "published_at", "note"
    )
    return [RulePackRow(*each) for each in rows]


@dataclass(frozen=True, slots=True)
class Written:
    """Rules that are being written and stand in no table yet: a version of an item, a set of a level above the items,
    or a retention table with its lines in order."""

    item_version: ItemVersion | None = None
    rule_set: MaterialRuleSet | None = None
    retention: tuple[RetentionTable, Sequence[RetentionRule]] | None = None


def drafted_rule_pack(*, on: date, version: str) -> dict[str, Any]:
    """The data of the rule pack that the tables make for *on*, under *version*.

    Base rules (without any, the pack delivered with the product) give everything the tables say nothing of; where the
    tables hold items, material rules, retention or codes, these take the place of all the base rules have of the kind.
    """
    return _drafted(on, version, _base(on))


def drafted_with(*, on: date, written: Written) -> tuple[dict[str, Any], dict[str, Any]]:
    """The data of the rule pack that the tables make for *on*, and the same as if *written* were published too."""
    base = _base(on)
    before = _drafted(on, "draft", base)
    after = {**before, "version": "written"}
    if written.item_version is not None:
        after["items"] = _items(written.item_version)
    if written.rule_set is not None:
        after["rule_sets"] = _rule_sets(written.rule_set)
    if written.retention is not None:
        after["retention"] = _retention(on, "written", base.get("retention", {}), written.retention)
    return before, after


def _base(on: date) -> Mapping[str, Any]:
    row = BaseRules.objects.filter(effective_from__lte=on).order_by("effective_from", "id").last()
    return row.data if row is not None else rule_pack_to_data(default_pack())


def _drafted(on: date, version: str, base: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **base,
        "version": version,
        "effective_from": on.isoformat(),
        "effective_to": "",
        "items": _items(None) or base.get("items", []),
        "rule_sets": _rule_sets(None) or base.get("rule_sets", []),
        "retention": _retention(on, version, base.get("retention", {}), None) or base.get("retention", {"version": ""}),
        "codes": _codes(on) or base.get("codes", []),
    }


def _ended(row: ItemVersion | MaterialRuleSet, following: date | None) -> str:
    """The last day of *row*, which ends at the latest on the day before *following*."""
    until = row.valid_to or (following - timedelta(days=1) if following else None)
    return until.isoformat() if until else ""


def _items(written: ItemVersion | None) -> list[dict[str, Any]]:
    versions: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for each in [*ItemVersion.objects.order_by("item_id", "valid_from"), *([written] if written else [])]:
        followed = written is not None and each is not written and each.item_id == written.item_id
        versions[each.item_id].append(
            {
                "version": each.version,
                "valid_from": each.valid_from.isoformat(),
                "valid_to": _ended(each, written.valid_from if written and followed else None),
                "mode": each.mode,
                "rules": each.rules,
            }
        )
    rows = ServiceItem.objects.select_related("record_class").order_by("code")
    return [
        {
            "code": each.code,
            "name": each.name,
            "type": each.type,
            "category": each.record_class.path if each.record_class else "",
            "promised_days": each.promised_days,
            "versions": versions[each.pk],
        }
        for each in rows
    ]


def _rule_sets(written: MaterialRuleSet | None) -> list[dict[str, Any]]:
    order = {"default": 0, "region": 1, "unit": 2}
    every = [*MaterialRuleSet.objects.all(), *([written] if written else [])]
    made = []
    for each in sorted(every, key=lambda each: (order[each.level], each.key, each.valid_from)):
        followed = (
            written is not None and each is not written and (each.level, each.key) == (written.level, written.key)
        )
        made.append(
            {
                "level": each.level,
                "key": each.key,
                "valid_from": each.valid_from.isoformat(),
                "valid_to": _ended(each, written.valid_from if written and followed else None),
                "mode": each.mode,
                "rules": each.rules,
            }
        )
    return made


def _period_order(codes: Iterable[str]) -> list[str]:
    """Permanent first, then fixed terms from the longest, then what else there is."""

    def rank(code: str) -> tuple[int, int, str]:
        fixed = _FIXED.fullmatch(code)
        return (0, 0, "") if code == "Y" else (1, -int(fixed[1]), "") if fixed else (2, 0, code)

    return sorted(set(codes), key=rank)


def _retention(
    on: date,
    version: str,
    base: Mapping[str, Any],
    written: tuple[RetentionTable, Sequence[RetentionRule]] | None,
) -> dict[str, Any]:
    """All retention tables in force as one: a body's own table for its fonds, the general one for everybody else."""
    tables = list(
        RetentionTable.objects.filter(Q(effective_to__isnull=True) | Q(effective_to__gte=on), effective_from__lte=on)
        .order_by("organisation_id", "key")
        .prefetch_related("rules")
    )
    lines = {each.pk: sorted(each.rules.all(), key=lambda line: line.priority) for each in tables}
    if written is not None:
        tables = [*(each for each in tables if each.key != written[0].key), written[0]]
        tables.sort(key=lambda each: (each.organisation_id or 0, each.key))
        lines[written[0].pk] = list(written[1])
    if not tables:
        return {}
    fonds: dict[int, list[str]] = defaultdict(list)
    for code, organisation_id in Fonds.objects.order_by("code").values_list("code", "organisation_id"):
        fonds[organisation_id].append(code)
    apart = sorted({code for each in tables if each.organisation_id for code in fonds[each.organisation_id]})
    rules = []
    for table in sorted(tables, key=lambda each: each.organisation_id is None):
        if table.organisation_id is None:
            reach = [{"element": "fonds_code", "operator": "not-in", "values": apart}] if apart else []
        elif fonds[table.organisation_id]:
            reach = [{"element": "fonds_code", "operator": "in", "values": fonds[table.organisation_id]}]
        else:
            continue
        rules += [
            {
                "code": f"{table.key}@{table.version}/{each.code}",
                "name": each.name,
                "retention": each.retention,
                "when": [*reach, *each.conditions],
                "basis": each.basis or table.approval,
            }
            for each in lines[table.pk]
        ]
    general = next((each for each in tables if each.organisation_id is None and each.default_code), None)
    default = general.default_code if general else str(base.get("default", ""))
    return {
        "version": f"{tables[0].key}@{tables[0].version}" if len(tables) == 1 else version,
        "order": _period_order([*[str(each["retention"]) for each in rules], *([default] if default else [])]),
        "rules": rules,
        "default": default,
    }


def _codes(on: date) -> list[dict[str, Any]]:
    """The archive code rules in force, for packages that bring their archive codes with them."""
    schemes = CodeScheme.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=on), valid_from__lte=on
    ).select_related("fonds")
    entries = []
    for each in sorted(schemes, key=lambda each: (each.fonds is None, not each.profile, each.category, each.pk)):
        names = {component.name for component in rule_from_data(each.rule).components}
        when = []
        if each.fonds is not None:
            when.append({"element": "fonds_code", "operator": "is", "values": [each.fonds.code]})
        if each.profile:
            when.append({"element": "@profile", "operator": "is", "values": [each.profile]})
        entries.append(
            {
                "element": "archival_code",
                "rule": each.rule,
                "agrees": {name: column for name, column in _AGREES.items() if name in names},
                "when": when,
            }
        )
    return entries
