"""Clips of OFD objects (GB/T 33190-2016 clause 8.4): areas of paths or of text, as clips of a PDF content stream."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from lantai.archival.formats.ofd_document import numbers
from lantai.archival.formats.xmlsafe import every, first, said
from lantai.archival.render.canvas import Canvas, number
from lantai.archival.render.matrices import Matrix, joined, mapped, moved, of_numbers
from lantai.archival.render.paths import path_operators


def clip_to(canvas: Canvas, clips: etree._Element, show: Callable[[etree._Element, Matrix], list[str]]) -> None:
    """Cut off what lies outside any of the clips.

    Args:
        canvas: what is clipped.
        clips: the Clips element.
        show: the operators between BT and ET that set a text object under a matrix.
    """
    for clip in every(clips, "Clip"):
        paths: list[str] = []
        words: list[str] = []
        even = False
        for area in every(clip, "Area"):
            place = of_numbers(numbers(area.get("CTM")))
            for path in every(area, "Path"):
                even |= is_even(path)
                operators = path_operators(said(first(path, "AbbreviatedData")))
                paths += moved_path(operators, joined(object_place(path), place))
            for text in every(area, "Text"):
                words += show(text, joined(object_place(text), place))
        if paths:
            canvas.draw(*paths, "W* n" if even else "W n")
        elif words:
            canvas.draw("BT 7 Tr", *words, "ET")


def object_place(element: etree._Element) -> Matrix:
    """From an object's own coordinates to those it lies in: its matrix, then the corner of its boundary."""
    box = numbers(element.get("Boundary"))
    place = of_numbers(numbers(element.get("CTM")))
    return joined(place, moved(box[0], box[1])) if len(box) >= 2 else place


def is_even(path: etree._Element) -> bool:
    """Whether a path is filled by the even-odd rule."""
    return path.get("Rule", "").lower().replace("-", "") == "evenodd"


def moved_path(operators: list[str], place: Matrix) -> list[str]:
    """Path operators with a matrix worked into their points."""
    found = []
    for operator in operators:
        *values, name = operator.split()
        points = [float(each) for each in values]
        moved_points: list[float] = []
        for point in zip(points[::2], points[1::2], strict=True):
            moved_points += mapped(place, point)
        found.append(" ".join([*map(number, moved_points), name]))
    return found
