"""Fixity in the background (固定性检查): every location read again within its cycle, and what is damaged repaired.

Each location has a job of its own, at no more than its rate, that makes room for intake; a round is never "begun": what
is due stands in the rows. Once a month ``ocfl-py``, which shares no line with us, reads every storage root on a file
system as the oracle; what it finds stands among the findings of verification.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import islice

from django.utils import timezone
from django_tasks import task

from lantai.archival.verification import Found
from lantai.site.copying import Pace
from lantai.storage.fixity_states import location_named
from lantai.storage.oracle import oracle_problems, oracle_program, oracle_roots
from lantai.storage.rounds import last_round
from lantai.storage.services import (
    ORACLE,
    ORACLE_BY,
    begin_round,
    copies_due,
    finish_round,
    look_at_location,
    note_round,
    read_copies,
    repair_copies,
)
from lantai.work.figures import foreground_busy
from lantai.work.queries import key_rests
from lantai.work.services import current_job, queue_job

PIECE_SECONDS = 120.0
ORACLE_EVERY = timedelta(days=30)
_READ, _ORACLE = "storage.read:", "storage.oracle"
_MEGABYTE = 1_000_000
_STEP = 20


@task()
def read_piece(code: str) -> int:
    """Read copies of a location again for a while, and repair what is damaged; returns how many were read."""
    job, begun, done = current_job(), time.monotonic(), 0
    pace = Pace(location_named(code=code).read_rate * _MEGABYTE)
    try:
        while time.monotonic() - begun < PIECE_SECONDS:
            read = read_copies(location=code, pace=pace)
            mended = repair_copies(location=code, pace=pace)
            done += read.copies
            if job is not None:
                job.report(done=done)
            if not read.copies and not mended.repaired:
                break
            if foreground_busy(now=timezone.now()):
                break
    except OSError:
        if look_at_location(code=code, now=timezone.now()):
            raise  # it is there and still fails: the job says so
    return done


@task()
def oracle_piece() -> int:
    """Let the oracle go on with its round for a while; returns how many objects it read."""
    job, begun, looked_at = current_job(), time.monotonic(), 0
    found = last_round(by=ORACLE_BY, finished=False)
    if found is None:
        return 0
    roots = oracle_roots()
    code, folder = found.position.get("location", next(iter(roots), "")), found.position.get("folder", "")
    while code in roots and time.monotonic() - begun < PIECE_SECONDS:
        step = time.monotonic()
        folders = list(islice(roots[code].folders(after=folder), _STEP))
        problems = oracle_problems(store=roots[code], folders=folders)
        findings = [Found("oracle.invalid", f"{code} {each}", {"detail": told}) for each, told in problems.items()]
        looked_at += len(folders)
        if len(folders) < _STEP:
            code, folder = next((each for each in roots if each > code), ""), ""
        else:
            folder = folders[-1]
        note_round(
            round_id=found.id, area=ORACLE, position={"location": code, "folder": folder}, looked_at=len(folders),
            seconds=time.monotonic() - step, findings=findings, now=timezone.now(),
        )  # fmt: skip
        if job is not None:
            job.report(done=looked_at)
    if code not in roots:
        finish_round(round_id=found.id, now=timezone.now())
    return looked_at


def queue_fixity(*, now: datetime) -> None:
    """Have copies read again where some are due or damaged, and the oracle's round begun or gone on with."""
    for code in copies_due(now=now):
        if key_rests(key=_READ + code, since=now - timedelta(seconds=20)):
            queue_job(task=read_piece, title="固定性检查", arguments={"code": code}, key=_READ + code, background=True)
    if oracle_program() is None:
        return
    if last_round(by=ORACLE_BY, finished=False) is None:
        last = last_round(by=ORACLE_BY)
        if last is not None and now - last.started_at < ORACLE_EVERY:
            return
        begin_round(by=ORACLE_BY, now=now)
    if key_rests(key=_ORACLE, since=now - timedelta(seconds=20)):
        queue_job(task=oracle_piece, title="OCFL 参考实现复核", key=_ORACLE, background=True)
