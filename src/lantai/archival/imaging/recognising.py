"""Reading lines (文本识别): strips of a page to characters, each with its place in the strip and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, cast

import cv2
import numpy as np

from lantai.archival.imaging.detecting import Quad
from lantai.archival.imaging.models import Network, ReadingModels, Tensor
from lantai.archival.imaging.pictures import Picture, coloured

_HEIGHT = 48
"""Pixels a strip is high for the network."""
_NARROWEST, _STEP = 96, 16
"""Pixels a strip is wide at least, and what its width is a multiple of."""
_WIDEST = 6400
_TALL = 1.5
"""Boxes so much higher than wide hold a line that runs downwards."""


Way = Literal["", "turned", "mirrored", "upended"]
"""As it is; turned by half; left and right exchanged; above and below exchanged."""
_WAYS: dict[Way, Callable[[Picture], Picture]] = {
    "": lambda strip: strip,
    "turned": lambda strip: np.ascontiguousarray(strip[::-1, ::-1]),
    "mirrored": lambda strip: np.ascontiguousarray(strip[:, ::-1]),
    "upended": lambda strip: np.ascontiguousarray(strip[::-1]),
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A character that was read: where it begins and ends along its line, from 0 to 1, and how sure it is."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Reads strips with a network of the CTC kind."""

    network: Network
    letters: tuple[str, ...]

    def read(self, picture: Picture, quads: Sequence[Quad], way: Way = "") -> list[tuple[Letter, ...]]:
        """The characters of each line, in the order of *quads*; empty where nothing could be read.

        Args:
            picture: the page.
            quads: where its lines lie.
            way: what to do to each strip first.
        """
        return [self._read_strip(_WAYS[way](_strip(picture, quad))) for quad in quads]

    def _read_strip(self, strip: Picture) -> tuple[Letter, ...]:
        """One strip at a time: together they would be padded to the longest, which costs more than it saves, and take
        several times the memory."""
        width = max(_NARROWEST, -(-strip.shape[1] // _STEP) * _STEP)
        batch = np.zeros((1, 3, _HEIGHT, width), np.float32)
        batch[0, :, :, : strip.shape[1]] = _tensor(strip)
        return self._letters(self.network(batch)[0], strip.shape[1] / width)

    def _letters(self, answer: Tensor, used: float) -> tuple[Letter, ...]:
        """Characters of one strip, whose writing fills *used* of the answer's columns."""
        best = answer.argmax(axis=1)
        starts = np.nonzero((best != 0) & (np.r_[True, best[1:] != best[:-1]]))[0]
        if not starts.size:
            return ()
        sure = answer[np.arange(len(best)), best]
        columns = max(1.0, len(best) * used)
        middles = [_middle(best, int(start)) for start in starts]
        edges = _edges(middles, columns)
        return tuple(
            Letter(
                self.letters[int(best[start])],
                edges[number][0] / columns,
                edges[number][1] / columns,
                float(sure[start]),
            )
            for number, start in enumerate(starts)
        )


def loaded_recogniser(models: ReadingModels, threads: int = 1) -> Recogniser:
    """The recogniser of *models* with its letters. Raises ModelMissing."""
    network = Network(models.recogniser, threads)
    letters = models.letters.content().decode() if models.letters else network.told("character")
    return Recogniser(network, ("", *letters.splitlines(), " "))


def _middle(best: np.ndarray[tuple[int, ...], np.dtype[np.int64]], start: int) -> float:
    """The middle of a run of the same character."""
    end = start
    while end + 1 < len(best) and best[end + 1] == best[start]:
        end += 1
    return (start + end + 1) / 2


def _edges(middles: Sequence[float], columns: float) -> list[tuple[float, float]]:
    """From where to where each character goes: half way to its neighbours, no wider than characters of the line are."""
    gaps = [after - before for before, after in pairwise(middles)]
    half = max(1.5, float(np.median(gaps)) * 0.6) if gaps else columns / 2
    made = []
    for number, middle in enumerate(middles):
        before = middle - min(half, gaps[number - 1] / 2) if number else max(0.0, middle - half)
        after = middle + min(half, gaps[number] / 2) if number < len(gaps) else min(columns, middle + half)
        made.append((max(0.0, before), max(before, min(columns, after))))
    return made


def is_vertical(quad: Quad) -> bool:
    """Whether a line runs downwards (竖排)."""
    wide, high = _lengths(quad)
    return high >= _TALL * wide


def _lengths(quad: Quad) -> tuple[float, float]:
    wide = max(float(np.linalg.norm(quad[0] - quad[1])), float(np.linalg.norm(quad[3] - quad[2])))
    high = max(float(np.linalg.norm(quad[0] - quad[3])), float(np.linalg.norm(quad[1] - quad[2])))
    return wide, high


def _strip(picture: Picture, quad: Quad) -> Picture:
    """A line cut out and set straight, as high as the network wants; one that runs downwards is laid on its side."""
    wide, high = _lengths(quad)
    corners = np.roll(quad, -1, axis=0) if high >= _TALL * wide else quad
    if high >= _TALL * wide:
        wide, high = high, wide
    high = max(high, 1.0)
    width = int(min(_WIDEST, max(8, np.ceil(wide * _HEIGHT / high))))
    part, corners = _around(picture, corners)
    if high > 2 * _HEIGHT:  # a large line: reduced by the mean first, so that no stroke falls between pixels
        factor = _HEIGHT * 1.5 / high
        part = cast(Picture, cv2.resize(part, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
        corners = corners * factor
    onto = np.array([[0, 0], [width, 0], [width, _HEIGHT]], np.float32)
    matrix = cv2.getAffineTransform(np.ascontiguousarray(corners[:3], np.float32), onto)
    strip = cv2.warpAffine(part, matrix, (width, _HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return coloured(cast(Picture, strip))


def _around(picture: Picture, quad: Quad) -> tuple[Picture, Quad]:
    """The part of a picture that holds a line, and the line in it."""
    high, wide = picture.shape[:2]
    low, top = np.floor(quad.min(axis=0)).astype(int) - 2, np.ceil(quad.max(axis=0)).astype(int) + 3
    left, upper = max(0, int(low[0])), max(0, int(low[1]))
    part = picture[upper : min(high, int(top[1])), left : min(wide, int(top[0]))]
    return part, (quad - np.array([left, upper], np.float32)).astype(np.float32)


def _tensor(strip: Picture) -> Tensor:
    plane = strip[:, :, ::-1].astype(np.float32) * (2 / 255) - 1
    return cast(Tensor, plane.transpose(2, 0, 1))
