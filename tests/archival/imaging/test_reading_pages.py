"""Reading pages of known content: the text in reading order, its places, which way up, and what is no page at all."""

from __future__ import annotations

import socket
import unicodedata
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from lantai.archival.imaging.alto import alto_document
from lantai.archival.imaging.model import PageReading
from lantai.archival.imaging.models import ModelFile, ModelMissing, installed_models
from lantai.archival.imaging.pictures import Box, Picture, turned
from lantai.archival.imaging.reading import Reader
from lantai.archival.imaging.seals import read_seal
from lantai.archival.imaging.specimens import Specimen, make_specimen, worn

ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"


def agreement(page: Specimen, reading: PageReading) -> float:
    """How much of the page's text was read, in its order; 1 for all of it and nothing else."""
    wanted, found = (_plain(each) for each in (page.text, reading.text))
    return SequenceMatcher(None, wanted, found, autojunk=False).ratio()


def _places(page: Specimen) -> dict[str, Box]:
    """Where each line stands whose text is on the page once."""
    texts = [_plain(each.text) for each in page.lines]
    return {_plain(each.text): each.box for each in page.lines if texts.count(_plain(each.text)) == 1}


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def test_a_form_is_read_cell_by_cell_and_its_words_have_places(exact: Reader) -> None:
    page = make_specimen(301, "form")
    read = exact.read(page.picture)
    assert agreement(page, read) >= 0.985
    assert (read.turned, read.mirrored, read.version, read.steps) == (0, False, "scan", ())
    assert read.confidence > 0.97 and not read.empty
    told = _places(page)
    placed = [(each, told[_plain(each.text)]) for each in read.lines if _plain(each.text) in told]
    assert len(placed) > 0.9 * len(told)
    for line, box in placed:
        assert all(abs(one - other) <= 30 for one, other in zip(line.box, box, strict=True)), (line.text, line.box, box)
        assert "".join(each.text for each in line.words) == line.text.replace(" ", "")
        middles = [(each.box[0] + each.box[2]) / 2 for each in line.words]
        assert middles == sorted(middles) and line.box[0] <= middles[0] and middles[-1] <= line.box[2]
    assert not any(" " in each.text for each in read.lines if not each.text.isascii())


def test_alto_holds_every_word_of_a_reading(fast: Reader) -> None:
    page = worn(make_specimen(304, "redhead"), "clean", seed=1, dpi=200)
    read = fast.read(page.picture)
    root = etree.fromstring(alto_document(read, file_name="0001.tif", number=3))
    assert [each.tag for each in root] == [f"{ALTO}Description", f"{ALTO}Layout"]
    (sheet,) = root.iter(f"{ALTO}Page")
    assert (sheet.get("PHYSICAL_IMG_NR"), sheet.get("WIDTH"), sheet.get("HEIGHT")) == ("3", "1653", "2339")
    lines = list(root.iter(f"{ALTO}TextLine"))
    assert ["".join(each.get("CONTENT", "") for each in line.iter(f"{ALTO}String")) for line in lines] == [
        each.text.replace(" ", "") for each in read.lines
    ]
    for each in root.iter(f"{ALTO}String"):
        assert all(int(each.get(name, "-1")) >= 0 for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
        assert 0 <= float(each.get("WC", "2")) <= 1
    keys = [each.get("ID") for each in root.iter() if each.get("ID")]
    assert len(keys) == len(set(keys))


def test_a_worn_page_is_set_right_and_places_lie_on_the_scan(fast: Reader) -> None:
    page = worn(make_specimen(300, "decision"), "bad", seed=301, dpi=200)
    read = fast.read(page.picture)
    assert agreement(page, read) >= 0.95
    assert {"border", "background", "folds"} <= {each.name for each in read.steps}
    told = _places(page)
    placed = [(each.box, told[_plain(each.text)]) for each in read.lines if _plain(each.text) in told]
    assert len(placed) > 8
    for box, true in placed:
        middle, wanted = (box[0] + box[2]) / 2, (true[0] + true[2]) / 2
        assert abs(middle - wanted) < 25 and abs(box[1] + box[3] - true[1] - true[3]) < 50, (box, true)


@pytest.mark.parametrize("wear", ["bad", "skew10", "turned270"])
def test_seals_and_tables_come_with_a_reading_in_places_of_the_scan(wear: str, exact: Reader) -> None:
    page = worn(make_specimen(305, "form"), wear, seed=7, dpi=200)
    read = exact.read(page.picture)
    true, table = page.seals[0], read.tables[0]
    seal = max(read.seals, key=lambda each: _shared(each.box, true.box))
    assert _shared(seal.box, true.box) > 0.7 and seal.shape == true.shape
    named = read_seal(page.picture, seal, exact.strips)
    assert len(named.name) > 4
    assert _shared(table.box, page.tables[0].box) > 0.8
    assert all(0 <= each.box[0] <= each.box[2] <= read.width for each in table.cells)
    assert {"申请单位", "法定代表人"} <= {each.text for each in table.cells}
    corners = np.array([[0, 0, 1], [read.width, read.height, 1]]) @ read.matrix.T
    assert np.abs(corners).max() < 1.4 * max(read.picture.shape), "the picture is what the matrix leads to"


def _shared(one: Box, other: Box) -> float:
    """The area of two boxes that both hold, over the area they cover."""
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    areas = sum((each[2] - each[0]) * (each[3] - each[1]) for each in (one, other))
    return max(0, wide) * max(0, high) / max(1, areas - max(0, wide) * max(0, high))


@pytest.mark.parametrize("wear", ["turned270", "mirrored"])
def test_pages_that_lie_the_wrong_way_are_read_and_said_to(wear: str, fast: Reader) -> None:
    page = worn(make_specimen(302, "receipt"), wear, seed=1, dpi=200)
    read = fast.read(page.picture)
    assert agreement(page, read) >= 0.96
    assert (read.turned, read.mirrored) == ((270, False) if wear == "turned270" else (0, True))
    first = read.lines[0].box
    assert all(abs(one - other) < 20 for one, other in zip(first, page.lines[0].box, strict=True))


def test_columns_are_read_one_after_the_other_and_old_letters_from_the_right(fast: Reader) -> None:
    for kind in ("columns", "vertical"):
        page = make_specimen(303, kind)  # type: ignore[arg-type]
        assert agreement(page, fast.read(page.picture)) >= 0.98, kind


def test_what_the_other_side_shows_through_is_not_read(fast: Reader) -> None:
    page = worn(make_specimen(304, "redhead"), "see-through", seed=5, dpi=200)
    read = fast.read(page.picture)
    assert "see_through" in {each.name for each in read.steps} and read.version == "restored"
    assert agreement(page, read) >= 0.95


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 700, 3), (700, 3), (60, 60)])
def test_scraps_are_no_pages(shape: tuple[int, ...], fast: Reader) -> None:
    assert fast.read(np.full(shape, 190, np.uint8)).empty


def test_an_empty_page_says_so(fast: Reader) -> None:
    sheet: Picture = np.full((1754, 1240, 3), 238, np.uint8)
    grain = np.random.RandomState(3).randint(-6, 7, sheet.shape)
    read = fast.read(np.clip(sheet + grain, 0, 255).astype(np.uint8))
    assert read.empty and read.text == "" and read.confidence == 0


def test_a_large_sheet_is_looked_through_in_squares(fast: Reader) -> None:
    page = make_specimen(300, "decision", sealed=False)
    wide = np.full((3508, 5200, 3), 255, np.uint8)
    wide[:, :2480] = page.picture
    wide[:, 2720:] = page.picture
    lines = [_plain(each.text) for each in fast.read(wide).lines]
    twice = [line.text for line in page.lines if lines.count(_plain(line.text)) == 2]
    assert len(twice) > 0.8 * len(page.lines) and abs(len(lines) - 2 * len(page.lines)) < 4


def test_nothing_is_asked_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_arguments: object, **_named: object) -> socket.socket:
        raise AssertionError("reading wants the network")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    page = worn(make_specimen(303, "permit", sealed=False), "clean", seed=1, dpi=200)
    for mode in ("exact", "fast"):
        assert "许可证" in Reader(installed_models(mode)).read(page.picture).text  # type: ignore[arg-type]


def test_a_model_that_is_missing_or_another_is_named(tmp_path: Path) -> None:
    models = installed_models("fast")
    gone = replace(models, detector=ModelFile(tmp_path / "det.onnx", models.detector.sha256))
    with pytest.raises(ModelMissing) as refusal:
        Reader(gone)
    assert str(tmp_path / "det.onnx") in refusal.value.reason_zh and "missing" in refusal.value.reason_en
    (tmp_path / "det.onnx").write_bytes(models.detector.path.read_bytes()[:-1] + b"\0")
    with pytest.raises(ModelMissing) as refusal:
        Reader(gone)
    assert models.detector.sha256 in refusal.value.reason_zh and "not the one" in refusal.value.reason_en


def test_turning_a_page_turns_back() -> None:
    sheet = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert np.array_equal(turned(turned(sheet, 1), 3), sheet)
    assert np.array_equal(turned(sheet, 1)[0, 0], sheet[1, 0]), "clockwise"
