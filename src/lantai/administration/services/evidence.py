"""Who may change the bodies and rules of an archive, and the ledger entry each change leaves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import models

from lantai.administration.models import Role
from lantai.administration.services.people_access import CONSOLE, Actor, require_role
from lantai.ledger.services import NewEntry


class ReferenceRefused(ValueError):
    """A body, a rule or an agreement cannot be taken as given; the text says why."""


def require_steward(*, by: Actor) -> None:
    """Let an archivist pass, or the operator at the machine itself. Raises common.errors.Refused."""
    if by.role != CONSOLE.role:
        require_role(by=by, among=(Role.ARCHIVIST,))


def require_channel_keeper(*, by: Actor) -> None:
    """Let an archivist or the system administrator pass, or the operator at the machine. Raises
    common.errors.Refused."""
    if by.role != CONSOLE.role:
        require_role(by=by, among=(Role.ARCHIVIST, Role.SYSTEM))


def require_registrar(*, by: Actor) -> None:
    """Let an archivist or the system administrator pass, who keep the bodies and the code lists, or the operator at
    the machine. Raises common.errors.Refused."""
    require_channel_keeper(by=by)


def state_of(*, row: models.Model, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The columns of *row* as an entry keeps them: dates as text, foreign keys by number."""
    state: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.name in without or field.primary_key or isinstance(field, models.BinaryField):
            continue
        value = field.value_from_object(row)
        state[field.attname] = value.isoformat() if isinstance(value, date) else value
    return state


def change_entry(
    *,
    kind: str,
    subject: str,
    by: Actor,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> NewEntry:
    """The entry `administration.<kind>` about *subject*, with the whole change before and after."""
    detail: dict[str, Any] = {}
    if before is not None:
        detail["before"] = dict(before)
    if after is not None:
        detail["after"] = dict(after)
    if reason:
        detail["reason"] = reason
    return NewEntry(
        kind=f"administration.{kind}",
        subject=subject,
        actor=by.reference,
        role=by.role,
        address=by.address,
        result="done",
        at=now,
        detail=detail,
    )
