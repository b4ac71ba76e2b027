"""The schema of the index and how a record becomes its document.

``words`` answers what is asked for: the words of all texts, and every fragment of two to four characters of title,
item, body and numbers. ``heads`` (fragments only), ``keys`` (what a text speaks of) and ``codes`` say how good a hit
is. ``names`` holds fragments of names and addresses, which only those may ask who may see them. No term has a position
or a count: a term stands in a record or it does not, and a longer fragment is all its pieces of four.
"""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import tantivy
from django.conf import settings

from lantai.catalog.queries import IndexDocument
from lantai.finding.search.rights import rule_class
from lantai.finding.text import counted_terms, fragments, word_terms

FILTERED = ("fonds_code", "category_code", "item_name", "retention", "result", "open_state")
_NUMBERS = ("id", "organisation_id", "year", "day")
_OFTEN = 3
_DAYS = 300 * 372


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("record_code", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("codes", tokenizer_name="raw", index_option="basic")
    for name in ("words", "heads", "keys", "names"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    for name in (*FILTERED, "rule"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in _NUMBERS:
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_float_field("recency", fast=True)
    return builder.build()


SCHEMA = _schema()


def index_folder(name: str) -> Path:
    """Where the files of one generation lie."""
    folder: Path = settings.LANTAI_HOME / "index" / name
    return folder


def to_document(record: IndexDocument) -> tantivy.Document:
    """The document of one record. Identity numbers are not in an IndexDocument, so they cannot come in here."""
    document = tantivy.Document()
    document.add_text("record_code", record.record_code)
    for code in {record.record_code, *_codes(record)} - {""}:
        document.add_text("codes", code.lower())
    terms = _terms_of(record)
    document.add_text("heads", " ".join(terms.heads))
    document.add_text("words", " ".join(terms.words))
    document.add_text("keys", " ".join(terms.keys))
    document.add_text("names", " ".join(fragments(f"{record.applicant}\n{record.address}")))
    for name in FILTERED:
        document.add_text(name, getattr(record, name))
    document.add_text("rule", rule_class(record))
    for name in _NUMBERS:
        document.add_integer(name, getattr(record, name))
    document.add_float("recency", recency(record.day))
    return document


@dataclass(frozen=True, slots=True)
class _Terms:
    """What stands in title, item, body and numbers, what the text speaks of, and all of it with all words."""

    heads: set[str]
    keys: set[str]
    words: set[str]


def _terms_of(record: IndexDocument) -> _Terms:
    heads = fragments("\n".join([record.title, *_codes(record)]))
    heads |= _known_fragments(record.item_name) | _known_fragments(record.creator)
    body = counted_terms(record.body)
    keys = {*word_terms(record.abstract), *(term for term, times in body.items() if times >= _OFTEN and len(term) > 1)}
    head = {*word_terms(record.title), *_known_terms(record.item_name), *_known_terms(record.creator)}
    return _Terms(heads, keys, heads.union(head, keys, body))


def all_terms(record: IndexDocument) -> set[str]:
    """All terms of a record but those of names: what another engine is given to be compared."""
    return _terms_of(record).words


def _codes(record: IndexDocument) -> list[str]:
    return [record.archive_code, record.case_number, record.document_number]


@lru_cache(maxsize=4_096)
def _known_fragments(text: str) -> frozenset[str]:
    """The fragments of what stands in many records: a body, an item."""
    return frozenset(fragments(text))


@lru_cache(maxsize=4_096)
def _known_terms(text: str) -> tuple[str, ...]:
    return tuple(word_terms(text))


def recency(day: int) -> float:
    """A little more for each day after 1900, so little that it only parts equals: log2(2 + this) is 1 to 1.07."""
    since = (day // 10_000 - 1900) * 372 + (day // 100 % 100 - 1) * 31 + day % 100
    return 0.1 * min(1.0, max(0.0, since / _DAYS))


_DECIDING = (_schema, to_document, _terms_of, fragments, word_terms, counted_terms)
SCHEMA_VERSION = hashlib.sha256("".join(inspect.getsource(each) for each in _DECIDING).encode()).hexdigest()[:12]
