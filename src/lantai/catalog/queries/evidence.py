"""The life of a record as the ledger tells it, and its proof."""

from __future__ import annotations

from typing import Any

from lantai.administration.queries.people import Reader
from lantai.catalog.models import Representation
from lantai.catalog.queries.access import Act
from lantai.catalog.queries.records import record_by_code
from lantai.ledger.queries import EntryView, list_entries, proof_bundle

LIFE = (
    "submission.received",
    "submission.examined",
    "submission.decided",
    "submission.stopped",
    "record.accessioned",
    "record.format-disagreement",
    "record.moved",
    "record.destroyed",
    "code.given",
    "code.changed",
    "code.voided",
    "code.passed-over",
)
"""The kinds of entries that tell a record's life. Who looked at it is for the security administrator only."""


def record_history(*, record_code: str) -> list[EntryView]:
    """The entries of a record's life, the oldest first; the caller has made sure that the reader may see the record."""
    return list_entries(subject=record_code, kinds=LIFE, limit=500)[::-1]


def record_proof(*, code: str, reader: Reader) -> dict[str, Any]:
    """The proof bundle of the record with this archive code or 电子文件号, as far as *reader* may read it.

    It carries every entry of its life, from the receipt on. Raises NoSuchRecord and NotForReader, and ledger's
    NotYetSequenced while its accession has no index yet.
    """
    record = record_by_code(code=code, reader=reader, act=Act.READ)
    entries = record_history(record_code=record.summary.record_code)
    return proof_bundle(entry_ids=[each.id for each in entries if each.detail is not None])


def contents_of(*, code: str, reader: Reader) -> tuple[str, list[tuple[str, str]]]:
    """The 电子文件号 of a record, and its contents by object id and logical path, as far as *reader* may read it.

    Raises NoSuchRecord, NotForReader.
    """
    record = record_by_code(code=code, reader=reader, act=Act.READ)
    forms = Representation.objects.filter(record__record_code=record.summary.record_code).order_by("pk")
    return record.summary.record_code, [(each.object_id, each.path) for each in forms]
