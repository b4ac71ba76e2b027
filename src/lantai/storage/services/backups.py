"""The register of backups (备份登记): policy, backups begun, kept, failed, removed, drills; told to the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import CONSOLE, Actor, require_role
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.models import Backup, BackupPolicy, RestoreDrill
from lantai.work.services import DutyToRaise, Sentence, finish_work, raise_work

BACKED_UP, FAILED, REMOVED = "backup.made", "backup.failed", "backup.removed"
DECIDED, DRILLED = "backup.policy-decided", "backup.drilled"
DUTY = "backup"
STEWARD = "system:backup"
_LIMITS = {
    "every_hours": (1, 720),
    "key_hours": (1, 720),
    "generations": (1, 1000),
    "key_days": (1, 3650),
    "point_hours": (1, 8760),
    "time_minutes": (1, 43_200),
    "drill_days": (1, 3650),
}


class BackupRefused(ValueError):
    """Something about backups is not done; the message says why, in the reader's language."""


@dataclass(frozen=True, slots=True)
class PolicyAsked:
    """What is to count for backups from now on; see ``BackupPolicy``."""

    every_hours: int
    key_hours: int
    generations: int
    key_days: int
    point_hours: int
    time_minutes: int
    drill_days: int


@dataclass(frozen=True, slots=True)
class BackupMade:
    """What a finished backup came to."""

    bytes: int
    files: int
    digest: str
    entries: int
    transit: bool
    facts: Mapping[str, Any]


def decide_backups(*, asked: PolicyAsked, reason: str, by: Actor, now: datetime) -> BackupPolicy:
    """Decide how often backups are made, how long they are kept and what a drill must meet; the person signs it by the
    entry. Key backups are never kept longer than ``key_days``, so that a destruction is complete by then.

    Raises BackupRefused, Refused.
    """
    if by != CONSOLE:
        require_role(by=by, among=(Role.SYSTEM,))
    for name, (least, most) in _LIMITS.items():
        if not least <= getattr(asked, name) <= most:
            raise BackupRefused(
                _("%(name)s 须在 %(least)s 与 %(most)s 之间。") % {"name": name, "least": least, "most": most}
            )
    if asked.every_hours > asked.point_hours:
        raise BackupRefused(_("备份间隔不得大于恢复点目标，否则目标必然落空。"))
    with transaction.atomic():
        before = BackupPolicy.objects.order_by("-id").first()
        told = {"before": _policy_told(before), "after": asdict(asked), "reason": reason}
        row = BackupPolicy.objects.create(**asdict(asked), reason=reason, by=by.reference, at=now)
        append_entries(entries=[_entry(DECIDED, "backups", by.reference, now, told, by=by)])
    return row


def begin_backup(*, name: str, kind: str, place: str, by: str, now: datetime) -> None:
    """Note that a backup is being made, before a byte of it is written. One that died before is noted as failed."""
    with transaction.atomic():
        Backup.objects.filter(kind=kind, state=Backup.State.MAKING).update(
            state=Backup.State.FAILED, ended_at=now, trouble="interrupted"
        )
        Backup.objects.create(name=name, kind=kind, place=place, by=by, begun_at=now)


def finish_backup(*, name: str, made: BackupMade, now: datetime) -> None:
    """Note that a backup lies whole in its place and was read again; the duty an earlier failure raised ends."""
    with transaction.atomic():
        row = Backup.objects.select_for_update().get(name=name)
        row.state, row.ended_at, row.verified_at = Backup.State.KEPT, now, now
        row.bytes, row.files, row.digest, row.entries = made.bytes, made.files, made.digest, made.entries
        row.transit, row.facts = made.transit, dict(made.facts)
        row.save()
        finish_work(kind=DUTY, subjects=[row.kind], by=STEWARD, now=now)
        told = {
            "kind": row.kind,
            "sha256": made.digest,
            "bytes": made.bytes,
            "files": made.files,
            "entries": made.entries,
        }
        append_entries(entries=[_entry(BACKED_UP, name, row.by, now, told)])


def fail_backup(*, name: str, trouble: str, now: datetime) -> None:
    """Note why a backup was not made, and give it to a person as a duty."""
    with transaction.atomic():
        row = Backup.objects.select_for_update().get(name=name)
        row.state, row.ended_at, row.trouble = Backup.State.FAILED, now, trouble[:500]
        row.save(update_fields=["state", "ended_at", "trouble"])
        reason = Sentence(f"backup-failed-{row.kind}", {"detail": row.trouble})
        raise_work(duties=[DutyToRaise(DUTY, row.kind, name, reason, "archivist", None)], now=now)
        told = {"kind": row.kind, "detail": row.trouble}
        append_entries(entries=[_entry(FAILED, name, row.by, now, told, result="failed")])


def note_backup_gone(*, name: str, part: str, reason: str, by: str, now: datetime) -> bool:
    """Note that a backup (*part* "whole") or its packages on their way in ("transit") lie nowhere any more; returns
    whether that was not known yet.
    """
    with transaction.atomic():
        row = Backup.objects.select_for_update().get(name=name)
        if row.state == Backup.State.GONE or (part == "transit" and not row.transit):
            return False
        row.transit = False
        if part == "whole":
            row.state, row.gone_at = Backup.State.GONE, now
        row.save(update_fields=["state", "transit", "gone_at"])
        told = {"kind": row.kind, "part": part, "reason": reason}
        append_entries(entries=[_entry(REMOVED, name, by, now, told)])
    return True


def take_up_backup(*, name: str, kind: str, place: str, begun_at: datetime, transit: bool, now: datetime) -> bool:
    """Enter a backup in the register that lies in its folder and is not known (another database made it); returns
    whether it was not known.
    """
    with transaction.atomic():
        row, made = Backup.objects.select_for_update().get_or_create(
            name=name,
            defaults={"kind": kind, "state": Backup.State.KEPT, "by": STEWARD, "begun_at": begun_at, "place": place,
                      "transit": transit},
        )  # fmt: skip
        if not made and row.state == Backup.State.GONE:
            Backup.objects.filter(pk=row.pk).update(state=Backup.State.KEPT, gone_at=None, transit=transit)
            made = True
        if made:
            told = {"kind": kind, "reason": "found"}
            append_entries(entries=[_entry("backup.found", name, STEWARD, now, told)])
    return made


def keep_drill(
    *, backup: str, report: Mapping[str, Any], met: bool, by: str, begun_at: datetime, now: datetime
) -> RestoreDrill:
    """Keep the report of a restore drill, with its digest in the ledger."""
    data = json.dumps(report, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        row = RestoreDrill.objects.create(
            backup=backup, by=by, begun_at=begun_at, ended_at=now, met=met, report=dict(report), digest=digest
        )
        told = {"report_sha256": digest, "backup": backup}
        append_entries(entries=[_entry(DRILLED, backup, by, now, told, result="met" if met else "not-met")])
    return row


def _policy_told(row: BackupPolicy | None) -> dict[str, int]:
    return {name: getattr(row, name) for name in _LIMITS} if row is not None else {}


def _entry(
    kind: str,
    subject: str,
    actor: str,
    at: datetime,
    detail: Mapping[str, Any],
    *,
    result: str = "",
    by: Actor | None = None,
) -> NewEntry:
    role, address = (by.role, by.address) if by is not None else ("", "")
    return NewEntry(
        kind=kind, subject=subject, actor=actor, at=at, detail=detail, result=result, role=role, address=address
    )
