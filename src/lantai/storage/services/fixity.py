"""Rounds of fixity over every location (固定性检查): copies read again, the newest risk first, and repaired.

What was found damaged is put aside, made again from a copy that was just read and found sound, and told to the ledger;
a person is asked where no sound copy is left, or the carrier cannot be written. There is no round to keep: when each
copy was read last stands in its row, so that one broken off anywhere goes on there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Role
from lantai.administration.queries.roles import people_in_role
from lantai.administration.services.people_access import Actor
from lantai.archival import ocfl
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.models import Copy, Location, Quarantined, StoredObject
from lantai.storage.quarantine import put_aside
from lantai.storage.roots import MAIN
from lantai.storage.services.locations import LocationRefused, require_keeper
from lantai.storage.services.planning import judge_objects
from lantai.storage.stores import open_store
from lantai.work.services import DutyToRaise, Sentence, finish_work, notify, raise_work

DUTY = "copies-damaged"
NEAR = 50
"""So many copies written before and after a damaged one are read next: damage rarely comes alone."""
BATCH = 50
REST = timedelta(hours=1)
"""How long a copy that could not be repaired is left alone."""
_BAD = (Copy.State.DAMAGED, Copy.State.MISSING)
_TOLD = 20


@dataclass(frozen=True, slots=True)
class CopiesRead:
    """What one call of ``read_copies`` did: copies and bytes read again, and how many were damaged."""

    copies: int
    bytes: int
    damaged: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """What one call of ``repair_copies`` did: copies made anew, and those for which it could not be done."""

    repaired: int
    left: int


def read_copies(*, location: str, limit: int = BATCH, pace: Callable[[int], None] = lambda _count: None) -> CopiesRead:
    """Read up to *limit* copies of a location again: those near a damage first, the newest of them first, then those
    that were read longest ago and are due by the location's cycle.

    Every byte is read and digested: declaration, sidecars, inventories, file set, contents. *pace* is told of bytes and
    may wait. Raises Location.DoesNotExist, OSError when the location as a whole cannot be read.
    """
    place = Location.objects.get(code=location)
    store = open_store(place)
    if not ocfl.root_is_there(store):
        raise FileNotFoundError(f"no storage root at {place.code}")
    done = CopiesRead(0, 0, 0)
    for row in _due(place, timezone.now())[:limit]:
        digest = row.stored.inventory_digest
        problems = _read(store, row, digest)
        pace(row.stored.bytes)
        bad = _note(row, digest, problems, timezone.now())
        done = CopiesRead(done.copies + 1, done.bytes + row.stored.bytes, done.damaged + bad)
    return done


def copies_due(*, now: datetime) -> list[str]:
    """Codes of the locations where copies are to be read again or repaired now."""
    return [
        place.code
        for place in Location.objects.filter(away_since=None, paused_since=None).order_by("pk")
        if _due(place, now)[:1] or _broken(place, now)[:1]
    ]


def ask_reading(*, now: datetime) -> int:
    """Have every copy that is known as sound read again, whatever the cycle of its location says; returns how many."""
    return Copy.objects.filter(location__away_since=None, state=Copy.State.VERIFIED).update(suspect_at=now)


def repair_copies(*, location: str, limit: int = BATCH, pace: Callable[[int], None] = lambda _count: None) -> Repaired:
    """Make damaged and missing copies at a location anew, each from another copy that is read whole first.

    What lay there is put aside before. Where no sound copy is left, or the carrier is written once, everything stays as
    it is, and a person is asked. Raises OSError when the location as a whole fails.
    """
    place = Location.objects.get(code=location)
    done = Repaired(0, 0)
    for row in _broken(place, timezone.now())[:limit]:
        source = None if place.write_once else _sound_source(row, pace)
        if source is not None and _make_again(row, place, source, pace):
            done = Repaired(done.repaired + 1, done.left)
        else:
            Copy.objects.filter(pk=row.pk).update(tried_at=timezone.now())
            done = Repaired(done.repaired, done.left + 1)
    _ask(place, timezone.now())
    return done


def mark_first_copies(
    *, sound: Sequence[StoredObject], damaged: Sequence[tuple[StoredObject, Sequence[ocfl.Problem]]], now: datetime
) -> None:
    """Take over what a verification found about first copies, in the caller's transaction; it told the ledger."""
    first = Copy.objects.filter(location__code=MAIN)
    kept = first.filter(stored__in=sound).exclude(state=Copy.State.WANTED)
    kept.update(state=Copy.State.VERIFIED, verified_at=now, suspect_at=None, fault="")
    for stored, problems in damaged:
        for row in first.filter(stored=stored).select_related("stored", "location"):
            mark_damaged(copy=row, problems=problems, now=now)
            row.save()
    judge_objects(stored_ids=[each.pk for each in (*sound, *(stored for stored, _problems in damaged))])


def mark_damaged(*, copy: Copy, problems: Sequence[ocfl.Problem], now: datetime) -> None:
    """Say of *copy*, which the caller saves, that it is damaged; the object's other copies, and those written near this
    one, are to be read again. In the caller's transaction.
    """
    gone = any(each.code == "L001" for each in problems)
    copy.state = Copy.State.MISSING if gone else Copy.State.DAMAGED
    copy.suspect_at, copy.tried_at = None, None
    copy.fault = "; ".join(f"{each.code} {each.path} {each.detail}".strip() for each in problems)[:300]
    if copy.location.code == MAIN:
        StoredObject.objects.filter(pk=copy.stored_id).update(sound=False, checked_at=now)
    near = Q(stored=copy.stored_id) | Q(location=copy.location, pk__range=(copy.pk - NEAR, copy.pk + NEAR))
    Copy.objects.filter(near, state=Copy.State.VERIFIED).exclude(pk=copy.pk).update(suspect_at=now)


def set_reading(*, code: str, read_rate: int, cycle_days: int, by: Actor, now: datetime) -> None:
    """Say how fast (megabytes a second) the copies of a location may be read again, and how long at most one stays
    unread. Raises Location.DoesNotExist, LocationRefused, Refused.
    """
    require_keeper(by=by)
    if not (1 <= read_rate <= 10_000 and 1 <= cycle_days <= 3650):
        raise LocationRefused(_("读取速度为 1 至 10000 MB/s，周期为 1 至 3650 天。"))
    with transaction.atomic():
        place = Location.objects.select_for_update().get(code=code)
        before = {"read_rate": place.read_rate, "cycle_days": place.cycle_days}
        place.read_rate, place.cycle_days = read_rate, cycle_days
        place.save(update_fields=["read_rate", "cycle_days"])
        after = {"read_rate": read_rate, "cycle_days": cycle_days}
        _tell("storage.reading-set", f"location:{code}", now, {"before": before, "after": after}, by=by)


def release_quarantined(*, quarantined_ids: Sequence[int], by: Actor, now: datetime) -> int:
    """Let go what was put aside of damaged copies, one that is gone left out; their bytes are removed. Returns how many
    were let go. Raises Refused, OSError.
    """
    require_keeper(by=by)
    with transaction.atomic():
        rows = list(Quarantined.objects.select_for_update().filter(pk__in=quarantined_ids).order_by("pk"))
        codes = dict(Location.objects.values_list("pk", "code"))
        for row in rows:
            detail = {"location": codes[row.location_id], "place": row.place, "bytes": row.bytes}
            _tell("storage.quarantine-released", row.object_id, now, detail, by=by)
        Quarantined.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        ocfl.POSIX.remove_tree(row.place)
    return len(rows)


def _due(place: Location, now: datetime) -> list[Copy]:
    """The next copies to be read: suspects, the newest suspicion first; then those whose cycle is over, and those not
    read since a round was asked for.
    """
    if place.paused_since is not None:
        return []
    verified = Copy.objects.filter(location=place, state=Copy.State.VERIFIED).select_related("stored", "location")
    suspects = verified.filter(suspect_at__isnull=False).order_by("-suspect_at", "pk")[:BATCH]
    late = verified.filter(suspect_at=None, verified_at__lt=due_before(place=place, now=now))
    return [*suspects, *late.order_by("verified_at", "pk")[:BATCH]]


def due_before(*, place: Location, now: datetime) -> datetime:
    """A copy at *place* that was read before this moment is due."""
    cycle = now - timedelta(days=place.cycle_days)
    return cycle if place.round_since is None else max(cycle, place.round_since)


def _read(store: ocfl.ObjectStore, row: Copy, digest: str) -> list[ocfl.Problem]:
    """Read one copy. What nobody has read for a whole cycle lies in no page cache; a suspect is read past it, which
    costs more.
    """
    if isinstance(store, ocfl.PosixStore) and row.suspect_at is None:
        return ocfl.check_object(store.root, row.stored.object_id, inventory_digest=digest)
    return ocfl.check_copy(store, row.stored.object_id, inventory_digest=digest)


def _broken(place: Location, now: datetime) -> list[Copy]:
    if place.paused_since is not None:
        return []
    rested = Q(tried_at=None) | Q(tried_at__lt=now - REST)
    rows = Copy.objects.filter(rested, location=place, state__in=_BAD).select_related("stored", "location")
    return list(rows.order_by("pk")[:BATCH])


def _note(row: Copy, digest: str, problems: Sequence[ocfl.Problem], now: datetime) -> int:
    """Write down what reading came to; returns 1 when the copy is damaged."""
    with transaction.atomic():
        alive = Copy.objects.select_for_update().select_related("stored", "location").filter(pk=row.pk).first()
        if alive is None or alive.stored.inventory_digest != digest or alive.state != row.state:
            return 0  # removed, changed or judged by another while it was read
        if not problems:
            alive.verified_at, alive.suspect_at, alive.fault = now, None, ""
            alive.save(update_fields=["verified_at", "suspect_at", "fault"])
            return 0
        mark_damaged(copy=alive, problems=problems, now=now)
        alive.save()
        told = [{"code": each.code, "path": each.path} for each in problems[:_TOLD]]
        detail = {"location": alive.location.code, "problems": told}
        _tell("storage.copy-damaged", alive.stored.object_id, now, detail, result="failed")
        judge_objects(stored_ids=[alive.stored_id])
        return 1


def _sound_source(row: Copy, pace: Callable[[int], None]) -> Location | None:
    """A location whose copy of the object was read just now and is sound; copies found damaged on the way are noted."""
    digest = row.stored.inventory_digest
    others = Copy.objects.filter(
        stored=row.stored_id, state=Copy.State.VERIFIED, inventory_digest=digest, location__away_since=None
    )
    for each in others.exclude(pk=row.pk).select_related("stored", "location").order_by("location__kind", "pk"):
        try:
            problems = ocfl.check_copy(open_store(each.location), each.stored.object_id, inventory_digest=digest)
        except OSError:
            continue  # that location fails now; the next may have a sound one
        pace(each.stored.bytes)
        if not _note(each, digest, problems, timezone.now()) and not problems:
            return each.location
    return None


def _make_again(row: Copy, place: Location, source: Location, pace: Callable[[int], None]) -> bool:
    """Put the damaged copy aside and make it anew; whether what came was read back sound."""
    object_id, digest, now = row.stored.object_id, row.stored.inventory_digest, timezone.now()
    aside = put_aside(location=place, object_id=object_id, problems=row.fault, now=now)
    if aside is not None:
        with transaction.atomic():
            kept = Quarantined.objects.create(
                object_id=object_id, location=place, place=aside.place, problems=[row.fault], bytes=aside.bytes, at=now
            )
            told = {"location": place.code, "place": kept.place, "bytes": kept.bytes}
            _tell("storage.copy-put-aside", object_id, now, told)
    wanted = [ocfl.Wanted(object_id, digest)]
    outcome = ocfl.copy_objects(open_store(source), open_store(place), wanted, pace=pace)[0]
    now = timezone.now()
    with transaction.atomic():
        alive = Copy.objects.select_for_update().select_related("stored").filter(pk=row.pk).first()
        if outcome.fault or alive is None or alive.stored.inventory_digest != digest:
            return False
        alive.state, alive.head, alive.inventory_digest = Copy.State.VERIFIED, outcome.head, digest
        alive.verified_at, alive.suspect_at, alive.tried_at, alive.fault = now, None, None, ""
        alive.save()
        if place.code == MAIN:
            StoredObject.objects.filter(pk=alive.stored_id).update(sound=True, checked_at=now)
        told = {"location": place.code, "source": source.code, "head": outcome.head, "bytes": outcome.bytes}
        _tell("storage.copy-repaired", object_id, now, told, result="sound")
        judge_objects(stored_ids=[alive.stored_id])
    return True


def _ask(place: Location, now: datetime) -> None:
    """A duty for the archivists, and a notice, while damaged copies of a location could not be repaired."""
    left = Copy.objects.filter(location=place, state__in=_BAD).count()
    with transaction.atomic():
        if not left:
            finish_work(kind=DUTY, subjects=[place.code], by="system:storage", now=now)
            return
        why = Sentence("copies-damaged", {"location": place.code, "n": left})
        raise_work(duties=[DutyToRaise(DUTY, place.code, place.code, why, "archivist", now.date())], now=now)
        for person_id in people_in_role(role=Role.SYSTEM):
            notify(text=why, link="/storage/fixity/", person_id=person_id)


def _tell(
    kind: str, subject: str, now: datetime, detail: Mapping[str, object], *, result: str = "", by: Actor | None = None
) -> None:
    append_entries(
        entries=[
            NewEntry(
                kind=kind,
                subject=subject,
                actor=by.reference if by else "system:storage",
                role=by.role if by else "",
                address=by.address if by else "",
                at=now,
                detail=detail,
                result=result,
            )
        ]
    )
