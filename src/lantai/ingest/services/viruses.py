"""clamd over its socket: which files carry a known malware, and which signatures said so. Absent is 'not checked'."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

CHUNK = 256 * 1024


class VirusScannerFailed(Exception):
    """clamd is configured but did not answer as it should; nothing may count as clean."""


def virus_engine() -> tuple[str, str]:
    """Name with version, and version with date of the signatures; both empty where no scanner is configured or
    reached.
    """
    if not settings.LANTAI_CLAMAV:
        return "", ""
    try:
        with _connect() as line:
            line.sendall(b"zVERSION\0")
            answer = _answer(line)
    except OSError:
        return "", ""
    engine, _slash, signatures = answer.partition("/")
    return engine, signatures


def scan_files(*, paths: Iterable[Path]) -> dict[str, str]:
    """The name of what was found, by path, for each file that carries something; clean files are left out.

    clamd looks inside ZIP and TAR by itself. Raises VirusScannerFailed when it answers with an error.
    """
    found: dict[str, str] = {}
    for path in paths:
        with _connect() as line, path.open("rb") as stream:
            line.sendall(b"zINSTREAM\0")
            while piece := stream.read(CHUNK):
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
            answer = _answer(line)
        if answer.endswith("FOUND"):
            found[str(path)] = answer.removeprefix("stream: ").removesuffix(" FOUND")
        elif not answer.endswith("OK"):
            raise VirusScannerFailed(f"clamd said {answer!r} of {path.name}")
    return found


def _connect() -> socket.socket:
    address: str = settings.LANTAI_CLAMAV
    if address.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(120)
        line.connect(address.removeprefix("unix:"))
        return line
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=120)


def _answer(line: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0"):
        piece = line.recv(4096)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0").decode("utf-8", "replace")
