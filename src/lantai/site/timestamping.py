"""Time stamps in the background: the steward has due ones taken; where a renewal fails too long, people are told."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from lantai.administration.queries.people import Role
from lantai.ledger.queries import due_stamp
from lantai.ledger.services import AuthorityFailed, take_timestamp
from lantai.work.queries import key_rests
from lantai.work.sentences import Sentence
from lantai.work.services import DutyToRaise, finish_work, queue_job, raise_work

KEY = "ledger.timestamp"
DUTY = "timestamp-renewal"


@task()
def take_due_timestamp() -> int:
    """Take the stamp that is due; returns the checkpoint's size, 0 where none is due. Raises AuthorityFailed."""
    now = timezone.now()
    due = due_stamp(now=now)
    if due is None:
        return 0
    try:
        take_timestamp(due=due, now=now)
    except AuthorityFailed as failed:
        if due.overdue:
            why = Sentence("timestamp-ends", {"size": due.size, "detail": str(failed)})
            duty = DutyToRaise(DUTY, str(due.size), "续期检查点的时间戳", why, Role.ARCHIVIST, timezone.localdate(now))
            raise_work(duties=[duty], now=now)
        raise
    finish_work(kind=DUTY, subjects=[str(due.size)], by="system:timestamping", now=now)
    return due.size


def queue_timestamp(*, now: datetime) -> bool:
    """Have a stamp taken where an authority is named and one is due; a failed try is repeated after an hour."""
    if not settings.LANTAI_TIMESTAMP or not key_rests(key=KEY, since=now - timedelta(hours=1)):
        return False
    if due_stamp(now=now) is None:
        return False
    place = "lantai.site.timestamping.take_due_timestamp"
    return queue_job(task=place, title="取得时间戳", key=KEY, background=True) is not None
