"""Anchoring in the background: where a chain is named, the steward has the newest checkpoint written into it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from lantai.ledger.queries import due_anchor, open_chain
from lantai.ledger.services import anchor_checkpoint
from lantai.work.queries import key_rests
from lantai.work.services import queue_job

KEY = "ledger.anchor"
PAUSE = timedelta(minutes=10)
"""After a failure, and before it is looked whether a transaction sent stands deep enough."""


@task()
def anchor_due_checkpoint() -> int:
    """Send what is due, or look for what was sent; returns the checkpoint's size once it stands in the chain, else 0.
    Raises ChainFailed.
    """
    now = timezone.now()
    due = due_anchor(now=now, every=timedelta(hours=settings.LANTAI_EVM_HOURS))
    if due is None or not anchor_checkpoint(due=due, chain=open_chain(), now=now):
        return 0
    return due.size


def queue_anchor(*, now: datetime) -> bool:
    """Have a checkpoint anchored where a chain is named and one is due."""
    if not settings.LANTAI_EVM or not key_rests(key=KEY, since=now - PAUSE):
        return False
    due = due_anchor(now=now, every=timedelta(hours=settings.LANTAI_EVM_HOURS))
    if due is None or (due.sent_at is not None and now - due.sent_at < PAUSE):
        return False
    place = "lantai.site.anchoring.anchor_due_checkpoint"
    return queue_job(task=place, title="检查点上链锚定", key=KEY, background=True) is not None
