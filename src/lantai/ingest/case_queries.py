"""What is expected of departments and did not come (应归未归): by body and item, and the cases behind each number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet

from lantai.administration.queries.people import Reader, Role
from lantai.ingest.models import CorrectionRequest, HandledCase, Reminder, Submission, SubmissionState

_UNSENT = Q(submission=None)


def _returned() -> Q:
    """Cases whose package went back and was not corrected: found from the open corrections, of which there are few."""
    corrections = CorrectionRequest.objects.filter(answered_at=None, submission__state=SubmissionState.REJECTED)
    return Q(submission__in=corrections.values("submission"))


def _waiting() -> Q:
    """Cases whose package waits for a decision."""
    return Q(submission__in=Submission.objects.filter(state=SubmissionState.EXAMINED).values("pk"))


STATES: Mapping[str, Callable[[date], Q]] = {
    "running": lambda today: _UNSENT & Q(closed_at=None),
    "closed": lambda today: _UNSENT & Q(closed_at__isnull=False),
    "overdue": lambda today: _UNSENT & Q(closed_at__isnull=False, due_on__lt=today),
    "awaited": lambda today: _UNSENT & Q(closed_at=None, awaited_on__isnull=False),
    "missing": lambda today: Q(lacking=True) & (_waiting() | _returned()),
    "rejected": lambda today: _returned(),
}
"""What a case can be counted as; one may be counted as several."""


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """What one body still owes of one item; ``oldest`` is when the oldest unsent case was closed."""

    organisation_id: int
    item_code: str
    item_name: str
    running: int
    closed: int
    overdue: int
    missing: int
    rejected: int
    awaited: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case: where it stands, when its package is due, what came, and how often its department was reminded;
    ``awaited`` names the materials it lacks on its way, the first due on ``awaited_on``."""

    id: int
    organisation_id: int
    case_number: str
    title: str
    item_code: str
    item_name: str
    node: str
    closed_at: datetime | None
    due_on: date | None
    record_code: str
    state: str
    faults: int
    first_fault: str
    reminded: int
    last_reminded: datetime | None
    awaited: Sequence[str]
    awaited_on: date | None


def expected_totals(*, reader: Reader, organisation_id: int | None = None, today: date) -> Mapping[str, int]:
    """How many cases *reader* may see are counted as what."""
    return totals_of(expected_by_item(reader=reader, organisation_id=organisation_id, today=today))


def totals_of(rows: Sequence[ExpectedRow]) -> Mapping[str, int]:
    """How many cases are counted as what over all *rows*."""
    return {name: sum(getattr(each, name) for each in rows) for name in STATES}


def expected_by_item(*, reader: Reader, organisation_id: int | None = None, today: date) -> list[ExpectedRow]:
    """The cases *reader* may see by body and item, what is most overdue first; settled items stay out.

    Three queries, each over cases that are open only: those without package, those whose package went back, those that
    lack material. None reads a case that is settled, of which there are ever more.
    """
    seen: Any = _seen(reader, organisation_id).order_by()
    unsent = seen.filter(_UNSENT).values("organisation_id", "item_code").annotate(
        running=Count("pk", filter=Q(closed_at=None)),
        closed=Count("closed_at"),
        overdue=Count("closed_at", filter=Q(due_on__lt=today)),
        awaited=Count("awaited_on", filter=Q(closed_at=None)),
        item_name=Max("item_name"),
        oldest=Min("closed_at"),
    )  # fmt: skip
    returned = seen.filter(_returned()).values("organisation_id", "item_code").annotate(
        rejected=Count("pk"), missing=Count("pk", filter=Q(lacking=True)), item_name=Max("item_name")
    )  # fmt: skip
    waiting = seen.filter(_waiting(), lacking=True)
    lacking = waiting.values("organisation_id", "item_code").annotate(missing=Count("pk"), item_name=Max("item_name"))
    found: dict[tuple[int, str], dict[str, Any]] = {}
    for each in (*unsent, *returned, *lacking):
        key = (each.pop("organisation_id"), each.pop("item_code"))
        row = found.setdefault(key, dict.fromkeys(STATES, 0) | {"item_name": "", "oldest": None})
        row["missing"] += each.pop("missing", 0)
        row |= each | {"item_name": max(each["item_name"], row["item_name"])}
    rows = [ExpectedRow(body, item, **each) for (body, item), each in found.items()]
    return sorted(
        rows, key=lambda each: (-each.overdue, -each.closed, -each.rejected, each.organisation_id, each.item_code)
    )


def expected_cases(
    *,
    reader: Reader,
    state: str,
    organisation_id: int | None = None,
    item_code: str | None = None,
    text: str = "",
    today: date,
    limit: int,
    offset: int,
) -> tuple[list[CaseRow], int]:
    """The cases behind one number, what is due first, and how many."""
    found = _behind(reader, state, organisation_id, item_code, text, today)
    rows = found.select_related("submission", "submission__report").order_by(*_order(state))
    return _rows(list(rows[offset : offset + limit])), found.count()


def _order(state: str) -> tuple[Any, ...]:
    if state == "awaited":
        return ("awaited_on", "pk")
    return (F("due_on").asc(nulls_last=True), F("closed_at").asc(nulls_last=True), "pk")


def _behind(
    reader: Reader, state: str, organisation_id: int | None, item_code: str | None, text: str, today: date
) -> QuerySet[HandledCase]:
    found = _seen(reader, organisation_id).filter(STATES[state](today))
    if item_code is not None:
        found = found.filter(item_code=item_code)
    if text:
        found = found.filter(Q(case_number__icontains=text) | Q(title__icontains=text) | Q(item_name__icontains=text))
    return found


def count_cases(
    *,
    reader: Reader,
    state: str,
    organisation_id: int | None = None,
    item_code: str | None = None,
    text: str = "",
    today: date,
) -> int:
    """How many cases ``expected_cases`` finds."""
    return _behind(reader, state, organisation_id, item_code, text, today).count()


def case_keys(
    *,
    reader: Reader,
    state: str,
    organisation_id: int | None = None,
    item_code: str | None = None,
    text: str = "",
    today: date,
    among: Sequence[str] | None = None,
    limit: int,
) -> list[str]:
    """The numbers of the rows that ``expected_cases`` finds, the first *limit* of them; with *among* only those."""
    found = _behind(reader, state, organisation_id, item_code, text, today)
    if among is not None:
        found = found.filter(pk__in=[int(key) for key in among if key.isascii() and key.isdecimal() and len(key) < 19])
    return [str(each) for each in found.order_by(*_order(state)).values_list("pk", flat=True)[:limit]]


def _rows(rows: list[HandledCase]) -> list[CaseRow]:
    told = {
        (each["organisation_id"], each["subject"]): each
        for each in Reminder.objects.filter(
            organisation_id__in={each.organisation_id for each in rows}, subject__in=[each.case_number for each in rows]
        )
        .values("organisation_id", "subject")
        .annotate(n=Count("pk"), last=Max("at"))
    }
    return [_row(each, told.get((each.organisation_id, each.case_number), {})) for each in rows]


def _row(each: HandledCase, told: Mapping[str, object]) -> CaseRow:
    submission = each.submission
    report = getattr(submission, "report", None) if submission else None
    last = told.get("last")
    return CaseRow(
        id=each.pk,
        organisation_id=each.organisation_id,
        case_number=each.case_number,
        title=each.title,
        item_code=each.item_code,
        item_name=each.item_name,
        node=each.node,
        closed_at=each.closed_at,
        due_on=each.due_on,
        record_code=submission.record_code if submission else "",
        state=submission.state if submission else "",
        faults=report.faults if report else 0,
        first_fault=report.first_fault if report else "",
        reminded=int(str(told.get("n", 0))),
        last_reminded=last if isinstance(last, datetime) else None,
        awaited=[names for _rule, _type, names, _due in each.awaited],
        awaited_on=each.awaited_on,
    )


def _seen(reader: Reader, organisation_id: int | None) -> QuerySet[HandledCase]:
    """The cases a reader may see: an archivist and a supervisor all, a department its own."""
    if reader.role in (Role.ARCHIVIST, Role.SUPERVISOR):
        found = HandledCase.objects.all()
        return found if organisation_id is None else found.filter(organisation_id=organisation_id)
    if reader.role == Role.DEPARTMENT and reader.organisation_id is not None:
        return HandledCase.objects.filter(organisation_id=reader.organisation_id)
    return HandledCase.objects.none()
