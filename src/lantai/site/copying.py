"""Copies in the background (副本): the steward has locations looked at, objects planned, and copies made and read back.

Each location has a job of its own, so that one that hangs holds up no other. A piece works for a while, at no more than
LANTAI_COPY_RATE megabytes a second, and makes room for intake; what is not done goes on with the next.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks import task

from lantai.catalog.queries import objects_of_records, scopes_of_objects
from lantai.ledger.queries import cursor_position, entries_after, latest_checkpoint
from lantai.ledger.services import advance_cursor
from lantai.storage.queries import locations_to_look_at
from lantai.storage.services import (
    Scope,
    carry_out_removals,
    copy_wanted,
    due_objects,
    look_at_location,
    plan_anew,
    plan_copies,
    remind_of_storage,
    waiting_at,
)
from lantai.work.figures import foreground_busy
from lantai.work.queries import key_rests
from lantai.work.services import current_job, queue_job

PIECE_SECONDS = 120.0
LOOK_EVERY = timedelta(minutes=15)
LOOK_AGAIN = timedelta(minutes=2)
"""How often a location is looked at that is there, and one that is away."""
FOLLOWER = "storage.copies"
_CHANGES = ("record.accessioned", "record.moved")
"""Entries after which a record may be under another policy."""
_PLAN, _LOOK, _COPY = "storage.plan", "storage.look:", "storage.copy:"
_MEGABYTE = 1_000_000


class Pace:
    """Waits so that no more than so many bytes a second are read and written; 0 is no limit."""

    def __init__(self, bytes_a_second: int) -> None:
        self._rate = bytes_a_second
        self._free_at = time.monotonic()

    def __call__(self, count: int) -> None:
        if not self._rate:
            return
        now = time.monotonic()
        self._free_at = max(self._free_at, now) + count / self._rate
        if self._free_at - now > 0.05:
            time.sleep(self._free_at - now)


@task()
def look_at_one(code: str) -> bool:
    """See whether a location is there."""
    return look_at_location(code=code, now=timezone.now())


@task()
def plan_due_objects() -> int:
    """Decide where the copies of new and doubtful objects lie; returns how many were decided."""
    planned = plan_everything_due(until=time.monotonic() + PIECE_SECONDS)
    remind_of_storage(now=timezone.now())
    return planned


def plan_everything_due(*, until: float = float("inf")) -> int:
    """Decide about all objects that are due, or those there is time for until the monotonic clock says *until*."""
    planned = 0
    while time.monotonic() < until and (due := due_objects(limit=500)):
        told = scopes_of_objects(object_ids=due)
        planned += plan_copies(scopes={each: [Scope(*scope) for scope in told.get(each, ())] for each in due})
    return planned


@task()
def copy_piece(code: str) -> int:
    """Take away and make copies at a location for a while; returns how many were made."""
    job, made, begun = current_job(), 0, time.monotonic()
    pace = Pace(settings.LANTAI_COPY_RATE * _MEGABYTE)
    try:
        carry_out_removals(location=code)
        while time.monotonic() - begun < PIECE_SECONDS:
            done = copy_wanted(location=code, pace=pace)
            made += done.copied
            if job is not None:
                job.report(done=made)
            if not done.copied and not done.failed:
                break
            if foreground_busy(now=timezone.now()):
                break
    except OSError:
        if look_at_location(code=code, now=timezone.now()):
            raise  # it is there and still fails: a full disk, a refusal; the job says so
    return made


def queue_copying(*, now: datetime) -> None:
    """Have every location looked at now and then, due objects planned, and copies made where some wait."""
    follow_records()
    for code in locations_to_look_at(there=now - LOOK_EVERY, away=now - LOOK_AGAIN):
        if key_rests(key=_LOOK + code, since=now - LOOK_AGAIN):
            queue_job(
                task=look_at_one,
                title=gettext_noop("查看存储位置"),
                arguments={"code": code},
                key=_LOOK + code,
                background=True,
            )
    if due_objects(limit=1) and key_rests(key=_PLAN, since=now - timedelta(seconds=20)):
        queue_job(task=plan_due_objects, title=gettext_noop("安排副本"), key=_PLAN, background=True)
    for code in waiting_at():
        if key_rests(key=_COPY + code, since=now - timedelta(seconds=20)):
            queue_job(
                task=copy_piece,
                title=gettext_noop("复制副本"),
                arguments={"code": code},
                key=_COPY + code,
                background=True,
            )


def follow_records(*, most: int = 20_000) -> None:
    """Have objects planned anew whose records have come, or have another class, since the ledger was last read; of
    *most* entries at a time, so that whoever calls goes on with its other work.
    """
    checkpoint = latest_checkpoint()
    until = checkpoint.size if checkpoint else 0
    for _portion in range(most // 1000):
        position = cursor_position(follower=FOLLOWER)
        told = entries_after(position=position, kinds=_CHANGES, limit=1000)
        following = max([position, *((each.index or 0) + 1 for each in told)])
        with transaction.atomic():
            plan_anew(object_ids=objects_of_records(record_codes={each.subject for each in told}))
            advance_cursor(follower=FOLLOWER, position=following if len(told) == 1000 else max(following, until))
        if len(told) < 1000:
            return
