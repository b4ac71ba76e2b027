"""Signs of life (心跳): every program that runs in the background says so every few seconds."""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime, timedelta

from django.utils import timezone

from lantai.work.models import Heartbeat

BEAT_SECONDS = 10.0
_beaten: dict[tuple[str, int], float] = {}


def beat(*, program: str) -> None:
    """Say that this process runs as *program* (``work``, ``follow``, ``watch``); written every BEAT_SECONDS at most."""
    key, moment = (program, os.getpid()), time.monotonic()
    if moment - _beaten.get(key, -BEAT_SECONDS) < BEAT_SECONDS:
        return
    _beaten[key] = moment
    now = timezone.now()
    if not Heartbeat.objects.filter(program=program, name=_name()).update(beat_at=now):
        Heartbeat.objects.get_or_create(program=program, name=_name(), defaults={"started_at": now, "beat_at": now})


def stop_beating(*, program: str) -> None:
    """Say that this process no longer runs as *program*: it ends in order, and nobody need ask where it is."""
    _beaten.pop((program, os.getpid()), None)
    Heartbeat.objects.filter(program=program, name=_name()).delete()


def forget_heartbeats(*, older_than: timedelta, now: datetime) -> int:
    """Remove the signs of programs that have been silent so long; returns how many."""
    return Heartbeat.objects.filter(beat_at__lt=now - older_than).delete()[0]


def _name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:100]
