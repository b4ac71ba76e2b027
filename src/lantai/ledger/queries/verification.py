"""The check command of the ledger: everything recomputed, the first break named (standards-cn 13.10-88)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from json.encoder import encode_basestring
from typing import Literal, NamedTuple

from lantai.archival import tlog
from lantai.ledger.models import Checkpoint, Cosignature, Entry, Tile
from lantai.ledger.queries.entries import COLUMNS, ENTRY_VERSION
from lantai.ledger.signing import open_own_checkpoint

BreakCode = Literal[
    "entry.missing",
    "entry.unexpected",
    "entry.commitment",
    "entry.columns",
    "entry.form",
    "tile.missing",
    "tile.differs",
    "tile.unexpected",
    "checkpoint.signature",
    "checkpoint.differs",
    "cosignature.wrong",
]


@dataclass(frozen=True, slots=True)
class LedgerBreak:
    """Where the ledger is not what it must be: *index* is the entry's index, the tile's first leaf or the size.

    *detail* names what differs, where the code does not say it: columns, the tile, the fault of a signature.
    """

    code: BreakCode
    index: int
    detail: str = ""


_STORED = ("index", *COLUMNS, "at", "text", "salt", "commitment")


class _Row(NamedTuple):
    """One entry as stored, its _STORED columns: millions are read, and an object of the table costs more than all
    hashing of it.
    """

    place: int
    kind: str
    subject: str
    actor: str
    role: str
    address: str
    result: str
    at: datetime
    text: str | None
    salt: bytes | None
    commitment: bytes


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How far a verification has come; its fields are plain values, so that it can be stored between two runs."""

    checked: int = 0
    peaks: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class LedgerProgress:
    """What one call of :func:`verify_ledger` found. *size* is the newest checkpoint's size when it began."""

    state: LedgerState
    size: int
    erased: int
    found: LedgerBreak | None
    done: bool


def verify_ledger(*, state: LedgerState = LedgerState(), limit: int | None = None) -> LedgerProgress:
    """Recompute up to *limit* entries from *state* on: entries, commitments, tiles and checkpoints.

    Every entry must stand at its index, equal its columns and its commitment; every tile of the lowest level must
    hold these commitments' leaf hashes; every checkpoint passed must be signed by our key and have the root
    recomputed here, and its cosignatures must be the witnesses'; at the end all higher tiles are compared and nothing
    may stand beyond the newest checkpoint. Call again with the returned state until ``done``. Stops at the first break.
    """
    state = state or LedgerState()
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    frontier = tlog.Frontier(state.checked, list(state.peaks))
    end = newest if limit is None else min(newest, state.checked + limit)
    erased = 0
    checkpoints = _checkpoints(state.checked, end)
    expected = next(checkpoints, None)
    found: LedgerBreak | None = None
    entries_left = Entry.objects.filter(index__gte=state.checked, index__lt=end).order_by("index")
    rows = entries_left.values_list(*_STORED).iterator(chunk_size=2000)
    while found is None and frontier.size < end:
        start = frontier.size
        wanted = min(tlog.WIDTH - start % tlog.WIDTH, end - start)
        entries = [_Row(*each) for each in islice(rows, wanted)]
        found = _entries_break(entries, start, wanted)
        if found:
            break
        erased += sum(1 for each in entries if each.text is None)
        leaves = [tlog.leaf_hash(bytes(each.commitment)) for each in entries]
        found = _tile_break(start, leaves)
        while found is None and leaves:
            take = len(leaves) if expected is None else min(len(leaves), expected.size - frontier.size)
            frontier.add(leaves[:take])
            leaves = leaves[take:]
            if expected is not None and frontier.size == expected.size:
                found = _checkpoint_break(expected, frontier.root())
                expected = next(checkpoints, None)
    if found is None and frontier.size == newest:
        found = _end_break(newest)
    reached = LedgerState(frontier.size, tuple(frontier.peaks))
    return LedgerProgress(reached, newest, erased, found, done=found is not None or frontier.size >= newest)


def _checkpoints(after: int, until: int) -> Iterator[Checkpoint]:
    return iter(Checkpoint.objects.filter(size__gt=after, size__lte=until).order_by("size").iterator(chunk_size=500))


def _entries_break(entries: list[_Row], start: int, wanted: int) -> LedgerBreak | None:
    for index, entry in enumerate(entries, start):
        if entry.place != index:
            return LedgerBreak("entry.missing", index)
        if entry.text is None or entry.salt is None:
            continue
        if tlog.commitment(bytes(entry.salt), entry.text.encode()) != bytes(entry.commitment):
            return LedgerBreak("entry.commitment", index)
        if _written_as_told(entry, entry.text):
            continue
        try:
            written = json.loads(entry.text)
            same = tlog.canonical_json(written) == entry.text
            differing = [name for name in COLUMNS if written[name] != getattr(entry, name)]
            if datetime.fromisoformat(written["at"]) != entry.at.astimezone(UTC):
                differing.append("at")
        except (ValueError, KeyError, TypeError):
            same, differing = False, []
        if not same:
            return LedgerBreak("entry.form", index)
        if differing:
            return LedgerBreak("entry.columns", index, ", ".join(differing))
    if len(entries) < wanted:
        return LedgerBreak("entry.missing", start + len(entries))
    return None


def _written_as_told(entry: _Row, text: str) -> bool:
    """Whether *text* is the one writing of this row, seen without reading all of it: what stands before and after the
    detail is written anew from the columns. False says only that it must be read to say what differs.
    """
    told = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    actor, address = encode_basestring(entry.actor), encode_basestring(entry.address)
    before = f'{{"actor":{actor},"address":{address},"at":"{told}","detail":'
    after = (
        f',"kind":{encode_basestring(entry.kind)},"result":{encode_basestring(entry.result)},'
        f'"role":{encode_basestring(entry.role)},"subject":{encode_basestring(entry.subject)},"v":{ENTRY_VERSION}}}'
    )
    if not text.startswith(before) or not text.endswith(after):
        return False
    detail = text[len(before) : len(text) - len(after)]
    try:
        return detail == "{}" or tlog.canonical_json(json.loads(detail)) == detail
    except (ValueError, TypeError):
        return False


def _tile_break(start: int, leaves: list[bytes]) -> LedgerBreak | None:
    """Compare the leaf hashes from *start* on (all of one tile) with the tile stored."""
    index, offset = divmod(start, tlog.WIDTH)
    stored = Tile.objects.filter(level=0, index=index).values_list("hashes", flat=True).first()
    if stored is None:
        return LedgerBreak("tile.missing", start, f"0/{index}")
    hashes = bytes(stored)
    if hashes[offset * tlog.HASH_BYTES : (offset + len(leaves)) * tlog.HASH_BYTES] == b"".join(leaves):
        return None
    for place, leaf in enumerate(leaves, offset):
        at = place * tlog.HASH_BYTES
        if hashes[at : at + tlog.HASH_BYTES] != leaf:
            return LedgerBreak("tile.differs", index * tlog.WIDTH + place, f"0/{index}")
    return None


def _cosignature_break(checkpoint: Checkpoint) -> LedgerBreak | None:
    """The first witness whose kept signature does not fit the checkpoint."""
    for each in Cosignature.objects.filter(size=checkpoint.size).select_related("witness").order_by("pk"):
        keys = [tlog.parse_vkey(vkey) for vkey in each.witness.vkeys]
        try:
            times = [tlog.cosigned_at(checkpoint.note + each.lines, key) for key in keys]
        except tlog.NoteError as error:
            return LedgerBreak("cosignature.wrong", checkpoint.size, str(error))
        if not any(times):
            return LedgerBreak("cosignature.wrong", checkpoint.size, each.witness.name)
    return None


def _checkpoint_break(checkpoint: Checkpoint, root: bytes) -> LedgerBreak | None:
    try:
        signed = open_own_checkpoint(checkpoint.note)
    except tlog.NoteError as error:
        return LedgerBreak("checkpoint.signature", checkpoint.size, str(error))
    if (signed.size, signed.root) != (checkpoint.size, bytes(checkpoint.root)):
        return LedgerBreak("checkpoint.differs", checkpoint.size, "note")
    if signed.root != root:
        return LedgerBreak("checkpoint.differs", checkpoint.size, "root")
    return _cosignature_break(checkpoint)


def _end_break(size: int) -> LedgerBreak | None:
    """What only the whole tree shows: tiles above the lowest level, and rows beyond the newest checkpoint."""
    beyond = Entry.objects.filter(index__gte=size).order_by("index").values_list("index", flat=True).first()
    if beyond is not None:
        return LedgerBreak("entry.unexpected", beyond)
    stored = Tile.objects.order_by("level", "index").iterator(chunk_size=200)
    counts: dict[int, int] = {}
    above = bytearray()  # hashes that the tiles of the level before make for the next one
    level, arriving = 0, b""
    for tile in stored:
        if tile.level != level:
            level, arriving, above = tile.level, bytes(above), bytearray()
        hashes = bytes(tile.hashes)
        place = counts.get(level, 0)
        counts[level] = place + 1
        first = tile.index << (tlog.HEIGHT * (level + 1))
        width = tlog.tile_width(level=level, index=tile.index, size=size)
        if tile.index != place or not width or len(hashes) != width * tlog.HASH_BYTES:
            return LedgerBreak("tile.unexpected", first, f"{level}/{tile.index}")
        at = place * tlog.WIDTH * tlog.HASH_BYTES
        if level and arriving[at : at + len(hashes)] != hashes:
            return LedgerBreak("tile.differs", first, f"{level}/{tile.index}")
        if width == tlog.WIDTH:
            edge = tlog.Frontier(0, [])
            edge.add(hashes[at : at + tlog.HASH_BYTES] for at in range(0, len(hashes), tlog.HASH_BYTES))
            above += edge.root()
    height = 0
    while size >> (tlog.HEIGHT * height):
        held = size >> (tlog.HEIGHT * height)
        if counts.get(height, 0) != -(-held // tlog.WIDTH):
            return LedgerBreak("tile.missing", size, f"{height}/")
        height += 1
    return None
