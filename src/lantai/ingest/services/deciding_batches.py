"""Deciding all that waits of a batch at once (部分接收): some are taken in, the others go back with their reasons."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks import task

from lantai.ingest.models import Batch, BatchDecision, ExaminationReport, Submission, SubmissionState
from lantai.ingest.services.correcting import MOST_REASONS
from lantai.ingest.services.deciding import Asked, NotOpen, decide_submissions
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence, current_job, notify, queue_job

CHUNK = 50


class BatchChanged(Exception):
    """What waits of the batch is not what the person was shown: look again before deciding."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """Which packages of a batch would be taken in and which would go back, by their row numbers, in order."""

    accept: list[int]
    back: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a person decided about a batch: everything that waits is taken in but packages with a fault of *checks* and
    those named in *packages* (电子文件号), which go back with *note*, with their own findings where *attach* says so,
    until *due_on*."""

    batch_id: int
    checks: Sequence[str] = ()
    packages: Sequence[str] = ()
    note: str = ""
    attach: bool = True
    due_on: date | None = None
    shown: tuple[int, int] = field(default=(0, 0))


def sort_batch(*, choice: Choice) -> Sorted:
    """Who goes where, if the choice were carried out now."""
    waiting = Submission.objects.filter(batch_id=choice.batch_id, state=SubmissionState.EXAMINED)
    everything = list(waiting.order_by("pk").values_list("pk", flat=True))
    back = set(waiting.filter(record_code__in=list(choice.packages)).values_list("pk", flat=True))
    if choice.checks:
        back |= set(waiting.filter(faults__code__in=list(choice.checks)).values_list("pk", flat=True))
    return Sorted([each for each in everything if each not in back], [each for each in everything if each in back])


def decide_batch(*, choice: Choice, token: UUID, by: str, role: str, now: datetime) -> BatchDecision:
    """Decide what waits of a batch; a job carries it out. The same *token* again is the same decision.

    Raises BatchChanged when the numbers *shown* to the person are not those of now, ValueError when packages go back
    without note and without findings, or when nothing waits.
    """
    known = BatchDecision.objects.filter(token=token).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            batch = Batch.objects.select_for_update().get(pk=choice.batch_id)
            found = sort_batch(choice=choice)
            if (len(found.accept), len(found.back)) != choice.shown:
                raise BatchChanged(batch.number)
            if not (found.accept or found.back) or (found.back and not choice.note.strip() and not choice.attach):
                raise ValueError("nothing waits, or packages would go back without reason")
            decision = BatchDecision.objects.create(
                token=token,
                batch=batch,
                accept=found.accept,
                back=found.back,
                note=choice.note.strip(),
                attach=choice.attach,
                due_on=choice.due_on,
                by=by,
                role=role,
                asked_at=now,
            )
            append_entries(
                entries=[
                    NewEntry(
                        kind="batch.decided",
                        subject=batch.number,
                        actor=by,
                        role=role,
                        at=now,
                        detail={
                            "accept": len(found.accept),
                            "return": len(found.back),
                            "checks": list(choice.checks),
                            "reason": choice.note.strip(),
                        },
                    )
                ]
            )
            decision.job_id = queue_job(
                task=carry_out_decision,
                title="批次接收与退回",
                arguments={"decision_id": decision.pk},
                key=f"ingest.decide-batch.{decision.pk}",
                asked_by=by,
                total=len(found.accept) + len(found.back),
            )
            decision.save(update_fields=["job_id"])
    except IntegrityError:
        return BatchDecision.objects.get(token=token)  # the same form was sent twice at once
    return decision


@task()
def carry_out_decision(*, decision_id: int) -> int:
    """Carry out a decision on a batch, 50 packages a transaction, from where it stood; returns how many were decided.

    What no longer waits is named in the decision's troubles and left as it is.
    """
    job = current_job()
    decision = BatchDecision.objects.get(pk=decision_id)
    plan = [(each, True) for each in decision.accept] + [(each, False) for each in decision.back]
    while decision.position < len(plan):
        with transaction.atomic():
            _decide_some(decision, plan[decision.position : decision.position + CHUNK])
        if job is not None:
            job.report(done=decision.position, troubles=list(decision.troubles))
    if decision.finished_at is None:
        with transaction.atomic():
            decision.finished_at = timezone.now()
            decision.save(update_fields=["finished_at"])
            _tell_who_asked(decision)
    return decision.accepted + decision.returned


def _decide_some(decision: BatchDecision, some: Sequence[tuple[int, bool]]) -> None:
    """Decide some packages and remember where the decision stands, in the caller's transaction."""
    rows = {
        each.pk: each for each in Submission.objects.select_for_update().filter(pk__in=[each for each, _yes in some])
    }
    for approve in (True, False):
        wanted = [rows[pk] for pk, yes in some if yes == approve]
        open_ones = [each for each in wanted if each.state == SubmissionState.EXAMINED]
        decision.troubles += [
            f"{each.record_code} {each.name}（{each.get_state_display()}）"
            for each in wanted
            if each.state != SubmissionState.EXAMINED
        ]
        done = _decide_one_way(decision, open_ones, approve=approve)
        if approve:
            decision.accepted += done
        else:
            decision.returned += done
    decision.position += len(some)
    decision.save(update_fields=["position", "accepted", "returned", "troubles"])


def _decide_one_way(decision: BatchDecision, rows: Sequence[Submission], *, approve: bool) -> int:
    if not rows:
        return 0
    reasons = {} if approve or not decision.attach else _findings(rows)
    lacking = [each for each in rows if not approve and not decision.note and not reasons.get(each.record_code)]
    decision.troubles += [f"{each.record_code} {each.name}（没有可附的检测问题，也没有说明）" for each in lacking]
    codes = [each.record_code for each in rows if each not in lacking]
    if not codes:
        return 0
    try:
        return decide_submissions(
            record_codes=codes,
            approve=approve,
            reason=decision.note,
            by=decision.by,
            role=decision.role,
            now=timezone.now(),
            asked=Asked(reasons, decision.due_on),
        )
    except NotOpen as closed:
        decision.troubles += [str(closed)]
        return 0


def _findings(rows: Sequence[Submission]) -> dict[str, list[Mapping[str, str]]]:
    """What the checks found wrong with each of these packages, in words, remarks left out unless there is nothing
    else."""
    found = {}
    bodies = ExaminationReport.objects.filter(submission__in=rows).values_list("submission__record_code", "body")
    for code, body in bodies:
        said = json.loads(zlib.decompress(bytes(body)))["findings"]
        bad = [each for each in said if each["verdict"] in ("fail", "warning")]
        serious = [each for each in bad if each["severity"] != "note"] or bad
        found[code] = [reason_from_report(finding=each) for each in serious[:MOST_REASONS]]
    return found


def reason_from_report(*, finding: Mapping[str, str]) -> Mapping[str, str]:
    """A finding of a kept report as a correction request keeps it."""
    return {
        "code": finding["code"],
        "zh": finding["message_zh"],
        "en": finding["message_en"],
        "path": finding["path"],
    }


def _tell_who_asked(decision: BatchDecision) -> None:
    """A notice to the person who decided, when all is done."""
    number = decision.by.removeprefix("person:")
    if decision.by.startswith("person:") and number.isdecimal():
        values = {
            "batch": decision.batch.number,
            "accepted": decision.accepted,
            "returned": decision.returned,
            "troubles": len(decision.troubles),
        }
        notify(text=Sentence("batch-decided", values), link=f"/batches/{decision.batch_id}/", person_id=int(number))
