"""clamd over its socket: which files carry a known malware, and which signatures said so. Absent is 'not checked'."""

from __future__ import annotations

import logging
import socket
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

logger = logging.getLogger("lantai.ingest")
CHUNK = 256 * 1024
SECONDS = 120


@dataclass(frozen=True, slots=True)
class Scan:
    """What the engine said of each file: ``found`` maps a path to the names of what it carries, ``looked`` are the
    files it answered for. What is not in ``looked`` was not checked, whatever the reason.
    """

    engine: str = ""
    signatures: str = ""
    looked: frozenset[Path] = frozenset()
    found: Mapping[Path, str] = field(default_factory=dict)


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


def scan_files(*, paths: Sequence[Path]) -> Scan:
    """Have clamd look at *paths*; it looks inside ZIP and TAR by itself.

    A file that clamd will not answer for (too large for it, or clamd is gone) is not among those looked at; nothing
    counts as clean that was not looked at.
    """
    engine, signatures = virus_engine()
    if not engine:
        return Scan()
    looked: set[Path] = set()
    found: dict[Path, str] = {}
    for path in paths:
        try:
            answer = _scan(path)
        except TimeoutError:
            logger.warning("clamd hangs at %s: the files after it are not checked either", path.name)
            break
        except OSError as error:
            logger.warning("clamd did not answer for %s: %s", path.name, error)
            continue
        if answer.endswith(" FOUND"):
            found[path] = answer.removeprefix("stream: ").removesuffix(" FOUND")
        elif not answer.endswith(": OK"):
            logger.warning("clamd said of %s: %s", path.name, answer)
            continue
        looked.add(path)
    return Scan(engine, signatures, frozenset(looked), found)


def _scan(path: Path) -> str:
    """What clamd says of one file. Raises OSError when it does not answer."""
    with path.open("rb") as stream, _connect() as line:
        try:
            line.sendall(b"zINSTREAM\0")
            while piece := stream.read(CHUNK):
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
        except BrokenPipeError:
            pass  # it has heard enough: its answer says why
        return _answer(line)


def _connect() -> socket.socket:
    address: str = settings.LANTAI_CLAMAV
    if address.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        try:
            line.connect(address.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=SECONDS)


def _answer(line: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0"):
        piece = line.recv(4096)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0").decode("utf-8", "replace")
