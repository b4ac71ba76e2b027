"""Reading a scanned page (识别): set upright, repaired where it asks for it, its lines found, read, put in order."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import cv2
import numpy as np

from lantai.archival.imaging.detecting import Detector, Quad
from lantai.archival.imaging.layout import find_ruled_tables, moved_table, tables_with
from lantai.archival.imaging.model import Line, PageReading, moved
from lantai.archival.imaging.models import Mode, Network, ReadingModels, Tensor
from lantai.archival.imaging.ordering import Placed, reading_order
from lantai.archival.imaging.pictures import Box, Picture, coloured, mirrored, scaled, turned
from lantai.archival.imaging.recognising import Way, is_vertical, loaded_recogniser
from lantai.archival.imaging.repair import Condition, Matrix, Repaired, repair
from lantai.archival.imaging.seals import (
    Outline,
    StripReader,
    find_seals,
    moved_outline,
    reader_of_strips,
    without_seals,
)
from lantai.archival.imaging.tables import Table
from lantai.archival.imaging.text_lines import made_line

_TURN_SURE = 0.8
"""How sure the network must be that a page does not lie upright."""
_DOUBTFUL = 0.95
"""A page less sure than this in the mean is read in its other version too."""
_FAIRLY_SURE = 0.85
"""Characters less sure than this are no gain."""
_SURE = 0.97
"""A line less sure than this gives way to a surer reading of it."""
_CERTAIN = 0.9
"""A line of which no character is less sure than this is not read a second time in the other version."""
_UNREADABLE = 0.85
"""A page less sure than this may lie the wrong way or be mirrored."""
_SAMPLE = 12
"""Lines that are read to find that out."""
_OTHER_WAYS: tuple[Way, ...] = ("", "turned", "mirrored", "upended")
_CLEARLY = 0.1
"""How much surer a page must be another way."""
_LARGEST_SIDE = 10_000
"""Pixels of the longer side that are read; larger sheets are reduced to it."""

_SETTING_RIGHT = ("border", "deskew")
"""Steps of repair that only move a page; the others clean it."""

Version = Literal["scan", "straight", "restored"]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What stands on both versions of a page alike: seals that hide words, ruled tables whose cells hold lines
    together."""

    seals: tuple[Outline, ...]
    tables: tuple[Table, ...]

    @property
    def cells(self) -> list[Box]:
        """The boxes of all cells."""
        return [cell.box for table in self.tables for cell in table.cells]


@dataclass(frozen=True, slots=True)
class _Look:
    """One version of a page as it was read."""

    version: Version
    lines: tuple[Line, ...]

    @property
    def worth(self) -> float:
        """Mean confidence times characters, what is less than fairly sure counting against it: writing of the other
        side, dirt and rules read as letters are many characters too."""
        return sum((each.confidence - _FAIRLY_SURE) * len(each.text) for each in self.lines)

    @property
    def confidence(self) -> float:
        """How sure its characters are in the mean."""
        total = sum(each.confidence * len(each.text) for each in self.lines)
        return total / max(1, sum(len(each.text) for each in self.lines))


class Reader:
    """Reads pages one after the other, in one process, on *threads* threads.

    Args:
        models: which networks; ``installed_models`` finds them.
        threads: one a process costs the least; run a process a core.

    Raises:
        ModelMissing: a network is missing or altered.
    """

    def __init__(self, models: ReadingModels, *, threads: int = 1) -> None:
        cv2.setNumThreads(threads)
        self.mode: Mode = models.mode
        # The larger network needs so much that a worker keeping it would not stay within its memory.
        self._detector = Detector(Network(models.detector, threads, keeps_memory=models.mode == "fast"))
        self._recogniser = loaded_recogniser(models, threads)
        self._uprighter = Network(models.uprighter, threads)
        _give_memory_back()

    @property
    def strips(self) -> StripReader:
        """What reads the words of a seal, with the network that is loaded: ``read_seal`` wants it."""
        return reader_of_strips(self._recogniser)

    def read(self, picture: Picture) -> PageReading:
        """Read a page. A page with nothing on it comes back without lines.

        Args:
            picture: the scan, RGB or grey; it is not changed.
        """
        high, wide = picture.shape[:2]
        factor = min(1.0, _LARGEST_SIDE / max(high, wide))
        flat = scaled(picture, factor)
        seals = find_seals(flat)
        page = coloured(flat)
        quarters, mirror = self._quarters(page), False
        made, placing, ground = _set_right(page, quarters, mirror, seals)
        look = self._best(made, ground)
        if look.lines and look.confidence < _UNREADABLE:
            way = self._way(made.straight)
            if way:
                mirror = way != "turned"
                quarters = (-quarters if mirror else quarters) + (2 if way != "mirrored" else 0)
                made, placing, ground = _set_right(page, quarters, mirror, seals)
                look = self._best(made, ground)
        matrix = placing @ np.diag([factor, factor, 1.0])
        back = _inverse(matrix)
        unscale = np.diag([1 / factor, 1 / factor, 1.0])[:2]
        return PageReading(
            width=wide,
            height=high,
            lines=tuple(moved(each, back, wide, high) for each in look.lines),
            turned=-90 * quarters % 360,
            mirrored=mirror,
            version=look.version,
            steps=tuple(each for each in made.steps if look.version == "restored" or each.name in _SETTING_RIGHT),
            condition=made.condition,
            matrix=matrix,
            picture=made.restored if look.version == "restored" else made.straight,
            seals=tuple(moved_outline(each, unscale, wide, high) for each in seals),
            tables=tuple(moved_table(each, back, wide, high) for each in tables_with(ground.tables, look.lines)),
        )

    def read_straight(self, picture: Picture) -> tuple[Line, ...]:
        """The lines of a page that lies upright and level, in reading order, with nothing else done to it."""
        page = coloured(picture)
        return self._lines(page, _Ground(tuple(find_seals(picture)), tuple(find_ruled_tables(page))))

    def _lines(self, page: Picture, ground: _Ground, known: tuple[Line, ...] = ()) -> tuple[Line, ...]:
        """The lines of one version, in reading order; what is certain of the *known* lines is not read again."""
        bare = without_seals(page, ground.seals) if ground.seals else page
        _give_memory_back()
        quads = self._detector.find(bare)
        _give_memory_back()
        certain = [each for each in known if _is_certain(each)]
        taken = [_same_line(_box_of(quad), certain) for quad in quads]
        asked = [quad for quad, line in zip(quads, taken, strict=True) if line is None]
        read = iter(self._recogniser.read(bare, asked))
        made = [line or made_line(quad, next(read)) for quad, line in zip(quads, taken, strict=True)]
        lines = [each for each in made if each is not None]
        if not lines:
            return ()
        placed = [Placed(number, each.box, each.vertical) for number, each in enumerate(lines)]
        return tuple(lines[number] for number in reading_order(placed, ground.cells))

    def _best(self, made: Repaired, ground: _Ground) -> _Look:
        """The better reading of a page's two versions; what is neither worn nor doubtful is read once.

        Where both were read, a doubtful line of the better one gives way to a surer reading of the same line.
        """
        straight: Version = "straight" if any(each.name in _SETTING_RIGHT for each in made.steps) else "scan"
        if not made.cleaned:
            return _Look(straight, self._lines(made.straight, ground))
        versions: list[tuple[Version, Picture]] = [(straight, made.straight), ("restored", made.restored)]
        if made.condition.see_through:
            versions.reverse()
        first = _Look(versions[0][0], self._lines(versions[0][1], ground))
        if not _is_bad(made.condition) and first.confidence >= _DOUBTFUL:
            return first
        second = _Look(versions[1][0], self._lines(versions[1][1], ground, first.lines))
        better, other = (first, second) if first.worth >= second.worth else (second, first)
        return _Look(better.version, tuple(_surer(each, other.lines) for each in better.lines))

    def _quarters(self, page: Picture) -> int:
        """By how many quarters clockwise a page has to be turned to stand upright."""
        chance = self._uprighter(_square(page))[0]
        label = int(chance.argmax())
        return (4 - label) % 4 if float(chance[label]) >= _TURN_SURE else 0

    def _way(self, page: Picture) -> Way:
        """Whether a page that reads badly reads clearly better turned by half, mirrored, or both; tried on its longest
        lines."""
        quads = sorted(self._detector.find(page), key=lambda each: -float(cv2.contourArea(each)))[:_SAMPLE]
        if not quads:
            return ""
        sure = {way: self._sampled(page, quads, way) for way in _OTHER_WAYS}
        best = max(_OTHER_WAYS, key=lambda way: sure[way])
        if sure[best] < sure[""] + _CLEARLY:
            return ""
        sideways = sum(map(is_vertical, quads)) * 2 > len(quads)  # such strips were laid on their side to be read
        return {"mirrored": "upended", "upended": "mirrored"}.get(best, best) if sideways else best  # type: ignore[return-value]

    def _sampled(self, page: Picture, quads: list[Quad], way: Way) -> float:
        """How sure some lines are in the mean, read so."""
        lines = [made_line(*each) for each in zip(quads, self._recogniser.read(page, quads, way), strict=True)]
        return sum(each.confidence if each is not None else 0.0 for each in lines) / len(lines)


def _give_memory_back() -> None:
    """Let the C library return what is free to the system: the pictures of repair would else lie idle beside those of
    reading. Elsewhere than with glibc nothing is done."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _set_right(page: Picture, quarters: int, mirror: bool, seals: list[Outline]) -> tuple[Repaired, Matrix, _Ground]:
    """A page turned (and mirrored back) and repaired; where its points went; what stands on it."""
    made = repair(turned(mirrored(page) if mirror else page, quarters))
    placing = made.matrix @ _square_matrix(_placing(page, quarters, mirror))
    high, wide = made.straight.shape[:2]
    marks = tuple(moved_outline(each, placing, wide, high) for each in seals)
    return made, placing, _Ground(marks, tuple(find_ruled_tables(made.straight)))


def _surer(line: Line, others: tuple[Line, ...]) -> Line:
    """The surer of two readings of one line; the line itself where it is sure enough or nobody else read it."""
    if line.confidence >= _SURE:
        return line
    other = _same_line(line.box, others)
    if other is None or other.confidence <= line.confidence or abs(len(other.text) - len(line.text)) > 2:
        return line
    return other


def _same_line(box: Box, lines: Sequence[Line]) -> Line | None:
    """The line that stands in this place, from its beginning to its end."""
    left, top, right, bottom = box
    for each in lines:
        wide = min(right, each.box[2]) - max(left, each.box[0])
        high = min(bottom, each.box[3]) - max(top, each.box[1])
        whole = max(right, each.box[2]) - min(left, each.box[0]), max(bottom, each.box[3]) - min(top, each.box[1])
        if wide > 0.95 * whole[0] and high > 0.6 * whole[1]:
            return each
    return None


def _box_of(quad: Quad) -> Box:
    """The upright box around a quad."""
    (left, top), (right, bottom) = np.rint(quad.min(axis=0)).astype(int), np.rint(quad.max(axis=0)).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _is_certain(line: Line) -> bool:
    """Whether nothing of a line needs to be read again."""
    return line.confidence >= _SURE and all(each.confidence >= _CERTAIN for each in line.words)


def _is_bad(condition: Condition) -> bool:
    """Whether a page is worn enough that cleaning it might have cost something."""
    return condition.unevenness > 25 or condition.ink > 110 or condition.see_through > 0 or condition.paper < 190


def _square(page: Picture) -> Tensor:
    """The middle of a page as the network for turning wants it."""
    step = max(1, min(page.shape[:2]) // 768)  # coarse is enough, and much cheaper
    page = np.ascontiguousarray(page[::step, ::step])
    high, wide = page.shape[:2]
    factor = 256 / min(high, wide)
    size = (max(224, round(wide * factor)), max(224, round(high * factor)))
    small = cv2.resize(page, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)
    left, top = (small.shape[1] - 224) // 2, (small.shape[0] - 224) // 2
    part = small[top : top + 224, left : left + 224, ::-1].astype(np.float32) / 255
    even = (part - np.array([0.485, 0.456, 0.406], np.float32)) / np.array([0.229, 0.224, 0.225], np.float32)
    return cast(Tensor, np.ascontiguousarray(even.transpose(2, 0, 1)[None], np.float32))


def _placing(page: Picture, quarters: int, mirror: bool) -> Matrix:
    """Where a point of a page lies once it is mirrored and turned clockwise by quarters."""
    high, wide = page.shape[:2]
    first: Matrix = np.array([[-1.0 if mirror else 1.0, 0, wide if mirror else 0], [0, 1.0, 0]])
    turns: dict[int, Matrix] = {
        0: np.array([[1.0, 0, 0], [0, 1.0, 0]]),
        1: np.array([[0, -1.0, high], [1.0, 0, 0]]),
        2: np.array([[-1.0, 0, wide], [0, -1.0, high]]),
        3: np.array([[0, 1.0, 0], [-1.0, 0, wide]]),
    }
    return turns[quarters % 4] @ _square_matrix(first)


def _square_matrix(matrix: Matrix) -> Matrix:
    return np.vstack([matrix, [0, 0, 1]])


def _inverse(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(_square_matrix(matrix))[:2], np.float64)
