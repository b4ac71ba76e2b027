"""Entries as pages, followers and the storage see them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Expression, Min, Q, QuerySet

from lantai.ledger.models import Cursor, Entry

LATELY = 2000
"""Ids among which the newest entries of some kinds are looked for first: by their kinds alone, all of a ledger of
millions would be sorted."""
ENTRY_VERSION = 1
"""Version of an entry's writing, its member "v"."""
ABOUT_ITSELF = ("ledger.timestamped", "ledger.anchored")
COLUMNS = ("kind", "subject", "actor", "role", "address", "result")
"""Columns of an entry that stand in its text too."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry. *index* is None until it is sequenced; *detail* is None once it is erased."""

    id: int
    index: int | None
    kind: str
    subject: str
    actor: str
    role: str
    address: str
    result: str
    at: datetime
    detail: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry with what its proof needs. *text* and *salt* (32 bytes) are None once it is erased."""

    index: int
    text: str | None
    salt: bytes | None
    commitment: bytes


def entries_about(*, subject: str, limit: int = 1000) -> list[EntryView]:
    """The first *limit* entries about *subject*, the oldest first; those not yet sequenced are among them."""
    return _views(Entry.objects.filter(subject=subject).order_by("id")[:limit])


def entries_of(*, subjects: Collection[str], kinds: Sequence[str]) -> dict[str, list[EntryView]]:
    """The entries of *kinds* about each of *subjects*, the oldest first; a subject without any is not in the answer."""
    found: dict[str, list[EntryView]] = {}
    for each in _views(Entry.objects.filter(subject__in=list(subjects), kind__in=list(kinds)).order_by("id")):
        found.setdefault(each.subject, []).append(each)
    return found


def entries_after(*, position: int, kinds: Sequence[str] = (), limit: int = 1000) -> list[EntryView]:
    """Sequenced entries from index *position* on, in order, for followers; only of *kinds* when any are named.

    A follower that names kinds goes on at the last entry's index + 1; when nothing came, it may go on at the
    checkpoint's size it read *before* asking.
    """
    entries = Entry.objects.filter(index__gte=position)
    if kinds:
        entries = entries.filter(kind__in=kinds)
    return _views(entries.order_by("index")[:limit])


def list_entries(
    *,
    kinds: Sequence[str] = (),
    subject: str = "",
    actor: str = "",
    role: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[EntryView]:
    """Entries for the audit page, the newest first; *before* is the id where the page before ended."""
    entries = Entry.objects.order_by("-id")
    if kinds:
        entries = entries.filter(kind__in=kinds)
    if subject:
        entries = entries.filter(subject=subject)
    if actor:
        entries = entries.filter(actor=actor)
    if role:
        entries = entries.filter(role=role)
    if since:
        entries = entries.filter(at__gte=since)
    if until:
        entries = entries.filter(at__lt=until)
    if before is not None:
        entries = entries.filter(id__lt=before)
    if kinds and not (subject or actor):
        newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        lately = _views(entries.filter(id__gt=min(newest, before or newest) - LATELY)[:limit])
        if len(lately) == limit:
            return lately
    return _views(entries[:limit])


def sealed_entries(*, first: int, last: int) -> list[SealedEntry]:
    """Sequenced entries with index *first* to *last*, both included, in order, as they are kept in storage."""
    rows = Entry.objects.filter(index__gte=first, index__lte=last).order_by("index")
    return [
        SealedEntry(index, text, None if salt is None else bytes(salt), bytes(commitment))
        for index, text, salt, commitment in rows.values_list("index", "text", "salt", "commitment")
        if index is not None
    ]


def kept_entries(*, first: int, last: int) -> Iterator[dict[str, int | str]]:
    """Sequenced entries with index *first* to *last* as they are written down outside of the database: index, row id,
    commitment, and text and salt in hexadecimal; of an erased entry what its columns still say.
    """
    rows = Entry.objects.filter(index__gte=first, index__lte=last).order_by("index")
    for entry in rows.iterator(chunk_size=1000):
        line: dict[str, int | str] = {"id": entry.pk, "index": entry.index or 0}
        line["commitment"] = bytes(entry.commitment).hex()
        if entry.text is not None and entry.salt is not None:
            yield line | {"entry": entry.text, "salt": bytes(entry.salt).hex()}
        else:
            told = {name: str(getattr(entry, name)) for name in COLUMNS}
            yield line | told | {"at": entry.at.isoformat()}


def waiting_entries() -> int:
    """Number of committed entries that the sequencer has not yet given an index."""
    return Entry.objects.filter(index__isnull=True).count()


def something_told(*, since: int, until: int) -> bool:
    """Whether the entries with index *since* to *until*, the last not included, tell of anything but the ledger's own
    stamps and anchors: those alone are no reason for another.
    """
    return Entry.objects.filter(index__gte=since, index__lt=until).exclude(kind__in=ABOUT_ITSELF).exists()


Lag = tuple[int, datetime | None]
"""How many entries wait, and when the oldest of them happened."""


def entries_waiting(*, position: int | Expression, kinds: Sequence[str]) -> tuple[Lag, Lag]:
    """The entries that have no index yet, and the sequenced entries of *kinds* from *position* on.

    *position* may be an expression that asks a follower's own table, so that it is one query.
    """
    unsequenced = Q(index__isnull=True)
    unseen = Q(index__gte=position, kind__in=list(kinds))
    told = Entry.objects.filter(unsequenced | unseen).aggregate(
        waiting=Count("pk", filter=unsequenced),
        waiting_oldest=Min("at", filter=unsequenced),
        unseen=Count("pk", filter=Q(index__isnull=False)),
        unseen_oldest=Min("at", filter=Q(index__isnull=False)),
    )
    return (told["waiting"], told["waiting_oldest"]), (told["unseen"], told["unseen_oldest"])


def cursor_position(*, follower: str) -> int:
    """Index of the first entry *follower* has not seen; 0 for one that never moved."""
    return Cursor.objects.filter(follower=follower).values_list("position", flat=True).first() or 0


def cursor_moved(*, follower: str) -> datetime | None:
    """When *follower* last moved its position; None for one that never did."""
    return Cursor.objects.filter(follower=follower).values_list("moved_at", flat=True).first()


def _views(entries: QuerySet[Entry]) -> list[EntryView]:
    return [
        EntryView(
            id=each.pk,
            index=each.index,
            kind=each.kind,
            subject=each.subject,
            actor=each.actor,
            role=each.role,
            address=each.address,
            result=each.result,
            at=each.at,
            detail=None if each.text is None else json.loads(each.text)["detail"],
        )
        for each in entries
    ]
