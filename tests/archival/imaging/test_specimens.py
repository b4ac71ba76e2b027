"""Specimens: what is said to stand on a page stands there, before and after it was worn."""

from __future__ import annotations

import numpy as np
import pytest

from lantai.archival.imaging.pictures import Box, Picture
from lantai.archival.imaging.specimens import FAULTS, KINDS, LEVELS, Kind, make_specimen, worn

pytestmark = pytest.mark.filterwarnings("error")


def darkest(picture: Picture, box: Box) -> int:
    left, top, right, bottom = (max(0, each) for each in box)
    return int(picture[top:bottom, left:right].min())


@pytest.mark.parametrize("kind", [*KINDS, "columns", "vertical"])
def test_every_line_stands_where_it_is_said_to_stand(kind: Kind) -> None:
    page = make_specimen(3, kind, sealed=False)
    bare = page.picture.copy()
    for line in page.lines:
        left, top, right, bottom = line.box
        assert darkest(page.picture, line.box) < 120, line.text
        bare[top - 4 : bottom + 4, left - 4 : right + 4] = 255
    if not page.tables and kind in ("decision", "receipt", "columns", "vertical"):
        assert bare.min() > 200, "something is written that no line tells of"
    assert not page.seals


def test_the_same_seed_makes_the_same_page_and_another_makes_another() -> None:
    one, again, other = (make_specimen(seed, "form") for seed in (5, 5, 6))
    assert np.array_equal(one.picture, again.picture)
    assert one.text == again.text != other.text
    first, second = (worn(one, "stain", seed=9, dpi=200) for _ in range(2))
    assert np.array_equal(first.picture, second.picture)


def test_seals_are_told_with_name_shape_place_and_ink() -> None:
    page = make_specimen(1, "permit")
    bare = make_specimen(1, "permit", sealed=False)
    assert bare.text == page.text
    changed = np.argwhere((page.picture != bare.picture).any(axis=2))
    low, high = changed.min(axis=0), changed.max(axis=0)
    assert page.seals[0].name and 0.6 <= page.seals[0].fade <= 1
    boxes = np.array([each.box for each in page.seals])
    assert abs(boxes[:, 0].min() - low[1]) < 12 and abs(boxes[:, 3].max() - high[0]) < 12


def test_cells_hold_the_lines_of_the_table_in_reading_order() -> None:
    page = make_specimen(2, "form")
    (table,) = page.tables
    told = "".join(each.text for each in table.cells)
    assert told in page.text.replace("\n", "")
    assert {(each.rows, each.columns) for each in table.cells} >= {(1, 1), (1, 3), (3, 1)}


@pytest.mark.parametrize("wear", ["skew10", "border", "turned90", "mirrored"])
def test_places_move_with_the_paper(wear: str) -> None:
    page = make_specimen(4, "decision", sealed=False)
    scan = worn(page, wear, seed=2, dpi=200)
    assert scan.dpi == 200 and scan.wear == wear
    for line in scan.lines:
        assert darkest(scan.picture, line.box) < 150, (wear, line.text)


def test_there_are_levels_and_single_faults() -> None:
    assert LEVELS == ("clean", "typical", "bad", "awful")
    assert {"skew10", "see-through", "fold", "faint"} <= set(FAULTS)
    page = make_specimen(4, "redhead")
    assert worn(page, "clean", seed=1).picture is not page.picture
    with pytest.raises(KeyError):
        worn(page, "burnt", seed=1)
