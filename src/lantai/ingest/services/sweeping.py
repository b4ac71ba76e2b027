"""Go on with what a crash left lying: complete packages nobody received, submissions no job waits for, dead files."""

from __future__ import annotations

import fcntl
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from lantai.common.durability import flush_file
from lantai.ingest.area import receiving_path
from lantai.ingest.models import Accession, CatalogueImport, ImportState, Submission, SubmissionState
from lantai.ingest.services.receiving import SubmissionRefused, receive_content
from lantai.ingest.services.waiting import ACCESSION, EXAMINATION, queue_accession, queue_examination
from lantai.work.queries import key_rests

RETRY_AFTER = timedelta(minutes=10)
DEAD_AFTER = timedelta(hours=24)
BUSY = (ImportState.LOOKING, ImportState.CHECKING, ImportState.RUNNING)


def finish_interrupted_receipts(*, now: datetime) -> int:
    """Receive packages whose bytes are all here, but whose server died before it could say so; returns how many.

    A package somebody is sending at this moment is left alone. One that is not what its department declared loses its
    bytes, as in the request that sent them, and is sent again.
    """
    received = 0
    for each in Submission.objects.filter(state=SubmissionState.RECEIVING).order_by("pk").iterator():
        path = receiving_path(each.record_code)
        if path.is_file() and path.stat().st_size == each.declared_size:
            received += _receive(each, path, now)
    return received


def resume_waiting(*, now: datetime) -> int:
    """Queue examination and accession again where submissions wait and no job does; returns how many were queued.

    So intake goes on by itself after a job that failed, of a full disk for instance, RETRY_AFTER it did.
    """
    since = now - RETRY_AFTER
    queued = 0
    if Submission.objects.filter(state=SubmissionState.RECEIVED).exists() and key_rests(key=EXAMINATION, since=since):
        queue_examination()
        queued += 1
    approved = Submission.objects.filter(state=SubmissionState.APPROVED)
    unfinished = Accession.objects.exclude(state=Accession.State.DONE)
    if (approved.exists() or unfinished.exists()) and key_rests(key=ACCESSION, since=since):
        queue_accession()
        queued += 1
    return queued


def sweep_receiving_area(*, now: datetime) -> int:
    """Remove files of the receiving area that are nobody's any more; returns how many.

    These are copies of a folder run that died before its rows were written (it takes them again), and packages that
    became records. Only what has not been touched for DEAD_AFTER goes.
    """
    area: Path = settings.LANTAI_HOME / "receiving"
    limit = (now - DEAD_AFTER).timestamp()
    removed = 0
    for shelf in sorted(area.iterdir()) if area.is_dir() else ():
        old = [each for each in shelf.iterdir() if each.stat().st_mtime < limit]
        needed = set(
            Submission.objects.filter(record_code__in=[each.name for each in old])
            .exclude(state=SubmissionState.ACCESSIONED)
            .values_list("record_code", flat=True)
        )
        for each in old:
            if each.name not in needed:
                each.unlink(missing_ok=True)
                removed += 1
    return removed


def sweep_imports(*, now: datetime) -> int:
    """Remove the uploaded files of imports (目录导入) that nobody touched for LANTAI_KEEP_IMPORTS days, and of those
    whose row is gone; returns how many imports lost theirs. Their rows, lines and records stay.

    Only imports at rest lose their files; one that is being checked or runs keeps them whatever its age.
    """
    area: Path = settings.LANTAI_HOME / "imports"
    limit = now - timedelta(days=settings.LANTAI_KEEP_IMPORTS)
    removed = 0
    for folder in sorted(area.iterdir()) if area.is_dir() else ():
        if not folder.name.isdecimal() or folder.stat().st_mtime > limit.timestamp():
            continue
        found = CatalogueImport.objects.filter(pk=int(folder.name)).first()
        busy = found is not None and found.state in BUSY
        last = max(filter(None, (found.at, found.checked_at, found.finished_at))) if found is not None else limit
        if not busy and last <= limit:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _receive(submission: Submission, path: Path, now: datetime) -> int:
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        submission.refresh_from_db()
        if submission.state != SubmissionState.RECEIVING:
            return 0
        os.fsync(descriptor)
        flush_file(path.parent)
        receive_content(submissions=[submission], now=now)
    except (BlockingIOError, SubmissionRefused):
        return 0
    finally:
        os.close(descriptor)
    return 1
