"""Material rules as people write them: 且 (AND), 或 (OR), 至少n项(…、…), ×n, and conditions one after another.

    A*“食品经营许可申请书” 且 (A*“营业执照” 或 A*“身份证明”)
    至少2项(“房屋买卖合同”、“发票”、“完税证明”)
    result 不属于 不予许可、退件；service_type 是 承诺件

What is read is data of a rule pack (``needs``, ``when``); what is written reads back as the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<least>至少\s*(?P<number>\d+)\s*项)|(?P<and>且|&)|(?P<or>或|\|)|(?P<open>[(（])|(?P<close>[)）])"
    r"|(?P<comma>、)|(?P<times>[×xX]\s*(?P<count>\d+))|(?P<name>[“\"][^”\"]*[”\"])|(?P<code>[A-Z][0-9]*\*?))"
)
OPERATORS = {
    "is": "是",
    "in": "属于",
    "not-in": "不属于",
    "matches": "匹配",
    "contains": "包含",
    "present": "有值",
    "absent": "无值",
}
_WORDS = {words: name for name, words in OPERATORS.items()}
_CONDITION = re.compile(
    r"(?P<element>@?[A-Za-z_][A-Za-z0-9_.]*)\s+(?P<operator>不属于|属于|是|匹配|包含|有值|无值)(?:\s+(?P<values>.+))?"
)
_VALUE = re.compile(r"“([^”]*)”|([^、“”]+)")
_ELEMENT_ONLY = frozenset(("present", "absent"))
LONGEST = 4000
DEEPEST = 20


class MaterialTextError(ValueError):
    """The text cannot be read; ``at`` is the place (characters from 0), ``reason`` a word for what is wrong there:
    ``unknown``, ``unfinished``, ``expected-term``, ``expected-end``, ``too-deep``, ``count``, ``condition``."""

    def __init__(self, at: int, reason: str) -> None:
        super().__init__(f"{reason} at {at}")
        self.at = at
        self.reason = reason


def needs_text(needs: Mapping[str, Any]) -> str:
    """``needs`` of a material rule as text."""
    return _text(needs, outer=True)


def _text(needs: Mapping[str, Any], *, outer: bool = False) -> str:
    if "all" in needs:
        text = " 且 ".join(_text(each) for each in needs["all"])
        return text if outer else f"({text})"
    if "any" in needs:
        if needs.get("minimum", 1) > 1:
            return f"至少{needs['minimum']}项({'、'.join(_text(each, outer=True) for each in needs['any'])})"
        text = " 或 ".join(_text(each) for each in needs["any"])
        return text if outer else f"({text})"
    name = f"“{needs['name']}”" if needs.get("name") else ""
    times = f"×{needs['minimum']}" if needs.get("minimum", 1) > 1 else ""
    return f"{needs.get('code', '')}{name}{times}"


def needs_from_text(text: str) -> dict[str, Any]:
    """The ``needs`` that *text* says. Raises MaterialTextError with the place of the first fault."""
    reader = _Reader(text[:LONGEST])
    needs = reader.choice(0)
    reader.finish()
    return needs


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._end = len(text)
        self._next = 0

    def finish(self) -> None:
        if self._next < len(self._tokens):
            raise MaterialTextError(self._tokens[self._next].start(), "expected-end")

    def choice(self, depth: int) -> dict[str, Any]:
        parts = [self._both(depth)]
        while self._take("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else {"any": parts}

    def _both(self, depth: int) -> dict[str, Any]:
        parts = [self._term(depth)]
        while self._take("and"):
            parts.append(self._term(depth))
        return parts[0] if len(parts) == 1 else {"all": parts}

    def _term(self, depth: int) -> dict[str, Any]:
        if depth > DEEPEST:
            raise MaterialTextError(self._place(), "too-deep")
        if self._take("open"):
            needs = self.choice(depth + 1)
            self._close()
            return needs
        least = self._take("least")
        if least:
            return self._least(int(least["number"]), depth)
        return self._material()

    def _least(self, number: int, depth: int) -> dict[str, Any]:
        at = self._place()
        if not self._take("open"):
            raise MaterialTextError(at, "expected-term")
        parts = [self.choice(depth + 1)]
        while self._take("comma"):
            parts.append(self.choice(depth + 1))
        self._close()
        if not 1 <= number <= len(parts):
            raise MaterialTextError(at, "count")
        return {"any": parts, "minimum": number} if number > 1 else {"any": parts}

    def _material(self) -> dict[str, Any]:
        at = self._place()
        code, name = self._take("code"), self._take("name")
        needs: dict[str, Any] = {}
        if code:
            needs["code"] = code["code"]
        if name and name["name"][1:-1].strip():
            needs["name"] = name["name"][1:-1].strip()
        if not needs:
            raise MaterialTextError(at, "expected-term")
        times = self._take("times")
        if times:
            if not 1 <= int(times["count"]) <= 999:
                raise MaterialTextError(at, "count")
            if int(times["count"]) > 1:
                needs["minimum"] = int(times["count"])
        return needs

    def _close(self) -> None:
        if not self._take("close"):
            raise MaterialTextError(self._place(), "unfinished")

    def _take(self, kind: str) -> re.Match[str] | None:
        if self._next < len(self._tokens) and self._tokens[self._next][kind] is not None:
            self._next += 1
            return self._tokens[self._next - 1]
        return None

    def _place(self) -> int:
        return self._tokens[self._next].start() if self._next < len(self._tokens) else self._end


def _tokens(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise MaterialTextError(at, "unknown")
        yield match
        at = match.end()


def conditions_text(when: Sequence[Mapping[str, Any]]) -> str:
    """``when`` of a rule as text."""
    return "；".join(_condition_text(each) for each in when)


def _condition_text(condition: Mapping[str, Any]) -> str:
    values = "、".join(_quoted(each) for each in condition.get("values", ()))
    return f"{condition['element']} {OPERATORS[condition['operator']]} {values}".rstrip()


def _quoted(value: str) -> str:
    plain = value == value.strip() and value and not re.search("[、；;“”]", value)
    return value if plain else f"“{value}”"


def conditions_from_text(text: str) -> list[dict[str, Any]]:
    """The conditions that *text* says, none for an empty text. Raises MaterialTextError."""
    conditions = []
    for match in re.finditer(r"(?:“[^”]*”|[^；;“])+", text[:LONGEST]):
        part = match[0].strip()
        if not part:
            continue
        said = _CONDITION.fullmatch(part)
        if said is None:
            raise MaterialTextError(match.start(), "condition")
        operator = _WORDS[said["operator"]]
        values = [quoted or plain.strip() for quoted, plain in _VALUE.findall(said["values"] or "")]
        if (operator in _ELEMENT_ONLY) == bool(values):
            raise MaterialTextError(match.start(), "condition")
        conditions.append({"element": said["element"], "operator": operator, **({"values": values} if values else {})})
    return conditions
