"""Say of records in a restored database that they are destroyed (恢复后再次销毁), where the backup did not know it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from lantai.catalog.models import ComponentText, Record, RecordState
from lantai.ledger.services import NewEntry, append_entries

DESTROYED = "record.destroyed"


def repeat_destructions(*, record_codes: Collection[str], by: str, now: datetime) -> int:
    """Remove the extracted texts of these records and say that they are destroyed; returns how many were not said to be
    so. Their keys are destroyed by ``lantai.storage.services.finish_destructions``.
    """
    with transaction.atomic():
        ComponentText.objects.filter(record__record_code__in=record_codes).delete()
        rows = list(
            Record.objects.select_for_update().filter(record_code__in=record_codes).exclude(state=RecordState.DESTROYED)
        )
        entries = [
            NewEntry(
                kind=DESTROYED,
                subject=row.record_code,
                actor=by,
                at=now,
                result="destroyed",
                detail={
                    "before": {"state": row.state},
                    "after": {"state": RecordState.DESTROYED.value},
                    "reason": "restore",
                },
            )
            for row in rows
        ]
        Record.objects.filter(pk__in=[row.pk for row in rows]).update(state=RecordState.DESTROYED, changed_at=now)
        append_entries(entries=entries)
    return len(rows)
