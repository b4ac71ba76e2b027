"""The lines of a specimen as reading them without a fault would give them, and the values that stand on it."""

from __future__ import annotations

import unicodedata
from random import Random

from lantai.archival.imaging.model import Corners, Line, Word
from lantai.archival.imaging.pictures import Box
from lantai.archival.imaging.specimens import Kind, TrueLine
from lantai.archival.imaging.specimens.documents import SetPage, set_page
from lantai.archival.imaging.specimens.inventing import Inventor


def corners(box: Box) -> Corners:
    left, top, right, bottom = box
    return (left, top), (right, top), (right, bottom), (left, bottom)


def read_line(text: str, box: Box, confidence: float = 0.99, *, vertical: bool = False) -> Line:
    """A line whose letters stand side by side in its box, or one under the other."""
    left, top, right, bottom = box
    widths = [2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text]
    words, at = [], 0.0
    for letter, width in zip(text, widths, strict=True):
        ahead = at + width / sum(widths)
        if not letter.isspace():
            if vertical:
                place = (left, round(top + at * (bottom - top)), right, round(top + ahead * (bottom - top)))
            else:
                place = (round(left + at * (right - left)), top, round(left + ahead * (right - left)), bottom)
            words.append(Word(letter, corners(place), confidence))
        at = ahead
    return Line(text, corners(box), confidence, tuple(words), vertical)


def true_lines(lines: tuple[TrueLine, ...] | list[TrueLine]) -> list[Line]:
    return [read_line(each.text, each.box, vertical=each.vertical) for each in lines]


class Witness(Inventor):
    """An inventor that remembers which values it gave."""

    def __init__(self, chance: Random) -> None:
        super().__init__(chance)
        self.told: list[tuple[str, str]] = []

    def _kept(self, code: str, value: str) -> str:
        self.told.append((code, value))
        return value

    def person(self) -> str:
        return self._kept("person", super().person())

    def company(self) -> str:
        return self._kept("body", super().company())

    def address(self) -> str:
        return self._kept("address", super().address())

    def day(self) -> str:
        return self._kept("date", super().day())

    def number_of_document(self) -> str:
        return self._kept("document_number", super().number_of_document())

    def credit_code(self) -> str:
        return self._kept("credit_code", super().credit_code())

    def identity_number(self) -> str:
        return self._kept("identity_number", super().identity_number())


def witnessed(seed: int, kind: Kind) -> tuple[SetPage, list[Line], list[tuple[str, str]]]:
    """A page as it was set, its lines, and the values on it by code, as they are written."""
    witness = Witness(Random(f"{kind} {seed}"))
    page = set_page(kind, witness)
    lines = true_lines(page.sheet.lines)
    text = "".join(each.text for each in lines)
    return page, lines, [each for each in witness.told if each[1] in text]
