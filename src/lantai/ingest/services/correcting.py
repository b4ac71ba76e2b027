"""What a department has to do about a returned package (补正): correct it and send it again, with reasons and a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from lantai.administration.queries import AgreementView, organisations_by_id
from lantai.archival.checks import Finding, message
from lantai.ingest.models import (
    SUBMISSION_REPORT_BYTES,
    CorrectionRequest,
    ExaminationReport,
    Submission,
    SubmissionState,
)
from lantai.work.services import DutyToRaise, Sentence, finish_work, raise_work

CORRECTION = "correction"
LATE = "correction-late"
"""The duty of an archivist about a correction that did not come in time."""
MOST_AT_ONCE = 500
MOST_REASONS = 40
"""A request keeps so many findings; the report has all of them."""
_TOLD = 3
"""How many reasons the duty says; the page of the submission says all of them."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One returned package: what it is called, why it was returned, and until when it is expected again.

    ``reasons`` are the findings behind it as ``reason_of`` writes them, ``note`` what an archivist wrote himself.
    """

    submission: Submission
    title: str
    why: Sentence
    until: date | None
    reasons: Sequence[Mapping[str, str]] = ()
    note: str = ""


def ask_corrections(*, returned: Sequence[Returned], by: str = "policy", now: datetime) -> None:
    """Ask the departments of *returned* for corrections and give them their duties, in the caller's transaction."""
    CorrectionRequest.objects.bulk_create(
        [
            CorrectionRequest(
                submission=each.submission,
                reasons=list(each.reasons),
                note=each.note[:500],
                due_on=each.until,
                by=by,
                asked_at=now,
            )
            for each in returned
        ],
        ignore_conflicts=True,
    )
    duties = [
        DutyToRaise(
            kind=CORRECTION,
            subject=each.submission.record_code,
            title=each.title or each.submission.name,
            reason=each.why,
            role="department",
            due_on=each.until,
            organisation_id=each.submission.organisation_id,
        )
        for each in returned
    ]
    if duties:
        raise_work(duties=duties, now=now)


def finish_corrections(*, arrived: Sequence[Submission], now: datetime) -> None:
    """End the duties about the packages that those *arrived* say they replace, in the caller's transaction."""
    for each in arrived:
        if each.replaces:
            _answered(each.replaces, each, now)


def finish_corrections_alike(*, kept: Sequence[tuple[Submission, str]], now: datetime) -> None:
    """End the duties about returned packages that came again, sound this time, without saying what they replace.

    *kept* are submissions that were not returned, each with the 电子文件号 its department gave it; watched folders have
    no place to name what a package replaces.
    """
    again = {(each.organisation_id, code): each for each, code in kept if code and not each.replaces}
    if not again:
        return
    found = ExaminationReport.objects.filter(
        source_code__in=[code for _organisation, code in again], submission__state=SubmissionState.REJECTED
    )
    for record_code, organisation_id, code in found.values_list(
        "submission__record_code", "submission__organisation_id", "source_code"
    ):
        if newer := again.get((organisation_id, code)):
            _answered(record_code, newer, now)


def _answered(record_code: str, newer: Submission, now: datetime) -> None:
    """The correction asked for *record_code* came with *newer*: nobody has to do anything about it any more."""
    by = f"submission:{newer.record_code}"
    finish_work(kind=CORRECTION, subjects=[record_code], by=by, now=now)
    finish_work(kind=LATE, subjects=[record_code], by=by, now=now)
    CorrectionRequest.objects.filter(submission__record_code=record_code, answered_at=None).update(
        answered_by=newer.record_code, answered_at=now
    )


def raise_late_corrections(*, now: datetime) -> int:
    """Give archivists a duty about every correction whose day has passed; returns how many are new."""
    late = list(
        CorrectionRequest.objects.filter(answered_at=None, escalated_at=None, due_on__lt=timezone.localdate(now))
        .select_related("submission", "submission__report")
        .defer(*SUBMISSION_REPORT_BYTES)
        .order_by("pk")[:MOST_AT_ONCE]
    )
    if not late:
        return 0
    names = organisations_by_id(ids={each.submission.organisation_id for each in late})
    with transaction.atomic():
        raise_work(
            duties=[
                DutyToRaise(
                    kind=LATE,
                    subject=each.submission.record_code,
                    title=_title(each.submission),
                    reason=Sentence(
                        "correction-late",
                        {"body": names[each.submission.organisation_id].name, "day": f"{each.due_on:%Y-%m-%d}"},
                    ),
                    role="archivist",
                    due_on=each.due_on,
                )
                for each in late
            ],
            now=now,
        )
        CorrectionRequest.objects.filter(pk__in=[each.pk for each in late]).update(escalated_at=now)
    return len(late)


def _title(submission: Submission) -> str:
    report = getattr(submission, "report", None)
    return (report.title if report else "") or submission.name


def reason_of(*, finding: Finding) -> dict[str, str]:
    """A finding as a correction request keeps it: its check, the sentence in both languages, the place."""
    return {
        "code": finding.code,
        "zh": message(finding, "zh"),
        "en": message(finding, "en"),
        "path": finding.path,
    }


def correct_until(*, agreement: AgreementView | None, now: datetime) -> date | None:
    """The day by which the agreement asks for a returned package again; None where it says nothing."""
    if agreement is None or agreement.correction_days is None:
        return None
    return timezone.localdate(now) + timedelta(days=agreement.correction_days)


def faults_told(*, faults: Sequence[Finding]) -> Sentence:
    """The reasons of a return by the checks, the most serious first; remarks are left to the submission's page."""
    serious = [each for each in faults if each.severity != "note"] or faults
    return Sentence("correct-faults", {"n": len(serious), **told_faults(faults=serious)})


def told_faults(*, faults: Sequence[Finding]) -> dict[str, str]:
    """The first of *faults* in words, in Chinese and in English."""
    return {
        "faults": "；".join(message(each, "zh") for each in faults[:_TOLD]),
        "faults_en": "; ".join(message(each, "en") for each in faults[:_TOLD]),
    }
