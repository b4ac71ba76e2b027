"""What a person does with jobs and notices: pause, go on, mark as read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lantai.ledger.services import NewEntry, append_entries
from lantai.work.models import Notice
from lantai.work.services.jobs import ask_pause, resume_job


class JobNotOpen(Exception):
    """The job has ended, or is not paused: there is nothing to steer."""


def steer_job(*, task_id: UUID, go_on: bool, actor: str, role: str, address: str, now: datetime) -> None:
    """Pause a job, or let a paused one go on, and tell the ledger who did. Raises JobNotOpen."""
    with transaction.atomic():
        changed = resume_job(task_id=task_id) if go_on else ask_pause(task_id=task_id)
        if not changed:
            raise JobNotOpen(str(task_id))
        kind = "job.resumed" if go_on else "job.paused"
        entry = NewEntry(kind=kind, subject=f"job:{task_id}", actor=actor, role=role, address=address, at=now)
        append_entries(entries=[entry])


def read_notices(*, person_id: int, organisation_id: int | None, archivist: bool, now: datetime) -> int:
    """Mark all notices of this person as read; those of the organisation are read for all of it. Returns how many."""
    found = Notice.objects.filter(read_at=None)
    changed = found.filter(person_id=person_id).update(read_at=now)
    if organisation_id is not None:
        changed += found.filter(person__isnull=True, organisation_id=organisation_id).update(read_at=now)
    if archivist:
        changed += found.filter(person__isnull=True, organisation_id=None).update(read_at=now)
    return changed
