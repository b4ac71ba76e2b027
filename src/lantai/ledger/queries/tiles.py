"""Tiles of the tree as stored."""

from __future__ import annotations

from django.db import connection

from lantai.archival import tlog


def tile(*, level: int, index: int, width: int = tlog.WIDTH) -> bytes | None:
    """The first *width* hashes (1 to 256, 32 bytes each) of the tile, or None when it has not so many yet."""
    with connection.cursor() as cursor:  # by hand: a proof reads half a dozen tiles, and the ORM's care would double it
        cursor.execute('SELECT hashes FROM ledger_tile WHERE level = %s AND "index" = %s', [level, index])
        row = cursor.fetchone()
    if row is None or len(row[0]) < width * tlog.HASH_BYTES:
        return None
    return bytes(row[0][: width * tlog.HASH_BYTES])


def read_tile(level: int, index: int, width: int) -> bytes:
    """As :func:`tile`, in the shape of a ``tlog.TileReader``. Raises tlog.TileMissing."""
    found = tile(level=level, index=index, width=width)
    if found is None:
        raise tlog.TileMissing(f"tile {level}/{index} of width {width} is not stored")
    return found
