"""Pages find their record by name, by folder, by sheet; every fault of a batch is told at once."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.imaging.scan_sets import FAULTS, LinkFault, PagePlace, ScanFile, link_scans

CODES = ["X101-WS·2020-Y-0001", "X101-WS·2020-Y-0002", "X101-WS·2020-Y-0010"]
NAMINGS = {
    "folder and number": lambda code, page: f"批次/{code}/{page}.tif",
    "folder, code and number": lambda code, page: f"{code}/{code}-{page:04}.jpg",
    "code and number": lambda code, page: f"{code}-{page:03}.jpg",
    "underlined": lambda code, page: f"{code.replace('·', '_')}_{page:02}.png",
    "photographed": lambda code, page: f"{code}/IMG{page:04}.jpg",
}


def codes(faults: tuple[LinkFault, ...]) -> list[tuple[str, str]]:
    return [(each.code, each.about) for each in faults]


@given(st.sampled_from(sorted(NAMINGS)), st.lists(st.integers(1, 12), min_size=3, max_size=3), st.integers(0, 999))
def test_any_usual_naming_gives_every_page_to_its_record_in_order(naming: str, counts: list[int], seed: int) -> None:
    catalogue = dict(zip(CODES, counts, strict=True))
    paths = [NAMINGS[naming](code, page) for code, count in catalogue.items() for page in range(1, count + 1)]
    random.Random(seed).shuffle(paths)
    found = link_scans([ScanFile(path) for path in paths], catalogue=catalogue)
    assert found.whole
    assert [(unit.code, [page.number for page in unit.pages]) for unit in found.units] == [
        (code, list(range(1, count + 1))) for code, count in catalogue.items()
    ]
    assert {page.path for unit in found.units for page in unit.pages} == set(paths)


def test_a_file_of_many_pages_is_named_by_its_code() -> None:
    found = link_scans([ScanFile(f"a/{CODES[0]}.tif", 3)], catalogue={CODES[0]: 3})
    assert found.whole
    assert [(page.frame, page.number) for page in found.units[0].pages] == [(1, 0), (2, 0), (3, 0)]


def test_a_stack_is_divided_at_its_sheets_and_the_sheets_belong_to_no_record() -> None:
    stack = ScanFile("stack.pdf", 6, {1: CODES[0], 4: CODES[1]})
    found = link_scans([stack], catalogue={CODES[0]: 2, CODES[1]: 2})
    assert found.whole
    assert [[page.frame for page in unit.pages] for unit in found.units] == [[2, 3], [5, 6]]
    assert found.sheets == (PagePlace("stack.pdf", 1), PagePlace("stack.pdf", 4))


def test_every_fault_is_told_at_once() -> None:
    files = [
        *(ScanFile(f"{CODES[0]}/{page}.tif") for page in ("0001", "0003", "3", "0006")),
        ScanFile(f"{CODES[1]}.pdf", 4),
        ScanFile("X101-WS·2020-Y-0099/0001.tif"),
        ScanFile("0001.tif"),
        ScanFile("stack.tif", 2, {2: "X101-WS·2020-Y-0098"}),
    ]
    found = link_scans(files, catalogue={CODES[0]: None, CODES[1]: 5, CODES[2]: 1})
    assert codes(found.faults) == [
        ("unnamed", "0001.tif"),
        ("unnamed", "stack.tif#1"),
        ("unknown-code", "X101-WS·2020-Y-0099"),
        ("unknown-code", "X101-WS·2020-Y-0098"),
        ("page-twice", CODES[0]),
        ("page-missing", CODES[0]),
        ("page-count", CODES[1]),
        ("no-pages", CODES[2]),
    ]
    told = {each.code: each.sentence("zh") for each in found.faults}
    assert told["page-missing"] == "缺第 2, 4-5 页"
    assert told["page-count"] == "目录著录 5 页，实有 4 页"
    assert not found.whole


def test_pages_and_a_whole_file_of_one_record_are_not_guessed_together() -> None:
    files = [ScanFile(f"{CODES[0]}.pdf", 2), ScanFile(f"{CODES[0]}-0001.jpg")]
    assert codes(link_scans(files, catalogue={CODES[0]: None}).faults) == [("mixed", CODES[0])]


@pytest.mark.parametrize("path", ["", ".", "页.tif", "----.tif", "\u202e.jpg", "1" * 300 + ".tif"])
def test_no_name_stops_a_batch(path: str) -> None:
    found = link_scans([ScanFile(path), ScanFile(f"{CODES[0]}-1.jpg")], catalogue={CODES[0]: 1})
    assert [unit.code for unit in found.units] == [CODES[0]]
    assert not found.whole
    for each in found.faults:
        assert each.code in FAULTS
        assert each.sentence("en")
