"""Crosswalks (对照表): which column becomes which element of description, and how its text is changed on the way."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal, cast

from lantai.archival.tables.days import read_day
from lantai.archival.tables.targets import Target, target_for, targets

Act = Literal["trim", "date", "number", "split", "join", "codes", "constant", "part"]
ACTS: tuple[Act, ...] = ("trim", "date", "number", "split", "join", "codes", "constant", "part")
LONGEST_PATTERN = 200
_NESTED = re.compile(r"\([^()]*[+*}][^()]*\)\s*[+*{]")
_NUMBER = re.compile(r"[+-]?[0-9][0-9,，]*(?:\.[0-9]+)?")


class CrosswalkError(ValueError):
    """A crosswalk's data cannot be one: ``code`` says what is wrong, ``target`` with which element."""

    def __init__(self, code: str, target: str = "", detail: str = "") -> None:
        super().__init__(f"{target}: {code} {detail}".strip())
        self.code = code
        self.target = target
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Step:
    """One change: *act*, with its options as data.

    ``date`` epoch (0, 1900, 1904) · ``split`` by, part (from 1; 0 the last) · ``join`` by · ``codes`` map, default
    (None refuses what is not in the map) · ``constant`` value · ``part`` pattern (its first group, else all of it).
    """

    act: Act
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one element is filled: from *columns* by their headings, through *steps* one after the other."""

    target: str
    columns: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Misfit:
    """A cell that does not become its element: ``code`` says why, ``column`` is its place from 0 (-1 for none)."""

    code: str
    target: str
    column: int
    found: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """One line as elements by key, values as they will be kept, and what went wrong on the way."""

    values: Mapping[str, str]
    misfits: tuple[Misfit, ...]


def rules_from_data(data: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules that *data* (JSON) describes. Raises CrosswalkError."""
    rules: list[Rule] = []
    for row in data:
        target = str(row.get("target", ""))
        if target not in targets() or any(each.target == target for each in rules):
            raise CrosswalkError("unknown-target", target)
        steps = tuple(_step(target, each) for each in row.get("steps", ()))
        columns = tuple(str(each) for each in row.get("columns", ()))
        if not columns and not any(each.act == "constant" for each in steps):
            raise CrosswalkError("no-source", target)
        rules.append(Rule(target, columns, steps))
    return tuple(rules)


def _step(target: str, row: Mapping[str, Any]) -> Step:
    act = row.get("act")
    options = {name: value for name, value in row.items() if name != "act"}
    if act not in ACTS:
        raise CrosswalkError("unknown-act", target, str(act))
    if act == "part":
        pattern = str(options.get("pattern", ""))
        try:
            re.compile(pattern)
        except re.error as fault:
            raise CrosswalkError("bad-pattern", target, str(fault)) from None
        if not pattern or len(pattern) > LONGEST_PATTERN or _NESTED.search(pattern):
            raise CrosswalkError("slow-pattern" if pattern else "bad-pattern", target, pattern[:40])
    if act == "split" and not str(options.get("by", "")):
        raise CrosswalkError("no-separator", target)
    if act == "codes" and not isinstance(options.get("map"), Mapping):
        raise CrosswalkError("no-codes", target)
    return Step(cast(Act, act), MappingProxyType(options))


def rules_to_data(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """The same as JSON, for keeping."""
    return [
        {
            "target": each.target,
            "columns": list(each.columns),
            "steps": [{"act": step.act} | dict(step.options) for step in each.steps],
        }
        for each in rules
    ]


def suggest_rules(columns: Sequence[str], *, epoch: int = 1900) -> tuple[Rule, ...]:
    """A crosswalk for a header nobody has seen before: columns whose headings are known, each element once."""
    rules: dict[str, Rule] = {}
    for name in columns:
        key = target_for(name)
        if key and key not in rules:
            steps = (Step("date", MappingProxyType({"epoch": epoch})),) if targets()[key].kind == "day" else ()
            rules[key] = Rule(key, (name,), steps)
    return tuple(rules[key] for key in targets() if key in rules)


def header_signature(columns: Sequence[str]) -> str:
    """The same for equal headers: by it a saved crosswalk is found again."""
    return hashlib.sha256("\x1f".join("".join(each.split()).casefold() for each in columns).encode()).hexdigest()


def map_line(rules: Sequence[Rule], columns: Sequence[str], cells: Sequence[str]) -> Mapped:
    """One line through a crosswalk: elements in their own form (days YYYYMMDD, numbers bare, choices as their codes).

    Empty values are left out. What a rule names and the header does not have is empty.
    """
    values: dict[str, str] = {}
    misfits: list[Misfit] = []
    places = {name: place for place, name in enumerate(columns)}
    for rule in rules:
        sources = [places[each] for each in rule.columns if each in places]
        texts = [cells[each] if each < len(cells) else "" for each in sources]
        column = sources[0] if sources else -1
        text, wrong = _through(rule, texts)
        if not wrong and text:
            text, wrong = _as(targets()[rule.target], text)
        if wrong:
            misfits.append(Misfit(wrong, rule.target, column, next(filter(None, texts), text)[:200]))
        elif text:
            values[rule.target] = text
    return Mapped(values, tuple(misfits))


def _through(rule: Rule, texts: Sequence[str]) -> tuple[str, str]:
    """The text after all steps, and the code of what went wrong."""
    joiner = next((str(each.options.get("by", "")) for each in rule.steps if each.act == "join"), "；")
    text = joiner.join(each for each in texts if each)
    for step in rule.steps:
        options = step.options
        if step.act == "constant":
            text = text or str(options.get("value", ""))
        elif not text and step.act != "codes":
            continue
        elif step.act == "trim":
            text = " ".join(text.split()).strip(str(options.get("marks", "")) + " ")
        elif step.act == "split":
            parts = [each.strip() for each in text.split(str(options["by"]))]
            part = int(options.get("part", 1))
            text = parts[part - 1] if 0 <= part - 1 < len(parts) else parts[-1] if part == 0 else ""
        elif step.act == "part":
            found = _compiled(str(options["pattern"])).search(text[:2000])
            text = (found[1] if found.re.groups else found[0]) or "" if found else ""
        elif step.act == "number":
            found = _NUMBER.search(text)
            if found is None:
                return text, "number"
            text = found[0].replace(",", "").replace("，", "")
        elif step.act == "date":
            day = read_day(text, epoch=int(options.get("epoch", 0)))
            if day is None:
                return text, "day"
            text = day.text
        elif step.act == "codes":
            known = options["map"]
            if text in known:
                text = str(known[text])
            elif options.get("default") is not None:
                text = str(options["default"])
            elif text:
                return text, "not-in-list"
    return text, ""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


_RETENTION = {"永久": "Y", "长期": "D30", "短期": "D10", "定期": ""}


def _as(target: Target, text: str) -> tuple[str, str]:
    """*text* in the form of *target*, and the code of what keeps it from being that."""
    if target.kind == "day":
        day = read_day(text)
        return (day.text, "") if day is not None else (text, "day")
    if target.kind == "year":
        bare = text.removesuffix("年度").removesuffix("年").strip()
        return (bare, "") if re.fullmatch("[12][0-9]{3}", bare) else (text, "year")
    if target.kind == "number":
        bare = text.removesuffix("页").removesuffix(".0").strip()
        fits = bare.isascii() and bare.isdigit() and len(bare) <= 9
        return (str(int(bare)), "") if fits else (text, "number")
    if target.kind == "choice":
        bare = text.partition("★")[0].strip()
        return (target.choices[bare], "") if bare in target.choices else (text, "choice")
    if target.key == "retention":
        return _retention(text)
    if len(text) > target.longest:
        return text, "too-long"
    return text, ""


def _retention(text: str) -> tuple[str, str]:
    """A retention period as its code: Y, D30, D10 and the words people write for them (DA/T 13-2022)."""
    bare = "".join(text.split()).upper()
    if re.fullmatch("Y|D[1-9][0-9]{0,2}", bare):
        return bare, ""
    found = re.fullmatch("(?:定期)?([1-9][0-9]{0,2})年?", bare)
    code = f"D{found[1]}" if found else _RETENTION.get(bare, "")
    return (code, "") if code else (text, "retention")
