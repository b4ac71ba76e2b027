"""Draw what reading does to scanned pages (make guide): the scan, the repaired page, what was found on it, the text.

Pages are made by seed, with the faults their names say; nobody's papers are shown.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lantai.archival.imaging.model import Line, PageReading
from lantai.archival.imaging.models import installed_models
from lantai.archival.imaging.pictures import Box
from lantai.archival.imaging.reading import Reader
from lantai.archival.imaging.repair import Matrix
from lantai.archival.imaging.seals import Seal, read_seal
from lantai.archival.imaging.specimens import Kind, Specimen, make_specimen, worn
from lantai.archival.render.fonts import typeface_path

TARGET = Path(__file__).resolve().parents[1] / "docs/guide/pictures"
WIDE, HIGH, MARGIN, HEAD = 640, 905, 16, 30
LINES, CELLS, SEALS, DOUBTFUL = (20, 130, 60), (40, 90, 200), (205, 20, 25), (190, 90, 0)
_DOUBT = 0.9


@dataclass(frozen=True, slots=True)
class Shown:
    """A sheet: the page that is made, and how it is worn."""

    name: str
    kind: Kind
    wear: str
    seed: int
    dpi: int = 200


SHEETS = (
    Shown("reading-decision", "decision", "bad", 41_003),
    Shown("reading-form", "form", "bad", 41_007, 300),
    Shown("reading-skewed", "redhead", "skew10", 41_012),
    Shown("reading-turned", "receipt", "turned90", 41_021),
    Shown("reading-vertical", "vertical", "typical", 41_030),
)


def main() -> None:
    """One WebP for each of SHEETS."""
    TARGET.mkdir(parents=True, exist_ok=True)
    reader = Reader(installed_models("exact"))
    for each in SHEETS:
        back = make_specimen(each.seed + 1, "receipt").picture
        page = worn(make_specimen(each.seed, each.kind), each.wear, seed=each.seed, dpi=each.dpi, back=back)
        read = reader.read(page.picture)
        seals = [read_seal(page.picture, one, reader.strips) for one in read.seals]
        sheet = drawn(page, read, seals)
        sheet.save(TARGET / f"{each.name}.webp", quality=72, method=6)
        sys.stdout.write(f"{each.name}: {read.version}, {len(read.lines)} lines, {read.confidence:.3f}\n")


def drawn(page: Specimen, read: PageReading, seals: Sequence[Seal]) -> Image.Image:
    """Four panels beside each other."""
    steps = "、".join(each.name for each in read.steps) or "-"
    panels = (
        ("扫描件 scan", _fitted(Image.fromarray(page.picture))),
        (f"修复后 repaired: {steps}", _fitted(Image.fromarray(read.picture))),
        ("行、单元格、印章 lines, cells, seals", _fitted(_marked(read))),
        ("按阅读顺序的文字 text in reading order", _text(read.lines, seals)),
    )
    sheet = Image.new("RGB", (len(panels) * (WIDE + MARGIN) + MARGIN, HIGH + HEAD + MARGIN), (236, 238, 240))
    pen = ImageDraw.Draw(sheet)
    for number, (name, panel) in enumerate(panels):
        x = MARGIN + number * (WIDE + MARGIN)
        pen.text((x, 6), name, font=_face(16), fill=(40, 44, 50))
        sheet.paste(panel, (x, HEAD))
    return sheet


def _fitted(picture: Image.Image) -> Image.Image:
    """A page in the middle of a panel."""
    panel = Image.new("RGB", (WIDE, HIGH), (250, 250, 250))
    small = picture.copy()
    small.thumbnail((WIDE, HIGH), Image.Resampling.LANCZOS, reducing_gap=3.0)
    panel.paste(small, ((WIDE - small.width) // 2, (HIGH - small.height) // 2))
    return panel


def _marked(read: PageReading) -> Image.Image:
    """The page that was read with everything that was found on it, lines numbered in their order."""
    picture = Image.fromarray(read.picture).convert("RGB")
    pen, thick = ImageDraw.Draw(picture), max(2, picture.width // 500)
    for table in read.tables:
        for cell in table.cells:
            pen.polygon(_put(_corners(cell.box), read.matrix), outline=CELLS, width=2 * thick)
    for number, line in enumerate(read.lines, 1):
        places = _put(line.corners, read.matrix)
        pen.polygon(places, outline=LINES, width=thick)
        pen.text(
            (places[0][0] - 4, places[0][1]), str(number), font=_face(picture.width // 45), fill=LINES, anchor="rt"
        )
    for seal in read.seals:
        pen.polygon(_put(_corners(seal.box), read.matrix), outline=SEALS, width=2 * thick)
    return picture


def _corners(box: Box) -> list[tuple[int, int]]:
    left, top, right, bottom = box
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _put(points: Sequence[tuple[int, int]], matrix: Matrix) -> list[tuple[float, float]]:
    """Points of the scan on the repaired page."""
    placed = np.array([[x, y, 1] for x, y in points]) @ matrix.T
    return [(float(x), float(y)) for x, y in placed]


def _text(lines: Sequence[Line], seals: Sequence[Seal]) -> Image.Image:
    """The lines as they were read, doubtful words in their own colour, below them the seals."""
    panel = Image.new("RGB", (WIDE, HIGH), "white")
    pen = ImageDraw.Draw(panel)
    step = min(26, (HIGH - 20) // (len(lines) + len(seals) + 1))
    font, y = _face(max(9, min(17, step - 5, WIDE // (max((len(one.text) for one in lines), default=1) + 4)))), 10
    for number, line in enumerate(lines, 1):
        pen.text((34, y + step * 0.6), str(number), font=font, fill=LINES, anchor="rs")
        x = 42.0
        for word in line.words:
            sure = word.confidence >= _DOUBT
            pen.text((x, y + step * 0.6), word.text, font=font, fill=(20, 20, 24) if sure else DOUBTFUL, anchor="ls")
            x += pen.textlength(word.text, font=font)
        y += step
    for seal in seals:
        words = " · ".join(each for each in (seal.name, seal.middle) if each)
        pen.text((42, y), f"印章 seal: {words}", font=font, fill=SEALS, anchor="lt")
        y += step
    return panel


def _face(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(typeface_path("hei")), size, layout_engine=ImageFont.Layout.BASIC)


if __name__ == "__main__":
    main()
