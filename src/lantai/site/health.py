"""How the installation stands (运行状态): figures, each by one query, and warnings in words with what to do."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from django.conf import settings

from lantai.catalog.figures import unconfirmed_figures
from lantai.finding.figures import ledger_and_index_lag
from lantai.ingest.figures import IntakeFigures, intake_figures
from lantai.ledger.queries import CheckpointView, WitnessFigures, checkpoint_holds, latest_checkpoint, witness_figures
from lantai.storage.copies import BackupFigures, RoundDone, SafetyFigures, safety_figures
from lantai.work.figures import (
    DispatchFigures,
    JobFigures,
    ProgramFigures,
    job_figures,
    outside_figures,
)

Language = Literal["zh", "en"]
PATIENCE = timedelta(minutes=15)
"""How long work may wait before it is worth a warning."""
BEHIND = timedelta(minutes=1)
"""How long ledger and index may be behind."""
CONFIRM_WITHIN = timedelta(hours=24)
COPIED_WITHIN = timedelta(hours=24)
VERIFY_WITHIN = timedelta(days=30)
BACKED_UP_WITHIN = timedelta(hours=48)
LOW_SHARE, LOW_BYTES, FULL_BYTES = 0.10, 100 << 30, 1 << 30
"""Room is low below a tenth when that is less than 100 GiB, too; below 1 GiB packages will soon be refused."""


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing the system administrator should look at: a key of health.toml with its values."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tone(self) -> Literal["warn", "bad"]:
        """How pressing it is."""
        return "bad" if _texts()[self.code]["tone"] == "bad" else "warn"

    def what(self, language: Language) -> str:
        """What is the matter."""
        return self._said(language)

    def todo(self, language: Language) -> str:
        """What to do about it."""
        return self._said(f"advice_{language}")

    def _said(self, name: str) -> str:
        values = {
            key: written_span(each, name[-2:]) if isinstance(each, timedelta) else each
            for key, each in self.values.items()
        }
        return str(_texts()[self.code][name]).format_map(values)


@dataclass(frozen=True, slots=True)
class Room:
    """The room of one file system we write to, in bytes."""

    place: str
    path: str
    total: int
    free: int


@dataclass(frozen=True, slots=True)
class Health:
    """Everything the health page shows, as of *at*."""

    at: datetime
    programs: Mapping[str, ProgramFigures]
    jobs: JobFigures
    intake: Mapping[str, IntakeFigures]
    unconfirmed: tuple[int, datetime | None]
    index: tuple[int, datetime | None]
    ledger: tuple[int, datetime | None]
    checkpoint: CheckpointView | None
    checkpoint_holds: bool
    witnesses: WitnessFigures
    dispatches: DispatchFigures
    verified: RoundDone | None
    findings: Mapping[str, int]
    safety: SafetyFigures
    backups: BackupFigures
    rooms: tuple[Room, ...]
    warnings: tuple[Warned, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """As JSON says it: figures with names, warnings in both languages."""
        checkpoint = self.checkpoint
        return {
            "at": self.at.isoformat(timespec="seconds"),
            "sound": not self.warnings,
            "programs": {
                name: {"alive": each.alive, "last": _moment(each.last)} for name, each in self.programs.items()
            },
            "jobs": asdict(self.jobs) | {"oldest": _moment(self.jobs.oldest)},
            "intake": {name: _line((each.count, each.oldest)) for name, each in self.intake.items()},
            "unconfirmed": _line(self.unconfirmed),
            "index_behind": _line(self.index),
            "ledger_waiting": _line(self.ledger),
            "checkpoint": {"size": checkpoint.size, "at": _moment(checkpoint.at), "holds": self.checkpoint_holds}
            if checkpoint
            else None,
            "witnesses": asdict(self.witnesses)
            | {"met_at": _moment(self.witnesses.met_at), "waiting_since": _moment(self.witnesses.waiting_since)},
            "webhooks": asdict(self.dispatches) | {"oldest": _moment(self.dispatches.oldest)},
            "verified": {"at": _moment(self.verified.finished_at), "looked_at": dict(self.verified.figures)}
            if self.verified
            else None,
            "findings": dict(self.findings),
            "backups": {name: _moment(at) for name, at in asdict(self.backups).items()},
            "copies": {
                "objects": self.safety.objects,
                "below_policy": self.safety.below,
                "wanted": self.safety.wanted,
                "bad": self.safety.bad,
                "away": list(self.safety.away),
                "oldest_verified": _moment(self.safety.oldest),
            },
            "rooms": [asdict(each) for each in self.rooms],
            "warnings": [
                {
                    "code": each.code,
                    "tone": each.tone,
                    **{f"message_{language}": each.what(language) for language in ("zh", "en")},
                    **{f"advice_{language}": each.todo(language) for language in ("zh", "en")},
                }
                for each in self.warnings
            ],
        }


def health(*, now: datetime) -> Health:
    """Ask every part once how it stands at *now*. Raises OSError when a file system of ours cannot be asked."""
    checkpoint = latest_checkpoint()
    unsequenced, unseen = ledger_and_index_lag()
    programs, dispatches = outside_figures(now=now)
    safety = safety_figures()
    found = Health(
        at=now,
        programs=programs,
        jobs=job_figures(now=now),
        intake=intake_figures(),
        unconfirmed=unconfirmed_figures(),
        index=unseen,
        ledger=unsequenced,
        checkpoint=checkpoint,
        checkpoint_holds=checkpoint is None or checkpoint_holds(note=checkpoint.note),
        witnesses=witness_figures(),
        dispatches=dispatches,
        verified=safety.verified,
        findings=safety.findings,
        safety=safety,
        backups=safety.backups,
        rooms=_rooms(),
    )
    return replace(found, warnings=tuple(_warned(found)))


def _warned(found: Health) -> Iterator[Warned]:
    """What is worth a warning, the pressing first within each part."""
    alive = {name: each.alive for name, each in found.programs.items()}
    if not alive.get("work"):
        yield Warned("no-worker")
    if not alive.get("follow"):
        yield Warned("no-steward")
    if not found.checkpoint_holds:
        yield Warned("checkpoint-unsigned")
    yield from _witnessing(found)
    if found.safety.away:
        yield Warned("location-away", {"names": ", ".join(found.safety.away)})
    if found.safety.bad:
        yield Warned("copies-bad", {"count": found.safety.bad})
    since = found.safety.below_since
    if since is not None and found.at - since > COPIED_WITHIN:
        yield Warned("below-policy", {"count": found.safety.below, "objects": found.safety.objects})
    if found.findings:
        yield Warned("findings", {"count": sum(found.findings.values())})
    yield from _disks(found.rooms)
    lines: tuple[tuple[str, int, datetime | None, timedelta], ...] = (
        ("ledger-behind", *found.ledger, BEHIND),
        ("index-behind", *found.index, BEHIND),
        ("jobs-wait", found.jobs.waiting, found.jobs.oldest, PATIENCE),
        ("received-wait", found.intake["received"].count, found.intake["received"].oldest, PATIENCE),
        ("approved-wait", found.intake["approved"].count, found.intake["approved"].oldest, PATIENCE),
        ("unconfirmed-wait", *found.unconfirmed, CONFIRM_WITHIN),
        ("webhooks-wait", found.dispatches.waiting, found.dispatches.oldest, PATIENCE),
    )
    for code, count, oldest, patience in lines:
        if oldest is not None and found.at - oldest > patience:
            yield Warned(code, {"count": count, "span": found.at - oldest})
    if found.jobs.failed:
        yield Warned("jobs-failed", {"count": found.jobs.failed})
    if found.dispatches.given_up:
        yield Warned("webhooks-given-up", {"count": found.dispatches.given_up})
    yield from _verification(found)
    yield from _backing_up(found)


def _backing_up(found: Health) -> Iterator[Warned]:
    kept, failed = found.backups.database, found.backups.failed
    if failed is not None and (kept is None or failed > kept):
        yield Warned("backup-failed", {"span": found.at - failed})
    if kept is not None:
        if found.at - kept > BACKED_UP_WITHIN:
            yield Warned("backup-old", {"span": found.at - kept})
    elif found.checkpoint is not None and found.checkpoint.size:
        yield Warned("never-backed-up")


def _witnessing(found: Health) -> Iterator[Warned]:
    if found.witnesses.conflicts:
        yield Warned("witness-conflict", {"count": found.witnesses.conflicts})
    waiting = found.witnesses.waiting_since
    if waiting is not None and found.at - waiting > PATIENCE:
        yield Warned("witness-behind", {"least": found.witnesses.least, "span": found.at - waiting})


def _verification(found: Health) -> Iterator[Warned]:
    if found.verified is not None and found.verified.finished_at is not None:
        if found.at - found.verified.finished_at > VERIFY_WITHIN:
            yield Warned("verification-old", {"span": found.at - found.verified.finished_at})
    elif found.checkpoint is not None and found.checkpoint.size:
        yield Warned("never-verified")


def _disks(rooms: tuple[Room, ...]) -> Iterator[Warned]:
    for each in rooms:
        share = each.free / each.total if each.total else 0.0
        told = {"place": each.path, "free": written_room(each.free), "percent": round(share * 100)}
        if each.free < FULL_BYTES:
            yield Warned("disk-full", told)
        elif share < LOW_SHARE and each.free < LOW_BYTES:
            yield Warned("disk-low", told)


def _rooms() -> tuple[Room, ...]:
    """The file systems of LANTAI_HOME and of the storage root; once where they are the same."""
    rooms: dict[int, Room] = {}
    for place, path in (("home", Path(settings.LANTAI_HOME)), ("storage", Path(settings.LANTAI_STORAGE_ROOT))):
        there = next(each for each in (path, *path.parents) if each.exists())
        usage = shutil.disk_usage(there)
        rooms.setdefault(there.stat().st_dev, Room(place, str(path), usage.total, usage.free))
    return tuple(rooms.values())


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _line(found: tuple[int, datetime | None]) -> dict[str, Any]:
    return {"count": found[0], "oldest": _moment(found[1])}


def written_room(size: int) -> str:
    value, unit = float(size), 0
    while value >= 1024 and unit < 5:
        value, unit = value / 1024, unit + 1
    return f"{value:.1f} {('B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB')[unit]}"


def written_span(span: timedelta, language: str) -> str:
    """How long something waits, in the greatest unit that is whole."""
    seconds = int(span.total_seconds())
    for size, chinese, english in ((86400, "天", "days"), (3600, "小时", "hours"), (60, "分钟", "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {english}" if language == "en" else f"{seconds // size} {chinese}"
    return f"{seconds} seconds" if language == "en" else f"{seconds} 秒"


@cache
def _texts() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = tomllib.loads(
        resources.files(__package__).joinpath("health.toml").read_text("utf-8")
    )["warning"]
    return texts
