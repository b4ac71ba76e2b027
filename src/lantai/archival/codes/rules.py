"""Rules of archive codes (档号编制规则, DA/T 13-2022 and DA/T 22-2015) as values made from data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from lantai.archival.codes.tables import component_definitions, load_table

SEPARATORS = "-·/"
_CLASSES = ("category", "class2", "class3", "class4")
_STEP = re.compile(r"([-·/]?)([a-z]+[0-9]?)(?::([1-9][0-9]?)(?:-([1-9][0-9]?))?)?")


class RuleError(ValueError):
    """A rule's data cannot be a rule; the sentence says why."""


@dataclass(frozen=True, slots=True)
class CodeComponent:
    """One component of a code as one rule has it.

    ``separator`` stands before it. A number is padded with zeros to ``width`` digits and may grow to ``widest``.
    ``allowed``, when not empty, are the only values.
    """

    name: str
    separator: str
    form: Literal["text", "number"]
    pattern: str
    width: int
    widest: int
    allowed: frozenset[str]
    expected_zh: str
    expected_en: str
    matches: re.Pattern[str] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CodeRule:
    """How the codes of one kind of records are written.

    ``running`` names the component whose number the archives issues and ``scope`` the components that share one
    sequence of it. ``valid_from`` and ``valid_to`` are ISO dates; both count, empty means open.
    """

    key: str
    name_zh: str
    name_en: str
    structure: str
    components: tuple[CodeComponent, ...]
    running: str
    scope: tuple[str, ...]
    allow: Mapping[str, tuple[str, ...]]
    patterns: Mapping[str, str]
    valid_from: str = ""
    valid_to: str = ""
    splits: re.Pattern[str] = field(default=re.compile("([-·/])"), repr=False, compare=False)


def _component(
    step: re.Match[str], *, allow: Mapping[str, Iterable[str]], patterns: Mapping[str, str], where: str
) -> CodeComponent:
    separator, name, width, widest = step.groups()
    definition = component_definitions().get(name)
    if definition is None:
        raise RuleError(f"{where}: no component is called {name}")
    allowed = frozenset(allow.get(name, ()))
    form: Literal["text", "number"] = "number" if definition["form"] == "number" else "text"
    if form == "number":
        least = int(width or 0)
        most = int(widest or least)
        if not least or most < least:
            raise RuleError(f"{where}: {name} is a number and needs its width, as in {name}:4 or {name}:4-6")
        if name in patterns:
            raise RuleError(f"{where}: {name} is a number and takes a width, not a pattern")
        pattern = f"[0-9]{{{least}}}" + (f"|[1-9][0-9]{{{least},{most - 1}}}" if most > least else "")
        digits = str(least) if most == least else f"{least}-{most}"
        expected = (f"{digits}位数字，从1起", f"a number from 1 in {digits} digits")
    else:
        if width:
            raise RuleError(f"{where}: {name} is text and has no width")
        least = most = 0
        pattern = patterns.get(name, definition["pattern"])
        expected = (definition["expected_zh"], definition["expected_en"])
        if name in patterns:
            expected = (f"符合 {pattern}", f"of the form {pattern}")
    if allowed:
        listed = sorted(allowed)
        expected = ("、".join(listed) + ("之一" if listed[1:] else ""), " or ".join(listed))
    try:
        matches = re.compile(pattern)
    except re.error as reason:
        raise RuleError(f"{where}: the pattern of {name} is not a regular expression: {reason}") from reason
    for value in allowed:
        if not matches.fullmatch(value) or any(mark in value for mark in SEPARATORS):
            raise RuleError(f"{where}: “{value}” cannot be a {name}")
    return CodeComponent(name, separator, form, pattern, least, most, allowed, *expected, matches)


def rule_from_data(data: Mapping[str, Any]) -> CodeRule:
    """The rule that *data* (a table of ``rules.toml``, or the same as JSON) describes.

    Raises:
        RuleError: the structure cannot be read, names an unknown component, repeats one, skips a class level, or
            names a running number or scope that is not in it.
    """
    key = str(data["key"])
    structure = str(data["structure"])
    allow = {name: tuple(map(str, values)) for name, values in data.get("allow", {}).items()}
    patterns = {name: str(value) for name, value in data.get("patterns", {}).items()}
    components: list[CodeComponent] = []
    at = 0
    while at < len(structure):
        step = _STEP.match(structure, at)
        if step is None or bool(step[1]) is (at == 0):
            raise RuleError(f"{key}: the structure cannot be read from “{structure[at:]}”")
        components.append(_component(step, allow=allow, patterns=patterns, where=key))
        at = step.end()
    names = [each.name for each in components]
    if len(set(names)) != len(names):
        raise RuleError(f"{key}: a component stands twice in {structure}")
    levels = [name for name in names if name in _CLASSES]
    if levels != list(_CLASSES[: len(levels)]):
        raise RuleError(f"{key}: class levels must follow one another from the category down, found {levels}")
    for name in (*allow, *patterns):
        if name not in names:
            raise RuleError(f"{key}: {name} is not in {structure}")
    numbers = [each.name for each in components if each.form == "number"]
    running = str(data.get("running", numbers[-1] if numbers else ""))
    if running not in numbers:
        raise RuleError(f"{key}: the running number must be one of {numbers}, found “{running}”")
    scope = tuple(map(str, data.get("scope", names[: names.index(running)])))
    if not set(scope) <= set(names) - {running}:
        raise RuleError(f"{key}: the scope may name only components of {structure} beside {running}")
    return CodeRule(
        key=key,
        name_zh=str(data.get("zh", key)),
        name_en=str(data.get("en", key)),
        structure=structure,
        components=tuple(components),
        running=running,
        scope=scope,
        allow=MappingProxyType(allow),
        patterns=MappingProxyType(patterns),
        valid_from=str(data.get("valid_from", "")),
        valid_to=str(data.get("valid_to", "")),
    )


def rule_to_data(rule: CodeRule) -> dict[str, Any]:
    """*rule* as JSON-ready data; ``rule_from_data`` makes the same rule of it."""
    return {
        "key": rule.key,
        "zh": rule.name_zh,
        "en": rule.name_en,
        "structure": rule.structure,
        "running": rule.running,
        "scope": list(rule.scope),
        "allow": {name: list(values) for name, values in rule.allow.items()},
        "patterns": dict(rule.patterns),
        "valid_from": rule.valid_from,
        "valid_to": rule.valid_to,
    }


def preset_rules() -> Mapping[str, CodeRule]:
    """The rules that come with Lantai, by key."""
    return _PRESET


_PRESET: Mapping[str, CodeRule] = MappingProxyType(
    {str(each["key"]): rule_from_data(each) for each in load_table("rules")["rule"]}
)
