"""Register bodies, open their fonds, and extend the classes records are arranged in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.models import Fonds, Organisation, OrganisationKind, RecordClass
from lantai.administration.services.evidence import (
    ReferenceRefused,
    change_entry,
    require_registrar,
    require_steward,
    state_of,
)
from lantai.administration.services.people_access import Actor
from lantai.archival.codes import check_social_credit_code
from lantai.ledger.services import append_entries


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """A body to be registered; `parent` is the code of the body above it."""

    code: str
    name: str
    credit_code: str = ""
    region_code: str = ""
    kind: str = OrganisationKind.AGENCY
    parent: str = ""
    active_from: date | None = None
    active_to: date | None = None


@dataclass(frozen=True, slots=True)
class NewFonds:
    """A fonds to be opened for the body of the code `organisation`."""

    code: str
    name: str
    organisation: str
    begins_on: date | None = None
    ends_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class NewClass:
    """A class to be added; `path` joins the codes from the category down, as in ZY·XK·ZC."""

    path: str
    name: str
    name_en: str = ""
    item_type: str = ""


def register_organisations(*, organisations: Sequence[NewOrganisation], by: Actor, now: datetime) -> list[Organisation]:
    """Register *organisations*, in order, so that a body may name one before it as its parent.

    Raises ReferenceRefused for a code that is taken, an unknown parent, or a credit code whose check digit fails.
    """
    require_registrar(by=by)
    return enter_organisations(organisations=organisations, by=by, now=now)


def enter_organisations(*, organisations: Sequence[NewOrganisation], by: Actor, now: datetime) -> list[Organisation]:
    """Register *organisations* as part of what somebody was let do: a change of bodies. Raises ReferenceRefused."""
    with transaction.atomic():
        known = {each.code: each for each in Organisation.objects.filter(code__in=_codes_and_parents(organisations))}
        made: list[Organisation] = []
        for new in organisations:
            row = _organisation(new, known)
            known[row.code] = row
            made.append(row)
        append_entries(
            entries=[
                change_entry(
                    kind="organisation-registered",
                    subject=f"organisation:{row.code}",
                    by=by,
                    now=now,
                    after=state_of(row=row),
                )
                for row in made
            ]
        )
    return made


def _codes_and_parents(organisations: Sequence[NewOrganisation]) -> set[str]:
    return {each.code for each in organisations} | {each.parent for each in organisations if each.parent}


def _organisation(new: NewOrganisation, known: dict[str, Organisation]) -> Organisation:
    if new.code in known:
        raise ReferenceRefused(_("机构代码 %(code)s 已被使用。") % {"code": new.code})
    if new.parent and new.parent not in known:
        raise ReferenceRefused(_("机构 %(code)s 的上级 %(parent)s 未登记。") % {"code": new.code, "parent": new.parent})
    _check_credit_code(new.credit_code)
    return Organisation.objects.create(
        code=new.code,
        credit_code=new.credit_code,
        name=new.name,
        region_code=new.region_code,
        kind=new.kind,
        parent=known.get(new.parent),
        active_from=new.active_from,
        active_to=new.active_to,
    )


def _check_credit_code(code: str) -> None:
    if code and not check_social_credit_code(code).holds:
        raise ReferenceRefused(_("统一社会信用代码 %(code)s 的形式或校验码不对。") % {"code": code})


def change_organisation(
    *, code: str, name: str, credit_code: str, region_code: str, by: Actor, now: datetime, reason: str
) -> Organisation:
    """Correct the name, credit code or region of a body. A renamed body is a new one: end the old, register the new.

    Does nothing when nothing differs. Raises ReferenceRefused for an unknown code or a failing credit code.
    """
    require_registrar(by=by)
    _check_credit_code(credit_code)
    with transaction.atomic():
        row = _found(code)
        before = state_of(row=row)
        row.name, row.credit_code, row.region_code = name, credit_code, region_code
        if state_of(row=row) != before:
            row.save(update_fields=["name", "credit_code", "region_code"])
            append_entries(
                entries=[
                    change_entry(
                        kind="organisation-changed",
                        subject=f"organisation:{code}",
                        by=by,
                        now=now,
                        before=before,
                        after=state_of(row=row),
                        reason=reason,
                    )
                ]
            )
    return row


def end_organisation(*, code: str, last_day: date, by: Actor, now: datetime, reason: str) -> Organisation:
    """Let a body end with *last_day* (撤销、合并、更名). Its fonds and records stay.

    Raises ReferenceRefused for an unknown code, or a body that has ended already or begins after that day.
    """
    require_registrar(by=by)
    with transaction.atomic():
        row = _found(code)
        if row.active_to is not None or (row.active_from is not None and last_day < row.active_from):
            raise ReferenceRefused(_("机构 %(code)s 已经撤销，或撤销日期早于成立日期。") % {"code": code})
        before = state_of(row=row)
        row.active_to = last_day
        row.save(update_fields=["active_to"])
        append_entries(
            entries=[
                change_entry(
                    kind="organisation-ended",
                    subject=f"organisation:{code}",
                    by=by,
                    now=now,
                    before=before,
                    after=state_of(row=row),
                    reason=reason,
                )
            ]
        )
    return row


def _found(code: str) -> Organisation:
    row = Organisation.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise ReferenceRefused(_("没有代码为 %(code)s 的机构。") % {"code": code})
    return row


def open_fonds(*, fonds: Sequence[NewFonds], by: Actor, now: datetime) -> list[Fonds]:
    """Open *fonds* for their bodies. Raises ReferenceRefused for a number that is taken or an unknown body."""
    require_steward(by=by)
    with transaction.atomic():
        taken = set(Fonds.objects.filter(code__in=[each.code for each in fonds]).values_list("code", flat=True))
        bodies = {
            each.code: each for each in Organisation.objects.filter(code__in=[each.organisation for each in fonds])
        }
        made: list[Fonds] = []
        for new in fonds:
            if new.code in taken:
                raise ReferenceRefused(_("全宗号 %(code)s 已被使用。") % {"code": new.code})
            if new.organisation not in bodies:
                raise ReferenceRefused(_("没有代码为 %(code)s 的机构。") % {"code": new.organisation})
            taken.add(new.code)
            values: dict[str, Any] = {each.name: getattr(new, each.name) for each in fields(new)}
            made.append(Fonds.objects.create(**{**values, "organisation": bodies[new.organisation]}))
        append_entries(
            entries=[
                change_entry(kind="fonds-opened", subject=f"fonds:{row.code}", by=by, now=now, after=state_of(row=row))
                for row in made
            ]
        )
    return made


def register_classes(*, classes: Sequence[NewClass], by: Actor, now: datetime) -> list[RecordClass]:
    """Add *classes*, each after the one above it. Raises ReferenceRefused for a path that is taken, deeper than level
    four, or without the class above it."""
    require_steward(by=by)
    with transaction.atomic():
        known = {each.path: each for each in RecordClass.objects.all()}
        made: list[RecordClass] = []
        for new in classes:
            above, _dot, code = new.path.rpartition("·")
            level = new.path.count("·") + 1
            if new.path in known or level > 4 or (above and above not in known):
                raise ReferenceRefused(_("类别 %(path)s 已存在、超过四级，或上级类别未登记。") % {"path": new.path})
            row = RecordClass.objects.create(
                path=new.path,
                code=code,
                level=level,
                name=new.name,
                name_en=new.name_en,
                parent=known.get(above),
                item_type=new.item_type,
            )
            known[new.path] = row
            made.append(row)
        append_entries(
            entries=[
                change_entry(
                    kind="class-registered", subject=f"class:{row.path}", by=by, now=now, after=state_of(row=row)
                )
                for row in made
            ]
        )
    return made
