"""Copies made and read back (复制与核对), location by location, and copies of removed objects taken away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from lantai.archival import ocfl
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.models import Copy, Location, Removal
from lantai.storage.roots import MAIN
from lantai.storage.services.fixity import mark_damaged
from lantai.storage.services.planning import judge_objects
from lantai.storage.stores import open_store

BATCH = 200
BATCH_BYTES = 256 << 20
REST = timedelta(minutes=10)
"""How long a copy that failed is left alone."""


@dataclass(frozen=True, slots=True)
class CopiesMade:
    """What one call of ``copy_wanted`` did: objects copied and read back, their bytes, those that failed."""

    copied: int
    bytes: int
    failed: int


def copy_wanted(*, location: str, pace: Callable[[int], None] = lambda _count: None) -> CopiesMade:
    """Make the next batch of copies wanted at *location*, with one flush for all, each read back and digested there.

    At the main location the first copy is only read again. Whatever breaks off is done again: until it is read back a
    copy is wanted. A source found damaged is marked, and the next call takes another. *pace* is told of bytes and may
    wait. Raises OSError when the location fails.
    """
    place = Location.objects.get(code=location)
    rows = _next_batch(place)
    if place.code == MAIN:
        return _verify_first(place, rows, pace)
    by_source: dict[Location, list[Copy]] = defaultdict(list)
    for row, source in zip(rows, _sources(rows, place), strict=True):
        if source is None:
            _fail(row, "no sound copy to copy from", timezone.now())
        else:
            by_source[source].append(row)
    made = CopiesMade(0, 0, len(rows) - sum(len(each) for each in by_source.values()))
    target = open_store(place)
    for source, group in by_source.items():
        wanted = [ocfl.Wanted(each.stored.object_id, each.stored.inventory_digest) for each in group]
        outcomes = ocfl.copy_objects(open_store(source), target, wanted, pace=pace)
        _note(place, source, group, outcomes, timezone.now())
        good = [each for each in outcomes if not each.fault]
        made = CopiesMade(
            made.copied + len(good),
            made.bytes + sum(each.bytes for each in good),
            made.failed + len(outcomes) - len(good),
        )
    return made


def carry_out_removals(*, location: str, limit: int = BATCH) -> int:
    """Take away copies at *location* of objects that are no longer kept; returns how many. At a location that is
    written once they stay, for a person to destroy the carrier. Raises OSError when the location fails.
    """
    place = Location.objects.get(code=location)
    if place.write_once:
        return 0
    store = open_store(place)
    done = 0
    for removal in Removal.objects.filter(location=place).order_by("pk")[:limit]:
        if not Copy.objects.filter(location=place, stored__object_id=removal.object_id).exists():
            store.remove(ocfl.object_folder(removal.object_id))
        now = timezone.now()
        with transaction.atomic():
            removal.delete()
            detail = {"location": place.code, "reason": removal.reason}
            _tell("storage.copy-removed", removal.object_id, now, detail)
        done += 1
    return done


def waiting_at() -> dict[str, int]:
    """How many copies and removals wait at each location that is there, by its code."""
    now, found = timezone.now(), {}
    for place in Location.objects.filter(away_since=None):
        count = _wanted(place, now).count()
        if not place.write_once:
            count += Removal.objects.filter(location=place).count()
        if count:
            found[place.code] = count
    return found


def _wanted(place: Location, now: datetime) -> QuerySet[Copy]:
    rested = Q(tried_at=None) | Q(tried_at__lt=now - REST)
    rows = Copy.objects.filter(rested, location=place, state=Copy.State.WANTED)
    if place.code == MAIN:  # whatever is copied elsewhere is read on the way: that is enough
        coming = Copy.objects.filter(stored=OuterRef("stored"), state=Copy.State.WANTED, tried_at=None)
        rows = rows.exclude(Exists(coming.filter(location__away_since=None).exclude(location=place)))
    return rows.filter(head="") if place.write_once else rows


def _next_batch(place: Location) -> list[Copy]:
    rows = _wanted(place, timezone.now()).select_related("stored").order_by("id")[:BATCH]
    batch: list[Copy] = []
    filled = 0
    for row in rows:
        if batch and filled + row.stored.bytes > BATCH_BYTES:
            break
        batch.append(row)
        filled += row.stored.bytes
    return batch


def _sources(rows: Sequence[Copy], target: Location) -> list[Location | None]:
    """For each the location it is copied from: the main one, unless its copy is known to be bad or it is away; else
    another with a verified copy of the same version, file systems first.
    """
    others: dict[int, list[Copy]] = defaultdict(list)
    found = Copy.objects.filter(stored__in=[each.stored_id for each in rows]).exclude(location=target)
    for each in found.select_related("location", "stored").order_by("location__kind", "location_id"):
        fresh = each.location.code == MAIN and each.state == Copy.State.WANTED
        sound = each.state == Copy.State.VERIFIED and each.inventory_digest == each.stored.inventory_digest
        if each.location.away_since is None and (fresh or sound):
            others[each.stored_id].append(each)
    return [
        next((each.location for each in sorted(others[row.stored_id], key=lambda it: it.location.code != MAIN)), None)
        for row in rows
    ]


def _verify_first(place: Location, rows: Sequence[Copy], pace: Callable[[int], None]) -> CopiesMade:
    """Read the first copies again, where nothing else does."""
    store, made = open_store(place), CopiesMade(0, 0, 0)
    for row in rows:
        problems = ocfl.check_copy(store, row.stored.object_id, inventory_digest=row.stored.inventory_digest)
        pace(row.stored.bytes)
        now = timezone.now()
        with transaction.atomic():
            alive = Copy.objects.select_for_update().select_related("stored").filter(pk=row.pk).first()
            if alive is None or alive.stored.inventory_digest != row.stored.inventory_digest:
                continue  # removed or changed while it was read
            if problems:
                _damaged(alive, problems, now)
            else:
                _verified(alive, alive.stored.head, now)
            alive.save()
            judge_objects(stored_ids=[alive.stored_id])
        good = int(not problems)
        made = CopiesMade(made.copied + good, made.bytes + good * row.stored.bytes, made.failed + 1 - good)
    return made


def _note(
    place: Location, source: Location, group: Sequence[Copy], outcomes: Sequence[ocfl.Copied], now: datetime
) -> None:
    """Write down what became of a batch, in one transaction; what was removed meanwhile must go again."""
    with transaction.atomic():
        stored = [each.stored_id for each in group]
        alive = {
            (each.stored_id, each.location_id): each
            for each in Copy.objects.select_for_update()
            .select_related("stored")
            .filter(stored__in=stored, location__in=[place, source])
        }
        changed: list[Copy] = []
        good: list[ocfl.Copied] = []
        for row, outcome in zip(group, outcomes, strict=True):
            mine, first = alive.get((row.stored_id, place.pk)), alive.get((row.stored_id, source.pk))
            if mine is None:
                want_removals(object_ids=[row.stored.object_id], location=place, reason="removed while copied", now=now)
                continue
            if mine.stored.inventory_digest != row.stored.inventory_digest:
                continue  # it has got a new version meanwhile, and is wanted again
            changed.append(mine)
            if outcome.fault == "source" and first is not None:
                _damaged(first, outcome.problems, now)
                changed.append(first)
            elif outcome.fault:
                mine.tried_at, mine.fault = now, _said(outcome.problems)
            else:
                good.append(outcome)
                _verified(mine, outcome.head, now)
                if first is not None and outcome.source_read:
                    _verified(first, outcome.head, now)
                    changed.append(first)
        fields = ["state", "head", "inventory_digest", "verified_at", "suspect_at", "tried_at", "fault"]
        Copy.objects.bulk_update(changed, fields)
        judge_objects(stored_ids=stored)
        if good:
            detail = {
                "source": source.code, "objects": [each.object_id for each in good],
                "bytes": sum(each.bytes for each in good),
            }  # fmt: skip
            _tell("storage.copied", f"location:{place.code}", now, detail)


def want_removals(*, object_ids: Sequence[str], location: Location, reason: str, now: datetime) -> None:
    """Have the copies of objects at a location taken away, in the caller's transaction."""
    Removal.objects.bulk_create(
        [Removal(object_id=each, location=location, asked_at=now, reason=reason) for each in object_ids],
        ignore_conflicts=True,
    )


def _verified(copy: Copy, head: str, now: datetime) -> None:
    copy.state, copy.head, copy.inventory_digest = Copy.State.VERIFIED, head, copy.stored.inventory_digest
    copy.verified_at, copy.suspect_at, copy.tried_at, copy.fault = now, None, None, ""


def _damaged(copy: Copy, problems: Sequence[ocfl.Problem], now: datetime) -> None:
    mark_damaged(copy=copy, problems=problems, now=now)
    told = [{"code": each.code, "path": each.path} for each in problems[:20]]
    detail = {"location": copy.location.code, "problems": told}
    _tell("storage.copy-damaged", copy.stored.object_id, now, detail, result="failed")


def _fail(copy: Copy, why: str, now: datetime) -> None:
    Copy.objects.filter(pk=copy.pk).update(tried_at=now, fault=why)


def _said(problems: Sequence[ocfl.Problem]) -> str:
    return "; ".join(f"{each.code} {each.path} {each.detail}".strip() for each in problems)[:300]


def _tell(kind: str, subject: str, now: datetime, detail: Mapping[str, object], result: str = "") -> None:
    entry = NewEntry(kind=kind, subject=subject, actor="system:storage", at=now, detail=detail, result=result)
    append_entries(entries=[entry])
