"""An OFD page drawn from its own content: layers, templates, annotations and seals (GB/T 33190-2016)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from lxml import etree

from lantai.archival.formats.ofd_document import OfdDocument, OfdFault, OfdPage, deltas, numbers
from lantai.archival.formats.xmlsafe import every, first, local, said
from lantai.archival.render.canvas import Canvas, matrix, number
from lantai.archival.render.fonts import Face, house_face
from lantai.archival.render.ofd_resources import Pen, Resources, opacity_of, set_colour
from lantai.archival.render.paths import path_operators
from lantai.archival.sealing.seals import seal_picture

_TILES = 2_500
"""How many cells of a pattern one path is filled with at most."""

_DEPTH = 16
"""How deep blocks, composites and seals may nest."""


def draw_ofd_page(document: OfdDocument, page: OfdPage) -> bytes:
    """A page as a one-page PDF.

    Fonts the file does not carry are replaced by the house font, shading by one of its colours.

    Raises:
        OfdFault: the page, a template or a resource file is missing or broken.
        FontMissing: the house font was not built in.
    """
    left, top, width, height = document.page_box(page, document.xml(page.path))
    canvas = Canvas(width, height, left, top)
    drawing = _Drawing(document, page.document, canvas)
    drawing.draw_page(page)
    return canvas.finish()


class _Drawing:
    def __init__(self, document: OfdDocument, number: int, canvas: Canvas, depth: int = 0) -> None:
        self._document = document
        self._number = number
        self._canvas = canvas
        self._depth = depth
        self._faces: dict[str, Face] = {}
        self._resources = Resources()
        for member, root in document.resources(number, lenient=True):
            self._resources.gather(self._document, member, root)

    def draw_page(self, page: OfdPage) -> None:
        for root in self._document.layers(page):
            for name in root.findall("{*}PageRes"):
                member = self._document.resolve(page.path, said(name))
                if self._document.has(member):
                    self._resources.gather(self._document, member, self._document.xml(member))
            for layer in sorted(every(root, "Layer"), key=_layer_order):
                self._block(layer, self._resources.pen(layer.get("DrawParam"), Pen()), 0)
        self._annotations(page)
        self._seals(page)

    def _block(self, block: etree._Element, pen: Pen, depth: int) -> None:
        if depth > _DEPTH:
            return
        for each in block:
            name = local(each)
            if name == "TextObject":
                self._object(each, pen, self._text)
            elif name == "PathObject":
                self._object(each, pen, self._path)
            elif name == "ImageObject":
                self._object(each, pen, self._image)
            elif name == "PageBlock":
                self._block(each, pen, depth + 1)
            elif name == "CompositeObject":
                unit = self._resources.units.get(each.get("ResourceID", ""))
                content = first(unit, "Content") if unit is not None else None
                if content is not None:
                    self._object(each, pen, partial(self._composite, content, depth + 1))

    def _composite(self, content: etree._Element, depth: int, _: etree._Element, pen: Pen) -> None:
        self._block(content, pen, depth)

    def _object(self, each: etree._Element, pen: Pen, draw: Callable[[etree._Element, Pen], None]) -> None:
        """Draw one graphic object within its boundary, transformation, clip and opacity."""
        if each.get("Visible", "true").lower() == "false":
            return
        pen = self._resources.own_pen(each, self._resources.pen(each.get("DrawParam"), pen))
        box = numbers(each.get("Boundary"))
        transform = numbers(each.get("CTM"))
        alpha = int(min(255, max(0, next(iter(numbers(each.get("Alpha"))), 255))))
        fill, stroke = (alpha * opacity_of(first(each, kind)) // 255 for kind in ("FillColor", "StrokeColor"))
        self._canvas.draw("q", self._canvas.opacity(fill, stroke))
        if len(box) >= 2:
            self._canvas.draw(matrix(1, 0, 0, 1, box[0], box[1]))
        clips = first(each, "Clips")
        before = clips is not None and clips.get("TransFlag", "true").lower() == "false"
        if before:
            self._clip(clips)
        if len(transform) == 6:
            self._canvas.draw(matrix(*transform))
        if not before:
            self._clip(clips)
        draw(each, pen)
        self._canvas.draw("Q")

    def _clip(self, clips: etree._Element | None) -> None:
        for clip in every(clips, "Clip") if clips is not None else []:
            operators: list[str] = []
            for area in every(clip, "Area"):
                for path in every(area, "Path"):
                    operators += _moved(path, numbers(area.get("CTM")))
            if operators:
                self._canvas.draw(*operators, "W n")

    def _text(self, each: etree._Element, pen: Pen) -> None:
        identifier = each.get("Font", "")
        face = self._face(identifier)
        size = next(iter(numbers(each.get("Size"))), 3.5)
        scale = next(iter(numbers(each.get("HScale"))), 1.0)
        rotation = math.radians(next(iter(numbers(each.get("CharDirection"))), 0.0))
        vertical = next(iter(numbers(each.get("ReadDirection"))), 0.0) in (90.0, 270.0)
        fills = each.get("Fill", "true").lower() != "false"
        strokes = each.get("Stroke", "false").lower() == "true"
        weight = next(iter(numbers(each.get("Weight"))), 400.0)
        description = self._resources.fonts.get(identifier, ("", None))[1]
        bold = weight >= 600 or (
            face is house_face() and description is not None and description.get("Bold", "").lower() == "true"
        )
        slant = 0.2 if each.get("Italic", "").lower() == "true" else 0.0
        mode = 2 if (strokes and fills) or bold else 1 if strokes else 0 if fills else 3
        stroke_width = size * 0.02 if bold and not strokes else pen.width
        stroke = pen.stroke if strokes else pen.fill
        draw = self._canvas.draw
        draw(set_colour(pen.fill, "fill"), set_colour(stroke, "stroke"), f"{number(stroke_width)} w", "BT")
        draw(f"{mode} Tr")
        glyphs = _glyph_map(each) if face is not house_face() else {}
        position = 0
        x = y = 0.0
        for code in every(each, "TextCode"):
            x = next(iter(numbers(code.get("X"))), x)
            y = next(iter(numbers(code.get("Y"))), y)
            written = (code.text or "").strip("\r\n")
            steps_x, steps_y = (deltas(code.get(name), len(written)) for name in ("DeltaX", "DeltaY"))
            at_x, at_y = x, y
            for index, character in enumerate(written):
                used, glyph = face, glyphs.get(position)
                if glyph is None:
                    glyph = face.glyph(character)
                    if glyph == 0 and face is not house_face():
                        used, glyph = house_face(), house_face().glyph(character)
                position += 1
                step = steps_x[index] if steps_x else 0.0
                fits = glyph < 0 or not size or rotation or index == len(written) - 1  # no step follows the last
                narrow = 1.0 if fits else self._narrowing(used, glyph, step / size)
                if glyph > 0 and not character.isspace():
                    draw(f"/{self._canvas.font(used)} 1 Tf")
                    draw(_text_matrix(size, scale * narrow, slant, rotation, at_x, at_y) + f" <{glyph:04X}> Tj")
                if steps_x or steps_y:
                    at_x += step
                    at_y += steps_y[index] if steps_y else 0.0
                elif vertical:
                    at_y += size
                else:
                    at_x += used.advance(max(glyph, 0)) * size * scale
        draw("ET")

    @staticmethod
    def _narrowing(face: Face, glyph: int, room: float) -> float:
        """How much the house font's glyph is narrowed to fit the room the document's own font would have needed."""
        if face is not house_face() or room <= 0:
            return 1.0
        advance = face.advance(glyph)
        return min(1.0, max(0.5, room / advance)) if advance else 1.0

    def _face(self, identifier: str) -> Face:
        """The embedded font, or the house font where there is none or it is broken."""
        if identifier not in self._faces:
            path = self._resources.fonts.get(identifier, ("", None))[0]
            try:
                self._faces[identifier] = Face(self._document.read(path)) if path else house_face()
            except (OfdFault, ValueError):
                self._faces[identifier] = house_face()
        return self._faces[identifier]

    def _path(self, each: etree._Element, pen: Pen) -> None:
        operators = path_operators(said(first(each, "AbbreviatedData")))
        strokes = each.get("Stroke", "true").lower() != "false"
        fills = each.get("Fill", "false").lower() == "true" and bool(pen.fill)
        colour = first(each, "FillColor")
        pattern = first(colour, "Pattern") if fills and colour is not None else None
        if operators and pattern is not None:
            self._pattern(each, operators, pattern)
            fills = False
        if not operators or not (strokes or fills):
            return
        even = each.get("Rule", "") in ("Even-Odd", "EvenOdd")
        joins, caps = {"Miter": 0, "Round": 1, "Bevel": 2}, {"Butt": 0, "Round": 1, "Square": 2}
        dash = " ".join(map(number, pen.dash))
        self._canvas.draw(
            set_colour(pen.fill, "fill"),
            set_colour(pen.stroke, "stroke"),
            f"{number(pen.width)} w {joins.get(pen.join, 0)} j {caps.get(pen.cap, 0)} J {number(pen.miter)} M",
            f"[{dash}] {number(pen.dash_offset)} d",
            *operators,
            ("B" if strokes else "f") + ("*" if even else "") if fills else "S",
        )

    def _pattern(self, each: etree._Element, operators: list[str], pattern: etree._Element) -> None:
        """Fill a path with a pattern's cell, laid side by side over the object's box."""
        cell = first(pattern, "CellContent")
        box = numbers(each.get("Boundary"))
        wide, high, step_x, step_y = (
            next(iter(numbers(pattern.get(name))), 0.0) for name in ("Width", "Height", "XStep", "YStep")
        )
        step_x, step_y = step_x or wide, step_y or high
        a, b, c, d, e, f = numbers(pattern.get("CTM"))[:6] or [1, 0, 0, 1, 0, 0]
        whole = a * d - b * c
        if cell is None or len(box) != 4 or step_x <= 0 or step_y <= 0 or not whole:
            return
        corners = [(x - e, y - f) for x in (0, box[2]) for y in (0, box[3])]
        across = [(d * x - c * y) / whole / step_x for x, y in corners]
        down = [(a * y - b * x) / whole / step_y for x, y in corners]
        columns = range(math.floor(min(across)) - 1, math.ceil(max(across)) + 1)
        rows = range(math.floor(min(down)) - 1, math.ceil(max(down)) + 1)
        if len(columns) * len(rows) > _TILES:
            return
        self._canvas.draw("q", *operators, "W n", matrix(a, b, c, d, e, f))
        for column in columns:
            for row in rows:
                self._canvas.draw("q", matrix(1, 0, 0, 1, column * step_x, row * step_y))
                self._canvas.draw(f"0 0 {number(wide)} {number(high)} re W n")
                self._block(cell, Pen(), 1)
                self._canvas.draw("Q")
        self._canvas.draw("Q")

    def _image(self, each: etree._Element, pen: Pen) -> None:
        path = self._resources.media.get(each.get("ResourceID", ""), "")
        mask = self._resources.media.get(each.get("ImageMask", ""), "")
        if not self._document.has(path):
            return
        name = self._canvas.image(
            f"{id(self._document)}:{path}:{mask}",
            self._document.read(path),
            self._document.read(mask) if self._document.has(mask) else None,
        )
        if name is None:
            return
        box = numbers(each.get("Boundary"))
        if not each.get("CTM") and len(box) == 4:
            self._canvas.draw(matrix(box[2], 0, 0, box[3], 0, 0))
        self._canvas.draw(matrix(1, 0, 0, -1, 0, 1), f"/{name} Do")

    def _annotations(self, page: OfdPage) -> None:
        path, root = self._document.documents[page.document]
        for each in root.findall("{*}Annotations"):
            listing = self._document.resolve(path, said(each))
            if not self._document.has(listing):
                continue
            for entry in every(self._document.xml(listing), "Page"):
                if entry.get("PageID") != page.identifier:
                    continue
                member = self._document.resolve(listing, said(first(entry, "FileLoc")))
                for annotation in every(self._document.xml(member), "Annot"):
                    if annotation.get("Visible", "true").lower() != "false":
                        self._appearance(first(annotation, "Appearance"))

    def _appearance(self, appearance: etree._Element | None) -> None:
        if appearance is None:
            return
        box = numbers(appearance.get("Boundary"))
        self._canvas.draw("q", matrix(1, 0, 0, 1, *box[:2]) if len(box) >= 2 else "")
        self._block(appearance, Pen(), 1)
        self._canvas.draw("Q")

    def _seals(self, page: OfdPage) -> None:
        """The seal pictures that signatures put on this page."""
        for each in every(self._document.root, "Signatures"):
            listing = self._document.resolve(self._document.entry, said(each))
            if not said(each) or not self._document.has(listing):
                continue
            for entry in every(self._document.xml(listing), "Signature"):
                path = self._document.resolve(listing, entry.get("BaseLoc", ""))
                if self._document.has(path):
                    self._stamps(page, path, self._document.xml(path))

    def _stamps(self, page: OfdPage, path: str, root: etree._Element) -> None:
        stamps = [each for each in every(root, "StampAnnot") if each.get("PageRef") == page.identifier]
        value = self._document.resolve(path, said(first(root, "SignedValue")))
        if not stamps or not self._document.has(value):
            return
        picture = seal_picture(self._document.read(value))
        for stamp in stamps if picture is not None else []:
            box = numbers(stamp.get("Boundary"))
            if len(box) != 4 or picture is None:
                continue
            self._canvas.draw("q", matrix(1, 0, 0, 1, box[0], box[1]))
            clip = numbers(stamp.get("Clip"))
            if len(clip) == 4:
                self._canvas.draw(" ".join(map(number, clip)) + " re W n")
            if picture.kind == "ofd":
                self._nested(picture.data, box[2], box[3])
            else:
                name = self._canvas.image(f"{id(self._document)}:{value}", picture.data)
                if name is not None:
                    self._canvas.draw(matrix(box[2], 0, 0, -box[3], 0, box[3]), f"/{name} Do")
            self._canvas.draw("Q")

    def _nested(self, data: bytes, width: float, height: float) -> None:
        """A seal whose picture is itself an OFD: its first page, fitted into the stamp's box."""
        if self._depth > 2:
            return
        try:
            document = OfdDocument.from_bytes(data)
            page = document.pages[0]
            box = document.page_box(page, document.xml(page.path))
            inner = _Drawing(document, page.document, self._canvas, self._depth + 1)
            self._canvas.draw(
                "q", matrix(width / box[2], 0, 0, height / box[3], 0, 0), matrix(1, 0, 0, 1, -box[0], -box[1])
            )
            inner.draw_page(page)
            self._canvas.draw("Q")
        except (OfdFault, IndexError):
            return


def _layer_order(layer: etree._Element) -> int:
    """Background layers below the body, foreground layers above (clause 7.7, table 14)."""
    return {"Background": 0, "Foreground": 2}.get(layer.get("Type", "Body"), 1)


def _text_matrix(size: float, scale: float, slant: float, rotation: float, x: float, y: float) -> str:
    """Upright text in a space whose y runs down, turned clockwise by *rotation* radians."""
    cosine, sine = math.cos(rotation), math.sin(rotation)
    a, b = size * scale * cosine, size * scale * sine
    c, d = size * sine + slant * a, -size * cosine + slant * b
    return " ".join(map(number, (a, b, c, d, x, y))) + " Tm"


def _glyph_map(each: etree._Element) -> dict[int, int]:
    """Glyphs the document names by position of the character (CGTransform); -1 for characters a ligature swallowed."""
    found: dict[int, int] = {}
    for transform in every(each, "CGTransform"):
        start = int(next(iter(numbers(transform.get("CodePosition"))), 0))
        count = int(next(iter(numbers(transform.get("CodeCount"))), 1))
        glyphs = [int(value) & 0xFFFF for value in numbers(said(first(transform, "Glyphs")))]
        for index in range(min(count, 100_000)):
            found[start + index] = glyphs[index] if index < len(glyphs) else -1
    return found


def _moved(path: etree._Element, transform: list[float]) -> list[str]:
    """A clip path with its boundary and the area's matrix worked into its points."""
    box = numbers(path.get("Boundary"))
    dx, dy = (box[0], box[1]) if len(box) >= 2 else (0.0, 0.0)
    a, b, c, d, e, f = transform if len(transform) == 6 else (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    found = []
    for operator in path_operators(said(first(path, "AbbreviatedData"))):
        *values, name = operator.split()
        points = [float(each) for each in values]
        moved = []
        for x, y in zip(points[::2], points[1::2], strict=True):
            x, y = x + dx, y + dy
            moved += [a * x + c * y + e, b * x + d * y + f]
        found.append(" ".join([*map(number, moved), name]))
    return found
