"""Pages as somebody reviews them (校对): one page whole, what waits in a batch, how fast reviewers are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from lantai.digitisation.models import Correction, PageReview, ReadPage, ReviewSpell, ScanBatch, ScanPage
from lantai.digitisation.queries.batches import NoSuchBatch, batch_called
from lantai.digitisation.read_lines import is_doubtful

QUEUES = ("doubtful", "sure", "reviewed", "unread")
"""Which pages of a batch a list shows: with doubtful lines, without, done, and those that could not be read."""
LATELY = timedelta(days=30)
"""How far back a reviewer's throughput is counted."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a page for reviewing (编辑锁), since when, and until when if nothing more is done."""

    person_id: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class LineToReview:
    """One line of a page; ``corners`` are in pixels of the scan, ``by`` is who looked at it."""

    number: int
    text: str
    corners: Sequence[Sequence[int]]
    confidence: float
    doubtful: bool
    by: str


@dataclass(frozen=True, slots=True)
class CorrectionMade:
    """One correction; ``stands`` says that the line still says what it made of it, so that it can be undone."""

    id: int
    line: int
    before: str
    after: str
    by: str
    at: datetime
    stands: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PageToReview:
    """A page that was read, with all that its review needs. ``mark`` is the last correction's number."""

    id: int
    batch_id: int
    batch_name: str
    code: str
    number: int | None
    path: str
    frame: int
    width: int
    height: int
    mode: str
    engine: str
    lines: Sequence[LineToReview]
    doubtful: int
    confidence: float
    problem: tuple[str, str] | None
    turned: int
    kind: str
    kind_by: str
    kind_confidence: float
    token: str
    mark: int
    corrections: Sequence[CorrectionMade]
    holder: Holder | None
    reviewed_by: str
    reviewed_at: datetime | None
    filed: bool


@dataclass(frozen=True, slots=True)
class QueuedPage:
    """One page in the list of what is to be reviewed."""

    id: int
    code: str
    number: int | None
    path: str
    frame: int
    lines: int
    doubtful: int
    confidence: float
    problem: tuple[str, str] | None
    holder: Holder | None
    reviewed_by: str
    reviewed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """How far the review of a batch is; ``lines`` are the doubtful ones that nobody looked at."""

    read: int = 0
    doubtful: int = 0
    sure: int = 0
    reviewed: int = 0
    unread: int = 0
    lines: int = 0

    @property
    def waiting(self) -> int:
        """Pages still to be reviewed."""
        return self.doubtful + self.sure


@dataclass(frozen=True, slots=True)
class ReviewerRate:
    """What one reviewer did and how fast (校对效率): pages and lines an hour of work."""

    person: str
    pages: int
    lines: int
    corrected: int
    seconds: float

    @property
    def pages_an_hour(self) -> int | None:
        """None while too little was done to tell."""
        return round(self.pages * 3600 / self.seconds) if self.seconds >= 1 else None

    @property
    def lines_an_hour(self) -> int | None:
        """None while too little was done to tell."""
        return round(self.lines * 3600 / self.seconds) if self.seconds >= 1 else None


def holder_of(review: PageReview | None, now: datetime) -> Holder | None:
    """Who holds a page now."""
    if review is None or review.editor_id is None or review.editor_until is None or review.editor_until <= now:
        return None
    return Holder(review.editor_id, review.editor_since or now, review.editor_until)


def reading_token(reading: ReadPage) -> str:
    """What a form says of the lines it shows: another reading, or a line put in, gives another."""
    return f"{reading.pk}-{int(reading.read_at.timestamp())}-{len(reading.lines)}"


def page_to_review(*, batch_id: int, page_id: int, now: datetime) -> PageToReview:
    """A page of a batch that was read. Raises NoSuchBatch."""
    found = (
        ReadPage.objects.filter(page_id=page_id, page__batch_id=batch_id)
        .select_related("page__batch", "page__unit", "page__scan", "page__review")
        .first()
    )
    if found is None:
        raise NoSuchBatch(f"{batch_id}/{page_id}")
    page, made = found.page, list(found.corrections.order_by("-pk"))
    return PageToReview(
        id=page.pk,
        batch_id=batch_id,
        batch_name=page.batch.name,
        code=page.unit.archive_code if page.unit else "",
        number=page.number,
        path=page.scan.path,
        frame=page.frame,
        width=page.width,
        height=page.height,
        mode=found.mode,
        engine=found.engine,
        lines=[_line(number, each) for number, each in enumerate(found.lines)],
        doubtful=found.doubtful,
        confidence=found.confidence,
        problem=(found.problem[0], found.problem[1]) if found.problem else None,
        turned=found.turned,
        kind=found.kind,
        kind_by=found.kind_by,
        kind_confidence=found.kind_confidence,
        token=reading_token(found),
        mark=made[0].pk if made else 0,
        corrections=_corrections(made, found.lines),
        holder=holder_of(getattr(page, "review", None), now),
        reviewed_by=found.reviewed_by,
        reviewed_at=found.reviewed_at,
        filed=page.batch.filed_at is not None,
    )


def review_queue(*, batch_id: int, queue: str, now: datetime, offset: int, limit: int) -> tuple[list[QueuedPage], int]:
    """Pages of a batch that were read, as they were scanned, and how many there are."""
    found = _queued(ReadPage.objects.filter(page__batch_id=batch_id), queue)
    rows = found.select_related("page__unit", "page__scan", "page__review").order_by("page_id")
    return [_queue_row(each, now) for each in rows[offset : offset + limit]], found.count()


def batch_to_review(*, batch_id: int) -> str:
    """The name of a batch. Raises NoSuchBatch."""
    return batch_called(batch_id).name


def review_counts(*, batch_ids: Sequence[int]) -> dict[int, ReviewCounts]:
    """How far the review of each of some batches is."""
    open_ones = Q(reviewed_at=None, problem=[])
    rows = (
        ReadPage.objects.filter(page__batch_id__in=batch_ids)
        .values("page__batch_id")
        .annotate(
            read=Count("pk", filter=Q(problem=[])),
            waiting=Count("pk", filter=open_ones & Q(doubtful__gt=0)),
            sure=Count("pk", filter=open_ones & Q(doubtful=0)),
            reviewed=Count("pk", filter=Q(reviewed_at__isnull=False)),
            unread=Count("pk", filter=~Q(problem=[])),
            lines=Sum("doubtful", filter=open_ones),
        )
    )
    return {
        each["page__batch_id"]: ReviewCounts(
            each["read"], each["waiting"], each["sure"], each["reviewed"], each["unread"], each["lines"] or 0
        )
        for each in rows
    }


def batches_to_review(*, offset: int, limit: int) -> tuple[list[tuple[int, str]], int]:
    """Number and name of the batches of which pages were read, the newest first, and how many there are."""
    found = ScanBatch.objects.filter(scan_pages__reading__isnull=False).distinct().order_by("-pk")
    return list(found.values_list("pk", "name")[offset : offset + limit]), found.count()


def next_to_review(*, batch_id: int, page_id: int, queue: str, person_id: int, now: datetime) -> int | None:
    """The page that is to be reviewed after *page_id*, as they were scanned, then from the beginning; nobody else holds
    it. None when nothing waits.
    """
    free = Q(page__review=None) | Q(page__review__editor_id=None) | Q(page__review__editor_until__lte=now)
    mine = Q(page__review__editor_id=person_id)
    waiting = ReadPage.objects.filter(free | mine, page__batch_id=batch_id, reviewed_at=None, problem=[])
    if queue in ("doubtful", "sure"):
        waiting = _queued(waiting, queue)
    numbers = waiting.exclude(page_id=page_id).order_by("page_id").values_list("page_id", flat=True)
    return numbers.filter(page_id__gt=page_id).first() or numbers.first()


def pages_beside(*, batch_id: int, page_id: int) -> tuple[int | None, int | None]:
    """The pages read before and after one, as they were scanned."""
    found = ReadPage.objects.filter(page__batch_id=batch_id).aggregate(
        before=Max("page_id", filter=Q(page_id__lt=page_id)), behind=Min("page_id", filter=Q(page_id__gt=page_id))
    )
    return found["before"], found["behind"]


def reviewer_rates(*, now: datetime, batch_id: int | None = None, person_id: int | None = None) -> list[ReviewerRate]:
    """What reviewers did in LATELY and how fast, the most pages first; of one batch or one person when named."""
    done = ReviewSpell.objects.filter(finished_at__gt=now - LATELY)
    if batch_id is not None:
        done = done.filter(page__batch_id=batch_id)
    if person_id is not None:
        done = done.filter(person_id=person_id)
    rows = (
        done.values("person_id")
        .annotate(pages=Count("pk"), all=Sum("lines"), changed=Sum("corrected"), spent=Sum("seconds"))
        .order_by("-pages", "person_id")
    )
    return [
        ReviewerRate(f"person:{each['person_id']}", each["pages"], each["all"], each["changed"], each["spent"])
        for each in rows
    ]


def _queued(found: QuerySet[ReadPage], queue: str) -> QuerySet[ReadPage]:
    match queue:
        case "reviewed":
            return found.filter(reviewed_at__isnull=False)
        case "unread":
            return found.exclude(problem=[])
        case "sure":
            return found.filter(reviewed_at=None, problem=[], doubtful=0)
    return found.filter(reviewed_at=None, problem=[], doubtful__gt=0)


def _line(number: int, line: Mapping[str, Any]) -> LineToReview:
    return LineToReview(
        number, line["text"], line["corners"], line["confidence"], is_doubtful(line), line.get("by", "")
    )


def _corrections(made: Sequence[Correction], lines: Sequence[Mapping[str, Any]]) -> list[CorrectionMade]:
    """Corrections, the newest first; the newest of a line stands when the line says what it made of it."""
    told: list[CorrectionMade] = []
    met: set[int] = set()
    for each in made:
        stands = each.line not in met and each.line < len(lines) and lines[each.line]["text"] == each.after
        met.add(each.line)
        told.append(CorrectionMade(each.pk, each.line, each.before, each.after, each.by, each.at, stands))
    return told


def _queue_row(each: ReadPage, now: datetime) -> QueuedPage:
    page: ScanPage = each.page
    return QueuedPage(
        id=page.pk,
        code=page.unit.archive_code if page.unit else "",
        number=page.number,
        path=page.scan.path,
        frame=page.frame,
        lines=len(each.lines),
        doubtful=each.doubtful,
        confidence=each.confidence,
        problem=(each.problem[0], each.problem[1]) if each.problem else None,
        holder=holder_of(getattr(page, "review", None), now),
        reviewed_by=each.reviewed_by,
        reviewed_at=each.reviewed_at,
    )
