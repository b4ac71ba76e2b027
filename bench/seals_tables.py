"""How many seals are found and read, how many cells of tables are right.

Pages are made by seed with known seals and tables, worn as scans are, and looked at as a batch looks at them: seals on
the scan itself, tables on the repaired page with the text that was read. The seeds are none that settings were tried
on. ``seal_names`` counts seals stamped with full ink (0.85 and more); all are counted by ``seal_names_all``. A cell is
right when its row, column, spans and text are.
"""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter
from random import Random

import cv2

from lantai.archival.imaging.models import installed_models
from lantai.archival.imaging.pictures import Box
from lantai.archival.imaging.seals import Seal, read_seals, strip_reader
from lantai.archival.imaging.specimens import Specimen, TrueSeal, make_specimen, worn
from report import Bar, arguments, clock, finish, say

_FIRST = 9_000
_UNFADED = 0.85
_LEVELS = ("clean", "typical", "bad")


def main() -> int:
    """Measure and print."""
    chosen = arguments(__doc__ or "")
    cv2.setNumThreads(1)
    figures = _seals(range(_FIRST, _FIRST + (4 if chosen.quick else 60)))
    bars = [Bar("seal_recall", 0.95), Bar("seal_precision", 0.95), Bar("seal_names", 0.8)]
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
