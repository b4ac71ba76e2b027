"""Put records into the catalogue: many at once, in the caller's transaction, each with its ledger entry."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import override

from lantai.catalog.components import StoredComponent, pack_components
from lantai.catalog.models import (
    CodeAssignment,
    IdentityKey,
    Level,
    OpenState,
    Record,
    Relation,
    Representation,
)
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence, said


class RecordRefused(Exception):
    """A record cannot stand in the catalogue as it is; ``why`` says which value of which column, and why."""

    def __init__(self, why: Sentence) -> None:
        super().__init__(said(why))
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRepresentation:
    """Where the bytes of a record lie: OCFL object and path, container kind, and the components inside."""

    object_id: str
    path: str
    container: str
    bytes: int
    sha512: str
    components: Sequence[StoredComponent]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """All that the catalogue is told of one record. Field by field as in catalog.models.Record."""

    record_code: str
    archive_code: str | None
    fonds_code: str
    category_code: str
    year: int
    retention: str
    title: str
    creator: str
    formed_on: date
    organisation_id: int
    class_code: str = ""
    function_code: str = ""
    volume_number: int | None = None
    item_number: int | None = None
    level: str = Level.ITEM
    parent_id: int | None = None
    document_number: str = ""
    formed_until: date | None = None
    abstract: str = ""
    pages: int | None = None
    files: int = 0
    bytes: int = 0
    item_code: str = ""
    item_name: str = ""
    case_number: str = ""
    applicant: str = ""
    address: str = ""
    result: str = ""
    accepted_on: date | None = None
    decided_on: date | None = None
    open_state: str = OpenState.UNREVIEWED
    secrecy: int = 0
    disclosure: str = ""
    sharing: str = ""
    personal: bool = True
    retention_rule: str = ""
    retention_table: str = ""
    expires_on: date | None = None
    profile: str = ""
    source_code: str = ""
    description: Mapping[str, Any] = field(default_factory=dict)
    sealed: builtins.bytes | None = None
    identity_digests: Sequence[str] = ()
    relations: Sequence[tuple[str, str, str]] = ()
    representation: NewRepresentation | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


_NOT_COLUMNS = frozenset({"identity_digests", "relations", "representation", "evidence"})
_COLUMNS = tuple(name for name in NewRecord.__dataclass_fields__ if name not in _NOT_COLUMNS)


def register_records(*, records: Sequence[NewRecord], by: str, now: datetime) -> list[int]:
    """Enter *records* in the caller's transaction and return their primary keys in order.

    Each gets its row, its representation, relations and keyed digests, its reserved code becomes used, and one ledger
    entry ``record.accessioned`` ties it to its stored object, so that entries and objects together rebuild the
    catalogue. Identity numbers stand only in ``sealed`` and as digests, never in the entry. Raises RecordRefused for
    values the catalogue cannot hold, django.db.IntegrityError for a code that is taken.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("register_records runs inside the transaction that asked for it")
    for each in records:
        _refuse_what_does_not_fit(each)
    rows = Record.objects.bulk_create(
        [
            Record(**{name: getattr(each, name) for name in _COLUMNS}, accessioned_at=now, changed_at=now)
            for each in records
        ]
    )
    pairs = list(zip(rows, records, strict=True))
    Representation.objects.bulk_create(
        [
            Representation(
                record_id=row.pk,
                object_id=each.representation.object_id,
                path=each.representation.path,
                container=each.representation.container,
                bytes=each.representation.bytes,
                sha512=each.representation.sha512,
                components=pack_components(each.representation.components),
            )
            for row, each in pairs
            if each.representation is not None
        ]
    )
    IdentityKey.objects.bulk_create(
        [IdentityKey(record_id=row.pk, digest=digest) for row, each in pairs for digest in each.identity_digests]
    )
    Relation.objects.bulk_create(
        [
            Relation(record_id=row.pk, kind=kind, target_code=target, basis=basis)
            for row, each in pairs
            for kind, target, basis in each.relations
        ]
    )
    CodeAssignment.objects.filter(code__in=[each.archive_code for each in records if each.archive_code]).update(
        state=CodeAssignment.State.USED
    )
    append_entries(
        entries=[
            NewEntry(kind="record.accessioned", subject=each.record_code, actor=by, at=now, detail=_entry(each))
            for each in records
        ]
    )
    return [row.pk for row in rows]


def _entry(record: NewRecord) -> dict[str, Any]:
    """What the ledger entry says: the codes, where the bytes lie, and the digests of package and description document.

    The description itself stands in the stored document whose digest the entry carries: both are the whole change.
    """
    detail: dict[str, Any] = {
        "archive_code": record.archive_code,
        "fonds": record.fonds_code,
        "organisation": record.organisation_id,
        "retention": record.retention,
        "retention_rule": record.retention_rule,
        "retention_table": record.retention_table,
        "open_state": record.open_state,
        "secrecy": record.secrecy,
        "sharing": record.sharing,
        "relations": [list(each) for each in record.relations],
    }
    if record.representation is not None:
        detail["stored"] = {
            "object": record.representation.object_id,
            "path": record.representation.path,
            "bytes": record.representation.bytes,
            "sha512": record.representation.sha512,
        }
    return detail | dict(record.evidence)


_LIMITS = {
    column.name: column.max_length
    for column in Record._meta.concrete_fields
    if getattr(column, "max_length", None) and column.name in _COLUMNS
}


def _refuse_what_does_not_fit(record: NewRecord) -> None:
    """Raise RecordRefused naming the first value too long for its column, or holding a NUL that no database keeps."""
    for name, limit in _LIMITS.items():
        value = getattr(record, name)
        if not isinstance(value, str):
            continue
        if limit is not None and len(value) > limit:
            told = {"field": _name(name), "length": len(value), "limit": limit}
            raise RecordRefused(Sentence("record-too-long", told))
        if "\0" in value:
            raise RecordRefused(Sentence("record-not-text", {"field": _name(name)}))


def _name(column: str) -> str:
    """How people call a column: in Chinese, as the catalogue of translations knows it."""
    with override("zh-hans"):
        return str(next(each.verbose_name for each in Record._meta.concrete_fields if each.name == column))
