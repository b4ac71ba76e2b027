"""What time and scanners do to a page: single faults, and the levels they come together in.

All is drawn from a seed; every fault that moves the paper says by which matrix, so that places stay known.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lantai.archival.imaging.pictures import Box, Picture, Plane, coloured, mirrored, scaled, turned
from lantai.archival.imaging.specimens.model import Specimen, TrueTable

Level = Literal["clean", "typical", "bad", "awful"]
LEVELS: tuple[Level, ...] = ("clean", "typical", "bad", "awful")
FAULTS = (
    *("skew1", "skew3", "skew10", "noise", "stain", "blur", "faint", "jpeg", "fold", "see-through", "border", "shade"),
    *("turned90", "turned180", "turned270", "mirrored"),
)
"""One fault alone."""

Matrix = NDArray[np.float64]
_STAY: Matrix = np.array([[1.0, 0, 0], [0, 1.0, 0]])
_INSIDE = (250, 249, 246)
_BED = (18, 18, 18)
"""What a scanner sees beside the paper."""


@dataclass(slots=True)
class _Scan:
    """A page under way: its pixels, where its paper went, and the chance that wears it."""

    picture: Picture
    chance: np.random.RandomState
    back: Picture
    matrix: Matrix

    def moved(self, picture: Picture, matrix: Matrix) -> None:
        whole = np.vstack([matrix, [0, 0, 1]]) @ np.vstack([self.matrix, [0, 0, 1]])
        self.picture, self.matrix = picture, whole[:2]


def worn(specimen: Specimen, wear: str, *, seed: int, dpi: int = 300, back: Picture | None = None) -> Specimen:
    """A page as a scanner gives it: the same content, its places moved with the paper.

    Args:
        specimen: as it was set.
        wear: one of ``LEVELS`` or ``FAULTS``.
        seed: of everything that is left to chance.
        dpi: what it is scanned at.
        back: the other side of the sheet, which shows through; the page itself, upside down, where none is given.

    Raises:
        KeyError: there is no such wear.
    """
    other = turned(specimen.picture, 2) if back is None else scaled(back, 1)
    if other.shape != specimen.picture.shape:
        other = cast(Picture, cv2.resize(other, specimen.picture.shape[1::-1]))
    scan = _Scan(coloured(specimen.picture).copy(), np.random.RandomState(seed), other, _STAY.copy())
    _WEARS[wear](scan)
    factor = dpi / specimen.dpi
    picture = scaled(scan.picture, factor)
    matrix = scan.matrix * factor
    return replace(
        specimen,
        picture=picture,
        dpi=dpi,
        wear=wear,
        lines=tuple(replace(each, box=_placed(each.box, matrix)) for each in specimen.lines),
        seals=tuple(replace(each, box=_placed(each.box, matrix)) for each in specimen.seals),
        tables=tuple(_table_placed(each, matrix) for each in specimen.tables),
    )


def _table_placed(table: TrueTable, matrix: Matrix) -> TrueTable:
    cells = tuple(replace(each, box=_placed(each.box, matrix)) for each in table.cells)
    return replace(table, cells=cells, box=_placed(table.box, matrix))


def _placed(box: Box, matrix: Matrix) -> Box:
    """The upright box around a box that was moved."""
    left, top, right, bottom = box
    corners = np.array([[left, top, 1], [right, top, 1], [right, bottom, 1], [left, bottom, 1]]) @ matrix.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    return int(low[0]), int(low[1]), int(np.ceil(high[0])), int(np.ceil(high[1]))


def _rotate(scan: _Scan, degrees: float, beside: tuple[int, int, int] = _INSIDE) -> None:
    """Turn the paper on the glass, counter-clockwise for positive degrees; the size of the picture stays."""
    high, wide = scan.picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1)
    moved = cv2.warpAffine(scan.picture, matrix, (wide, high), flags=cv2.INTER_CUBIC, borderValue=beside)
    scan.moved(cast(Picture, moved), cast(Matrix, matrix))


def _quarters(scan: _Scan, quarters: int) -> None:
    high, wide = scan.picture.shape[:2]
    matrix = {
        1: np.array([[0, -1.0, high], [1.0, 0, 0]]),
        2: np.array([[-1.0, 0, wide], [0, -1.0, high]]),
        3: np.array([[0, 1.0, 0], [-1.0, 0, wide]]),
    }[quarters]
    scan.moved(turned(scan.picture, quarters), matrix)


def _mirror(scan: _Scan) -> None:
    scan.moved(mirrored(scan.picture), np.array([[-1.0, 0, scan.picture.shape[1]], [0, 1.0, 0]]))


def _times(scan: _Scan, factor: Plane) -> None:
    """Darken by a field of factors."""
    wide = factor if factor.ndim == 3 else factor[..., None]
    scan.picture = np.clip(scan.picture.astype(np.float32) * wide, 0, 255).astype(np.uint8)


def _paper(scan: _Scan, tint: tuple[int, int, int], grain: float) -> None:
    """Paper that is not white, with its grain."""
    high, wide = scan.picture.shape[:2]
    spots = cv2.resize(scan.chance.randn(high // 8, wide // 8).astype(np.float32), (wide, high)) * grain
    tinted = scan.picture.astype(np.float32) * (np.array(tint, np.float32) / 255) + spots[..., None]
    scan.picture = np.clip(tinted, 0, 255).astype(np.uint8)


def _noise(scan: _Scan, spread: float, specks: float) -> None:
    """The sensor's noise, dark and light specks, and some larger dirt."""
    high, wide = scan.picture.shape[:2]
    noisy = scan.picture.astype(np.float32) + scan.chance.randn(high, wide, 1).astype(np.float32) * spread
    chance = scan.chance.rand(high, wide)
    noisy[chance < specks], noisy[chance > 1 - specks] = 20, 250
    dirt = cv2.dilate((chance[::2, ::2] < specks * 0.4).astype(np.uint8), np.ones((2, 2)))
    noisy[cv2.resize(dirt, (wide, high), interpolation=cv2.INTER_NEAREST) > 0] = 40
    scan.picture = np.clip(noisy, 0, 255).astype(np.uint8)


def _stains(scan: _Scan, count: int) -> None:
    """Spilt tea, coffee, water: a pale area with a darker ring."""
    high, wide = scan.picture.shape[:2]
    chance = scan.chance
    for _ in range(count):
        x, y, reach = chance.randint(200, wide - 200), chance.randint(200, high - 200), chance.randint(180, 520)
        area = np.zeros((high // 4, wide // 4), np.float32)
        axes = (reach // 4, int(reach * chance.uniform(0.6, 1)) // 4)
        cv2.ellipse(area, (x // 4, y // 4), axes, chance.uniform(0, 180), 0, 360, 1.0, -1)
        ring = area - cv2.erode(area, np.ones((9, 9)))
        stain = cv2.GaussianBlur(area, (0, 0), 8) * 0.55 + cv2.GaussianBlur(ring, (0, 0), 2) * 0.5
        spots = cv2.GaussianBlur(chance.randn(*stain.shape).astype(np.float32), (0, 0), 9)
        stain = stain * np.clip(1 + 2.25 * spots, 0.3, 1.5)
        colour = np.array([[196, 160, 100], [180, 150, 110], [150, 160, 170]][chance.randint(3)], np.float32)
        _times(scan, 1 - cv2.resize(stain, (wide, high))[..., None] * (1 - colour / 255))


def _folds(scan: _Scan) -> None:
    """Two folds across and one down: a sharp dark line, a shadow on one side."""
    field = np.ones(scan.picture.shape[:2], np.float32)
    for across in (True, True, False):
        long: int = field.shape[0 if across else 1]
        at, along = scan.chance.randint(int(long * 0.25), int(long * 0.75)), np.arange(long, dtype=np.float32)
        dark = 1 - 0.42 * np.exp(-(((along - at) / 5) ** 2)) - 0.12 * np.exp(-(((along - at) / 60) ** 2)) * (along > at)
        field *= dark[:, None] if across else dark[None, :]
    _times(scan, field)


def _see_through(scan: _Scan, strength: float) -> None:
    """The other side shows through, mirrored and soft."""
    behind = cv2.GaussianBlur(mirrored(scan.back), (0, 0), 3.5).astype(np.float32)
    _times(scan, (1 - strength * (1 - behind / 255)).astype(np.float32))


def _shade(scan: _Scan, strength: float) -> None:
    """Uneven light, and the dark gutter of a bound volume at the left."""
    high, wide = scan.picture.shape[:2]
    x, y = np.linspace(-1, 1, wide, dtype=np.float32), np.linspace(-1, 1, high, dtype=np.float32)
    across, down = scan.chance.uniform(-1, 1, 2)
    light = 1 - strength * np.clip((across * x[None] + down * y[:, None] + 0.6) / 2, 0, 1)
    _times(scan, (light * (1 - 0.35 * np.exp(-(((x[None] + 1) * 6) ** 2)))).astype(np.float32))


def _contrast(scan: _Scan, dark: float, light: float) -> None:
    """Ink that has faded: black becomes *dark*, white *light*."""
    scan.picture = (dark + scan.picture.astype(np.float32) / 255 * (light - dark)).astype(np.uint8)


def _blur(scan: _Scan, width: float) -> None:
    scan.picture = cast(Picture, cv2.GaussianBlur(scan.picture, (0, 0), width))


def _jpeg(scan: _Scan, quality: int) -> None:
    packed = io.BytesIO()
    Image.fromarray(scan.picture).save(packed, "JPEG", quality=quality)
    scan.picture = np.array(Image.open(packed).convert("RGB"), np.uint8)


def _border(scan: _Scan) -> None:
    """A sheet smaller than the glass: black around it, lying a little askew."""
    high, wide = scan.picture.shape[:2]
    sheet = scaled(scan.picture, 0.93)
    x = scan.chance.randint(20, wide - sheet.shape[1] - 10)
    y = scan.chance.randint(20, high - sheet.shape[0] - 10)
    bed = np.full((high, wide, 3), _BED[0], np.uint8)
    bed[y : y + sheet.shape[0], x : x + sheet.shape[1]] = sheet
    scan.moved(bed, np.array([[0.93, 0, x], [0, 0.93, y]]))
    _rotate(scan, scan.chance.uniform(-1.2, 1.2), _BED)


def _clean(_scan: _Scan) -> None:
    """Nothing was done to it."""


def _typical(scan: _Scan) -> None:
    chance = scan.chance
    _paper(scan, (chance.randint(236, 250), chance.randint(233, 246), chance.randint(222, 240)), 2)
    _shade(scan, 0.12)
    _rotate(scan, chance.uniform(-1, 1))
    _blur(scan, chance.uniform(0.5, 1.0))
    _noise(scan, 6, 0.0002)
    _jpeg(scan, 72)


def _bad(scan: _Scan) -> None:
    chance = scan.chance
    _paper(scan, (chance.randint(222, 240), chance.randint(210, 228), chance.randint(170, 205)), 5)
    _see_through(scan, chance.uniform(0.12, 0.25))
    _stains(scan, chance.randint(2, 5))
    _folds(scan)
    _contrast(scan, chance.randint(45, 85), chance.randint(215, 245))
    _shade(scan, chance.uniform(0.2, 0.45))
    _rotate(scan, chance.choice((-1, 1)) * chance.uniform(1, 3))
    _blur(scan, chance.uniform(1.0, 1.9))
    _noise(scan, chance.uniform(9, 16), 0.0012)
    if chance.rand() < 0.5:
        _border(scan)
    _jpeg(scan, int(chance.randint(28, 50)))


def _awful(scan: _Scan) -> None:
    """A bad page that was scanned at 150 dpi and made larger again."""
    _bad(scan)
    high, wide = scan.picture.shape[:2]
    scan.picture = scaled(scan.picture, 0.5)
    _blur(scan, 1.0)
    _noise(scan, 14, 0.003)
    scan.picture = cast(Picture, cv2.resize(scan.picture, (wide, high), interpolation=cv2.INTER_CUBIC))
    _jpeg(scan, 30)


def _skew(degrees: float) -> Callable[[_Scan], None]:
    return lambda scan: _rotate(scan, degrees * scan.chance.choice((-1, 1)))


_WEARS: dict[str, Callable[[_Scan], None]] = {
    "clean": _clean,
    "typical": _typical,
    "bad": _bad,
    "awful": _awful,
    "skew1": _skew(1),
    "skew3": _skew(2.7),
    "skew10": _skew(10),
    "noise": lambda scan: _noise(scan, 28, 0.006),
    "stain": lambda scan: _stains(scan, 7),
    "blur": lambda scan: _blur(scan, 3.2),
    "faint": lambda scan: _contrast(scan, 150, 205),
    "jpeg": lambda scan: _jpeg(scan, 8),
    "fold": _folds,
    "see-through": lambda scan: _see_through(scan, 0.5),
    "border": _border,
    "shade": lambda scan: _shade(scan, 0.85),
    "turned90": lambda scan: _quarters(scan, 1),
    "turned180": lambda scan: _quarters(scan, 2),
    "turned270": lambda scan: _quarters(scan, 3),
    "mirrored": _mirror,
}
