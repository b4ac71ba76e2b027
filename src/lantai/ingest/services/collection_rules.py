"""Within how many days after which node materials of a case are to be there (材料收集时限): rules and their days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from lantai.ingest.models import CollectionRule, HandledCase
from lantai.ingest.services.awaiting import AT_ONCE, note_awaited
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import current_job, queue_job

TYPES = ("1", "2", "3")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCollectionRule:
    """A rule: *days* days after a case came to one of *nodes* (nodes or states) its materials of *material_type* are
    due. Without body and item it is for all."""

    material_type: str
    nodes: Sequence[str]
    days: int
    organisation_id: int | None = None
    item_code: str = ""
    basis: str = ""


def set_collection_rule(*, rule: NewCollectionRule, by: str, role: str, now: datetime) -> CollectionRule:
    """Let *rule* hold from today on in place of the one for the same body, item and type; a job judges open cases anew.
    The same rule again changes nothing.

    Raises ValueError when no node is named, or the type is none.
    """
    nodes = list(dict.fromkeys(each.strip() for each in rule.nodes if each.strip()))
    if not nodes or rule.material_type not in TYPES:
        raise ValueError("no node makes materials due")
    with transaction.atomic():
        before = (
            CollectionRule.objects.select_for_update()
            .filter(
                organisation_id=rule.organisation_id,
                item_code=rule.item_code,
                material_type=rule.material_type,
                valid_to=None,
            )
            .first()
        )
        if before is not None and (before.nodes, before.days, before.basis) == (nodes, rule.days, rule.basis):
            return before
        row = CollectionRule.objects.create(**(asdict(rule) | {"nodes": nodes}), valid_from=timezone.localdate(now))
        _end(before, row, by, role, now)
        _judge_anew(by)
    return row


def end_collection_rule(*, rule_id: int, by: str, role: str, now: datetime) -> bool:
    """End one rule; returns whether it held. Open cases are judged anew by a job."""
    with transaction.atomic():
        row = CollectionRule.objects.select_for_update().filter(pk=rule_id, valid_to=None).first()
        if row is None:
            return False
        _end(row, None, by, role, now)
        _judge_anew(by)
    return True


def _judge_anew(by: str) -> None:
    queue_job(task=apply_collection_rules, title="按新的材料收集时限计算", key="ingest.collection-rules", asked_by=by)


@task()
def apply_collection_rules() -> int:
    """Find again what is due and not there of every case of which no package came; returns how many cases."""
    job, last, done = current_job(), 0, 0
    while cases := list(HandledCase.objects.filter(submission=None, pk__gt=last).order_by("pk")[:AT_ONCE]):
        last = cases[-1].pk
        note_awaited(cases=cases, now=timezone.now())
        HandledCase.objects.bulk_update(cases, ["awaited", "awaited_on", "awaited_by"])
        done += len(cases)
        if job is not None:
            job.report(done=done)
    return done


def _end(before: CollectionRule | None, after: CollectionRule | None, by: str, role: str, now: datetime) -> None:
    """End the rule that held and write what changed into the ledger, in the caller's transaction."""
    if before is not None:
        before.valid_to = timezone.localdate(now) - timedelta(days=1)
        before.save(update_fields=["valid_to"])
    about = after or before
    assert about is not None
    place = f"{about.organisation_id or 'all'}:{about.item_code or 'all'}:{about.material_type}"
    append_entries(
        entries=[
            NewEntry(
                kind="collection-rule.set" if after else "collection-rule.ended",
                subject=f"collection-rule:{place}",
                actor=by,
                role=role,
                at=now,
                detail={"before": _told(before), "after": _told(after)},
            )
        ]
    )


def _told(rule: CollectionRule | None) -> dict[str, object] | None:
    return {"days": rule.days, "nodes": rule.nodes, "basis": rule.basis} if rule else None
