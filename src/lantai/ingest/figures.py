"""How the intake stands, in figures: one query each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from lantai.ingest.models import Submission, SubmissionState

WAITING = (SubmissionState.RECEIVED, SubmissionState.EXAMINED, SubmissionState.APPROVED)


@dataclass(frozen=True, slots=True)
class IntakeFigures:
    """Submissions in one state, and when the oldest of them had come in whole."""

    state: str
    count: int
    oldest: datetime | None


def intake_figures() -> dict[str, IntakeFigures]:
    """What waits to be examined (received), to be decided by a person (examined), to be taken in (approved)."""
    rows = (
        Submission.objects.filter(state__in=WAITING)
        .values("state")
        .annotate(count=Count("pk"), oldest=Min("received_at"))
    )
    found = {each["state"]: IntakeFigures(**each) for each in rows}
    return {str(state): found.get(state, IntakeFigures(state, 0, None)) for state in WAITING}
