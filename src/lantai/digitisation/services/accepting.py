"""Acceptance (验收): a sample is drawn, every record of it looked at, a verdict reached, signed by a second person."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from lantai.administration.services.people_access import Actor
from lantai.archival.imaging.acceptance import (
    LINKED,
    Measured,
    Thresholds,
    draw_sample,
    reading_errors,
    verdict_on,
)
from lantai.digitisation.models import Acceptance, AcceptanceState, DrawnRecord, ReadPage, ScanBatch
from lantai.digitisation.queries.filing import accepting_hindrance
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence, notify

FAULTS = ("missing", "order", "wrong-record", "skewed", "cut", "unclear", "colour", "description", "text")
"""What can be wrong with a record that was drawn: pages missing or doubled, in wrong order, of another record, askew,
cut off, unclear, wrong in colour; its description does not fit; its text is of no use."""


class AcceptanceRefused(Exception):
    """A step of an acceptance that cannot be made now; ``code`` is one of FilingRefused, or ``rates``, ``open``,
    ``closed``, ``faults``, ``unfinished``, ``not-reviewed`` or ``same-person``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def begin_acceptance(
    *, batch_id: int, rate: float, passing: float, read: float, by: Actor, now: datetime
) -> Acceptance:
    """Draw the sample of a new round of a batch whose pages are all linked and read.

    Args:
        batch_id: the batch.
        rate, passing, read: per cent of the records that are drawn, of those that must pass, of the characters that
            must have been read right (0: not asked for).
        by: who inspects.
        now: the moment.

    Raises ScanBatch.DoesNotExist, AcceptanceRefused.
    """
    if not (0 < rate <= 100 and 0 < passing <= 100 and 0 <= read <= 100):
        raise AcceptanceRefused("rates")
    with transaction.atomic():
        batch = ScanBatch.objects.select_for_update().get(pk=batch_id)
        if hindrance := accepting_hindrance(batch):
            raise AcceptanceRefused(hindrance)
        last = Acceptance.objects.filter(batch=batch).order_by("round").last()
        if last is not None and (last.state != AcceptanceState.SIGNED or not last.shortfalls):
            raise AcceptanceRefused("open")
        units = {each.archive_code: each for each in batch.units.all()}
        seed = secrets.token_hex(16)
        drawn = draw_sample(units, seed=seed, rate=rate)
        made = Acceptance.objects.create(
            batch=batch,
            round=last.round + 1 if last is not None else 1,
            seed=seed,
            rate=rate,
            passing=passing,
            linked=LINKED,
            read=read,
            population=len(units),
            begun_by=by.reference,
            begun_at=now,
        )
        DrawnRecord.objects.bulk_create(
            [
                DrawnRecord(
                    acceptance=made, archive_code=each, record_id=units[each].record_id, pages=units[each].pages
                )
                for each in drawn
            ]
        )
        after = {
            "round": made.round,
            "seed": seed,
            "rate": f"{rate:g}",
            "passing": f"{passing:g}",
            "linked": f"{LINKED:g}",
            "read": f"{read:g}",
            "population": len(units),
            "drawn": drawn,
        }
        _tell(batch.pk, "scans.acceptance-begun", {"after": after}, by, now)
    return made


def judge_record(
    *, acceptance_id: int, drawn_id: int, faults: Collection[str], note: str, by: Actor, now: datetime
) -> None:
    """Say of a record that was drawn that nothing is wrong with it, or what is. Said again, the later word counts.

    Raises DrawnRecord.DoesNotExist, AcceptanceRefused.
    """
    if not set(faults) <= set(FAULTS):
        raise AcceptanceRefused("faults")
    with transaction.atomic():
        row = Acceptance.objects.select_for_update().get(pk=acceptance_id)
        drawn = DrawnRecord.objects.get(pk=drawn_id, acceptance=row)
        if row.state != AcceptanceState.OPEN:
            raise AcceptanceRefused("closed")
        before = {"passed": drawn.passed, "faults": drawn.faults, "note": drawn.note}
        drawn.passed, drawn.faults, drawn.note = not faults, sorted(faults), note.strip()[:500]
        after = {"passed": drawn.passed, "faults": drawn.faults, "note": drawn.note}
        if before == after:
            return
        drawn.by, drawn.at = by.reference, now
        drawn.save(update_fields=["passed", "faults", "note", "by", "at"])
        detail = {"round": row.round, "archive_code": drawn.archive_code, "before": before, "after": after}
        _tell(row.batch_id, "scans.record-inspected", detail, by, now)


def conclude_acceptance(*, acceptance_id: int, note: str, by: Actor, now: datetime) -> tuple[str, ...]:
    """Measure, compare with the thresholds, and give the verdict for a second person to sign; returns what was not
    reached.

    The recognition rate is that of the drawn pages as a reviewer left them against what was read there: every drawn
    page with text must have been reviewed, where a rate is asked for. Raises Acceptance.DoesNotExist,
    AcceptanceRefused.
    """
    with transaction.atomic():
        row = Acceptance.objects.select_for_update().get(pk=acceptance_id)
        if row.state != AcceptanceState.OPEN:
            raise AcceptanceRefused("closed")
        if row.drawn.filter(passed=None).exists():
            raise AcceptanceRefused("unfinished")
        read = _drawn_readings(row)
        if row.read > 0 and read.filter(reviewed_at=None, characters__gt=0).exists():
            raise AcceptanceRefused("not-reviewed")
        pages = row.batch.scan_pages.filter(sheet="")
        row.pages, row.pages_linked = pages.count(), pages.exclude(unit=None).count()
        row.characters, row.errors = reading_errors(
            pair for each in read.exclude(reviewed_at=None).prefetch_related("corrections") for pair in _lines(each)
        )
        row.shortfalls = list(verdict_on(measured_in(row), Thresholds(row.passing, row.linked, row.read)))
        row.note, row.state = note.strip()[:1000], AcceptanceState.CONCLUDED
        row.concluded_by, row.concluded_at = by.reference, now
        row.save()
        found = measured_in(row)
        after = {
            "round": row.round,
            "passed": found.passed,
            "drawn": found.drawn,
            "pages": found.pages,
            "linked": found.linked,
            "characters": found.characters,
            "errors": found.errors,
            "shortfalls": row.shortfalls,
            "note": row.note,
        }
        _tell(row.batch_id, "scans.acceptance-concluded", {"after": after}, by, now, _result(row))
    return tuple(row.shortfalls)


def sign_acceptance(*, acceptance_id: int, by: Actor, now: datetime) -> None:
    """A second person stands by the verdict: an accepted batch may be taken over, a refused one goes back with its
    reasons to whoever registered it. Raises Acceptance.DoesNotExist, AcceptanceRefused.
    """
    with transaction.atomic():
        row = Acceptance.objects.select_for_update().get(pk=acceptance_id)
        if row.state != AcceptanceState.CONCLUDED:
            raise AcceptanceRefused("unfinished" if row.state == AcceptanceState.OPEN else "closed")
        if by.reference == row.concluded_by:
            raise AcceptanceRefused("same-person")
        row.state, row.signed_by, row.signed_at = AcceptanceState.SIGNED, by.reference, now
        row.save(update_fields=["state", "signed_by", "signed_at"])
        detail = {
            "before": {"state": "concluded"},
            "after": {"state": "signed", "round": row.round, "concluded_by": row.concluded_by},
        }
        _tell(row.batch_id, "scans.acceptance-signed", detail, by, now, _result(row))
        number = row.batch.by.partition(":")[2]
        notify(
            text=Sentence("scans-refused" if row.shortfalls else "scans-accepted", {"name": row.batch.name}),
            link=f"/digitising/{row.batch_id}/acceptance/",
            person_id=int(number) if number.isdecimal() else None,
        )


def measured_in(row: Acceptance) -> Measured:
    """What was found in a round so far."""
    passed = list(row.drawn.values_list("passed", flat=True))
    return Measured(len(passed), passed.count(True), row.pages, row.pages_linked, row.characters, row.errors)


def _drawn_readings(row: Acceptance) -> Any:
    codes = list(row.drawn.values_list("archive_code", flat=True))
    return ReadPage.objects.filter(page__batch_id=row.batch_id, page__unit__archive_code__in=codes)


def _lines(page: ReadPage) -> Iterator[tuple[str, str]]:
    """The lines of a reviewed page: as they were read, and as the reviewer left them."""
    first: dict[int, str] = {}
    for each in sorted(page.corrections.all(), key=lambda one: one.pk):
        first.setdefault(each.line, each.before)
    for number, line in enumerate(page.lines):
        text = str(line["text"])
        yield first.pop(number, text), text
    yield from ((before, "") for before in first.values())


def _result(row: Acceptance) -> str:
    return "refused" if row.shortfalls else "accepted"


def _tell(batch: int, kind: str, detail: dict[str, Any], by: Actor, now: datetime, result: str = "done") -> None:
    append_entries(
        entries=[
            NewEntry(
                kind=kind, subject=f"scans:{batch}", actor=by.reference, role=by.role, address=by.address, at=now,
                result=result, detail=detail,
            )
        ]
    )  # fmt: skip
