"""Queue a job, follow its progress, pause it and go on (law 2: the queue is a table)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from lantai.work.models import Job, JobState

LEASE = timedelta(seconds=40)


class LeaseLost(Exception):
    """Another worker has taken this job, because ours did not prolong its lease: stop at once."""


class JobPaused(Exception):
    """A person asked for a pause; the job's position is kept and it goes on from there when resumed."""


def queue_job(
    *,
    task: Task[Any, Any] | str,
    title: str,
    arguments: Mapping[str, Any] | None = None,
    key: str = "",
    asked_by: str = "system",
    total: int | None = None,
    delay: timedelta | None = None,
    background: bool = False,
) -> UUID | None:
    """Put *task* into the queue, in the caller's transaction, with its lease row beside it.

    ``key`` names work that needs to wait only once: while a job of the same key waits, nothing is added and None is
    returned. That waiting row is locked until the caller commits, so no worker can start it before the caller's rows
    are to be seen, and jobs of one key never run at the same time. ``task`` is the task or its dotted path;
    ``arguments`` are ids and text. A ``background`` job starts only when no other waits, and should end soon
    when ``others_wait``.
    """
    if isinstance(task, str):
        task = import_string(task)
    if not isinstance(task, Task):
        raise TypeError(f"{task!r} is not a task: put @task above the service")
    now = timezone.now()
    with transaction.atomic(savepoint=False):
        if key and Job.objects.select_for_update().filter(key=key, state=JobState.WAITING).exists():
            return None
        run_after = now + delay if delay else None
        result = task.using(run_after=run_after).enqueue(**(arguments or {}))
        job = Job(
            task_id=UUID(str(result.id)),
            title=title,
            key=key,
            asked_by=asked_by,
            asked_at=now,
            run_after=run_after,
            total=total,
            background=background,
        )
        try:
            with transaction.atomic():
                job.save(force_insert=True)
        except IntegrityError:
            # another process queued the same key in this moment; its job does the work
            DBTaskResult.objects.filter(pk=result.id).delete()
            return None
    return job.task_id


@dataclass(slots=True)
class JobContext:
    """What a running job holds: its identity, its place, and the word that its lease is lost or a pause is asked."""

    task_id: UUID
    worker: str
    position: dict[str, Any] = field(default_factory=dict)
    lost: threading.Event = field(default_factory=threading.Event)

    def report(
        self,
        *,
        done: int | None = None,
        total: int | None = None,
        position: Mapping[str, Any] | None = None,
        troubles: list[str] | None = None,
    ) -> None:
        """Write the progress. Raises LeaseLost when the job is no longer ours, JobPaused when a pause was asked."""
        if self.lost.is_set():
            raise LeaseLost(str(self.task_id))
        changes: dict[str, Any] = {}
        if done is not None:
            changes["done"] = done
        if total is not None:
            changes["total"] = total
        if position is not None:
            self.position = dict(position)
            changes["position"] = self.position
        if troubles is not None:
            changes["troubles"] = troubles[:200]
        if changes and not Job.objects.filter(task_id=self.task_id, worker=self.worker).update(**changes):
            raise LeaseLost(str(self.task_id))
        if Job.objects.filter(task_id=self.task_id, pause_asked=True).exists():
            raise JobPaused(str(self.task_id))


def others_wait() -> bool:
    """Whether a job that is not background work is due: a background job then makes room for it."""
    due = Q(run_after=None) | Q(run_after__lte=timezone.now())
    running = Job.objects.filter(state=JobState.RUNNING).exclude(key="").values("key")
    return Job.objects.filter(due, state=JobState.WAITING, background=False).exclude(key__in=running).exists()


def ask_pause(*, task_id: UUID) -> bool:
    """Ask a waiting or running job to pause. Returns whether there was such a job."""
    waiting = Job.objects.filter(task_id=task_id, state=JobState.WAITING).update(
        state=JobState.PAUSED, pause_asked=True
    )
    running = Job.objects.filter(task_id=task_id, state=JobState.RUNNING).update(pause_asked=True)
    return bool(waiting or running)


def resume_job(*, task_id: UUID) -> bool:
    """Let a paused job go on from its position. Returns whether it was paused."""
    return bool(
        Job.objects.filter(task_id=task_id, state=JobState.PAUSED).update(
            state=JobState.WAITING, pause_asked=False, worker="", leased_until=None
        )
    )


def prolong_lease(*, task_id: UUID, worker: str, now: datetime) -> bool:
    """Hold a job for another LEASE. Returns False when somebody else holds it."""
    return bool(Job.objects.filter(task_id=task_id, worker=worker).update(leased_until=now + LEASE))
