"""The numbers that stand around every staff page: duties, running jobs, unread notices."""

from __future__ import annotations

from django.db.models import Count, Model, QuerySet, Value
from django.utils import timezone

from lantai.work.models import Job, JobState
from lantai.work.queries.duties import open_rows
from lantai.work.queries.notices import notices_of


def counts_around(
    *, role: str, person_id: int, organisation_id: int | None, duties: bool, jobs: bool, archivist: bool
) -> dict[str, int]:
    """How many "duties" are open for this person, how many "jobs" run or wait, how many "notices" are unread, in one
    query; what is not asked for, or is none, is missing.
    """
    parts: list[QuerySet[Model, tuple[str, int]]] = [
        _counted("notices", notices_of(person_id, organisation_id, archivist).filter(read_at=None))
    ]
    if duties:
        every = open_rows(role, organisation_id)
        away = every.filter(put_off_until__gt=timezone.localdate())
        parts += [_counted("duties", every), _counted("away", away)]
    if jobs:
        parts.append(_counted("jobs", Job.objects.filter(state__in=[JobState.RUNNING, JobState.WAITING])))
    found = dict(parts[0].union(*parts[1:], all=True)) if len(parts) > 1 else dict(parts[0])
    if "duties" in found:
        found["duties"] -= found.pop("away", 0)
    return found


def _counted(what: str, rows: QuerySet[Model]) -> QuerySet[Model, tuple[str, int]]:
    named = rows.order_by().annotate(what=Value(what)).values("what")
    counted: QuerySet[Model, tuple[str, int]] = named.annotate(n=Count("pk")).values_list("what", "n")
    return counted
