"""What watchers do that is itself an act: taking the audit log away as a file, and checking its chain."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction

from lantai.administration.models import Role
from lantai.administration.queries.people_audit import AuditFilter
from lantai.administration.services.people_access import Actor, require_role
from lantai.administration.services.people_evidence import DONE, FAILED, record_act
from lantai.ledger.queries import verify_ledger


def record_audit_export(*, by: Actor, asked: AuditFilter, now: datetime) -> None:
    """Tell the ledger who exported which part of the audit log. Raises Refused for a role that watches nobody."""
    require_role(by=by, among=(Role.AUDIT, Role.SECURITY))
    narrowed: dict[str, object] = {
        "since": asked.since.isoformat() if asked.since else "",
        "until": asked.until.isoformat() if asked.until else "",
        "username": asked.username,
        "kinds": list(asked.kinds),
        "subject": asked.subject,
    }
    with transaction.atomic():
        record_act(action="audit-exported", by=by, subject="audit-log", at=now, more={"filter": narrowed})


CHECKED_MOST = 20_000
"""Entries that a check on demand recomputes; the whole log is recomputed by the round of every day."""


@dataclass(frozen=True, slots=True)
class ChainChecked:
    """How many of `size` entries were recomputed, and where and how the log is broken, if it is."""

    checked: int
    size: int
    broken_at: int = 0
    broken_by: str = ""


def check_audit_chain(*, by: Actor, now: datetime) -> ChainChecked:
    """Recompute the log from its first entry: entries, commitments, tiles, checkpoints and their signatures; by the
    audit or the security administrator. Raises Refused for another role."""
    require_role(by=by, among=(Role.AUDIT, Role.SECURITY))
    found = verify_ledger(limit=CHECKED_MOST)
    checked = ChainChecked(
        checked=found.state.checked,
        size=found.size,
        broken_at=found.found.index if found.found else 0,
        broken_by=found.found.code if found.found else "",
    )
    with transaction.atomic():
        record_act(
            action="audit-checked",
            by=by,
            subject="audit-log",
            at=now,
            result=FAILED if checked.broken_by else DONE,
            more=asdict(checked),
        )
    return checked
