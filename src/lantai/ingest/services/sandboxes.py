"""The limited children of this process, started at first use and shared by all that read strangers' files."""

from __future__ import annotations

import atexit
from functools import cache

from django.conf import settings

from lantai.archival.checks.sandbox import Sandbox


@cache
def sandbox() -> Sandbox:
    """This process's sandbox, with the workers, time and memory of the settings."""
    box = Sandbox(
        workers=settings.LANTAI_EXAMINERS,
        seconds=settings.LANTAI_EXAMINER_SECONDS,
        memory_bytes=settings.LANTAI_EXAMINER_MEMORY,
    )
    atexit.register(box.close)
    return box
