"""Cases as their departments handle them (办件): when they were closed, until when their packages are expected
(移交期限), which package came. Made of pushed progress and of examined packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from lantai.administration.queries import AgreementView, agreements_of
from lantai.ingest.models import CaseProgress, HandledCase, HandoverRule, Submission, SubmissionState
from lantai.ingest.services.awaiting import note_awaited

MISSING = "material-"
"""Reasons of the checks that begin so say that material is missing by the rules of the item."""
KEPT = (SubmissionState.EXAMINED, SubmissionState.APPROVED, SubmissionState.ACCESSIONED)
"""States of a package after which a later one that is returned changes nothing about its case."""
_PACKAGED = ["submission", "lacking", "item_code", "item_name", "title", "awaited", "awaited_on", "awaited_by"]


@dataclass(frozen=True, slots=True)
class PackagedCase:
    """What an examined package says of its case; ``state`` is where the package went, ``lacking`` that material the
    item asks for is missing."""

    submission: Submission
    state: str
    case_number: str
    item_code: str
    item_name: str
    title: str
    lacking: bool


@dataclass(frozen=True, slots=True)
class Deadline:
    """From which nodes or states on a case counts as closed, and within how many days its package is expected.

    ``days`` is None where neither rule nor agreement says anything; ``basis`` says what does.
    """

    closes: tuple[str, ...]
    days: int | None
    basis: str = ""

    def due_on(self, closed_at: datetime | None) -> date | None:
        """The last day for the package of a case closed at *closed_at*."""
        if closed_at is None or self.days is None:
            return None
        return timezone.localdate(closed_at) + timedelta(days=self.days)


class Deadlines:
    """The deadlines of some bodies on one day, read once: the rule for body and item, else the item's, else what the
    agreement with the body gives (``handover_days``), else the body's rule, else the one for all."""

    def __init__(self, rules: Sequence[HandoverRule], agreements: Mapping[int, AgreementView]) -> None:
        self.rules = {(each.organisation_id, each.item_code): each for each in rules}
        self.agreements = agreements

    def of(self, organisation_id: int, item_code: str) -> Deadline:
        """The deadline for a case of the item *item_code* of one body."""
        general = self.rules.get((organisation_id, "")) or self.rules.get((None, ""))
        own = (self.rules.get((organisation_id, item_code)) or self.rules.get((None, item_code))) if item_code else None
        if own is not None:
            return Deadline(tuple(own.closes), own.days, own.basis)
        closes = tuple(general.closes) if general else ()
        agreed = self.agreements.get(organisation_id)
        if agreed is not None and agreed.handover_days is not None:
            return Deadline(closes, agreed.handover_days, "、".join(agreed.numbers))
        return Deadline(closes, general.days if general else None, general.basis if general else "")


def deadlines_of(*, organisation_ids: set[int], now: datetime) -> Deadlines:
    """What holds now for these bodies, in two queries."""
    day = timezone.localdate(now)
    rules = HandoverRule.objects.filter(
        Q(organisation_id=None) | Q(organisation_id__in=organisation_ids),
        Q(valid_to=None) | Q(valid_to__gte=day),
        valid_from__lte=day,
    ).order_by("valid_from")
    return Deadlines(list(rules), agreements_of(organisation_ids=organisation_ids, at=now))


def note_progressed_case(*, progress: CaseProgress, item_name: str, now: datetime) -> None:
    """Bring the case of a new node up to date, in the caller's transaction: its last node, and whether it is closed."""
    case, _new = HandledCase.objects.select_for_update().get_or_create(
        organisation_id=progress.organisation_id, case_number=progress.case_number
    )
    case.item_code = progress.item_code or case.item_code
    case.item_name = item_name or case.item_name
    if case.node_at is None or case.node_at <= progress.at:
        case.node, case.node_at = progress.node, progress.at
    deadline = deadlines_of(organisation_ids={case.organisation_id}, now=now).of(case.organisation_id, case.item_code)
    if {progress.node, progress.state} & set(deadline.closes):
        case.closed_at = min(case.closed_at or progress.at, progress.at)
    case.due_on = deadline.due_on(case.closed_at)
    if progress.materials is not None or case.awaited_by:
        note_awaited(cases=[case], now=now)
    case.save()


def note_packaged_cases(*, packaged: Sequence[PackagedCase]) -> None:
    """Note which package came for which case, in the caller's transaction; without case number there is none.

    A case whose package was taken in keeps it when another one for it is returned.
    """
    by_case = {(each.submission.organisation_id, each.case_number): each for each in packaged if each.case_number}
    if not by_case:
        return
    held = {
        (each.organisation_id, each.case_number): each
        for each in HandledCase.objects.filter(case_number__in=[number for _body, number in by_case]).select_related(
            "submission"
        )
    }
    old: list[HandledCase] = []
    new: list[HandledCase] = []
    for key, each in by_case.items():
        known = held.get(key)
        if each.state == "rejected" and known and known.submission and known.submission.state in KEPT:
            continue
        row = known or HandledCase(organisation_id=key[0], case_number=key[1])
        row.submission, row.lacking = each.submission, each.lacking
        row.item_code = each.item_code or row.item_code
        row.item_name = each.item_name or row.item_name
        row.title = each.title or row.title
        row.awaited, row.awaited_on, row.awaited_by = [], None, ""
        (old if known else new).append(row)
    HandledCase.objects.bulk_update(old, _PACKAGED)
    HandledCase.objects.bulk_create(
        new, update_conflicts=True, unique_fields=["organisation_id", "case_number"], update_fields=_PACKAGED
    )
