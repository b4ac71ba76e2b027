"""The verdicts on the signatures in records' files, and which records are to be judged again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from lantai.administration.queries.people import Reader
from lantai.archival.formats import SignatureFact
from lantai.archival.sealing.telling import signature_from
from lantai.catalog.models import JudgedSignature, Record
from lantai.catalog.queries.access import visible
from lantai.catalog.queries.composition import StoredPackage, package_of

RANK = {"valid": 0, "untrusted": 1, "unjudged": 2, "invalid": 3}
"""Verdicts from the best to the worst."""


@dataclass(frozen=True, slots=True)
class JudgedView:
    """One signature as it was judged: the file, when and why it was judged, and the evidence."""

    path: str
    fact: SignatureFact
    occasion: str
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class RecordToJudge:
    """A record whose signatures are to be judged again, with its stored files."""

    id: int
    record_code: str
    package: StoredPackage


def verdicts_of_record(*, record_code: str) -> list[JudgedView]:
    """Every judgement of the signatures of a record the caller may read, the newest judgement first."""
    rows = JudgedSignature.objects.filter(record__record_code=record_code).order_by("-judged_at", "path", "number")
    return [JudgedView(each.path, signature_from(each.facts), each.occasion, each.judged_at) for each in rows]


def became_worse(*, judged: Sequence[JudgedView]) -> bool:
    """Whether the newest of the judgements of a record, which come newest first, is worse in any signature than the one
    before it.
    """
    moments = sorted({each.judged_at for each in judged}, reverse=True)[:2]
    if len(moments) < 2:
        return False
    now, before = ([each for each in judged if each.judged_at == moment] for moment in moments)
    return any(
        one.path == two.path and RANK[one.fact.verdict] > RANK[two.fact.verdict]
        for one, two in zip(now, before, strict=False)
    )


def verdict_counts(*, reader: Reader) -> dict[str, int]:
    """How many signatures have which verdict now, in the records *reader* may see."""
    rows = JudgedSignature.objects.filter(latest=True, record__in=Record.objects.filter(visible(reader)))
    return dict(rows.values_list("verdict").annotate(count=Count("pk")).order_by("verdict"))


def records_to_judge(*, before: datetime, after: int, limit: int, codes: Sequence[str] = ()) -> list[RecordToJudge]:
    """Records judged last before a moment, by primary key after *after*; only those of *codes* where any are given."""
    rows = Record.objects.filter(judged_signatures__latest=True, judged_signatures__judged_at__lt=before, pk__gt=after)
    if codes:
        rows = rows.filter(record_code__in=codes)
    found = []
    for row in rows.distinct().select_related("describing").order_by("pk")[:limit]:
        package = package_of(row, getattr(row, "describing", None))
        if package is not None:
            found.append(RecordToJudge(row.pk, row.record_code, package))
    return found


def count_records_to_judge(*, before: datetime) -> int:
    """How many records were judged last before a moment."""
    rows = JudgedSignature.objects.filter(latest=True, judged_at__lt=before)
    return rows.values("record_id").distinct().count()
