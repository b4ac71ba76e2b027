"""Normalised copies (规范化副本) in the background: made in limited children, checked, kept beside their originals.

A piece of work is one record. What was made of some records is deposited in boxes of its own, by retention and expiry
like the originals, and then told in one transaction. A box is reserved before its bytes are written, so that what a run
that died left behind is known and removed by the next. Originals are only read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks import task

from lantai.administration.services.people_access import Actor
from lantai.archival.formats import known_as
from lantai.archival.normalising import way_of
from lantai.catalog.queries.forms import RecordToCopy, records_to_copy
from lantai.ledger.services import NewEntry, append_entries
from lantai.preservation.models import HeldFormat
from lantai.preservation.queries.counts import Scope, scopes_to_copy
from lantai.preservation.register import ARCHIVAL, shipped_register
from lantai.preservation.services.boxing import WantedFile, forget_leftovers, keep_made_copies
from lantai.work.queries import key_rests
from lantai.work.services import current_job, others_wait, queue_job

KEY = "preservation.copies"
AT_ONCE = 10
"""Records whose copies are made and told together."""
MOST_BY_HAND = 20_000
_TITLE = gettext_noop("制作规范化副本")


def ask_copies(*, record_codes: Sequence[str], by: Actor, now: datetime) -> bool:
    """A person has copies made of these records' files, whatever the rules say, also where one was refused before.
    False where none are named, or more than MOST_BY_HAND.
    """
    codes = list(dict.fromkeys(record_codes))
    if not codes or len(codes) > MOST_BY_HAND:
        return False
    with transaction.atomic():
        queue_job(
            task=make_copies_of,
            title=_TITLE,
            arguments={"codes": codes, "by": by.reference},
            asked_by=by.reference,
            total=len(codes),
        )
        append_entries(
            entries=[
                NewEntry(
                    kind="preservation.copies-asked",
                    subject=codes[0] if len(codes) == 1 else f"records:{len(codes)}",
                    actor=by.reference,
                    role=by.role,
                    address=by.address,
                    at=now,
                    detail={"records": codes[:1000], "count": len(codes)},
                )
            ]
        )
    return True


def queue_copies(*, now: datetime) -> bool:
    """Have the copies made that the rules ask for, where some are missing; whether a job was queued."""
    forget_leftovers(older_than=timedelta(days=1), now=now)
    if not key_rests(key=KEY, since=now - timedelta(hours=1)):
        return False
    waiting = sum(each.waiting for each in scopes_to_copy())
    if not waiting:
        return False
    return queue_job(task=make_copies, title=_TITLE, key=KEY, total=waiting, background=True) is not None


@task()
def make_copies_of(*, codes: list[str], by: str) -> int:
    """Make copies of every file of these records that can have one; returns how many were kept."""
    job, kept = current_job(), 0
    troubles: list[str] = []
    owner = str(job.task_id) if job is not None else "console"
    at = int(job.position.get("at", 0)) if job is not None else 0
    forget_leftovers(owner=owner, now=timezone.now())
    while part := codes[at : at + AT_ONCE]:
        wanted = [each for record in records_to_copy(record_codes=part) for each in _files(record)]
        kept += keep_made_copies(wanted=wanted, owner=owner, by=by, troubles=troubles)
        at += len(part)
        if job is not None:
            job.report(done=at, position={"at": at}, troubles=troubles)
    return kept


@task()
def make_copies() -> int:
    """Make the copies that the rules ask for, some records at a time; returns how many were kept.

    A file that was refused is not tried again here. Other work goes before: when it waits, this goes on later.
    """
    job, kept = current_job(), 0
    troubles: list[str] = []
    owner = str(job.task_id) if job is not None else "console"
    reached = list(job.position.get("scope", [])) if job is not None else []
    after = int(job.position.get("after", 0)) if job is not None else 0
    done = int(job.position.get("done", 0)) if job is not None else 0
    forget_leftovers(owner=owner, now=timezone.now())
    for scope in scopes_to_copy():
        if scope.key < reached:
            continue
        after = after if scope.key == reached else 0
        for ids, records in _chunks(scope, after):
            wanted = [each for record in records for each in _files(record, puid=scope.puid)]
            kept += keep_made_copies(wanted=wanted, owner=owner, by="system:preservation", troubles=troubles)
            done += len(wanted)
            if job is not None:
                position = {"scope": scope.key, "after": ids[-1], "done": done}
                job.report(done=done, position=position, troubles=troubles)
                if others_wait():
                    with transaction.atomic():
                        queue_job(task=make_copies, title=_TITLE, key=KEY, background=True)
                    return kept
    return kept


def _chunks(scope: Scope, after: int) -> Iterator[tuple[list[int], list[RecordToCopy]]]:
    """The records of a scope that have files without copy, by number behind *after*, some at a time."""
    rows = HeldFormat.objects.filter(
        puid=scope.puid,
        fonds_code=scope.fonds,
        category_code=scope.category,
        class_code=scope.class_code,
        files__gt=F("copied") + F("refused"),
    ).order_by("record_id")
    while found := list(rows.filter(record_id__gt=after).values_list("record_id", "record__record_code")[:AT_ONCE]):
        yield [pk for pk, _code in found], records_to_copy(record_codes=[code for _pk, code in found])
        after = found[-1][0]


def _files(record: RecordToCopy, *, puid: str = "") -> Iterator[WantedFile]:
    """The files of a record that can have a copy and have none, of one format or of all."""
    for number, file in enumerate(record.package.components, 1):
        if file.path in record.copied or not way_of(file.format):
            continue
        named = known_as(file.format, file.puid)
        entry = shipped_register().get(named)
        if named == puid or (not puid and (entry is None or entry.family != ARCHIVAL)):
            yield WantedFile(record, number, file)
