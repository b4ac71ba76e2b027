"""Register service items (政务服务事项) and publish the versions of their material rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.models import (
    ItemVersion,
    MaterialRuleSet,
    Mode,
    Organisation,
    RecordClass,
    ServiceItem,
)
from lantai.administration.services.evidence import ReferenceRefused, change_entry, require_steward, state_of
from lantai.administration.services.people_access import Actor
from lantai.ledger.services import append_entries

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewItem:
    """An item to be registered: `organisation` is the code of the body that handles it, `record_class` the path of the
    class its cases go into."""

    code: str
    name: str
    type: str = ""
    organisation: str = ""
    record_class: str = ""
    promised_days: int = 0


@dataclass(frozen=True, slots=True)
class NewItemVersion:
    """A version to be published for the item of the code `item`; `rules` as a rule pack has them,
    `materials` the names its catalogue lists."""

    item: str
    version: str
    valid_from: date
    mode: str = Mode.ADD
    rules: Sequence[Mapping[str, Any]] = field(default=())
    materials: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class NewRuleSet:
    """Material rules of a level above the item; `key` is the region code or fonds number, empty for the default."""

    level: str
    valid_from: date
    key: str = ""
    mode: str = Mode.ADD
    rules: Sequence[Mapping[str, Any]] = field(default=())


def register_items(*, items: Sequence[NewItem], by: Actor, now: datetime) -> list[ServiceItem]:
    """Register *items*. Raises ReferenceRefused for a code that is taken, an unknown body or class."""
    require_steward(by=by)
    with transaction.atomic():
        codes = [each.code for each in items]
        taken = set(ServiceItem.objects.filter(code__in=codes).values_list("code", flat=True))
        bodies = {
            each.code: each for each in Organisation.objects.filter(code__in={each.organisation for each in items})
        }
        classes = {
            each.path: each for each in RecordClass.objects.filter(path__in={each.record_class for each in items})
        }
        rows = []
        for new in items:
            if new.code in taken:
                raise ReferenceRefused(_("事项编码 %(code)s 已登记。") % {"code": new.code})
            if (new.organisation and new.organisation not in bodies) or (
                new.record_class and new.record_class not in classes
            ):
                raise ReferenceRefused(_("事项 %(code)s 的实施机构或归入类别未登记。") % {"code": new.code})
            taken.add(new.code)
            rows.append(
                ServiceItem(
                    code=new.code,
                    name=new.name,
                    type=new.type,
                    organisation=bodies.get(new.organisation),
                    record_class=classes.get(new.record_class),
                    promised_days=new.promised_days,
                )
            )
        made = ServiceItem.objects.bulk_create(rows)
        append_entries(
            entries=[
                change_entry(
                    kind="item-registered", subject=f"item:{row.code}", by=by, now=now, after=state_of(row=row)
                )
                for row in made
            ]
        )
    return made


def publish_item_versions(*, versions: Sequence[NewItemVersion], by: Actor, now: datetime) -> list[ItemVersion]:
    """Publish *versions*; each ends the one before it on the day before it begins.

    Raises ReferenceRefused for an unknown item, a version named twice, or one that begins no later than the last.
    """
    require_steward(by=by)
    with transaction.atomic():
        items = {each.code: each for each in ServiceItem.objects.filter(code__in={each.item for each in versions})}
        made = [_item_version(new, items) for new in versions]
        append_entries(
            entries=[
                change_entry(
                    kind="item-version-published",
                    subject=f"item:{new.item}",
                    by=by,
                    now=now,
                    after=state_of(row=row),
                )
                for new, row in zip(versions, made, strict=True)
            ]
        )
    return made


def _item_version(new: NewItemVersion, items: Mapping[str, ServiceItem]) -> ItemVersion:
    row, last = item_version_of(new=new, item=items.get(new.item), lock=True)
    if last is not None:
        last.valid_to = new.valid_from - ONE_DAY
        last.save(update_fields=["valid_to"])
    row.save(force_insert=True)
    return row


def item_version_of(
    *, new: NewItemVersion, item: ServiceItem | None, lock: bool = False
) -> tuple[ItemVersion, ItemVersion | None]:
    """The row that *new* would make, not saved, and the version it follows. Raises ReferenceRefused as publishing."""
    if item is None:
        raise ReferenceRefused(_("没有编码为 %(code)s 的事项。") % {"code": new.item})
    held = ItemVersion.objects.select_for_update() if lock else ItemVersion.objects.all()
    last = held.filter(item=item).order_by("valid_from").last()
    if last is not None and (last.valid_from >= new.valid_from or last.version == new.version):
        raise ReferenceRefused(
            _("事项 %(code)s 的新版本须换版本号，并在 %(day)s 之后生效。")
            % {"code": new.item, "day": last.valid_from.isoformat()}
        )
    row = ItemVersion(
        item=item,
        version=new.version,
        valid_from=new.valid_from,
        mode=new.mode,
        materials=list(new.materials),
        rules=[dict(each) for each in new.rules],
    )
    return row, last


def publish_rule_sets(*, rule_sets: Sequence[NewRuleSet], by: Actor, now: datetime) -> list[MaterialRuleSet]:
    """Publish material rules of levels above the item; each ends the one before it of the same level and key.

    Raises ReferenceRefused for a set that begins no later than the last one, or whose key does not fit its level.
    """
    require_steward(by=by)
    with transaction.atomic():
        made = []
        for new in rule_sets:
            row, last = rule_set_of(new=new, lock=True)
            if last is not None:
                last.valid_to = new.valid_from - ONE_DAY
                last.save(update_fields=["valid_to"])
            row.save(force_insert=True)
            made.append(row)
        append_entries(
            entries=[
                change_entry(
                    kind="material-rules-published",
                    subject=f"material-rules:{row.level}:{row.key}",
                    by=by,
                    now=now,
                    after=state_of(row=row),
                )
                for row in made
            ]
        )
    return made


def rule_set_of(*, new: NewRuleSet, lock: bool = False) -> tuple[MaterialRuleSet, MaterialRuleSet | None]:
    """The row that *new* would make, not saved, and the set it follows. Raises ReferenceRefused as publishing does."""
    if (new.level == "default") is bool(new.key):
        raise ReferenceRefused(_("缺省规则没有区划代码或全宗号，其他级别必须有。"))
    held = MaterialRuleSet.objects.select_for_update() if lock else MaterialRuleSet.objects.all()
    last = held.filter(level=new.level, key=new.key).order_by("valid_from").last()
    if last is not None and last.valid_from >= new.valid_from:
        raise ReferenceRefused(_("新的材料规则须在 %(day)s 之后生效。") % {"day": last.valid_from.isoformat()})
    row = MaterialRuleSet(
        level=new.level,
        key=new.key,
        valid_from=new.valid_from,
        mode=new.mode,
        rules=[dict(each) for each in new.rules],
    )
    return row, last
