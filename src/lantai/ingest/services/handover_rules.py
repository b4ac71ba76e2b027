"""Within how many days packages are due (移交时限): rules with their days, and the cases they are applied to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone
from django_tasks import task

from lantai.ingest.models import CaseProgress, HandledCase, HandoverRule
from lantai.ingest.services.cases import deadlines_of
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import current_job, queue_job

CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHandoverRule:
    """A rule: from the nodes or states *closes* on a case counts as closed, and its package is due in *days* days.
    Without body and item it is for all."""

    closes: Sequence[str]
    days: int
    organisation_id: int | None = None
    item_code: str = ""
    basis: str = ""


def set_handover_rule(*, rule: NewHandoverRule, by: str, role: str, now: datetime) -> HandoverRule:
    """Let *rule* hold from today on in place of the one for the same body and item; a job judges open cases anew. The
    same rule again changes nothing.

    Raises ValueError when no closing node is named.
    """
    closes = list(dict.fromkeys(each.strip() for each in rule.closes if each.strip()))
    if not closes:
        raise ValueError("no node closes a case")
    today = timezone.localdate(now)
    with transaction.atomic():
        before = _in_force(rule.organisation_id, rule.item_code)
        if before is not None and (before.closes, before.days, before.basis) == (closes, rule.days, rule.basis):
            return before
        row = HandoverRule.objects.create(**(asdict(rule) | {"closes": closes}), valid_from=today)
        _end(before, row, by, role, now)
        queue_job(task=apply_handover_rules, title="按新的移交时限计算", key="ingest.handover-rules", asked_by=by)
    return row


def end_handover_rule(*, rule_id: int, by: str, role: str, now: datetime) -> bool:
    """End one rule; returns whether it held. Open cases are judged anew by a job."""
    with transaction.atomic():
        row = HandoverRule.objects.select_for_update().filter(pk=rule_id, valid_to=None).first()
        if row is None:
            return False
        _end(row, None, by, role, now)
        queue_job(task=apply_handover_rules, title="按新的移交时限计算", key="ingest.handover-rules", asked_by=by)
    return True


@task()
def apply_handover_rules() -> int:
    """Find again, for every case of which no package came, when it was closed and when its package is due."""
    job, last, done = current_job(), 0, 0
    while cases := list(HandledCase.objects.filter(submission=None, pk__gt=last).order_by("pk")[:CHUNK]):
        last = cases[-1].pk
        deadlines = deadlines_of(organisation_ids={each.organisation_id for each in cases}, now=timezone.now())
        for each in cases:
            deadline = deadlines.of(each.organisation_id, each.item_code)
            each.closed_at = _closed(each, deadline.closes)
            each.due_on = deadline.due_on(each.closed_at)
        HandledCase.objects.bulk_update(cases, ["closed_at", "due_on"])
        done += len(cases)
        if job is not None:
            job.report(done=done)
    return done


def _closed(case: HandledCase, closes: Sequence[str]) -> datetime | None:
    """When the case first came to one of these nodes or states."""
    found = CaseProgress.objects.filter(
        Q(node__in=closes) | Q(state__in=closes), organisation_id=case.organisation_id, case_number=case.case_number
    )
    first: datetime | None = found.aggregate(at=Min("at"))["at"]
    return first


def _in_force(organisation_id: int | None, item_code: str) -> HandoverRule | None:
    return (
        HandoverRule.objects.select_for_update()
        .filter(organisation_id=organisation_id, item_code=item_code, valid_to=None)
        .first()
    )


def _end(before: HandoverRule | None, after: HandoverRule | None, by: str, role: str, now: datetime) -> None:
    """End the rule that held and write what changed into the ledger, in the caller's transaction."""
    if before is not None:
        before.valid_to = timezone.localdate(now) - timedelta(days=1)
        before.save(update_fields=["valid_to"])
    about = after or before
    append_entries(
        entries=[
            NewEntry(
                kind="handover-rule.set" if after else "handover-rule.ended",
                subject=f"handover-rule:{about.organisation_id or 'all'}:{about.item_code or 'all'}",  # type: ignore[union-attr]
                actor=by,
                role=role,
                at=now,
                detail={"before": _told(before), "after": _told(after)},
            )
        ]
    )


def _told(rule: HandoverRule | None) -> dict[str, object] | None:
    return {"days": rule.days, "closes": rule.closes, "basis": rule.basis} if rule else None
