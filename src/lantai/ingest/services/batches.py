"""Hand-over batches (移交批次): begun by number, closed when the last package has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from lantai.ingest.models import Batch, ChannelKind
from lantai.ingest.services.receiving import SubmissionRefused
from lantai.ingest.services.waiting import queue_examination

LISTED = (ChannelKind.FOLDER, ChannelKind.COMMAND)


def open_batch(
    *,
    organisation_id: int,
    channel: str,
    number: str,
    name: str = "",
    count: int | None = None,
    size: int | None = None,
    handover: Mapping[str, Any] | None = None,
    now: datetime,
) -> Batch:
    """Begin a hand-over batch (移交批次), or find it when its number is known. ``size`` is the declared bytes in all.

    A batch from a folder stays open until ``close_batch`` when a *count* is declared for it. Raises SubmissionRefused
    when the number is another organisation's.
    """
    batch, _new = Batch.objects.get_or_create(
        number=number,
        defaults={
            "organisation_id": organisation_id,
            "channel": channel,
            "name": name,
            "declared_count": count,
            "declared_bytes": size,
            "handover": dict(handover or {}),
            "opened_at": now,
            "closed_at": None if count is not None and channel in LISTED else now,
        },
    )
    if batch.organisation_id != organisation_id:
        raise SubmissionRefused("batch-of-another", f"batch {number} belongs to another organisation")
    return batch


def close_batch(*, batch: Batch, now: datetime) -> None:
    """Say that the last package of *batch* has come, and have it examined."""
    with transaction.atomic():
        Batch.objects.filter(pk=batch.pk, closed_at=None).update(closed_at=now)
        queue_examination()
