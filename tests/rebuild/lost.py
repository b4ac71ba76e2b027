"""An archive before the disaster, an empty one after it, and what tests do to the disk between."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.flows.house import House

FILL = """
from lantai.site.rebuilding.keeping import keep_everything
from tests.rebuild.filling import fill_archive
keep_everything()
answer = fill_archive()
"""


@dataclass
class Lost:
    """The archive before the disaster: its house, and the 电子文件号 of its records."""

    house: House
    records: list[str]


def run(house: House, *arguments: str) -> tuple[int, str]:
    """A command that may end with any code, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "lantai", *arguments],
        env=house.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def named(house: House) -> str:
    """How ``lantai compare`` is told of a house."""
    return house.environment.get("LANTAI_DATABASE") or str(house.home)


def compared(lost: Lost, fresh: House) -> list[dict[str, Any]]:
    """All differences, then the sum."""
    _code, said = run(fresh, "compare", named(lost.house), named(fresh), "--json")
    return [json.loads(line) for line in said.splitlines()]


def rebuilt(fresh: House) -> tuple[int, dict[str, Any]]:
    code, said = run(fresh, "rebuild", "--from", "storage", "--json")
    return code, json.loads(said.splitlines()[-1])


def storage_of(house: House) -> Path:
    """The storage root of a house."""
    return Path(house.environment["LANTAI_STORAGE"])


def files_of(root: Path, object_id: str) -> list[Path]:
    """The content files of the objects of a storage root whose id begins so."""
    name = object_id.replace(":", "%3a")
    return sorted(each for each in root.glob(f"*/*/*/{name}*/v*/content/**/*") if each.is_file())


def flip(path: Path) -> None:
    """Change one byte in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
