"""The numbers that stand around every staff page: duties, running jobs, unread notices."""

from __future__ import annotations

from django.db.models import Count, Model, QuerySet, Value
from django.utils import timezone

from lantai.work.models import Job, JobState
from lantai.work.queries.duties import here, open_rows
from lantai.work.queries.notices import notices_of

MANY = 1000
"""What is counted no further: these numbers stand on every page, and a queue may be 200,000 long."""


def counts_around(
    *, role: str, person_id: int, organisation_id: int | None, duties: bool, jobs: bool, archivist: bool
) -> dict[str, int]:
    """How many "duties" are open for this person, how many "jobs" run or wait, how many "notices" are unread, in one
    query, each up to MANY; what is not asked for, or is none, is missing.
    """
    parts: list[QuerySet[Model, tuple[str, int]]] = [
        _counted("notices", notices_of(person_id, organisation_id, archivist).filter(read_at=None))
    ]
    if duties:
        today = timezone.localdate()
        parts.append(_counted("duties", open_rows(role, organisation_id).filter(here(today))))
    if jobs:
        parts.append(_counted("jobs", Job.objects.filter(state__in=[JobState.RUNNING, JobState.WAITING])))
    return dict(parts[0].union(*parts[1:], all=True)) if len(parts) > 1 else dict(parts[0])


def _counted(what: str, rows: QuerySet[Model]) -> QuerySet[Model, tuple[str, int]]:
    some: QuerySet[Model] = QuerySet(rows.model).filter(pk__in=rows.order_by().values("pk")[:MANY])
    counted: QuerySet[Model, tuple[str, int]] = (
        some.annotate(what=Value(what)).values("what").annotate(n=Count("pk")).values_list("what", "n")
    )
    return counted
