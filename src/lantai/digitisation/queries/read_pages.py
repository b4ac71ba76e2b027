"""What reading a page gave, as pages show it and as other systems take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lantai.archival.imaging.layout import Table
from lantai.archival.imaging.model import Line
from lantai.archival.imaging.repair import Step
from lantai.digitisation.area import derivative_path
from lantai.digitisation.models import ReadPage, Region, RegionKind, ScanPage
from lantai.digitisation.queries.batches import NoSuchBatch
from lantai.digitisation.queries.scan_pages import PageRow, page_row
from lantai.digitisation.read_lines import is_doubtful


@dataclass(frozen=True, slots=True)
class FoundRegion:
    """A marked part of a page: its box in pixels of the scan, what is written there, whose seal it is, a table's
    data."""

    id: int
    kind: str
    kind_name: str
    box: tuple[int, int, int, int]
    text: str
    shape: str
    colour: str
    confidence: float
    owner: str
    owner_score: float
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptReading:
    """A page as it was read and corrected since; what ``archival.imaging.alto`` tells of it. ``doubtful`` are the
    places of lines that nobody looked at; ``kind`` is the document's type, empty where it is not known."""

    width: int
    height: int
    lines: tuple[Line, ...]
    doubtful: frozenset[int]
    confidence: float
    turned: int
    mirrored: bool
    version: str
    steps: tuple[Step, ...]
    engine: str
    mode: str
    kind: str
    derivative: bool
    problem: tuple[str, str] | None
    cpu_seconds: float
    read_at: datetime
    corrections: int

    @property
    def text(self) -> str:
        """All lines in reading order."""
        return "\n".join(each.text for each in self.lines)


@dataclass(frozen=True, slots=True)
class PageView:
    """One page of a batch: its row, what was read, its regions, and the pages before and after it."""

    row: PageRow
    reading: KeptReading | None
    regions: Sequence[FoundRegion]
    before: int | None
    after: int | None


def page_view(*, batch_id: int, page_id: int) -> PageView:
    """One page of a batch. Raises NoSuchBatch."""
    page = _page(batch_id, page_id)
    around = ScanPage.objects.filter(batch_id=batch_id)
    order = list(around.order_by("unit__archive_code", "number", "scan__path", "frame").values_list("pk", flat=True))
    place = order.index(page.pk)
    return PageView(
        row=page_row(page),
        reading=_kept(page),
        regions=[_region(each) for each in page.regions.filter(dismissed=False).order_by("kind", "top", "left")],
        before=order[place - 1] if place else None,
        after=order[place + 1] if place + 1 < len(order) else None,
    )


def kept_reading(*, batch_id: int, page_id: int) -> tuple[PageRow, KeptReading]:
    """What was read on one page, with its row. Raises NoSuchBatch, also for a page that was not read."""
    page = _page(batch_id, page_id)
    reading = _kept(page)
    if reading is None or reading.problem is not None:
        raise NoSuchBatch(f"{batch_id}/{page_id}")
    return page_row(page), reading


def derivative_file(*, batch_id: int, page_id: int) -> Path:
    """Where the repaired picture of a page lies. Raises NoSuchBatch: there is no such page, or nothing was repaired."""
    found = ReadPage.objects.filter(page_id=page_id, page__batch_id=batch_id).exclude(derivative="")
    if not found.exists():
        raise NoSuchBatch(f"{batch_id}/{page_id}")
    return derivative_path(batch_id, page_id)


def table_on(*, batch_id: int, page_id: int, region_id: int) -> tuple[PageRow, Table]:
    """A table of a page. Raises NoSuchBatch: there is none of that number."""
    page = _page(batch_id, page_id)
    found = page.regions.filter(pk=region_id, kind=RegionKind.TABLE, dismissed=False).first()
    if found is None:
        raise NoSuchBatch(f"{batch_id}/{page_id}/{region_id}")
    return page_row(page), Table.of(found.data)


def _page(batch_id: int, page_id: int) -> ScanPage:
    rows = ScanPage.objects.select_related("scan", "unit", "reading").defer("fingerprint")
    found = rows.filter(pk=page_id, batch_id=batch_id).first()
    if found is None:
        raise NoSuchBatch(f"{batch_id}/{page_id}")
    return found


def _kept(page: ScanPage) -> KeptReading | None:
    found: ReadPage | None = getattr(page, "reading", None)
    if found is None:
        return None
    return KeptReading(
        width=page.width,
        height=page.height,
        lines=tuple(Line.of(each) for each in found.lines),
        doubtful=frozenset(place for place, each in enumerate(found.lines) if is_doubtful(each)),
        confidence=found.confidence,
        turned=found.turned,
        mirrored=found.mirrored,
        version=found.version,
        steps=tuple(Step(each["name"], each["parameters"]) for each in found.steps),
        engine=found.engine,
        mode=found.mode,
        kind=found.kind,
        derivative=bool(found.derivative),
        problem=(found.problem[0], found.problem[1]) if found.problem else None,
        cpu_seconds=found.cpu_seconds,
        read_at=found.read_at,
        corrections=found.corrections.count(),
    )


def _region(each: Region) -> FoundRegion:
    return FoundRegion(
        id=each.pk,
        kind=each.kind,
        kind_name=str(RegionKind(each.kind).label),
        box=(each.left, each.top, each.right, each.bottom),
        text=each.text,
        shape=each.shape,
        colour=each.colour,
        confidence=each.confidence,
        owner=each.owner,
        owner_score=each.owner_score,
        data=each.data,
    )
