"""How many seals are found and read, how many cells of tables are right.

Pages are made by seed with known seals and tables, worn as scans are, and looked at as a batch looks at them: seals on
the scan itself, tables on the repaired page with the text that was read. The seeds are none that settings were tried
on. ``seal_names`` counts seals stamped with full ink (0.85 and more); all are counted by ``seal_names_all``. A cell is
right when its row, column, spans and text are (spaces left out, marks that look alike in print made one, as
bench/reading.py has them); a cell that is told and is none counts as a wrong one. ``cells_…_placed`` counts those whose
row, column and spans are right, whatever they say. ``table_cpu`` is the processor seconds of finding the rules.
"""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter
from collections.abc import Sequence
from random import Random

import cv2

from lantai.archival.imaging.layout import Table, find_ruled_tables
from lantai.archival.imaging.models import installed_models
from lantai.archival.imaging.pictures import Box
from lantai.archival.imaging.reading import Reader
from lantai.archival.imaging.seals import Seal, read_seals, strip_reader
from lantai.archival.imaging.specimens import Kind, Specimen, TrueSeal, make_specimen, worn
from reading import SAME
from report import Bar, arguments, clock, finish, say

_FIRST = 9_000
_FIRST_TABLE = 9_500
_RULED: tuple[Kind, ...] = ("form", "receipt")
_UNFADED = 0.85
_LEVELS = ("clean", "typical", "bad")


def main() -> int:
    """Measure and print."""
    chosen = arguments(__doc__ or "")
    cv2.setNumThreads(1)
    figures = _seals(range(_FIRST, _FIRST + (4 if chosen.quick else 60)))
    figures |= _tables(1 if chosen.quick else 8)
    bars = [Bar("seal_recall", 0.95), Bar("seal_precision", 0.95), Bar("seal_names", 0.8)]
    bars += [Bar("cells_clean", 0.95), Bar("cells_bad", 0.85)]
    return finish(
        question="How many seals are found and read, how many cells of tables are right?", figures=figures, bars=bars
    )


def _seals(seeds: range) -> dict[str, float]:
    read = strip_reader(installed_models("exact"))
    counts: Counter[str] = Counter()
    with clock() as taken:
        for seed in seeds:
            level = _LEVELS[Random(seed).randrange(len(_LEVELS))]
            page = worn(make_specimen(seed), level, seed=seed)
            with clock() as one:
                found = read_seals(page.picture, read, dpi=page.dpi)
            counts["pages"] += 1
            counts["cpu_ms"] += round(one.cpu * 1000)
            _count_seals(page, found, counts)
    say(f"{counts['pages']} pages with {counts['true']} seals in {taken.wall:.0f} s")
    return {
        "seal_recall": counts["found"] / counts["true"],
        "seal_precision": counts["found"] / max(1, counts["told"]),
        "seal_shapes": counts["shape"] / max(1, counts["found"]),
        "seal_names": counts["named_full"] / max(1, counts["full"]),
        "seal_names_all": counts["named"] / counts["true"],
        "seal_cpu": counts["cpu_ms"] / 1000 / counts["pages"],
    }


def _count_seals(page: Specimen, found: list[Seal], counts: Counter[str]) -> None:
    left = list(found)
    counts["told"] += len(found)
    for true in page.seals:
        counts["true"] += 1
        counts["full"] += true.fade >= _UNFADED
        seal = next((each for each in left if _overlap(each.outline.box, true.box) > 0.5), None)
        if seal is None:
            say(f"  lost: {true.shape} {true.name} on {page.kind} {page.seed} {page.wear}")
            continue
        left.remove(seal)
        counts["found"] += 1
        counts["shape"] += seal.outline.shape == true.shape
        right = _said(seal) == _true(true)
        counts["named"] += right
        counts["named_full"] += right and true.fade >= _UNFADED
        if not right:
            say(f"  {true.shape} {true.fade:.2f} {page.wear}: {true.name} read as {seal.name} ({seal.confidence:.2f})")
    for seal in left:
        say(f"  false: {seal.outline.shape} on {page.kind} {page.seed} {page.wear} at {seal.outline.box}")


def _tables(each: int) -> dict[str, float]:
    """Cells of *each* pages of every level and kind that has a ruled table, every other page at 200 dpi."""
    reader = Reader(installed_models("exact"))
    figures: dict[str, float] = {}
    spent, pages = 0.0, 0
    for level in _LEVELS:
        counts: Counter[str] = Counter()
        for kind in _RULED:
            for number in range(each):
                seed = _FIRST_TABLE + 10 * number
                page = worn(make_specimen(seed, kind), level, seed=seed, dpi=200 if (number + len(kind)) % 2 else 300)
                read = reader.read(page.picture)
                with clock() as one:
                    find_ruled_tables(read.picture)
                spent, pages = spent + one.cpu, pages + 1
                _count_cells(page, read.tables, counts)
        figures[f"cells_{level}"] = counts["right"] / counts["all"]
        figures[f"cells_{level}_placed"] = counts["placed"] / counts["all"]
    return figures | {"table_cpu": spent / pages}


def _count_cells(page: Specimen, tables: Sequence[Table], counts: Counter[str]) -> None:
    (true,) = page.tables
    wanted = {(each.row, each.column, each.rows, each.columns): _alike(each.text) for each in true.cells}
    found = max((each for each in tables if each.ruled), key=lambda one: _overlap(one.box, true.box), default=None)
    told = (
        {(each.row, each.column, each.rows, each.columns): _alike(each.text) for each in found.cells} if found else {}
    )
    placed = wanted.keys() & told.keys()
    right = sum(wanted[spot] == told[spot] for spot in placed)
    counts["all"] += len(wanted) + len(told.keys() - wanted.keys())
    counts["placed"] += len(placed)
    counts["right"] += right
    say(
        f"  {page.kind} {page.seed} {page.wear} {page.dpi}: {right} of {len(wanted)} cells, {len(placed)} placed, "
        f"{len(told.keys() - wanted.keys())} false"
    )


def _alike(text: str) -> str:
    return _plain(unicodedata.normalize("NFKC", text).translate(SAME))


def _said(seal: Seal) -> str:
    return _plain(seal.name)


def _true(seal: TrueSeal) -> str:
    return _plain(seal.name)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _overlap(one: Box, other: Box) -> float:
    """The area two boxes share over the area they cover together."""
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0, wide) * max(0, high)
    areas = sum((each[2] - each[0]) * (each[3] - each[1]) for each in (one, other))
    return shared / max(1, areas - shared)


if __name__ == "__main__":
    sys.exit(main())
