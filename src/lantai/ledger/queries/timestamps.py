"""Time stamps over checkpoints: what is kept, what is due, and whether the tokens still prove their time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db.models import Max

from lantai.archival.sealing import CertificateRefused, read_certificates
from lantai.archival.sealing.stamping import StampRefused, judge_stamp, stamped_bytes
from lantai.ledger.models import Timestamp
from lantai.ledger.queries.entries import something_told
from lantai.ledger.queries.proofs import published_checkpoint
from lantai.ledger.queries.witnesses import cosigned_note

RENEW_BEFORE = timedelta(days=180)
"""So long before its end a stamp is renewed."""


@dataclass(frozen=True, slots=True)
class TimestampView:
    """One token: the checkpoint's *size*, its *number* there, the bytes it stamps, and until when it is proof."""

    id: int
    size: int
    number: int
    stamped: bytes
    token: bytes
    authority: str
    at: datetime
    until: date


@dataclass(frozen=True, slots=True)
class StampDue:
    """A stamp to be had: over the checkpoint of *size*, as its *number*, *note* being what number 1 stamps."""

    size: int
    number: int
    note: str
    message: bytes
    overdue: bool = False


def recent_timestamps(*, limit: int = 10) -> list[TimestampView]:
    """The newest tokens of the checkpoints stamped last, the newest first."""
    newest = Timestamp.objects.values("size").annotate(number=Max("number")).order_by("-size")[:limit]
    return [_view(each) for pair in newest for each in Timestamp.objects.filter(**pair)]


def timestamp_by_number(*, size: int, number: int) -> TimestampView | None:
    """One token; None without it."""
    row = Timestamp.objects.filter(size=size, number=number).first()
    return _view(row) if row else None


def timestamps_after(*, position: int, limit: int = 100) -> list[TimestampView]:
    """Tokens with an id beyond *position*, in order, for the copy in storage."""
    return [_view(each) for each in Timestamp.objects.filter(pk__gt=position).order_by("pk")[:limit]]


def due_stamp(*, now: datetime) -> StampDue | None:
    """The stamp to be had next: a renewal first, else one over the newest published checkpoint; None where none is due.

    Renewed is what ends within RENEW_BEFORE, the first to end first; it is overdue in the last 30 days. A new one is
    due LANTAI_TIMESTAMP_HOURS after the last, when the archive has told anything since.
    """
    newest = Timestamp.objects.values("size").annotate(number=Max("number"), until=Max("until"))
    ending = newest.filter(until__lte=(now + RENEW_BEFORE).date()).order_by("until").first()
    if ending is not None:
        rows = list(Timestamp.objects.filter(size=ending["size"]).order_by("number"))
        message = stamped_bytes(rows[0].note.encode(), [bytes(each.token) for each in rows])
        overdue = ending["until"] <= (now + timedelta(days=30)).date()
        return StampDue(ending["size"], len(rows) + 1, rows[0].note, message, overdue)
    last = Timestamp.objects.filter(number=1).order_by("-size").first()
    checkpoint = published_checkpoint()
    if checkpoint is None:
        return None
    if last is not None and now - last.at < timedelta(hours=settings.LANTAI_TIMESTAMP_HOURS):
        return None
    if last is not None and not something_told(since=last.size, until=checkpoint.size):
        return None
    note = cosigned_note(note=checkpoint.note, size=checkpoint.size)
    return StampDue(checkpoint.size, 1, note, note.encode())


def wrong_timestamps(*, now: datetime) -> list[tuple[int, str]]:
    """The tokens that do not prove their time, as (size, why): each is judged anew over the bytes it stamps."""
    found = []
    roots = authority_roots()
    for row in Timestamp.objects.order_by("size", "number").iterator():
        view = _view(row)
        try:
            judge_stamp(view.token, message=view.stamped, roots=roots, now=now)
        except StampRefused as refused:
            found.append((view.size, f"{view.number}: {refused}"))
    return found


def authority_roots() -> tuple[bytes, ...]:
    """The root certificates (DER) of LANTAI_TIMESTAMP_ROOTS; none where the file is missing or holds none."""
    path = settings.LANTAI_TIMESTAMP_ROOTS
    try:
        return _roots(path, Path(path).stat().st_mtime_ns) if path else ()
    except (OSError, CertificateRefused):
        return ()


@lru_cache(maxsize=4)
def _roots(path: str, _changed: int) -> tuple[bytes, ...]:
    return tuple(read_certificates(Path(path).read_bytes()))


def _view(row: Timestamp) -> TimestampView:
    before = Timestamp.objects.filter(size=row.size, number__lt=row.number).order_by("number")
    tokens = [bytes(each) for each in before.values_list("token", flat=True)] if row.number > 1 else []
    stamped = stamped_bytes(row.note.encode(), tokens)
    return TimestampView(row.pk, row.size, row.number, stamped, bytes(row.token), row.authority, row.at, row.until)
