"""Readers that harm their child at one package, as a parser would at a file made for it; for children of a sandbox."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from lantai.archival.checks.faults import sound_case
from lantai.archival.checks.reading import read_stranger
from lantai.archival.packages import HandoverLine, Package

GUILTY = f"{sound_case(3).name}.zip"


def crash(
    path: Path, profile: str, handover: HandoverLine | None, name: str, text: bool, digests: dict[str, str], *more: Any
) -> Package:
    """End like a parser that writes where it must not."""
    if name == GUILTY:
        os.kill(os.getpid(), signal.SIGSEGV)
    return read_stranger(path, profile, handover, name, text, digests, *more)


def sleep(
    path: Path, profile: str, handover: HandoverLine | None, name: str, text: bool, digests: dict[str, str], *more: Any
) -> Package:
    """Never come back."""
    if name == GUILTY:
        time.sleep(600)
    return read_stranger(path, profile, handover, name, text, digests, *more)


def eat(
    path: Path, profile: str, handover: HandoverLine | None, name: str, text: bool, digests: dict[str, str], *more: Any
) -> Package:
    """Take all memory there is."""
    if name == GUILTY:
        held = [bytearray(64 << 20) for _piece in range(1000)]
        del held
    return read_stranger(path, profile, handover, name, text, digests, *more)
