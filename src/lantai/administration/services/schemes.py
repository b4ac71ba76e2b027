"""Change the classification scheme (分类方案) from a day on: classes added, renamed, closed; withdraw what waits."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.models import ClassAct, DatedChange, DatedKind, RecordClass, SchemeChange
from lantai.administration.queries.classes import ClassScheme, class_scheme
from lantai.administration.services.evidence import ReferenceRefused, change_entry, require_steward, state_of
from lantai.administration.services.people_access import Actor
from lantai.ledger.services import append_entries

DEEPEST = 4
KINDS = {
    ClassAct.ADDED.value: "class-registered",
    ClassAct.RENAMED.value: "class-renamed",
    ClassAct.CLOSED.value: "class-closed",
}


@dataclass(frozen=True, slots=True)
class ClassChange:
    """A change to be made: `path` joins the codes from the category down, `name` is the class's from that day on (of a
    closed one: nothing), `successor` the path of the class that takes the records of a closed one."""

    act: str
    path: str
    name: str = ""
    name_en: str = ""
    item_type: str = ""
    successor: str = ""


def faults_of_class_change(*, change: ClassChange, day: date) -> list[str]:
    """Everything that keeps *change* from being made from *day* on, in the reader's language."""
    scheme = class_scheme()
    there, above = scheme.on(day), change.path.rpartition("·")[0]
    faults = []
    if scheme.changes and day < scheme.changes[-1].day:
        told = {"day": scheme.changes[-1].day.isoformat()}
        faults.append(_("生效日期不能早于 %(day)s：那一天起的变更已经登记。") % told)
    if change.act == ClassAct.ADDED:
        if change.path in scheme.known:
            faults.append(_("类别号 %(path)s 已被使用；停用的类别号不再给别的类别。") % {"path": change.path})
        if change.path.count("·") >= DEEPEST:
            faults.append(_("类别至多四级。"))
        if above and above not in there:
            faults.append(_("上级类别 %(path)s 在生效日期不在用。") % {"path": above})
        return faults
    if change.path not in there:
        return [*faults, _("类别 %(path)s 在生效日期不在用。") % {"path": change.path}]
    held = there[change.path]
    if change.act == ClassAct.RENAMED:
        said = (change.name, change.name_en, change.item_type)
        if said == (held.name, held.name_en, held.item_type):
            faults.append(_("名称与现在相同，没有改动。"))
        return faults
    return faults + _faults_of_closing(change, day, scheme)


def _faults_of_closing(change: ClassChange, day: date, scheme: ClassScheme) -> list[str]:
    faults, there = [], scheme.on(day)
    held = there[change.path]
    if held.until is not None:
        faults.append(_("类别 %(path)s 已登记停用。") % {"path": change.path})
    below = [path for path, each in there.items() if path.startswith(f"{change.path}·") and each.until is None]
    if below:
        faults.append(_("须先停用下级类别：%(paths)s。") % {"paths": "、".join(below)})
    taker = there.get(change.successor)
    if change.successor and (taker is None or taker.until is not None or change.successor == change.path):
        faults.append(_("改用的类别 %(path)s 须在用，且不是本类别。") % {"path": change.successor})
    if held.since is not None and held.since >= day:
        faults.append(_("类别 %(path)s 在生效日期才启用，请撤回它的启用。") % {"path": change.path})
    return faults


def change_class_scheme(*, change: ClassChange, day: date, basis: str, by: Actor, now: datetime) -> SchemeChange:
    """Change the scheme from *day* on, by an archivist. Records already classified and codes already given stay as they
    are; records formed from that day on go by the new scheme. Raises ReferenceRefused with every fault."""
    require_steward(by=by)
    with transaction.atomic():
        list(SchemeChange.objects.select_for_update().order_by("pk"))  # one after the other
        faults = faults_of_class_change(change=change, day=day)
        if faults:
            raise ReferenceRefused(" ".join(faults))
        before = class_scheme().on(day).get(change.path)
        row = SchemeChange.objects.create(
            day=day, basis=basis, recorded_at=now, recorded_by=by.reference, **asdict(change)
        )
        if change.act == ClassAct.ADDED:
            above, _dot, code = change.path.rpartition("·")
            RecordClass.objects.create(
                path=change.path,
                code=code,
                level=change.path.count("·") + 1,
                name=change.name,
                name_en=change.name_en,
                item_type=change.item_type,
                parent=RecordClass.objects.filter(path=above).first() if above else None,
            )
        held = {"name": before.name, "name_en": before.name_en, "item_type": before.item_type} if before else None
        append_entries(
            entries=[
                change_entry(
                    kind=KINDS[change.act],
                    subject=f"class:{change.path}",
                    by=by,
                    now=now,
                    before=held,
                    after=asdict(change) | {"day": day.isoformat()},
                    reason=basis,
                )
            ]
        )
    return row


def withdraw_class_change(*, number: int, reason: str, by: Actor, now: datetime) -> SchemeChange:
    """Withdraw the last change that was entered, before its day; the row stays with the reason.

    Raises ReferenceRefused for one whose day has come, that others were entered after, or whose class is in use.
    """
    require_steward(by=by)
    with transaction.atomic():
        rows = list(SchemeChange.objects.select_for_update().filter(withdrawn_at__isnull=True).order_by("day", "id"))
        row = rows[-1] if rows and rows[-1].pk == number else None
        if row is None or row.day <= timezone.localdate(now):
            raise ReferenceRefused(_("只能撤回最后登记、还没有生效的一项变更。"))
        if row.act == ClassAct.ADDED:
            _forget(row.path)
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = now, by.reference, reason
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        before = state_of(row=row, without=("withdrawn_at", "withdrawn_by", "withdrawn_reason"))
        append_entries(
            entries=[
                change_entry(
                    kind="class-change-withdrawn",
                    subject=f"class:{row.path}",
                    by=by,
                    now=now,
                    before=before,
                    reason=reason,
                )
            ]
        )
    return row


def _forget(path: str) -> None:
    """Take back the row of a class that will not come. Raises ReferenceRefused when something refers to it."""
    planned = DatedChange.objects.filter(kind=DatedKind.ITEM, in_force_at__isnull=True, withdrawn_at__isnull=True)
    if any(each.get("record_class") == path for each in planned.values_list("content", flat=True)):
        raise ReferenceRefused(_("有事项的变更要归入类别 %(path)s，请先撤回。") % {"path": path})
    try:
        RecordClass.objects.filter(path=path).delete()
    except ProtectedError as used:
        raise ReferenceRefused(_("已有事项归入类别 %(path)s，不能撤回。") % {"path": path}) from used
