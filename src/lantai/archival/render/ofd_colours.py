"""Colours of OFD (GB/T 33190-2016 clause 8.3): colour spaces, palettes and profiles, all brought to screen colours."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass, field

from lxml import etree
from PIL import Image, ImageCms

from lantai.archival.formats.ofd_document import numbers
from lantai.archival.formats.xmlsafe import every, local, said

Rgb = tuple[float, float, float]
"""Red, green and blue, each 0 to 1."""

BLACK: Rgb = (0.0, 0.0, 0.0)
_COUNTS = {"GRAY": 1, "RGB": 3, "CMYK": 4}
_COMPLEX = ("Pattern", "AxialShd", "RadialShd", "GouraudShd", "LaGouraudShd")


@dataclass(frozen=True, slots=True)
class Paint:
    """A colour: plain, or *complex* (底纹, 渐变), the element that says how; opacity 0 to 1."""

    rgb: Rgb = BLACK
    alpha: float = 1.0
    complex: etree._Element | None = None


@dataclass(frozen=True, slots=True)
class ColourSpace:
    """A colour space (CT_ColorSpace): how many components of how many bits, the palette, the profile's bytes."""

    kind: str = "RGB"
    bits: int = 8
    palette: tuple[str, ...] = ()
    profile: bytes = field(default=b"", repr=False)


def read_space(element: etree._Element, profile: bytes) -> ColourSpace:
    """A colour space of a resource file."""
    kind = element.get("Type", "RGB").upper()
    bits = int(next(iter(numbers(element.get("BitsPerComponent"))), 8))
    palette = tuple(said(each) for each in every(element, "CV"))
    return ColourSpace(kind if kind in _COUNTS else "RGB", bits if bits in (1, 2, 4, 8, 16) else 8, palette, profile)


def read_paint(element: etree._Element, spaces: dict[str, ColourSpace], default: str) -> Paint:
    """What a CT_Color stands for. Of a complex colour the plain part is the one in its middle.

    Args:
        element: FillColor, StrokeColor, BackColor, BorderColor or Color.
        spaces: the document's colour spaces by identifier.
        default: the identifier of the space that holds where the colour names none.
    """
    made = next((each for each in element if local(each) in _COMPLEX), None)
    alpha = alpha_of(element)
    if made is None:
        return Paint(_plain(element, spaces, default), alpha)
    colours = every(made, "Color")
    if not colours:
        return Paint(_plain(element, spaces, default), alpha, made)
    rest = sum(map(alpha_of, colours)) / len(colours) if local(made) != "Pattern" else 1.0
    return Paint(_plain(colours[len(colours) // 2], spaces, default), alpha * rest, made)


def alpha_of(element: etree._Element) -> float:
    """Opacity as OFD writes it, 0 to 255, brought to 0 to 1."""
    return min(1.0, max(0.0, next(iter(numbers(element.get("Alpha"))), 255.0) / 255))


def _plain(element: etree._Element, spaces: dict[str, ColourSpace], default: str) -> Rgb:
    space = spaces.get(element.get("ColorSpace") or default) or ColourSpace()
    written, most = element.get("Value"), (1 << space.bits) - 1
    index = next(iter(numbers(element.get("Index"))), None)
    if not written and index is not None and 0 <= index < len(space.palette):
        written = space.palette[int(index)]
    values = [min(1.0, max(0.0, each / most)) for each in _components(written)]
    kind = space.kind
    if len(values) != _COUNTS[kind]:
        known = {count: name for name, count in _COUNTS.items()}
        if len(values) not in known:
            return BLACK
        kind = known[len(values)]
    if space.profile and kind == space.kind:
        return _through_profile(space.profile, kind, tuple(round(each * 255) for each in values))
    if kind == "GRAY":
        return (values[0],) * 3
    if kind == "CMYK":
        red, green, blue = ((1 - each) * (1 - values[3]) for each in values[:3])
        return (red, green, blue)
    return (values[0], values[1], values[2])


def _components(written: str | None) -> list[float]:
    """Components in decimal, or in hexadecimal with ``#`` before each."""
    if written and "#" in written:
        try:
            return [float(int(each.lstrip("#"), 16)) for each in written.replace(",", " ").split()]
        except ValueError:
            return []
    return numbers(written)


@functools.lru_cache(maxsize=4096)
def _through_profile(profile: bytes, kind: str, values: tuple[int, ...]) -> Rgb:
    """One colour by the profile (ICC) its space brings; by the plain rule where the profile does not fit."""
    mode = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}[kind]
    sample = Image.new(mode, (1, 1), values[0] if kind == "GRAY" else values)
    try:
        made = ImageCms.profileToProfile(sample, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        made = None
    shown = (made or sample).convert("RGB").getpixel((0, 0))
    assert isinstance(shown, tuple)
    red, green, blue = shown[:3]
    return (red / 255, green / 255, blue / 255)
