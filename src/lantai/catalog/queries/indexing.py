"""Records as the search index reads them: values and rule fields, no reader, because the index is not shown to
anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from lantai.catalog.dividing import whole_text
from lantai.catalog.models import ComponentText, Record


@dataclass(frozen=True, slots=True)
class IndexDocument:
    """What is searched, filtered, sorted and counted of one record."""

    id: int
    record_code: str
    archive_code: str
    level: str
    title: str
    creator: str
    applicant: str
    address: str
    item_name: str
    item_code: str
    case_number: str
    document_number: str
    abstract: str
    body: str
    result: str
    category_code: str
    class_code: str
    retention: str
    year: int
    day: int
    fonds_code: str
    organisation_id: int
    open_state: str
    secrecy: int
    sharing: str
    personal: bool
    state: str


_FIELDS = tuple(name for name in IndexDocument.__dataclass_fields__ if name not in ("body", "day", "archive_code"))


def index_documents(
    *, record_codes: Sequence[str] = (), record_ids: Sequence[int] | None = None
) -> Iterator[IndexDocument]:
    """The documents of these records, by code or by id; codes of records that are gone are left out."""
    found = (
        Record.objects.filter(record_code__in=record_codes)
        if record_ids is None
        else Record.objects.filter(pk__in=record_ids)
    )
    rows = list(found.order_by("pk").values("archive_code", "formed_on", *_FIELDS))
    texts = ComponentText.objects.filter(record_id__in=[row["id"] for row in rows])
    bodies = {
        record_id: whole_text(bytes(body), bytes(scanned))
        for record_id, body, scanned in texts.values_list("record_id", "body", "scanned")
    }
    for row in rows:
        formed = row.pop("formed_on")
        row["archive_code"] = row["archive_code"] or ""
        yield IndexDocument(
            body=bodies.get(row["id"], ""),
            day=_number(formed),
            **row,
        )


def records_by_day() -> list[tuple[int, int]]:
    """How many records were formed on each day (yyyymmdd), the oldest day first."""
    found = Record.objects.order_by("formed_on").values_list("formed_on").annotate(Count("pk"))
    return [(_number(day), count) for day, count in found]


def record_ids_after(*, day: int, last: int, before: int | None, limit: int) -> list[tuple[int, int]]:
    """The next *limit* records by day and number after (*day*, *last*), formed before the day *before* if said (days as
    yyyymmdd), for a rebuild of the index: day and number of each.
    """
    first = _day(day)
    found = Record.objects.filter(Q(formed_on__gt=first) | Q(formed_on=first, pk__gt=last), formed_on__gte=first)
    if before is not None:
        found = found.filter(formed_on__lt=_day(before))
    rows = found.order_by("formed_on", "pk").values_list("formed_on", "pk")[:limit]
    return [(_number(formed), pk) for formed, pk in rows]


def _number(day: date) -> int:
    return day.year * 10000 + day.month * 100 + day.day


def _day(number: int) -> date:
    return date(number // 10000, number // 100 % 100, number % 100) if number else date.min
