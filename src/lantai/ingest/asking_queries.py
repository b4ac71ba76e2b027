"""The rules by which departments are asked and reminded, where mail goes, and what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from lantai.administration.queries.people import Reader, Role
from lantai.ingest.models import CollectionRule, HandoverRule, Reminder, ReminderContact, ReminderRule


@dataclass(frozen=True, slots=True)
class HandoverRuleView:
    """A deadline for packages that holds now."""

    id: int
    organisation_id: int | None
    item_code: str
    closes: tuple[str, ...]
    days: int
    basis: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class CollectionRuleView:
    """A deadline for materials of running cases that holds now."""

    id: int
    organisation_id: int | None
    item_code: str
    material_type: str
    nodes: tuple[str, ...]
    days: int
    basis: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class ReminderRuleView:
    """A reminder that goes out by itself."""

    id: int
    kind: str
    days: int
    by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ContactView:
    """Where mail to a body goes."""

    organisation_id: int
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class ReminderView:
    """One reminder that was sent."""

    kind: str
    subject: str
    organisation_id: int
    by: str
    at: datetime
    due_on: date | None
    mailed_to: str
    words: str


def handover_rules() -> list[HandoverRuleView]:
    """The deadlines that hold, the one for all first."""
    return [
        HandoverRuleView(
            each.pk,
            each.organisation_id,
            each.item_code,
            tuple(each.closes),
            each.days,
            each.basis,
            each.valid_from,
        )
        for each in HandoverRule.objects.filter(valid_to=None).order_by("organisation_id", "item_code", "pk")
    ]


def collection_rules() -> list[CollectionRuleView]:
    """The deadlines for materials that hold, by type, the one for all first."""
    rows = CollectionRule.objects.filter(valid_to=None).order_by("material_type", "organisation_id", "item_code", "pk")
    return [
        CollectionRuleView(
            each.pk,
            each.organisation_id,
            each.item_code,
            each.material_type,
            tuple(each.nodes),
            each.days,
            each.basis,
            each.valid_from,
        )
        for each in rows
    ]


def reminder_rules() -> list[ReminderRuleView]:
    """The reminders that go out by themselves."""
    rows = ReminderRule.objects.filter(ended_at=None).order_by("kind", "days")
    return [ReminderRuleView(each.pk, each.kind, each.days, each.by, each.made_at) for each in rows]


def reminder_contacts() -> list[ContactView]:
    """Where mail to the bodies goes."""
    rows = ReminderContact.objects.order_by("organisation_id")
    return [ContactView(each.organisation_id, each.name, each.address) for each in rows]


def list_reminders(*, reader: Reader, text: str = "", limit: int, offset: int) -> tuple[list[ReminderView], int]:
    """Reminders *reader* may see, the newest first, and how many; those about a number when *text* is given."""
    found = Reminder.objects.order_by("-pk")
    if reader.role == Role.DEPARTMENT:
        found = found.filter(organisation_id=reader.organisation_id or 0)
    if text:
        found = found.filter(Q(subject=text) | Q(words__icontains=text))
    rows = [
        ReminderView(
            each.kind,
            each.subject,
            each.organisation_id,
            each.by,
            each.at,
            each.due_on,
            each.mailed_to,
            each.words,
        )
        for each in found[offset : offset + limit]
    ]
    return rows, found.count()
