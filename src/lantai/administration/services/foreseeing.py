"""What rules that are being written would do if they were published (生效影响预览): the same refusals as publishing,
and nothing is kept."""

from __future__ import annotations

from django.utils.translation import gettext as _

from lantai.administration.models import ServiceItem
from lantai.administration.queries.people import Reader
from lantai.administration.queries.rule_effects import (
    MaterialEffects,
    RetentionEffects,
    materials_otherwise,
    retention_otherwise,
)
from lantai.administration.queries.rules import Written
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.items import NewItemVersion, NewRuleSet, item_version_of, rule_set_of
from lantai.administration.services.rules import NewRetentionTable, retention_table_of
from lantai.archival.checks import RulePackError


def foresee_item_version(*, new: NewItemVersion, reader: Reader) -> MaterialEffects:
    """Which packages and records would lack other materials with this version. Raises ReferenceRefused as publishing
    does."""
    row, _last = item_version_of(new=new, item=ServiceItem.objects.filter(code=new.item).first())
    try:
        return materials_otherwise(
            written=Written(item_version=row), day=new.valid_from, item=new.item, fonds="", reader=reader
        )
    except RulePackError as fault:
        raise ReferenceRefused(_("规则不能使用：%(fault)s") % {"fault": fault}) from fault


def foresee_rule_set(*, new: NewRuleSet, reader: Reader) -> MaterialEffects:
    """Which packages and records would lack other materials with these rules of a level. Raises ReferenceRefused."""
    row, _last = rule_set_of(new=new)
    fonds = new.key if new.level == "unit" else ""
    try:
        return materials_otherwise(
            written=Written(rule_set=row), day=new.valid_from, item="", fonds=fonds, reader=reader
        )
    except RulePackError as fault:
        raise ReferenceRefused(_("规则不能使用：%(fault)s") % {"fault": fault}) from fault


def foresee_retention_table(*, table: NewRetentionTable, reader: Reader) -> RetentionEffects:
    """Which packages and records would get another period by this table. Raises ReferenceRefused as publishing does."""
    row, rules, _last = retention_table_of(table=table)
    try:
        return retention_otherwise(written=Written(retention=(row, rules)), day=table.effective_from, reader=reader)
    except RulePackError as fault:
        raise ReferenceRefused(_("规则不能使用：%(fault)s") % {"fault": fault}) from fault
