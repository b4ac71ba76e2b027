"""What a scanned page is like, measured, and what its profile says to it (数字化质量检查, DA/T 31-2017).

Everything is measured on the master as delivered; nothing is changed. Skew and direction of reading are measured by
whoever repairs (they need the writing found first) and are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from PIL import Image

PAPERS = MappingProxyType(
    {"A0": (841, 1189), "A1": (594, 841), "A2": (420, 594), "A3": (297, 420), "A4": (210, 297), "A5": (148, 210),
     "B4": (257, 364), "B5": (182, 257), "16开": (185, 260), "A6": (105, 148)}
)  # fmt: skip
"""Sizes of paper in millimetres, short side first."""

FAULTS = {
    "dpi-unknown": ("文件没有写明分辨率，也无法由纸张推定", "the file tells no resolution, and no paper size fits"),
    "dpi-low": ("分辨率 %(found)s dpi，应不低于 %(wanted)s", "%(found)s dpi, at least %(wanted)s are asked for"),
    "colour-mode": ("扫描色彩为%(found)s，应为%(wanted)s", "scanned in %(found)s, %(wanted)s is asked for"),
    "skew": ("倾斜 %(found)s°，应不超过 %(wanted)s°", "skewed by %(found)s°, at most %(wanted)s° is allowed"),
    "rotated": ("页面方向不正，旋转 %(found)s° 后可读", "not upright: readable when turned by %(found)s°"),
    "mirrored": ("左右颠倒，是从背面扫描的", "mirrored: scanned through the back"),
    "black-edge": ("有黑边，最宽 %(found)s 毫米", "a black edge of up to %(found)s mm"),
    "blank": ("空白页", "a blank page"),
    "duplicate": ("与 %(page)s 相同", "the same as %(page)s"),
    "blurred": ("图像模糊", "blurred"),
    "faint": ("反差过低", "too little contrast"),
}
"""What can be wrong with a page, Chinese and English. A blank page is a word to the reviewer, no fault of the scan."""

_MODES = {"binary": ("黑白二值", "black and white"), "grey": ("灰度", "grey"), "colour": ("彩色", "colour")}
_SIDE = 1400  # pixels of the longer side everything but sharpness is measured at
_DARK, _COLOURED = 70, 40  # levels of 255
_SURE_OF_PAPER = 0.03
_CELLS = 32
_SAME = 0.93  # correlation of the ink of two scans of one page
_MM = 25.4


@dataclass(frozen=True, slots=True)
class ScanProfile:
    """What a batch is scanned for (扫描规格): the least resolution, the modes of colour allowed (none: any), the most
    skew in degrees, the widest black edge in millimetres."""

    code: str
    zh: str
    en: str
    min_dpi: int
    colours: tuple[str, ...] = ()
    max_skew: float = 3.0
    max_edge_mm: float = 1.0


PROFILES = MappingProxyType(
    {
        each.code: each
        for each in (
            ScanProfile("text", "文字阅读（≥200 dpi）", "text to be read (200 dpi)", 200),
            ScanProfile("ocr", "文字识别（≥300 dpi）", "text to be recognised (300 dpi)", 300),
            ScanProfile("photo", "照片（≥400 dpi，彩色）", "photographs (400 dpi, colour)", 400, ("colour",)),
            ScanProfile("replica", "高仿真复制（≥600 dpi，彩色）", "replicas (600 dpi, colour)", 600, ("colour",)),
        )
    }
)


@dataclass(frozen=True, slots=True)
class PageMeasures:
    """A page measured: pixels, dots an inch (as the file tells them and as judged by the paper; 0 unknown), the
    paper's name, mode of the file and share of coloured pixels, share of ink, black edge in millimetres by side
    (left, top, right, bottom), sharpness (variance of the Laplacian over the contrast), contrast (levels between paper
    and ink), and a fingerprint by which the same page scanned twice is known (``find_doubles``)."""

    width: int
    height: int
    dpi_told: int
    dpi: int
    paper: str
    mode: str
    coloured: float
    ink: float
    edges_mm: tuple[float, float, float, float]
    sharpness: float
    contrast: int
    fingerprint: bytes

    @property
    def blank(self) -> bool:
        """Whether nothing stands on the page."""
        return self.ink < 0.0004


@dataclass(frozen=True, slots=True)
class PageFault:
    """One thing about a page: a key of FAULTS and the values of its sentence, both languages."""

    code: str
    values: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """The fault in words, *language* ``zh`` or ``en``."""
        place = 0 if language == "zh" else 1
        return FAULTS[self.code][place] % {name: both[place] for name, both in self.values.items()}


@dataclass(frozen=True, slots=True)
class Head:
    """What a page's file tells without being decoded: pixels, dots an inch (0: nothing), and ``binary``, ``grey`` or
    ``colour``."""

    width: int
    height: int
    dpi: int
    mode: str


def head_of(picture: Image.Image) -> Head:
    """The head of an open image, which need not be decoded."""
    mode = "binary" if picture.mode == "1" else "grey" if picture.mode in ("L", "LA", "I", "I;16", "F") else "colour"
    return Head(picture.width, picture.height, _told(picture), mode)


def measure_page(picture: Image.Image, head: Head | None = None) -> PageMeasures:
    """Measure one decoded page of any size and mode.

    Args:
        picture: its pixels, which may have been reduced.
        head: what its file tells; of *picture* itself when not given.
    """
    head = head or head_of(picture)
    told, mode = head.dpi, head.mode
    factor = max(1, max(picture.size) // _SIDE)
    colour = picture.convert("RGB") if picture.mode != "L" and mode == "colour" else picture.convert("L")
    small = np.asarray(colour.reduce(factor) if factor > 1 else colour, dtype=np.int16)
    coloured = float(np.mean(small.max(axis=2) - small.min(axis=2) > _COLOURED)) if small.ndim == 3 else 0.0
    grey = small.mean(axis=2) if small.ndim == 3 else small.astype(np.float64)
    paper, dpi = _paper(head.width, head.height, told)
    scale = factor * head.width / picture.width
    sides = _edges(grey)
    left, top, right, bottom = (int(each) for each in sides)
    inner = grey[top : grey.shape[0] - bottom or None, left : grey.shape[1] - right or None]
    inner = inner if inner.size else grey
    light = float(np.median(inner))
    dark = float(np.percentile(inner, 0.5))
    noise = 1.4826 * float(np.median(np.abs(inner - light)))
    ink = inner < light - max(20.0, 0.35 * (light - dark), 4.5 * noise)
    return PageMeasures(
        width=head.width,
        height=head.height,
        dpi_told=told,
        dpi=dpi,
        paper=paper,
        mode=mode,
        coloured=round(coloured, 4),
        ink=round(float(ink[3:-3, 3:-3].mean()) if min(ink.shape) > 12 else float(ink.mean()), 5),
        edges_mm=tuple(round(each * scale / (dpi or 300) * _MM, 1) for each in sides),  # type: ignore[arg-type]
        sharpness=_sharpness(colour),
        contrast=int(light - dark),
        fingerprint=_fingerprint(ink),
    )


def judge_page(
    measures: PageMeasures, profile: ScanProfile, *, skew: float = 0.0, rotation: int = 0
) -> list[PageFault]:
    """What *profile* says to a page; *skew* in degrees, *rotation* the turn that makes it upright (0, 90, 180, 270)."""
    found: list[PageFault] = []
    if not measures.dpi:
        found.append(PageFault("dpi-unknown"))
    elif measures.dpi < profile.min_dpi * (1 - _SURE_OF_PAPER):
        found.append(PageFault("dpi-low", {"found": _both(measures.dpi), "wanted": _both(profile.min_dpi)}))
    if profile.colours and measures.mode not in profile.colours:
        wanted = [_MODES[each] for each in profile.colours]
        both = ("或".join(zh for zh, _en in wanted), " or ".join(en for _zh, en in wanted))
        found.append(PageFault("colour-mode", {"found": _MODES[measures.mode], "wanted": both}))
    if measures.blank:
        return [*found, PageFault("blank")]
    found += judge_lie(profile, skew=skew, rotation=rotation)
    if max(measures.edges_mm) > profile.max_edge_mm:
        found.append(PageFault("black-edge", {"found": _both(max(measures.edges_mm))}))
    if measures.contrast < 60:
        found.append(PageFault("faint"))
    elif measures.mode != "binary" and measures.sharpness < 0.004:
        found.append(PageFault("blurred"))
    return found


LIE = frozenset(("rotated", "mirrored", "skew"))
"""The faults of how a page lay, which reading it tells surely."""


def judge_lie(profile: ScanProfile, *, skew: float = 0.0, rotation: int = 0, mirrored: bool = False) -> list[PageFault]:
    """What *profile* says to how a page lay on the scanner: *skew* in degrees, *rotation* the turn clockwise that makes
    it upright (0, 90, 180, 270), *mirrored* when it was scanned through the back."""
    found: list[PageFault] = []
    if rotation:
        found.append(PageFault("rotated", {"found": _both(rotation)}))
    if mirrored:
        found.append(PageFault("mirrored"))
    if abs(skew) > profile.max_skew:
        found.append(PageFault("skew", {"found": _both(round(skew, 1)), "wanted": _both(profile.max_skew)}))
    return found


def find_doubles(fingerprints: Sequence[bytes]) -> dict[int, int]:
    """Pages that look like an earlier page scanned once more: place to the place of that. An empty fingerprint (no
    writing) is like no other. A form filled in alike is found too: a person looks."""
    places = [place for place, each in enumerate(fingerprints) if each]
    if len(places) < 2:
        return {}
    cells = np.frombuffer(b"".join(fingerprints[place] for place in places), dtype=np.uint8)
    ink = cells.reshape(len(places), -1).astype(np.float32)
    ink = ink - ink.mean(axis=1, keepdims=True)
    ink = ink / np.maximum(np.linalg.norm(ink, axis=1, keepdims=True), 1e-6)
    found: dict[int, int] = {}
    for row in range(1, len(places)):
        alike = ink[:row] @ ink[row]
        best = int(np.argmax(alike))
        if alike[best] >= _SAME:
            found[places[row]] = found.get(places[best], places[best])
    return found


def _both(value: float) -> tuple[str, str]:
    return (f"{value:g}", f"{value:g}")


def _told(picture: Image.Image) -> int:
    """Dots an inch by the file's head; 0 where it tells none or what programs write when they know none."""
    dpi = picture.info.get("dpi")
    try:
        told = round(float(min(dpi))) if dpi else 0
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return 0
    return told if 0 < told < 10_000 else 0


def _paper(width: int, height: int, told: int) -> tuple[str, int]:
    """The paper and the resolution that fit: the told one when it gives a known paper or is above a screen's, else the
    one that makes the page A4, where the shape of the page is that."""
    short, long = sorted((width, height))
    if told:
        for name, (one, other) in PAPERS.items():
            if (
                abs(short / told * _MM / one - 1) < _SURE_OF_PAPER
                and abs(long / told * _MM / other - 1) < _SURE_OF_PAPER
            ):
                return name, told
        if told > 96:
            return "", told
    one, other = PAPERS["A4"]
    if abs(long / short / (other / one) - 1) < _SURE_OF_PAPER and short > 400:
        return "A4", round(short / one * _MM)
    return "", told


def _edges(grey: np.ndarray) -> tuple[int, int, int, int]:
    """How many rows and columns at each side are dark from end to end (the lid, the bed of the scanner)."""
    dark = grey < _DARK
    rows, columns = dark.mean(axis=1) > 0.6, dark.mean(axis=0) > 0.6
    return _run(columns), _run(rows), _run(columns[::-1]), _run(rows[::-1])


def _run(dark: np.ndarray) -> int:
    """How many are dark from the beginning on, at most a quarter; a few light ones (dust, the glass) go along."""
    most = len(dark) // 4
    places = np.flatnonzero(dark[:most])
    if not len(places) or places[0] > 2:
        return 0
    gaps = np.flatnonzero(np.diff(places) > 3)
    return int(places[gaps[0]] if len(gaps) else places[-1]) + 1


def _sharpness(picture: Image.Image) -> float:
    """Variance of the Laplacian over that of the levels, of the middle of the page at full resolution."""
    width, height = picture.size
    box = (
        max(0, width // 2 - 800),
        max(0, height // 2 - 800),
        min(width, width // 2 + 800),
        min(height, height // 2 + 800),
    )
    levels = np.asarray(picture.crop(box).convert("L"), dtype=np.float32)
    if min(levels.shape) < 3:
        return 0.0
    spread = float(levels.var())
    middle = levels[1:-1, 1:-1]
    bend = levels[:-2, 1:-1] + levels[2:, 1:-1] + levels[1:-1, :-2] + levels[1:-1, 2:] - 4 * middle
    return round(float(bend.var()) / spread, 5) if spread > 1 else 0.0


def _fingerprint(ink: np.ndarray) -> bytes:
    """How much ink stands in each of 32 x 32 cells of the written part of the page: the same wherever on the glass
    the page lay. Empty for a page without writing."""
    rows, columns = _written(ink.sum(axis=1)), _written(ink.sum(axis=0))
    part = ink[rows, columns]
    if min(part.shape) < _CELLS:
        return b""
    cells = Image.fromarray(part.astype(np.uint8) * 255).resize((_CELLS, _CELLS), Image.Resampling.BOX)
    return cells.tobytes()


def _written(ink: np.ndarray) -> slice:
    """From the first to the last five hundredth of the ink along one direction: specks do not count."""
    share = np.cumsum(ink) / max(1, ink.sum())
    return slice(int(np.searchsorted(share, 0.002)), int(np.searchsorted(share, 0.998)) + 1)
