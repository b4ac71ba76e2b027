"""An archivist's decision on what policy left open: take in, or return with reasons; many at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from lantai.administration.queries import agreements_of
from lantai.ingest.models import ExaminationReport, Receipt, Submission, SubmissionState
from lantai.ingest.services.correcting import Returned, ask_corrections, correct_until
from lantai.ingest.services.holdings import agreement_for
from lantai.ingest.services.receipts import NewReceipt, last_receipts, write_receipts
from lantai.ingest.services.telling import tell_departments
from lantai.ingest.services.waiting import queue_accession
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence, finish_work


class NotOpen(Exception):
    """A submission that cannot be decided now; the message names it and its state."""


def decide_submissions(
    *, record_codes: Sequence[str], approve: bool, reason: str, by: str, role: str, now: datetime
) -> int:
    """Take in or return submissions that wait for a person (待处理); returns how many.

    Returning needs a *reason*, which the department reads in its receipt. All or none: raises NotOpen naming every one
    that does not wait, ValueError for a return without reason.
    """
    if not approve and not reason.strip():
        raise ValueError("退回须写明理由")
    with transaction.atomic():
        found = list(Submission.objects.select_for_update().filter(record_code__in=record_codes).order_by("pk"))
        closed = [
            f"{each.record_code}（{each.get_state_display()}）"
            for each in found
            if each.state != SubmissionState.EXAMINED
        ]
        missing = set(record_codes) - {each.record_code for each in found}
        if closed or missing:
            raise NotOpen("、".join([*closed, *sorted(missing)]))
        state = SubmissionState.APPROVED if approve else SubmissionState.REJECTED
        Submission.objects.filter(pk__in=[each.pk for each in found]).update(state=state)
        returned = [] if approve else _returned(found, reason, now)
        days = {each.submission.pk: {"correct_by": each.until.isoformat()} for each in returned if each.until}
        before = last_receipts(submission_ids=[each.pk for each in found])
        write_receipts(
            receipts=[
                NewReceipt(
                    submission=each,
                    number=before[each.pk][0] + 1,
                    kind=Receipt.Kind.DECISION,
                    previous=before[each.pk][1],
                    content={"decision": state, "by": "archivist", "reason": reason} | days.get(each.pk, {}),
                )
                for each in found
            ],
            now=now,
        )
        append_entries(
            entries=[
                NewEntry(
                    kind="submission.decided",
                    subject=each.record_code,
                    actor=by,
                    role=role,
                    at=now,
                    result=state,
                    detail={"before": SubmissionState.EXAMINED, "after": state, "reason": reason},
                )
                for each in found
            ]
        )
        finish_work(kind="submission", subjects=record_codes, by=by, now=now)
        ask_corrections(returned=returned, now=now)
        tell_departments(submissions=found, now=now)
        if approve:
            queue_accession()
    return len(found)


def _returned(found: Sequence[Submission], reason: str, now: datetime) -> list[Returned]:
    """What the departments are asked to correct, and until when their agreements ask for it."""
    agreements = agreements_of(organisation_ids={each.organisation_id for each in found}, at=now)
    titles = dict(ExaminationReport.objects.filter(submission__in=found).values_list("submission_id", "title"))
    return [
        Returned(
            submission=each,
            title=titles.get(each.pk, ""),
            why=Sentence("correct-asked", {"reason": reason}),
            until=correct_until(agreement=agreement_for(submission=each, agreements=agreements), now=now),
        )
        for each in found
    ]
