"""How the rounds of fixity stand (固定性检查), location by location, and what was put aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Q, Sum

from lantai.storage.models import Copy, Location, Quarantined

DAY_SECONDS = 86_400
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class LocationNamed:
    """A location by its code, with what it may be read with in megabytes a second."""

    code: str
    read_rate: int
    cycle_days: int


@dataclass(frozen=True, slots=True)
class FixityState:
    """How reading again stands at a location. ``late`` copies were not read within the cycle, ``suspects`` are read
    next; ``round_days`` is how long one round takes at the rate it has, and ``oldest`` when the copy was read that
    waits longest. Of a round somebody asked for at ``round_since``, ``round_left`` copies are still to be read.
    """

    code: str
    away: bool
    read_rate: int
    cycle_days: int
    copies: int
    bytes: int
    late: int
    suspects: int
    broken: int
    oldest: datetime | None
    round_since: datetime | None = None
    round_left: int = 0
    paused_since: datetime | None = None

    @property
    def round_days(self) -> float:
        """Days of one round at the rate of the location."""
        return self.bytes / (self.read_rate * _MEGABYTE) / DAY_SECONDS

    @property
    def holds(self) -> bool:
        """Whether the promised cycle can be kept, and is."""
        return self.round_days <= self.cycle_days and not self.late


@dataclass(frozen=True, slots=True)
class DamagedCopy:
    """A copy that waits for its repair: when it was last read and found sound, when repairing it was tried last."""

    object_id: str
    location: str
    state: str
    fault: str
    verified_at: datetime | None
    tried_at: datetime | None


@dataclass(frozen=True, slots=True)
class AsideView:
    """What was put aside of a damaged copy."""

    id: int
    object_id: str
    location: str
    place: str
    problems: tuple[str, ...]
    bytes: int
    at: datetime


def location_named(*, code: str) -> LocationNamed:
    """The location with that code. Raises Location.DoesNotExist."""
    place = Location.objects.get(code=code)
    return LocationNamed(place.code, place.read_rate, place.cycle_days)


def fixity_states(*, now: datetime) -> list[FixityState]:
    """How reading again stands at every location, in two queries."""
    read = Q(state=Copy.State.VERIFIED)
    counted = {
        each["location_id"]: each
        for each in Copy.objects.values("location_id").annotate(
            copies=Count("pk", filter=read),
            volume=Sum("stored__bytes", filter=read),
            suspects=Count("pk", filter=read & Q(suspect_at__isnull=False)),
            broken=Count("pk", filter=Q(state__in=(Copy.State.DAMAGED, Copy.State.MISSING))),
            oldest=Min("verified_at", filter=read),
        )
    }
    states = []
    for place in Location.objects.order_by("pk"):
        told: Mapping[str, Any] = counted.get(place.pk, {})
        oldest = told.get("oldest")
        due = now - timedelta(days=place.cycle_days)
        late = Copy.objects.filter(read, location=place, verified_at__lt=due).count() if oldest and oldest < due else 0
        left = 0
        if place.round_since is not None:
            left = Copy.objects.filter(read, location=place, verified_at__lt=place.round_since).count()
        states.append(
            FixityState(
                place.code, place.away_since is not None, place.read_rate, place.cycle_days, told.get("copies", 0),
                told.get("volume") or 0, late, told.get("suspects", 0), told.get("broken", 0), oldest,
                place.round_since, left, place.paused_since,
            )
        )  # fmt: skip
    return states


def damaged_copies(*, location: str = "", limit: int = 1000) -> list[DamagedCopy]:
    """Copies that are damaged or missing and not repaired yet, the oldest first, at one location or at all."""
    rows = Copy.objects.filter(state__in=(Copy.State.DAMAGED, Copy.State.MISSING)).select_related("stored", "location")
    rows = rows.filter(location__code=location) if location else rows
    return [
        DamagedCopy(each.stored.object_id, each.location.code, each.state, each.fault, each.verified_at, each.tried_at)
        for each in rows.order_by("pk")[:limit]
    ]


def put_aside_copies(*, limit: int = 100) -> list[AsideView]:
    """What was put aside and not let go yet, the newest first."""
    return [
        AsideView(each.pk, each.object_id, each.location.code, each.place, tuple(each.problems), each.bytes, each.at)
        for each in Quarantined.objects.select_related("location").order_by("-pk")[:limit]
    ]
