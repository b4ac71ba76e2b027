"""Keep further forms of records: normalised copies (规范化副本), each with the event that made it (PREMIS)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from lantai.catalog.components import StoredComponent, pack_components
from lantai.catalog.models import Representation
from lantai.ledger.services import NewEntry, append_entries

COPY_KEPT = "record.copy-kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCopy:
    """A normalised copy that lies in storage: of which file of the record's package (``source``) it is, where it lies,
    the one file it is, and the event: agents, parameters, digests before and after, the lines of its check.
    """

    record_id: int
    record_code: str
    source: str
    object_id: str
    path: str
    bytes: int
    sha512: str
    component: StoredComponent
    edition_id: int | None
    event: Mapping[str, Any]


def keep_copies(*, copies: Sequence[NewCopy], by: str, now: datetime) -> None:
    """Make these copies forms of their records, in the caller's transaction, each with its ledger entry.

    *by* is the reference of whoever had them made. Raises IntegrityError for a second copy of the same file.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("keep_copies runs inside the transaction that asked for it")
    Representation.objects.bulk_create(
        [
            Representation(
                record_id=each.record_id,
                kind=Representation.Kind.NORMALISED,
                object_id=each.object_id,
                path=each.path,
                container="file",
                bytes=each.bytes,
                sha512=each.sha512,
                components=pack_components([each.component]),
                confirmed_at=now,
                edition_id=each.edition_id,
                source=each.source,
                event=dict(each.event),
            )
            for each in copies
        ]
    )
    append_entries(
        entries=[
            NewEntry(
                kind=COPY_KEPT,
                subject=each.record_code,
                actor=by,
                at=now,
                result="kept",
                detail={
                    "source": each.source,
                    "stored": {
                        "object": each.object_id,
                        "path": each.path,
                        "bytes": each.bytes,
                        "sha512": each.sha512,
                    },
                    "event": dict(each.event),
                },
            )
            for each in copies
        ]
    )
