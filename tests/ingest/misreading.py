"""Readers that harm their child at one package, as a parser would at a file made for it; for children of a sandbox."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from lantai.archival.checks.faults import sound_case
from lantai.archival.checks.reading import read_stranger
from lantai.archival.packages import Package

GUILTY = f"{sound_case(3).name}.zip"


def crash(*asked: Any) -> Package:
    """End like a parser that writes where it must not."""
    if asked[3] == GUILTY:
        os.kill(os.getpid(), signal.SIGSEGV)
    return read_stranger(*asked)


def sleep(*asked: Any) -> Package:
    """Never come back."""
    if asked[3] == GUILTY:
        time.sleep(600)
    return read_stranger(*asked)


def eat(*asked: Any) -> Package:
    """Take all memory there is."""
    if asked[3] == GUILTY:
        held = [bytearray(64 << 20) for _piece in range(1000)]
        del held
    return read_stranger(*asked)
