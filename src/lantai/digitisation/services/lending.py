"""The paper beside the scans: steps are noted, originals go out and come back (原件调还, DA/T 31-2017)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from lantai.administration.services.people_access import Actor
from lantai.catalog.queries import records_by_code
from lantai.digitisation.models import Loan, ScanBatch, StepCode, WorkStep
from lantai.ledger.services import NewEntry, append_entries

MOST = 500


class LoanRefused(Exception):
    """Originals that cannot go out or come back; ``code`` is ``unknown``, ``out``, ``empty``, ``many`` or ``due``,
    ``codes`` are the archive codes it is about."""

    def __init__(self, code: str, codes: Sequence[str] = ()) -> None:
        super().__init__(f"{code} {', '.join(codes)}".strip())
        self.code, self.codes = code, tuple(codes)


def note_step(
    *,
    batch_id: int,
    code: str,
    operator: str,
    equipment: str,
    began_at: datetime,
    ended_at: datetime,
    note: str,
    by: Actor,
    now: datetime,
) -> bool:
    """Note a step of a batch as it was done; False where this very step stands there. Raises ScanBatch.DoesNotExist,
    ValueError for no such step, no operator, an end before the beginning or in the future.
    """
    if code not in StepCode.values or not operator.strip() or not began_at <= ended_at <= now:
        raise ValueError("a step has a code, an operator, and ends after it began and not in the future")
    with transaction.atomic():
        batch = ScanBatch.objects.select_for_update().get(pk=batch_id)
        step, made = WorkStep.objects.get_or_create(
            batch=batch,
            code=code,
            operator=operator.strip()[:100],
            began_at=began_at,
            defaults={
                "equipment": equipment.strip()[:200],
                "ended_at": ended_at,
                "note": note.strip()[:500],
                "by": by.reference,
                "at": now,
            },
        )
        if made:
            after = {
                "step": code,
                "operator": step.operator,
                "equipment": step.equipment,
                "began": began_at.isoformat(timespec="seconds"),
                "ended": ended_at.isoformat(timespec="seconds"),
                "note": step.note,
            }
            _tell(f"scans:{batch.pk}", "scans.step-noted", {"after": after}, by, now)
    return made


def lend_originals(*, codes: Sequence[str], borrower: str, purpose: str, due_on: date, by: Actor, now: datetime) -> int:
    """The originals of these records go out of the storeroom, all or none; returns how many. Raises LoanRefused."""
    wanted = list(dict.fromkeys(each.strip() for each in codes if each.strip()))
    if not wanted or not borrower.strip() or not purpose.strip():
        raise LoanRefused("empty")
    if len(wanted) > MOST:
        raise LoanRefused("many")
    if due_on < timezone.localdate(now):
        raise LoanRefused("due")
    with transaction.atomic():
        known = records_by_code(codes=wanted)
        if unknown := [each for each in wanted if each not in known]:
            raise LoanRefused("unknown", unknown)
        held = Loan.objects.select_for_update().filter(archive_code__in=wanted, back_at=None)
        if out := sorted(held.values_list("archive_code", flat=True)):
            raise LoanRefused("out", out)
        Loan.objects.bulk_create(
            [
                Loan(
                    archive_code=each,
                    record_id=known[each][0],
                    borrower=borrower.strip()[:100],
                    purpose=purpose.strip()[:200],
                    out_by=by.reference,
                    out_at=now,
                    due_on=due_on,
                )
                for each in wanted
            ]
        )
        after = {"borrower": borrower.strip(), "purpose": purpose.strip(), "due": due_on.isoformat()}
        for each in wanted:
            _tell(each, "originals.lent", {"before": "in", "after": after}, by, now)
    return len(wanted)


def take_back_original(*, loan_id: int, condition: str, by: Actor, now: datetime) -> bool:
    """The originals of one record are back, in this condition; False where they were already. Raises Loan.DoesNotExist,
    LoanRefused without a condition.
    """
    if not condition.strip():
        raise LoanRefused("empty")
    with transaction.atomic():
        loan = Loan.objects.select_for_update().get(pk=loan_id)
        if loan.back_at is not None:
            return False
        loan.back_by, loan.back_at, loan.condition = by.reference, now, condition.strip()[:500]
        loan.save(update_fields=["back_by", "back_at", "condition"])
        detail = {"before": {"borrower": loan.borrower}, "after": {"condition": loan.condition}}
        _tell(loan.archive_code, "originals.returned", detail, by, now)
    return True


def _tell(subject: str, kind: str, detail: Mapping[str, object], by: Actor, now: datetime) -> None:
    append_entries(
        entries=[
            NewEntry(
                kind=kind, subject=subject, actor=by.reference, role=by.role, address=by.address, at=now,
                result="done", detail=detail,
            )
        ]
    )  # fmt: skip
