"""Titles (标题): the lines at the head of a page that are set larger than the rest, and the kinds they tell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median

from lantai.archival.imaging.model import Line
from lantai.archival.imaging.sorting.kinds import TITLES

_HEAD = 10
"""Lines from the top among which titles stand."""
_LARGER = 1.12
"""How much larger than the rest a title is set."""
_LONGEST = 60


def title_of(lines: Sequence[Line]) -> str:
    """The largest title of a page, without spaces; empty where no line is set larger than the rest."""
    return next(_titles(lines), "")


def kind_by_title(lines: Sequence[Line], learnt: Mapping[str, str]) -> tuple[str, str]:
    """The kind a title tells, and that title; both empty where none does. Titles that people taught go first."""
    titles = list(_titles(lines))
    for title in titles:
        if title in learnt:
            return learnt[title], title
    for kind, pattern in TITLES:
        for title in titles:
            if pattern.search(title):
                return kind, title
    return "", ""


def _titles(lines: Sequence[Line]) -> Iterator[str]:
    """Lines of the head that are larger than most, and two such that stand one under the other as one; the largest
    first."""
    if not lines:
        return
    size = median(_height(each) for each in lines)
    head = [each for each in lines[:_HEAD] if not each.vertical and _height(each) >= _LARGER * size]
    if len(lines) <= 3:
        head = list(lines)
    for line in sorted(head, key=lambda each: -_height(each)):
        if 2 <= len(text := _bare(line.text)) <= _LONGEST:
            yield text
    for one, other in pairwise(head):
        if abs(_height(one) - _height(other)) < 0.2 * _height(one):
            yield _bare(one.text + other.text)


def _height(line: Line) -> int:
    left, top, right, bottom = line.box
    return min(bottom - top, right - left) if len(line.text) > 1 else bottom - top


def _bare(text: str) -> str:
    return re.sub(r"[\s《》“”\"'。，,.:：；;]+", "", text).replace("(", "（").replace(")", "）")
