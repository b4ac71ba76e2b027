"""Tables on scanned pages: ruled and unruled, their cells, spans and words; folds and broken rules; CSV and JSON."""

from __future__ import annotations

import csv
import io
import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.archival.imaging.layout import Cell, Table, find_ruled_tables, find_unruled_tables, tables_on
from lantai.archival.imaging.model import Line, Word
from lantai.archival.imaging.pictures import Picture, scaled
from lantai.archival.imaging.reading import Reader
from lantai.archival.imaging.specimens import make_specimen

Spot = tuple[int, int, int, int]


def spots(table: Table) -> set[Spot]:
    return {(each.row, each.column, each.rows, each.columns) for each in table.cells}


def line(text: str, x: int, y: int, size: int = 40) -> Line:
    """A line of square letters, each a word."""
    words = [_word(each, x + place * size, y, x + (place + 1) * size, y + size) for place, each in enumerate(text)]
    whole = _word(text, x, y, x + len(text) * size, y + size)
    return Line(text, whole.corners, 0.99, tuple(words))


def _word(text: str, left: int, top: int, right: int, bottom: int) -> Word:
    return Word(text, ((left, top), (right, top), (right, bottom), (left, bottom)), 0.99)


def ruled(rows: list[int], columns: list[int], *, merged: tuple[int, int] | None = None) -> Picture:
    """A page with a table; *merged* is a row and column whose cell takes in the next of its row."""
    picture = np.full((1754, 1240, 3), 250, np.uint8)
    for y in rows:
        picture[y - 2 : y + 2, columns[0] : columns[-1]] = 20
    for x in columns:
        picture[rows[0] : rows[-1], x - 2 : x + 2] = 20
    if merged is not None:
        row, column = merged
        x = columns[column + 1]
        picture[rows[row] + 3 : rows[row + 1] - 3, x - 3 : x + 3] = 250
    return picture


ROWS, COLUMNS = [300, 380, 460, 600, 700], [150, 400, 650, 1050]
FULL = {(row, column, 1, 1) for row in range(4) for column in range(3)}
MERGED = FULL - {(1, 0, 1, 1), (1, 1, 1, 1)} | {(1, 0, 1, 2)}


def test_cells_and_merged_cells_have_their_places() -> None:
    (table,) = find_ruled_tables(ruled(ROWS, COLUMNS, merged=(1, 0)))
    assert spots(table) == MERGED
    for cell in table.cells:
        wanted = (
            *(COLUMNS[cell.column], ROWS[cell.row]),
            *(COLUMNS[cell.column + cell.columns], ROWS[cell.row + cell.rows]),
        )
        assert all(abs(one - other) <= 3 for one, other in zip(cell.box, wanted, strict=True))
    assert (table.rows, table.columns, table.ruled) == (4, 3, True)


def test_folds_are_no_rules_and_broken_rules_part_all_the_same() -> None:
    picture = ruled(ROWS, COLUMNS, merged=(1, 0))
    picture[520:524] = 120
    picture[:, 800:804] = 120
    picture[378:383, 200:260] = 250
    picture[480:530, 648:653] = 250
    (table,) = find_ruled_tables(picture)
    assert spots(table) == MERGED


@settings(max_examples=10, deadline=None)
@given(
    x=st.integers(-60, 60),
    y=st.integers(-120, 400),
    turn=st.floats(-0.12, 0.12),
    factor=st.sampled_from([0.8, 1.0, 1.9]),
)
def test_a_table_moved_scaled_or_slightly_turned_has_the_same_cells(x: int, y: int, turn: float, factor: float) -> None:
    picture = ruled(ROWS, COLUMNS, merged=(1, 0))
    matrix = cv2.getRotationMatrix2D((620, 877), turn, 1)
    matrix[:, 2] += (x, y)
    moved = cv2.warpAffine(picture, matrix, (1240, 1754), borderValue=(250.0, 250.0, 250.0))
    (table,) = find_ruled_tables(scaled(np.asarray(moved, np.uint8), factor))
    assert spots(table) == MERGED
    assert abs(table.box[2] - table.box[0] - 900 * factor) <= 10 * factor


def test_frames_and_writing_are_no_tables() -> None:
    assert find_ruled_tables(make_specimen(3, "permit").picture) == []
    assert find_ruled_tables(make_specimen(2, "decision").picture) == []
    assert find_ruled_tables(np.full((1, 1, 3), 9, np.uint8)) == []


def test_words_stand_in_their_cells_and_a_line_over_two_cells_is_parted() -> None:
    lines = [line("姓名王某", 330, 320, 35), line("第一行", 420, 480), line("第二行", 420, 540), line("外", 100, 100)]
    (table,) = tables_on(ruled(ROWS, COLUMNS), lines)
    grid = table.grid()
    assert grid[0][:2] == ["姓名", "王某"]
    assert grid[2][1] == "第一行第二行"
    assert sum(map(len, (text for row in grid for text in row))) == 10


def test_unruled_tables_are_found_by_how_their_words_stand() -> None:
    rows = [
        ("序号", "材料名称", "份数"),
        ("一", "申请书", "二"),
        ("二", "营业执照复印件", "三"),
        ("三", "平面图", "一"),
    ]
    lines = [
        line(text, x, 300 + 70 * row)
        for row, texts in enumerate(rows)
        for x, text in zip((100, 300, 800), texts, strict=True)
    ]
    prose = [line("这是一段普通的文字没有表格只有文字" * 1, 100, 900 + 60 * row) for row in range(4)]
    (table,) = find_unruled_tables([*lines, *prose])
    assert table.grid() == [list(each) for each in rows]
    assert not table.ruled
    assert find_unruled_tables(prose) == []


def test_csv_and_json_say_the_table_and_no_formula_is_let_through() -> None:
    cells = (
        Cell(0, 0, 1, 2, (0, 0, 9, 9), '甲"，乙'),
        Cell(1, 0, 1, 1, (0, 9, 5, 18), "=1+1"),
        Cell(1, 1, 1, 1, (5, 9, 9, 18)),
    )
    table = Table(cells, (0, 0, 9, 18), True)
    assert list(csv.reader(io.StringIO(table.csv()))) == [['甲"，乙', ""], ["'=1+1", ""]]
    told = json.loads(json.dumps(table.data()))
    assert (told["rows"], told["columns"], told["cells"][0]["columns"]) == (2, 2, 2)
    assert told["cells"][1] == {
        "row": 1,
        "column": 0,
        "rows": 1,
        "columns": 1,
        "box": [0, 9, 5, 18],
        "text": "=1+1",
        "confidence": 1.0,
    }


@pytest.mark.parametrize("seed", [11])
def test_a_form_that_was_read_becomes_its_cells(fast: Reader, seed: int) -> None:
    page = make_specimen(seed, "form")
    (table,) = fast.read(page.picture).tables
    (true,) = page.tables
    assert spots(table) == {(each.row, each.column, each.rows, each.columns) for each in true.cells}
    texts = {(each.row, each.column): each.text for each in true.cells}
    right = sum(each.text == texts[each.row, each.column] for each in table.cells)
    assert right >= 0.75 * len(texts)
    assert all(
        abs(one - other) <= 10
        for each in table.cells
        for one, other in zip(
            each.box, next(t.box for t in true.cells if (t.row, t.column) == (each.row, each.column)), strict=True
        )
    )
