"""Proposed values of a description (建议) by plain rules, each with the line or the place it comes from (出处).

A suggestion counts for nothing until a person accepts it. The rules are data (data/suggestions.toml), no model.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from lantai.administration.queries.profiles import profile_on
from lantai.archival.description import elements_from_metadata
from lantai.catalog.elements import FormElement
from lantai.catalog.queries.describing import RecordToDescribe

LONGEST_LINE = 300
_DIGITS = {each: str(at) for at, each in enumerate("〇一二三四五六七八九")} | {"零": "0"}
SHORTEST_SOURCE = 4
_WRITTEN = re.compile(
    r"(?:\d{4}|[〇零一二三四五六七八九]{4})年(?:\d{1,2}|[一二三四五六七八九十]{1,2})月(?:\d{1,2}|[一二三四五六七八九十]{1,3})日"
)
_DAY = re.compile(r"(.{4})年(.{1,2})月(.{1,3})日")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text on view: its page, its key in the viewer, its words."""

    page: int
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One proposed value with its reason; ``line`` is where in the text it stands, None for what the package says.

    ``key`` names it wherever it is made again from the same text and rules.
    """

    key: str
    element: str
    value: str
    rule: str
    reason_zh: str
    reason_en: str
    line: Line | None = None


@cache
def _sets() -> list[dict[str, Any]]:
    text = files("lantai.catalog").joinpath("data/suggestions.toml").read_text(encoding="utf-8")
    return sorted(tomllib.loads(text)["set"], key=lambda each: str(each["valid_from"]))


def suggestion_rules(on: date) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """The version and the rules in force *on* that day; before the first set begins, the first."""
    begun = [each for each in _sets() if each["valid_from"] <= on.isoformat()]
    found = begun[-1] if begun else _sets()[0]
    return found["version"], found["rule"]


def suggestions_for(
    record: RecordToDescribe, *, lines: Sequence[Line], form: Sequence[FormElement], on: date
) -> list[Suggestion]:
    """What the rules in force *on* that day propose for *record*: at most two values for an element, nothing that it
    says already, nothing that was answered before. *lines* are those of the file on view.
    """
    _version, rules = suggestion_rules(on)
    taken = {each.key: each for each in form}
    made: dict[str, list[Suggestion]] = {}
    for rule in rules:
        element = rule["element"]
        if element not in taken:
            continue
        for value, line in _proposed(rule, record, lines):
            key = hashlib.sha256(f"{element}\n{rule['key']}\n{value}".encode()).hexdigest()[:16]
            held = made.setdefault(element, [])
            known = value in record.values[element] or key in record.answers or value in {each.value for each in held}
            if known or not value or len(value) > taken[element].longest or len(held) == 2:
                continue
            told = {"item": record.item_name or record.item_code, "value": value}
            zh, en = (rule[name] % told if rule["source"] == "place" else rule[name] for name in ("zh", "en"))
            held.append(Suggestion(key, element, value, rule["key"], zh, en, line))
    return [each for held in made.values() for each in held]


def source_of(value: str, key: str, lines: Sequence[Line]) -> Line | None:
    """The line in which what an element says stands (出处): its words, or for the date the day however written."""
    bare = re.sub(r"\s+", "", value)
    if len(bare) < SHORTEST_SOURCE:
        return None
    for line in lines:
        text = re.sub(r"\s+", "", line.text[:LONGEST_LINE])
        if bare in text:
            return line
        day = _WRITTEN.search(text) if key == "date" else None
        if day is not None and _formed({"form": "date", "source": "line"}, day[0]) == bare:
            return line
    return None


def known_present(record: RecordToDescribe) -> set[str]:
    """Elements the document is known to have, by what its package says: I of DA/T 18 may then not be left empty."""
    said = _package(record)
    return {"document_number"} if said.get("M31") else set()


def _proposed(
    rule: Mapping[str, Any], record: RecordToDescribe, lines: Sequence[Line]
) -> Iterator[tuple[str, Line | None]]:
    if rule["source"] == "line":
        yield from _in_lines(rule, lines)
    elif rule["source"] == "place":
        if record.category_code and record.class_code and (record.item_code or record.item_name):
            yield f"{record.category_code}·{record.class_code}", None
    elif "template" in rule:
        told = {"applicant": record.applicant, "item_name": record.item_name}
        if all(told.values()):
            yield rule["template"].format(**told), None
    elif "column" in rule:
        yield str(getattr(record, rule["column"])), None
    else:
        yield _formed(rule, _package(record).get(rule["element_da46"], "")), None


def _package(record: RecordToDescribe) -> dict[str, str]:
    """The elements of DA/T 46 as the package gave them."""
    if not record.profile:
        return {}
    metadata = {name: value for name, value in record.metadata.items() if isinstance(value, str)}
    found = elements_from_metadata(metadata, profile_on(code=record.profile).fields)
    return {number: values[0] for number, values in found.items()}


def _in_lines(rule: Mapping[str, Any], lines: Sequence[Line]) -> Iterator[tuple[str, Line]]:
    """The hit the rule wants, the first or the last, with its line."""
    pages = [each.page for each in lines]
    if rule.get("pages") == "first":
        lines = [each for each in lines if each.page == min(pages)]
    hits = []
    pattern = re.compile(rule["pattern"])
    for at, line in enumerate(lines):
        text = line.text.strip()[:LONGEST_LINE]
        found = pattern.search(text)
        if found is None and rule.get("join") and at + 1 < len(lines):
            found = pattern.search(text + lines[at + 1].text.strip()[:LONGEST_LINE])
        value = _formed(rule, found["value"]) if found is not None else ""
        if value:
            hits.append((value, line))
            if rule.get("pick") == "first":
                break
    if hits:
        yield hits[-1]


def _formed(rule: Mapping[str, Any], value: str) -> str:
    """The value as the element writes it: a day as eight digits, other text without space inside numbers."""
    if rule.get("form") != "date":
        return value.strip() if rule["source"] != "line" else re.sub(r"\s+", "", value)
    bare = re.sub(r"\s+", "", value)
    day = _DAY.fullmatch(bare)
    if day is not None:
        numbers = [_number(each) for each in day.groups()]
    else:
        digits = re.sub(r"[-/.]", "", bare[:10])
        numbers = (
            [int(digits[:4]), int(digits[4:6]), int(digits[6:8])] if re.fullmatch("[0-9]{8}", digits) else [0, 0, 0]
        )
    try:
        return f"{date(*numbers):%Y%m%d}"
    except ValueError:
        return ""


def _number(text: str) -> int:
    """A number written with digits, with Chinese digits one by one (二〇二六) or up to 三十一."""
    if text.isascii():
        return int(text) if text.isdecimal() else 0
    if "十" in text:
        tens, _ten, ones = text.partition("十")
        return 10 * int(_DIGITS.get(tens, "1") if tens else "1") + int(_DIGITS.get(ones, "0") if ones else "0")
    digits = "".join(_DIGITS.get(each, "") for each in text)
    return int(digits) if len(digits) == len(text) else 0
