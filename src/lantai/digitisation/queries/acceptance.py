"""A round of acceptance (验收) as its pages and its report show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lantai.archival.imaging.acceptance import Measured
from lantai.digitisation.models import Acceptance, AcceptanceState, ScanBatch
from lantai.digitisation.queries.batches import BatchRow, NoSuchBatch, batch_called, batch_row
from lantai.digitisation.queries.filing import accepting_hindrance


@dataclass(frozen=True, slots=True)
class DrawnView:
    """A record that was drawn, and what was said of it; ``passed`` is None while nobody looked."""

    id: int
    code: str
    record_id: int
    pages: int
    passed: bool | None
    faults: Sequence[str]
    note: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RoundView:
    """One round: what was asked for in per cent, what was found, the verdict and who stands by it."""

    id: int
    number: int
    state: str
    seed: str
    rate: float
    passing: float
    linked: float
    read: float
    population: int
    found: Measured
    drawn: Sequence[DrawnView]
    shortfalls: Sequence[str]
    note: str
    begun_by: str
    begun_at: datetime
    concluded_by: str
    concluded_at: datetime | None
    signed_by: str
    signed_at: datetime | None

    @property
    def accepted(self) -> bool:
        """Whether the batch stands accepted by it."""
        return self.state == AcceptanceState.SIGNED and not self.shortfalls

    @property
    def next_drawn(self) -> int | None:
        """The first record nobody has looked at; None when all were."""
        return next((each.id for each in self.drawn if each.passed is None), None)


@dataclass(frozen=True, slots=True)
class AcceptanceView:
    """A batch before its acceptance or in it: the rounds, the newest last, and what hinders a new one."""

    row: BatchRow
    rounds: Sequence[RoundView]
    hindrance: str
    records: int

    @property
    def newest(self) -> RoundView | None:
        """The last round."""
        return self.rounds[-1] if self.rounds else None


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page of a drawn record: its number, what was read on it."""

    id: int
    number: int
    lines: Sequence[str]
    reviewed: bool


def acceptance_view(*, batch_id: int) -> AcceptanceView:
    """The rounds of a batch. Raises NoSuchBatch."""
    batch = batch_called(batch_id)
    rounds = Acceptance.objects.filter(batch=batch).order_by("round").prefetch_related("drawn")
    return AcceptanceView(batch_row(batch), [round_view(each) for each in rounds], accepting_hindrance(batch),
                          batch.units.count())  # fmt: skip


def newest_round(*, batch_id: int) -> int:
    """The number by which the newest round of a batch is kept. Raises NoSuchBatch where there is none."""
    found = Acceptance.objects.filter(batch=batch_id).order_by("round").values_list("pk", flat=True).last()
    if found is None:
        raise NoSuchBatch(str(batch_id))
    return int(found)


def pages_of_drawn(*, batch_id: int, code: str) -> list[DrawnPage]:
    """The pages of a drawn record in order, with what was read."""
    rows = ScanBatch.objects.get(pk=batch_id).scan_pages.filter(unit__archive_code=code).order_by("number")
    return [
        DrawnPage(
            each.pk,
            each.number or 0,
            [line["text"] for line in each.reading.lines if line["text"]],
            each.reading.reviewed_at is not None,
        )
        for each in rows.select_related("reading").filter(reading__isnull=False)
    ]


def round_view(row: Acceptance) -> RoundView:
    """One round, its drawn records at hand."""
    drawn = sorted(row.drawn.all(), key=lambda each: each.archive_code)
    passed = sum(bool(each.passed) for each in drawn)
    return RoundView(
        id=row.pk,
        number=row.round,
        state=row.state,
        seed=row.seed,
        rate=row.rate,
        passing=row.passing,
        linked=row.linked,
        read=row.read,
        population=row.population,
        found=Measured(len(drawn), passed, row.pages, row.pages_linked, row.characters, row.errors),
        drawn=[
            DrawnView(
                each.pk,
                each.archive_code,
                each.record_id,
                each.pages,
                each.passed,
                each.faults,
                each.note,
                each.by,
                each.at,
            )
            for each in drawn
        ],
        shortfalls=row.shortfalls,
        note=row.note,
        begun_by=row.begun_by,
        begun_at=row.begun_at,
        concluded_by=row.concluded_by,
        concluded_at=row.concluded_at,
        signed_by=row.signed_by,
        signed_at=row.signed_at,
    )
