"""How backups and drills stand, for pages, the command line, the schedule and the health page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, Subquery

from lantai.storage.copies import BackupFigures
from lantai.storage.models import Backup, BackupPolicy, KeyDestruction, RestoreDrill
from lantai.storage.services.completing import holders_of

DATABASE, KEYS = Backup.Kind.DATABASE.value, Backup.Kind.KEYS.value
_KEPT = Backup.State.KEPT.value


@dataclass(frozen=True, slots=True)
class BackupRules:
    """The policy in force (``BackupPolicy``); ``by`` is empty while nobody decided and the defaults count."""

    every: timedelta
    keys_every: timedelta
    generations: int
    key_days: int
    point: timedelta
    time: timedelta
    drill_days: int
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BackupView:
    """One line of the register."""

    name: str
    kind: str
    state: str
    by: str
    begun_at: datetime
    ended_at: datetime | None
    place: str
    bytes: int
    files: int
    digest: str
    entries: int
    facts: Mapping[str, Any]
    transit: bool
    gone_at: datetime | None
    trouble: str


@dataclass(frozen=True, slots=True)
class DrillView:
    """One drill with its report."""

    id: int
    backup: str
    by: str
    begun_at: datetime
    ended_at: datetime
    met: bool
    report: Mapping[str, Any]
    digest: str


def backup_rules() -> BackupRules:
    """The policy in force, its defaults where nobody decided."""
    row = BackupPolicy.objects.order_by("-id").first()
    kept = row or BackupPolicy()
    return BackupRules(
        timedelta(hours=kept.every_hours), timedelta(hours=kept.key_hours), kept.generations, kept.key_days,
        timedelta(hours=kept.point_hours), timedelta(minutes=kept.time_minutes), kept.drill_days,
        row.by if row else "", row.at if row else None,
    )  # fmt: skip


def list_backups(*, kind: str = "", offset: int = 0, limit: int = 50) -> tuple[list[BackupView], int]:
    """The register, the newest first, and how many lines it has."""
    rows = Backup.objects.filter(kind=kind) if kind else Backup.objects.all()
    return [_view(each) for each in rows.order_by("-begun_at", "-id")[offset : offset + limit]], rows.count()


def kept_backups(*, kind: str) -> list[BackupView]:
    """Those that are kept, the newest first."""
    return [_view(each) for each in Backup.objects.filter(kind=kind, state=_KEPT).order_by("-begun_at", "-id")]


def backups_with_transit() -> list[BackupView]:
    """Those that still have the packages on their way in."""
    return [_view(each) for each in Backup.objects.filter(transit=True).order_by("begun_at")]


def newest_backup(*, kind: str) -> BackupView | None:
    """The newest one that is kept."""
    row = Backup.objects.filter(kind=kind, state=_KEPT).order_by("-begun_at", "-id").first()
    return _view(row) if row is not None else None


def backup_figures() -> BackupFigures:
    """When what was last done, in one query."""
    kept = Q(state=_KEPT)
    newest = RestoreDrill.objects.order_by("-begun_at").values("begun_at")[:1]
    found = Backup.objects.aggregate(
        database=Max("begun_at", filter=kept & Q(kind=DATABASE)),
        keys=Max("begun_at", filter=kept & Q(kind=KEYS)),
        failed=Max("begun_at", filter=Q(state=Backup.State.FAILED)),
        drilled=Max(Subquery(newest)),
    )
    return BackupFigures(**found)


def list_drills(*, limit: int = 50) -> list[DrillView]:
    """The drills, the newest first."""
    return [_drill(each) for each in RestoreDrill.objects.order_by("-begun_at", "-id")[:limit]]


def drill_by_id(*, drill_id: int) -> DrillView | None:
    """One drill."""
    row = RestoreDrill.objects.filter(pk=drill_id).first()
    return _drill(row) if row is not None else None


@dataclass(frozen=True, slots=True)
class Completion:
    """How far a destruction of keys is from complete: the backups that may still hold a key, and the day by which the
    last of them is gone under the rules in force; *at* is the day it was.
    """

    at: datetime | None
    holders: int
    expected: datetime | None


def completion_of(*, rows: Sequence[KeyDestruction]) -> dict[int, Completion]:
    """How the destructions of *rows* stand, by their numbers; those whose keys are not gone yet are left out."""
    days = timedelta(days=backup_rules().key_days)
    found = {}
    for row in rows:
        if row.complete_at is not None:
            found[row.pk] = Completion(row.complete_at, 0, None)
        elif row.finished_at is not None:
            told = holders_of(row=row).aggregate(n=Count("pk"), last=Max("begun_at"))
            found[row.pk] = Completion(None, told["n"], told["last"] + days if told["last"] else None)
    return found


def _view(row: Backup) -> BackupView:
    return BackupView(
        row.name, row.kind, row.state, row.by, row.begun_at, row.ended_at, row.place, row.bytes, row.files, row.digest,
        row.entries, row.facts, row.transit, row.gone_at, row.trouble,
    )  # fmt: skip


def _drill(row: RestoreDrill) -> DrillView:
    return DrillView(row.pk, row.backup, row.by, row.begun_at, row.ended_at, row.met, row.report, row.digest)
