"""Repair of a scanned page (图像修复): each step acts only when its own measurement asks for it.

The scan itself is never changed. A page that is white, level and calm comes back as it is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lantai.archival.imaging.pictures import Picture
from lantai.archival.imaging.repair.geometry import asks_for_level, cut_border, find_border, make_level, measure_skew
from lantai.archival.imaging.repair.model import Condition, Matrix, Repaired, Step
from lantai.archival.imaging.repair.tones import (
    calm,
    cut_see_through,
    find_folds,
    lighten_folds,
    measure_ink,
    measure_noise,
    measure_paper,
    measure_see_through,
    paper_of,
    stretch,
    whiten,
)

_WHITE, _EVEN = 235.0, 12.0
"""Paper darker than this, or more uneven, is whitened."""
_DARK, _NONE = 40.0, 225.0
"""Paper darker than the first is no paper; writing paler than the second is none."""
_CALM = 5.0
"""More noise than this is smoothed."""
_FADED = 96.0
"""Writing paler than this is darkened."""
_SMALLEST = 200
"""Pictures with a side shorter than this many pixels are no pages; they stay as they are."""


def repair(picture: Picture) -> Repaired:
    """Set a page right and clean it, as far as it asks for that.

    Args:
        picture: the scan, which stays as it is.
    """
    steps: list[Step] = []
    straight, matrix, border, skew = _set_right(picture, steps)
    if min(straight.shape[:2]) < _SMALLEST:
        return Repaired(straight, straight, matrix, tuple(steps), Condition(255, 0, 0, 0, skew, border))
    paper = paper_of(straight)
    level, spread = measure_paper(paper)
    condition = Condition(level, spread, measure_noise(straight), measure_ink(straight), skew, border)
    restored, condition = _cleaned(straight, paper, condition, steps)
    return Repaired(straight, restored, matrix, tuple(steps), condition)


def _set_right(picture: Picture, steps: list[Step]) -> tuple[Picture, Matrix, float, float]:
    """The page without bed and lean, where its points went, and what was measured."""
    matrix: Matrix = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    if min(picture.shape[:2]) < _SMALLEST:
        return picture, matrix, 0.0, 0.0
    bed, border = find_border(picture)
    if bed is not None:
        picture, (x, y) = cut_border(picture, bed)
        matrix[:, 2] = -x, -y
        steps.append(Step("border", {"share": round(border, 4), "left": x, "top": y}))
    skew, sharper = measure_skew(picture)
    if not asks_for_level(skew, sharper):
        return picture, matrix, border, skew
    picture, turn = make_level(picture, skew)
    steps.append(Step("deskew", {"degrees": round(skew, 2), "sharper": round(sharper, 3)}))
    return picture, turn @ np.vstack([matrix, [0, 0, 1]]), border, skew


def _cleaned(page: Picture, paper: Picture, condition: Condition, steps: list[Step]) -> tuple[Picture, Condition]:
    """The page cleaned, and what was found on the way."""
    if _DARK < condition.paper < _WHITE or condition.unevenness > _EVEN:
        page = whiten(page, paper)
        steps.append(Step("background", {"paper": round(condition.paper), "spread": round(condition.unevenness, 1)}))
    folds = find_folds(page)
    if folds:
        page = lighten_folds(page, folds)
        steps.append(Step("folds", {"count": len(folds), "depth": round(max(each[2] for each in folds), 3)}))
    if condition.noise > _CALM:
        page = calm(page)
        steps.append(Step("noise", {"spread": round(condition.noise, 1)}))
    share, level = measure_see_through(page)
    if share:
        page = cut_see_through(page, level)
        steps.append(Step("see_through", {"share": round(share, 3), "level": level}))
    ink = measure_ink(page)
    if _FADED < ink < _NONE:
        page = stretch(page, ink - 40, 245)
        steps.append(Step("contrast", {"ink": round(ink)}))
    return page, replace(condition, see_through=share, folds=len(folds))
