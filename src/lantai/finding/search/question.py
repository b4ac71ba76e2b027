"""A question and a reader become one query: what was typed, the filters, and the access rule, all inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tantivy
from tantivy import Occur, Query

from lantai.administration.queries.people import Reader
from lantai.catalog.queries import Act, Condition, clauses, granted_by_act
from lantai.finding.text import QuestionPart

GRAM_BOOST = 4.0
TITLE_BOOST = 2.0
CODE_BOOST = 20.0


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


_TEXT_FILTERS = (
    ("fonds", "fonds_code"),
    ("category", "category_code"),
    ("item", "item_name"),
    ("result", "result"),
    ("retention", "retention"),
    ("open_state", "open_state"),
)


def build_query(
    schema: tantivy.Schema,
    parts: Sequence[QuestionPart],
    *,
    reader: Reader,
    filters: Filters | None = None,
    among: Sequence[str] | None = None,
) -> Query:
    """The query of *parts*, all of which must be found, among what *reader* may know of, within *filters*; with *among*
    only of the records with these 电子文件号.
    """
    granted = granted_by_act(reader, (Act.EXIST, Act.PERSONAL))
    known = _allowed(schema, reader, Act.EXIST, granted[Act.EXIST])
    if known is None:
        return Query.empty_query()
    must: list[tuple[Occur, Query]] = [(Occur.Must, Query.const_score_query(known, 0.0))]
    named = _allowed(schema, reader, Act.PERSONAL, granted[Act.PERSONAL])
    must += [(Occur.Must, _part(schema, each, named)) for each in parts]
    must += [(Occur.Must, Query.const_score_query(each, 0.0)) for each in _filters(schema, filters or Filters())]
    if among is not None:
        must.append(
            (Occur.Must, Query.const_score_query(Query.term_set_query(schema, "record_code", list(among)), 0.0))
        )
    return Query.boolean_query(must)


def _part(schema: tantivy.Schema, part: QuestionPart, named: Query | None) -> Query:
    """One piece of the question: as a code, as a fragment, as a name (where names may be seen), or as words."""
    either = [
        (Occur.Should, Query.boost_query(Query.term_query(schema, "codes", part.text), CODE_BOOST)),
        (Occur.Should, Query.boost_query(_fragment(schema, "grams", part), GRAM_BOOST)),
    ]
    if named is not None:
        name = Query.boost_query(_fragment(schema, "name_grams", part), GRAM_BOOST)
        either.append(
            (Occur.Should, Query.boolean_query([(Occur.Must, name), (Occur.Must, Query.const_score_query(named, 0.0))]))
        )
    if part.words:
        for field, boost in (("title_words", TITLE_BOOST), ("body_words", 1.0)):
            every = [(Occur.Must, Query.term_query(schema, field, word)) for word in part.words]
            either.append((Occur.Should, Query.boost_query(Query.boolean_query(every), boost)))
    return Query.boolean_query(either)


def _fragment(schema: tantivy.Schema, field: str, part: QuestionPart) -> Query:
    """The bigrams of a piece in their order: the piece as it stands, anywhere inside the field."""
    if len(part.grams) == 1:
        return Query.term_query(schema, field, part.grams[0])
    return Query.phrase_query(schema, field, list(part.grams))


def _allowed(schema: tantivy.Schema, reader: Reader, act: Act, granted: Sequence[int]) -> Query | None:
    """The access rule as a query over rule fields; None when the reader may never do *act*."""
    found = clauses(reader, act)
    if not found and not granted:
        return None
    either = [(Occur.Should, Query.term_query(schema, "id", each)) for each in granted]
    for clause in found:
        every = [(Occur.Must, _condition(schema, each)) for each in clause] or [(Occur.Must, Query.all_query())]
        either.append((Occur.Should, Query.boolean_query(every)))
    return Query.boolean_query(either)


def _condition(schema: tantivy.Schema, condition: Condition) -> Query:
    if condition.how == "at-most":
        return Query.range_query(schema, condition.field, tantivy.FieldType.Integer, 0, int(condition.values[0]))
    return Query.boolean_query(
        [(Occur.Should, Query.term_query(schema, condition.field, value)) for value in condition.values]
    )


def _filters(schema: tantivy.Schema, filters: Filters) -> list[Query]:
    found = []
    for name, field in _TEXT_FILTERS:
        values = getattr(filters, name)
        if values:
            found.append(Query.term_set_query(schema, field, list(values)))
    for numbers, field in ((filters.years, "year"), (filters.organisation, "organisation_id")):
        if numbers:
            found.append(
                Query.boolean_query([(Occur.Should, Query.term_query(schema, field, each)) for each in numbers])
            )
    if filters.day_from is not None or filters.day_to is not None:
        low, high = filters.day_from or 0, filters.day_to or 99_999_999
        found.append(Query.range_query(schema, "day", tantivy.FieldType.Integer, low, high))
    return found
