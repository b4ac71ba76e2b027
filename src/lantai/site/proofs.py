"""The proof of a record, from the ledger's entry to the bytes it speaks of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from lantai.administration.queries.people import Clearance, Reader, Role
from lantai.administration.services.people_access import CONSOLE
from lantai.catalog.queries import contents_of, record_proof
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.queries import digest_keys

_CONSOLE = Reader(
    person_id=None, username="console", name="console", role=Role.ARCHIVIST, clearance=Clearance.RESTRICTED
)


def proof_of(*, code: str, reader: Reader = _CONSOLE) -> dict[str, Any]:
    """The proof bundle of a record, for the operator at the machine itself; see ``record_proof`` of the catalogue."""
    return record_proof(code=code, reader=reader)


class NothingSealed(LookupError):
    """The record's content lies in the clear: its digests are plain, and need no key."""


def digest_keys_of(*, code: str, now: datetime, reader: Reader = _CONSOLE) -> dict[str, Any]:
    """The keys by which whoever holds a sealed record's content confirms it (``verify_proof.py --key``); told to the
    ledger, as with them anybody can confirm a guess.

    Raises NoSuchRecord, NotForReader, NothingSealed, VaultFault.
    """
    record_code, contents = contents_of(code=code, reader=reader)
    keys = digest_keys(contents=contents)
    if not keys:
        raise NothingSealed(code)
    entry = NewEntry(
        kind="keys.digest-key-given",
        subject=record_code,
        actor=CONSOLE.reference,
        role=CONSOLE.role,
        address=CONSOLE.address,
        at=now,
        detail={"proofs": sorted(keys)},
    )
    with transaction.atomic():  # told before it leaves
        append_entries(entries=[entry])
    told = [{"key": proof, "digest_key": key.hex()} for proof, key in sorted(keys.items())]
    return {"format": "lantai-digest-keys/1", "record": record_code, "keys": told}
