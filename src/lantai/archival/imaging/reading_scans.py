"""Reading one page of a delivered scan (识别): drawn from its file, read, its seals read too. For a limited child.

A child keeps the networks it loaded; they are its own packages' files, nothing is fetched. All places that come back
are in pixels of the page as it was measured, however small it was drawn to be read.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, replace
from functools import cache
from math import sqrt
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from PIL import Image

from lantai.archival.formats.images import IMAGE_FAULTS
from lantai.archival.imaging.model import Corners, Line, PageReading
from lantai.archival.imaging.models import Mode, ModelMissing, installed_models
from lantai.archival.imaging.pictures import Box, Picture
from lantai.archival.imaging.reading import Reader
from lantai.archival.imaging.seals import Seal, moved_outline, read_seal
from lantai.archival.render import RenderRefused, open_pages

MOST_PIXELS = 40_000_000
"""Larger pages are reduced to it before they are read: A4 at 600 dpi is read as it is."""
ENGINES: dict[Mode, str] = {"exact": "PP-OCRv6 small", "fast": "PP-OCRv6 tiny"}
_QUALITY = 82
_WIDEST = 8_000


@dataclass(frozen=True, slots=True)
class ReadSeal:
    """A seal: its box, shape and colour, its name and middle line, how sure the name is (0 to 1), and how many degrees
    clockwise it was stamped askew."""

    box: Box
    shape: str
    colour: str
    name: str
    middle: str
    confidence: float
    turned: float


@dataclass(frozen=True, slots=True)
class ReadScan:
    """A page that was read; or why it could not be, Chinese and English.

    Attributes:
        engine: which networks read it.
        turned, mirrored, version: as in PageReading.
        skew: degrees the lines leaned, 0 where nothing had to be levelled.
        steps: what repair did: [name, {parameter: value}].
        matrix: where a point of the page lies on the repaired picture: two rows of three.
        lines: in reading order, as ``Line.data`` gives them.
        confidence: mean of the characters, 0 for an empty page.
        seals, tables: found on it; a table as ``Table.data`` gives it.
        derivative: the repaired picture as JPEG; empty where nothing was done to the page.
        cpu_seconds: processor time of it all.
    """

    engine: str = ""
    turned: int = 0
    mirrored: bool = False
    version: str = "scan"
    skew: float = 0.0
    steps: tuple[tuple[str, dict[str, float]], ...] = ()
    matrix: tuple[tuple[float, ...], ...] = ()
    lines: tuple[dict[str, Any], ...] = ()
    confidence: float = 0.0
    seals: tuple[ReadSeal, ...] = ()
    tables: tuple[dict[str, Any], ...] = ()
    derivative: bytes = b""
    cpu_seconds: float = 0.0
    problem: tuple[str, str] | None = None


def read_scan(path: Path, frame: int, width: int, height: int, mode: str) -> ReadScan:
    """Read page *frame* (from 1) of a scan. Raises OSError of the medium.

    Args:
        path: of the file, in the clear.
        frame: the page in it.
        width, height: of the page as it was measured, in pixels.
        mode: ``exact`` or ``fast``.
    """
    begun = time.process_time()
    chosen = cast(Mode, mode)
    try:
        with path.open("rb") as file:
            picture = _drawn(file, path.name, frame, width, height)
        reader = _reader(chosen)
    except FileNotFoundError:
        raise
    except (RenderRefused, ModelMissing) as refused:
        return ReadScan(problem=(refused.reason_zh, refused.reason_en))
    except IMAGE_FAULTS as fault:
        return ReadScan(problem=(f"图像损坏：{fault}"[:300], f"the image is damaged: {fault}"[:300]))
    reading = reader.read(picture)
    seals = tuple(_seal(each) for each in seals_of(picture, reading, reader))
    told = _Told(width / reading.width, height / reading.height)
    return ReadScan(
        engine=ENGINES[chosen],
        turned=reading.turned,
        mirrored=reading.mirrored,
        version=reading.version,
        skew=next((each.parameters["degrees"] for each in reading.steps if each.name == "deskew"), 0.0),
        steps=tuple((each.name, dict(each.parameters)) for each in reading.steps),
        matrix=told.matrix(reading),
        lines=tuple(told.line(each) for each in reading.lines),
        confidence=round(reading.confidence, 4),
        seals=tuple(told.seal(each) for each in seals),
        tables=tuple(told.table(each.data()) for each in reading.tables),
        derivative=_derivative(picture, reading),
        cpu_seconds=round(time.process_time() - begun, 3),
    )


def _drawn(file: BinaryIO, name: str, frame: int, width: int, height: int) -> Picture:
    """The page's own pixels, or fewer where they are too many to be read at once."""
    _format, document = open_pages(file, name)
    wide = min(width, _WIDEST, int(sqrt(MOST_PIXELS * width / height)))
    image = document.draw(frame, width=max(1, wide), dpi=None)
    return cast(Picture, np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"), np.uint8))


@cache
def _reader(mode: Mode) -> Reader:
    return Reader(installed_models(mode))


def seals_of(picture: Picture, reading: PageReading, reader: Reader) -> list[Seal]:
    """The seals of a page, read; those of a page that does not lie upright are read on the repaired picture."""
    if not (reading.turned or reading.mirrored):
        return [read_seal(picture, each, reader.strips) for each in reading.seals]
    high, wide = reading.picture.shape[:2]
    found = []
    for each in reading.seals:
        seal = read_seal(reading.picture, moved_outline(each, reading.matrix, wide, high), reader.strips)
        found.append(Seal(each, seal.name, seal.middle, seal.confidence, seal.turned))
    return found


def _seal(seal: Seal) -> ReadSeal:
    outline = seal.outline
    return ReadSeal(
        outline.box, outline.shape, outline.colour, seal.name, seal.middle, seal.confidence, round(seal.turned, 1)
    )


def _derivative(picture: Picture, reading: PageReading) -> bytes:
    """The picture that was read, as JPEG; nothing where it is the scan."""
    untouched = np.array_equal(reading.matrix, [[1, 0, 0], [0, 1, 0]]) and reading.version != "restored"
    if untouched and reading.picture.shape[:2] == picture.shape[:2]:
        return b""
    made = io.BytesIO()
    Image.fromarray(reading.picture).save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()


@dataclass(frozen=True, slots=True)
class _Told:
    """A reading told in pixels of the page as it was measured, ``across`` and ``down`` times those that were read."""

    across: float
    down: float

    def matrix(self, reading: PageReading) -> tuple[tuple[float, ...], ...]:
        whole = reading.matrix @ np.diag([1 / self.across, 1 / self.down, 1.0])
        return tuple(tuple(float(each) for each in row) for row in whole)

    def line(self, line: Line) -> dict[str, Any]:
        words = tuple(replace(each, corners=self.corners(each.corners)) for each in line.words)
        return replace(line, corners=self.corners(line.corners), words=words).data()

    def corners(self, corners: Corners) -> Corners:
        first, second, third, fourth = ((round(x * self.across), round(y * self.down)) for x, y in corners)
        return first, second, third, fourth

    def box(self, box: Box) -> Box:
        left, top, right, bottom = box
        return (
            *(round(left * self.across), round(top * self.down)),
            *(round(right * self.across), round(bottom * self.down)),
        )

    def seal(self, seal: ReadSeal) -> ReadSeal:
        return ReadSeal(
            *(self.box(seal.box), seal.shape, seal.colour, seal.name, seal.middle, seal.confidence, seal.turned)
        )

    def table(self, data: dict[str, Any]) -> dict[str, Any]:
        cells = [{**cell, "box": list(self.box(cell["box"]))} for cell in data["cells"]]
        return {**data, "box": list(self.box(data["box"])), "cells": cells}
