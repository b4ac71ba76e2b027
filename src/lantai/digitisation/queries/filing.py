"""How far a batch is on its way into its records (入库)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from lantai.digitisation.models import Acceptance, AcceptanceState, ScanBatch, ScanState
from lantai.digitisation.queries.batches import BatchRow, batch_called, batch_row
from lantai.work.queries import key_rests


@dataclass(frozen=True, slots=True)
class FiledRow:
    """One record of a batch: its pages, when they went into it, or why they could not, Chinese and English."""

    code: str
    record_id: int
    pages: int
    filed_at: datetime | None
    problem: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class FilingView:
    """A batch on its way: what hinders it (as FilingRefused has it), whether it is under way, and the counts."""

    row: BatchRow
    hindrance: str
    under_way: bool
    by: str
    began_at: datetime | None
    filed_at: datetime | None
    records: int
    done: int
    refused: int


def filing_hindrance(batch: ScanBatch) -> str:
    """Why a batch cannot be taken over now, as the codes of services.FilingRefused have it; empty when it can."""
    if hindrance := accepting_hindrance(batch):
        return hindrance
    last = Acceptance.objects.filter(batch=batch).order_by("round").last()
    accepted = last is not None and last.state == AcceptanceState.SIGNED and not last.shortfalls
    return "" if accepted else "not-accepted"


def accepting_hindrance(batch: ScanBatch) -> str:
    """Why a batch cannot be accepted now; empty when it can."""
    if batch.filed_at is not None:
        return "filed"
    if batch.state == ScanState.CHECKING:
        return "not-checked"
    pages = batch.scan_pages.filter(sheet="")
    if batch.link_faults or pages.filter(unit=None).exists() or batch.scans.exclude(problem=[]).exists():
        return "not-linked"
    if pages.exclude(problem=[]).exists():
        return "broken"
    if not batch.units.exists():
        return "empty"
    return "unread" if pages.filter(reading=None).exists() else ""


def filing_key(batch_id: int) -> str:
    """What names the job that takes a batch over: one at a time."""
    return f"scans.file:{batch_id}"


def filing_view(*, batch_id: int, now: datetime) -> FilingView:
    """How far a batch is. Raises NoSuchBatch."""
    batch = batch_called(batch_id)
    counts = batch.units.aggregate(
        records=Count("pk"), done=Count("filed_at"), refused=Count("pk", filter=~Q(problem=[]))
    )
    return FilingView(
        row=batch_row(batch),
        hindrance=filing_hindrance(batch),
        under_way=batch.filed_at is None and not key_rests(key=filing_key(batch.pk), since=now),
        by=batch.filing_by,
        began_at=batch.filing_at,
        filed_at=batch.filed_at,
        **counts,
    )


def list_filed(*, batch_id: int, offset: int, limit: int) -> tuple[Sequence[FiledRow], int]:
    """The records of a batch, those that were refused first, and how many there are. Raises NoSuchBatch."""
    batch = batch_called(batch_id)
    refused = Count("pk", filter=~Q(problem=[]))
    units = batch.units.annotate(refused=refused).order_by("-refused", "archive_code")
    rows = [
        FiledRow(
            each.archive_code,
            each.record_id,
            each.pages,
            each.filed_at,
            (each.problem[0], each.problem[1]) if each.problem else None,
        )
        for each in units[offset : offset + limit]
    ]
    return rows, batch.units.count()
