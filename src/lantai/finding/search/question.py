"""A question and a reader become the query of one part: what was typed, the filters, and the access rule, all inside.

A piece must be found; how well is told by clauses beside it, each worth a fixed number: as a whole code, as it stands
in a title or name, its words there, its words among what the text speaks of, its words anywhere.
The rarer a piece is in the whole index, the more it counts. So a hit weighs the same in whatever part it lies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import tantivy
from tantivy import Occur, Query

from lantai.finding.search.index import SCHEMA, recency
from lantai.finding.search.parts import LAST_DAY, Part
from lantai.finding.search.rights import Sight, rights_query
from lantai.finding.text import QuestionPart

CODE, FRAGMENT, HEAD, KEY, ANYWHERE = 6.0, 2.0, 1.0, 0.5, 1.0


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows a search: each a set of values, any of which may hold; days as yyyymmdd, both included."""

    fonds: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    item: tuple[str, ...] = ()
    result: tuple[str, ...] = ()
    retention: tuple[str, ...] = ()
    open_state: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    organisation: tuple[int, ...] = ()
    day_from: int | None = None
    day_to: int | None = None

    def reaches(self, part: Part) -> bool:
        """Whether a record of *part* can be within."""
        return (self.day_from or 0) <= part.last_day and part.first_day <= (self.day_to or LAST_DAY)


_TEXT_FILTERS = (
    ("fonds", "fonds_code"),
    ("category", "category_code"),
    ("item", "item_name"),
    ("result", "result"),
    ("retention", "retention"),
    ("open_state", "open_state"),
)


@dataclass(frozen=True, slots=True)
class PartQuery:
    """The question to one part: the query without and with weights, and the most that a hit can weigh there.

    ``narrower`` are queries for the better hits alone, the narrowest first, each with the most that a hit can weigh
    which it leaves out.
    """

    matching: Query
    ranked: Query
    most: float
    narrower: tuple[tuple[float, Query], ...] = ()

    def worth_asking(self, least: float | None) -> Query | None:
        """The cheapest query that finds whatever weighs more than *least*; None where nothing can."""
        if least is None:
            return self.ranked
        if self.most <= least:
            return None
        return next((query for rest, query in self.narrower if rest <= least), self.ranked)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as all parts are asked it: its pieces with their weights, the rights, the filters.

    ``known`` is what the reader may know of, ``named`` where names may be asked; ``among`` are 电子文件号;
    ``prepared`` are the queries made so far, by part.
    """

    pieces: tuple[QuestionPart, ...]
    weights: tuple[float, ...]
    known: Sight
    named: Sight
    filters: Filters
    among: tuple[str, ...] | None = None
    prepared: dict[str, PartQuery | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def bare(self) -> bool:
        """Whether nothing is asked but to see what there is."""
        return not self.pieces and self.among is None and self.filters == Filters()


def ask_all(
    parts: Sequence[Part],
    pieces: Sequence[QuestionPart],
    *,
    known: Sight,
    named: Sight,
    filters: Filters,
    among: Sequence[str] | None = None,
) -> Asked:
    """The question with the weight of each piece: how rare it is in all parts together."""
    records = sum(each.count for each in parts)
    weights = []
    for piece in pieces:
        found = sum(_fewest(part, "words", piece.words or piece.fragments) for part in parts)
        weights.append(math.log(1 + (records + 1) / (found + 1)))
    return Asked(tuple(pieces), tuple(weights), known, named, filters, tuple(among) if among is not None else None)


def part_query(part: Part, asked: Asked) -> PartQuery | None:
    """The question to *part*; None where nothing can be found there."""
    if part.name not in asked.prepared:
        possible = not asked.known.nothing and asked.filters.reaches(part) and part.count
        asked.prepared[part.name] = _part_query(part, asked) if possible else None
    return asked.prepared[part.name]


def _part_query(part: Part, asked: Asked) -> PartQuery:
    must = _conditions(part, asked)
    named = _named(part, asked)
    better: list[tuple[float, float, Query]] = []
    for piece, weight in zip(asked.pieces, asked.weights, strict=True):
        must.append((Occur.Must, Query.const_score_query(_match(piece, named), ANYWHERE * weight)))
        better += [(worth, worth * weight, query) for worth, query in _better(part, piece, named)]
    if not any(occur is Occur.Must for occur, _query in must):
        must.append((Occur.Must, Query.const_score_query(Query.all_query(), 0.0)))
    matching = must[0][1] if len(must) == 1 else Query.boolean_query(must)
    if not better:
        return PartQuery(matching, matching, _most(part, asked, []))
    weighed = [(Occur.Should, Query.const_score_query(query, weight)) for _worth, weight, query in better]
    narrower = []
    for least in (FRAGMENT, HEAD, KEY):
        inside = [(Occur.Should, query) for worth, _weight, query in better if worth >= least]
        if inside:
            rest = [weight for worth, weight, _query in better if worth < least]
            only = (Occur.Must, Query.const_score_query(Query.boolean_query(inside), 0.0))
            narrower.append((_most(part, asked, rest), Query.boolean_query([*must, only, *weighed])))
    return PartQuery(
        matching,
        Query.boolean_query([*must, *weighed]),
        _most(part, asked, [weight for _worth, weight, _query in better]),
        tuple(narrower),
    )


def _most(part: Part, asked: Asked, better: Sequence[float]) -> float:
    """The most that a hit can weigh in *part* which has all of *better*."""
    return (ANYWHERE * sum(asked.weights) + sum(better)) * math.log2(2 + recency(min(part.last_day, _FAR)))


_FAR = 22_001_231


def _conditions(part: Part, asked: Asked) -> list[tuple[Occur, Query]]:
    rights = rights_query(SCHEMA, asked.known, part.present)
    found = [rights] if rights is not None else []
    found += [(Occur.Must, Query.const_score_query(each, 0.0)) for each in _filters(part, asked.filters)]
    if asked.among is not None:
        codes = Query.term_set_query(SCHEMA, "record_code", list(asked.among))
        found.append((Occur.Must, Query.const_score_query(codes, 0.0)))
    return found


def _named(part: Part, asked: Asked) -> list[tuple[Occur, Query]] | None:
    """What must hold where names are asked; None where they may never be."""
    if asked.named.nothing:
        return None
    rights = rights_query(SCHEMA, asked.named, part.present)
    return [] if rights is None else [rights]


def _match(piece: QuestionPart, named: list[tuple[Occur, Query]] | None) -> Query:
    """Where a piece is found at all: its words in any text, itself in a title or number, itself in a name."""
    either = []
    if piece.words:
        either.append(_every("words", piece.words))
    if not piece.whole_words:
        either.append(_every("heads", piece.fragments))
    if named is not None:
        either.append(_in_names(piece, named))
    return either[0] if len(either) == 1 else Query.boolean_query([(Occur.Should, each) for each in either])


def _better(part: Part, piece: QuestionPart, named: list[tuple[Occur, Query]] | None) -> list[tuple[float, Query]]:
    """What makes a hit on a piece better than another, with its worth, as far as it occurs in *part*."""
    found = []
    if part.searcher.doc_freq("codes", piece.text):
        found.append((CODE, Query.term_query(SCHEMA, "codes", piece.text)))
    standing = []
    if _fewest(part, "heads", piece.fragments):
        standing.append(_every("heads", piece.fragments))
    if named is not None and _fewest(part, "names", piece.fragments):
        standing.append(_in_names(piece, named))
    if standing:
        query = standing[0] if len(standing) == 1 else Query.boolean_query([(Occur.Should, each) for each in standing])
        found.append((FRAGMENT, query))
    if piece.whole_words and piece.words != piece.fragments and _fewest(part, "heads", piece.words):
        found.append((HEAD, _every("heads", piece.words)))
    if piece.words and _fewest(part, "keys", piece.words):
        found.append((KEY, _every("keys", piece.words)))
    return found


def _in_names(piece: QuestionPart, named: list[tuple[Occur, Query]]) -> Query:
    name = _every("names", piece.fragments)
    return Query.boolean_query([(Occur.Must, name), *named]) if named else name


def _every(field: str, terms: Sequence[str]) -> Query:
    every = [Query.term_query(SCHEMA, field, each, "basic") for each in terms]
    return every[0] if len(every) == 1 else Query.boolean_query([(Occur.Must, each) for each in every])


def _fewest(part: Part, field: str, terms: Sequence[str]) -> int:
    """The records of the rarest of *terms*: no more can have them all."""
    return min((int(part.searcher.doc_freq(field, each)) for each in terms), default=0)


def _filters(part: Part, filters: Filters) -> list[Query]:
    found = []
    for name, column in _TEXT_FILTERS:
        values = getattr(filters, name)
        if values:
            found.append(_any(column, values))
    for numbers, column in ((filters.years, "year"), (filters.organisation, "organisation_id")):
        if numbers:
            found.append(_any(column, numbers))
    low, high = filters.day_from or 0, filters.day_to or LAST_DAY
    if low > part.first_day or high < part.last_day:
        found.append(Query.range_query(SCHEMA, "day", tantivy.FieldType.Integer, low, high))
    return found


def _any(field: str, values: Sequence[str | int]) -> Query:
    either = [Query.term_query(SCHEMA, field, each) for each in values]
    return either[0] if len(either) == 1 else Query.boolean_query([(Occur.Should, each) for each in either])
