"""A server of its own with a small demo county, for pictures and checks of pages; gone when it is left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "Yunling#2026-demo"
PATIENCE = 900.0
"""Seconds the county may take to fill."""


@contextmanager
def demo_server(*, cases: int) -> Iterator[str]:
    """Fill a county of *cases* in a folder that is removed afterwards, start everything; yields the address.

    Raises RuntimeError when it does not come up.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="lantai-demo-") as home, (Path(home) / "log").open("w+") as log:
        environment = os.environ | {"LANTAI_HOME": home, "LANTAI_ADDRESS": address}
        program = subprocess.Popen(
            [sys.executable, "-m", "lantai", "run", "--cases", str(cases)],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(program, f"http://{address}/sign-in/", log.name)
            yield f"http://{address}"
        finally:
            program.send_signal(signal.SIGINT)
            try:
                program.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(program.pid, signal.SIGKILL)
                program.wait()


def _wait(program: subprocess.Popen[bytes], page: str, log: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and program.poll() is None:
        try:
            with urllib.request.urlopen(page, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError(f"the demo server did not come up:\n{Path(log).read_text(encoding='utf-8')[-2000:]}")
