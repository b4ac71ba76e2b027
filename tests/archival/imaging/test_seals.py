"""Seals on pages: found whatever the shape, read, matched, taken off; what is no seal is not taken for one."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from lantai.archival.imaging.models import installed_models
from lantai.archival.imaging.pictures import Picture, scaled
from lantai.archival.imaging.seals import (
    KnownOwners,
    Outline,
    StripReader,
    find_seals,
    likeness,
    moved_outline,
    read_seals,
    strip_reader,
    without_seals,
)
from lantai.archival.imaging.specimens import Die, Shape, make_specimen, stamp_seal, worn
from lantai.site.cli.seals import seals

app = typer.Typer()
app.command()(seals)

NAME = "天桥区行政审批服务局"
DIES = {
    "round": (Die("round", NAME, "行政许可专用章"), 496),
    "oval": (Die("oval", NAME, "发票专用章"), 531),
    "rectangle": (Die("rectangle", NAME, "档案专用章"), 590),
    "square": (Die("square", "王建国印"), 240),
}


@pytest.fixture(scope="module")
def read() -> StripReader:
    return strip_reader(installed_models("exact"))


def page(height: int = 1400, width: int = 1600) -> Picture:
    """White paper with rows of black marks as writing leaves them."""
    picture = np.full((height, width, 3), 255, np.uint8)
    chance = np.random.default_rng(5)
    for row in range(150, height - 150, 110):
        for column in range(200, width - 200, 70):
            x, y = column + int(chance.integers(0, 8)), row
            picture[y : y + 45, x : x + 8] = picture[y : y + 8, x : x + 45] = 25
    return picture


@pytest.mark.parametrize("shape", ["round", "oval", "square", "rectangle"])
def test_each_shape_is_found_where_it_is_and_read_over_writing(shape: Shape, read: StripReader) -> None:
    picture = page()
    die, size = DIES[shape]
    true = stamp_seal(picture, die, (800, 700), Random(3), size=size)
    (seal,) = read_seals(picture, read, dpi=300)
    assert (seal.outline.shape, seal.outline.colour) == (shape, "red")
    assert all(abs(one - other) <= 12 for one, other in zip(seal.outline.box, true.box, strict=True))
    assert (seal.name, seal.middle if shape != "round" else "行政许可专用章") == (die.name, die.middle or seal.middle)
    assert abs(seal.turned - true.angle) < 4
    assert seal.confidence > 0.8


@settings(max_examples=12, deadline=None)
@given(turn=st.integers(0, 3), x=st.integers(420, 1180), y=st.integers(420, 980), size=st.sampled_from([400, 496]))
def test_a_seal_is_found_however_the_page_is_turned_moved_or_scaled(turn: int, x: int, y: int, size: int) -> None:
    picture = page()
    true = stamp_seal(picture, DIES["round"][0], (x, y), Random(x), size=size, fade=0.8)
    (found,) = find_seals(picture, 300)
    assert abs(found.axes[0] - size) < 0.06 * size
    (other,) = find_seals(np.ascontiguousarray(np.rot90(picture, turn)), 300)
    assert other.shape == found.shape == "round"
    assert abs(other.axes[0] - found.axes[0]) < 0.04 * size
    (smaller,) = find_seals(scaled(picture, 0.6), 180)
    assert all(abs(one / 0.6 - two) < 14 for one, two in zip(smaller.box, true.box, strict=True))


@given(
    turn=st.floats(-180, 180),
    x=st.integers(-200, 200),
    y=st.integers(-200, 200),
    scale=st.floats(0.3, 2),
    flip=st.booleans(),
)
def test_a_seal_that_is_moved_has_its_corners_where_the_move_puts_them(
    turn: float, x: int, y: int, scale: float, flip: bool
) -> None:
    radians = math.radians(turn)
    cosine, sine = scale * math.cos(radians), scale * math.sin(radians)
    matrix = np.array([[cosine, -sine, x + 3000], [sine, cosine, y + 3000]]) @ np.diag([-1.0 if flip else 1.0, 1, 1])
    outline = Outline("rectangle", "red", (300, 460, 700, 540), (500, 500), (400, 80), 0.0, 0.9)
    corners = np.array([[300, 460, 1], [700, 460, 1], [700, 540, 1], [300, 540, 1]]) @ matrix.T
    moved = moved_outline(outline, matrix, 9000, 9000)
    assert np.allclose(moved.box[:2], corners.min(axis=0), atol=1.5)
    assert np.allclose(moved.box[2:], corners.max(axis=0), atol=1.5)
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    back = moved_outline(moved, inverse, 9000, 9000)
    assert np.allclose(back.box, outline.box, atol=2) and np.allclose(back.axes, outline.axes)


def test_a_seal_beyond_the_edge_of_a_cut_page_takes_nothing_off() -> None:
    sheet = page()
    gone = Outline("round", "red", (1600, 300, 1600, 700), (1900, 500), (400, 400), 0.0, 0.9)
    assert np.array_equal(without_seals(sheet, [gone]), sheet)


def test_blue_and_black_seals_are_found_and_told_by_their_colour() -> None:
    for colour, ink in (("blue", (30, 40, 190)), ("black", (30, 30, 30))):
        picture = np.full((1400, 1600, 3), 252, np.uint8)
        stamp_seal(picture, DIES["round"][0], (800, 700), Random(1))
        red = (255 - picture[:, :, 1].astype(np.float32)) / 255
        tinted = (252 - red[..., None] * (252 - np.array(ink, np.float32))).astype(np.uint8)
        (seal,) = find_seals(tinted, 300)
        assert (seal.shape, seal.colour) == ("round", colour)
        assert abs(seal.middle[0] - 800) < 15 and abs(seal.middle[1] - 700) < 15


def test_headings_rules_date_stamps_and_photographs_are_no_seals() -> None:
    picture = Image.fromarray(page())
    pen = ImageDraw.Draw(picture)
    for x in range(200, 1400, 150):
        pen.rectangle((x, 60, x + 110, 78), fill=(205, 20, 25))
        pen.rectangle((x, 60, x + 18, 160), fill=(205, 20, 25))
    pen.line((150, 200, 1450, 200), fill=(205, 20, 25), width=9)
    for x in range(900, 1250, 44):
        pen.line((x, 900, x + 18, 940), fill=(205, 20, 25), width=6)
    pen.ellipse((300, 700, 560, 960), fill=(200, 30, 30))
    levels = np.asarray(picture).copy()
    down, across = np.mgrid[0:300, 0:400]
    levels[1000:1300, 900:1300] = np.stack([200 - down // 3, 90 + across // 5, 60 + down // 4], 2).astype(np.uint8)
    assert find_seals(levels, 300) == []


def test_dark_writing_on_yellow_paper_is_not_taken_for_coloured_ink() -> None:
    paper, ink = np.array([244, 222, 140], np.float32), np.array([92, 52, 22], np.float32)
    picture = np.tile(paper.astype(np.uint8), (900, 1200, 1))
    for x in range(100, 1000, 160):
        for side in range(0, 110, 22):  # as letters of many strokes in a square are
            picture[300 + side : 310 + side, x : x + 120] = picture[300:420, x + side : x + side + 10] = ink
    assert find_seals(picture, 150) == []
    stamp_seal(picture, DIES["round"][0], (600, 640), Random(3), size=300)
    assert [(each.shape, each.colour) for each in find_seals(picture, 150)] == [("round", "red")]


def test_a_pattern_of_lines_is_no_black_seal() -> None:
    chance = np.random.default_rng(8)
    picture = (235 - 70 * (chance.random((1500, 1100)) < 0.3)).astype(np.uint8)
    for y in range(60, 1500, 24):
        picture[y : y + 3] = 90
    assert find_seals(np.stack([picture] * 3, axis=2), 130) == []


def test_a_red_header_document_has_its_seal_and_nothing_else() -> None:
    specimen = make_specimen(104, "redhead")
    (found, *others) = find_seals(specimen.picture, 300)
    assert len(others) == len(specimen.seals) - 1
    bare = make_specimen(104, "redhead", sealed=False)
    assert find_seals(bare.picture, 300) == []
    assert found.colour == "red"


def test_what_is_beneath_a_seal_is_left_when_it_is_taken_off() -> None:
    bare = page()
    sealed = bare.copy()
    stamp_seal(sealed, DIES["round"][0], (800, 700), Random(2), fade=0.9)
    cleaned = without_seals(sealed, find_seals(sealed, 300))
    assert np.abs(cleaned.astype(int) - bare).mean() < 1.0
    assert ((cleaned[..., 1] < 128) == (bare[..., 1] < 128)).mean() > 0.998
    assert (sealed != bare).any() and (cleaned[400:1000, 500:1100].max(axis=2) > 200).mean() > 0.8


def test_owners_are_matched_with_a_score_and_strangers_are_not() -> None:
    known = KnownOwners([NAME, "天桥区市场监督管理局", "萧山区行政审批服务局", "王建国"])
    assert known.match(NAME) == replace(known.match(NAME), score=1.0)  # type: ignore[type-var]
    misread = known.match("天桥区行政审批服努局")
    assert misread is not None and misread.name == NAME and misread.score == 0.9
    longer = known.match(f"济南市{NAME}")
    assert longer is not None and (longer.name, longer.score) == (NAME, 0.95)
    assert known.match("泉州市水务局") is None and known.match("") is None


@given(one=st.text("市区县局审批", max_size=8), other=st.text("市区县局审批", max_size=8))
def test_likeness_is_the_same_from_both_sides_and_one_for_the_same(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1
    assert (likeness(one, other) == 1) == (one == other)


@pytest.mark.parametrize("size", [(1, 1), (30, 3000), (200, 200)])
def test_pages_of_odd_sizes_and_without_colour_have_none(size: tuple[int, int], read: StripReader) -> None:
    assert read_seals(np.full((*size, 3), 128, np.uint8), read) == []
    assert read_seals(np.full(size, 255, np.uint8), read) == []


def test_the_command_tells_the_seals_on_pictures_and_scanned_pages(tmp_path: Path) -> None:
    picture = worn(make_specimen(102), "typical", seed=4, dpi=200)
    Image.fromarray(picture.picture).save(tmp_path / "scan.png", dpi=(200, 200))
    Image.fromarray(picture.picture).save(tmp_path / "scan.pdf", resolution=200)
    Image.new("RGB", (300, 300), "white").save(tmp_path / "white.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    answer = CliRunner().invoke(app, [str(tmp_path), "--json"])
    told = {Path(each["file"]).name: each for each in map(json.loads, answer.stdout.splitlines())}
    for name in ("scan.png", "scan.pdf"):
        (seal,) = told[name]["page_seals"]
        assert (seal["name"], seal["shape"], seal["colour"], seal["page"]) == (
            picture.seals[0].name,
            "round",
            "red",
            1,
        )
        assert all(abs(one - other) < 20 for one, other in zip(seal["box"], picture.seals[0].box, strict=True))
    assert (told["white.png"]["page_seals"], told["white.png"]["pages_seen"]) == ([], 1)
    assert told["broken.jpg"]["page_fault_en"] and told["broken.jpg"]["page_seals"] == []
    said = CliRunner().invoke(app, [str(tmp_path / "scan.png"), "--language", "en"])
    assert "red round seal" in said.stdout and picture.seals[0].name in said.stdout.replace("\n", "")
