"""Tiles of the tree as stored."""

from __future__ import annotations

from lantai.archival import tlog
from lantai.ledger.models import Tile


def tile(*, level: int, index: int, width: int = tlog.WIDTH) -> bytes | None:
    """The first *width* hashes (1 to 256, 32 bytes each) of the tile, or None when it has not so many yet."""
    stored = Tile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
    if stored is None or len(stored) < width * tlog.HASH_BYTES:
        return None
    return bytes(stored[: width * tlog.HASH_BYTES])


def read_tile(level: int, index: int, width: int) -> bytes:
    """As :func:`tile`, in the shape of a ``tlog.TileReader``. Raises tlog.TileMissing."""
    found = tile(level=level, index=index, width=width)
    if found is None:
        raise tlog.TileMissing(f"tile {level}/{index} of width {width} is not stored")
    return found
