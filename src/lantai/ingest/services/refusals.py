"""Refused calls of the departments' channels (对接异常), counted by day and reason, so that somebody sees them."""

from __future__ import annotations

import threading
import time
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from lantai.ingest.models import ChannelTrouble

TOO_MANY = "too-many-calls"
GATHER_SECONDS = 5.0
"""Between two writes about too many calls of one credential: who calls too often shall not make us write as often."""
_held: dict[tuple[int, int], tuple[float, int]] = {}
_holding = threading.Lock()


def note_refused_call(
    *,
    organisation_id: int,
    channel: str,
    code: str,
    title: str,
    detail: str = "",
    credential_id: int = 0,
    now: datetime,
) -> None:
    """Count one refused call; calls above the agreed rate are counted here and written every few seconds."""
    number = _gathered(organisation_id, credential_id) if code == TOO_MANY else 1
    if not number:
        return
    which = {
        "organisation_id": organisation_id,
        "credential_id": credential_id,
        "channel": channel,
        "day": timezone.localdate(now),
        "code": code[:60],
    }
    with transaction.atomic():
        row, new = ChannelTrouble.objects.get_or_create(
            **which, defaults={"title": title[:200], "detail": detail[:300], "count": number, "last_at": now}
        )
        if not new:
            ChannelTrouble.objects.filter(pk=row.pk).update(count=F("count") + number, detail=detail[:300], last_at=now)


def forget_gathered_refusals() -> None:
    """Let go of what was gathered in this process and not written."""
    with _holding:
        _held.clear()


def _gathered(organisation_id: int, credential_id: int) -> int:
    """How many calls are to be written now; 0 while they are gathered."""
    key, moment = (organisation_id, credential_id), time.monotonic()
    with _holding:
        written, held = _held.get(key, (-GATHER_SECONDS, 0))
        if moment - written < GATHER_SECONDS:
            _held[key] = (written, held + 1)
            return 0
        _held[key] = (moment, 0)
    return held + 1
