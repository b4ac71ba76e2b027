"""How far the reading of a batch is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, Sum

from lantai.digitisation.models import ReadPage, Region, ScanBatch


@dataclass(frozen=True, slots=True)
class BatchReading:
    """How far the reading of a batch is: ``readable`` pages, those ``read``, those that could not be (``unreadable``),
    and those nobody has asked for yet or that still wait (``left``); characters, doubtful lines, regions by kind."""

    mode: str
    job: UUID | None
    read_at: datetime | None
    filed_at: datetime | None
    readable: int
    read: int
    unreadable: int
    characters: int
    doubtful: int
    regions: Mapping[str, int]
    cpu_seconds: float

    @property
    def left(self) -> int:
        """Pages that are not read yet."""
        return self.readable - self.read - self.unreadable

    @property
    def under_way(self) -> bool:
        """Whether a reading was asked for and has not ended."""
        return bool(self.mode) and self.read_at is None


def reading_of(batch: ScanBatch, *, readable: int) -> BatchReading:
    """How far the reading of a batch with so many readable pages is."""
    read = ReadPage.objects.filter(page__batch=batch, page__sheet="", page__problem=[])
    counts = read.aggregate(
        read=Count("pk", filter=Q(problem=[])),
        unreadable=Count("pk", filter=~Q(problem=[])),
        characters=Sum("characters"),
        doubtful=Sum("doubtful"),
        cpu_seconds=Sum("cpu_seconds"),
    )
    found = {name: number or 0 for name, number in counts.items()}
    regions = Region.objects.filter(page__batch=batch, dismissed=False)
    return BatchReading(
        mode=batch.mode,
        job=batch.reading_job_id,
        read_at=batch.read_at,
        filed_at=batch.filed_at,
        readable=readable,
        read=found["read"],
        unreadable=found["unreadable"],
        characters=found["characters"],
        doubtful=found["doubtful"],
        regions=dict(regions.values_list("kind").annotate(Count("pk")).order_by("kind")),
        cpu_seconds=found["cpu_seconds"],
    )
