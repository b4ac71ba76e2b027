"""What findings say to people, in Chinese and in English, and what to do about each. One catalogue, as data."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal, cast

from lantai.archival.checks.model import Finding, Severity, Verdict
from lantai.archival.formats import sentence

Language = Literal["zh", "en"]
_LANGUAGES: tuple[Language, Language] = ("zh", "en")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Every reason and every problem of reading with its sentences (``zh``, ``en``), advice and own severity."""
    return {**_data("messages")["reason"], **_data("problems")["problem"]}


def message(finding: Finding, language: Language) -> str:
    """The finding as one sentence. A reason nobody described is said as it is."""
    return _sentences(*_said(finding))[0 if language == "zh" else 1]


def can_be_said(finding: Finding) -> bool:
    """Whether *finding* has every value its sentence asks for; findings kept by earlier versions may lack them."""
    row = catalogue().get(finding.reason)
    if row is None:
        return False
    asked = {name for _text, name, _form, _kind in string.Formatter().parse(row["zh"]) if name}
    return asked <= {"path", *finding.values}


def advice(finding: Finding, language: Language) -> str:
    """What the department should do about the finding; empty where there is nothing to do."""
    return _sentences(*_said(finding))[2 if language == "zh" else 3]


def sentences(finding: Finding) -> tuple[str, str, str, str]:
    """Message in Chinese and in English, advice in Chinese and in English: at once what the two above say."""
    return _sentences(*_said(finding))


def _said(finding: Finding) -> tuple[Any, ...]:
    values = tuple(finding.values.items())
    return finding.code, finding.verdict, finding.reason, finding.path, values, finding.advice


@lru_cache(maxsize=4096)
def _sentences(
    code: str, verdict: Verdict, reason: str, path: str, values: tuple[tuple[str, str], ...], advised: str
) -> tuple[str, str, str, str]:
    """Message and advice in Chinese and English. Most findings of a day are those of the package before."""
    finding = Finding(code, verdict, reason, path, dict(values), advised)
    row = catalogue().get(reason)
    if row is None:
        plain = " ".join(filter(None, (reason, path, finding.values.get("detail", ""))))
        messages = {"zh": plain, "en": plain}
    else:
        messages = {each: row[each].format_map(_Values(finding, each)) for each in _LANGUAGES}
    told = catalogue().get(advised, {})
    zh, en = (told.get(f"advice_{each}", "").format_map(_Values(finding, each)) for each in _LANGUAGES)
    return messages["zh"], messages["en"], zh, en


def own_severity(reason: str) -> Severity | None:
    """The severity a reason has by itself, whatever its check's."""
    return cast(Severity | None, catalogue().get(reason, {}).get("severity"))


class _Values(dict[str, str]):
    """A finding's values in one language: ``x_en`` where there is one, details of parsers as sentences."""

    def __init__(self, finding: Finding, language: Language) -> None:
        super().__init__(finding.values)
        self.language = language
        self["path"] = finding.path or "-"
        if finding.verdict == "pass":
            self["looked"] = "、".join(_looked_at(finding, language))

    def __missing__(self, key: str) -> str:
        return "-"

    def __getitem__(self, key: str) -> str:
        if self.language == "en" and f"{key}_en" in self:
            key = f"{key}_en"
        value = super().__getitem__(key)
        if key == "detail":
            return sentence(value, self.language)
        parts = [_words().get(each, {}).get(self.language, each) for each in value.split("、")]
        return ("、" if self.language == "zh" else ", ").join(parts)


def _looked_at(finding: Finding, language: Language) -> Iterator[str]:
    labels = _data("messages")["looked"]
    for name, value in finding.values.items():
        if not name.endswith("_en"):
            told = finding.values.get(f"{name}_en", value) if language == "en" else value
            yield f"{labels[name][language] if name in labels else name} {told}"


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    words: Mapping[str, Mapping[str, str]] = _data("messages")["word"]
    return words


@cache
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(f"data/{name}.toml").read_text("utf-8"))


def check_of_problem(code: str) -> str:
    """The check that a problem of reading belongs to, by name, else by the longest prefix of its code."""
    data = _data("problems")
    row = data["problem"].get(code)
    if row is not None:
        return str(row["check"])
    prefix = max((each for each in data["prefix"] if code.startswith(each)), key=len)
    return str(data["prefix"][prefix])
