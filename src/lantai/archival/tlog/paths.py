"""Addresses of tiles (C2SP tlog-tiles): ``tile/<L>/<N>[.p/<W>]``, N in groups of three digits: x001/x234/067."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lantai.archival.tlog.tree import WIDTH

_NUMBER = re.compile(r"((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_LEVEL = re.compile(r"0|[1-9][0-9]?", re.ASCII)
MAX_LEVEL = 63


@dataclass(frozen=True, slots=True)
class TileAddress:
    """Which tile is meant, and how many of its hashes: 256 for a full one."""

    level: int
    index: int
    width: int


def tile_path(*, level: int, index: int, width: int = WIDTH) -> str:
    """Path of a tile below the ledger's prefix; with ``.p/<width>`` when it is partial. Raises ValueError."""
    if not (0 <= level <= MAX_LEVEL and index >= 0 and 1 <= width <= WIDTH):
        raise ValueError(f"no such tile: level {level}, index {index}, width {width}")
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def parse_tile_path(path: str) -> TileAddress:
    """The tile meant by ``tile/<L>/<N>[.p/<W>]``. Raises ValueError for any other spelling: one tile, one address."""
    head, _, rest = path.partition("/")
    level, _, number = rest.partition("/")
    matched = _NUMBER.fullmatch(number)
    if head != "tile" or not _LEVEL.fullmatch(level) or not matched:
        raise ValueError(f"not a tile path: {path}")
    index = int(matched[1].replace("x", "").replace("/", ""))
    address = TileAddress(int(level), index, int(matched[2] or WIDTH))
    if tile_path(level=address.level, index=index, width=address.width) != path:
        raise ValueError(f"not a tile path: {path}")
    return address
