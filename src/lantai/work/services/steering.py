"""What a person does with jobs and notices: pause, go on, try again, mark as read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django_tasks_db.models import DBTaskResult

from lantai.ledger.services import NewEntry, append_entries
from lantai.work.models import Job, JobState, Notice
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


def retry_job(*, task_id: UUID, actor: str, role: str, address: str, now: datetime) -> None:
    """Put a failed job into the queue again; it goes on where it stopped. The ledger keeps why it had failed.

    Raises JobNotOpen when it has not failed (a second press changes nothing), or other work of its key waits already.
    """
    with transaction.atomic():
        found = Job.objects.select_for_update().filter(task_id=task_id, state=JobState.FAILED).first()
        if found is None:
            raise JobNotOpen(str(task_id))
        why = list(found.troubles)
        found.state, found.attempts, found.troubles, found.worker = JobState.WAITING, 0, [], ""
        found.run_after = found.leased_until = found.started_at = found.finished_at = None
        found.pause_asked = False
        try:
            with transaction.atomic():
                found.save()
        except IntegrityError as taken:
            raise JobNotOpen(str(task_id)) from taken
        DBTaskResult.objects.filter(pk=task_id).update(
            status="READY", started_at=None, finished_at=None, exception_class_path="", traceback=""
        )
        append_entries(
            entries=[
                NewEntry(
                    kind="job.retried",
                    subject=f"job:{task_id}",
                    actor=actor,
                    role=role,
                    address=address,
                    at=now,
                    detail={"before": why},
                )
            ]
        )


def read_notices(*, person_id: int, organisation_id: int | None, archivist: bool, now: datetime) -> int:
    """Mark all notices of this person as read; those of the organisation are read for all of it. Returns how many."""
    found = Notice.objects.filter(read_at=None)
    changed = found.filter(person_id=person_id).update(read_at=now)
    if organisation_id is not None:
        changed += found.filter(person__isnull=True, organisation_id=organisation_id).update(read_at=now)
    if archivist:
        changed += found.filter(person__isnull=True, organisation_id=None).update(read_at=now)
    return changed
