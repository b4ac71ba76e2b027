"""The paper beside the scans as pages show it: steps of a batch, originals out of the storeroom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F

from lantai.digitisation.models import Loan, StepCode, WorkStep
from lantai.digitisation.queries.batches import BatchRow, NoSuchBatch, batch_called, batch_row


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step as it was done."""

    name: str
    operator: str
    equipment: str
    began_at: datetime
    ended_at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class LoanRow:
    """The originals of one record: to whom they went, and whether they are back."""

    id: int
    code: str
    record_id: int
    borrower: str
    purpose: str
    out_by: str
    out_at: datetime
    due_on: date
    back_by: str
    back_at: datetime | None
    condition: str


def steps_of(*, batch_id: int) -> tuple[BatchRow, list[StepRow]]:
    """The steps of a batch in their order. Raises NoSuchBatch."""
    batch = batch_called(batch_id)
    rows = WorkStep.objects.filter(batch=batch).order_by("began_at", "pk")
    return batch_row(batch), [
        StepRow(str(StepCode(each.code).label), each.operator, each.equipment, each.began_at, each.ended_at, each.note)
        for each in rows
    ]


def list_loans(*, offset: int, limit: int) -> tuple[list[LoanRow], int]:
    """Originals that are out, those due first, then those that came back, the latest first; and how many."""
    rows = Loan.objects.order_by(F("back_at").desc(nulls_first=True), "due_on", "pk")
    return [_row(each) for each in rows[offset : offset + limit]], rows.count()


def loan_called(*, loan_id: int) -> LoanRow:
    """One loan. Raises NoSuchBatch."""
    found = Loan.objects.filter(pk=loan_id).first()
    if found is None:
        raise NoSuchBatch(str(loan_id))
    return _row(found)


def _row(each: Loan) -> LoanRow:
    return LoanRow(
        each.pk,
        each.archive_code,
        each.record_id,
        each.borrower,
        each.purpose,
        each.out_by,
        each.out_at,
        each.due_on,
        each.back_by,
        each.back_at,
        each.condition,
    )
