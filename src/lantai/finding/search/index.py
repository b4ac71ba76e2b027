"""The schema of the index and how a record becomes its document.

Words (rjieba) answer questions in words; bigrams with positions answer any fragment of two or more characters of a
name, title, address or number; rule fields carry the access rule into every query.
"""

from __future__ import annotations

import hashlib
import inspect
from functools import cache
from pathlib import Path

import tantivy
from django.conf import settings

from lantai.catalog.queries import IndexDocument
from lantai.finding.text import bigrams, words

_RAW = ("record_code", "fonds_code", "open_state", "sharing", "state", "category_code", "class_code", "item_name")
_RAW_MORE = ("retention", "result", "level")
_NUMBERS = ("id", "organisation_id", "secrecy", "year", "day")


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("codes", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title_words", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("body_words", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("grams", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("name_grams", tokenizer_name="whitespace", index_option="position")
    for name in _RAW + _RAW_MORE:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in _NUMBERS:
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_boolean_field("personal", indexed=True, fast=True)
    return builder.build()


SCHEMA_VERSION = hashlib.sha256(inspect.getsource(_schema).encode() + "".join(_RAW + _RAW_MORE).encode()).hexdigest()[
    :12
]


def index_folder(name: str) -> Path:
    """Where the files of one generation lie."""
    folder: Path = settings.LANTAI_HOME / "index" / name
    return folder


@cache
def open_index(name: str) -> tantivy.Index:
    """The index of this name, made empty where there is none yet."""
    folder = index_folder(name)
    folder.mkdir(parents=True, exist_ok=True)
    return tantivy.Index(_schema(), path=str(folder))


def to_document(record: IndexDocument) -> tantivy.Document:
    """The document of one record. Identity numbers are not in an IndexDocument, so they cannot come in here."""
    document = tantivy.Document()
    for code in {record.record_code, record.archive_code, record.case_number, record.document_number} - {""}:
        document.add_text("codes", code.lower())
    document.add_text("title_words", " ".join(words(f"{record.title} {record.item_name} {record.creator}")))
    document.add_text("body_words", " ".join(words(f"{record.abstract} {record.body}")))
    document.add_text(
        "grams",
        " \u241f ".join(
            " ".join(bigrams(each))
            for each in (
                record.title,
                record.item_name,
                record.creator,
                record.document_number,
                record.archive_code,
                record.case_number,
            )
            if each
        ),
    )
    document.add_text(
        "name_grams", " \u241f ".join(" ".join(bigrams(each)) for each in (record.applicant, record.address) if each)
    )
    for name in _RAW + _RAW_MORE:
        document.add_text(name, getattr(record, name))
    for name in _NUMBERS:
        document.add_integer(name, getattr(record, name))
    document.add_boolean("personal", record.personal)
    return document
