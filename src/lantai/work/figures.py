"""How the background work stands, in figures: one query each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Min, Q, Value
from django.db.models.functions import Coalesce

from lantai.work.models import Dispatch, Heartbeat, Job, JobState

ALIVE_WITHIN = timedelta(seconds=60)
"""A program that was silent for longer is not counted as running."""


@dataclass(frozen=True, slots=True)
class JobFigures:
    """Jobs that are due and wait, since when the oldest does; jobs that run; jobs that failed in the last day.

    Background jobs wait for the others by intention; they are counted apart.
    """

    waiting: int
    oldest: datetime | None
    background: int
    running: int
    failed: int


@dataclass(frozen=True, slots=True)
class DispatchFigures:
    """Outgoing messages that are due, since when the oldest is, and messages given up."""

    waiting: int
    oldest: datetime | None
    given_up: int


@dataclass(frozen=True, slots=True)
class ProgramFigures:
    """How many processes of a program gave a sign of life lately, and when the last of them did."""

    program: str
    alive: int
    last: datetime


def job_figures(*, now: datetime) -> JobFigures:
    """How the queue of jobs stands at *now*."""
    due = Q(state=JobState.WAITING) & (Q(run_after=None) | Q(run_after__lte=now))
    found = Job.objects.aggregate(
        waiting=Count("pk", filter=due & Q(background=False)),
        oldest=Min(Coalesce("run_after", "asked_at"), filter=due & Q(background=False)),
        background=Count("pk", filter=due & Q(background=True)),
        running=Count("pk", filter=Q(state=JobState.RUNNING)),
        failed=Count("pk", filter=Q(state=JobState.FAILED, finished_at__gt=now - timedelta(days=1))),
    )
    return JobFigures(**found)


def foreground_busy(*, now: datetime) -> bool:
    """Whether a job that is not background work runs, or waits and is due: what can wait for a quiet hour does."""
    due = Q(state=JobState.WAITING) & (Q(run_after=None) | Q(run_after__lte=now))
    return Job.objects.filter(due | Q(state=JobState.RUNNING), background=False).exists()


def outside_figures(*, now: datetime) -> tuple[dict[str, ProgramFigures], DispatchFigures]:
    """Every program that ever gave a sign of life and was not forgotten, by its name, and how the outgoing messages
    stand at *now*.
    """
    due = Q(state=Dispatch.State.WAITING, next_try_at__lte=now)
    messages = (
        Dispatch.objects.annotate(of=Value(""))
        .values("of")
        .annotate(
            first=Count("pk", filter=due),
            second=Count("pk", filter=Q(state=Dispatch.State.GIVEN_UP)),
            at=Min("next_try_at", filter=due),
        )
    )
    beats = (
        Heartbeat.objects.annotate(of=F("program"))
        .values("of")
        .annotate(first=Count("pk", filter=Q(beat_at__gte=now - ALIVE_WITHIN)), second=Count("pk"), at=Max("beat_at"))
    )
    programs, dispatches = {}, DispatchFigures(0, None, 0)
    for each in beats.union(messages, all=True):
        if each["of"]:
            programs[each["of"]] = ProgramFigures(each["of"], each["first"], each["at"])
        else:
            dispatches = DispatchFigures(each["first"], each["at"], each["second"])
    return programs, dispatches
