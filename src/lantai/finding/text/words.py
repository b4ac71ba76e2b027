"""Words by rjieba, fragments by hand (words alone lose half of all partial names), and the marking of hits."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from operator import add
from pathlib import Path

import rjieba

_RUN = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+", re.IGNORECASE)
_SPAN = re.compile(r"[^\W_]+")
_MARKS = re.compile(r"(?<=\w)[·•・.\-–—_/〔〕\[\]()（）「」“”]+(?=\w)")
BODY_CHARACTERS = 200_000
QUESTION = 300
"""Characters of a question that are read."""
GRAM = 4
"""Characters of the longest fragment that is a term of its own."""


@cache
def _segmenter() -> rjieba.Jieba:
    """rjieba with the governed dictionary of government terms (finding/text/terms.txt)."""
    segmenter = rjieba.Jieba()
    for line in (Path(__file__).parent / "terms.txt").read_text(encoding="utf-8").splitlines():
        term = line.strip()
        if term and not term.startswith("#"):
            segmenter.add_word(term, 100_000, "n")
    return segmenter


def normalise(text: str) -> str:
    """The form in which texts are compared: folded (NFKC), in lower case, without half surrogates."""
    return unicodedata.normalize("NFKC", text.encode("utf-8", "ignore").decode("utf-8")).lower()


def words(text: str) -> list[str]:
    """The search words of *text*, long words and the shorter ones inside them, punctuation left out."""
    return [run for word in _cut(text) for run in _runs(word)]


def word_terms(text: str) -> list[str]:
    """The words of *text* as the index keeps them, each once: a word longer than GRAM is its overlapping pieces of
    that length, which is also how a fragment of a title is kept, so that both are asked for alike.
    """
    terms: dict[str, None] = {}
    for word in _cut(text):
        for term in _terms(word):
            terms[term] = None
    return list(terms)


def counted_terms(text: str) -> Counter[str]:
    """The same of a long text, with how often each stands there."""
    counted: Counter[str] = Counter()
    for word, times in Counter(_cut(text)).items():
        for term in _terms(word):
            counted[term] += times
    return counted


def _cut(text: str) -> list[str]:
    found: list[str] = _segmenter().cut_for_search(normalise(text[:BODY_CHARACTERS]), True)
    return found


@lru_cache(maxsize=100_000)
def _runs(word: str) -> tuple[str, ...]:
    """What a word of the segmenter holds of letters and digits; nothing of a mark."""
    return tuple(_RUN.findall(word))


@lru_cache(maxsize=100_000)
def _terms(word: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(term for run in _runs(word) for term in ((run,) if len(run) <= GRAM else _pieces(run, GRAM)))
    )


def fragments(text: str) -> set[str]:
    """Every run of two, three and four characters inside *text*, marks inside codes and names bridged.

    A lone letter between blanks stands alone. A gap of punctuation or blanks is bridged by nothing.
    """
    found: set[str] = set()
    for run in _SPAN.findall(_joined(normalise(text))):
        if len(run) == 1:
            found.add(run)
        twos = list(map(add, run, run[1:]))
        threes = list(map(add, twos, run[2:]))
        found.update(twos, threes, map(add, threes, run[3:]))
    return found


def needed_fragments(text: str) -> list[str]:
    """The fragments that must all be there where *text* stands as it is: itself up to four characters, beyond that all
    its pieces of four.
    """
    needed: dict[str, None] = {}
    for run in _SPAN.findall(_joined(normalise(text))):
        needed.update(dict.fromkeys([run] if len(run) <= GRAM else _pieces(run, GRAM)))
    return list(needed)


def _pieces(run: str, size: int) -> list[str]:
    return [run[at : at + size] for at in range(len(run) - size + 1)]


def _joined(text: str) -> str:
    """Letters and digits brought together where only a mark of a code or name parts them: 云审批〔2024〕12号, A·B."""
    return _MARKS.sub("", text)


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """One blank-parted piece of a question: its words, and the fragments that are there where it stands as it is."""

    text: str
    words: tuple[str, ...]
    fragments: tuple[str, ...]

    @property
    def whole_words(self) -> bool:
        """Whether it is all words of two and more characters: then wherever it stands as it is, its words stand too."""
        return bool(self.words) and all(len(word) > 1 for word in self.words)


def question_parts(question: str) -> list[QuestionPart]:
    """What a person typed, piece by piece; punctuation parts pieces like a blank does, marks inside codes do not."""
    parts = []
    for piece in re.split(r"[\s,，。；;、？?！!：:《》<>\"']+", normalise(question[:QUESTION])):
        joined = "".join(_SPAN.findall(_joined(piece)))
        if joined:
            parts.append(
                QuestionPart(
                    text=piece,
                    words=tuple(word_terms(piece)),
                    fragments=tuple(needed_fragments(piece)),
                )
            )
    return parts


def highlight(text: str, parts: Sequence[QuestionPart], *, around: int = 60) -> str:
    """A piece of *text* about its first hit, as HTML, each hit in <mark>; empty when the question is not in it."""
    needles = sorted({each.text for each in parts} | {w for each in parts for w in each.words if len(w) > 1}, key=len)
    needles = [each for each in reversed(needles) if each]
    folded = text.lower()
    first = min((found for found in (folded.find(each) for each in needles) if found >= 0), default=-1)
    if first < 0:
        return ""
    start, end = max(0, first - around // 2), min(len(text), first + around * 2)
    piece = text[start:end]
    pattern = re.compile("|".join(re.escape(each) for each in needles), re.IGNORECASE)
    marked, last = [], 0
    for hit in pattern.finditer(piece):
        marked += [escape(piece[last : hit.start()]), "<mark>", escape(hit.group()), "</mark>"]
        last = hit.end()
    marked.append(escape(piece[last:]))
    return ("…" if start else "") + "".join(marked) + ("…" if end < len(text) else "")
