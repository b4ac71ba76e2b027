"""Words by rjieba, bigrams by hand (the trial: words alone lose half of all partial names), and the marking of hits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import rjieba

_RUN = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+", re.IGNORECASE)
_SPAN = re.compile(r"[^\W_]+")
_LATIN = re.compile(r"[0-9a-z]+", re.IGNORECASE)
BODY_CHARACTERS = 200_000


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
    """The form in which texts are compared: compatibility characters folded (NFKC), lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def words(text: str) -> list[str]:
    """The search words of *text*, long words and the shorter ones inside them, punctuation left out."""
    return [
        word for word in _segmenter().cut_for_search(normalise(text[:BODY_CHARACTERS]), True) if _RUN.fullmatch(word)
    ]


def bigrams(text: str) -> list[str]:
    """Every two neighbouring characters of each run of letters or digits, in order; a lone character stands alone.

    A gap of punctuation or blanks is bridged by nothing: runs are parted by a term that no question holds.
    """
    grams: list[str] = []
    for run in _SPAN.findall(_joined(normalise(text))):
        if grams:
            grams.append("\u241f")
        grams.extend([run] if len(run) == 1 else [run[at : at + 2] for at in range(len(run) - 1)])
    return grams


def _joined(text: str) -> str:
    """Letters and digits brought together where only a mark of a code or name parts them: 云审批〔2024〕12号, A·B."""
    return re.sub(r"(?<=\w)[·•・.\-–—_/〔〕\[\]()（）「」“”]+(?=\w)", "", text)


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """One blank-parted piece of a question, with its words and its bigrams; ``latin`` when it holds no Chinese."""

    text: str
    words: tuple[str, ...]
    grams: tuple[str, ...]
    latin: bool


def question_parts(question: str) -> list[QuestionPart]:
    """What a person typed, piece by piece; punctuation parts pieces like a blank does, marks inside codes do not."""
    parts = []
    for piece in re.split(r"[\s,，。；;、？?！!：:《》<>\"']+", normalise(question)):
        joined = "".join(_SPAN.findall(_joined(piece)))
        if joined:
            parts.append(
                QuestionPart(
                    text=piece,
                    words=tuple(dict.fromkeys(words(piece))),
                    grams=tuple(bigrams(piece)),
                    latin=bool(_LATIN.fullmatch(joined)),
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
