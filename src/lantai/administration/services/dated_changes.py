"""Enter changes that hold from a day on, and withdraw those whose day has not come (待生效的变更)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.models import DatedChange, DatedKind
from lantai.administration.services.evidence import (
    ReferenceRefused,
    change_entry,
    require_registrar,
    require_steward,
    state_of,
)
from lantai.administration.services.people_access import Actor
from lantai.ledger.services import NewEntry, append_entries

NOT_TOLD = ("role", "address", "trouble", "withdrawn_at", "withdrawn_by", "withdrawn_reason", "in_force_at")


def subject_of_change(*, change: DatedChange) -> str:
    """The body or item that a change is about, as the ledger names it."""
    return f"{'item' if change.kind == DatedKind.ITEM else 'organisation'}:{change.subject}"


def actor_of_change(*, change: DatedChange) -> Actor:
    """Who entered a change: what follows on its day is told as this person's."""
    number = change.recorded_by.removeprefix("person:")
    person_id = int(number) if number.isdecimal() else None
    return Actor(person_id, change.recorded_by, change.role, change.address)


def enter_change(
    *, kind: str, subject: str, day: date, content: Mapping[str, Any], basis: str, by: Actor, now: datetime, waits: bool
) -> DatedChange:
    """Keep a change in the caller's transaction; one that *waits* for its day gets an entry of its own."""
    row = DatedChange.objects.create(
        kind=kind,
        subject=subject,
        day=day,
        content=dict(content),
        basis=basis,
        recorded_at=now,
        recorded_by=by.reference,
        role=by.role,
        address=by.address,
    )
    if waits:
        append_entries(entries=[planned_entry(change=row, by=by, now=now)])
    return row


def planned_entry(*, change: DatedChange, by: Actor, now: datetime) -> NewEntry:
    """The entry of a change that waits for its day."""
    after = state_of(row=change, without=NOT_TOLD)
    return change_entry(kind="change-planned", subject=subject_of_change(change=change), by=by, now=now, after=after)


def withdraw_change(*, number: int, reason: str, by: Actor, now: datetime) -> DatedChange:
    """Withdraw a change that is not in force, by those who may enter its kind; the row stays with the reason.

    Raises ReferenceRefused for one that is in force or withdrawn already.
    """
    with transaction.atomic():
        row = DatedChange.objects.select_for_update().filter(pk=number).first()
        if row is None or row.in_force_at is not None or row.withdrawn_at is not None:
            raise ReferenceRefused(_("这项变更已经生效或撤回，不能再撤回。"))
        (require_steward if row.kind == DatedKind.ITEM else require_registrar)(by=by)
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = now, by.reference, reason
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        append_entries(
            entries=[
                change_entry(
                    kind="change-withdrawn",
                    subject=subject_of_change(change=row),
                    by=by,
                    now=now,
                    before=state_of(row=row, without=NOT_TOLD),
                    reason=reason,
                )
            ]
        )
    return row
