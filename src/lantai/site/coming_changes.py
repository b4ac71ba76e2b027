"""Changes of bodies and items on their day: brought into force; those that could not be are somebody's work."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from lantai.administration.queries.dated_changes import waiting_changes
from lantai.administration.services import bring_changes_into_force
from lantai.work.services import DutyToRaise, Sentence, finish_other_work, raise_work

DUTY = "dated-change"


def bring_due_changes(*, now: datetime) -> int:
    """Bring changes whose day has come into force; returns how many. One that is hindered becomes a duty of the
    archivists, which ends when the change is in force or withdrawn."""
    done = bring_changes_into_force(now=now)
    hindered = [each for each in waiting_changes() if each.state == "hindered"]
    duties = [
        DutyToRaise(
            kind=DUTY,
            subject=str(each.id),
            title=each.name,
            reason=Sentence("change-hindered", {"day": each.day.isoformat(), "why": each.trouble}),
            role="archivist",
            due_on=each.day,
        )
        for each in hindered
    ]
    with transaction.atomic():
        if duties:
            raise_work(duties=duties, now=now)
        finish_other_work(kind=DUTY, but=[each.subject for each in duties], by="system:changes", now=now)
    return done
