"""How many values of a page are found by rules, and how often its kind is told by its words.

Pages are made by seed with known values; their lines are taken as they were set, so that faults of reading do not
count here (bench/reading.py has those). The seeds are none that rules were tried on. ``recall_…`` is the share of
values found as they are written, ``precision_…`` the share of values told that stand on the page (of codes, dates,
numbers and people, all of which are known). ``kinds_…`` are told without the head of the page, so that no title helps,
``…_noisy`` with a fifth of the letters changed too. ``strange_unknown`` is the share of pages of a kind that was never
taught which come back as unknown. ``page_cpu`` is processor seconds a page of both.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

from lantai.archival.imaging.fields import find_fields
from lantai.archival.imaging.fields.values import date_value
from lantai.archival.imaging.model import Line, Word
from lantai.archival.imaging.sorting import Sorter, learn, shipped_examples
from lantai.archival.imaging.specimens import KINDS, Kind
from lantai.archival.imaging.specimens.documents import set_page
from lantai.archival.imaging.specimens.inventing import Inventor
from report import Bar, arguments, clock, finish

_FIRST = 60_000
_CODES = {
    "person": "person",
    "company": "body",
    "address": "address",
    "day": "date",
    "number_of_document": "document_number",
    "credit_code": "credit_code",
    "identity_number": "identity_number",
}
"""What an inventor gives, and the code it is found under."""
_ALL_KNOWN = ("person", "date", "document_number", "credit_code", "identity_number")
"""Kinds of value of which a page bears none but the inventor's."""
_HEAD = 4
_COMMON = "的一是在有人我他这中大来上个国"


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was set: its lines, and its values with their codes."""

    kind: Kind
    lines: list[Line]
    told: set[tuple[str, str]]


def main() -> int:
    asked = arguments(str(__doc__))
    pages = [_page(seed, kind) for kind in KINDS for seed in range(_FIRST, _FIRST + (6 if asked.quick else 60))]
    figures: dict[str, Any] = {"pages": len(pages)}
    Sorter.shipped()
    with clock() as spent:
        for page in pages:
            find_fields(page.lines)
            Sorter.shipped().decide(page.lines)
    figures["page_cpu"] = round(spent.cpu / len(pages), 4)
    figures |= _fields(pages) | _kinds(pages)
    bars = (
        Bar("recall", 0.97),
        Bar("precision", 0.97),
        Bar("kinds_by_words", 0.97),
        Bar("kinds_noisy", 0.95),
        Bar("strange_unknown", 0.5),
    )
    question = "How many values of a page are found by rules, and how often is its kind told?"
    return finish(question=question, figures=figures, bars=bars)


def _page(seed: int, kind: Kind) -> Page:
    told: list[tuple[str, str]] = []
    inventor = Inventor(Random(f"{kind} {seed}"))
    for name, code in _CODES.items():
        setattr(inventor, name, _kept(getattr(inventor, name), code, told))
    lines = [_line(each.text, each.box) for each in set_page(kind, inventor).sheet.lines]
    text = "".join(each.text for each in lines)
    values = {(code, date_value(value)[0] if code == "date" else value) for code, value in told if value in text}
    return Page(kind, lines, values)


def _kept(give: Any, code: str, told: list[tuple[str, str]]) -> Any:
    def given() -> str:
        value = str(give())
        told.append((code, value))
        return value

    return given


def _line(text: str, box: tuple[int, int, int, int]) -> Line:
    left, top, right, bottom = box
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return Line(text, corners, 0.99, (Word(text, corners, 0.99),))


def _fields(pages: list[Page]) -> dict[str, float]:
    """Recall and precision, of all values and by code."""
    there, hit, given, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for page in pages:
        found = {(each.code, each.value) for each in find_fields(page.lines)}
        for code, value in page.told:
            there[code] += 1
            hit[code] += (code, value) in found
        for code, value in found:
            if code in _ALL_KNOWN:
                given[code] += 1
                right[code] += (code, value) in page.told
    made = {"recall": round(hit.total() / there.total(), 4), "precision": round(right.total() / given.total(), 4)}
    made |= {f"recall_{code}": round(hit[code] / there[code], 4) for code in sorted(there)}
    return made | {f"precision_{code}": round(right[code] / given[code], 4) for code in sorted(given)}


def _kinds(pages: list[Page]) -> dict[str, float]:
    """How often words alone tell the kind, and that a kind never taught is not known."""
    words, plain, noisy = Sorter.shipped().words, 0, 0
    for number, page in enumerate(pages):
        text = "\n".join(each.text for each in page.lines[_HEAD:])
        plain += words.chances(text)[1] == page.kind
        chances, _alike = words.chances(_spoilt(text, number))
        noisy += max(chances, key=lambda each: chances[each]) == page.kind
    strange = 0
    for kind in KINDS:
        without = Sorter(learn([each for each in shipped_examples() if each.kind != kind]), {})
        strange += sum(not without.decide(each.lines[_HEAD:]).kind for each in pages if each.kind == kind)
    count = len(pages)
    return {
        "kinds_by_words": round(plain / count, 4),
        "kinds_noisy": round(noisy / count, 4),
        "strange_unknown": round(strange / count, 4),
    }


def _spoilt(text: str, seed: int) -> str:
    chance = Random(seed)
    return "".join(chance.choice(_COMMON) if chance.random() < 0.2 else each for each in text)


if __name__ == "__main__":
    sys.exit(main())
