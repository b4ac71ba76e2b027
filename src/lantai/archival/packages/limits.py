"""How much of a stranger's package is read before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds that hold before and while a package is read. Sizes are bytes; ``ratio`` is unpacked over packed size,
    for one entry of at least ``ratio_floor`` unpacked bytes and for the whole; lengths count characters."""

    entries: int = 20_000
    total_size: int = 16 * 1024 * MEBIBYTE
    entry_size: int = 8 * 1024 * MEBIBYTE
    ratio: int = 200
    ratio_floor: int = 4 * MEBIBYTE
    path_length: int = 1_000
    part_length: int = 255
    depth: int = 16
    metadata_size: int = 16 * MEBIBYTE
    problems: int = 200


STANDARD = Limits()
