"""A template learnt from one marked example: what is printed on the form, and places that look like fields of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from unicodedata import east_asian_width

from lantai.archival.imaging.fields.placing import plain
from lantai.archival.imaging.fields.values import DATE
from lantai.archival.imaging.forms.checking import FieldType, checked_value
from lantai.archival.imaging.forms.model import Anchor, FormTemplate, MarkedField
from lantai.archival.imaging.layout import Table
from lantai.archival.imaging.model import Line, Word
from lantai.archival.imaging.pictures import Box

_LABEL = re.compile(r"^(?P<label>[^：]{2,20}：)")
_PRINTED = re.compile(r"[\u4e00-\u9fffA-Za-z]")
_FIGURE = re.compile(r"[0-9〇一二三四五六七八九十]{2}|[0-9]")
"""What bears figures was filled in."""
_LONGEST = 24
_LONGEST_LABEL = 20
_SENTENCE = re.compile(r"[，。；]")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A place that looks like a field: what it may be called, its type by what stands in it, where it is, and that."""

    name: str
    kind: FieldType
    box: Box
    text: str


def learn_template(lines: Sequence[Line], fields: Sequence[MarkedField], *, width: int, height: int) -> FormTemplate:
    """The template of an example: what is printed outside the marked fields anchors it on other pages.

    What somebody filled in elsewhere on the example is not found on other pages, and does no harm.

    Args:
        lines: of the example, in reading order.
        fields: what was marked on it.
        width, height: of the example, in pixels.

    Raises:
        ValueError: no field, or nothing printed to find it by.
    """
    words = printed_words(lines)
    counts = Counter(text for text, _box in words)
    anchors = tuple(
        Anchor(text, box)
        for text, box in words
        if counts[text] == 1 and not _FIGURE.search(text) and not any(_covers(each.box, box) for each in fields)
    )
    if not fields or not anchors:
        raise ValueError("a template needs fields, and printed words beside them")
    return FormTemplate(width, height, anchors, tuple(replace(each, label=_label(each.box, words)) for each in fields))


def _label(box: Box, words: Sequence[tuple[str, Box]]) -> str:
    """The words with a colon that stand right before a field, in its line."""
    for text, (_left, top, right, bottom) in words:
        deep = bottom - top
        beside = -deep < box[0] - right < 2 * deep and box[1] - deep / 2 < (top + bottom) / 2 < box[3] + deep / 2
        if text.endswith("：") and beside:
            return text
    return ""


def printed_words(lines: Sequence[Line]) -> list[tuple[str, Box]]:
    """What may be printed on a form: lines, and of those with a colon the words up to it."""
    found = []
    for line in lines:
        text = plain(line.text)
        label = _LABEL.match(text)
        if label is not None and label.end() < len(text):
            found.append((label["label"], _box_of(line, 0, label.end())))
        elif _PRINTED.search(text) and len(text) <= _LONGEST:
            found.append((text, line.box))
    return [(re.sub(r"\s", "", text), box) for text, box in found]


def propose_fields(lines: Sequence[Line], tables: Sequence[Table]) -> list[Proposal]:
    """Places of a page that look like fields, from the top: cells of tables right of a label, and what stands behind
    a colon. Whoever marks an example picks from them.

    Args:
        lines: of the page, in reading order.
        tables: on it, with their words.
    """
    found = [each for table in tables if table.ruled for each in _of_table(table)]
    boxes = [each.box for each in tables]
    for line in lines:
        text = plain(line.text)
        label = _LABEL.match(text)
        inside = any(_covers(box, line.box) for box in boxes)
        if label is None or inside or line.vertical or _SENTENCE.search(label["label"]):
            continue
        value = text[label.end() :].strip()
        _left, top, right, bottom = line.box
        start = min(_box_of(line, 0, label.end())[2], right - 1)
        deep = bottom - top
        box = (start, max(0, top - deep // 4), right + 2 * deep, bottom + deep // 4)
        found.append(Proposal(label["label"][:-1].strip(), _guessed(value), box, value))
    named: dict[str, int] = {}
    made = []
    for each in sorted(found, key=lambda one: (one.box[1], one.box[0])):
        named[each.name] = named.get(each.name, 0) + 1
        name = each.name if named[each.name] == 1 else f"{each.name} {named[each.name]}"
        made.append(Proposal(name, each.kind, each.box, each.text))
    return made


def _of_table(table: Table) -> list[Proposal]:
    """Cells right of one that holds a label; labels and fields take turns in a row."""
    found = []
    for row in range(table.rows):
        cells = sorted((each for each in table.cells if each.row == row), key=lambda each: each.column)
        label = ""
        for cell in cells:
            if label:
                found.append(Proposal(label, _guessed(cell.text), cell.box, cell.text))
                label = ""
            else:
                bare = re.sub(r"[\s：:]", "", cell.text)
                label = bare if 2 <= len(bare) <= _LONGEST_LABEL and not re.search(r"[\d，。]", bare) else ""
    return found


def _guessed(text: str) -> FieldType:
    """The narrowest type a value fits."""
    if not text.strip():
        return "text"
    kinds: tuple[FieldType, ...] = ("identity_number", "credit_code")
    for kind in kinds:
        if not checked_value(text, kind)[1]:
            return kind
    if DATE.fullmatch(plain(text).strip()):
        return "date"
    if re.fullmatch(r"1\d{10}|0\d{2,3}-?\d{7,8}", plain(text).strip()):
        return "phone"
    return (
        "number" if re.fullmatch(r"[\d,.]+(?:平方米|万元|元|人|份|页|%|亩|吨|辆|台|天|日)?", text.strip()) else "text"
    )


def _box_of(line: Line, start: int, end: int) -> Box:
    """The box around some letters of a line, by its words."""
    at, boxes = 0, []
    for word in line.words or (Word(line.text, line.corners, line.confidence),):
        place = line.text.find(word.text, at)
        if place < 0:
            break
        after = place + len(word.text)
        if place < end and after > start:
            boxes.append(_piece(word, max(start, place) - place, min(end, after) - place))
        at = after
    if not boxes:
        return line.box
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _piece(word: Word, start: int, end: int) -> Box:
    """The box around some letters of a word that lies level, by how wide its letters are."""
    left, top, right, bottom = word.box
    widths = [2 if east_asian_width(each) in "WF" else 1 for each in word.text]
    wide = (right - left) / max(1, sum(widths))
    return round(left + wide * sum(widths[:start])), top, round(left + wide * sum(widths[:end])), bottom


def _covers(box: Box, other: Box) -> bool:
    """Whether the middle of the other lies in a box."""
    x, y = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
