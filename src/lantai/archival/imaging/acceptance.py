"""Acceptance of digitised records (数字化验收, DA/T 31-2017, DA/T 77-2019): the sample, the measured rate, the verdict.

Whoever has the list and the seed can draw the same sample by hand: each code is digested with the seed before it, and
the lowest digests are drawn.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256

SAMPLE, PASSING, LINKED, READ = 5.0, 95.0, 100.0, 95.0
"""Per cent: of the records that are drawn, of those drawn that must pass, of pages linked, of characters read right."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What must be reached, in per cent. ``read`` 0: the recognition rate is not asked for."""

    passing: float = PASSING
    linked: float = LINKED
    read: float = READ


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found: records drawn and passed, pages and those linked, characters of the labelled sample and how many
    were read wrong, left out or added."""

    drawn: int
    passed: int
    pages: int
    linked: int
    characters: int
    errors: int

    @property
    def passing(self) -> float:
        """Per cent of the records drawn that passed."""
        return 100 * self.passed / self.drawn if self.drawn else 0.0

    @property
    def linking(self) -> float:
        """Per cent of the pages that belong to a record."""
        return 100 * self.linked / self.pages if self.pages else 0.0

    @property
    def reading(self) -> float:
        """Per cent of the characters that were read right (识别率); 100 where there are none."""
        return max(0.0, 100 - 100 * self.errors / self.characters) if self.characters else 100.0


def sample_size(count: int, rate: float) -> int:
    """How many of *count* are drawn at *rate* per cent: never fewer than that share, and at least one."""
    return min(count, max(1, math.ceil(count * rate / 100 - 1e-9))) if count else 0


def draw_sample(codes: Collection[str], *, seed: str, rate: float) -> list[str]:
    """The codes drawn at *rate* per cent, in their own order."""
    ordered = sorted(set(codes), key=lambda each: (sha256(f"{seed}\n{each}".encode()).hexdigest(), each))
    return sorted(ordered[: sample_size(len(ordered), rate)])


def verdict_on(found: Measured, wanted: Thresholds) -> tuple[str, ...]:
    """What was not reached: ``passing``, ``linked``, ``read``; nothing when the batch is accepted (合格)."""
    shortfalls = (
        ("passing", found.passing < wanted.passing),
        ("linked", found.linking < wanted.linked),
        ("read", wanted.read > 0 and found.reading < wanted.read),
    )
    return tuple(name for name, short in shortfalls if short)


def reading_errors(pairs: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """Characters and errors of lines as they were read and as they should have been; blanks count for nothing."""
    characters = errors = 0
    for read, true in pairs:
        first, second = "".join(read.split()), "".join(true.split())
        characters += len(second)
        errors += edits(first, second)
    return characters, errors


def edits(one: str, other: str) -> int:
    """How many characters must be put in, taken out or changed to make *one* the *other* (Levenshtein)."""
    if one == other:
        return 0
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, 1):
        before, row[0] = row[0], at
        for place, wanted in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (letter != wanted))
    return row[-1]
