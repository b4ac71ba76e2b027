"""Repair acts only where a page asks for it, says what it did, and never touches the scan."""

from __future__ import annotations

import numpy as np
import pytest

from lantai.archival.imaging.repair import repair
from lantai.archival.imaging.specimens import make_specimen, worn


def test_a_clean_page_stays_as_it_is() -> None:
    page = make_specimen(310, "form").picture
    made = repair(page)
    assert made.straight is made.restored is page and made.steps == () and not made.cleaned
    assert made.condition.paper > 235 and made.condition.noise < 1 and abs(made.condition.skew) < 0.15


@pytest.mark.parametrize(
    ("wear", "step"),
    [("skew10", "deskew"), ("border", "border"), ("fold", "folds"), ("faint", "contrast"), ("noise", "noise")],
)
def test_each_fault_calls_its_own_step(wear: str, step: str) -> None:
    page = worn(make_specimen(311, "decision"), wear, seed=4, dpi=200)
    before = page.picture.copy()
    made = repair(page.picture)
    assert step in {each.name for each in made.steps}
    assert np.array_equal(before, page.picture), "the scan is never changed"
    assert made.straight.shape == made.restored.shape
    if wear == "skew10":
        (deskew,) = (each for each in made.steps if each.name == "deskew")
        assert abs(abs(deskew.parameters["degrees"]) - 10) <= 0.1
    if wear == "fold":
        assert next(each for each in made.steps if each.name == "folds").parameters["count"] == 3


def test_paper_becomes_white_and_writing_stays_dark() -> None:
    page = worn(make_specimen(312, "receipt"), "shade", seed=4, dpi=200)
    made = repair(page.picture)
    assert {each.name for each in made.steps} >= {"background"}
    light = np.percentile(made.restored.min(axis=2)[100:-100, 100:-100], [0.5, 50])
    assert light[0] < 90 and light[1] > 240


def test_points_of_the_scan_are_found_again_on_the_repaired_page() -> None:
    page = worn(make_specimen(313, "decision", sealed=False), "skew10", seed=4, dpi=200)
    made = repair(page.picture)
    for line in page.lines:
        left, top, right, bottom = line.box
        x, y = made.matrix @ np.array([(left + right) / 2, (top + bottom) / 2, 1])
        around = made.straight[int(y) - 12 : int(y) + 12, int(x) - 40 : int(x) + 40]
        assert around.min() < 120, line.text


def test_small_pictures_are_no_pages() -> None:
    scrap = np.random.RandomState(1).randint(0, 255, (120, 150, 3)).astype(np.uint8)
    assert repair(scrap).straight is scrap
