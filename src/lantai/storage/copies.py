"""How the copies stand (副本状况): locations, objects below policy, policies, carriers; for pages and commands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat

from lantai.storage.models import (
    Backup,
    Copy,
    CopyPolicy,
    Location,
    Medium,
    Removal,
    RestoreDrill,
    StoredObject,
    VerificationFinding,
    VerificationRound,
)
from lantai.storage.policy import DEFAULT, Demand
from lantai.storage.roots import MAIN
from lantai.storage.stores import address_of

_BACKUP, _DRILLED = "backup:", "backup:drilled"
_AWAY, _FOUND, _ROUND = "away:", "found:", "round:"


@dataclass(frozen=True, slots=True)
class LocationView:
    """A location with what was declared and measured of it, and how many of its copies stand how.

    *shares* are the codes of other locations on the same device or endpoint: copies there count once.
    """

    code: str
    kind: str
    kind_name: str
    address: str
    medium: str
    medium_name: str
    place: str
    device: str
    offline: bool
    write_once: bool
    in_service: bool
    away_since: datetime | None
    trouble: str
    looked_at: datetime | None
    declared_by: str
    declared_at: datetime | None
    promises: Mapping[str, str]
    verified: int
    wanted: int
    bad: int
    removals: int
    oldest: datetime | None
    shares: Sequence[str]


@dataclass(frozen=True, slots=True)
class CopyView:
    """One copy of an object."""

    location: str
    state: str
    state_name: str
    head: str
    newest: bool
    verified_at: datetime | None
    fault: str
    away: bool


@dataclass(frozen=True, slots=True)
class ObjectView:
    """An object and its copies. *lacking* is what the policy still asks: what, how many there are, how many must be."""

    object_id: str
    head: str
    bytes: int
    files: int
    deposited_at: datetime
    safe: bool
    demand: Demand
    lacking: Sequence[tuple[str, int, int]]
    copies: Sequence[CopyView]


@dataclass(frozen=True, slots=True)
class RoundDone:
    """The newest finished round of verification: when, and how many things were looked at by area."""

    finished_at: datetime
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BackupFigures:
    """The newest kept backup of the database and of the keys, the newest failure, the last drill; None before it."""

    database: datetime | None
    keys: datetime | None
    failed: datetime | None
    drilled: datetime | None


@dataclass(frozen=True, slots=True)
class SafetyFigures:
    """Objects kept, those whose policy is met, since when the oldest of the others is kept; copies still to be made or
    damaged, locations away that should not be, when the copy verified longest ago was; open findings of
    verification by area, and its newest round; how backups stand.
    """

    objects: int
    safe: int
    below_since: datetime | None
    wanted: int
    bad: int
    away: Sequence[str]
    oldest: datetime | None
    findings: Mapping[str, int]
    verified: RoundDone | None
    backups: BackupFigures

    @property
    def below(self) -> int:
        """Objects below their policy."""
        return self.objects - self.safe


@dataclass(frozen=True, slots=True)
class PolicyView:
    """A policy; the default, which no row says, has ``kept`` False."""

    fonds_code: str
    class_code: str
    demand: Demand
    kept: bool


@dataclass(frozen=True, slots=True)
class CarrierView:
    """A carrier of the register. *capacity* in bytes."""

    number: str
    kind_name: str
    capacity: int
    content: str
    place: str
    location: str
    made_on: date
    checked_on: date | None
    outcome: str
    next_check_on: date | None
    state: str
    state_name: str


def safety_figures() -> SafetyFigures:
    """How safe everything is, in one query."""
    objects = (
        StoredObject.objects.annotate(of=Value("objects"))
        .values("of")
        .annotate(
            first=Count("pk"),
            second=Count("pk", filter=Q(safe=True)),
            at=Min("deposited_at", filter=Q(safe=False)),
        )
    )
    copies = (
        Copy.objects.annotate(of=Value("copies"))
        .values("of")
        .annotate(
            first=Count("pk", filter=Q(state=Copy.State.WANTED)),
            second=Count("pk", filter=Q(state__in=[Copy.State.DAMAGED, Copy.State.MISSING])),
            at=Min("verified_at", filter=Q(state=Copy.State.VERIFIED)),
        )
    )
    away = (
        Location.objects.filter(away_since__isnull=False, offline=False, in_service=True)
        .annotate(of=Concat(Value(_AWAY), "code"))
        .values("of")
        .annotate(first=Count("pk"), second=Count("pk"), at=Min("away_since"))
    )
    findings = (
        VerificationFinding.objects.filter(mended_at=None)
        .annotate(of=Concat(Value(_FOUND), "area"))
        .values("of")
        .annotate(first=Count("pk"), second=Count("pk"), at=Min("found_at"))
    )
    newest = VerificationRound.objects.filter(finished_at__isnull=False).order_by("-finished_at").values("pk")[:1]
    rounds = (
        VerificationRound.objects.filter(pk=Subquery(newest))
        .annotate(
            of=Concat(Value(_ROUND), Cast("figures", TextField()), output_field=TextField()),
            first=F("pk"),
            second=F("pk"),
            at=F("finished_at"),
        )
        .values("of", "first", "second", "at")
    )
    backups = (
        Backup.objects.filter(state__in=[Backup.State.KEPT, Backup.State.FAILED])
        .annotate(of=Concat(Value(_BACKUP), "state", Value(":"), "kind"))
        .values("of")
        .annotate(first=Count("pk"), second=Count("pk"), at=Max("begun_at"))
    )
    drills = (
        RestoreDrill.objects.annotate(of=Value(_DRILLED))
        .values("of")
        .annotate(first=Count("pk"), second=Count("pk"), at=Max("begun_at"))
    )
    rows: Any = objects.union(copies, away, findings, rounds, backups, drills, all=True)
    told: dict[str, Mapping[str, Any]] = {each["of"]: each for each in rows}
    nothing: Mapping[str, Any] = {"first": 0, "second": 0, "at": None}
    kept, made = told.get("objects", nothing), told.get("copies", nothing)
    return SafetyFigures(
        kept["first"], kept["second"], kept["at"], made["first"], made["second"],
        tuple(sorted(each.removeprefix(_AWAY) for each in told if each.startswith(_AWAY))), made["at"],
        {each.removeprefix(_FOUND): row["first"] for each, row in told.items() if each.startswith(_FOUND)},
        next(
            (
                RoundDone(row["at"], json.loads(each.removeprefix(_ROUND)))
                for each, row in told.items()
                if each.startswith(_ROUND)
            ),
            None,
        ),
        _backups({of.removeprefix(_BACKUP): row["at"] for of, row in told.items() if of.startswith(_BACKUP)}),
    )  # fmt: skip


def _backups(told: Mapping[str, datetime]) -> BackupFigures:
    """How backups stand, of the last moments by state and kind."""
    kept, failed = f"{Backup.State.KEPT.value}:", f"{Backup.State.FAILED.value}:"
    return BackupFigures(
        database=told.get(f"{kept}database"),
        keys=told.get(f"{kept}keys"),
        failed=max((at for of, at in told.items() if of.startswith(failed)), default=None),
        drilled=told.get(_DRILLED.removeprefix(_BACKUP)),
    )


def list_locations(*, code: str = "") -> list[LocationView]:
    """Every location, the main one first, or only that of *code*."""
    rows = list(Location.objects.order_by("pk"))
    counted = {
        each["location"]: each
        for each in Copy.objects.values("location").annotate(
            verified=Count("pk", filter=Q(state=Copy.State.VERIFIED)),
            wanted=Count("pk", filter=Q(state=Copy.State.WANTED)),
            bad=Count("pk", filter=Q(state__in=[Copy.State.DAMAGED, Copy.State.MISSING])),
            oldest=Min("verified_at", filter=Q(state=Copy.State.VERIFIED)),
        )
    }
    removals = dict(Removal.objects.values_list("location").annotate(n=Count("pk")))
    rows.sort(key=lambda each: (each.code != MAIN, each.pk))
    return [
        _location(each, counted.get(each.pk, {}), removals.get(each.pk, 0), rows)
        for each in rows
        if code in ("", each.code)
    ]


def below_policy(*, offset: int = 0, limit: int = 50) -> tuple[list[ObjectView], int]:
    """Objects that are not safe, the oldest first, with why; and how many there are."""
    rows = StoredObject.objects.filter(safe=False).order_by("pk")
    page = rows[offset : offset + limit].prefetch_related("copies__location")
    return [_object(each) for each in page], rows.count()


def object_copies(*, object_id: str) -> ObjectView | None:
    """One object with its copies, or None."""
    row = StoredObject.objects.filter(object_id=object_id).prefetch_related("copies__location").first()
    return _object(row) if row else None


def list_policies() -> list[PolicyView]:
    """The policies, the most general first."""
    rows = [
        PolicyView(
            each.fonds_code,
            each.class_code,
            Demand(each.copies, each.media, each.elsewhere, each.detached),
            kept=True,
        )
        for each in CopyPolicy.objects.order_by("fonds_code", "class_code")
    ]
    if not any(not each.fonds_code and not each.class_code for each in rows):
        rows.insert(0, PolicyView("", "", DEFAULT, kept=False))
    return rows


def list_carriers(*, number: str = "", offset: int = 0, limit: int = 50) -> tuple[list[CarrierView], int]:
    """Carriers of the register, those whose check is due first; or only that of *number*."""
    rows = Medium.objects.select_related("location").order_by("next_check_on", "number")
    rows = rows.filter(number=number) if number else rows
    return [_carrier(each) for each in rows[offset : offset + limit]], rows.count()


def _location(row: Location, counted: Mapping[str, Any], removals: int, rows: Sequence[Location]) -> LocationView:
    return LocationView(
        code=row.code, kind=row.kind, kind_name=row.get_kind_display(), address=address_of(row),
        medium=row.medium, medium_name=row.get_medium_display() if row.medium else "", place=row.place,
        device=row.device, offline=row.offline, write_once=row.write_once, in_service=row.in_service,
        away_since=row.away_since, trouble=row.trouble, looked_at=row.looked_at,
        declared_by=row.declared_by, declared_at=row.declared_at, promises=dict(row.promises),
        verified=counted.get("verified", 0), wanted=counted.get("wanted", 0), bad=counted.get("bad", 0),
        removals=removals, oldest=counted.get("oldest"),
        shares=[each.code for each in rows if each.pk != row.pk and row.device and each.device == row.device],
    )  # fmt: skip


def _object(row: StoredObject) -> ObjectView:
    copies = [
        CopyView(
            location=each.location.code, state=each.state, state_name=each.get_state_display(), head=each.head,
            newest=each.inventory_digest == row.inventory_digest, verified_at=each.verified_at, fault=each.fault,
            away=each.location.away_since is not None,
        )
        for each in row.copies.all()
    ]  # fmt: skip
    return ObjectView(
        row.object_id, row.head, row.bytes, row.files, row.deposited_at, row.safe,
        Demand(**row.demand) if row.demand else DEFAULT,
        [(each["what"], each["have"], each["need"]) for each in row.lacking],
        sorted(copies, key=lambda each: (each.location != MAIN, each.location)),
    )  # fmt: skip


def _carrier(row: Medium) -> CarrierView:
    return CarrierView(
        row.number, row.get_kind_display(), row.capacity, row.content, row.place,
        row.location.code if row.location else "", row.made_on, row.checked_on, row.outcome, row.next_check_on,
        row.state, row.get_state_display(),
    )  # fmt: skip
