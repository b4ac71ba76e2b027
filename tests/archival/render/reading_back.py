"""Reading a drawing back with an engine that knows nothing of the file: recognition as the judge of what was drawn."""

from __future__ import annotations

import functools
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

import numpy
from PIL import Image, ImageChops, ImageOps
from rapidocr import RapidOCR

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


def looks(png: bytes) -> Iterator[str]:
    """What the engine sees on an image: its inked part as drawn; then only what is dark, for words under a watermark;
    then turned, for words that lie on their side."""
    page = Image.open(io.BytesIO(png)).convert("RGB")
    box = ImageChops.difference(page, Image.new("RGB", page.size, "white")).getbbox()
    if box is None:
        return
    inked = ImageOps.expand(page.crop(box), 60, "white")
    dark = inked.convert("L").point(lambda value: 0 if value < _DARK else 255)
    yield _words(inked)
    yield _words(dark.convert("RGB"))
    for turn in (90, 180, 270):
        yield _words(inked.rotate(turn, expand=True))


def _words(picture: Image.Image) -> str:
    found = engine()(numpy.asarray(picture)[:, :, ::-1])
    return "\n".join(found.txts or ())


def normal(text: str) -> str:
    """Text in which only characters count: one width, no blanks, one form of each mark, no leading dots."""
    return _LEADERS.sub("", "".join(unicodedata.normalize("NFKC", text).translate(_SAME).split())).lower()


def agreement(own: str, png: bytes, enough: float) -> tuple[int, int]:
    """How many characters of *own* are seen on an image, each as often as it is there, and how many it has. Further
    looks are taken only while less than *enough* of them were seen."""
    wanted: Counter[str] = Counter(normal(own))
    best: Counter[str] = Counter()
    for seen in looks(png):
        best |= Counter(normal(seen)) & wanted
        if best.total() >= enough * wanted.total():
            break
    return best.total(), wanted.total()
