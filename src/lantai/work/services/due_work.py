"""Raise and finish what people have to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lantai.work.models import DueWork
from lantai.work.sentences import Sentence


@dataclass(frozen=True, slots=True)
class DutyToRaise:
    """One thing to do: ``kind`` and ``subject`` name it, ``reason`` says why a person, ``role`` who may;
    ``due_on`` is None where nothing sets a day.
    """

    kind: str
    subject: str
    title: str
    reason: Sentence
    role: str
    due_on: date | None
    organisation_id: int | None = None


def raise_work(*, duties: Sequence[DutyToRaise], now: datetime) -> None:
    """Add *duties* in the caller's transaction; one that is open already is left as it is."""
    DueWork.objects.bulk_create(
        [
            DueWork(
                kind=each.kind,
                subject=each.subject,
                title=each.title[:500],
                reason=each.reason.key,
                values=dict(each.reason.values),
                role=each.role,
                due_on=each.due_on,
                organisation_id=each.organisation_id,
                raised_at=now,
            )
            for each in duties
        ],
        ignore_conflicts=True,
    )


def finish_work(*, kind: str, subjects: Iterable[str], by: str, now: datetime) -> int:
    """Mark the open duties of *kind* about *subjects* as done; returns how many there were."""
    return DueWork.objects.filter(kind=kind, subject__in=list(subjects), finished_at=None).update(
        finished_at=now, finished_by=by
    )


def finish_other_work(*, kind: str, but: Iterable[str], by: str, now: datetime) -> int:
    """Mark the open duties of *kind* as done, all *but* those about these subjects; returns how many there were."""
    others = DueWork.objects.filter(kind=kind, finished_at=None).exclude(subject__in=list(but))
    return others.update(finished_at=now, finished_by=by)
