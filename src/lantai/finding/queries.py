"""The read door of finding: a question, a reader, and back come records he may know of, with counts and marks."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tantivy
from django.db.models import Q
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.catalog.queries import RecordSummary, records_with_certificate, summaries, texts_of
from lantai.finding.models import IndexBuild
from lantai.finding.search import Filters, build_query, open_index
from lantai.finding.text import QuestionPart, highlight, question_parts

FACETS = (
    ("category", "category_code"),
    ("item", "item_name"),
    ("result", "result"),
    ("retention", "retention"),
    ("open_state", "open_state"),
    ("fonds", "fonds_code"),
)
_CERTIFICATE = re.compile(r"[0-9A-Za-z]{8,24}")
SORTS = ("relevance", "newest", "oldest")
_RELOAD_SECONDS = 0.5
_lock = threading.Lock()
_opened: dict[str, float] = {}
_current: tuple[float, str] = (0.0, "")


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found, its title and a piece of its text marked as HTML (escaped but for <mark>)."""

    record: RecordSummary
    title_marked: str
    snippet: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found: hits of this page, the exact total, counts by facet and by year, and how long it took in ms."""

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    years: tuple[tuple[int, int], ...]
    milliseconds: float
    words: tuple[str, ...]


def search_records(
    *,
    question: str,
    reader: Reader,
    filters: Filters | None = None,
    sort: str = "relevance",
    limit: int = 20,
    offset: int = 0,
    facets: bool = True,
) -> SearchResult:
    """Records in which every piece of *question* is found, as far as *reader* may know of them.

    The access rule is part of the query, so totals and counts are the reader's own; each record of the page is asked
    again before it is shown. An empty question finds everything within *filters*, the newest first. A whole identity
    or certificate number is found by its keyed digest, by those who may see personal data.
    """
    began = time.perf_counter()
    if _CERTIFICATE.fullmatch(question.strip()):
        found_by_number = records_with_certificate(number=question, reader=reader)
        if found_by_number:
            hits = tuple(Hit(record=each, title_marked="", snippet="") for each in found_by_number)
            return SearchResult(hits[offset : offset + limit], len(hits), {}, (), _since(began), (question.strip(),))
    name = _current_index()
    if not name:
        return SearchResult((), 0, {}, (), 0.0, ())
    searcher = _searcher(name)
    parts = question_parts(question)
    query = build_query(open_index(name).schema, parts, reader=reader, filters=filters)
    found = searcher.search(query, limit=limit, offset=offset, count=True, **_order(sort, parts))
    ids = [int(each or 0) for each in searcher.fast_field_values("id", [address for _score, address in found.hits])]
    counts, years = _counts(searcher, query) if facets else ({}, ())
    records = summaries(record_ids=ids, reader=reader)
    texts = texts_of(record_ids=[each.id for each in records if each.readable], reader=reader) if parts else {}
    hits = tuple(_hit(each, parts, texts.get(each.id, "")) for each in records)
    return SearchResult(
        hits=hits,
        total=found.count or 0,  # type: ignore[attr-defined]  # tantivy's stubs lack it
        facets=counts,
        years=years,
        milliseconds=_since(began),
        words=tuple(each.text for each in parts),
    )


def found_ids(
    *,
    question: str,
    reader: Reader,
    filters: Filters | None = None,
    sort: str = "relevance",
    among: Sequence[str] | None = None,
    limit: int,
) -> list[int]:
    """The numbers of the first *limit* records that ``search_records`` finds, in its order; with *among* only of those
    with these 电子文件号.
    """
    by_number = _by_number(question, reader)
    if by_number:
        return [each.id for each in by_number if among is None or each.record_code in among][:limit]
    name = _current_index()
    if not name or limit < 1:
        return []
    searcher, parts = _searcher(name), question_parts(question)
    query = build_query(open_index(name).schema, parts, reader=reader, filters=filters, among=among)
    found = searcher.search(query, limit=limit, **_order(sort, parts))
    return [int(each or 0) for each in searcher.fast_field_values("id", [address for _score, address in found.hits])]


def count_found(*, question: str, reader: Reader, filters: Filters | None = None) -> int:
    """How many records ``search_records`` finds."""
    by_number = _by_number(question, reader)
    name = _current_index()
    if by_number or not name:
        return len(by_number)
    query = build_query(open_index(name).schema, question_parts(question), reader=reader, filters=filters)
    return _searcher(name).search(query, limit=1, count=True).count or 0  # type: ignore[attr-defined]


def place_among_found(
    *, question: str, reader: Reader, filters: Filters | None = None, sort: str = "relevance", code: str, limit: int
) -> tuple[list[int], int] | None:
    """The first *limit* records that ``search_records`` finds, and where the one with this 电子文件号 stands among
    them, from 0; None when it does not.
    """
    among = found_ids(question=question, reader=reader, filters=filters, among=[code], limit=1)
    ids = found_ids(question=question, reader=reader, filters=filters, sort=sort, limit=limit) if among else []
    return (ids, ids.index(among[0])) if ids and among[0] in ids else None


def _by_number(question: str, reader: Reader) -> list[RecordSummary]:
    """The records in which a certificate number stands, when the question is one."""
    asked = _CERTIFICATE.fullmatch(question.strip())
    return records_with_certificate(number=question, reader=reader) if asked else []


def _order(sort: str, parts: Sequence[QuestionPart]) -> dict[str, Any]:
    """How results are ordered, as the index takes it; by relevance when nothing is said."""
    if sort not in ("newest", "oldest") and parts:
        return {}
    return {"order_by_field": "day", "order": tantivy.Order.Asc if sort == "oldest" else tantivy.Order.Desc}


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _hit(record: RecordSummary, parts: list[QuestionPart], text: str) -> Hit:
    snippet = highlight(text, parts) if text else ""
    return Hit(record=record, title_marked=highlight(record.title, parts, around=1000), snippet=snippet)


def _counts(
    searcher: tantivy.Searcher, query: tantivy.Query
) -> tuple[dict[str, tuple[tuple[str, int], ...]], tuple[tuple[int, int], ...]]:
    """How many of the found records have each value, and how many lie in each year."""
    asked: dict[str, Any] = {name: {"terms": {"field": field, "size": 12}} for name, field in FACETS}
    asked["years"] = {"terms": {"field": "year", "size": 200}}
    answer = searcher.aggregate(query, asked)
    facets = {
        name: tuple((str(each["key"]), int(each["doc_count"])) for each in answer[name]["buckets"] if each["key"])
        for name, _field in FACETS
    }
    years = sorted((int(each["key"]), int(each["doc_count"])) for each in answer["years"]["buckets"])
    return facets, tuple(years)


def _current_index() -> str:
    """The name of the index in place, asked of the database twice a second at most."""
    global _current  # noqa: PLW0603 - a cache of one value for the whole process
    now = time.monotonic()
    if now - _current[0] > _RELOAD_SECONDS:
        name = IndexBuild.objects.filter(current=True).values_list("name", flat=True).first() or ""
        _current = (now, name)
    return _current[1]


def _searcher(name: str) -> tantivy.Searcher:
    """A searcher that has seen what was committed up to half a second ago."""
    index = open_index(name)
    now = time.monotonic()
    with _lock:
        if now - _opened.get(name, 0.0) > _RELOAD_SECONDS:
            index.reload()
            _opened[name] = now
    return index.searcher()


def index_ready() -> bool:
    """Whether there is an index to search."""
    return bool(_current_index())


def index_state() -> Mapping[str, str | int]:
    """Where the index stands: its name, the ledger position it has followed, and whether it is being filled."""
    builds = list(IndexBuild.objects.filter(Q(current=True) | Q(filled=False)))
    build = next((each for each in builds if each.current), None)
    if build is None:
        return {"name": "", "state": _("尚未建立"), "position": 0}
    filling = any(not each.filled for each in builds)
    return {"name": build.name, "state": _("正在重建") if filling else _("可用"), "position": build.position}
