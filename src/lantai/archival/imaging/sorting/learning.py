"""Kinds told by their words: runs of one to three characters, weighed by how rare they are, and logistic regression.

What was learnt is plain data (numbers and text), so that nobody's program runs when it is loaded.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

_LONGEST_RUN = 3
_MOST_RUNS = 3000
_LEAST_DOCUMENTS = 2
_ROUNDS = 300
_PENALTY = 10.0
"""How freely weights may grow; larger fits the examples closer."""
_FORMAT = 1
_STRANGE = 0.6
"""A page less like its kind than this share of what the least typical examples are, is of no known kind."""
_LETTERS = 3000
"""Letters of a page that are looked at."""

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """A text whose kind is known, and its title."""

    text: str
    kind: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class WordModel:
    """What was learnt: the runs of characters that count, how rare each is, its weight for each kind, what pages of
    each kind are like in the mean (``centres``), and how like that one must be (``floors``)."""

    kinds: tuple[str, ...]
    runs: tuple[str, ...]
    rarity: Matrix
    weights: Matrix
    bias: Matrix
    centres: Matrix
    floors: Matrix

    def chances(self, text: str) -> tuple[dict[str, float], str]:
        """How likely each kind is, and the kind the text is like enough to be of, empty where it is like none."""
        row = _weighed(_counted(text), {run: place for place, run in enumerate(self.runs)}, self.rarity)
        chance = _softmax(row[None] @ self.weights + self.bias)[0]
        best = int(chance.argmax())
        alike = float(row @ self.centres[best])
        told = {kind: float(each) for kind, each in zip(self.kinds, chance, strict=True)}
        return told, self.kinds[best] if alike >= float(self.floors[best]) else ""

    def data(self) -> dict[str, Any]:
        """The model as plain data for JSON."""
        return {
            "format": _FORMAT,
            "kinds": list(self.kinds),
            "runs": list(self.runs),
            **{name: _rounded(getattr(self, name)) for name in ("rarity", "weights", "bias", "centres", "floors")},
        }

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> WordModel:
        """The model of plain data. Raises ValueError when it is none, or of another make."""
        try:
            kinds, runs = tuple(map(str, data["kinds"])), tuple(map(str, data["runs"]))
            planes = [np.asarray(data[name], np.float32) for name in ("rarity", "weights", "bias", "centres", "floors")]
        except (KeyError, TypeError) as error:
            raise ValueError(f"no model: {error}") from error
        shapes = [(len(runs),), (len(runs), len(kinds)), (len(kinds),), (len(kinds), len(runs)), (len(kinds),)]
        if data.get("format") != _FORMAT or [each.shape for each in planes] != shapes:
            raise ValueError("no model: other format or sizes")
        return cls(kinds, runs, *planes)


def learn(examples: Sequence[Example]) -> WordModel:
    """Learn from examples. The same examples in the same order give the same model.

    Raises:
        ValueError: there are fewer than two kinds.
    """
    kinds = tuple(sorted({each.kind for each in examples}))
    if len(kinds) < 2:
        raise ValueError("at least two kinds are needed")
    counted = [_counted(each.text) for each in examples]
    documents = Counter(run for each in counted for run in each)
    common = [run for run, count in documents.items() if count >= _LEAST_DOCUMENTS]
    runs = tuple(sorted(sorted(common, key=lambda run: (-documents[run], run))[:_MOST_RUNS]))
    places = {run: place for place, run in enumerate(runs)}
    rarity = np.array([np.log((1 + len(examples)) / (1 + documents[run])) + 1 for run in runs], np.float32)
    rows = np.stack([_weighed(each, places, rarity) for each in counted])
    wanted = np.zeros((len(examples), len(kinds)), np.float32)
    wanted[np.arange(len(examples)), [kinds.index(each.kind) for each in examples]] = 1
    shares = wanted / wanted.sum(axis=0)
    weights, bias = _fitted(rows, wanted, shares.sum(axis=1) / len(kinds))
    centres = shares.T @ rows
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-6)
    alike = rows @ centres.T
    floors = [_STRANGE * float(np.percentile(alike[wanted[:, number] > 0, number], 5)) for number in range(len(kinds))]
    return WordModel(kinds, runs, rarity, weights, bias, cast(Matrix, centres), np.array(floors, np.float32))


def _fitted(rows: Matrix, wanted: Matrix, shares: NDArray[np.float32]) -> tuple[Matrix, Matrix]:
    """Multinomial logistic regression, every kind of the same weight, by accelerated descent; the loss is smooth and
    has one lowest point, so that a fixed step gets there."""
    count = len(rows)
    decay = 1 / (_PENALTY * count)
    step = 1 / (1 + decay)  # rows have length 1, the shares sum to 1: the loss bends no more than that
    weights = np.zeros((rows.shape[1], wanted.shape[1]), np.float32)
    bias = np.zeros(wanted.shape[1], np.float32)
    ahead, ahead_bias = weights, bias
    for number in range(_ROUNDS):
        error = (_softmax(rows @ ahead + ahead_bias) - wanted) * shares[:, None]
        made = ahead - step * (rows.T @ error + decay * ahead)
        made_bias = ahead_bias - step * error.sum(axis=0)
        swing = number / (number + 3)
        ahead, ahead_bias = made + swing * (made - weights), made_bias + swing * (made_bias - bias)
        weights, bias = made, made_bias
    return weights.astype(np.float32), bias.astype(np.float32)


def _counted(text: str) -> Counter[str]:
    """The runs of one to three characters in a text; figures are all alike, spaces do not count."""
    plain = re.sub(r"\d", "0", re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)))[:_LETTERS]
    return Counter(
        plain[start : start + length]
        for length in range(1, _LONGEST_RUN + 1)
        for start in range(len(plain) - length + 1)
    )


def _weighed(counted: Mapping[str, int], places: Mapping[str, int], rarity: Matrix) -> Matrix:
    row = np.zeros(len(places), np.float32)
    for run, count in counted.items():
        place = places.get(run)
        if place is not None:
            row[place] = (1 + np.log(count)) * rarity[place]
    length = float(np.linalg.norm(row))
    return cast(Matrix, row / length) if length else row


def _softmax(values: Matrix) -> Matrix:
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    return cast(Matrix, raised / raised.sum(axis=1, keepdims=True))


def _rounded(plane: Matrix) -> Any:
    return np.round(plane.astype(np.float64), 5).tolist()
