"""The one thing watchers do that is itself an act: taking the audit log away as a file."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from lantai.administration.models import Role
from lantai.administration.queries.people_audit import AuditFilter
from lantai.administration.services.people_access import Actor, require_role
from lantai.administration.services.people_evidence import record_act


def record_audit_export(*, by: Actor, asked: AuditFilter, now: datetime) -> None:
    """Tell the ledger who exported which part of the audit log. Raises Refused for a role that watches nobody."""
    require_role(by=by, among=(Role.AUDIT, Role.SECURITY))
    narrowed: dict[str, object] = {
        "since": asked.since.isoformat() if asked.since else "",
        "until": asked.until.isoformat() if asked.until else "",
        "username": asked.username,
        "kinds": list(asked.kinds),
    }
    with transaction.atomic():
        record_act(action="audit-exported", by=by, subject="audit-log", at=now, more={"filter": narrowed})
