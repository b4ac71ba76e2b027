"""When departments are reminded by themselves, and where mail to them goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from lantai.ingest.models import ReminderContact, ReminderRule
from lantai.ingest.services.reminding import CORRECTION, HANDOVER, MATERIAL
from lantai.ledger.services import NewEntry, append_entries


def set_reminder_rule(*, kind: str, days: int, by: str, role: str, now: datetime) -> ReminderRule:
    """Remind by itself *days* after the due day (before it when negative). The same rule again changes nothing. Raises
    ValueError for a kind that is none."""
    if kind not in (HANDOVER, CORRECTION, MATERIAL):
        raise ValueError(kind)
    with transaction.atomic():
        row, new = ReminderRule.objects.get_or_create(
            kind=kind, days=days, ended_at=None, defaults={"by": by, "made_at": now}
        )
        if new:
            _tell_rule("reminder-rule.set", row, by, role, now, {"before": None, "after": {"days": days, "kind": kind}})
    return row


def end_reminder_rule(*, rule_id: int, by: str, role: str, now: datetime) -> bool:
    """End one rule; returns whether it held."""
    with transaction.atomic():
        row = ReminderRule.objects.select_for_update().filter(pk=rule_id, ended_at=None).first()
        if row is None:
            return False
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        before = {"days": row.days, "kind": row.kind}
        _tell_rule("reminder-rule.ended", row, by, role, now, {"before": before, "after": None})
    return True


def keep_contact(*, organisation_id: int, name: str, address: str, by: str, role: str, now: datetime) -> None:
    """Where mail to a body goes from now on."""
    with transaction.atomic():
        row = ReminderContact.objects.select_for_update().filter(organisation_id=organisation_id).first()
        before = {"name": row.name, "address": row.address} if row else None
        after = {"name": name, "address": address}
        if before == after:
            return
        ReminderContact.objects.update_or_create(organisation_id=organisation_id, defaults=after)
        append_entries(
            entries=[
                NewEntry(
                    kind="contact.kept",
                    subject=f"organisation:{organisation_id}",
                    actor=by,
                    role=role,
                    at=now,
                    detail={"before": before, "after": after},
                )
            ]
        )


def _tell_rule(kind: str, row: ReminderRule, by: str, role: str, now: datetime, detail: Mapping[str, object]) -> None:
    entry = NewEntry(kind=kind, subject=f"reminder-rule:{row.pk}", actor=by, role=role, at=now, detail=dict(detail))
    append_entries(entries=[entry])
