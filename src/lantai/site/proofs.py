"""The proof of a record, from the ledger's entry to the bytes it speaks of."""

from __future__ import annotations

from typing import Any

from lantai.administration.queries.people import Clearance, Reader, Role
from lantai.catalog.queries import record_proof

_CONSOLE = Reader(
    person_id=None, username="console", name="console", role=Role.ARCHIVIST, clearance=Clearance.RESTRICTED
)


def proof_of(*, code: str, reader: Reader = _CONSOLE) -> dict[str, Any]:
    """The proof bundle of a record, for the operator at the machine itself; see ``record_proof`` of the catalogue."""
    return record_proof(code=code, reader=reader)
