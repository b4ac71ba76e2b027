"""The steward: one process that gives ledger entries their indexes and lets every follower of the ledger catch up.

Sequencer and indexer are single (law 2): whoever starts a second steward finds the lock held and waits.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from lantai.catalog.services import queue_due_judging
from lantai.catalog.services.destroying import settle_destroyed
from lantai.common.alone import only_one
from lantai.exchange.services import sweep_exports
from lantai.finding.services import IndexBusy, follow_ledger
from lantai.ingest.services import (
    finish_interrupted_receipts,
    judge_running_cases,
    raise_late_corrections,
    remind_by_rules,
    resume_waiting,
    sweep_imports,
    sweep_receiving_area,
)
from lantai.ledger.services import append_noted_entries, forget_old_cosignatures, sequence_entries
from lantai.preservation.services import follow_formats, queue_copies, queue_identification
from lantai.site.anchoring import queue_anchor
from lantai.site.backups.schedule import queue_backups, queue_expiry
from lantai.site.coming_changes import bring_due_changes
from lantai.site.copying import queue_copying
from lantai.site.cosigning import cosigning_beside
from lantai.site.fixity import queue_fixity
from lantai.site.rebuilding.keeping import keep_what_is_due
from lantai.site.timestamping import queue_timestamp
from lantai.site.verifying import queue_verification
from lantai.storage.services import finish_destructions, keep_timestamps
from lantai.work.services import beat, forget_finished_jobs, forget_heartbeats, send_dispatches, send_mails

__all__ = ["follow_once", "keep_following", "only_one"]

logger = logging.getLogger("lantai.steward")
KEEP_EVERY = 30.0
GATHER_SECONDS = 0.6
"""Between two rounds while entries keep coming: a round costs nearly the same for one entry as for a hundred."""
MANY = 1000
"""So many at once are a backlog: the next round follows at once."""
SWEEP_EVERY = 3600.0


def keep_following(*, until: Callable[[], bool], pause_seconds: float = 0.3) -> None:
    """Sequence and follow until *until* says so; a database that is away for a moment is waited for."""
    while not until():
        with only_one(settings.LANTAI_HOME / "steward.lock") as mine:
            if mine:
                with cosigning_beside(until=until):
                    _follow(until, pause_seconds)
        time.sleep(1.0)


def _follow(until: Callable[[], bool], pause_seconds: float) -> None:
    """Round after round, as the one steward."""
    kept = swept = 0.0
    while not until():
        close_old_connections()
        try:
            beat(program="follow")
            moved = follow_once()
            if time.monotonic() - kept > KEEP_EVERY:
                kept = time.monotonic()
                keep_what_is_due()
                bring_due_changes(now=timezone.now())
                forget_finished_jobs(older_than=timedelta(days=7), now=timezone.now())
                forget_heartbeats(older_than=timedelta(days=1), now=timezone.now())
                finish_interrupted_receipts(now=timezone.now())
                resume_waiting(now=timezone.now())
                raise_late_corrections(now=timezone.now())
                judge_running_cases(now=timezone.now())
                remind_by_rules(now=timezone.now())
                send_mails(now=timezone.now())
                queue_verification(now=timezone.now())
                if finish_destructions(now=timezone.now()):
                    settle_destroyed(now=timezone.now())
                queue_copying(now=timezone.now())
                queue_timestamp(now=timezone.now())
                queue_anchor(now=timezone.now())
                keep_timestamps()
                queue_fixity(now=timezone.now())
                queue_copies(now=timezone.now())
                queue_backups(now=timezone.now())
            if time.monotonic() - swept > SWEEP_EVERY:
                swept = time.monotonic()
                sweep_receiving_area(now=timezone.now())
                sweep_imports(now=timezone.now())
                sweep_exports(now=timezone.now())
                queue_due_judging(now=timezone.now())
                settle_destroyed(now=timezone.now())
                queue_identification(now=timezone.now())
                forget_old_cosignatures(now=timezone.now())
                queue_expiry(now=timezone.now())
        except (DatabaseError, IndexBusy, OSError) as error:
            logger.warning("following stops for a moment: %s", error)
            moved = 0
            time.sleep(1.0)
        if moved < MANY:
            time.sleep(GATHER_SECONDS if moved else pause_seconds)


def follow_once() -> int:
    """One round: sequence, index, send; returns how much there was to do."""
    now = timezone.now()
    moved = append_noted_entries() + sequence_entries() + follow_ledger(now=now) + follow_formats(now=now)
    return moved + send_dispatches(now=now)
