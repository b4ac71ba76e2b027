"""A page is measured as it is, and its profile says all that is wrong with it."""

from __future__ import annotations

import random

import pytest
from PIL import Image, ImageDraw, ImageFilter

from lantai.archival.imaging.measuring import FAULTS, PROFILES, PageFault, find_doubles, judge_page, measure_page


def page(
    size: tuple[int, int] = (2480, 3508), *, seed: int = 1, dpi: int | None = 300, mode: str = "RGB", lines: int = 60
) -> Image.Image:
    """A page of writing-like strokes."""
    picture, chance = Image.new("RGB", size, (250, 249, 244)), random.Random(seed)
    draw = ImageDraw.Draw(picture)
    for line in range(lines):
        y = size[1] * (line + 4) // (lines + 8)
        x = size[0] // 10
        while x < size[0] * 0.9:
            width = chance.randrange(4, 18)
            draw.rectangle((x, y, x + width, y + chance.randrange(6, size[1] // (lines * 2) + 8)), fill=(20, 20, 24))
            x += width + chance.randrange(8, 40)
    picture = picture.convert(mode)
    if dpi:
        picture.info["dpi"] = (dpi, dpi)
    return picture


def faults(picture: Image.Image, profile: str = "ocr", **more: float) -> list[str]:
    return [each.code for each in judge_page(measure_page(picture), PROFILES[profile], **more)]  # type: ignore[arg-type]


def test_a_good_page_has_no_fault_and_its_measures_are_true() -> None:
    found = measure_page(page())
    assert (found.width, found.height, found.dpi, found.paper, found.mode) == (2480, 3508, 300, "A4", "colour")
    assert found.edges_mm == (0, 0, 0, 0)
    assert found.coloured == 0
    assert not found.blank
    assert judge_page(found, PROFILES["ocr"]) == []


@pytest.mark.parametrize(
    ("size", "told", "dpi", "paper"),
    [
        ((2480, 3508), 300, 300, "A4"),
        ((3508, 2480), 300, 300, "A4"),
        ((1654, 2339), 200, 200, "A4"),
        ((2480, 3508), 72, 300, "A4"),  # a head that says what programs write when they know nothing
        ((2480, 3508), None, 300, "A4"),
        ((9933, 14043), 300, 300, "A0"),
        ((1000, 5000), 240, 240, ""),
        ((1000, 5000), None, 0, ""),
        ((1, 1), None, 0, ""),
    ],
)
def test_the_resolution_is_judged_by_the_paper(size: tuple[int, int], told: int | None, dpi: int, paper: str) -> None:
    picture = Image.new("L", size, 255)
    if told:
        picture.info["dpi"] = (told, told)
    found = measure_page(picture)
    assert (found.dpi, found.paper) == (dpi, paper)


def test_everything_wrong_is_told_at_once() -> None:
    dark = Image.new("L", (1654, 2339), 40)
    dark.paste(page((1574, 2259), mode="L"), (80, 80))
    dark.info["dpi"] = (200, 200)
    assert faults(dark, "replica", skew=-4.2, rotation=180) == [
        "dpi-low",
        "colour-mode",
        "rotated",
        "skew",
        "black-edge",
    ]
    (low, *_rest) = judge_page(measure_page(dark), PROFILES["replica"])
    assert low.sentence("zh") == "分辨率 200 dpi，应不低于 600"
    assert low.sentence("en") == "200 dpi, at least 600 are asked for"


def test_black_edges_are_measured_by_side() -> None:
    framed = Image.new("RGB", (2480, 3508), (12, 12, 12))
    framed.paste(page((2480 - 118, 3508 - 59)), (118, 0))
    framed.info["dpi"] = (300, 300)
    left, top, right, bottom = measure_page(framed).edges_mm
    assert left == pytest.approx(10, abs=0.6)
    assert bottom == pytest.approx(5, abs=0.6)
    assert (top, right) == (0, 0)


def test_a_red_headed_page_is_colour_and_a_grey_one_in_a_colour_file_has_none() -> None:
    red = page()
    ImageDraw.Draw(red).rectangle((300, 300, 2200, 520), fill=(210, 20, 30))
    assert measure_page(red).coloured > 0.03
    assert measure_page(page(mode="L").convert("RGB")).coloured == 0


def test_blank_faint_and_blurred_pages() -> None:
    white = Image.new("RGB", (2480, 3508), (251, 250, 246))
    white.info["dpi"] = (300, 300)
    assert faults(white) == ["blank"]
    noisy = Image.effect_noise((2480, 3508), 12).point(lambda level: min(255, level + 110))
    noisy.info["dpi"] = (300, 300)
    assert faults(noisy) == ["blank"]
    pale = page(mode="L").point(lambda level: 205 + level // 6)
    pale.info["dpi"] = (300, 300)
    assert faults(pale) == ["faint"]
    soft = page().filter(ImageFilter.GaussianBlur(7))
    soft.info["dpi"] = (300, 300)
    assert faults(soft) == ["blurred"]


def test_one_line_of_writing_is_no_blank_page() -> None:
    assert not measure_page(page(lines=1)).blank


def test_a_page_scanned_twice_is_found_and_the_next_page_is_not() -> None:
    first = page(seed=4, mode="L")
    again = Image.blend(first, Image.effect_noise(first.size, 20), 0.08)
    other = page(seed=5, mode="L")
    prints = [measure_page(each).fingerprint for each in (first, other, again)]
    assert find_doubles([*prints, b"", b""]) == {2: 0}
    moved = Image.new("L", first.size, 246)
    moved.paste(first.rotate(0.2, fillcolor=246), (22, 31))
    assert find_doubles([prints[1], prints[0], measure_page(moved).fingerprint]) == {2: 1}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"])
@pytest.mark.parametrize("size", [(1, 1), (3, 2), (700, 2), (300, 400)])
def test_any_mode_and_size_is_measured(mode: str, size: tuple[int, int]) -> None:
    found = measure_page(Image.new(mode, size))
    assert (found.width, found.height) == size
    for each in judge_page(found, PROFILES["text"]):
        assert each.code in FAULTS
        assert "%" not in each.sentence("zh")


def test_a_sentence_names_what_was_found_in_both_languages() -> None:
    fault = PageFault("colour-mode", {"found": ("灰度", "grey"), "wanted": ("彩色", "colour")})
    assert fault.sentence("zh") == "扫描色彩为灰度，应为彩色"
    assert fault.sentence("en") == "scanned in grey, colour is asked for"
