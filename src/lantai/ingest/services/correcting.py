"""What a department has to do about a returned package (补正): correct it and send it again, with reasons and a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from lantai.administration.queries import AgreementView
from lantai.archival.checks import Finding, message
from lantai.ingest.models import ExaminationReport, Submission, SubmissionState
from lantai.work.services import DutyToRaise, Sentence, finish_work, raise_work

CORRECTION = "correction"
_TOLD = 3
"""How many reasons the duty says; the page of the submission says all of them."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One returned package: what it is called, why it was returned, and until when it is expected again."""

    submission: Submission
    title: str
    why: Sentence
    until: date | None


def ask_corrections(*, returned: Sequence[Returned], now: datetime) -> None:
    """Give the departments of *returned* their duties, in the caller's transaction."""
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
            finish_work(kind=CORRECTION, subjects=[each.replaces], by=f"submission:{each.record_code}", now=now)


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
            finish_work(kind=CORRECTION, subjects=[record_code], by=f"submission:{newer.record_code}", now=now)


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
