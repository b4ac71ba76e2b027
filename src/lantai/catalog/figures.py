"""What of the catalogue is not finished yet, in one query."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min

from lantai.catalog.models import Representation


def unconfirmed_figures() -> tuple[int, datetime | None]:
    """How many records wait for their formats to be confirmed and their text to be read, and since when the oldest."""
    found = Representation.objects.filter(confirmed_at=None, kind=Representation.Kind.RECEIVED).aggregate(
        count=Count("pk"), oldest=Min("record__accessioned_at")
    )
    return found["count"], found["oldest"]
