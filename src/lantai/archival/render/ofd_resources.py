"""What OFD resource files hold (GB/T 33190-2016 clause 7.9), and the drawing parameters made from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lxml import etree

from lantai.archival.formats.ofd_document import OfdDocument, numbers
from lantai.archival.formats.xmlsafe import every, first, said
from lantai.archival.render.canvas import number

_DEPTH = 16
"""How many drawing parameters may stand on each other."""


@dataclass(frozen=True, slots=True)
class Pen:
    """The drawing parameters in force (DrawParam): colours as operators' numbers, line as the standard's defaults."""

    fill: str = ""
    stroke: str = ""
    width: float = 0.353
    join: str = "Miter"
    cap: str = "Butt"
    miter: float = 4.234
    dash: tuple[float, ...] = ()
    dash_offset: float = 0.0


class Resources:
    """Fonts, media, drawing parameters, colour spaces and composite units, by identifier."""

    def __init__(self) -> None:
        self.fonts: dict[str, tuple[str, etree._Element]] = {}
        self.media: dict[str, str] = {}
        self.pens: dict[str, etree._Element] = {}
        self.spaces: dict[str, str] = {}
        self.units: dict[str, etree._Element] = {}

    def gather(self, document: OfdDocument, member: str, root: etree._Element) -> None:
        """Take in one resource file: *member* is where its locations start from."""
        for each in every(root, "Font"):
            location = said(first(each, "FontFile"))
            path = document.resource_path(member, root, location) if location else ""
            self.fonts[each.get("ID", "")] = (path, each)
        for each in every(root, "MultiMedia"):
            self.media[each.get("ID", "")] = document.resource_path(member, root, said(first(each, "MediaFile")))
        self.pens.update({each.get("ID", ""): each for each in every(root, "DrawParam")})
        self.spaces.update({each.get("ID", ""): each.get("Type", "RGB") for each in every(root, "ColorSpace")})
        self.units.update({each.get("ID", ""): each for each in every(root, "CompositeGraphicUnit")})

    def pen(self, identifier: str | None, pen: Pen, depth: int = 0) -> Pen:
        """The parameters in force, with those a DrawParam sets."""
        element = self.pens.get(identifier or "")
        if element is None or depth > _DEPTH:
            return pen
        return self.own_pen(element, self.pen(element.get("Relative"), pen, depth + 1))

    def own_pen(self, element: etree._Element, pen: Pen) -> Pen:
        """The parameters in force, with what this element sets itself."""
        width, miter, offset = (
            next(iter(numbers(element.get(name))), None) for name in ("LineWidth", "MiterLimit", "DashOffset")
        )
        dash = tuple(each for each in numbers(element.get("DashPattern")) if each >= 0)
        fill, stroke = first(element, "FillColor"), first(element, "StrokeColor")
        return replace(
            pen,
            fill=self._colour(fill) if fill is not None else pen.fill,
            stroke=self._colour(stroke) if stroke is not None else pen.stroke,
            width=pen.width if width is None else abs(width),
            join=element.get("Join", pen.join),
            cap=element.get("Cap", pen.cap),
            miter=pen.miter if miter is None else max(1.0, miter),
            dash=dash if any(dash) else pen.dash,
            dash_offset=pen.dash_offset if offset is None else offset,
        )

    def _colour(self, element: etree._Element) -> str:
        """The colour's numbers; of shading, the colour in its middle."""
        shades = every(element, "Color")
        chosen = shades[len(shades) // 2] if shades else element
        values = [each / 255 for each in _colour_values(chosen.get("Value"))]
        space = self.spaces.get(chosen.get("ColorSpace") or element.get("ColorSpace") or "", "RGB")
        wanted = {"GRAY": 1, "RGB": 3, "CMYK": 4}.get(space.upper(), 3)
        if len(values) not in (1, 3, 4):
            values = [0.0] * wanted
        return " ".join(number(min(1.0, max(0.0, each))) for each in values)


def opacity_of(colour: etree._Element | None) -> int:
    """A colour's opacity, 0 to 255."""
    value = next(iter(numbers(colour.get("Alpha"))), 255.0) if colour is not None else 255.0
    return int(min(255, max(0, value)))


def _colour_values(written: str | None) -> list[float]:
    """Components in decimal, or in hexadecimal with ``#`` before each."""
    if written and "#" in written:
        try:
            return [float(int(each.lstrip("#"), 16)) for each in written.split()]
        except ValueError:
            return []
    return numbers(written)


def set_colour(values: str, use: str) -> str:
    """The operator that sets a colour for ``fill`` or ``stroke``; black where there are no numbers."""
    count = len(values.split())
    operators = {"fill": {1: "g", 3: "rg", 4: "k"}, "stroke": {1: "G", 3: "RG", 4: "K"}}[use]
    return f"{values} {operators[count]}" if count in operators else f"0 {operators[1]}"
