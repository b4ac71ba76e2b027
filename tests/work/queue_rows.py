"""Duties for tests of the queue: many, of several kinds, around a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from lantai.work.models import DueWork

LONG = "永城县二〇二六年度行政审批电子档案移交包" * 10
"""Two hundred characters."""


def duty(number: int, *, days: int | None = 5, kind: str = "submission", **more: Any) -> DueWork:
    """One open duty of archivists, due in *days* (None: no day)."""
    now, today = timezone.now(), timezone.localdate()
    fields: dict[str, Any] = {
        "kind": kind,
        "subject": f"{kind[:1].upper()}{number:06d}",
        "title": f"第 {number} 件移交包",
        "reason": "agreement-asks",
        "role": "archivist",
        "due_on": None if days is None else today + timedelta(days=days),
        "raised_at": now,
    }
    return DueWork(**fields | more)


def make_duties(number: int, **more: Any) -> list[DueWork]:
    """That many duties with numbers from 1, due in 5 days."""
    return DueWork.objects.bulk_create([duty(each, **more) for each in range(1, number + 1)])


def make_many(number: int, *, today: date, now: datetime) -> None:
    """That many duties of three kinds, spread over thirty days of which five are past, some of them put off."""
    kinds = ("submission", "verification", "submission", "correction")
    DueWork.objects.bulk_create(
        [
            DueWork(
                kind=kinds[each % 4],
                subject=f"M{each:07d}",
                title=f"第 {each} 件移交包",
                reason="agreement-asks",
                role="archivist",
                due_on=None if each % 50 == 0 else today + timedelta(days=each % 30 - 5),
                put_off_until=today + timedelta(days=3) if each % 500 == 7 else None,
                raised_at=now,
            )
            for each in range(number)
        ],
        batch_size=5000,
    )
