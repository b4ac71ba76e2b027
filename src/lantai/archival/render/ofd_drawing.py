"""An OFD page drawn from its own content: layers, templates, annotations and seals (GB/T 33190-2016)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from lxml import etree

from lantai.archival.formats.ofd_document import OfdDocument, OfdFault, OfdPage, numbers
from lantai.archival.formats.xmlsafe import every, first, local, said
from lantai.archival.render.canvas import Canvas, matrix, number
from lantai.archival.render.matrices import (
    IDENTITY,
    Matrix,
    bounds,
    corners,
    inverse,
    joined,
    mapped,
    moved,
    of_numbers,
)
from lantai.archival.render.ofd_clips import clip_to, is_even
from lantai.archival.render.ofd_colours import Paint
from lantai.archival.render.ofd_resources import Pen, Resources
from lantai.archival.render.ofd_shadings import make_shading
from lantai.archival.render.ofd_text import is_bold, placed_glyphs
from lantai.archival.render.paths import path_operators

OBJECTS = 200_000
"""Objects and glyphs drawn on one page, each as often as it is drawn."""

COMPOSITES = 10_000
"""Composites among them: those that hold others multiply."""

_DEPTH = 24
"""How deep blocks, composites and seals may nest."""

_TILES = 1_000_000
"""How many cells of a pattern one path is filled with at most."""

_SLACK = 0.5
"""Millimetres an object may reach beyond its boundary before it is cut: half a line, and what writers round."""

_FARTHEST = 1e5
_JOINS = {"miter": 0, "round": 1, "bevel": 2}
_CAPS = {"butt": 0, "round": 1, "square": 2}


class Budget:
    """What one page may still draw. Composites within composites multiply; this ends them.

    Raises:
        OfdFault: ``too-complex``, from its verbs.
    """

    def __init__(self) -> None:
        self._left = OBJECTS
        self._composites = COMPOSITES

    def spend(self) -> None:
        """Draw one object more."""
        self._left -= 1
        if self._left < 0:
            raise OfdFault("too-complex", f"> {OBJECTS}")

    def open(self) -> None:
        """Draw one composite more."""
        self._composites -= 1
        if self._composites < 0:
            raise OfdFault("too-complex", f"> {COMPOSITES} CompositeObject")


class Drawing:
    """Objects of one document drawn on a canvas.

    Args:
        resources: of the document.
        canvas: what is drawn on.
        budget: of the whole page, shared with the seals on it.
    """

    def __init__(self, resources: Resources, canvas: Canvas, budget: Budget) -> None:
        self.resources = resources
        self.canvas = canvas
        self.budget = budget
        self._within: list[str] = []
        self._base: Matrix = canvas.place
        self._alpha = 1.0

    def layers(self, document: OfdDocument, page: OfdPage) -> None:
        """The page's own content with its templates. Raises OfdFault."""
        for path, root in document.placed_layers(page):
            for name in root.findall("{*}PageRes"):
                member = document.resolve(path, said(name))
                if document.has(member):
                    self.resources.gather(member, document.xml(member))
            for layer in sorted(every(root, "Layer"), key=_layer_order):
                self.block(layer, self.resources.pen(layer.get("DrawParam"), Pen()))

    def block(self, block: etree._Element, pen: Pen, depth: int = 0) -> None:
        """All objects of a layer, a block or an appearance, in order."""
        if depth > _DEPTH:
            return
        kinds = {"TextObject": self._text, "PathObject": self._path, "ImageObject": self._image}
        for each in block:
            name = local(each)
            if name in kinds:
                self._object(each, pen, kinds[name])
            elif name == "PageBlock":
                self.block(each, pen, depth + 1)
            elif name == "CompositeObject":
                self._composite(each, pen, depth + 1)

    def _composite(self, each: etree._Element, pen: Pen, depth: int) -> None:
        """A vector image out of the resources; one that holds itself is drawn once."""
        identifier = each.get("ResourceID", "")
        unit = self.resources.units.get(identifier)
        content = first(unit, "Content") if unit is not None else None
        if content is None or identifier in self._within:
            return
        self.budget.open()
        self._within.append(identifier)
        self._object(each, pen, partial(self._content, content, depth))
        self._within.pop()

    def _content(self, content: etree._Element, depth: int, each: etree._Element, pen: Pen) -> None:
        alpha = self._alpha
        self._alpha *= _alpha(each)
        self.block(content, pen, depth)
        self._alpha = alpha

    def _object(self, each: etree._Element, pen: Pen, draw: Callable[[etree._Element, Pen], None]) -> None:
        """Draw one graphic object within its boundary, transformation, clips and opacity."""
        self.budget.spend()
        if each.get("Visible", "true").lower() in ("false", "0"):
            return
        pen = self.resources.own_pen(each, self.resources.pen(each.get("DrawParam"), pen))
        box = numbers(each.get("Boundary"))
        transform = of_numbers(numbers(each.get("CTM")))
        self.canvas.save()
        if len(box) >= 2:
            self.canvas.transform(moved(box[0], box[1]))
        if local(each) in ("PathObject", "ImageObject"):
            self._cut(box, pen if local(each) == "PathObject" else None)
        clips = first(each, "Clips")
        before = clips is not None and clips.get("TransFlag", "true").lower() in ("false", "0")
        if clips is not None and before:
            clip_to(self.canvas, clips, self._words)
        self.canvas.transform(transform)
        if clips is not None and not before:
            clip_to(self.canvas, clips, self._words)
        draw(each, pen)
        self.canvas.restore()

    def _cut(self, box: list[float], pen: Pen | None) -> None:
        """Cut off what lies outside an object's boundary (clause 8.5, CT_GraphicUnit)."""
        if len(box) == 4 and box[2] > 0 and box[3] > 0:
            more = _SLACK + (min(pen.width, 50.0) if pen is not None else 0.0)
            sides = (-more, -more, box[2] + 2 * more, box[3] + 2 * more)
            self.canvas.draw(" ".join(map(number, sides)) + " re W n")

    def _colours(self, each: etree._Element, fill: Paint | None, stroke: Paint | None) -> None:
        """Set the colours and the opacity that hold for an object; None is black."""
        alpha = self._alpha * _alpha(each)
        fill, stroke = fill or Paint(), stroke or Paint()
        self.canvas.draw(self.canvas.opacity(alpha * fill.alpha, alpha * stroke.alpha))
        self.canvas.draw(self._colour(each, fill, "fill"), self._colour(each, stroke, "stroke"))

    def _colour(self, each: etree._Element, paint: Paint, use: str) -> str:
        """The operators that set a colour."""
        name = self._pattern_name(each, paint.complex) if paint.complex is not None else None
        if name is not None:
            return f"/Pattern cs /{name} scn" if use == "fill" else f"/Pattern CS /{name} SCN"
        return " ".join(map(number, paint.rgb)) + (" rg" if use == "fill" else " RG")

    def _pattern_name(self, each: etree._Element, element: etree._Element) -> str | None:
        place = of_numbers(numbers(each.get("CTM")))
        box = numbers(each.get("Boundary"))
        back = inverse(place)
        if len(box) != 4 or back is None:
            return None
        reach = [mapped(back, corner) for corner in corners(0.0, 0.0, box[2], box[3])]
        if local(element) == "Pattern":
            return self._tiles(element, reach)
        shading = make_shading(element, self.resources.paint, reach)
        return None if shading is None else self.canvas.shading(shading.made, shading.data, shading.place)

    def _tiles(self, pattern: etree._Element, reach: list[tuple[float, float]]) -> str | None:
        """A pattern (底纹) of the cell laid side by side; None where it cannot be made."""
        cell = first(pattern, "CellContent")
        wide, high, step_x, step_y = (
            next(iter(numbers(pattern.get(name))), 0.0) for name in ("Width", "Height", "XStep", "YStep")
        )
        step_x, step_y = max(step_x, wide), max(step_y, high)
        own = of_numbers(numbers(pattern.get("CTM")))
        back = inverse(own)
        if cell is None or wide <= 0 or high <= 0 or back is None or "#pattern" in self._within:
            return None
        left, top, right, bottom = bounds([mapped(back, each) for each in reach])
        if (right - left) / step_x * (bottom - top) / step_y > _TILES:
            return None
        reflect = pattern.get("ReflectMethod", "Normal")
        across, down = reflect in ("Column", "RowAndColumn"), reflect in ("Row", "RowAndColumn")
        place = joined(own, self._base if pattern.get("RelativeTo") == "Page" else self.canvas.place)
        columns, rows = 2 if across else 1, 2 if down else 1
        outer, alpha = self._base, self._alpha
        self._within.append("#pattern")
        self.canvas.begin_tile()
        self._base, self._alpha = IDENTITY, 1.0
        for column in range(columns):
            for row in range(rows):
                self.canvas.save()
                self.canvas.transform(moved(column * step_x, row * step_y))
                self.canvas.transform((-1.0 if column else 1.0, 0, 0, -1.0 if row else 1.0, wide * column, high * row))
                self.canvas.draw(f"0 0 {number(wide)} {number(high)} re W n")
                self.block(cell, Pen())
                self.canvas.restore()
        self._within.pop()
        self._base, self._alpha = outer, alpha
        return self.canvas.end_tile(
            wide + (columns - 1) * step_x, high + (rows - 1) * step_y, step_x * columns, step_y * rows, place
        )

    def _text(self, each: etree._Element, pen: Pen) -> None:
        fills = each.get("Fill", "true").lower() not in ("false", "0")
        strokes = each.get("Stroke", "false").lower() in ("true", "1")
        bold = is_bold(each, self.resources) and fills and not strokes
        mode = 2 if (strokes and fills) or bold else 1 if strokes else 0 if fills else 3
        size = next(iter(numbers(each.get("Size"))), 3.5)
        words = self._words(each, IDENTITY)
        if not words or mode == 3:
            return
        if strokes and fills and pen.stroke is None:
            mode = 0  # a stroke's colour is transparent where none is named (clause 11.2)
        self._colours(each, pen.fill, pen.fill if bold else pen.stroke)
        self.canvas.draw(f"{number(size * 0.02 if bold else pen.width)} w BT {mode} Tr", *words, "ET")

    def _words(self, each: etree._Element, place: Matrix) -> list[str]:
        """The operators that set the glyphs of a text object under a matrix."""
        found = []
        for glyph in placed_glyphs(each, self.resources):
            self.budget.spend()
            spot = joined(glyph.matrix, place)
            if all(math.isfinite(value) and abs(value) < _FARTHEST for value in spot):
                found.append(
                    f"/{self.canvas.font(glyph.face)} 1 Tf {' '.join(map(number, spot))} Tm"
                    f" <{glyph.face.code(glyph.glyph):04X}> Tj"
                )
        return found

    def _path(self, each: etree._Element, pen: Pen) -> None:
        operators = path_operators(said(first(each, "AbbreviatedData")))
        strokes = each.get("Stroke", "true").lower() not in ("false", "0")
        fills = each.get("Fill", "false").lower() in ("true", "1") and pen.fill is not None
        if not operators or not (strokes or fills):
            return
        self._colours(each, pen.fill if fills else None, pen.stroke if strokes else None)
        self._line(pen)
        self.canvas.draw(*operators, (("B" if strokes else "f") + ("*" if is_even(each) else "")) if fills else "S")

    def _line(self, pen: Pen) -> None:
        """Set how lines are drawn."""
        dash = " ".join(map(number, pen.dash))
        self.canvas.draw(
            f"{number(pen.width)} w {_JOINS.get(pen.join.lower(), 0)} j {_CAPS.get(pen.cap.lower(), 0)} J",
            f"{number(pen.miter)} M [{dash}] {number(pen.dash_offset)} d",
        )

    def _image(self, each: etree._Element, pen: Pen) -> None:
        document, media = self.resources.document, self.resources.media
        box = numbers(each.get("Boundary"))
        if not each.get("CTM") and len(box) == 4:
            self.canvas.transform((box[2], 0, 0, box[3], 0, 0))
        mask = media.get(each.get("ImageMask", ""), "")
        name = None
        for identifier in (each.get("ResourceID", ""), each.get("Substitution", "")):
            path = media.get(identifier, "")
            if name is None and document.has(path):
                name = self.canvas.image(f"{id(document)}:{path}:{mask}", partial(self._pictures, path, mask))
        if name is not None:
            alpha = self._alpha * _alpha(each)
            self.canvas.draw(self.canvas.opacity(alpha, alpha), "q", matrix(1, 0, 0, -1, 0, 1), f"/{name} Do Q")
        border = first(each, "Border")
        if border is not None:
            self._border(border, of_numbers(numbers(each.get("CTM"))), box, _alpha(each))

    def _pictures(self, path: str, mask: str) -> tuple[bytes, bytes | None]:
        """An image and its mask; an image that is damaged is left out, as one that is missing is."""
        document = self.resources.document
        try:
            return document.read(path), document.read(mask) if document.has(mask) else None
        except OfdFault:
            return b"", None

    def _border(self, border: etree._Element, place: Matrix, box: list[float], alpha: float) -> None:
        """A frame around an image, along the edges of the unit square it fills (CT_Image, Border)."""
        back = inverse(place) if place != IDENTITY else (1 / box[2], 0, 0, 1 / box[3], 0, 0) if all(box[2:4]) else None
        if back is None or len(box) != 4:
            return
        own = inverse(back) or IDENTITY
        self.canvas.transform(back)
        pen = self.resources.own_pen(border, Pen())
        colour = first(border, "BorderColor")
        paint = self.resources.paint(colour) if colour is not None else Paint()
        whole = self._alpha * alpha * paint.alpha
        edge = [mapped(own, corner) for corner in corners(0, 0, 1, 1)]
        points = [" ".join(map(number, each)) for each in edge]
        self._line(pen)
        self.canvas.draw(
            self.canvas.opacity(whole, whole),
            " ".join(map(number, paint.rgb)) + " RG",
            f"{points[0]} m {points[1]} l {points[2]} l {points[3]} l s",
        )


def _layer_order(layer: etree._Element) -> int:
    """Background layers below the body, foreground layers above (clause 7.7, table 14)."""
    return {"Background": 0, "Foreground": 2}.get(layer.get("Type", "Body"), 1)


def _alpha(each: etree._Element) -> float:
    """An object's opacity, 0 to 1."""
    return min(1.0, max(0.0, next(iter(numbers(each.get("Alpha"))), 255.0) / 255))
