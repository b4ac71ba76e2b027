"""Reading a drawing back with an engine that knows nothing of the file: recognition as the judge of what was drawn."""

from __future__ import annotations

import functools
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy
from PIL import Image, ImageChops, ImageOps
from rapidocr import RapidOCR

from lantai.archival.render import PlacedLine

_SAME = {
    ord(each): kept
    for kept, marks in {
        "-": "—–―─━−",
        "[": "〔【［",
        "]": "〕】］",
        '"': "“”",
        "'": "‘’`",
        ".": "。·•",
        ",": "、",
    }.items()
    for each in marks
}
"""Marks that look alike."""

_DARK = 110
_LEADERS = re.compile(r"[.\-_]{3,}")


@functools.cache
def engine() -> RapidOCR:
    """The recogniser with the models its own package brings; it asks no network."""
    return RapidOCR(
        params={
            "Global.log_level": "error",
            "Global.use_cls": False,
            "Global.max_side_len": 2400,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def known(text: str) -> str:
    """The characters of a text that the recogniser can say at all; it knows no Thai, for one."""
    return "".join(each for each in text if each in _letters())


@functools.cache
def _letters() -> frozenset[str]:
    _recognised(Image.new("RGB", (200, 48), "white"))  # loads the model, which brings the list
    return frozenset(normal("".join(engine().text_rec.postprocess_op.character)))


def looks(png: bytes, lines: Sequence[PlacedLine]) -> Iterator[str]:
    """What the engine sees on an image.

    First each line in its own place, where the file says it stands. Then what it finds by itself: on the inked part
    as drawn; on what is dark alone, for words under a watermark; turned, for words that lie on their side. Last the
    lines in their places again, turned.
    """
    page = Image.open(io.BytesIO(png)).convert("RGB")
    box = ImageChops.difference(page, Image.new("RGB", page.size, "white")).getbbox()
    if box is None:
        return
    yield _in_place(page, lines, 0)
    inked = ImageOps.expand(page.crop(box), 60, "white")
    yield _found(inked)
    dark = page.convert("L").point(lambda value: 0 if value < _DARK else 255)
    words = ImageChops.invert(dark).getbbox()
    if words is not None:
        yield _found(ImageOps.expand(dark.crop(words), 60, "white").convert("RGB"))
    for turn in (90, 180, 270):
        yield _found(inked.rotate(turn, expand=True))
        yield _in_place(page, lines, turn)


def _found(picture: Image.Image) -> str:
    """What the engine finds and reads on a picture."""
    found = engine()(numpy.asarray(picture)[:, :, ::-1], use_det=True, use_cls=False, use_rec=True)
    return "\n".join(found.txts or ())


def _recognised(strip: Image.Image) -> str:
    """What the engine reads on a picture of one line."""
    found = engine()(numpy.asarray(strip)[:, :, ::-1], use_det=False, use_cls=False, use_rec=True)
    return "".join(found.txts or ())


def _in_place(page: Image.Image, lines: Sequence[PlacedLine], turn: int) -> str:
    """What stands where the file says its lines are, on the page turned against the clock."""
    turned = page.rotate(turn, expand=True)
    places = [_turned(each, turn) for each in lines]
    boxes = [
        (x * turned.width, y * turned.height, (x + wide) * turned.width, (y + high) * turned.height)
        for x, y, wide, high in places
    ]
    said = []
    for left, top, right, bottom in _rows(boxes):
        more = 0.2 * (bottom - top)
        strip = turned.crop((round(left - more), round(top - more), round(right + more), round(bottom + more)))
        if min(strip.size) > 4:
            said.append(_recognised(strip))
    return "\n".join(said)


def _turned(line: PlacedLine, turn: int) -> tuple[float, float, float, float]:
    """Left, top, width and height of a line on the page turned against the clock."""
    x, y, wide, high = line.x, line.y, line.width, line.height
    return {
        0: (x, y, wide, high),
        90: (y, 1 - x - wide, high, wide),
        180: (1 - x - wide, 1 - y - high, wide, high),
        270: (1 - y - high, x, high, wide),
    }[turn]


_Box = tuple[float, float, float, float]


def _rows(boxes: list[_Box]) -> list[_Box]:
    """Boxes that stand side by side, made one."""
    rows: list[_Box] = []
    for box in sorted(boxes):
        for at, row in enumerate(rows):
            high = min(box[3] - box[1], row[3] - row[1])
            shared = min(box[3], row[3]) - max(box[1], row[1])
            if shared > 0.7 * max(box[3] - box[1], row[3] - row[1]) and -0.5 * high < box[0] - row[2] < high:
                rows[at] = (row[0], min(row[1], box[1]), max(row[2], box[2]), max(row[3], box[3]))
                break
        else:
            rows.append(box)
    return rows


def normal(text: str) -> str:
    """Text in which only characters count: one width, no blanks, one form of each mark, no leading dots."""
    return _LEADERS.sub("", "".join(unicodedata.normalize("NFKC", text).translate(_SAME).split())).lower()


def agreement(lines: Sequence[PlacedLine], png: bytes, enough: float) -> tuple[int, int, str]:
    """How many characters of a page's lines are seen on its image, each as often as it is there, how many there are,
    and those the recogniser does not know, which are not counted.

    Further looks are taken only while less than *enough* of them were seen.
    """
    own = normal("".join(each.text for each in lines))
    told = known(own)
    wanted: Counter[str] = Counter(told)
    best: Counter[str] = Counter()
    for seen in looks(png, lines):
        best |= Counter(normal(seen)) & wanted
        if best.total() >= enough * wanted.total():
            break
    return best.total(), wanted.total(), "".join(sorted(set(own) - set(told)))
