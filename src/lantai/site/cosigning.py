"""The steward's second thread: checkpoints go to the witnesses while entries go on being sequenced."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import DatabaseError, close_old_connections, connections, transaction
from django.utils import timezone

from lantai.administration.queries.people import Role
from lantai.administration.queries.roles import people_in_role
from lantai.ledger.services import Cosigner, Settled
from lantai.work.sentences import Sentence
from lantai.work.services import DutyToRaise, finish_work, notify, raise_work

logger = logging.getLogger("lantai.steward")
DUTY = "witness-conflict"
ASKING_SECONDS, IDLE_SECONDS = 0.05, 0.3
"""Between two looks: while an answer is awaited, and else."""


@contextmanager
def cosigning_beside(*, until: Callable[[], bool]) -> Iterator[None]:
    """Have witnesses asked while the block runs, and until *until* says so."""
    over = threading.Event()

    def done() -> bool:
        return over.is_set() or until()

    thread = threading.Thread(target=keep_cosigning, kwargs={"until": done}, name="cosigning", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=30)


def keep_cosigning(*, until: Callable[[], bool]) -> None:
    """Ask the witnesses for what is new until *until* says so; a database that is away for a moment is waited for."""
    cosigner = Cosigner()
    try:
        while not until():
            close_old_connections()
            try:
                for each in cosigner.step(now=timezone.now()):
                    tell_people(settled=each, now=timezone.now())
            except (DatabaseError, OSError, LookupError) as error:
                logger.warning("witnesses are not asked for a moment: %s", error)
                time.sleep(1.0)
            time.sleep(ASKING_SECONDS if cosigner.busy else IDLE_SECONDS)
    finally:
        cosigner.close()
        connections.close_all()


def tell_people(*, settled: Settled, now: datetime) -> None:
    """Tell archivists, system administrators and auditors that a witness holds something else than we do, or that it
    cosigns again.
    """
    if settled.mended:
        finish_work(kind=DUTY, subjects=[str(each) for each in settled.mended], by="system:cosigning", now=now)
    if settled.found is None:
        return
    kind, conflict_id = settled.found
    why = Sentence(f"witness-{kind}", {"witness": settled.witness})
    with transaction.atomic():
        duty = DutyToRaise(
            kind=DUTY,
            subject=str(conflict_id),
            title="见证方与本馆账本矛盾",
            reason=why,
            role=Role.ARCHIVIST,
            due_on=timezone.localdate(now),
        )
        raise_work(duties=[duty], now=now)
        for role in (Role.SYSTEM, Role.AUDIT):
            for person_id in people_in_role(role=role):
                notify(text=why, link=f"/ledger/witnesses/conflicts/{conflict_id}/", person_id=person_id)
