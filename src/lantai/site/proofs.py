"""The proof of a record, from the ledger's entry to the bytes it speaks of."""

from __future__ import annotations

from typing import Any

from lantai.administration.queries.people import Clearance, Reader, Role
from lantai.catalog.queries import Act, record_by_code
from lantai.ledger.queries import entries_about, proof_bundle

_CONSOLE = Reader(person_id=None, username="console", name="console", role=Role.ARCHIVIST, clearance=Clearance.RESTRICTED)


def proof_of(*, code: str, reader: Reader = _CONSOLE) -> dict[str, Any]:
    """The proof bundle of the record with this archive code or 电子文件号, as far as *reader* may read it.

    It carries every sequenced entry about the record, from the receipt on. Raises catalog's NoSuchRecord and NotForReader,
    ledger's NotYetSequenced while its accession has no index yet.
    """
    record = record_by_code(code=code, reader=reader, act=Act.READ)
    entries = [each.id for each in entries_about(subject=record.summary.record_code) if each.detail is not None]
    return proof_bundle(entry_ids=entries)
