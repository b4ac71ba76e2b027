"""Who looked at what: every look at a record's description or content leaves an entry (查阅留痕)."""

from __future__ import annotations

from datetime import datetime

from lantai.administration.services.people_access import Actor
from lantai.ledger.services import NewEntry, note_entries

VIEWED = "record.viewed"
COPIED = "record.copied"
PROVEN = "record.proof-taken"
REFUSED = "record.refused"


def note_look(*, record_code: str, kind: str, by: Actor, purpose: str, what: str, result: str, now: datetime) -> None:
    """Tell the ledger that somebody looked at a record, took a copy or was refused; without waiting for the database.

    *what* names the part (description, history, a file by its place), *purpose* (利用目的) what the person declared for
    the session. Raises OSError when it cannot be kept: then nothing may be shown.
    """
    entry = NewEntry(
        kind=kind,
        subject=record_code,
        actor=by.reference,
        role=by.role,
        address=by.address,
        result=result,
        at=now,
        detail={"what": what} | ({"purpose": purpose} if purpose else {}),
    )
    note_entries(entries=[entry])
