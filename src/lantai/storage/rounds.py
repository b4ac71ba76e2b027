"""What the rounds of verification came to, for pages, the command line and the next round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from lantai.archival.verification import Found
from lantai.storage.models import VerificationFinding, VerificationRound


@dataclass(frozen=True, slots=True)
class RoundView:
    """One round of verification. ``figures`` says by area how many things were looked at; ``seconds`` of work."""

    id: int
    by: str
    started_at: datetime
    finished_at: datetime | None
    position: Mapping[str, Any]
    figures: Mapping[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class FindingView:
    """An open finding of a verification, with when it was found first and last."""

    area: str
    found: Found
    found_at: datetime
    seen_at: datetime


def last_round(*, by: str = "", finished: bool = True) -> RoundView | None:
    """The newest round, of whomever or of *by*: the last one *finished*, else the one still under way."""
    rows = VerificationRound.objects.filter(finished_at__isnull=not finished)
    row = (rows.filter(by=by) if by else rows).order_by("-finished_at" if finished else "-pk").first()
    if row is None:
        return None
    return RoundView(row.pk, row.by, row.started_at, row.finished_at, row.position, row.figures, row.seconds)


def open_findings(*, area: str = "", limit: int = 100, offset: int = 0) -> list[FindingView]:
    """What is open of what was found, the oldest first, in one area or in all."""
    rows = VerificationFinding.objects.filter(mended_at=None)
    return [
        FindingView(each.area, Found(each.code, each.place, each.values), each.found_at, each.seen_at)
        for each in (rows.filter(area=area) if area else rows).order_by("id")[offset : offset + limit]
    ]


def count_findings() -> dict[str, int]:
    """How many findings are open in each area that has any."""
    rows = VerificationFinding.objects.filter(mended_at=None).values("area").annotate(n=Count("pk"))
    return {each["area"]: each["n"] for each in rows}
