"""Where the header of a table stands, over one line or several with merged cells, and what its columns are called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lantai.archival.tables.model import Head, Line, column_letters

_LOOKED_AT = 15
_LONGEST_NAME = 60
_VALUE = re.compile(r"[0-9]{3,}|[0-9]+[-/.年][0-9]+")


def find_head(lines: Sequence[Line]) -> Head:
    """The header among the first of *lines*: the first line with two cells or more that are words, not values, and the
    lines below that only fill what it left open (merged cells). Titles above it are passed over.
    """
    for place, line in enumerate(lines[:_LOOKED_AT]):
        filled = _filled(line)
        if len(filled) < 2:
            continue
        if any(_VALUE.search(line.cells[each]) or len(line.cells[each]) > _LONGEST_NAME for each in filled):
            break
        last = place
        while last + 1 < min(len(lines), _LOOKED_AT) and _continues(lines[place : last + 1], lines[last + 1]):
            last += 1
        return Head(line.number, lines[last].number, join_head(lines[place : last + 1]))
    if len(lines) and len(_filled(lines[0])) == 1 and len(lines[0].cells) == 1 and not _VALUE.search(lines[0].cells[0]):
        return Head(lines[0].number, lines[0].number, lines[0].cells)
    return Head(0, 0, join_head(()) or _lettered(max((len(each.cells) for each in lines), default=0)))


def head_of(lines: Sequence[Line], first: int, last: int) -> Head:
    """The header that a person says stands in lines *first* to *last*; both 0 for a table without one."""
    chosen = [each for each in lines if first <= each.number <= last]
    if not first or not chosen:
        return Head(0, 0, _lettered(max((len(each.cells) for each in lines), default=0)))
    return Head(chosen[0].number, chosen[-1].number, join_head(chosen))


def _filled(line: Line) -> list[int]:
    return [place for place, text in enumerate(line.cells) if text]


def _continues(head: Sequence[Line], line: Line) -> bool:
    """Whether *line* is one more line of *head*: words only, some of them under a cell that was merged sideways, and
    open under a cell that was merged downwards.
    """
    filled = _filled(line)
    above = head[-1].cells
    if not filled or any(_VALUE.search(line.cells[each]) or len(line.cells[each]) > 20 for each in filled):
        return False
    spread = any((each >= len(above) or not above[each]) and any(above[:each]) for each in filled)
    left_open = any(text and (place >= len(line.cells) or not line.cells[place]) for place, text in enumerate(above))
    return spread and left_open


def join_head(lines: Sequence[Line]) -> tuple[str, ...]:
    """One name a column: what stands above and below joined by ``/``, cells merged sideways spread to the right.

    A column without name is called by its letter, a name that stands twice gets its number.
    """
    width = max((len(each.cells) for each in lines), default=0)
    names = [""] * width
    for level, line in enumerate(lines):
        spread = ""
        below = lines[level + 1 :]
        for place in range(width):
            text = line.cells[place] if place < len(line.cells) else ""
            spread = text or (spread if any(place < len(each.cells) and each.cells[place] for each in below) else "")
            if spread and not names[place].endswith(spread):
                names[place] = f"{names[place]}/{spread}" if names[place] else spread
    counted: dict[str, int] = {}
    joined = []
    for place, name in enumerate(names):
        name = "".join(name.split()) or column_letters(place)
        counted[name] = counted.get(name, 0) + 1
        joined.append(name if counted[name] == 1 else f"{name}#{counted[name]}")
    return tuple(joined)


def _lettered(width: int) -> tuple[str, ...]:
    return tuple(column_letters(place) for place in range(width))
