"""Parsers that misbehave in every way one can; run in the sandbox's children only."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from lantai.archival.formats import Format


def double(number: int) -> int:
    return 2 * number


def process() -> int:
    return os.getpid()


def nursery() -> int:
    return os.getppid()


def crash(number: int) -> int:
    if number % 7 == 3:
        os.abort()
    return number


def crash_once(marker: Path) -> str:
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGSEGV)
    return "recovered"


def sleep(seconds: float) -> str:
    time.sleep(seconds)
    return "slept"


def spin() -> None:
    while True:
        pass


def swallow(mebibytes: int) -> int:
    return len(bytearray(mebibytes << 20))


def recurse(depth: int) -> int:
    return recurse(depth + 1)


def leave(code: int) -> None:
    os._exit(code)


def fail() -> None:
    raise ValueError("not what it says")


def refuse() -> None:
    raise FileNotFoundError(2, "gone")


def echo(value: Any) -> Any:
    return value


def environment() -> tuple[str, ...]:
    return tuple(os.environ)


def strange() -> object:
    return object()


def lie() -> Format:
    """A child that was taken over: it sends a frame of something else than was asked for."""
    import socket

    from lantai.archival.checks import wire

    lie = wire.frame({"how": "value", "value": {"os:system": ["true"]}})
    for descriptor in range(3, 64):
        try:
            with socket.socket(fileno=os.dup(descriptor)) as connection:
                connection.sendall(lie)
        except OSError:
            continue
    time.sleep(30)
    return Format("", "")
