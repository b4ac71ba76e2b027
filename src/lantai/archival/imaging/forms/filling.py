"""A template laid over another page: found by its printed words, each field moved as the words beside it moved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from lantai.archival.imaging.fields.model import Fault
from lantai.archival.imaging.fields.placing import PlacedText, place_text
from lantai.archival.imaging.forms.checking import checked_value
from lantai.archival.imaging.forms.learning import printed_words
from lantai.archival.imaging.forms.model import FormTemplate, MarkedField
from lantai.archival.imaging.layout import Table
from lantai.archival.imaging.layout.words import joined, words_within
from lantai.archival.imaging.model import Line
from lantai.archival.imaging.pictures import Box
from lantai.archival.imaging.seals import likeness

_LEAST_ANCHORS = 4
_LEAST_SHARE = 0.5
"""Of a template's printed words, so many must be found for a page to be that form."""
_ALIKE = 0.75
_STRAY = 0.03
"""Words that stand farther from where they should, as a share of the page's longer side, are others."""
_NEAR = 3
"""Printed words nearest to a field that tell how it moved."""
_SAME_CELL = 0.45
_TYPICAL_STEPS = 2000

Points = NDArray[np.float32]
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class FilledField:
    """A field as it is filled in on a page: what stands there in normal form, where, how sure, what is against it."""

    name: str
    text: str
    value: str
    box: Box
    confidence: float
    fault: Fault


@dataclass(frozen=True, slots=True)
class Filled:
    """A page as a template reads it; ``share`` is how many of the printed words were found, 0 to 1."""

    share: float
    fields: tuple[FilledField, ...]


def best_filled(
    templates: Mapping[Key, FormTemplate], lines: Sequence[Line], tables: Sequence[Table] = ()
) -> tuple[Key, Filled] | None:
    """The template that fits a page best, and the page as it reads it; None where none fits."""
    best: tuple[Key, Filled] | None = None
    words = printed_words(lines)
    told = {text for text, _box in words}
    for key, template in templates.items():
        if sum(each.text in told for each in template.anchors) * 3 < len(template.anchors):
            continue
        made = fill(template, lines, tables)
        if made is not None and (best is None or made.share > best[1].share):
            best = key, made
    return best


def fill(template: FormTemplate, lines: Sequence[Line], tables: Sequence[Table] = ()) -> Filled | None:
    """A page as a template reads it; None where it is another form.

    Args:
        template: learnt from an example.
        lines: of the page, in reading order.
        tables: of the page; a field that is a cell of one takes the cell, however high it is.
    """
    found = _found_anchors(template, lines)
    share = len(found) / len(template.anchors)
    if len(found) < min(_LEAST_ANCHORS, len(template.anchors)) or share < _LEAST_SHARE:
        return None
    here = np.array([[each[0][0], (each[0][1] + each[0][3]) / 2] for each in found], np.float32)
    there = np.array([[each[1][0], (each[1][1] + each[1][3]) / 2] for each in found], np.float32)
    matrix = _laid(here, there, max(template.width, template.height))
    if matrix is None:
        return None
    left_over = there - (here @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)
    cells = [each.box for table in tables for each in table.cells]
    placed = place_text(lines)
    labels = [each.label for each in template.fields if each.label]
    fields = tuple(
        _behind_label(each, matrix, placed, labels) or _filled(each, matrix, here, left_over, cells, lines)
        for each in template.fields
    )
    return Filled(round(share, 4), fields)


def _found_anchors(template: FormTemplate, lines: Sequence[Line]) -> list[tuple[Box, Box]]:
    """Where each printed word stands on the example and on the page; those that stand there twice are left out."""
    words = printed_words(lines)
    found, free = [], list(words)
    for anchor in template.anchors:
        alike = [each for each in free if each[0] == anchor.text] or [
            each
            for each in free
            if abs(len(each[0]) - len(anchor.text)) <= 2
            and len(anchor.text) >= 4
            and likeness(each[0], anchor.text) >= _ALIKE
        ]
        if len(alike) == 1:
            found.append((anchor.box, alike[0][1]))
            free.remove(alike[0])
    return found


def _laid(here: Points, there: Points, longest: int) -> NDArray[np.float64] | None:
    """How the example lies on the page: moved, turned a little, larger or smaller across and down."""
    if len(here) < 3:
        shift = np.median(there - here, axis=0)
        return np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]]])
    scale = float(np.ptp(there, axis=0).max() / max(1.0, float(np.ptp(here, axis=0).max())))
    cv2.setRNGSeed(7)
    found, _inside = cv2.estimateAffinePartial2D(
        here,
        there,
        method=cv2.RANSAC,
        ransacReprojThreshold=_STRAY * longest * max(scale, 0.1),
        maxIters=_TYPICAL_STEPS,
    )
    if found is None or not 0.1 < float(np.hypot(found[0, 0], found[1, 0])) < 10:
        return None
    return cast("NDArray[np.float64]", found)


def _behind_label(
    field: MarkedField, matrix: NDArray[np.float64], placed: PlacedText, labels: Sequence[str]
) -> FilledField | None:
    """What stands behind a field's label, to the end of the line and on where it runs over; None for a field without
    label, and where the label is not found. Of several that say the same, the one nearest to where it should be."""
    if not field.label:
        return None
    wanted = np.array([field.box[0], (field.box[1] + field.box[3]) / 2]) @ matrix[:, :2].T + matrix[:, 2]
    found = []
    for match in re.finditer(_spaced(field.label), placed.text):
        rest = placed.text[match.end() :].partition("\n")[0]
        nexts = [other.start() for label in labels if (other := re.search(_spaced(label), rest)) is not None]
        value = rest[: min(nexts, default=len(rest))]
        start = match.end() + len(value) - len(value.lstrip())
        end = match.end() + len(value.rstrip())
        box = placed.box(start, end) if value.strip() else placed.box(match.end() - 1, match.end())
        away = abs(box[0] - float(wanted[0])) + 4 * abs((box[1] + box[3]) / 2 - float(wanted[1]))
        found.append((away, value.strip(), box, placed.confidence(start, end)))
    if not found:
        return None
    _away, text, box, sure = min(found)
    value, fault = checked_value(text, field.kind, required=field.required)
    return FilledField(field.name, text, value, box, round(sure, 4), fault)


def _spaced(label: str) -> str:
    """A pattern for a label that may be spaced."""
    return r"\s?".join(map(re.escape, label))


def _filled(
    field: MarkedField,
    matrix: NDArray[np.float64],
    here: Points,
    left_over: Points,
    cells: Sequence[Box],
    lines: Sequence[Line],
) -> FilledField:
    left, top, right, bottom = field.box
    middle = np.array([left, (top + bottom) / 2], np.float32)
    apart = np.abs(here - middle) * np.array([0.5, 2.0], np.float32)  # words of the same row tell more
    near = np.argsort(apart.sum(axis=1))[:_NEAR]
    shift = np.median(left_over[near], axis=0)
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]]) @ matrix[:, :2].T + matrix[:, 2]
    corners = corners + shift
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    box = (max(0, round(float(x0))), max(0, round(float(y0))), max(1, round(float(x1))), max(1, round(float(y1))))
    cell = max(cells, key=lambda each: _shared(each, box), default=None)
    if cell is not None and _shared(cell, box) >= _SAME_CELL:
        box = cell
    words = words_within(lines, box)
    text = re.sub(r"^[：:\s]+", "", joined(words))
    count = sum(len(each.text) for each in words)
    sure = sum(each.confidence * len(each.text) for each in words) / count if count else 0.0
    value, fault = checked_value(text, field.kind, required=field.required)
    return FilledField(field.name, text, value, box, round(sure, 4), fault)


def _shared(one: Box, other: Box) -> float:
    """The share of two boxes together that lies in both."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    area = (one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1])
    return wide * high / (area - wide * high)
