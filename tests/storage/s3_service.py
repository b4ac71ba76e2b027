"""An S3 service on this machine: rclone serving a folder, ended with the test session."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lantai.storage.bucket import Address

KEY, SECRET = "LANTAIKEY1", "SECRETSECRET1"


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def rclone(folder: Path, port: int = 0) -> Iterator[str]:
    """Serve *folder*, whose folders are buckets (those it has now: the service remembers them); yields the endpoint."""
    port = port or free_port()
    program = Path(sys.executable).with_name("rclone")
    command = [str(program), "serve", "s3", "--auth-key", f"{KEY},{SECRET}", "--addr", f"127.0.0.1:{port}"]
    service = subprocess.Popen(
        [*command, "--config", "/dev/null", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        service.kill()
        service.wait()


def wait_for(port: int, seconds: float = 30.0) -> None:
    """Wait until somebody listens on *port*. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nobody listens on port {port}")


def address(endpoint: str, bucket: str, prefix: str = "") -> Address:
    """The address of a bucket of ours there."""
    return Address(endpoint, bucket, prefix, KEY, SECRET)
