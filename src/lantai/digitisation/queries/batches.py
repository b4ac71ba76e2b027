"""Scan batches and the records their pages belong to, as pages show them; for archivists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from lantai.archival.imaging.measuring import PageFault
from lantai.archival.imaging.scan_sets import LinkFault
from lantai.digitisation.models import ScanBatch, ScanPage, ScanState
from lantai.digitisation.queries.progress import BatchReading, reading_of


class NoSuchBatch(LookupError):
    """There is no scan batch, or no page of it, of that number."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One batch in the list."""

    id: int
    name: str
    source: str
    profile: str
    state: str
    state_name: str
    files: int
    bytes: int
    pages: int
    faults: int
    by: str
    at: datetime
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch whole: faults of its link, files that are no scans, faults of pages by kind, its counts, and how far
    its reading is."""

    row: BatchRow
    link_faults: Sequence[LinkFault]
    broken: Sequence[tuple[str, tuple[str, str]]]
    by_kind: Mapping[str, tuple[int, PageFault]]
    units: int
    linked: int
    sheets: int
    looked: int
    reading: BatchReading


@dataclass(frozen=True, slots=True)
class UnitRow:
    """The pages of one record, its first page, and how many of them have faults."""

    code: str
    record_id: int
    pages: int
    first_page: int
    faulty: int


def list_batches(*, offset: int, limit: int) -> tuple[list[BatchRow], int]:
    """The batches, newest first, and how many there are."""
    found = ScanBatch.objects.order_by("-pk")
    return [batch_row(each) for each in found[offset : offset + limit]], found.count()


def one_batch(*, batch_id: int) -> BatchRow:
    """One batch as the list shows it. Raises NoSuchBatch."""
    return batch_row(batch_called(batch_id))


def batch_view(*, batch_id: int) -> BatchView:
    """One batch. Raises NoSuchBatch."""
    batch = batch_called(batch_id)
    counts = batch.scan_pages.aggregate(
        linked=Count("pk", filter=Q(unit__isnull=False)),
        sheets=Count("pk", filter=~Q(sheet="")),
        readable=Count("pk", filter=Q(sheet="", problem=[])),
        units=Count("unit", distinct=True),
    )
    kinds: dict[str, tuple[int, PageFault]] = {}
    for faults in batch.scan_pages.exclude(faults=[]).values_list("faults", flat=True):
        for fault in faults_told(faults):
            kinds[fault.code] = (kinds[fault.code][0] + 1 if fault.code in kinds else 1, fault)
    broken = batch.scans.exclude(problem=[]).order_by("path").values_list("path", "problem")[:200]
    return BatchView(
        row=batch_row(batch),
        link_faults=[LinkFault(code, about, values) for code, about, values in batch.link_faults],
        broken=[(path, (problem[0], problem[1])) for path, problem in broken],
        by_kind=dict(sorted(kinds.items(), key=lambda each: -each[1][0])),
        units=counts["units"],
        linked=counts["linked"],
        sheets=counts["sheets"],
        looked=batch.scans.exclude(pages=None, problem=[]).count()
        if batch.state == ScanState.CHECKING
        else batch.files,
        reading=reading_of(batch, readable=counts["readable"]),
    )


def list_units(*, batch_id: int, offset: int, limit: int) -> tuple[list[UnitRow], int]:
    """The records of a batch by archive code, and how many there are. Raises NoSuchBatch."""
    units = batch_called(batch_id).units.order_by("archive_code")
    shown = list(units[offset : offset + limit])
    first: dict[int, int] = {}
    faulty: dict[int, int] = {}
    pages = ScanPage.objects.filter(unit__in=shown).order_by("number")
    for unit, page, faults, problem in pages.values_list("unit_id", "pk", "faults", "problem"):
        first.setdefault(unit, page)
        faulty[unit] = faulty.get(unit, 0) + bool(faults or problem)
    rows = [
        UnitRow(each.archive_code, each.record_id, each.pages, first.get(each.pk, 0), faulty.get(each.pk, 0))
        for each in shown
    ]
    return rows, units.count()


def batch_called(batch_id: int) -> ScanBatch:
    """The batch of that number. Raises NoSuchBatch."""
    found = ScanBatch.objects.filter(pk=batch_id).first()
    if found is None:
        raise NoSuchBatch(str(batch_id))
    return found


def batch_row(each: ScanBatch) -> BatchRow:
    """A batch as lists and heads show it."""
    return BatchRow(
        id=each.pk,
        name=each.name,
        source=each.source,
        profile=each.profile,
        state=each.state,
        state_name=str(ScanState(each.state).label),
        files=each.files,
        bytes=each.bytes,
        pages=each.pages,
        faults=each.fault_count,
        by=each.by,
        at=each.at,
        checked_at=each.checked_at,
    )


def faults_told(told: Sequence[Any]) -> list[PageFault]:
    """Faults of a page as its row holds them."""
    return [PageFault(code, {name: (both[0], both[1]) for name, both in values.items()}) for code, values in told]
