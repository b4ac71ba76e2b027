"""Parts are asked, the newest first, on all cores: hits until no better ones can come, counts, values of facets."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

import tantivy
from tantivy import Occur, Query

from lantai.finding.search.index import FILTERED, SCHEMA
from lantai.finding.search.parts import Part, cube_of
from lantai.finding.search.question import Asked, PartQuery, part_query
from lantai.finding.search.rights import Sight, bound_query

EXACT = 60_000
"""So many hits at most are counted value by value; beyond that the sample tells, or what is kept."""
SECONDS = 0.2
"""After so long no further part is asked, and the answer is called partial."""
SHOWN = 12
_Answer = TypeVar("_Answer")
_MOST_SUMS = 32
_sums: dict[tuple[tuple[tuple[str, int], frozenset[str]], ...], tuple[int, Mapping[str, Counter[str]]]] = {}


@dataclass(frozen=True, slots=True)
class Ranked:
    """The best hits as record numbers; ``partial`` when not every part was asked that could hold better ones."""

    ids: list[int]
    partial: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records have each value of each facet, the commonest first; an estimate when it says so."""

    values: Mapping[str, list[tuple[str, int]]] = field(default_factory=dict)
    estimated: bool = False


def rank(
    parts: Sequence[Part], asked: Asked, *, sort: str, limit: int, seconds: float = SECONDS, stop_early: bool = True
) -> Ranked:
    """The best *limit* hits by weight, or by day with *sort* ``newest`` or ``oldest``.

    By day the parts are asked one after the other until there are enough. By weight likewise, until what is found
    outweighs all that the parts not yet asked can hold: nothing that belongs to the answer is left out. Without
    *stop_early* every part is asked, which gives the same answer, slower.
    """
    begun = time.monotonic()
    by_day = sort in ("newest", "oldest") or not asked.pieces
    order_of_days = "" if not by_day else "oldest" if sort == "oldest" else "newest"
    order = parts[::-1] if sort == "oldest" else parts
    waiting = [(each, query) for each in order if (query := part_query(each, asked)) is not None]
    found: list[tuple[float, int, int]] = []
    at = 0
    while at < len(waiting):
        least = found[limit - 1][0] if len(found) >= limit and stop_early else None
        if least is not None and by_day:
            break
        if at and time.monotonic() - begun > seconds:
            return Ranked(_ids(found, limit), partial=True)
        wave: list[tuple[int, Part, Query]] = []
        while at < len(waiting) and len(wave) < _width():
            part, asking = waiting[at]
            wanted = asking.matching if by_day else asking.worth_asking(least)
            if wanted is not None:
                wave.append((at, part, wanted))
            at += 1
        answers = _on_all_cores(lambda each: _best(each[1], each[2], order_of_days, limit), wave)
        for (number, _part, _wanted), hits in zip(wave, answers, strict=True):
            found += [(weight, number, each) for weight, each in hits]
        if not by_day:
            found.sort(key=lambda each: (-each[0], each[1]))
    return Ranked(_ids(found, limit), partial=False)


def count(parts: Sequence[Part], asked: Asked) -> int:
    """How many records answer, exactly."""
    if asked.bare and not asked.known.granted:
        kept = _kept(parts, asked)
        if kept is not None:
            return kept[0]
    waiting = [(each, query) for each in parts if (query := part_query(each, asked)) is not None]
    return sum(_on_all_cores(lambda each: _count(*each), waiting))


def count_values(parts: Sequence[Part], sample: Part, asked: Asked, *, total: int) -> Counts:
    """The values of the facets and the years: counted where the hits are few, from what is kept where nothing narrows,
    else estimated from the sample and called so.
    """
    if asked.bare and not asked.known.granted:
        kept = _kept(parts, asked)
        if kept is not None:
            return Counts(_ordered(kept[1]), estimated=False)
    if total <= EXACT:
        waiting = [(each, query) for each in parts if (query := part_query(each, asked)) is not None]
        told = _on_all_cores(lambda each: _values(each[0].searcher, each[1].matching), waiting)
        return Counts(_ordered(_summed(told)))
    query = part_query(sample, asked)
    if query is None:
        return Counts(estimated=True)
    share = total / max(1, _count(sample, query))
    counted = _values(sample.searcher, query.matching)
    return Counts(
        _ordered(
            {name: Counter({value: round(n * share) for value, n in each.items()}) for name, each in counted.items()}
        ),
        estimated=True,
    )


def kept_values(parts: Sequence[Part], known: Sight) -> tuple[int, Mapping[str, Counter[str]]] | None:
    """Total and values of what is kept of all classes that may be seen whole; None where nothing is kept."""
    cubes = [cube_of(each) for each in parts]
    if not all(cubes):
        return None
    wanted = tuple((each.kept, known.whole_classes(each.records)) for each in cubes if each is not None)
    summed = _sums.get(wanted)
    if summed is None:
        total, values = 0, {name: Counter[str]() for name in (*FILTERED, "year")}
        for cube, (_kept, whole) in zip(cubes, wanted, strict=True):
            for each in whole:
                total += cube.records[each] if cube else 0
                for name, counted in cube.values.get(each, {}).items() if cube else ():
                    values[name].update(counted)
        if len(_sums) >= _MOST_SUMS:
            _sums.clear()
        _sums[wanted] = summed = (total, values)
    return summed


def _kept(parts: Sequence[Part], asked: Asked) -> tuple[int, Mapping[str, Counter[str]]] | None:
    """Total and values of all a reader may see: what is kept, and beside it what his body or fonds opens to him beyond,
    counted. None where nothing is kept.
    """
    kept = kept_values(parts, asked.known)
    if kept is None:
        return None
    waiting = []
    for part in parts:
        either = []
        for conditions, classes in asked.known.bound_clauses(part.present):
            every = [(Occur.Must, bound_query(SCHEMA, each)) for each in conditions]
            every.append((Occur.Must, Query.term_set_query(SCHEMA, "rule", sorted(classes))))
            either.append((Occur.Should, Query.boolean_query(every)))
        if either:
            waiting.append((part.searcher, Query.boolean_query(either)))
    if not waiting:
        return kept
    own = _summed(_on_all_cores(lambda each: _values(*each), waiting))
    return kept[0] + sum(own["year"].values()), {name: kept[1][name] + own[name] for name in kept[1]}


def _best(part: Part, query: Query, by_day: str, limit: int) -> list[tuple[float, int]]:
    searcher = part.searcher
    if by_day:
        order = tantivy.Order.Asc if by_day == "oldest" else tantivy.Order.Desc
        found = searcher.search(query, limit=limit, count=False, order_by_field="day", order=order)
    else:
        found = searcher.search(query, limit=limit, count=False, weight_by_field="recency")
    ids = searcher.fast_field_values("id", [address for _weight, address in found.hits])
    return [(float(weight), int(each or 0)) for (weight, _address), each in zip(found.hits, ids, strict=True)]


def _count(part: Part, query: PartQuery) -> int:
    told = part.searcher.aggregate(query.matching, {"n": {"value_count": {"field": "id"}}})
    return int(told["n"]["value"])


def _values(searcher: tantivy.Searcher, query: Query) -> dict[str, Counter[str]]:
    asked: dict[str, Any] = {name: {"terms": {"field": name, "size": 500}} for name in FILTERED}
    asked["year"] = {"terms": {"field": "year", "size": 500}}
    told = searcher.aggregate(query, asked)
    return {
        name: Counter({str(_plain(each["key"])): int(each["doc_count"]) for each in told[name]["buckets"]})
        for name in asked
    }


def _plain(key: object) -> object:
    return int(key) if isinstance(key, float) else key


def _summed(told: Sequence[dict[str, Counter[str]]]) -> dict[str, Counter[str]]:
    found = {name: Counter[str]() for name in (*FILTERED, "year")}
    for each in told:
        for name, counted in each.items():
            found[name].update(counted)
    return found


def _ordered(values: Mapping[str, Counter[str]]) -> dict[str, list[tuple[str, int]]]:
    return {
        name: [(value, n) for value, n in counted.most_common(None if name == "year" else SHOWN + 1) if value and n]
        for name, counted in values.items()
    }


def _ids(found: Sequence[tuple[float, int, int]], limit: int) -> list[int]:
    """Each record once: while a record goes from one part to another it may stand in both."""
    return list(dict.fromkeys(each for _weight, _part, each in found))[:limit]


def _on_all_cores(ask: Callable[[Any], _Answer], of: Sequence[Any]) -> list[_Answer]:
    if len(of) < 2:
        return [ask(each) for each in of]
    return list(_threads().map(ask, of))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_width(), thread_name_prefix="search")


def _width() -> int:
    return max(1, min(8, os.cpu_count() or 1))
