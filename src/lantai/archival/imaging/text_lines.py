"""Characters to lines: no stray spaces between Chinese characters, words with their places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from lantai.archival.imaging.detecting import Quad
from lantai.archival.imaging.model import Corners, Line, Word
from lantai.archival.imaging.recognising import Letter, is_vertical

WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—·]")
"""Characters that are written without spaces beside them."""
_SPECKS, _NO_SPECK = ".·'`,-_", 0.85
"""What a speck beside a Chinese character is taken for, and how sure a real one is."""
_LEAST_SURE = 0.5
"""Lines less sure than this are dirt or ornament."""


def made_line(quad: Quad, letters: Sequence[Letter]) -> Line | None:
    """A line of its letters; None where nothing certain stands there.

    Args:
        quad: where it lies.
        letters: along it, in order.
    """
    kept = _spaced(letters)
    if not kept:
        return None
    confidence = sum(each.confidence for each in kept) / len(kept)
    if confidence < _LEAST_SURE:
        return None
    vertical = is_vertical(quad)
    along = np.roll(quad, -1, axis=0) if vertical else quad
    words = tuple(_words(kept, along))
    return Line("".join(each.text for each in kept), _corners(quad), confidence, words, vertical)


def _spaced(letters: Sequence[Letter]) -> list[Letter]:
    """The letters without spaces at the ends and beside Chinese characters, and without specks taken for points."""
    kept: list[Letter] = []
    for number, letter in enumerate(letters):
        if letter.text in _SPECKS and letter.confidence < _NO_SPECK and kept and WIDE.match(kept[-1].text):
            continue
        if letter.text.isspace():
            after = next((each.text for each in letters[number + 1 :] if not each.text.isspace()), "")
            before = kept[-1].text if kept else ""
            if not before or not after or before == " " or WIDE.match(before) or WIDE.match(after):
                continue
        kept.append(letter)
    return kept


def _words(letters: Sequence[Letter], along: Quad) -> list[Word]:
    """Each Chinese character by itself, letters and figures that stand together as one."""
    words = []
    kinds = [-number if WIDE.match(each.text) else 1 + each.text.isspace() for number, each in enumerate(letters, 1)]
    for _kind, group in groupby(zip(kinds, letters, strict=True), key=lambda each: each[0]):
        run = [letter for _number, letter in group]
        if run[0].text.isspace():
            continue
        confidence = sum(each.confidence for each in run) / len(run)
        words.append(Word("".join(each.text for each in run), _part(along, run[0].start, run[-1].end), confidence))
    return words


def _part(along: Quad, start: float, end: float) -> Corners:
    """The corners of a piece of a line."""
    upper, lower = along[1] - along[0], along[2] - along[3]
    return _corners(
        np.array(
            [along[0] + upper * start, along[0] + upper * end, along[3] + lower * end, along[3] + lower * start],
            np.float32,
        )
    )


def _corners(quad: Quad) -> Corners:
    first, second, third, fourth = ((round(float(x)), round(float(y))) for x, y in quad)
    return first, second, third, fourth
