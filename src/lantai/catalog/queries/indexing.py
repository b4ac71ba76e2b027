"""Records as the search index reads them: values and rule fields, no reader, because the index is not shown to
anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
            day=formed.year * 10000 + formed.month * 100 + formed.day,
            **row,
        )


def record_ids_after(*, last: int, limit: int) -> list[int]:
    """The next *limit* primary keys after *last*, for a rebuild of the index from the first record on."""
    return list(Record.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:limit])
