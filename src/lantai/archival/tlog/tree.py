"""The Merkle tree of RFC 6962 (默克尔树), kept as tiles of 256 hashes: appending, roots, proofs.

A *tile* (level, index) holds up to 256 consecutive hashes of tree height 8 * level (C2SP tlog-tiles). Only full
tiles are hashed into the level above, so a partial tile's bytes are always the beginning of its later, fuller
bytes: one stored row a tile serves every tree size.

Nothing here reads or writes: the caller hands in a :data:`TileReader` and stores the tiles he gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

TileReader = Callable[[int, int, int], bytes]
"""(level, index, width) -> the first *width* hashes of that tile, 32 * width bytes. Raises LookupError without it."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile to store: *hashes* are its 1 to 256 hashes of 32 bytes, one after the other."""

    level: int
    index: int
    hashes: bytes

    @property
    def width(self) -> int:
        """Number of hashes, 1 to 256."""
        return len(self.hashes) // HASH_BYTES


class TileMissing(LookupError):
    """A tile that the tree needs is not there or too short."""


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf: SHA-256(0x00 || data) (RFC 6962, 2.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of one inner node: SHA-256(0x01 || left || right) (RFC 6962, 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def append_leaves(*, size: int, leaves: Sequence[bytes], read: TileReader) -> list[Tile]:
    """Append *leaves* (leaf hashes of 32 bytes) to a tree of *size* leaves and return every tile that changed.

    *read* gives the partial tiles at the right edge of the present tree. Raises TileMissing when one is absent.
    """
    changed: list[Tile] = []
    level, first, arriving = 0, size, list(leaves)
    while arriving:
        index, held = divmod(first, WIDTH)
        hashes = _split(_read(read, level, index, held)) + arriving if held else arriving
        above: list[bytes] = []
        for start in range(0, len(hashes), WIDTH):
            tile = hashes[start : start + WIDTH]
            changed.append(Tile(level, index + start // WIDTH, b"".join(tile)))
            if len(tile) == WIDTH:
                above.append(_fold(tile))
        level, first, arriving = level + 1, index, above
    return changed


def root_hash(*, size: int, read: TileReader) -> bytes:
    """Root of the tree of *size* leaves (RFC 6962, 2.1). The empty tree's root is SHA-256 of nothing."""
    return _range_hash(0, size, size, _remembering(read)) if size else EMPTY_ROOT


def inclusion_proof(*, index: int, size: int, read: TileReader) -> list[bytes]:
    """Audit path of leaf *index* in the tree of *size* leaves, from the leaf upwards (RFC 6962, 2.1.1).

    Raises ValueError when the leaf is not in that tree, TileMissing when a tile is absent.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    read = _remembering(read)
    low, high, path = 0, size, list[bytes]()
    while high - low > 1:
        middle = low + _split_point(high - low)
        if index < middle:
            path.append(_range_hash(middle, high, size, read))
            high = middle
        else:
            path.append(_range_hash(low, middle, size, read))
            low = middle
    path.reverse()
    return path


def consistency_proof(*, old_size: int, size: int, read: TileReader) -> list[bytes]:
    """Proof that the tree of *old_size* leaves is the beginning of that of *size* (RFC 6962, 2.1.2).

    Raises ValueError unless 0 <= old_size <= size.
    """
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {old_size} is no beginning of one of {size}")
    if old_size in (0, size):
        return []
    read = _remembering(read)
    low, high, complete, path = 0, size, True, list[bytes]()
    while old_size != high:
        middle = low + _split_point(high - low)
        if old_size <= middle:
            path.append(_range_hash(middle, high, size, read))
            high = middle
        else:
            path.append(_range_hash(low, middle, size, read))
            low, complete = middle, False
    if not complete:
        path.append(_range_hash(low, high, size, read))
    path.reverse()
    return path


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether *proof* shows the leaf hash *leaf* at *index* of the tree with *size* and *root* (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, result = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            result = node_hash(sibling, result)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        place >>= 1
        last >>= 1
    return last == 0 and result == root


def verify_consistency(*, old_size: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether *proof* shows the old tree to be the beginning of the new one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    place, last = old_size - 1, size - 1
    while place & 1:
        place >>= 1
        last >>= 1
    old_result = result = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_result, result = node_hash(sibling, old_result), node_hash(sibling, result)
            while not place & 1 and place:
                place >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        place >>= 1
        last >>= 1
    return last == 0 and old_result == old_root and result == root


@dataclass(slots=True)
class Frontier:
    """The right edge of a growing tree: enough to go on hashing it, and small enough to be remembered.

    *peaks* are the roots of the complete subtrees of *size* leaves, the largest first. Used by whoever recomputes
    a whole ledger in pieces.
    """

    size: int
    peaks: list[bytes]

    def add(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes, as many complete subtrees at once as fit at the right edge."""
        hashes, peaks, size, at = list(leaves), self.peaks, self.size, 0
        while at < len(hashes):
            width = 1 << ((len(hashes) - at).bit_length() - 1)
            if size:
                width = min(width, size & -size)
            peaks.append(_fold(hashes[at : at + width]))
            size, at = size + width, at + width
            subtrees = size // width
            while not subtrees & 1:
                right = peaks.pop()
                peaks.append(node_hash(peaks.pop(), right))
                subtrees >>= 1
        self.size = size

    def root(self) -> bytes:
        """Root of the tree so far."""
        if not self.peaks:
            return EMPTY_ROOT
        result = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            result = node_hash(peak, result)
        return result


def tile_width(*, level: int, index: int, size: int) -> int:
    """Number of hashes of the tile (level, index) in a tree of *size* leaves: 0 to 256."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH))


def _range_hash(low: int, high: int, size: int, read: TileReader) -> bytes:
    """Hash of the leaves [low, high), a range as RFC 6962's recursion makes it: complete subtrees, large to small."""
    parts: list[bytes] = []
    while low < high:
        height = (high - low).bit_length() - 1
        parts.append(_subtree_hash(height, low >> height, size, read))
        low += 1 << height
    result = parts.pop()
    while parts:
        result = node_hash(parts.pop(), result)
    return result


def _subtree_hash(height: int, place: int, size: int, read: TileReader) -> bytes:
    """Root of the complete subtree of 2**height leaves that is the *place*-th of its height."""
    level, rest = divmod(height, HEIGHT)
    start = place << rest
    index, offset = divmod(start, WIDTH)
    hashes = _read(read, level, index, tile_width(level=level, index=index, size=size))
    return _fold(_split(hashes[offset * HASH_BYTES : (offset + (1 << rest)) * HASH_BYTES]))


def _remembering(read: TileReader) -> TileReader:
    """The same reader, asked once a tile: a proof needs several hashes of the few tiles on its way."""
    seen: dict[tuple[int, int], bytes] = {}

    def remembered(level: int, index: int, width: int) -> bytes:
        held = seen.get((level, index))
        if held is None:
            held = seen[level, index] = read(level, index, width)
        return held

    return remembered


def _read(read: TileReader, level: int, index: int, width: int) -> bytes:
    hashes = read(level, index, width)
    if len(hashes) != width * HASH_BYTES:
        raise TileMissing(f"tile {level}/{index} has {len(hashes)} bytes, not {width * HASH_BYTES}")
    return hashes


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]


def _fold(hashes: list[bytes]) -> bytes:
    """Root of a power of two of hashes."""
    while len(hashes) > 1:
        pairs = iter(hashes)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return hashes[0]


def _split_point(count: int) -> int:
    """The largest power of two smaller than *count*."""
    return 1 << ((count - 1).bit_length() - 1)
