"""Dual-layer PDF: the picture is seen, the text is found, copied and stands where the picture shows it."""

from __future__ import annotations

import datetime
import io
import shutil
import subprocess
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import pdfa

from lantai.archival.imaging.dual_layer import AccessPage, Coding, black_and_white, write_dual_layer_pdf
from lantai.archival.imaging.pictures import Picture

MADE = datetime.datetime(2026, 11, 22, 9, 30, tzinfo=datetime.UTC)
Corners = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Piece:
    text: str
    corners: Corners
    words: tuple[Piece, ...] = field(default=())


def level(text: str, left: int, top: int, right: int, bottom: int) -> Piece:
    return Piece(text, ((left, top), (right, top), (right, bottom), (left, bottom)))


def sheet(width: int = 1240, height: int = 1754, tint: tuple[int, int, int] = (250, 240, 225)) -> Picture:
    picture = np.full((height, width, 3), tint, np.uint8)
    picture[height // 4 : height // 4 + 20, 100 : width // 2] = (200, 20, 20)
    return picture


LINES = (
    level("准予行政许可决定书", 300, 100, 940, 170),
    level("申请人：𠀀某 Acme 2024-01", 100, 300, 800, 340),
    Piece("竖排的字", ((1140, 400), (1140, 700), (1090, 700), (1090, 400))),
    level("第二段", 100, 800, 300, 840),
)


def made(*pages: AccessPage, coding: Coding = "auto", title: str = "决定书 <1> & 2") -> bytes:
    out = io.BytesIO()
    assert write_dual_layer_pdf(pages, out, title=title, made=MADE, coding=coding) == len(pages)
    return out.getvalue()


def valid(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "copy.pdf"
    path.write_bytes(data)
    assert pdfa.validate_written(path, "2b").findings == []


@pytest.mark.parametrize("coding", ["auto", "g4"])
def test_a_copy_is_valid_and_says_every_line_in_order(tmp_path: Path, coding: Coding) -> None:
    data = made(AccessPage(sheet(), 150, LINES), AccessPage(sheet(600, 400), 150, LINES[:1]), coding=coding)
    valid(data, tmp_path)
    document = pypdfium2.PdfDocument(data)
    text = document[0].get_textpage().get_text_range()
    assert [each for each in text.split("\r\n") if each] == [each.text for each in LINES]
    assert document[1].get_textpage().get_text_range().strip() == LINES[0].text
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert [float(each) for each in pdf.pages[0]["/MediaBox"]] == pytest.approx([0, 0, 595.2, 841.92])
        assert str(pdf.open_metadata()["dc:title"]) == "决定书 <1> & 2"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_pdftotext_gives_the_lines_and_no_stray_spaces(tmp_path: Path) -> None:
    words = tuple(
        level(each, 100 + 43 * place, 300, 140 + 43 * place, 340) for place, each in enumerate("本决定自送达之日起生效")
    )
    line = Piece("本决定自送达之日起生效", level("", 100, 300, 573, 340).corners, words)
    (tmp_path / "a.pdf").write_bytes(made(AccessPage(sheet(), 150, (*LINES[:2], line))))
    told = subprocess.run(["pdftotext", "a.pdf", "-"], cwd=tmp_path, capture_output=True, check=True, timeout=60)
    assert [each for each in told.stdout.decode().replace("\f", "").split("\n") if each] == [
        *(each.text for each in LINES[:2]),
        line.text,
    ]


def test_search_finds_a_word_where_the_picture_shows_it() -> None:
    words = (level("2024", 100, 300, 300, 340), level("年", 320, 300, 360, 340), level("许可", 360, 300, 440, 340))
    line = Piece("2024 年许可", level("", 100, 300, 440, 340).corners, words)
    page = pypdfium2.PdfDocument(made(AccessPage(sheet(), 150, (LINES[0], line))))[0]
    text = page.get_textpage()
    found = text.search("年").get_next()
    assert found is not None
    left, bottom, right, top = text.get_charbox(found[0], loose=True)
    k = 150 / 72
    assert (left * k, right * k) == pytest.approx((320, 360), abs=1)
    assert (1754 - top * k, 1754 - bottom * k) == pytest.approx((300, 340), abs=2)


@settings(max_examples=25, deadline=None)
@given(
    left=st.integers(0, 900),
    top=st.integers(0, 1600),
    wide=st.integers(30, 300),
    high=st.integers(10, 60),
    turn=st.sampled_from([0.0, 3.0, -8.0, 90.0, 180.0]),
    text=st.text("档案许可决定书ABC123", min_size=1, max_size=12),
)
def test_letters_stay_within_their_line_however_it_lies(
    left: int, top: int, wide: int, high: int, turn: float, text: str
) -> None:
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = [(left + 200, top), (left + 200 + wide, top), (left + 200 + wide, top + high), (left + 200, top + high)]
    middle = np.mean(corners, axis=0)
    moved = [(np.array(each) - middle) @ spin.T + middle for each in corners]
    moved = [np.clip(each, 0, (1240, 1754)) for each in moved]
    line = Piece(text, tuple((round(float(x)), round(float(y))) for x, y in moved))  # type: ignore[arg-type]
    page = pypdfium2.PdfDocument(made(AccessPage(sheet(), 150, [line])))[0].get_textpage()
    if page.count_chars() == 0:
        return  # a line that was cut to nothing at the page's edge
    xs, ys = [each[0] for each in line.corners], [each[1] for each in line.corners]
    for place in range(len(text)):
        x0, y0, x1, y1 = (each * 150 / 72 for each in page.get_charbox(place, loose=True))
        # 3 px, a fiftieth of an inch: a slanting line whose corner the page's edge cut off is no rectangle any more
        assert min(xs) - 3 <= x0 <= x1 <= max(xs) + 3
        assert min(ys) - 3 <= 1754 - y1 <= 1754 - y0 <= max(ys) + 3


def test_black_and_white_is_kept_as_g4_exactly_and_small() -> None:
    picture = np.full((1754, 1240), 255, np.uint8)
    picture[100:130, 200:900] = 0
    picture[::97, ::53] = 0
    data = made(AccessPage(picture, 150, LINES))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        image = pikepdf.PdfImage(pdf.pages[0]["/Resources"]["/XObject"]["/I"])
        assert image.filters == ["/CCITTFaxDecode"]
        assert np.array_equal(np.asarray(image.as_pil_image().convert("L")), picture)
    seen = pypdfium2.PdfDocument(data)[0].render(scale=150 / 72, grayscale=True).to_numpy()
    assert seen[115, 500] < 10
    assert seen[600, 20] > 245
    assert len(data) < 60_000


def test_a_shadow_does_not_blacken_a_page_made_black_and_white() -> None:
    shade = np.linspace(90, 250, 800).astype(np.uint8)
    picture = np.repeat(shade[None], 600, axis=0).copy()
    picture[200:210, 100:700] = 20
    plain = black_and_white(picture)
    assert set(np.unique(plain)) == {0, 255}
    assert plain[205, 150] == plain[205, 650] == 0
    assert (plain == 0).mean() < 0.05


def test_colour_stays_and_grey_costs_one_channel() -> None:
    levels = np.random.default_rng(1).integers(90, 250, (400, 400)).astype(np.uint8)
    for picture, space in (
        (sheet(), "/DeviceRGB"),
        (np.stack([levels] * 3, 2), "/DeviceGray"),
        (levels, "/DeviceGray"),
    ):
        with pikepdf.open(io.BytesIO(made(AccessPage(picture, 300, ())))) as pdf:
            image = pdf.pages[0]["/Resources"]["/XObject"]["/I"]
            assert (image["/Filter"], image["/ColorSpace"]) == ("/DCTDecode", space)
            assert int(image["/Width"]) == round(picture.shape[1] * 200 / 300)


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (9000, 40)])
def test_pages_of_odd_sizes_are_valid(tmp_path: Path, size: tuple[int, int]) -> None:
    valid(made(AccessPage(np.full((*size, 3), 200, np.uint8), 10, [level("一", 0, 0, 1, 1)])), tmp_path)


def test_a_volume_is_written_in_the_memory_of_one_page(tmp_path: Path) -> None:
    picture = np.random.default_rng(2).integers(0, 255, (300, 300, 3)).astype(np.uint8)

    def volume() -> Iterator[AccessPage]:
        for place in range(500):
            yield AccessPage(picture, 200, [level(f"第{place}页", 10, 10, 200, 40)])

    with (tmp_path / "volume.pdf").open("wb") as out:
        tracemalloc.start()
        assert write_dual_layer_pdf(volume(), out, title="卷", made=MADE) == 500
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    size = (tmp_path / "volume.pdf").stat().st_size
    assert size > 20_000_000
    assert peak < 8_000_000
    document = pypdfium2.PdfDocument(tmp_path / "volume.pdf")
    assert len(document) == 500
    assert "第499页" in document[499].get_textpage().get_text_range()


def test_the_same_pages_and_moment_give_the_same_bytes_and_no_pages_are_refused() -> None:
    assert made(AccessPage(sheet(), 150, LINES)) == made(AccessPage(sheet(), 150, LINES))
    with pytest.raises(ValueError, match="no pages"):
        made()
