"""The read door of due work, jobs and notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from lantai.work.models import DueWork, Job, JobState, Notice
from lantai.work.sentences import Sentence, said


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


@dataclass(frozen=True, slots=True)
class NoticeView:
    """One notice, in the language it is read in."""

    id: int
    text: str
    link: str
    at: datetime
    read: bool


@dataclass(frozen=True, slots=True)
class DutyView:
    """One open duty, in the language it is read in; ``overdue`` by the day given."""

    kind: str
    subject: str
    title: str
    reason: str
    due_on: date | None
    overdue: bool
    due_today: bool
    raised_at: datetime


OPEN_JOBS = (JobState.RUNNING, JobState.PAUSED, JobState.WAITING)


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


def ended_jobs(*, troubled: bool = False, limit: int = 20, offset: int = 0) -> tuple[list[JobView], int]:
    """The jobs that ended, the newest first, and how many there are; with *troubled* only failed or troubled ones."""
    found = Job.objects.exclude(state__in=OPEN_JOBS)
    if troubled:
        found = found.filter(state__in=[JobState.TROUBLED, JobState.FAILED])
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


def open_duties(
    *,
    role: str,
    organisation_id: int | None = None,
    kind: str = "",
    text: str = "",
    until: date | None = None,
    today: date,
    limit: int = 50,
    offset: int = 0,
) -> list[DutyView]:
    """What people of *role* have to do, by due date, the overdue first; within an organisation if one is given, due
    on *until* at the latest.
    """
    return [
        DutyView(
            kind=each.kind,
            subject=each.subject,
            title=each.title,
            reason=said(Sentence(each.reason, each.values)),
            due_on=each.due_on,
            overdue=each.due_on is not None and each.due_on < today,
            due_today=each.due_on == today,
            raised_at=each.raised_at,
        )
        for each in _open(role, organisation_id, kind, text, until).order_by(F("due_on").asc(nulls_last=True), "id")[
            offset : offset + limit
        ]
    ]


def count_duties(
    *, role: str, organisation_id: int | None = None, kind: str = "", text: str = "", until: date | None = None
) -> int:
    """How many open duties those are."""
    return _open(role, organisation_id, kind, text, until).count()


def duty_figures(*, role: str, organisation_id: int | None, today: date) -> Mapping[str, int]:
    """Counts for the head of the work page: all, overdue, today, finished in a week, one per kind (``kind:...``)."""
    mine = _open(role, organisation_id, "", "")
    figures = mine.aggregate(
        all=Count("id"),
        overdue=Count("id", filter=Q(due_on__lt=today)),
        today=Count("id", filter=Q(due_on=today)),
    )
    week_ago = timezone.now() - timedelta(days=7)
    finished = DueWork.objects.filter(role=role, finished_at__gte=week_ago)
    if organisation_id is not None:
        finished = finished.filter(organisation_id=organisation_id)
    figures["finished"] = finished.count()
    figures |= {f"kind:{row['kind']}": row["n"] for row in mine.values("kind").annotate(n=Count("id"))}
    return figures


def unread_notices(*, person_id: int, organisation_id: int | None, archivist: bool = False) -> int:
    """How many notices this person has not read."""
    return _notices(person_id, organisation_id, archivist).filter(read_at=None).count()


def list_notices(
    *, person_id: int, organisation_id: int | None, archivist: bool = False, limit: int = 30, offset: int = 0
) -> tuple[list[NoticeView], int]:
    """This person's notices, the unread first and the newest first, and how many there are."""
    found = _notices(person_id, organisation_id, archivist)
    rows = found.order_by(F("read_at").asc(nulls_first=True), "-at")[offset : offset + limit]
    shown = [
        NoticeView(each.pk, said(Sentence(each.text, each.values)), each.link, each.at, each.read_at is not None)
        for each in rows
    ]
    return shown, found.count()


def _notices(person_id: int, organisation_id: int | None, archivist: bool) -> QuerySet[Notice]:
    """The person's own, those of the organisation, and for an archivist those that are for all archivists."""
    mine = Q(person_id=person_id)
    if organisation_id is not None:
        mine |= Q(person_id=None, organisation_id=organisation_id)
    if archivist:
        mine |= Q(person_id=None, organisation_id=None)
    return Notice.objects.filter(mine)


def _open(role: str, organisation_id: int | None, kind: str, text: str, until: date | None = None) -> QuerySet[DueWork]:
    found = DueWork.objects.filter(role=role, finished_at=None)
    if organisation_id is not None:
        found = found.filter(organisation_id=organisation_id)
    if kind:
        found = found.filter(kind=kind)
    if text:
        found = found.filter(Q(title__icontains=text) | Q(subject__icontains=text))
    if until is not None:
        found = found.filter(due_on__lte=until)
    return found


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
