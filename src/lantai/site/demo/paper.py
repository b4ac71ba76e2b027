"""The pages of the demo county's paper as a scanner delivers them, drawn on all cores by processes without Django."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from PIL import Image

from lantai.archival.imaging.specimens import KINDS, Kind, make_specimen, worn

ALONE = 10
"""Fewer pages than this are drawn sooner than other processes are started."""
_DPI = 200
_KINDS: tuple[Kind, ...] = (*KINDS, "columns", "vertical")
_WEARS = (
    *("clean", "typical", "clean", "skew3", "typical", "clean", "turned180", "fold", "typical", "bad"),
    *("clean", "stain", "turned90", "typical", "see-through", "border", "bad", "faint", "skew10", "awful"),
)


def draw_pages(orders: Sequence[tuple[Path, int]], progress: Callable[[int], None]) -> None:
    """Draw pages, each its file and number; *progress* is told how many are drawn."""
    if len(orders) < ALONE:
        for done, each in enumerate(orders, 1):
            _draw(each)
            progress(done)
        return
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as makers:
        for done, _drawn in enumerate(makers.map(_draw, orders), 1):
            progress(done)


def _draw(order: tuple[Path, int]) -> None:
    """One page as a scanner delivers it: every kind of document, every wear, the same for the same number."""
    path, number = order
    page = worn(
        make_specimen(number, _KINDS[number % len(_KINDS)]), _WEARS[number % len(_WEARS)], seed=number, dpi=_DPI
    )
    fresh = path.with_suffix(".new")
    Image.fromarray(page.picture).save(fresh, "JPEG", quality=82, dpi=(_DPI, _DPI))
    fresh.replace(path)
