"""What there is to know of hand-over batches: counts, faults by check, packages, decisions made. One query a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Value

from lantai.administration.queries.people import Reader, Role
from lantai.ingest.models import REPORT_BYTES, Batch, BatchDecision, ReportedFault, Submission, SubmissionState
from lantai.ingest.queries import NoSuchSubmission, SubmissionRow, submission_row_view
from lantai.work.services import Neighbours

WEIGHT = {"blocking": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch in a list: how many packages of it came, wait, were returned, are in the archive."""

    id: int
    number: str
    name: str
    organisation_id: int
    channel: str
    opened_at: datetime
    closed: bool
    declared: int | None
    came: int
    waiting: int
    returned: int
    accessioned: int
    late: int


@dataclass(frozen=True, slots=True)
class CheckCount:
    """One check and the packages of a batch it found something wrong with; ``waiting`` of them are to be decided."""

    code: str
    severity: str
    verdict: str
    packages: int
    waiting: int


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision on a batch and how far it has been carried out."""

    accept: int
    back: int
    accepted: int
    returned: int
    position: int
    by: str
    at: datetime
    job_id: UUID | None
    finished: bool
    note: str
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch with the count of its packages by state."""

    id: int
    number: str
    name: str
    organisation_id: int
    channel: str
    opened_at: datetime
    closed_at: datetime | None
    declared_count: int | None
    declared_bytes: int | None
    states: Mapping[str, int]

    @property
    def came(self) -> int:
        """Packages of the batch of which bytes came."""
        return sum(self.states.values())


def list_batches(
    *,
    reader: Reader,
    waiting: bool = False,
    text: str = "",
    organisation_id: int | None = None,
    limit: int,
    offset: int,
) -> tuple[list[BatchRow], int]:
    """The batches *reader* may see, the newest first, and how many; with *waiting* those with packages to decide."""
    found = _listed(reader, waiting, text, organisation_id)
    rows = list(found.order_by("-opened_at", "-pk")[offset : offset + limit])
    counts: Any = (
        Submission.objects.filter(batch__in=rows)
        .values("batch_id")
        .annotate(
            came=Count("pk"),
            waiting=Count("pk", filter=Q(state=SubmissionState.EXAMINED)),
            returned=Count("pk", filter=Q(state=SubmissionState.REJECTED)),
            accessioned=Count("pk", filter=Q(state=SubmissionState.ACCESSIONED)),
        )
    )
    counted = {each["batch_id"]: each for each in counts}
    empty = {"came": 0, "waiting": 0, "returned": 0, "accessioned": 0}
    views = []
    for each in rows:
        count = counted.get(each.pk, empty)
        views.append(
            BatchRow(
                id=each.pk,
                number=each.number,
                name=each.name,
                organisation_id=each.organisation_id,
                channel=each.channel,
                opened_at=each.opened_at,
                closed=each.closed_at is not None,
                declared=each.declared_count,
                late=max(0, (each.declared_count or 0) - count["came"]),
                **{name: count[name] for name in empty},
            )
        )
    return views, found.count()


def _listed(reader: Reader, waiting: bool, text: str, organisation_id: int | None) -> QuerySet[Batch]:
    found = _seen(reader)
    if text:
        found = found.filter(Q(number__icontains=text) | Q(name__icontains=text))
    if organisation_id is not None:
        found = found.filter(organisation_id=organisation_id)
    if waiting:
        found = found.filter(
            pk__in=Submission.objects.filter(state=SubmissionState.EXAMINED, batch__isnull=False).values("batch_id")
        )
    return found


def batch_neighbours(
    *, reader: Reader, batch_id: int, waiting: bool = False, text: str = "", organisation_id: int | None = None
) -> Neighbours | None:
    """What stands before and after a batch in what ``list_batches`` finds; None when it is not this reader's."""
    found = _listed(reader, waiting, text, organisation_id).order_by()
    same = Q(opened_at=OuterRef("opened_at"))
    newer = Q(opened_at__gt=OuterRef("opened_at")) | same & Q(pk__gt=OuterRef("pk"))
    older = Q(opened_at__lt=OuterRef("opened_at")) | same & Q(pk__lt=OuterRef("pk"))
    every = found.annotate(all=Value(1)).values("all").annotate(n=Count("pk")).values("n")
    row = (
        _seen(reader)
        .filter(pk=batch_id)
        .annotate(
            previous=Subquery(found.filter(newer).order_by("opened_at", "pk").values("pk")[:1]),
            following=Subquery(found.filter(older).order_by("-opened_at", "-pk").values("pk")[:1]),
            place=Subquery(every.filter(newer)),
            total=Subquery(every),
            here=Exists(found.filter(pk=batch_id)),
        )
        .values("previous", "following", "place", "total", "here")
        .first()
    )
    if row is None:
        return None
    return Neighbours(
        previous=str(row["previous"] or ""),
        following=str(row["following"] or ""),
        place=(row["place"] or 0) + 1,
        total=row["total"] or 0,
        listed=bool(row["here"]),
    )


def batch_of(*, reader: Reader, batch_id: int) -> BatchView:
    """One batch. Raises NoSuchSubmission when there is none that *reader* may see."""
    fields = [
        "id",
        "number",
        "name",
        "organisation_id",
        "channel",
        "opened_at",
        "closed_at",
        "declared_count",
        "declared_bytes",
    ]
    rows = list(
        _seen(reader).filter(pk=batch_id).values(*fields, "submissions__state").annotate(n=Count("submissions"))
    )
    if not rows:
        raise NoSuchSubmission(str(batch_id))
    states = {row["submissions__state"]: row["n"] for row in rows if row["submissions__state"]}
    return BatchView(**{name: rows[0][name] for name in fields}, states=states)


def faulty_checks(*, batch_id: int) -> list[CheckCount]:
    """The checks that found something wrong in a batch, the most serious and the most frequent first."""
    rows = (
        ReportedFault.objects.filter(submission__batch_id=batch_id)
        .values("code")
        .annotate(
            packages=Count("submission", distinct=True),
            waiting=Count("submission", distinct=True, filter=Q(submission__state=SubmissionState.EXAMINED)),
            verdict=Min("verdict"),
            blocking=Count("pk", filter=Q(severity="blocking")),
            serious=Count("pk", filter=Q(severity="warning")),
        )
    )
    checks = [
        CheckCount(
            code=row["code"],
            severity="blocking" if row["blocking"] else "warning" if row["serious"] else "note",
            verdict=row["verdict"],
            packages=row["packages"],
            waiting=row["waiting"],
        )
        for row in rows
    ]
    return sorted(checks, key=lambda each: (WEIGHT[each.severity], -each.packages, each.code))


def packages_of(
    *,
    batch_id: int,
    state: str = "",
    check: str = "",
    faulty: bool = False,
    total: int | None = None,
    limit: int,
    offset: int = 0,
) -> tuple[list[SubmissionRow], int]:
    """Packages of a batch, by state, by a check that found something wrong, or all with more than remarks, and how
    many; *total* where it is known already."""
    found = Submission.objects.filter(batch_id=batch_id)
    if state:
        found = found.filter(state=state)
    if check:
        found = found.filter(pk__in=ReportedFault.objects.filter(code=check).values("submission_id"))
    elif faulty:
        serious = ReportedFault.objects.exclude(severity="note").filter(submission__batch_id=batch_id)
        found = found.filter(pk__in=serious.values("submission_id"))
    rows = found.select_related("report", "batch").defer(*REPORT_BYTES).order_by("pk")[offset : offset + limit]
    return [submission_row_view(each) for each in rows], found.count() if total is None else total


def packages_by_key(*, keys: Sequence[int]) -> list[SubmissionRow]:
    """These packages by their row numbers, for a page that has decided who may see them."""
    rows = (
        Submission.objects.filter(pk__in=list(keys))
        .select_related("report", "batch")
        .defer(*REPORT_BYTES)
        .order_by("pk")
    )
    return [submission_row_view(each) for each in rows]


def decisions_on(*, batch_id: int, limit: int = 5) -> Sequence[DecisionView]:
    """The newest decisions on a batch."""
    return [
        DecisionView(
            accept=len(each.accept),
            back=len(each.back),
            accepted=each.accepted,
            returned=each.returned,
            position=each.position,
            by=each.by,
            at=each.asked_at,
            job_id=each.job_id,
            finished=each.finished_at is not None,
            note=each.note,
            troubles=tuple(each.troubles),
        )
        for each in BatchDecision.objects.filter(batch_id=batch_id).order_by("-pk")[:limit]
    ]


def _seen(reader: Reader) -> QuerySet[Batch]:
    """The batches a reader may see: archivists and supervisors all, a department its own."""
    if reader.role in (Role.ARCHIVIST, Role.SUPERVISOR):
        return Batch.objects.all()
    if reader.role == Role.DEPARTMENT and reader.organisation_id is not None:
        return Batch.objects.filter(organisation_id=reader.organisation_id)
    return Batch.objects.none()
