"""What cannot be taken in goes to a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import override

from lantai.catalog.services import give_up_codes
from lantai.ingest.models import AccessionLine, Submission, SubmissionState
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import DutyToRaise, Sentence, raise_work, said


def hand_to_person(*, submissions: Sequence[Submission], why: Sentence, now: datetime) -> None:
    """What cannot be taken in goes to a person: state, voided code, the reason said; nothing else is lost."""
    codes = [each.record_code for each in submissions]
    with override("zh-hans"):
        reason = said(why)
    told = {"reason": reason[:500], "why": why.key, "values": dict(why.values)}
    with transaction.atomic():
        Submission.objects.filter(record_code__in=codes).update(state=SubmissionState.EXAMINED)
        AccessionLine.objects.filter(submission__record_code__in=codes).delete()
        give_up_codes(record_codes=codes, reason=reason, by="system", now=now)
        append_entries(
            entries=[
                NewEntry(kind="submission.stopped", subject=each, actor="system", at=now, detail=told) for each in codes
            ]
        )
        raise_work(
            duties=[
                DutyToRaise(
                    kind="submission",
                    subject=each.record_code,
                    title=each.name,
                    reason=why,
                    role="archivist",
                    due_on=now.date(),
                )
                for each in submissions
            ],
            now=now,
        )
