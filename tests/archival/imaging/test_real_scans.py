"""Pictures that nobody here made: tickets, posters, old print, handwriting, seals. Whatever comes is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from lantai.archival.imaging.pictures import Picture
from lantai.archival.imaging.reading import Reader
from lantai.archival.imaging.seals import read_seal
from lantai.archival.render import open_pages

pytestmark = pytest.mark.corpus
KINDS = {".jpg", ".jpeg", ".png"}
SAID = {
    "huochepiao.jpeg": ("D6502", "2018年04月19日10:51开", "买票请到12306"),
    "fanti.jpg": ("般若波羅蜜多心經", "照見五蘊"),
    "multi-line_cn1.png": ("网络支付并无本质的区别", "电话代收、预付费卡和点卡"),
    "multi-line_en_white.png": ("This chapter is currently only available",),
    "helloworld.jpg": ("你好世界",),
    "black_font_color_transparent.png": ("我是中国人",),
    "taobao4.jpg": ("100%桑蚕丝",),
}
"""Words that stand on some of them."""
SEALED = {"seal_0.png": "南京", "seal_1.png": "公益联盟", "seal_2.png": "电机有限公司"}
"""Round red seals, and part of what is written on each."""


def shown(path: Path) -> Picture:
    """A picture as a person sees it: upright, on white."""
    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture)
    return np.asarray(white.convert("RGB"), np.uint8)


def test_every_picture_is_read_and_its_words_lie_on_it(corpus: Path, fast: Reader) -> None:
    paths = sorted(each for each in (corpus / "scans").rglob("*") if each.suffix.lower() in KINDS)
    assert len(paths) > 40
    for path in paths:
        picture = shown(path)
        read = fast.read(picture)
        high, wide = picture.shape[:2]
        assert (read.width, read.height) == (wide, high), path.name
        for line in read.lines:
            assert line.text.strip() and 0.5 <= line.confidence <= 1, (path.name, line)
            left, top, right, bottom = line.box
            assert 0 <= left <= right <= wide and 0 <= top <= bottom <= high, (path.name, line)


@pytest.mark.parametrize("name", sorted(SAID))
def test_what_stands_on_a_picture_is_found_in_its_text(name: str, corpus: Path, exact: Reader) -> None:
    (path,) = (corpus / "scans").rglob(name)
    text = "".join(exact.read(shown(path)).text.split())
    for words in SAID[name]:
        assert "".join(words.split()) in text, text


@pytest.mark.parametrize("name", sorted(SEALED))
def test_real_seals_are_found_round_and_red_and_partly_read(name: str, corpus: Path, exact: Reader) -> None:
    picture = shown(corpus / "scans/seal/img" / name)
    (outline,) = exact.read(picture).seals
    assert (outline.shape, outline.colour) == ("round", "red")
    seal = read_seal(picture, outline, exact.strips)
    assert SEALED[name] in seal.name + seal.middle, seal


def test_a_scanned_pdf_is_read_page_by_page(corpus: Path, fast: Reader) -> None:
    path = corpus / "scans/mineru/demo/pdfs/small_ocr.pdf"
    with path.open("rb") as file:
        _kind, document = open_pages(file, path.name)
        for number in range(1, min(document.count, 2) + 1):
            page = np.asarray(document.draw(number, width=None, dpi=200.0).convert("RGB"), np.uint8)
            read = fast.read(page)
            assert len(read.lines) > 10 and read.confidence > 0.9, number
