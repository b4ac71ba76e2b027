"""The archive of the drill: a home of its own, commands run in it as an operator does, its files looked at."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAIN, SECOND, THIRD = "main", "copy-2", "copy-3"


class DrillBroken(RuntimeError):
    """A command of the drill did not do what it is for; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to: its exit code, all it said, the JSON object in its last line (empty without one), and the
    seconds it took.
    """

    code: int
    said: str
    answer: dict[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything of the drill below one folder."""

    folder: Path

    @property
    def home(self) -> Path:
        """The archive's home."""
        return self.folder / "home"

    @property
    def identity(self) -> Path:
        """The identity file of the escrow recipient."""
        return self.folder / "escrow-identity.txt"

    def environment(self, home: Path | None = None) -> dict[str, str]:
        """The settings of the archive, or of the one restored to *home* beside the same storage."""
        base = home or self.home
        return os.environ | {
            "LANTAI_HOME": str(base),
            "LANTAI_DATABASE": "",
            "LANTAI_STORAGE": str(self.home / "storage"),
            "LANTAI_KEYS": str(base / "keys" / "vault"),
            "LANTAI_KEYS_TOKEN": "",
            "LANTAI_KEYS_PASSPHRASE": str(self.folder / "passphrase"),
            "LANTAI_BACKUPS": str(self.folder / "backups"),
            "LANTAI_KEY_BACKUPS": str(self.folder / "key-backups"),
            "LANTAI_COPY_RATE": "0",
        }

    def run(self, *arguments: str | Path, home: Path | None = None, codes: tuple[int, ...] = (0,)) -> Done:
        """Run ``lantai`` in the archive. Raises DrillBroken when it ends with another code than *codes*."""
        return self.ran([sys.executable, "-m", "lantai", *map(str, arguments)], home=home, codes=codes)

    def ran(self, command: list[str], *, home: Path | None = None, codes: tuple[int, ...] = (0,)) -> Done:
        """Run any program in the archive's environment. Raises DrillBroken as ``run``."""
        begun = time.monotonic()
        done = subprocess.run(
            command, env=self.environment(home), cwd=self.folder, capture_output=True, text=True, check=False
        )
        seconds = time.monotonic() - begun
        if done.returncode not in codes:
            raise DrillBroken(f"{' '.join(command[2:6])}: {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")
        return Done(done.returncode, done.stdout + done.stderr, _answer(done.stdout.strip()), seconds)

    def boxes(self, location: str) -> list[Path]:
        """The folders of the objects with packages at a location."""
        root = self.home / "storage" if location == MAIN else self.home / "copies" / location
        return sorted(each for each in root.glob("*/*/*/urn%3alantai%3abox*") if each.is_dir())

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the archive's database, read only."""
        with sqlite3.connect(f"file:{self.home / 'lantai.sqlite3'}?mode=ro", uri=True) as line:
            return line.execute(sql).fetchall()

    def set_database_aside(self) -> Path:
        """Move the database and what belongs to it away, to be compared with, and remove the index; returns where."""
        before = self.folder / "before"
        before.mkdir()
        for each in self.home.glob("lantai.sqlite3*"):
            shutil.move(each, before / each.name)
        shutil.rmtree(self.home / "index", ignore_errors=True)
        return before


def _answer(said: str) -> dict[str, Any]:
    """The JSON object in the last line, or over all lines; empty without one."""
    last = said.rpartition("\n")[2]
    text = last if last.startswith("{") else said
    found: dict[str, Any] = json.loads(text) if text.startswith("{") else {}
    return found


def flip_byte(path: Path) -> None:
    """Change one bit in the middle of a file."""
    with path.open("r+b") as stream:
        place = path.stat().st_size // 2
        stream.seek(place)
        byte = stream.read(1)
        stream.seek(place)
        stream.write(bytes([byte[0] ^ 1]))


def places_of(wanted: Sequence[bytes], folder: Path) -> list[str]:
    """The files below *folder* in which any of *wanted* stands, byte by byte."""
    longest = max(map(len, wanted))
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and not each.is_symlink()):
        rest = b""
        with path.open("rb") as stream:
            while piece := stream.read(1 << 20):
                data = rest + piece
                if any(each in data for each in wanted):
                    found.append(str(path.relative_to(folder)))
                    break
                rest = data[-longest:]
    return found
