"""Reading order of boxes alone: rows, cells, columns, lines that run downwards."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.archival.imaging.ordering import Placed, reading_order
from lantai.archival.imaging.pictures import Box


def order(*boxes: Box, cells: tuple[Box, ...] = (), vertical: bool = False) -> list[int]:
    return reading_order([Placed(number, box, vertical) for number, box in enumerate(boxes)], cells)


def test_rows_go_from_the_top_and_each_from_the_left() -> None:
    assert order((500, 102, 700, 140), (10, 200, 300, 240), (10, 98, 300, 138)) == [2, 0, 1]


def test_a_label_comes_before_all_lines_of_the_cell_beside_it() -> None:
    label, first, second, third = (20, 150, 90, 180), (120, 105, 600, 135), (120, 150, 600, 180), (120, 195, 400, 225)
    cells = ((0, 100, 100, 230), (100, 100, 700, 230))
    assert order(first, label, second, third, cells=cells) == [1, 0, 2, 3]
    assert order(first, label, second, third) == [0, 1, 2, 3], "without rules nothing says so"


def test_a_cell_over_three_rows_comes_first_and_the_rows_after_it() -> None:
    cells = ((0, 0, 100, 300), *((100, 100 * row, 300, 100 * row + 100) for row in range(3)))
    boxes = [(10, 130, 90, 170), *((110, 100 * row + 30, 290, 100 * row + 70) for row in range(3))]
    assert order(*boxes[::-1], cells=tuple(cells)) == [3, 2, 1, 0]


def test_columns_stand_under_their_heading() -> None:
    heading = (300, 0, 900, 60)
    left = [(0, 100 + 50 * row, 560, 140 + 50 * row) for row in range(6)]
    right = [(640, 100 + 50 * row, 1200, 140 + 50 * row) for row in range(6)]
    both = [heading] + [each for pair in zip(left, right, strict=True) for each in pair]
    assert order(*both) == [0, 1, 3, 5, 7, 9, 11, 2, 4, 6, 8, 10, 12]


def test_short_pairs_side_by_side_are_rows_not_columns() -> None:
    pairs = [
        box for row in range(6) for box in ((0, 60 * row, 180, 60 * row + 40), (640, 60 * row, 1200, 60 * row + 40))
    ]
    pairs[0] = (0, 0, 600, 40)
    assert order(*pairs) == list(range(12))


def test_lines_that_run_downwards_go_from_the_right() -> None:
    boxes = [(100 * column, 50, 100 * column + 60, 900) for column in range(5)]
    assert order(*boxes, vertical=True) == [4, 3, 2, 1, 0]
    split = [(400, 50, 460, 400), (400, 450, 460, 900), (200, 50, 260, 900)]
    assert order(*split[::-1], vertical=True) == [2, 1, 0]


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 12), st.integers(1, 5), st.integers(0, 10**6))
def test_every_line_comes_once_whatever_order_it_was_found_in(rows: int, columns: int, seed: int) -> None:
    chance = Random(seed)
    boxes = [
        (200 * column + chance.randint(0, 5), 100 * row + chance.randint(0, 9), 200 * column + 60, 100 * row + 50)
        for row in range(rows)
        for column in range(columns)
    ]
    placed = [Placed(number, box) for number, box in enumerate(boxes)]
    found = reading_order(placed)
    chance.shuffle(placed)
    assert reading_order(placed) == found
    assert sorted(found) == list(range(len(boxes)))
    if rows < 4 or columns == 1:  # fewer lines make no column
        assert found == list(range(len(boxes)))
