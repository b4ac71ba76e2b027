"""Background jobs as people see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from lantai.work.models import Job, JobState


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as people see it. ``share`` is 0 to 1, None while the total is unknown; ``seconds_left`` an estimate."""

    task_id: UUID
    title: str
    state: str
    state_name: str
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    done: int
    total: int | None
    share: float | None
    seconds_left: int | None
    troubles: tuple[str, ...]


OPEN_JOBS = (JobState.RUNNING, JobState.PAUSED, JobState.WAITING)
ENDED_JOBS = {
    "": (JobState.DONE, JobState.TROUBLED, JobState.FAILED),
    "done": (JobState.DONE,),
    "troubled": (JobState.TROUBLED, JobState.FAILED),
}
"""The states of the jobs that each choice of the list shows."""


def recent_jobs(*, limit: int = 50) -> list[JobView]:
    """The newest jobs: running ones first, then waiting, then what ended."""
    order = {JobState.RUNNING: 0, JobState.PAUSED: 1, JobState.WAITING: 2}
    found = list(Job.objects.order_by("-asked_at")[:limit])
    found.sort(key=lambda each: order.get(JobState(each.state), 3))
    return [_view(each) for each in found]


def open_jobs(*, limit: int = 50) -> list[JobView]:
    """The jobs that run, pause or wait, the running ones first, each kind by the time it was asked for."""
    order = {state: place for place, state in enumerate(OPEN_JOBS)}
    found = list(Job.objects.filter(state__in=OPEN_JOBS).order_by("asked_at")[:limit])
    found.sort(key=lambda each: order[JobState(each.state)])
    return [_view(each) for each in found]


def ended_jobs(*, which: str = "", limit: int = 20, offset: int = 0) -> tuple[list[JobView], int]:
    """The jobs that ended, the newest first, and how many there are; *which* is a key of ENDED_JOBS."""
    found = Job.objects.filter(finished_at__isnull=False)
    if which:
        found = found.filter(state__in=ENDED_JOBS[which])
    return [_view(each) for each in found.order_by("-finished_at", "-asked_at")[offset : offset + limit]], found.count()


def key_rests(*, key: str, since: datetime) -> bool:
    """Whether no job of *key* waits, runs or pauses, and none failed after *since*: work that is due may be queued
    again.
    """
    busy = Q(state__in=OPEN_JOBS) | Q(state=JobState.FAILED, finished_at__gt=since)
    return not Job.objects.filter(busy, key=key).exists()


def job(*, task_id: UUID) -> JobView | None:
    """One job, or None."""
    found = Job.objects.filter(task_id=task_id).first()
    return _view(found) if found else None


def running_jobs() -> int:
    """How many jobs run or wait now."""
    return Job.objects.filter(state__in=[JobState.RUNNING, JobState.WAITING]).count()


def _view(found: Job) -> JobView:
    share = min(1.0, found.done / found.total) if found.total else None
    left = None
    if found.state == JobState.RUNNING and found.started_at and share:
        spent = (timezone.now() - found.started_at).total_seconds()
        left = round(spent / share - spent)
    return JobView(
        task_id=found.task_id,
        title=found.title,
        state=found.state,
        state_name=str(JobState(found.state).label),
        asked_by=found.asked_by,
        asked_at=found.asked_at,
        started_at=found.started_at,
        finished_at=found.finished_at,
        done=found.done,
        total=found.total,
        share=share,
        seconds_left=left,
        troubles=tuple(found.troubles),
    )
