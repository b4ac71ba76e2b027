"""Deciding what kind a page is: its title first, then its words; less sure than a floor, it is of no known kind."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from lantai.archival.imaging.model import Line
from lantai.archival.imaging.sorting.learning import Example, WordModel, learn
from lantai.archival.imaging.sorting.titles import kind_by_title

_FLOOR = 0.6
"""A kind less likely than this is not told."""
_BY_TITLE = 0.98
_LEAST_LETTERS = 20
"""A page with fewer letters is not judged by them."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What kind a page is, empty for unknown (未识别); how sure that is; by its title, which is told, or by words."""

    kind: str
    confidence: float
    by: Literal["title", "words", "unknown"]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Sorter:
    """What tells kinds: words that were learnt, and titles that people taught."""

    words: WordModel
    titles: Mapping[str, str]

    def decide(self, lines: Sequence[Line]) -> Decided:
        """What kind a page is."""
        kind, title = kind_by_title(lines, self.titles)
        if kind:
            return Decided(kind, _BY_TITLE, "title", title)
        text = "\n".join(each.text for each in lines)
        if len(text) < _LEAST_LETTERS:
            return Decided("", 0.0, "unknown")
        chances, alike = self.words.chances(text)
        best = max(chances, key=lambda each: chances[each])
        if alike != best or chances[best] < _FLOOR:
            return Decided("", round(chances[best], 4), "unknown")
        return Decided(best, round(chances[best], 4), "words")

    def data(self) -> dict[str, Any]:
        """The sorter as plain data for JSON."""
        return {"words": self.words.data(), "titles": dict(self.titles)}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Sorter:
        """The sorter of plain data. Raises ValueError when it is none."""
        try:
            titles = {str(title): str(kind) for title, kind in data["titles"].items()}
            return cls(WordModel.of(data["words"]), titles)
        except (KeyError, AttributeError) as error:
            raise ValueError(f"no sorter: {error}") from error

    @classmethod
    def taught(cls, examples: Sequence[Example]) -> Sorter:
        """A sorter taught by examples that people decided, beside those the product brings.

        A title that people gave the same kind each time tells it from then on, the product's own rules
        notwithstanding.
        """
        told: dict[str, Counter[str]] = defaultdict(Counter)
        for each in examples:
            if each.title:
                told[each.title][each.kind] += 1
        titles = {title: next(iter(kinds)) for title, kinds in told.items() if len(kinds) == 1}
        return cls(learn([*shipped_examples(), *examples]), titles)

    @classmethod
    def shipped(cls) -> Sorter:
        """The sorter the product brings, before anybody taught it."""
        return _shipped()


@cache
def _shipped() -> Sorter:
    return Sorter.taught(())


@cache
def shipped_examples() -> tuple[Example, ...]:
    """The examples the product brings: texts of generated pages."""
    told = json.loads(files(__package__).joinpath("examples.json").read_text(encoding="utf-8"))
    return tuple(Example(text, kind) for kind, texts in told.items() for text in texts)
