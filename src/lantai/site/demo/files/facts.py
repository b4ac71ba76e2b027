"""What the documents of one case speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Facts:
    """One case as its documents tell it. Days are local; ``number`` is the case number (办件编号), ``document`` the
    number of the decision (文号), ``licence`` that of the licence."""

    body: str
    item: str
    title: str
    number: str
    document: str
    licence: str
    licence_name: str
    law: str
    applicant: str
    applicant_type: str
    card_type: str
    card_number: str
    address: str
    phone: str
    person: str
    subject: str
    scope: str
    applied: date
    accepted: date
    reviewed: date
    closed: date
    until: date | None
    days: int
    handler: str
    reviewer: str
    leader: str
    office: str
    granted: bool = True
    reason: str = ""
    materials: Sequence[str] = field(default=())

    @property
    def masked(self) -> str:
        """The certificate number with its middle hidden, as notices print it."""
        number = self.card_number
        return number[:6] + "*" * (len(number) - 10) + number[-4:]
