"""The audit log as each watcher may read it: the ledger's entries, by the role of who acted (三员相互监督).

The audit administrator reads what the system and security administrators did, and the operator at the console. The
security administrator reads what users and the auditor did. Nobody reads the own entries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from lantai.administration.models import Person, Role
from lantai.administration.models.people import ADMINISTRATOR_ROLES
from lantai.administration.queries.people import Reader, names_of
from lantai.ledger.queries import EntryView, list_entries

USERS = tuple(role.value for role in Role if role not in ADMINISTRATOR_ROLES)
WATCHED: dict[Role, tuple[str, ...]] = {
    Role.AUDIT: (Role.SYSTEM.value, Role.SECURITY.value, "console"),
    Role.SECURITY: (*USERS, "anonymous", Role.AUDIT.value),
}
"""Whose entries each watcher reads; entries of machines have no role and are read with their records."""
PAGE = 50


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to show: a span of time (until is exclusive), one account as actor or object, kinds, one object as entries
    name it, older than an id."""

    since: datetime | None = None
    until: datetime | None = None
    username: str = ""
    kinds: tuple[str, ...] = ()
    subject: str = ""
    before: int | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry: when, who in which role from where, did what to what, with what result; the change as JSON."""

    id: int
    index: int | None
    at: datetime
    who: str
    role: str
    address: str
    action: str
    subject: str
    result: str
    detail: str


def read_audit(*, reader: Reader, asked: AuditFilter, limit: int = PAGE) -> list[AuditLine]:
    """The newest entries *reader* may see, newest first. Raises KeyError for a reader who watches nobody."""
    watched = WATCHED[reader.role]
    found: dict[int, EntryView] = {}
    for role in watched:
        for entry in _of_role(role, asked, limit):
            found[entry.id] = entry
    newest = sorted(found.values(), key=lambda entry: -entry.id)[:limit]
    shown = [entry for entry in newest if entry.actor != reader.reference]
    names = names_of(references={each for entry in shown for each in (entry.actor, entry.subject)})
    return [_line(entry, names) for entry in shown]


def read_whole_audit(*, reader: Reader, asked: AuditFilter, most: int = 200_000) -> Iterator[AuditLine]:
    """All entries *reader* may see, newest first, up to *most*, read in portions as they are wanted."""
    given = 0
    while given < most:
        portion = read_audit(reader=reader, asked=asked, limit=1000)
        if not portion:
            return
        yield from portion[: most - given]
        given += len(portion)
        asked = replace(asked, before=portion[-1].id)


def _of_role(role: str, asked: AuditFilter, limit: int) -> list[EntryView]:
    """One role's entries; for one account both what it did and what was done to it."""

    def ask(*, actor: str = "", subject: str = "") -> list[EntryView]:
        return list_entries(
            role=role,
            actor=actor,
            subject=subject,
            kinds=asked.kinds,
            since=asked.since,
            until=asked.until,
            before=asked.before,
            limit=limit,
        )

    if not asked.username:
        return ask(subject=asked.subject)
    number = Person.objects.filter(username=asked.username).values_list("pk", flat=True).first()
    reference = f"person:{number}" if number is not None else asked.username
    if asked.subject:
        return ask(actor=reference, subject=asked.subject)
    return ask(actor=reference) + ask(subject=reference)


def _line(entry: EntryView, names: dict[str, str]) -> AuditLine:
    detail = "" if entry.detail is None else json.dumps(entry.detail, ensure_ascii=False, sort_keys=True)
    return AuditLine(
        id=entry.id,
        index=entry.index,
        at=entry.at,
        who=names.get(entry.actor, entry.actor),
        role=entry.role,
        address=entry.address,
        action=entry.kind,
        subject=names.get(entry.subject, entry.subject),
        result=entry.result,
        detail="" if detail == "{}" else detail,
    )
