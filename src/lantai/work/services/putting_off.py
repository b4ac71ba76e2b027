"""Put a duty off (暂缓) until a day, and take it up again; its legal due day stays."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from lantai.ledger.services import NewEntry, append_entries
from lantai.work.models import DueWork


class DutyClosed(Exception):
    """There is no open duty of this kind about this subject for this role."""


class DueNow(Exception):
    """What is due today or overdue is not put off."""


def put_duty_off(
    *, kind: str, subject: str, until: date | None, reason: str, actor: str, role: str, address: str, now: datetime
) -> date | None:
    """Keep a duty out of the queue until the day *until*, at the latest until its due day; None takes it up again.
    Returns the day it comes back. The ledger tells the day before and after.

    Raises DutyClosed, and DueNow for what is due today or overdue.
    """
    with transaction.atomic():
        open_ones = DueWork.objects.select_for_update().filter(kind=kind, subject=subject, role=role, finished_at=None)
        found = open_ones.first()
        if found is None:
            raise DutyClosed(f"{kind}:{subject}")
        if until is not None and found.due_on is not None:
            if found.due_on <= timezone.localdate(now):
                raise DueNow(f"{kind}:{subject}")
            until = min(until, found.due_on)
        before = found.put_off_until
        found.put_off_until, found.put_off_reason = until, reason[:200] if until else ""
        found.save(update_fields=["put_off_until", "put_off_reason"])
        append_entries(
            entries=[
                NewEntry(
                    kind="duty.put-off" if until else "duty.taken-up",
                    subject=subject,
                    actor=actor,
                    role=role,
                    address=address,
                    at=now,
                    detail={
                        "duty": kind,
                        "before": before.isoformat() if before else None,
                        "after": until.isoformat() if until else None,
                        "reason": found.put_off_reason,
                    },
                )
            ]
        )
    return until
