"""What departments are asked to correct (补正): by package, open, late, answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from lantai.administration.queries.people import Reader, Role
from lantai.ingest.models import SUBMISSION_REPORT_BYTES, CorrectionRequest


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """One request in the reader's language: reasons as check and sentence."""

    record_code: str
    title: str
    case_number: str
    organisation_id: int
    reasons: tuple[tuple[str, str], ...]
    note: str
    due_on: date | None
    late: bool
    asked_at: datetime
    answered_by: str
    answered_at: datetime | None


def correction_of(*, record_code: str) -> CorrectionView | None:
    """What is asked about one returned package; None when nothing is. Whether the reader may see the package is decided
    by whoever asks."""
    found = CorrectionRequest.objects.filter(submission__record_code=record_code)
    row = found.select_related("submission", "submission__report").defer(*SUBMISSION_REPORT_BYTES).first()
    return _view(row, timezone.localdate()) if row else None


def list_corrections(
    *, reader: Reader, state: str = "open", text: str = "", organisation_id: int | None = None, limit: int, offset: int
) -> tuple[list[CorrectionView], int]:
    """Requests *reader* may see, what is due first, and how many; *state* is ``open``, ``late`` or ``answered``."""
    today = timezone.localdate()
    found = _found(reader, state, text, organisation_id, today)
    rows = (
        found.select_related("submission", "submission__report")
        .defer(*SUBMISSION_REPORT_BYTES)
        .order_by(*_order(state))[offset : offset + limit]
    )
    return [_view(each, today) for each in rows], found.count()


def _order(state: str) -> list[Any]:
    return ["-answered_at"] if state == "answered" else [F("due_on").asc(nulls_last=True), "pk"]


def _found(
    reader: Reader, state: str, text: str, organisation_id: int | None, today: date
) -> QuerySet[CorrectionRequest]:
    found = _seen(reader).filter(STATES[state](today))
    if organisation_id is not None:
        found = found.filter(submission__organisation_id=organisation_id)
    if text:
        found = found.filter(
            Q(submission__record_code=text)
            | Q(submission__name__icontains=text)
            | Q(submission__report__title__icontains=text)
            | Q(submission__report__case_number=text)
        )
    return found


def count_corrections(
    *, reader: Reader, state: str = "open", text: str = "", organisation_id: int | None = None
) -> int:
    """How many requests ``list_corrections`` finds."""
    return _found(reader, state, text, organisation_id, timezone.localdate()).count()


def correction_codes(
    *,
    reader: Reader,
    state: str = "open",
    text: str = "",
    organisation_id: int | None = None,
    among: Sequence[str] | None = None,
    limit: int,
) -> list[str]:
    """The codes of the first *limit* packages that ``list_corrections`` finds, with *among* only those of these."""
    found = _found(reader, state, text, organisation_id, timezone.localdate())
    if among is not None:
        found = found.filter(submission__record_code__in=list(among))
    return list(found.order_by(*_order(state)).values_list("submission__record_code", flat=True)[:limit])


def correction_counts(*, reader: Reader) -> Mapping[str, int]:
    """How many requests are open, late, answered."""
    today = timezone.localdate()
    return _seen(reader).aggregate(**{name: Count("pk", filter=of(today)) for name, of in STATES.items()})


STATES: Mapping[str, Callable[[date], Q]] = {
    "open": lambda today: Q(answered_at=None),
    "late": lambda today: Q(answered_at=None, due_on__lt=today),
    "answered": lambda today: Q(answered_at__isnull=False),
}
"""What a request can be counted as."""


def _seen(reader: Reader) -> QuerySet[CorrectionRequest]:
    if reader.role in (Role.ARCHIVIST, Role.SUPERVISOR):
        return CorrectionRequest.objects.all()
    if reader.role == Role.DEPARTMENT and reader.organisation_id is not None:
        return CorrectionRequest.objects.filter(submission__organisation_id=reader.organisation_id)
    return CorrectionRequest.objects.none()


def _view(row: CorrectionRequest, today: date) -> CorrectionView:
    report = getattr(row.submission, "report", None)
    tongue = "en" if get_language() == "en" else "zh"
    return CorrectionView(
        record_code=row.submission.record_code,
        title=(report.title if report else "") or row.submission.name,
        case_number=report.case_number if report else "",
        organisation_id=row.submission.organisation_id,
        reasons=tuple((each["code"], each[tongue]) for each in row.reasons),
        note=row.note,
        due_on=row.due_on,
        late=row.answered_at is None and row.due_on is not None and row.due_on < today,
        asked_at=row.asked_at,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
    )
