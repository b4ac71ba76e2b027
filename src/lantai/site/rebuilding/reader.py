"""Lay the stand-alone reader into the storage root: who finds the disk in thirty years finds the program with it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lantai.common.durability import flush_file

SCRIPT = "read_archive.py"


def lay_reader(root: Path) -> bool:
    """Put the present reader into the storage root at *root*, whole or not at all; returns whether it was another one.

    OCFL lets files stand beside the objects in a root. Does nothing where there is no root yet.
    """
    target = root / SCRIPT
    if not any(root.glob("0=ocfl_1.*")) or (target.is_file() and target.read_bytes() == _reader()):
        return False
    fresh = Path(f"{root}.deposit") / f"{SCRIPT}.new"
    fresh.parent.mkdir(exist_ok=True)
    fresh.write_bytes(_reader())
    flush_file(fresh)
    fresh.replace(target)
    return True


@cache
def _reader() -> bytes:
    """The script: beside this package in a wheel, under tools/ in a checkout."""
    packed = Path(__file__).resolve().parents[1] / SCRIPT
    return (packed if packed.exists() else Path(__file__).resolve().parents[4] / "tools" / SCRIPT).read_bytes()
