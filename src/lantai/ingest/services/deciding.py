"""An archivist's decision on what policy left open: take in, or return with reasons; many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction

from lantai.administration.queries import agreements_of
from lantai.ingest.models import ExaminationReport, Receipt, Submission, SubmissionState
from lantai.ingest.services.correcting import MOST_REASONS, Returned, ask_corrections, correct_until
from lantai.ingest.services.holdings import agreement_for
from lantai.ingest.services.receipts import NewReceipt, last_receipts, write_receipts
from lantai.ingest.services.telling import tell_departments
from lantai.ingest.services.waiting import queue_accession
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence, finish_work

TOLD = 2000
"""Longer reasons are cut in the ledger; the receipt has them whole."""


class NotOpen(Exception):
    """A submission that cannot be decided now; the message names it and its state."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the department beside the archivist's words: findings of the package (as ``reason_of`` writes
    them, by 电子文件号), and the day, None for the one of the agreement."""

    reasons: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
    until: date | None = None


def decide_submissions(
    *,
    record_codes: Sequence[str],
    approve: bool,
    reason: str,
    by: str,
    role: str,
    now: datetime,
    asked: Asked | None = None,
) -> int:
    """Take in or return submissions that wait for a person (待处理); returns how many.

    Returning needs a *reason*, or findings in *asked*; the department reads them in its receipt and in its correction
    request (补正). All or none: raises NotOpen naming every one that does not wait, ValueError for a return without
    reason.
    """
    asked = asked or Asked()
    if not approve and not reason.strip() and not all(asked.reasons.get(each) for each in record_codes):
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
        returned = [] if approve else _returned(found, reason.strip(), asked, now)
        said = {each.submission.pk: _said(each) for each in returned}
        days = {each.submission.pk: {"correct_by": each.until.isoformat()} for each in returned if each.until}
        before = last_receipts(submission_ids=[each.pk for each in found])
        write_receipts(
            receipts=[
                NewReceipt(
                    submission=each,
                    number=before[each.pk][0] + 1,
                    kind=Receipt.Kind.DECISION,
                    previous=before[each.pk][1],
                    content={"decision": state, "by": "archivist", "reason": said.get(each.pk, reason)}
                    | days.get(each.pk, {}),
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
                    detail={
                        "before": SubmissionState.EXAMINED,
                        "after": state,
                        "reason": said.get(each.pk, reason)[:TOLD],
                    },
                )
                for each in found
            ]
        )
        finish_work(kind="submission", subjects=record_codes, by=by, now=now)
        ask_corrections(returned=returned, by=by, now=now)
        tell_departments(submissions=found, now=now)
        if approve:
            queue_accession()
    return len(found)


def _returned(found: Sequence[Submission], note: str, asked: Asked, now: datetime) -> list[Returned]:
    """What the departments are asked to correct, and until when: the day given, else the one of the agreement."""
    agreements = agreements_of(organisation_ids={each.organisation_id for each in found}, at=now)
    titles = dict(ExaminationReport.objects.filter(submission__in=found).values_list("submission_id", "title"))
    returned = []
    for each in found:
        reasons = asked.reasons.get(each.record_code, ())[:MOST_REASONS]
        chinese, english = _words(reasons, "zh", note), _words(reasons, "en", note)
        values = {"reason": chinese} | ({"reason_en": english} if english != chinese else {})
        agreed = correct_until(agreement=agreement_for(submission=each, agreements=agreements), now=now)
        why = Sentence("correct-asked", values)
        returned.append(Returned(each, titles.get(each.pk, ""), why, asked.until or agreed, reasons, note))
    return returned


def _words(reasons: Sequence[Mapping[str, str]], language: str, note: str) -> str:
    """Findings and the archivist's own words as one text."""
    return ("；" if language == "zh" else "; ").join([*(each[language] for each in reasons), *([note] if note else [])])


def _said(returned: Returned) -> str:
    """What the receipt says of a return."""
    return str(returned.why.values["reason"])
