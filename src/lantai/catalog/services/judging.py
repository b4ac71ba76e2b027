"""Judge the signatures and seals in records' files, keep every judgement, and judge again when it is due."""

from __future__ import annotations

import atexit
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import override
from django_tasks import task

from lantai.administration.queries import trust_changed_at, trust_list
from lantai.administration.services.people_access import Actor
from lantai.archival.checks.sandbox import ParserError, Sandbox
from lantai.archival.formats import SignatureFact
from lantai.archival.sealing import Trust
from lantai.archival.sealing.stamping import last_sunset
from lantai.archival.sealing.telling import plain_signature
from lantai.catalog.components import as_component
from lantai.catalog.models import JudgedSignature, SignatureVerdict
from lantai.catalog.queries.signatures import RANK, RecordToJudge, count_records_to_judge, records_to_judge
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.queries import ContentMissing, content_file
from lantai.work.services import (
    DutyToRaise,
    Sentence,
    current_job,
    finish_work,
    others_wait,
    queue_job,
    raise_work,
)

CHUNK = 20
AGAIN_AFTER = timedelta(days=365)
"""A judgement older than this is made anew: certificates are revoked, trust changes, algorithms age."""
DUTY = "signature-worsened"
_JUDGING = "lantai.archival.checks.judging"
_KEY = "catalog.judge-signatures"
_TASK = "lantai.catalog.services.judging.judge_signatures_again"
_TITLE = "重新判定签名与印章"


@dataclass(frozen=True, slots=True)
class RecordJudged:
    """The signatures of one record, each with the file it stands in."""

    record_id: int
    record_code: str
    signatures: Sequence[tuple[str, SignatureFact]]


def note_judgements(*, judged: Sequence[RecordJudged], occasion: str, by: str, now: datetime) -> None:
    """Keep a judgement of each record, in the caller's transaction, with a ledger entry of all its evidence.

    What was judged before stays; the entry names the verdicts before and after where one changed, and one that became
    worse becomes work for the archivists.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("note_judgements runs inside the transaction that asked for it")
    judged = [each for each in judged if each.signatures]
    ids = [each.record_id for each in judged]
    before: dict[int, dict[str, str]] = defaultdict(dict)
    for row in JudgedSignature.objects.select_for_update().filter(record_id__in=ids, latest=True):
        before[row.record_id][f"{row.path} {row.number}"] = row.verdict
    JudgedSignature.objects.filter(record_id__in=ids, latest=True).update(latest=False)
    JudgedSignature.objects.bulk_create(
        [
            JudgedSignature(
                record_id=each.record_id,
                path=path[:1000],
                number=number,
                kind=fact.kind,
                verdict=fact.verdict,
                facts=plain_signature(fact),
                occasion=occasion,
                judged_at=now,
            )
            for each in judged
            for path, number, fact in _numbered(each.signatures)
        ]
    )
    append_entries(
        entries=[
            NewEntry(
                kind="record.signatures-judged",
                subject=each.record_code,
                actor=by,
                at=now,
                detail=_entry(each, before.get(each.record_id, {}), occasion),
            )
            for each in judged
        ]
    )
    _tell_worsened(judged, before, now)


def _tell_worsened(judged: Sequence[RecordJudged], before: Mapping[int, Mapping[str, str]], now: datetime) -> None:
    """A duty for the archivists for each record of which a verdict became worse; it ends when none is any more."""
    duties, well = [], []
    for each in judged:
        after = {f"{path} {number}": fact.verdict for path, number, fact in _numbered(each.signatures)}
        held = before.get(each.record_id, {})
        worse = [name for name in held if name in after and RANK[after[name]] > RANK[held[name]]]
        better = [name for name in held if name in after and RANK[after[name]] < RANK[held[name]]]
        if worse:
            words = {verdict.value: verdict.label for verdict in SignatureVerdict}
            values = {"path": worse[0], "n": len(worse)}
            for name, verdict in (("before", held[worse[0]]), ("after", after[worse[0]])):
                with override("zh-hans"):
                    values[name] = str(words[verdict])
                with override("en"):
                    values[f"{name}_en"] = str(words[verdict])
            why = Sentence("signature-worsened", values)
            duties.append(DutyToRaise(DUTY, each.record_code, each.record_code, why, "archivist", now.date()))
        elif better:
            well.append(each.record_code)
    if well:
        finish_work(kind=DUTY, subjects=well, by="system:judging", now=now)
    if duties:
        raise_work(duties=duties, now=now)


def _numbered(signatures: Sequence[tuple[str, SignatureFact]]) -> list[tuple[str, int, SignatureFact]]:
    """Each with its place among those of its file, from 1."""
    counts: dict[str, int] = defaultdict(int)
    found = []
    for path, fact in signatures:
        counts[path] += 1
        found.append((path, counts[path], fact))
    return found


def _entry(judged: RecordJudged, before: Mapping[str, str], occasion: str) -> dict[str, Any]:
    numbered = _numbered(judged.signatures)
    after = {f"{path} {number}": fact.verdict for path, number, fact in numbered}
    detail: dict[str, Any] = {
        "occasion": occasion,
        "signatures": [{"path": path, "number": number, **plain_signature(fact)} for path, number, fact in numbered],
    }
    return detail | ({"before": dict(before), "after": after} if before and before != after else {})


def ask_judging(*, record_code: str, by: Actor, now: datetime) -> None:
    """A person has the signatures of one record judged again by the trust list as it is now."""
    with transaction.atomic():
        queue_job(
            task=_TASK,
            title=_TITLE,
            arguments={"codes": [record_code], "before": now.isoformat()},
            asked_by=by.reference,
            total=1,
        )


def settle_worsened(*, record_code: str, by: Actor, now: datetime) -> bool:
    """A person has looked into a verdict that became worse: the work about it ends, and the ledger says who looked.

    False where there was no such work.
    """
    with transaction.atomic():
        if not finish_work(kind=DUTY, subjects=[record_code], by=by.reference, now=now):
            return False
        entry = NewEntry(
            kind="record.verdict-seen",
            subject=record_code,
            actor=by.reference,
            role=by.role,
            address=by.address,
            at=now,
            detail={},
        )
        append_entries(entries=[entry])
    return True


def queue_due_judging(*, now: datetime) -> None:
    """Have judged again what was judged last a year ago or longer, or before whom we trust changed, or before an
    algorithm's last day.
    """
    moments = [now - AGAIN_AFTER]
    if (changed := trust_changed_at(now=now)) is not None:
        moments.append(changed)
    if (aged := last_sunset(today=timezone.localdate(now))) is not None:
        moments.append(timezone.make_aware(datetime.combine(aged + timedelta(days=1), time.min)))
    due = max(moments)
    waiting = count_records_to_judge(before=due)
    if waiting:
        _queue_rest(due.isoformat(), waiting)


def _queue_rest(before: str, total: int | None) -> None:
    with transaction.atomic():
        arguments = {"codes": [], "before": before}
        queue_job(task=_TASK, title=_TITLE, arguments=arguments, key=_KEY, total=total, background=True)


@task()
def judge_signatures_again(*, codes: list[str], before: str) -> int:
    """Judge again the signatures of records judged last before a moment, some at a time; returns how many records.

    A record judged here is not found again, so a job that died goes on where it stood. A file that cannot be read
    keeps its former judgement and is named in the job's list.
    """
    done = last = 0
    job = current_job()
    troubles: list[str] = []
    moment = parse_datetime(before)
    while moment is not None:
        records = records_to_judge(before=moment, after=last, limit=CHUNK, codes=codes)
        if not records:
            break
        last = records[-1].id
        now = timezone.now()
        trust = trust_list(at=now)
        judged = [found for each in records if (found := _judged(each, trust, troubles)) is not None]
        with transaction.atomic():
            note_judgements(judged=judged, occasion=JudgedSignature.Occasion.AGAIN, by="system", now=now)
        done += len(records)
        if job is not None:
            job.report(done=done, troubles=troubles)
            if not codes and others_wait():
                _queue_rest(before, None)
                break
    return done


@cache
def _children() -> Sandbox:
    box = Sandbox(
        workers=1,
        seconds=settings.LANTAI_EXAMINER_SECONDS,
        memory_bytes=settings.LANTAI_EXAMINER_MEMORY,
        modules=(_JUDGING,),
    )
    atexit.register(box.close)
    return box


def _judged(record: RecordToJudge, trust: Trust, troubles: list[str]) -> RecordJudged | None:
    """The record's signatures as they are judged now; None where a file could not be read."""
    found: list[tuple[str, SignatureFact]] = []
    for component in record.package.components:
        if component.format not in ("pdf", "ofd"):
            continue
        object_id, path = component.held_in or (record.package.object_id, record.package.path)
        try:
            file = content_file(object_id=object_id, path=path)
            asked = (file.path, as_component(component), trust, file.key)
            facts = _children().call(f"{_JUDGING}:judge_component", *asked, kind=tuple[SignatureFact, ...])
        except (ParserError, ContentMissing, OSError) as fault:
            troubles.append(f"{record.record_code} {component.path}: {fault}")
            return None
        found.extend((component.path, each) for each in facts)
    return RecordJudged(record.id, record.record_code, found)
