"""What people found of the groups of the long-term stage that only people can judge (人工检测)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max

from lantai.preservation.models import LongtermSignoff


@dataclass(frozen=True, slots=True)
class SignoffView:
    """One signed finding: *verdict* is pass, warning or fail, *signer* who signed, as called that day."""

    group: str
    verdict: str
    checked_on: date
    found: str
    next_on: date
    signer: str
    at: datetime


def newest_signoffs() -> dict[str, SignoffView]:
    """The newest signed finding of each group that has one, by group."""
    newest = LongtermSignoff.objects.values("group").annotate(last=Max("pk")).values("last")
    return {each.group: _view(each) for each in LongtermSignoff.objects.filter(pk__in=newest)}


def signoffs_of(*, group: str, limit: int = 10) -> list[SignoffView]:
    """The newest signed findings of one group, the newest first."""
    return [_view(each) for each in LongtermSignoff.objects.filter(group=group).order_by("-pk")[:limit]]


def _view(row: LongtermSignoff) -> SignoffView:
    return SignoffView(row.group, row.verdict, row.checked_on, row.found, row.next_on, row.signer, row.at)
