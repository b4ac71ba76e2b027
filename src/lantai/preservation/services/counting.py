"""Follow the ledger and keep the counts of formats: of each record it tells of, what is held now against what was."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from lantai.catalog.queries.forms import HeldRecord, held_records
from lantai.catalog.services import COPY_KEPT
from lantai.catalog.services.identifying import CORRECTED
from lantai.ledger.queries import EntryView, cursor_position, entries_after, latest_checkpoint
from lantai.ledger.services import advance_cursor
from lantai.preservation.models import FormatCount, HeldFormat, RefusedCopy
from lantai.preservation.services.planning import review_plans

FORMATS_FOLLOWER = "preservation.formats"
COPY_REFUSED = "record.copy-refused"
FOLLOWED = (
    *(
        "record.accessioned",
        "record.confirmed",
        "record.described",
        "record.split",
        "record.merged",
        "record.destroyed",
    ),
    *("record.moved", COPY_KEPT, COPY_REFUSED, CORRECTED),
)
"""Entries after which a record may hold other formats, lie elsewhere, or have another copy."""
AT_ONCE = 100
"""Records counted in one transaction."""

_FIGURES = ("records", "files", "bytes", "copied", "refused")
_Place = tuple[str, str, str, int, str]
"""Fonds, category, class, secrecy, format."""


@dataclass(slots=True)
class _Held:
    """What one record holds of one format."""

    files: int = 0
    bytes: int = 0
    copied: int = 0
    refused: int = 0

    def figures(self) -> Counter[str]:
        return Counter(records=1, files=self.files, bytes=self.bytes, copied=self.copied, refused=self.refused)


@dataclass(slots=True)
class _Change:
    """What the counts of a place gain and lose."""

    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)


def follow_formats(*, now: datetime, most: int = 2000) -> int:
    """Count the records that the ledger told of since the last call; returns how many entries were read, at most
    *most*. Idempotent: counts and position change in one transaction, a record counted again changes nothing.
    """
    checkpoint = latest_checkpoint()
    until = checkpoint.size if checkpoint else 0
    position = cursor_position(follower=FORMATS_FOLLOWER)
    entries = entries_after(position=position, kinds=FOLLOWED, limit=most)
    codes: dict[str, None] = {}
    for entry in entries:
        codes |= dict.fromkeys(_codes(entry))
        if len(codes) >= AT_ONCE:
            _advance(list(codes), (entry.index or 0) + 1, now)
            codes = {}
    reached = until if len(entries) < most else (entries[-1].index or 0) + 1
    if codes or reached > position:
        _advance(list(codes), max(reached, position, *((each.index or 0) + 1 for each in entries)), now)
    return len(entries)


def _codes(entry: EntryView) -> Sequence[str]:
    listed = (entry.detail or {}).get("records")
    return listed if isinstance(listed, list) else [entry.subject]


def _advance(codes: Sequence[str], position: int, now: datetime) -> None:
    """One step: count some records and move on, in one transaction."""
    with transaction.atomic():
        for start in range(0, len(codes), AT_ONCE):
            count_records(record_codes=codes[start : start + AT_ONCE], now=now)
        advance_cursor(follower=FORMATS_FOLLOWER, position=position)


def count_records(*, record_codes: Collection[str], now: datetime) -> None:
    """Bring the rows and the counts of these records up to what they hold now, in the caller's transaction. Only the
    follower calls this: one process at a time.
    """
    records = held_records(record_codes=record_codes)
    ids = [each.id for each in records]
    refused: dict[int, set[str]] = defaultdict(set)
    for record_id, path in RefusedCopy.objects.filter(record_id__in=ids).values_list("record_id", "path"):
        refused[record_id].add(path)
    before: dict[int, dict[str, HeldFormat]] = defaultdict(dict)
    for row in HeldFormat.objects.filter(record_id__in=ids):
        before[row.record_id][row.puid] = row
    changes: dict[_Place, _Change] = defaultdict(_Change)
    names: dict[str, str] = {}
    fresh: list[HeldFormat] = []
    gone: set[int] = set()
    for record in records:
        held, rows = _held(record, refused[record.id], names), before[record.id]
        for puid, row in rows.items():
            if puid not in held or _changed(row, record, held[puid]):
                gone.add(row.pk)
                changes[_place(row)].lost.update(_figures(row))
        for puid, found in held.items():
            if puid not in rows or rows[puid].pk in gone:
                changes[_place_of(record, puid)].gained.update(found.figures())
                fresh.append(_row(record, puid, found))
    HeldFormat.objects.filter(pk__in=gone).delete()
    HeldFormat.objects.bulk_create(fresh)
    if _apply(changes, names):
        review_plans(now=now)


def _held(record: HeldRecord, refused: Collection[str], names: dict[str, str]) -> dict[str, _Held]:
    """By format what a record holds; nothing when it is held no more."""
    found: dict[str, _Held] = defaultdict(_Held)
    for file in record.files if record.held else ():
        each = found[file.puid]
        each.files += 1
        each.bytes += file.bytes
        if file.path in record.copied:
            each.copied += 1
        elif file.path in refused:
            each.refused += 1
        names.setdefault(file.puid, file.name)
    return dict(found)


def _changed(row: HeldFormat, record: HeldRecord, held: _Held) -> bool:
    return (_place(row), row.files, row.bytes, row.copied, row.refused) != (
        _place_of(record, row.puid), held.files, held.bytes, held.copied, held.refused,
    )  # fmt: skip


def _place(row: HeldFormat | FormatCount) -> _Place:
    return row.fonds_code, row.category_code, row.class_code, row.secrecy, row.puid


def _place_of(record: HeldRecord, puid: str) -> _Place:
    return record.fonds, record.category, record.class_code, record.secrecy, puid


def _figures(row: HeldFormat) -> Counter[str]:
    return _Held(row.files, row.bytes, row.copied, row.refused).figures()


def _row(record: HeldRecord, puid: str, held: _Held) -> HeldFormat:
    return HeldFormat(
        record_id=record.id,
        fonds_code=record.fonds,
        category_code=record.category,
        class_code=record.class_code,
        secrecy=record.secrecy,
        puid=puid,
        files=held.files,
        bytes=held.bytes,
        copied=held.copied,
        refused=held.refused,
    )


def _apply(changes: Mapping[_Place, _Change], names: Mapping[str, str]) -> bool:
    """Change the counts; whether a format came that was not held before."""
    puids = {each[4] for each in changes}
    known = set(FormatCount.objects.filter(puid__in=puids, files__gt=0).values_list("puid", flat=True).distinct())
    near = FormatCount.objects.select_for_update().filter(
        puid__in=puids, fonds_code__in={each[0] for each in changes}, category_code__in={each[1] for each in changes}
    )
    rows = {_place(each): each for each in near}
    missing = [_count_row(place, names) for place in changes if place not in rows]
    rows |= {_place(each): each for each in FormatCount.objects.bulk_create(missing)}
    for place, change in changes.items():
        for name in _FIGURES:
            setattr(rows[place], name, getattr(rows[place], name) + change.gained[name] - change.lost[name])
    FormatCount.objects.bulk_update([rows[place] for place in changes], _FIGURES, batch_size=100)
    return not {place[4] for place in changes if rows[place].files > 0} <= known


def _count_row(place: _Place, names: Mapping[str, str]) -> FormatCount:
    fonds, category, class_code, secrecy, puid = place
    return FormatCount(
        fonds_code=fonds,
        category_code=category,
        class_code=class_code,
        secrecy=secrecy,
        puid=puid,
        name=names.get(puid, "")[:300],
    )
