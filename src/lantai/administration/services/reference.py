"""Load bodies, fonds, classes, items, rules and agreements from one file of reference data; again without effect.

The data is what a TOML or JSON file holds: lists `organisation`, `class`, `fonds`, `item` (each with its `version`s),
`rule_set`, `retention_table` (each with its `rule`s), `code_scheme`, `base_rules`, `agreement`, and one `rule_pack`
with `effective_from` and `note`. Dates are dates or ISO text. What stands already is left as it is; a version that was
published with other content is refused, because published rules do not change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.models import (
    Agreement,
    BaseRules,
    CodeScheme,
    Fonds,
    ItemVersion,
    MaterialRuleSet,
    Organisation,
    RecordClass,
    RetentionTable,
    RulePackVersion,
    ServiceItem,
)
from lantai.administration.services.agreements import NewAgreement, sign_agreement
from lantai.administration.services.bodies import (
    NewClass,
    NewFonds,
    NewOrganisation,
    open_fonds,
    register_classes,
    register_organisations,
)
from lantai.administration.services.evidence import ReferenceRefused, require_steward
from lantai.administration.services.items import (
    NewItem,
    NewItemVersion,
    NewRuleSet,
    publish_item_versions,
    publish_rule_sets,
    register_items,
)
from lantai.administration.services.people_access import Actor
from lantai.administration.services.rules import (
    NewCodeScheme,
    NewRetentionRule,
    NewRetentionTable,
    publish_base_rules,
    publish_code_scheme,
    publish_retention_table,
    publish_rule_pack,
)

T = TypeVar("T")
_LISTS = (
    "organisation",
    "class",
    "fonds",
    "item",
    "rule_set",
    "retention_table",
    "code_scheme",
    "base_rules",
    "agreement",
)


@dataclass(frozen=True, slots=True)
class ReferenceLoaded:
    """How many rows of each kind were new, and the label of the rule pack published (empty when none was asked for)."""

    counts: Mapping[str, int]
    rule_pack: str


def load_reference_data(*, data: Mapping[str, Any], by: Actor, now: datetime) -> ReferenceLoaded:
    """Bring *data* into the tables, all of it or nothing; loading it again changes nothing.

    Raises ReferenceRefused, naming the entry, for a member that is not known or missing, and for a published version
    that stands with other content.
    """
    require_steward(by=by)
    unknown = set(data) - {*_LISTS, "rule_pack"}
    if unknown:
        raise ReferenceRefused(_("参考数据中有不认识的部分：%(names)s") % {"names": "、".join(sorted(unknown))})
    rows = {name: list(data.get(name, [])) for name in _LISTS}
    with transaction.atomic():
        counts = {
            "organisation": _bodies(rows["organisation"], by, now),
            "class": _classes(rows["class"], by, now),
            "fonds": _fonds(rows["fonds"], by, now),
            "item": _items(rows["item"], by, now),
            "version": _versions(rows["item"], by, now),
            "rule_set": _rule_sets(rows["rule_set"], by, now),
            "retention_table": _tables(rows["retention_table"], by, now),
            "code_scheme": _schemes(rows["code_scheme"], by, now),
            "base_rules": _base_rules(rows["base_rules"], by, now),
            "agreement": _agreements(rows["agreement"], by, now),
        }
        label = _pack(data.get("rule_pack"), by, now)
    return ReferenceLoaded(counts, label)


def _day(value: Any, place: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as fault:
        raise ReferenceRefused(_("%(place)s：“%(value)s”不是日期。") % {"place": place, "value": value}) from fault


def _made(kind: Callable[..., T], row: Mapping[str, Any], place: str, *, without: Iterable[str] = ()) -> T:
    """*row* as the dataclass *kind*, dates read. Raises ReferenceRefused for members too many or too few."""
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    members = {name: value for name, value in row.items() if name not in without}
    strange = set(members) - set(known)
    if strange:
        raise ReferenceRefused(
            _("%(place)s：不认识 %(names)s。") % {"place": place, "names": "、".join(sorted(strange))}
        )
    for name, each in known.items():
        if "date" in str(each.type) and members.get(name) is not None:
            members[name] = _day(members[name], f"{place}.{name}")
    try:
        return kind(**members)
    except TypeError as fault:
        raise ReferenceRefused(_("%(place)s：%(fault)s") % {"place": place, "fault": fault}) from fault


def _place(kind: str, row: Mapping[str, Any], name: str) -> str:
    if name not in row:
        raise ReferenceRefused(_("%(kind)s 缺少 %(name)s。") % {"kind": kind, "name": name})
    return f"{kind} {row[name]}"


def _bodies(rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> int:
    given = [_made(NewOrganisation, row, _place("organisation", row, "code")) for row in rows]
    held = set(Organisation.objects.values_list("code", flat=True))
    fresh = [each for each in given if each.code not in held]
    return len(register_organisations(organisations=fresh, by=by, now=now))


def _classes(rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> int:
    given = [_made(NewClass, row, _place("class", row, "path")) for row in rows]
    held = set(RecordClass.objects.values_list("path", flat=True))
    return len(register_classes(classes=[each for each in given if each.path not in held], by=by, now=now))


def _fonds(rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> int:
    given = [_made(NewFonds, row, _place("fonds", row, "code")) for row in rows]
    held = set(Fonds.objects.values_list("code", flat=True))
    return len(open_fonds(fonds=[each for each in given if each.code not in held], by=by, now=now))


def _items(rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> int:
    given = [_made(NewItem, row, _place("item", row, "code"), without=["version"]) for row in rows]
    held = set(ServiceItem.objects.values_list("code", flat=True))
    return len(register_items(items=[each for each in given if each.code not in held], by=by, now=now))


def _refuse_change(place: str) -> ReferenceRefused:
    return ReferenceRefused(_("%(place)s 已经发布且内容不同：已发布的规则不能修改，请用新版本。") % {"place": place})


def _versions(rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> int:
    held = {(each.item.code, each.version): each for each in ItemVersion.objects.select_related("item")}
    fresh = []
    for row in rows:
        for version in row.get("version", []):
            place = f"item {row['code']} {version.get('version', '')}"
            new = _made(NewItemVersion, {"item": row["code"], **version}, place)
            found = held.get((new.item, new.version))
            if found is None:
                fresh.append(new)
            elif (found.valid_from, found.mode, found.rules) != (new.valid_from, new.mode, list(new.rules)):
                raise _refuse_change(place)
    return len(publish_item_versions(versions=sorted(fresh, key=lambda each: each.valid_from), by=by, now=now))


def _rule_sets(rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> int:
    held = {(each.level, each.key, each.valid_from): each for each in MaterialRuleSet.objects.all()}
    fresh = []
    for row in rows:
        place = f"rule_set {row.get('level', '')} {row.get('key', '')}"
        new = _made(NewRuleSet, row, place)
        found = held.get((new.level, new.key, new.valid_from))
        if found is None:
            fresh.append(new)
        elif (found.mode, found.rules) != (new.mode, list(new.rules)):
            raise _refuse_change(place)
    return len(publish_rule_sets(rule_sets=sorted(fresh, key=lambda each: each.valid_from), by=by, now=now))


def _tables(rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> int:
    held = {(each.key, each.version): each for each in RetentionTable.objects.prefetch_related("rules")}
    fresh = []
    for row in rows:
        place = _place("retention_table", row, "key")
        rules = [_made(NewRetentionRule, each, f"{place} {each.get('code', '')}") for each in row.get("rule", [])]
        new = _made(NewRetentionTable, {**row, "rules": rules}, place, without=["rule"])
        found = held.get((new.key, new.version))
        if found is None:
            fresh.append(new)
            continue
        stands = [
            (each.code, each.name, each.retention, each.conditions, each.basis)
            for each in sorted(found.rules.all(), key=lambda each: each.priority)
        ]
        if stands != [(each.code, each.name, each.retention, list(each.conditions), each.basis) for each in rules]:
            raise _refuse_change(f"{place}@{new.version}")
    for each in sorted(fresh, key=lambda each: each.effective_from):
        publish_retention_table(table=each, by=by, now=now)
    return len(fresh)


def _schemes(rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> int:
    held = {
        (each.fonds.code if each.fonds else "", each.category, each.profile, each.valid_from): each
        for each in CodeScheme.objects.select_related("fonds")
    }
    fresh = []
    for row in rows:
        place = _place("code_scheme", row, "category")
        new = _made(NewCodeScheme, row, place)
        found = held.get((new.fonds, new.category, new.profile, new.valid_from))
        if found is None:
            fresh.append(new)
        elif (found.rule, found.defaults) != (dict(new.rule), dict(new.defaults)):
            raise _refuse_change(place)
    for each in sorted(fresh, key=lambda each: each.valid_from):
        publish_code_scheme(scheme=each, by=by, now=now)
    return len(fresh)


def _base_rules(rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> int:
    held = {each.version: each for each in BaseRules.objects.all()}
    fresh = 0
    for row in rows:
        place = _place("base_rules", row, "version")
        found = held.get(row["version"])
        if found is not None:
            if found.data != row.get("data"):
                raise _refuse_change(place)
            continue
        publish_base_rules(
            version=row["version"],
            data=row.get("data", {}),
            effective_from=_day(row.get("effective_from"), place),
            by=by,
            now=now,
        )
        fresh += 1
    return fresh


def _agreements(rows: Sequence[Mapping[str, Any]], by: Actor, now: datetime) -> int:
    held = set(Agreement.objects.values_list("number", flat=True))
    given = [_made(NewAgreement, row, _place("agreement", row, "number")) for row in rows]
    fresh = [each for each in given if each.number not in held]
    for each in fresh:
        sign_agreement(agreement=each, by=by, now=now)
    return len(fresh)


def _pack(row: Mapping[str, Any] | None, by: Actor, now: datetime) -> str:
    if row is None:
        return ""
    effective_from = _day(row.get("effective_from"), "rule_pack")
    published: RulePackVersion = publish_rule_pack(
        effective_from=effective_from, by=by, now=now, note=str(row.get("note", ""))
    )
    return published.label
