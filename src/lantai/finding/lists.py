"""What a search finds as a list in which records are selected and views are kept."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lantai.administration.queries.people import Reader, Role
from lantai.catalog.queries import codes_of_records
from lantai.finding import queries
from lantai.finding.asking import FACETS, asked_in
from lantai.work.services import Listing, Neighbours

WALKED = 5_000
"""Results among which one goes from one to the next."""


def _count(reader: Reader, query: str) -> int:
    asked = asked_in(QueryDict(query))
    return queries.count_found(question=asked.question, reader=reader, filters=asked.filters)


def _keys(reader: Reader, query: str, among: Sequence[str] | None, limit: int) -> list[str]:
    asked = asked_in(QueryDict(query))
    ids = queries.found_ids(
        question=asked.question, reader=reader, filters=asked.filters, sort=asked.sort, among=among, limit=limit
    )
    return list(codes_of_records(record_ids=ids, reader=reader).values())


def _neighbours(reader: Reader, query: str, key: str) -> Neighbours | None:
    asked = asked_in(QueryDict(query))
    found = queries.place_among_found(
        question=asked.question, reader=reader, filters=asked.filters, sort=asked.sort, code=key, limit=WALKED
    )
    if found is None:
        return None
    ids, at = found
    near = [ids[at - 1] if at else 0, ids[at + 1] if at + 1 < len(ids) else 0]
    codes = codes_of_records(record_ids=near, reader=reader)
    return Neighbours(codes.get(near[0], ""), codes.get(near[1], ""), at + 1, len(ids), listed=True)


RECORDS = Listing(
    key="records",
    words=gettext_lazy("统一检索"),
    address="search",
    fields=("q", *FACETS, "from", "until", "sort"),
    roles=frozenset((Role.ARCHIVIST, Role.DEPARTMENT, Role.LEADER, Role.SUPERVISOR)),
    count=_count,
    keys=_keys,
    neighbours=_neighbours,
    place=lambda key: reverse("record", args=[key]),
)
