"""The trust list as judging asks for it, and as its page shows it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils import timezone

from lantai.administration.models import TrustedIssuer
from lantai.archival.sealing import Trust, TrustedCertificate


def trust_list(*, at: datetime) -> Trust:
    """Whom the archive trusts now, for judging at a moment."""
    rows = TrustedIssuer.objects.filter(removed_at__isnull=True).order_by("pk")
    return Trust(
        tuple(
            TrustedCertificate(bytes(der), anchor, begins, ends)
            for der, anchor, begins, ends in rows.values_list("der", "anchor", "valid_from", "valid_until")
        ),
        at,
    )


def trust_changed_at(*, now: datetime) -> datetime | None:
    """The last moment until *now* at which trust changed: a certificate came or was removed, or the days for which one
    is trusted began or were over. None before the first.
    """
    moments: list[datetime] = []
    rows = TrustedIssuer.objects.values_list("added_at", "removed_at", "valid_from", "valid_until")
    for added, removed, begins, ends in rows:
        days = [begins, ends + timedelta(days=1) if ends else None]
        moments += [added, *([removed] if removed else [])]
        moments += [timezone.make_aware(datetime.combine(day, time.min)) for day in days if day is not None]
    return max((each for each in moments if each <= now), default=None)


def list_trusted_issuers(*, removed: bool) -> list[TrustedIssuer]:
    """The certificates of the list, the newest first, without their bytes; or those that were removed from it."""
    return list(TrustedIssuer.objects.filter(removed_at__isnull=not removed).defer("der"))


def trusted_issuer(*, number: int) -> TrustedIssuer | None:
    """One certificate of the list, removed ones among them; None for an unknown number."""
    return TrustedIssuer.objects.filter(pk=number).first()
