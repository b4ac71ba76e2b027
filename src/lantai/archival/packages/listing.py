"""What every container tells of its entries before a byte of their content is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from lantai.archival.packages.limits import Limits
from lantai.archival.packages.model import Problem


class Entry(NamedTuple):
    """One file as its container declares it. ``offset`` is where its (perhaps deflated) bytes begin, None in a
    folder; ``crc`` is the declared CRC-32, None where the container has none. Sizes are bytes."""

    path: str
    raw_name: bytes
    name_encoding: str
    size: int
    stored_size: int
    offset: int | None
    method: Literal["stored", "deflated", "file", "base64"]
    modified: str
    crc: int | None


@dataclass(slots=True)
class Listing:
    """The entries of a container, in its own order, and everything that is wrong with them, as it is found."""

    limits: Limits
    kind: Literal["zip", "tar", "folder", "eep"]
    size: int = 0
    entries: Sequence[Entry] = ()
    folders: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, code: str, path: str = "", detail: str = "") -> None:
        """Note a problem that forbids to read any content. Beyond ``limits.problems`` nothing more is kept."""
        if len(self.problems) < self.limits.problems:
            self.problems.append(Problem(code, path, detail, fatal=True))
