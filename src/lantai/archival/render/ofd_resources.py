"""What OFD resource files hold (GB/T 33190-2016 clause 7.9), and the drawing parameters made from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lxml import etree

from lantai.archival.formats.ofd_document import OfdDocument, OfdFault, numbers
from lantai.archival.formats.xmlsafe import every, first, said
from lantai.archival.render.fonts import Face
from lantai.archival.render.ofd_colours import ColourSpace, Paint, read_paint, read_space

_DEPTH = 16
"""How many drawing parameters may stand on each other."""

_PROFILE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pen:
    """The drawing parameters in force (DrawParam): colours, None where none is set, and lines as the standard's
    defaults; lengths in millimetres."""

    fill: Paint | None = None
    stroke: Paint | None = None
    width: float = 0.353
    join: str = "Miter"
    cap: str = "Butt"
    miter: float = 3.528
    dash: tuple[float, ...] = ()
    dash_offset: float = 0.0


class Resources:
    """Fonts, media, drawing parameters, colour spaces and composite units of one document, by identifier.

    Resource files that are missing are left out, to show what can be shown.

    Args:
        document: the file.
        number: which of its documents.

    Raises:
        OfdFault: a resource file is broken.
    """

    def __init__(self, document: OfdDocument, number: int) -> None:
        self.document = document
        self.fonts: dict[str, tuple[str, etree._Element]] = {}
        self.media: dict[str, str] = {}
        self.pens: dict[str, etree._Element] = {}
        self.spaces: dict[str, ColourSpace] = {}
        self.units: dict[str, etree._Element] = {}
        self._faces: dict[str, Face | None] = {}
        self._gathered: set[str] = set()
        common = first(document.documents[number][1], "CommonData")
        self.default_space = said(first(common, "DefaultCS")) if common is not None else ""
        for member, root in document.resources(number, lenient=True):
            self.gather(member, root)

    def gather(self, member: str, root: etree._Element) -> None:
        """Take in one resource file, once: *member* is where its locations start from."""
        if member in self._gathered:
            return
        self._gathered.add(member)
        document = self.document
        for each in every(root, "Font"):
            location = said(first(each, "FontFile"))
            path = document.resource_path(member, root, location) if location else ""
            self.fonts[each.get("ID", "")] = (path, each)
        for each in every(root, "MultiMedia"):
            self.media[each.get("ID", "")] = document.resource_path(member, root, said(first(each, "MediaFile")))
        self.pens.update({each.get("ID", ""): each for each in every(root, "DrawParam")})
        for each in every(root, "ColorSpace"):
            self.spaces[each.get("ID", "")] = read_space(each, self._profile(member, root, each.get("Profile", "")))
        self.units.update({each.get("ID", ""): each for each in every(root, "CompositeGraphicUnit")})

    def face(self, identifier: str) -> Face | None:
        """The font the file carries under that identifier; None where there is none, or it is broken."""
        path = self.fonts.get(identifier, ("", None))[0]
        if path not in self._faces:
            try:
                self._faces[path] = Face(self.document.read(path)) if path else None
            except (OfdFault, ValueError):
                self._faces[path] = None
        return self._faces[path]

    def said_of_font(self, identifier: str, name: str) -> bool:
        """Whether the font is described as ``Bold`` or ``Italic``."""
        description = self.fonts.get(identifier, ("", None))[1]
        return description is not None and description.get(name, "").lower() in ("true", "1")

    def paint(self, element: etree._Element) -> Paint:
        """What a colour element stands for."""
        return read_paint(element, self.spaces, self.default_space)

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
        dash = numbers(element.get("DashPattern"))
        fill, stroke = first(element, "FillColor"), first(element, "StrokeColor")
        return replace(
            pen,
            fill=self.paint(fill) if fill is not None else pen.fill,
            stroke=self.paint(stroke) if stroke is not None else pen.stroke,
            width=pen.width if width is None else abs(width),
            join=element.get("Join", pen.join),
            cap=element.get("Cap", pen.cap),
            miter=pen.miter if miter is None else max(1.0, miter),
            dash=tuple(dash) if any(each > 0 for each in dash) and min(dash) >= 0 else pen.dash,
            dash_offset=pen.dash_offset if offset is None else max(0.0, offset),
        )

    def _profile(self, member: str, root: etree._Element, location: str) -> bytes:
        path = self.document.resource_path(member, root, location) if location else ""
        try:
            data = self.document.read(path) if path else b""
        except OfdFault:
            return b""
        return data if len(data) <= _PROFILE_BYTES else b""
