"""Publish retention tables, archive code rules, base rules, and the rule pack made of them all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from lantai.administration.models import (
    BaseRules,
    CodeScheme,
    Fonds,
    Organisation,
    RetentionRule,
    RetentionTable,
    RulePackVersion,
)
from lantai.administration.queries.rules import drafted_rule_pack
from lantai.administration.services.evidence import ReferenceRefused, change_entry, require_steward, state_of
from lantai.administration.services.people_access import Actor
from lantai.archival.checks import RulePackError, rule_pack_from_data, rule_pack_to_data
from lantai.archival.codes import RuleError, rule_from_data
from lantai.ledger.services import append_entries

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewRetentionRule:
    """A line of a retention table; `conditions` as a rule pack has them (`when`)."""

    code: str
    name: str
    retention: str
    conditions: Sequence[Mapping[str, Any]] = field(default=())
    basis: str = ""


@dataclass(frozen=True, slots=True)
class NewRetentionTable:
    """A version of a retention table to be published; `rules` in the order they are tried, `organisation` the code
    of the body it was approved for, empty for all that have none."""

    key: str
    version: str
    name: str
    effective_from: date
    rules: Sequence[NewRetentionRule]
    organisation: str = ""
    approval: str = ""
    default_code: str = ""


@dataclass(frozen=True, slots=True)
class NewCodeScheme:
    """A rule of archive codes to be published; `fonds` is a fonds number, empty for all fonds without their own."""

    category: str
    rule: Mapping[str, Any]
    valid_from: date
    fonds: str = ""
    profile: str = ""
    defaults: Mapping[str, str] = field(default_factory=dict)


def publish_retention_table(*, table: NewRetentionTable, by: Actor, now: datetime) -> RetentionTable:
    """Publish one version of a retention table; it ends the version before it on the day before it begins.

    Raises ReferenceRefused for an unknown body, a version that stands already, or one that begins no later than the
    last.
    """
    require_steward(by=by)
    with transaction.atomic():
        row, rules, last = retention_table_of(table=table, lock=True)
        if last is not None:
            last.effective_to = table.effective_from - ONE_DAY
            last.save(update_fields=["effective_to"])
        row.save(force_insert=True)
        for each in rules:
            each.table = row
        rules = RetentionRule.objects.bulk_create(rules)
        after = state_of(row=row) | {"rules": [state_of(row=each, without=("table",)) for each in rules]}
        append_entries(
            entries=[
                change_entry(
                    kind="retention-table-published", subject=f"retention-table:{row.key}", by=by, now=now, after=after
                )
            ]
        )
    return row


def retention_table_of(
    *, table: NewRetentionTable, lock: bool = False
) -> tuple[RetentionTable, list[RetentionRule], RetentionTable | None]:
    """The rows that *table* would make, not saved, and the version it follows. Raises ReferenceRefused as publishing
    does."""
    organisation = Organisation.objects.filter(code=table.organisation).first()
    if table.organisation and organisation is None:
        raise ReferenceRefused(_("没有代码为 %(code)s 的机构。") % {"code": table.organisation})
    held = RetentionTable.objects.select_for_update() if lock else RetentionTable.objects.all()
    last = held.filter(key=table.key).order_by("effective_from").last()
    if last is not None and (last.effective_from >= table.effective_from or last.version == table.version):
        raise ReferenceRefused(
            _("保管期限表 %(key)s 的新版本须换版本号，并在 %(day)s 之后生效。")
            % {"key": table.key, "day": last.effective_from.isoformat()}
        )
    row = RetentionTable(
        key=table.key,
        version=table.version,
        name=table.name,
        organisation=organisation,
        approval=table.approval,
        default_code=table.default_code,
        effective_from=table.effective_from,
    )
    rules = [
        RetentionRule(
            priority=priority,
            code=new.code,
            name=new.name,
            retention=new.retention,
            conditions=[dict(each) for each in new.conditions],
            basis=new.basis,
        )
        for priority, new in enumerate(table.rules, 1)
    ]
    return row, rules, last


def publish_code_scheme(*, scheme: NewCodeScheme, by: Actor, now: datetime) -> CodeScheme:
    """Publish a rule of archive codes; it ends the one before it for the same fonds, category and profile.

    Codes given before stay as they are. Raises ReferenceRefused for an unknown fonds, a rule that cannot be read, or
    one that begins no later than the last.
    """
    require_steward(by=by)
    try:
        rule_from_data(scheme.rule)
    except (RuleError, KeyError, TypeError, AttributeError) as fault:
        raise ReferenceRefused(_("档号规则不能使用：%(fault)s") % {"fault": fault}) from fault
    with transaction.atomic():
        fonds = Fonds.objects.filter(code=scheme.fonds).first()
        if scheme.fonds and fonds is None:
            raise ReferenceRefused(_("没有全宗号为 %(code)s 的全宗。") % {"code": scheme.fonds})
        last = (
            CodeScheme.objects.select_for_update()
            .filter(fonds=fonds, category=scheme.category, profile=scheme.profile)
            .order_by("valid_from")
            .last()
        )
        if last is not None:
            if last.valid_from >= scheme.valid_from:
                raise ReferenceRefused(_("新的档号规则须在 %(day)s 之后生效。") % {"day": last.valid_from.isoformat()})
            last.valid_to = scheme.valid_from - ONE_DAY
            last.save(update_fields=["valid_to"])
        row = CodeScheme.objects.create(
            fonds=fonds,
            category=scheme.category,
            profile=scheme.profile,
            rule=dict(scheme.rule),
            defaults=dict(scheme.defaults),
            valid_from=scheme.valid_from,
        )
        append_entries(
            entries=[
                change_entry(
                    kind="code-scheme-published",
                    subject=f"code-scheme:{scheme.fonds}:{row.category}",
                    by=by,
                    now=now,
                    after=state_of(row=row),
                )
            ]
        )
    return row


def publish_base_rules(
    *, version: str, data: Mapping[str, Any], effective_from: date, by: Actor, now: datetime
) -> BaseRules:
    """Publish what a rule pack holds beside items, material rules, retention and codes.

    Raises ReferenceRefused for a version that stands already, or data that a rule pack does not know.
    """
    require_steward(by=by)
    whole = {**data, "format": data.get("format", "lantai/rule-pack/1"), "version": version}
    try:
        rule_pack_from_data({**whole, "effective_from": effective_from.isoformat()})
    except RulePackError as fault:
        raise ReferenceRefused(_("基础规则不能使用：%(fault)s") % {"fault": fault}) from fault
    with transaction.atomic():
        if BaseRules.objects.filter(version=version).exists():
            raise ReferenceRefused(_("基础规则 %(version)s 已经发布。") % {"version": version})
        row = BaseRules.objects.create(version=version, data=dict(data), effective_from=effective_from)
        append_entries(
            entries=[
                change_entry(
                    kind="base-rules-published",
                    subject=f"base-rules:{version}",
                    by=by,
                    now=now,
                    after=state_of(row=row),
                )
            ]
        )
    return row


def publish_rule_pack(*, effective_from: date, by: Actor, now: datetime, note: str = "") -> RulePackVersion:
    """Freeze the rules as they hold on *effective_from* into a rule pack, used from that day on.

    Returns the pack in force when it holds the same rules already. Raises ReferenceRefused, naming every fault, when
    the rules do not make a sound pack.
    """
    require_steward(by=by)
    with transaction.atomic():
        newest = RulePackVersion.objects.select_for_update().order_by("effective_from", "number").last()
        number = (RulePackVersion.objects.aggregate(last=Max("number"))["last"] or 0) + 1
        drafted = drafted_rule_pack(on=effective_from, version=f"{effective_from:%Y%m%d}-{number}")
        try:
            pack = rule_pack_from_data(drafted)
        except RulePackError as fault:
            raise ReferenceRefused(_("规则包不能发布：%(fault)s") % {"fault": fault}) from fault
        data = rule_pack_to_data(pack)
        if newest is not None and _rules_of(newest.data) == _rules_of(data):
            return newest
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        row = RulePackVersion.objects.create(
            number=number,
            label=pack.label,
            data=data,
            digest=hashlib.sha256(text.encode()).hexdigest(),
            effective_from=effective_from,
            published_at=now,
            note=note,
        )
        append_entries(
            entries=[
                change_entry(
                    kind="rule-pack-published",
                    subject=f"rule-pack:{row.label}",
                    by=by,
                    now=now,
                    after=state_of(row=row, without=("data",)),
                )
            ]
        )
    return row


def _rules_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of a pack without what merely names it; a retention rule's code names the version of its table."""
    rules = {key: each for key, each in data.items() if key not in ("version", "effective_from", "note")}
    retention = {key: each for key, each in data.get("retention", {}).items() if key != "version"}
    return rules | {"retention": retention}
