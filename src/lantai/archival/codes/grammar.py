"""Write, read and judge archive codes by a rule (DA/T 13-2022, DA/T 22-2015)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lantai.archival.codes.rules import CodeComponent, CodeRule
from lantai.archival.codes.tables import component_definitions, load_table

# Readings of the separators that people and other systems type; the standard's own are U+00B7 and U+002D.
_VARIANTS = str.maketrans(
    {
        # bullet, katakana dot, full stop (also full-width), hyphenation point, bullet and dot operators, half-width dot
        **dict.fromkeys("\u2022\u30fb.\uff0e\u2027\u2219\u22c5\uff65\u0387", "\u00b7"),
        # hyphens, figure dash, en dash, em dash, bar, minus, full-width and small hyphen
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\ufe63", "-"),
        "\uff0f": "/",
        **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
        **{chr(0xFF21 + place): chr(0x41 + place) for place in range(26)},
    }
)


@dataclass(frozen=True, slots=True)
class CodeProblem:
    """What is wrong: ``reason`` is a key of the message table, ``component`` the component's name, ``position`` counts
    characters from 1 (0 where there is no text). ``expected`` is said in both languages."""

    reason: str
    component: str
    expected_zh: str = ""
    expected_en: str = ""
    found: str = ""
    position: int = 0

    def sentence(self, language: str = "zh") -> str:
        """The problem as one sentence, in Chinese (``zh``) or English (``en``)."""
        named = component_definitions()[self.component]
        return str(load_table("messages")[self.reason]["en" if language == "en" else "zh"]).format(
            component=named["en"] if language == "en" else named["zh"],
            expected=self.expected_en if language == "en" else self.expected_zh,
            found=self.found,
            position=self.position,
        )


class CodeError(ValueError):
    """A code or its values do not fit the rule; ``problem`` says exactly where."""

    def __init__(self, problem: CodeProblem) -> None:
        super().__init__(problem.sentence())
        self.problem = problem


def normalise_code(text: str) -> str:
    """*text* with every usual reading of the separators (U+2022, U+30FB, ``.`` ...) and of full-width letters and
    digits turned into the standard's own, and without surrounding space."""
    return text.strip().translate(_VARIANTS)


def _problem(
    reason: str, component: CodeComponent, *, expected: str = "", found: str = "", position: int = 0
) -> CodeProblem:
    return CodeProblem(
        reason=reason,
        component=component.name,
        expected_zh=expected or component.expected_zh,
        expected_en=expected or component.expected_en,
        found=found,
        position=position,
    )


def _misfit(component: CodeComponent, value: str) -> bool:
    """Whether *value* cannot stand in a code as this component."""
    if component.matches.fullmatch(value) is None:
        return True
    if component.form == "number":
        return not value.strip("0")
    return bool(component.allowed) and value not in component.allowed


def _read(rule: CodeRule, text: str) -> dict[str, str] | CodeProblem:
    parts = rule.splits.split(text)
    values: dict[str, str] = {}
    position = 1
    last = len(parts) - 1
    for place, component in enumerate(rule.components):
        at = 2 * place
        if place:
            if at > last:
                return _problem("missing", component, position=position)
            if parts[at - 1] != component.separator:
                return _problem(
                    "separator", component, expected=component.separator, found=parts[at - 1], position=position
                )
            position += 1
        value = parts[at]
        if not value:
            return _problem("empty", component, position=position)
        if _misfit(component, value):
            return _problem("form", component, found=value, position=position)
        values[component.name] = value
        position += len(value)
    if 2 * len(rule.components) - 2 < last:
        return _problem("surplus", rule.components[-1], found=text[position - 1 :], position=position)
    return values


def parse_code(rule: CodeRule, text: str) -> dict[str, str]:
    """The components of the code *text* by name, as they are printed in it.

    The text is read as it stands; give it to ``normalise_code`` first when people typed it.

    Raises:
        CodeError: the text is not a code of *rule*; the first component that does not fit is named.
    """
    values = _read(rule, text)
    if isinstance(values, CodeProblem):
        raise CodeError(values)
    return values


def check_code(rule: CodeRule, text: str) -> CodeProblem | None:
    """What keeps *text* from being a code of *rule*, or None when it is one."""
    values = _read(rule, text)
    return values if isinstance(values, CodeProblem) else None


def _printed(component: CodeComponent, value: str | int) -> str:
    if component.form == "text":
        text = str(value)
    else:
        number = str(value)
        if not (number.isascii() and number.isdigit()) or not number.strip("0"):
            raise CodeError(_problem("form", component, found=number))
        text = number.lstrip("0").zfill(component.width)
        if len(text) > component.widest:
            raise CodeError(_problem("overflow", component, found=text))
    if not text:
        raise CodeError(_problem("unnamed", component))
    if _misfit(component, text) or any(mark in text for mark in "-·/"):
        raise CodeError(_problem("form", component, found=text))
    return text


def format_code(rule: CodeRule, values: Mapping[str, str | int], number: int | None = None) -> str:
    """The code of *rule* for *values*, with *number* as its running number when given.

    Numbers may come as integers or as digits; the width is the rule's.

    Raises:
        CodeError: a component has no value, or one that cannot stand in a code of this rule.
    """
    parts: list[str] = []
    for component in rule.components:
        value = number if number is not None and component.name == rule.running else values.get(component.name)
        if value is None:
            raise CodeError(_problem("unnamed", component))
        parts.append(component.separator)
        parts.append(_printed(component, value))
    return "".join(parts)


def scope_of(rule: CodeRule, values: Mapping[str, str | int]) -> str:
    """The name of the sequence the running number of *values* comes from: equal names share one sequence (流水号).

    Raises:
        CodeError: a component of the scope has no value or an impossible one.
    """
    printed = []
    for component in rule.components:
        if component.name in rule.scope:
            value = values.get(component.name)
            if value is None:
                raise CodeError(_problem("unnamed", component))
            printed.append(f"{component.name}={_printed(component, value)}")
    return "/".join(printed)


def rules_for_code(text: str, rules: Iterable[CodeRule]) -> list[tuple[CodeRule, dict[str, str]]]:
    """Every rule of *rules* that *text* is a code of, with what it reads."""
    found = []
    for rule in rules:
        values = _read(rule, text)
        if not isinstance(values, CodeProblem):
            found.append((rule, values))
    return found
