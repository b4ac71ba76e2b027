"""Record how bodies changed (更名、合并、分立、撤销), and let fonds, agreements and items follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.models import (
    Agreement,
    ChangedOrganisation,
    ChangeKind,
    DatedChange,
    DatedKind,
    Fonds,
    FondsSuccession,
    Organisation,
    OrganisationChange,
    ServiceItem,
    Side,
)
from lantai.administration.queries.credentials import forget_credentials
from lantai.administration.queries.dated_changes import WAITING
from lantai.administration.services.bodies import NewOrganisation, enter_organisations
from lantai.administration.services.dated_changes import actor_of_change, enter_change
from lantai.administration.services.evidence import ReferenceRefused, change_entry, require_registrar, state_of
from lantai.administration.services.item_details import enter_item_changes
from lantai.administration.services.people_access import Actor
from lantai.ledger.services import NewEntry, append_entries

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BodyChange:
    """A change to be recorded. `before` and `after` are codes of bodies; `new` is registered first and stands in
    `after`. A body on both sides goes on. `heir` (a code of `after`) takes over the fonds and items of the bodies that
    end; empty closes the fonds. `day` is the first day of the new state."""

    kind: str
    day: date
    basis: str
    before: Sequence[str]
    after: Sequence[str] = field(default=())
    new: NewOrganisation | None = None
    heir: str = ""
    note: str = ""


def faults_of_change(*, change: BodyChange, apart_from: int | None = None) -> list[str]:
    """Everything that keeps *change* from being recorded or planned, in the reader's language; empty when nothing does.

    A change to come that is about the same bodies stands in the way, but for the one *apart_from*: the change itself.
    """
    after = [*change.after, *([change.new.code] if change.new else [])]
    ending = set(change.before) - set(after)
    counts: dict[str, tuple[bool, str]] = {
        ChangeKind.RENAMED: (
            len(change.before) == 1 and len(after) == 1 and bool(ending),
            _("更名须是一个机构变为另一个机构。"),
        ),
        ChangeKind.MERGED: (
            len(set(change.before) | set(after)) >= 2 and len(after) == 1 and bool(ending),
            _("合并须有至少两个机构，并成为一个机构。"),
        ),
        ChangeKind.SPLIT: (
            len(change.before) == 1 and len(set(after)) >= 2,
            _("分立须由一个机构变为至少两个机构；原机构保留的，也列为变更后机构。"),
        ),
        ChangeKind.DISSOLVED: (len(change.before) == 1 and bool(ending), _("撤销的机构不能列为变更后机构。")),
    }
    holds, told = counts[change.kind]
    faults = [] if holds else [told]
    if change.heir and change.heir not in after:
        faults.append(_("承接全宗的机构须是变更后机构之一。"))
    rows = {each.code: each for each in Organisation.objects.filter(code__in={*change.before, *change.after})}
    faults += [
        _("没有代码为 %(code)s 的机构。") % {"code": code} for code in {*change.before, *change.after} - set(rows)
    ]
    for row in rows.values():
        if row.active_to is not None and row.active_to < change.day:
            faults.append(_("%(name)s 已于 %(day)s 撤销。") % {"name": row.name, "day": row.active_to.isoformat()})
        elif row.code in ending and row.active_from is not None and row.active_from >= change.day:
            faults.append(_("%(name)s 在生效日期之后才成立。") % {"name": row.name})
    if change.new and Organisation.objects.filter(code=change.new.code).exists():
        faults.append(_("机构代码 %(code)s 已被使用。") % {"code": change.new.code})
    return faults + _in_the_way(change, apart_from)


def _in_the_way(change: BodyChange, apart_from: int | None) -> list[str]:
    """Changes to come that begin with one of the same bodies, or register the same code."""
    faults = []
    for row in DatedChange.objects.filter(WAITING, kind=DatedKind.BODY).exclude(pk=apart_from or 0):
        shared = set(row.content["before"]) & set(change.before)
        new = (row.content["new"] or {}).get("code", "")
        shared |= {new} if change.new and change.new.code == new else set()
        told = {"codes": "、".join(sorted(shared)), "day": row.day.isoformat()}
        faults += [_("%(codes)s 已有 %(day)s 待生效的变更，请先撤回。") % told] if shared else []
    return faults


def plan_body_change(*, change: BodyChange, by: Actor, now: datetime) -> DatedChange:
    """Enter a change of bodies whose day is to come, by an archivist or the system administrator: nothing changes
    until then. Raises ReferenceRefused with every fault."""
    require_registrar(by=by)
    with transaction.atomic():
        faults = faults_of_change(change=change)
        if change.day <= timezone.localdate(now):
            faults.append(_("生效日期已到，请直接登记。"))
        if faults:
            raise ReferenceRefused(" ".join(faults))
        content = asdict(change)
        del content["day"], content["basis"]
        if change.new:
            content["new"] |= {"active_from": change.day.isoformat(), "active_to": None}
        return enter_change(
            kind=DatedKind.BODY,
            subject=change.before[0],
            day=change.day,
            content=content,
            basis=change.basis,
            by=by,
            now=now,
            waits=True,
        )


def put_body_change(*, change: DatedChange, now: datetime) -> None:
    """Bring a planned change of bodies into force, in the caller's transaction, as the act of who planned it.

    Raises ReferenceRefused with every fault there is by now.
    """
    content = dict(change.content)
    new = content.pop("new")
    made = BodyChange(
        **content,
        day=change.day,
        basis=change.basis,
        new=NewOrganisation(**new | {"active_from": change.day}) if new else None,
    )
    _record(made, actor_of_change(change=change), now, apart_from=change.pk)
    change.in_force_at, change.trouble = now, ""
    change.save(update_fields=["in_force_at", "trouble"])


def record_body_change(*, change: BodyChange, by: Actor, now: datetime) -> OrganisationChange:
    """Record *change*, by an archivist or the system administrator: bodies that end do so on the day before.

    Their fonds go to the heir or are closed, items go to the heir, open agreements end; credentials stop with their
    body, accounts stay for the security administrator to decide. Raises ReferenceRefused with every fault.
    """
    require_registrar(by=by)
    if change.day > timezone.localdate(now):
        raise ReferenceRefused(_("生效日期还没有到，须登记为待生效的变更。"))
    return _record(change, by, now)


def _record(change: BodyChange, by: Actor, now: datetime, apart_from: int | None = None) -> OrganisationChange:
    with transaction.atomic():
        faults = faults_of_change(change=change, apart_from=apart_from)
        if faults:
            raise ReferenceRefused(" ".join(faults))
        if change.new:
            enter_organisations(organisations=[change.new], by=by, now=now)
        after = [*change.after, *([change.new.code] if change.new else [])]
        rows = {
            each.code: each
            for each in Organisation.objects.select_for_update().filter(code__in={*change.before, *after})
        }
        row = OrganisationChange.objects.create(
            kind=change.kind,
            day=change.day,
            basis=change.basis,
            note=change.note,
            recorded_at=now,
            recorded_by=by.reference,
        )
        ChangedOrganisation.objects.bulk_create(
            ChangedOrganisation(change=row, organisation=rows[code], side=side)
            for side, codes in ((Side.BEFORE, change.before), (Side.AFTER, after))
            for code in dict.fromkeys(codes)
        )
        ending = [rows[code] for code in dict.fromkeys(change.before) if code not in after]
        told = _Telling(by, now, change.basis)
        for body in ending:
            _end(body, row, told)
            _follow(body, rows.get(change.heir), row, told)
        said = {
            "kind": row.kind,
            "day": row.day.isoformat(),
            "basis": row.basis,
            "before": list(change.before),
            "after": after,
            "heir": change.heir,
        }
        first = change_entry(
            kind="bodies-changed", subject=f"organisation:{change.before[0]}", by=by, now=now, after=said
        )
        append_entries(entries=[first, *told.entries])
    forget_credentials()
    return row


@dataclass(slots=True)
class _Telling:
    """The entries of one change, gathered to be appended together."""

    by: Actor
    now: datetime
    reason: str
    entries: list[NewEntry] = field(default_factory=list)

    def add(self, kind: str, subject: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        self.entries.append(
            change_entry(
                kind=kind,
                subject=subject,
                by=self.by,
                now=self.now,
                before=before,
                after=after,
                reason=self.reason,
            )
        )


def _end(body: Organisation, change: OrganisationChange, told: _Telling) -> None:
    """End *body* and its open agreements on the day before the change."""
    last, before = change.day - ONE_DAY, state_of(row=body)
    body.active_to = last
    body.save(update_fields=["active_to"])
    told.add("organisation-ended", f"organisation:{body.code}", before, state_of(row=body))
    held = Agreement.objects.select_for_update().filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=change.day), organisation=body
    )
    for agreement in held.order_by("number"):
        before = state_of(row=agreement)
        agreement.valid_to = max(last, agreement.valid_from)
        agreement.save(update_fields=["valid_to"])
        told.add("agreement-ended", f"agreement:{agreement.number}", before, state_of(row=agreement))


def _follow(body: Organisation, heir: Organisation | None, change: OrganisationChange, told: _Telling) -> None:
    """Let the open fonds and the items of *body* go to *heir*; without one the fonds are closed."""
    for fonds in Fonds.objects.select_for_update().filter(organisation=body, ends_on__isnull=True).order_by("code"):
        before = state_of(row=fonds)
        if heir is not None:
            fonds.organisation = heir
        else:
            last = change.day - ONE_DAY
            fonds.ends_on = last if fonds.begins_on is None else max(last, fonds.begins_on)
        fonds.save(update_fields=["organisation", "ends_on"])
        FondsSuccession.objects.create(change=change, fonds=fonds, former=body, heir=heir)
        told.add("fonds-followed" if heir else "fonds-closed", f"fonds:{fonds.code}", before, state_of(row=fonds))
    if heir is None:
        return
    codes = ServiceItem.objects.filter(organisation=body).values_list("code", flat=True)
    told.entries += enter_item_changes(
        changes={code: {"organisation": heir.code} for code in codes},
        day=change.day,
        basis=change.basis,
        by=told.by,
        now=told.now,
    )
