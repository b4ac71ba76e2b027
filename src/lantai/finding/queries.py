"""The read door of finding: a question, a reader, and back come records he may know of, with counts and marks."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.catalog.queries import (
    Act,
    RecordSummary,
    granted_by_act,
    records_with_certificate,
    summaries,
    texts_of,
)
from lantai.finding.models import IndexBuild
from lantai.finding.search import (
    SCHEMA_VERSION,
    Asked,
    Filters,
    IndexDamaged,
    Part,
    ask_all,
    count,
    count_values,
    kept_values,
    rank,
    read_parts,
    sight_of,
)
from lantai.finding.text import QuestionPart, highlight, normalise, question_parts

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
SHOWN = 12
_RELOAD_SECONDS = 0.5
_PATIENCE = 20.0
_current: tuple[float, str, tuple[int, ...]] = (0.0, "", ())


@dataclass(frozen=True, slots=True)
class Hit:
    """One record found, its title and a piece of its text marked as HTML (escaped but for <mark>)."""

    record: RecordSummary
    title_marked: str
    snippet: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What was found: hits of this page, the exact total, counts by facet and by year, and how long it took in ms.

    ``estimated`` says that the counts by facet and year are estimates, ``partial`` that the search was cut off before
    all parts of the index were asked.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    years: tuple[tuple[int, int], ...]
    milliseconds: float
    words: tuple[str, ...]
    estimated: bool = False
    partial: bool = False


@dataclass(frozen=True, slots=True)
class _Index:
    """The parts of the index as a question is asked of them, the newest first, and the sample."""

    parts: list[Part]
    sample: Part


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
    found_by_number = _by_number(question, reader)
    if found_by_number:
        hits = tuple(Hit(record=each, title_marked="", snippet="") for each in found_by_number)
        return SearchResult(hits[offset : offset + limit], len(hits), {}, (), _since(began), (question.strip(),))
    index = _index()
    if index is None:
        return SearchResult((), 0, {}, (), 0.0, ())
    parts = question_parts(question)
    asked = _asked(index, parts, reader, filters)
    found = rank(index.parts, asked, sort=sort, limit=offset + limit)
    ids = found.ids[offset:]
    total = len(found.ids) if len(found.ids) < offset + limit and not found.partial else count(index.parts, asked)
    counts = count_values(index.parts, index.sample, asked, total=total) if facets and total else None
    records = summaries(record_ids=ids, reader=reader)
    texts = texts_of(record_ids=[each.id for each in records if each.readable], reader=reader) if parts else {}
    return SearchResult(
        hits=tuple(_hit(each, parts, texts.get(each.id, "")) for each in records),
        total=total,
        facets={name: tuple(counts.values[field][:SHOWN]) for name, field in FACETS} if counts else {},
        years=tuple(sorted((int(year), number) for year, number in counts.values["year"])) if counts else (),
        milliseconds=_since(began),
        words=tuple(each.text for each in parts),
        estimated=bool(counts and counts.estimated),
        partial=found.partial,
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
    index = _index()
    if index is None or limit < 1:
        return []
    asked = _asked(index, question_parts(question), reader, filters, among)
    return rank(index.parts, asked, sort=sort, limit=limit, seconds=_PATIENCE).ids


def count_found(*, question: str, reader: Reader, filters: Filters | None = None) -> int:
    """How many records ``search_records`` finds."""
    by_number = _by_number(question, reader)
    index = _index()
    if by_number or index is None:
        return len(by_number)
    return count(index.parts, _asked(index, question_parts(question), reader, filters))


def place_among_found(
    *, question: str, reader: Reader, filters: Filters | None = None, sort: str = "relevance", code: str, limit: int
) -> tuple[list[int], int] | None:
    """The first *limit* records that ``search_records`` finds, and where the one with this 电子文件号 stands among
    them, from 0; None when it does not.
    """
    among = found_ids(question=question, reader=reader, filters=filters, among=[code], limit=1)
    ids = found_ids(question=question, reader=reader, filters=filters, sort=sort, limit=limit) if among else []
    return (ids, ids.index(among[0])) if ids and among[0] in ids else None


def suggest_items(*, typed: str, reader: Reader, limit: int = 8) -> list[tuple[str, int]]:
    """Items (事项) whose name holds what was typed so far, with the records of each that the reader may know of whole
    classes of; those that begin with it first, the commonest first.
    """
    index = _index()
    wanted = normalise(typed).strip()
    if index is None or len(wanted) < 1:
        return []
    kept = kept_values(index.parts, sight_of(reader, Act.EXIST, ()))
    counted = kept[1]["item_name"] if kept else {}
    found = [(each, number) for each, number in counted.items() if wanted in each.lower()]
    return sorted(found, key=lambda each: (not each[0].lower().startswith(wanted), -each[1]))[:limit]


def _asked(
    index: _Index,
    parts: Sequence[QuestionPart],
    reader: Reader,
    filters: Filters | None,
    among: Sequence[str] | None = None,
) -> Asked:
    """The question with what this reader may know of and where he may ask for names."""
    granted = granted_by_act(reader, (Act.EXIST, Act.PERSONAL))
    return ask_all(
        index.parts,
        parts,
        known=sight_of(reader, Act.EXIST, granted[Act.EXIST]),
        named=sight_of(reader, Act.PERSONAL, granted[Act.PERSONAL]),
        filters=filters or Filters(),
        among=among,
    )


def _by_number(question: str, reader: Reader) -> list[RecordSummary]:
    """The records in which a certificate number stands, when the question is one."""
    asked = _CERTIFICATE.fullmatch(question.strip())
    return records_with_certificate(number=question, reader=reader) if asked else []


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _hit(record: RecordSummary, parts: list[QuestionPart], text: str) -> Hit:
    snippet = highlight(text, parts) if text else ""
    return Hit(record=record, title_marked=highlight(record.title, parts, around=1000), snippet=snippet)


def _current_index(*, anew: bool = False) -> tuple[str, tuple[int, ...]]:
    """The index in place and the first days of its parts, asked of the database twice a second at most."""
    global _current  # noqa: PLW0603 - a cache of one value for the whole process
    now = time.monotonic()
    if anew or now - _current[0] > _RELOAD_SECONDS:
        found = IndexBuild.objects.filter(current=True, schema=SCHEMA_VERSION).values_list("name", "parts").first()
        _current = (now, found[0], tuple(found[1])) if found else (now, "", ())
    return _current[1:]


def _index() -> _Index | None:
    """The index as it is now; None while there is none. One whose files are damaged is marked, and made anew."""
    for anew in (False, True):
        name, plan = _current_index(anew=anew)
        if not name:
            return None
        try:
            return _Index(*read_parts(name, plan, reload_seconds=_RELOAD_SECONDS))
        except IndexDamaged:
            if anew:
                IndexBuild.objects.filter(name=name).update(schema="damaged")
    return None


def index_ready() -> bool:
    """Whether there is an index to search."""
    return bool(_current_index()[0])


def index_state() -> Mapping[str, str | int]:
    """Where the index stands: its name, the ledger position it has followed, and whether it is being filled."""
    builds = list(IndexBuild.objects.filter(Q(current=True) | Q(filled=False)))
    build = next((each for each in builds if each.current), None)
    if build is None:
        return {"name": "", "state": _("尚未建立"), "position": 0}
    filling = any(not each.filled for each in builds) or build.schema != SCHEMA_VERSION
    return {"name": build.name, "state": _("正在重建") if filling else _("可用"), "position": build.position}
