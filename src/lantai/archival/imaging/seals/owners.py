"""Whose seal it is (印章归属): the words of a seal beside the names of known organisations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from lantai.archival.imaging.seals.model import Owner

_LEAST = 0.7
"""Names less alike are not told: a wrong owner is worse than none."""
_ONLY_PART = 0.95
"""What a name counts that is the end of the other: 天桥区档案局 on a seal that says 济南市天桥区档案局."""
_LOOKED_AT = 20


class KnownOwners:
    """Known organisations, ready to be looked through; tens of thousands cost a millisecond a seal."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted({_plain(each): each for each in names if each}.items())
        self._pairs: dict[str, list[int]] = defaultdict(list)
        for place, (plain, _name) in enumerate(self._names):
            for pair in _pairs(plain):
                self._pairs[pair].append(place)

    def match(self, text: str) -> Owner | None:
        """The organisation most like the words of a seal, None where none is."""
        plain = _plain(text)
        if not plain:
            return None
        shared = Counter(place for pair in _pairs(plain) for place in self._pairs.get(pair, ()))
        best: Owner | None = None
        for place, _count in shared.most_common(_LOOKED_AT):
            known, name = self._names[place]
            score = likeness(plain, known)
            if score >= _LEAST and (best is None or score > best.score):
                best = Owner(name, round(score, 3))
        return best


def likeness(one: str, other: str) -> float:
    """How alike two names are: 1 when the same, less by the share of letters that would have to be changed."""
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) >= 5 and long.endswith(short):
        return _ONLY_PART
    return 1 - _distance(one, other) / max(len(one), len(other), 1)


def _distance(one: str, other: str) -> int:
    """Letters to be changed, added or taken away (Levenshtein)."""
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, row[0] = row[0], place
        for column, against in enumerate(other, 1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (letter != against))
    return row[-1]


def _plain(name: str) -> str:
    return "".join(each for each in name.replace("（", "(").replace("）", ")") if not each.isspace())


def _pairs(plain: str) -> set[str]:
    return {plain[place : place + 2] for place in range(len(plain) - 1)} or {plain}
