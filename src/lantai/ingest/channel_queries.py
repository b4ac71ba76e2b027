"""How the departments' channels stand (对接渠道): what came, what was refused, and why. One query a figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils import timezone

from lantai.ingest.models import ChannelTrouble, ReportedFault, Submission, SubmissionState
from lantai.ingest.services.refusals import TOO_MANY

DAYS = 30
_DECIDED = (
    SubmissionState.EXAMINED,
    SubmissionState.APPROVED,
    SubmissionState.REJECTED,
    SubmissionState.ACCESSIONED,
    SubmissionState.SUPERSEDED,
)


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """One channel of one body: its last package, packages of today and of DAYS days, of these examined and refused."""

    organisation_id: int
    channel: str
    last: datetime | None
    today: int
    month: int
    examined: int
    refused: int


@dataclass(frozen=True, slots=True)
class TroubleFigures:
    """Refused calls of one channel within DAYS days: how many, how many of them for calling too often, the last."""

    calls: int
    too_many: int
    last: datetime | None


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """One reason calls were refused for, within DAYS days."""

    channel: str
    credential_id: int
    code: str
    title: str
    detail: str
    count: int
    last: datetime


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """One check that found something wrong with packages of one body within DAYS days."""

    code: str
    packages: int


def channel_figures(*, now: datetime, organisation_id: int | None = None) -> list[ChannelFigures]:
    """What came by which channel from which body, in one query."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    month = Q(created_at__gte=now - timedelta(days=DAYS))
    found = Submission.objects.all()
    if organisation_id is not None:
        found = found.filter(organisation_id=organisation_id)
    rows = (
        found.values("organisation_id", "channel")
        .annotate(
            last=Max("created_at"),
            today=Count("pk", filter=Q(created_at__gte=midnight)),
            month=Count("pk", filter=month),
            examined=Count("pk", filter=month & Q(state__in=_DECIDED)),
            refused=Count("pk", filter=month & Q(state__in=[SubmissionState.REJECTED, SubmissionState.SUPERSEDED])),
        )
        .order_by("organisation_id", "channel")
    )
    return [ChannelFigures(**each) for each in rows]


def trouble_figures(*, now: datetime) -> dict[tuple[int, str], TroubleFigures]:
    """Refused calls by body and channel, in one query."""
    rows = (
        _lately(now)
        .values("organisation_id", "channel")
        .annotate(calls=Sum("count"), too_many=Sum("count", filter=Q(code=TOO_MANY)), last=Max("last_at"))
    )
    return {
        (each["organisation_id"], each["channel"]): TroubleFigures(each["calls"], each["too_many"] or 0, each["last"])
        for each in rows
    }


def troubles_of(*, organisation_id: int, now: datetime) -> list[TroubleRow]:
    """The reasons calls of one body were refused for, the newest first, each with its last detail."""
    rows = _lately(now).filter(organisation_id=organisation_id).order_by("last_at", "pk")
    joined: dict[tuple[str, int, str], TroubleRow] = {}
    for each in rows:
        key = (each.channel, each.credential_id, each.code)
        before = joined.get(key)
        joined[key] = TroubleRow(
            each.channel,
            each.credential_id,
            each.code,
            each.title,
            each.detail,
            each.count + (before.count if before else 0),
            each.last_at,
        )
    return sorted(joined.values(), key=lambda each: each.last, reverse=True)


def refusal_reasons(*, organisation_id: int, now: datetime, limit: int = 10) -> list[RefusalRow]:
    """The checks by which packages of one body were refused within DAYS days, the most frequent first."""
    rows = (
        ReportedFault.objects.filter(
            submission__organisation_id=organisation_id,
            submission__created_at__gte=now - timedelta(days=DAYS),
            submission__state__in=[SubmissionState.REJECTED, SubmissionState.SUPERSEDED],
        )
        .values("code")
        .annotate(packages=Count("submission", distinct=True))
        .order_by("-packages", "code")
    )
    return [RefusalRow(**each) for each in rows[:limit]]


def _lately(now: datetime) -> QuerySet[ChannelTrouble]:
    return ChannelTrouble.objects.filter(day__gt=timezone.localdate(now) - timedelta(days=DAYS))
