"""What the rounds of verification came to, for pages, the command line and the next round."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Max, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat

from lantai.archival.verification import Found
from lantai.storage.copies import RoundDone
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


def standing() -> tuple[RoundDone | None, dict[tuple[str, str], int]]:
    """The newest finished round over everything kept, whoever made it, and how many findings are open of each area and
    code; in one query.
    """
    findings = (
        VerificationFinding.objects.filter(mended_at=None)
        .annotate(of=Concat("area", Value(" "), "code"), told=Value("", output_field=TextField()))
        .values("of", "told")
        .annotate(n=Count("pk"), at=Max("found_at"))
    )
    whole = VerificationRound.objects.filter(finished_at__isnull=False, figures__has_key="records")
    newest = (
        VerificationRound.objects.filter(pk=Subquery(whole.order_by("-finished_at").values("pk")[:1]))
        .annotate(of=Value(""), told=Cast("figures", TextField()), n=F("pk"), at=F("finished_at"))
        .values("of", "told", "n", "at")
    )
    rows: Any = findings.union(newest, all=True)
    done: RoundDone | None = None
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        if row["of"]:
            area, _space, code = row["of"].partition(" ")
            found[area, code] = row["n"]
        else:
            done = RoundDone(row["at"], json.loads(row["told"]))
    return done, found


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
