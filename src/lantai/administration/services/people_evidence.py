"""What every act on accounts leaves in the ledger: date, time, user, role, address, object, action, result.

Entries carry the change before and after, and never a password, a secret or a recovery code. Persons stand in them
as `person:<number of the account>`: a name that stays when an entry is erased must not be a personal one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lantai.administration.models import Person
from lantai.administration.services.people_access import Actor
from lantai.ledger.services import NewEntry, append_entries

DONE = "done"
FAILED = "failed"
REFUSED = "refused"


def describe_account(*, person: Person) -> dict[str, object]:
    """What the ledger keeps of an account's state."""
    return {
        "username": person.username,
        "name": person.name,
        "person_number": person.person_number,
        "role": person.role,
        "organisation": person.organisation_id,
        "position": person.position,
        "clearance": int(person.clearance),
        "active": person.is_active,
    }


def subject_of(*, person: Person) -> str:
    """The name of an account in the ledger."""
    return f"person:{person.pk}"


def record_act(
    *,
    action: str,
    by: Actor,
    subject: str,
    at: datetime,
    result: str = DONE,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    more: Mapping[str, object] | None = None,
) -> None:
    """Write one entry `people.<action>` about *subject*; call it inside the transaction of the change itself."""
    detail: dict[str, object] = dict(more or {})
    if before is not None:
        detail["before"] = dict(before)
    if after is not None:
        detail["after"] = dict(after)
    entry = NewEntry(
        kind=f"people.{action}",
        subject=subject,
        actor=by.reference,
        role=by.role,
        address=by.address,
        result=result,
        at=at,
        detail=detail,
    )
    append_entries(entries=[entry])
