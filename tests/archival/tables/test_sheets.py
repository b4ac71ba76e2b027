"""Sheets read by us against openpyxl as the slow reference: shared and inline texts, gaps, dates, unnumbered rows."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.tables import TableForm, TableRefused, look_at_table, read_portion
from lantai.archival.tables.cleaning import cell_text
from lantai.archival.tables.sheets import sheet_lines

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.dates(date(1901, 1, 1), date(2099, 1, 1)),
    st.datetimes(datetime(1901, 1, 1), datetime(2099, 1, 1)).map(lambda each: each.replace(microsecond=0)),
    st.times().map(lambda each: each.replace(microsecond=0)),
    st.timedeltas(timedelta(0), timedelta(days=9)).map(lambda each: timedelta(seconds=int(each.total_seconds()))),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8),
    st.sampled_from(["#N/A", "_x0041_", "=1+1", '<row r="9">', "  两端  ", "0012"]),
)


def reference(path: Path, sheet: str) -> dict[int, tuple[str, ...]]:
    """Every line that holds something, as openpyxl reads it."""
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    book[sheet].reset_dimensions()
    found = {}
    for number, row in enumerate(book[sheet].iter_rows(values_only=True), 1):
        cells = [cell_text(each, []) for each in row]
        while cells and not cells[-1]:
            cells.pop()
        if any(cells):
            found[number] = tuple(cells)
    book.close()
    return found


def ours(path: Path, sheet: str, after: int = 0) -> dict[int, tuple[str, ...]]:
    found = {}
    for each in sheet_lines(path, TableForm("xlsx", sheet=sheet), after):
        cells = list(each.cells)
        while cells and not cells[-1]:
            cells.pop()
        if any(cells):
            found[each.number] = tuple(cells)
    return found


@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.lists(VALUES, max_size=5)), min_size=1, max_size=12),
    after=st.integers(0, 20),
)
def test_lines_are_those_of_the_reference(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, list[Any]]], after: int
) -> None:
    path = tmp_path_factory.mktemp("sheets") / "t.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    number = 0
    for gap, values in rows:
        number += gap + 1
        for column, value in enumerate(values, 1):
            sheet.cell(number, column * 2, value)
    book.save(path)
    wanted = reference(path, sheet.title)
    assert ours(path, sheet.title) == wanted
    assert ours(path, sheet.title, after) == {each: cells for each, cells in wanted.items() if each > after}


SHARED = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def rewrite(path: Path, target: Path, sheet: bytes, strings: bytes | None = None) -> Path:
    """*path* with another sheet in its place, and with shared texts."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.infolist():
            data = sheet if each.filename == "xl/worksheets/sheet1.xml" else old.read(each)
            if each.filename == "[Content_Types].xml" and strings is not None:
                part = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + SHARED + b'"/></Types>'
                data = data.replace(b"</Types>", part)
            new.writestr(each.filename, data)
        if strings is not None:
            new.writestr("xl/sharedStrings.xml", strings)
    return target


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "文"
    book.save(tmp_path / "plain.xlsx")
    return tmp_path / "plain.xlsx"


def rows_of(numbers: Iterator[int] | range, *, told: bool = True, prefix: str = "") -> str:
    p = f"{prefix}:" if prefix else ""
    made = []
    for each in numbers:
        number = f' r="{each}"' if told else ""
        text = f"<{p}is><{p}t>行{each}</{p}t></{p}is>"
        made.append(f'<{p}row{number}><{p}c t="inlineStr">{text}</{p}c></{p}row>')
    return "".join(made)


@pytest.mark.parametrize("prefix", ["", "x"])
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("size", [30, 9000])
def test_sheets_without_numbers_or_with_a_prefix_lose_no_line(
    plain: Path, tmp_path: Path, prefix: str, told: bool, size: int
) -> None:
    names = f'xmlns:{prefix}="{MAIN}"' if prefix else f'xmlns="{MAIN}"'
    p = f"{prefix}:" if prefix else ""
    body = rows_of(range(1, size + 1), told=told, prefix=prefix)
    sheet = f"<{p}worksheet {names}><{p}sheetData>{body}</{p}sheetData></{p}worksheet>"
    path = rewrite(plain, tmp_path / "t.xlsx", sheet.encode())
    for after in (0, 1, 7, size - 1, size, size + 5):
        assert list(ours(path, "Sheet", after)) == list(range(after + 1, size + 1)), after


def test_numbers_told_and_left_out_by_turns(plain: Path, tmp_path: Path) -> None:
    body = (
        rows_of(range(1, 3))
        + rows_of(range(3, 5), told=False)
        + rows_of(range(9, 11))
        + rows_of(range(11, 13), told=False)
    )
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'.encode()
    path = rewrite(plain, tmp_path / "t.xlsx", sheet)
    for after in range(14):
        assert list(ours(path, "Sheet", after)) == [each for each in (1, 2, 3, 4, 9, 10, 11, 12) if each > after]


def test_shared_texts_have_parts_and_no_sounds(plain: Path, tmp_path: Path) -> None:
    parts = '<r><t>档</t></r><r><rPr><b/></rPr><t>案</t></r><rPh sb="0" eb="1"><t>dang</t></rPh>'
    strings = f'<sst xmlns="{MAIN}"><si>{parts}</si><si><t>二</t></si></sst>'.encode()
    row = '<row r="1"><c t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>'
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>'
    path = rewrite(plain, tmp_path / "t.xlsx", sheet.encode(), strings)
    assert ours(path, "Sheet") == {1: ("档案", "", "二")} == reference(path, "Sheet")
    beyond = rewrite(plain, tmp_path / "b.xlsx", sheet.replace("<v>1</v>", "<v>7</v>").encode(), strings)
    with pytest.raises(TableRefused, match="broken"):
        ours(beyond, "Sheet")


def test_a_sheet_that_ends_early_or_reaches_too_far_is_refused(plain: Path, tmp_path: Path) -> None:
    begun = f'<worksheet xmlns="{MAIN}"><sheetData>{rows_of(range(1, 50))}'
    for number, wrong in enumerate([begun, begun + "<row", begun.replace("行7<", "行7&nix;<")]):
        path = rewrite(plain, tmp_path / f"{number}.xlsx", wrong.encode())
        with pytest.raises(TableRefused, match="broken"):
            ours(path, "Sheet")
    far = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="ZZZ1"><v>1</v></c></row></sheetData></worksheet>'
    with pytest.raises(TableRefused, match="too-wide"):
        ours(rewrite(plain, tmp_path / "far.xlsx", far.encode()), "Sheet")


def test_the_first_look_reads_no_more_than_it_shows(plain: Path, tmp_path: Path) -> None:
    """Damage far behind the first lines is met when the lines are read, not when the table is looked at."""
    begun = f'<worksheet xmlns="{MAIN}"><sheetData>{rows_of(range(1, 40_000))}'
    path = rewrite(plain, tmp_path / "t.xlsx", begun.encode())
    look = look_at_table(path)
    assert look.refused == "" and len(look.lines) == 60
    assert read_portion(path, look.form, 10_000, 100).lines[0].number == 10_001
    with pytest.raises(TableRefused):
        read_portion(path, look.form, 39_900, 1000)


def test_moments_of_a_workbook_are_the_reference_s(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([date(2011, 5, 3), datetime(2011, 5, 3, 7, 8, 9), time(1, 2, 3), timedelta(hours=30), 1e15, 0.1])
    book.save(tmp_path / "t.xlsx")
    assert ours(tmp_path / "t.xlsx", "Sheet") == reference(tmp_path / "t.xlsx", "Sheet")
