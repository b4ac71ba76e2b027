"""The pages of a scan batch: lists of them, and where their files lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db.models import QuerySet

from lantai.archival.imaging.measuring import PageFault
from lantai.digitisation.area import batch_folder
from lantai.digitisation.models import ReadPage, RegionKind, ScanPage
from lantai.digitisation.queries.batches import NoSuchBatch, batch_called, faults_told

PORTIONS = ("all", "faulty", "unlinked", "sheets", "read", "doubtful", "unread", "seals", "tables")
"""Which pages of a batch a list shows."""


@dataclass(frozen=True, slots=True)
class PageRow:
    """One scanned page as a list shows it; ``problem`` is why it is no page, ``unread`` why it could not be recognised,
    in both languages. ``characters`` is None before it was read."""

    id: int
    path: str
    frame: int
    code: str
    number: int | None
    width: int
    height: int
    dpi: int
    mode: str
    sheet: str
    faults: Sequence[PageFault]
    problem: tuple[str, str] | None
    characters: int | None = None
    confidence: float = 0.0
    doubtful: int = 0
    unread: tuple[str, str] | None = None


def list_pages(*, batch_id: int, portion: str, offset: int, limit: int) -> tuple[list[PageRow], int]:
    """Pages of a batch, those of one record together, and how many there are. Raises NoSuchBatch."""
    found = _portion(batch_called(batch_id).scan_pages.all(), portion)
    rows = found.select_related("scan", "unit", "reading").defer("fingerprint", "barcodes", "reading__lines")
    ordered = rows.order_by("unit__archive_code", "number", "scan__path", "frame")
    return [page_row(each) for each in ordered[offset : offset + limit]], found.count()


def page_file(*, batch_id: int, page_id: int) -> tuple[Path, int]:
    """Where the file of a page lies, and the page's place in it. Raises NoSuchBatch."""
    found = ScanPage.objects.filter(pk=page_id, batch_id=batch_id).select_related("scan").first()
    if found is None:
        raise NoSuchBatch(f"{batch_id}/{page_id}")
    return batch_folder(batch_id) / found.scan.path, found.frame


def _portion(found: QuerySet[ScanPage], portion: str) -> QuerySet[ScanPage]:
    match portion:
        case "faulty":
            return found.exclude(faults=[], problem=[])
        case "unlinked":
            return found.filter(unit=None, sheet="")
        case "sheets":
            return found.exclude(sheet="")
        case "read":
            return found.filter(reading__problem=[])
        case "doubtful":
            return found.filter(reading__doubtful__gt=0)
        case "unread":
            return found.exclude(reading=None).exclude(reading__problem=[])
        case "seals" | "tables":
            kind = RegionKind.SEAL if portion == "seals" else RegionKind.TABLE
            return found.filter(regions__kind=kind, regions__dismissed=False).distinct()
    return found


def page_row(each: ScanPage) -> PageRow:
    """A page as lists show it."""
    reading: ReadPage | None = getattr(each, "reading", None)
    read = reading is not None and not reading.problem
    return PageRow(
        id=each.pk,
        path=each.scan.path,
        frame=each.frame,
        code=each.unit.archive_code if each.unit else "",
        number=each.number,
        width=each.width,
        height=each.height,
        dpi=each.dpi,
        mode=each.mode,
        sheet=each.sheet,
        faults=faults_told(each.faults),
        problem=(each.problem[0], each.problem[1]) if each.problem else None,
        characters=reading.characters if reading is not None and read else None,
        confidence=reading.confidence if reading is not None and read else 0.0,
        doubtful=reading.doubtful if reading is not None and read else 0,
        unread=(reading.problem[0], reading.problem[1]) if reading is not None and reading.problem else None,
    )
