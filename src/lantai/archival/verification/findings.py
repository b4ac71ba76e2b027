"""One thing a verification found, as data, and what it says: where, why, what to do, in Chinese and in English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from lantai.archival import ocfl
from lantai.archival.checks.messages import Language, advice, catalogue, message, own_severity
from lantai.archival.checks.model import Finding

__all__ = ["Found", "Language", "known_codes"]


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is not what it must be. ``code`` is a code of OCFL (``E092``), of a bag (``bag.digest``) or one of
    ours (``record.columns``); ``where`` the file, object, record or place; ``values`` what the sentence names beside,
    with ``…_en`` where English says it otherwise.
    """

    code: str
    where: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Whether something is wrong; False where it could only be better."""
        return not (self.code.startswith("W") and self.code in ocfl.CODES) and own_severity(self.code) != "note"

    def what(self, language: Language) -> str:
        """What was found, as one sentence."""
        detail = self.values.get("detail", "")
        if self.code in ocfl.CODES:
            return ocfl.Problem(self.code, self.where, detail).message(language)
        row = _data()["finding"].get(self.code)
        if row is not None:
            values = {"where": self.where} | dict(self.values)
            if language == "en":
                values |= {name.removesuffix("_en"): value for name, value in values.items() if name.endswith("_en")}
            return str(row[language]).format_map(values)
        return message(self._as_problem(), language)

    def todo(self, language: Language) -> str:
        """What to do about it, as one sentence."""
        if self.code in catalogue():
            return advice(self._as_problem(), language)
        row = _data()["finding"].get(self.code, {})
        group = row.get("advice") or _group(self.code)
        return str(_data()["advice"][group][language])

    def as_data(self) -> dict[str, Any]:
        """As JSON says it: code, severity, where, why and what to do."""
        return {
            "code": self.code,
            "severity": "error" if self.is_error else "warning",
            "where": self.where,
            "message_zh": self.what("zh"),
            "message_en": self.what("en"),
            "advice_zh": self.todo("zh"),
            "advice_en": self.todo("en"),
            "values": dict(self.values),
        }

    def _as_problem(self) -> Finding:
        values = {"detail": self.values.get("detail", "")}
        return Finding("", "fail", self.code, self.where, values, self.code)


def known_codes() -> tuple[str, ...]:
    """The codes of our own that have sentences."""
    return tuple(_data()["finding"])


def _group(code: str) -> str:
    """The advice a code of OCFL goes with."""
    if code.startswith("W"):
        return "could-be-better"
    return next((name for name, codes in _data()["ocfl"].items() if code in codes), "not-by-the-standard")


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("sentences.toml").read_text("utf-8"))
