"""What was agreed with whom, as intake asks for it: for many bodies at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from lantai.administration.models import AccessionPolicy, Agreement


@dataclass(frozen=True, slots=True)
class AgreementView:
    """The agreements of one body that hold, seen as one.

    `automatic` says that packages without fault are taken in by policy: every agreement must say so. `terms` are what
    checks look at: `fonds` and, where narrowed, `items`, `formats`, `bytes` and `files`. `correction_days` is the least
    number of days any of them gives for sending a returned package again, `handover_days` the least for handing over
    after a case was closed; None where none does. `ends_on` is the last day any of them holds, None without end.
    """

    organisation_id: int
    numbers: tuple[str, ...]
    profiles: tuple[str, ...]
    automatic: bool
    terms: Mapping[str, Any]
    correction_days: int | None = None
    handover_days: int | None = None
    ends_on: date | None = None


def agreements_of(*, organisation_ids: Collection[int], at: datetime | None = None) -> dict[int, AgreementView]:
    """The agreements in force at *at* (now, when None) of each of these bodies; a body without any is not in the
    answer."""
    found: dict[int, list[Agreement]] = {}
    for each in _in_force(timezone.localdate(at)).filter(organisation_id__in=organisation_ids):
        found.setdefault(each.organisation_id, []).append(each)
    return {organisation_id: _joined(organisation_id, rows) for organisation_id, rows in found.items()}


def _in_force(day: date) -> Any:
    return (
        Agreement.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)
        .select_related("fonds")
        .order_by("number")
    )


def _joined(organisation_id: int, rows: list[Agreement]) -> AgreementView:
    terms: dict[str, Any] = {"fonds": sorted({each.fonds.code for each in rows})}
    for name in ("items", "formats"):
        if all(getattr(each, name) for each in rows):
            terms[name] = sorted({value for each in rows for value in getattr(each, name)})
    for name in ("bytes", "files"):
        if all(name in each.limits for each in rows):
            terms[name] = max(each.limits[name] for each in rows)
    ends = [each.valid_to for each in rows if each.valid_to is not None]
    return AgreementView(
        organisation_id=organisation_id,
        numbers=tuple(each.number for each in rows),
        profiles=tuple(sorted({each.profile for each in rows})),
        automatic=all(each.policy == AccessionPolicy.AUTOMATIC for each in rows),
        terms=terms,
        correction_days=_least("correction_days", rows),
        handover_days=_least("handover_days", rows),
        ends_on=max(ends) if len(ends) == len(rows) else None,
    )


def _least(name: str, rows: list[Agreement]) -> int | None:
    """The least number of days of that name in these agreements."""
    return min((each.limits[name] for each in rows if name in each.limits), default=None)
