"""The worker's loop: claim, run under a heartbeat, finish. The one place where every exception is caught."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from lantai.work.models import Job, JobState
from lantai.work.sentences import Sentence
from lantai.work.services.heartbeats import beat
from lantai.work.services.jobs import LEASE, JobContext, JobPaused, LeaseLost, prolong_lease
from lantai.work.services.notices import notify

logger = logging.getLogger("lantai.work")
HEARTBEAT_SECONDS = 8.0
ATTEMPTS = 6
PATIENCE = timedelta(minutes=2)
"""How long background work stands back for intake."""
_current: ContextVar[JobContext | None] = ContextVar("lantai_job", default=None)


def current_job() -> JobContext | None:
    """The job this code runs in, or None outside the worker's loop."""
    return _current.get()


def run_jobs(
    *,
    until: Callable[[], bool] | None = None,
    when_idle: Callable[[], None] | None = None,
    pause_seconds: float = 0.2,
    drain: bool = False,
) -> int:
    """Run queued jobs until *until* says so, or with ``drain`` until the queue is empty; returns how many were run.

    A job whose worker died is taken again when its lease has run out (40 s); after ATTEMPTS tries it is failed and the
    one who asked for it is told. ``when_idle`` is called between jobs and while there is none.
    """
    worker = f"{socket.gethostname()}:{os.getpid()}:{threading.get_native_id()}"
    ran = 0
    while until is None or not until():
        close_old_connections()
        try:
            job = claim_job(worker=worker, now=timezone.now())
        except IntegrityError:
            job = None  # another worker began the same key in this moment
        if job is not None:
            _run(job, worker)
            ran += 1
        if when_idle is not None:
            when_idle()
        if job is None:
            if drain and not _due_soon(timezone.now()):
                break
            time.sleep(pause_seconds)
    return ran


def _due_soon(now: datetime) -> bool:
    """Whether a job waits that is to start within five seconds."""
    return Job.objects.filter(state=JobState.WAITING, run_after__lte=now + timedelta(seconds=5)).exists()


def claim_job(*, worker: str, now: datetime) -> Job | None:
    """Take the oldest waiting job, or one whose lease has run out, for *worker*; None when there is none.

    Background work is taken while no other job is due or under way, and in any case once it has waited for PATIENCE.
    """
    busy = Job.objects.filter(state=JobState.RUNNING).exclude(key="").values("key")
    due = Q(state=JobState.WAITING) & (Q(run_after=None) | Q(run_after__lte=now)) & ~Q(key__in=busy)
    abandoned = Q(state=JobState.RUNNING, leased_until__lt=now)
    under_way = Q(state=JobState.RUNNING, leased_until__gte=now)
    if Job.objects.filter(due | under_way, background=False).exists():
        due &= Q(background=False) | Q(asked_at__lt=now - PATIENCE)
    if not Job.objects.filter(due | abandoned).exists():
        return None
    with transaction.atomic():
        job = (
            Job.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
            .filter(due | abandoned)
            .order_by("background", "asked_at")
            .first()
        )
        if job is None:
            return None
        job.state = JobState.RUNNING
        job.worker = worker
        job.attempts += 1
        job.leased_until = now + LEASE
        job.started_at = job.started_at or now
        job.save(update_fields=["state", "worker", "attempts", "leased_until", "started_at"])
        DBTaskResult.objects.filter(pk=job.task_id).update(status="RUNNING", started_at=now)
    return job


def _run(job: Job, worker: str) -> None:
    """Run one claimed job under its heartbeat and write how it ended."""
    context = JobContext(task_id=job.task_id, worker=worker, position=dict(job.position))
    if job.attempts > ATTEMPTS:
        _finish(
            job,
            context,
            failure=RuntimeError(f"given up after {ATTEMPTS} attempts: its worker died each time"),
        )
        return
    stop = threading.Event()
    heart = threading.Thread(target=_beat, args=(context, stop), name="lantai-heartbeat", daemon=True)
    heart.start()
    token = _current.set(context)
    failure: BaseException | None = None
    value: object = None
    try:
        stored = DBTaskResult.objects.get(pk=job.task_id)
        value = stored.task.call(*stored.args_kwargs["args"], **stored.args_kwargs["kwargs"])
    except LeaseLost:
        logger.warning("job %s (%s): lease lost, left to its new worker", job.task_id, job.title)
        return
    except JobPaused:
        Job.objects.filter(task_id=job.task_id).update(state=JobState.PAUSED, worker="", leased_until=None, attempts=0)
        return
    except Exception as error:  # the worker's loop outlives any job; the failure is kept and told
        logger.exception("job %s (%s) failed", job.task_id, job.title)
        failure = error
    finally:
        _current.reset(token)
        stop.set()
        heart.join()
    _finish(job, context, failure=failure, value=value)


def _beat(context: JobContext, stop: threading.Event) -> None:
    """Prolong the lease until *stop*; tell the job when it is no longer ours."""
    try:
        while not stop.wait(HEARTBEAT_SECONDS):
            beat(program="work")
            if not prolong_lease(task_id=context.task_id, worker=context.worker, now=timezone.now()):
                context.lost.set()
                return
    finally:
        connection.close()


def _finish(job: Job, context: JobContext, *, failure: BaseException | None, value: object = None) -> None:
    """Write the end of a job: done, done with troubles, or failed; a failure is told to whoever asked."""
    stored = DBTaskResult.objects.get(pk=job.task_id)
    with transaction.atomic():
        mine = Job.objects.select_for_update().filter(task_id=job.task_id, worker=context.worker).first()
        if mine is None:
            return
        if failure is not None:
            stored.set_failed(failure)
            mine.state = JobState.FAILED
            mine.troubles = [*mine.troubles, f"{type(failure).__name__}: {failure}"]
            notify(
                text=Sentence("job-failed", {"task": mine.title}),
                link=f"/jobs/{mine.task_id}",
            )
        else:
            stored.set_successful(value)
            mine.state = JobState.TROUBLED if mine.troubles else JobState.DONE
        mine.leased_until = None
        mine.finished_at = timezone.now()
        mine.save(update_fields=["state", "troubles", "leased_until", "finished_at"])


def forget_finished_jobs(*, older_than: timedelta, now: datetime) -> int:
    """Remove jobs that ended well before *now* minus *older_than*; failed and troubled ones stay. Returns how many."""
    old: list[UUID] = list(
        Job.objects.filter(state=JobState.DONE, finished_at__lt=now - older_than).values_list("task_id", flat=True)[
            :5000
        ]
    )
    with transaction.atomic():
        DBTaskResult.objects.filter(pk__in=old).delete()
        Job.objects.filter(pk__in=old).delete()
    return len(old)
