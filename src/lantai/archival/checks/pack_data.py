"""Rule packs from and to JSON: strict reading with every error at its place, and an export that reads back the same."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from functools import cache
from importlib import resources
from itertools import pairwise
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from lantai.archival.checks.pack import (
    FORMAT,
    AllOf,
    AnyOf,
    CodeEntry,
    Condition,
    Expression,
    ItemVersion,
    Material,
    RetentionRule,
    RulePack,
    RuleSet,
    ScopeRule,
)
from lantai.archival.checks.register import definitions
from lantai.archival.codes import RuleError, rule_from_data

T = TypeVar("T")


class RulePackError(ValueError):
    """A rule pack that cannot be used; ``errors`` lists every fault as ``place: what is wrong``."""

    def __init__(self, errors: Iterable[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(self.errors))


def read_rule_pack(data: bytes) -> RulePack:
    """A rule pack from its JSON (or TOML) file. Raises RulePackError with every fault in it."""
    text = data.decode("utf-8", errors="replace").lstrip("\ufeff")
    try:
        value = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, RecursionError) as fault:
        raise RulePackError([f"(file): not readable as JSON or TOML: {fault}"]) from fault
    return rule_pack_from_data(value)


def load_rule_pack(path: Path) -> RulePack:
    """The rule pack in the file *path*. Raises RulePackError, and OSError when the file cannot be read."""
    return read_rule_pack(path.read_bytes())


def rule_pack_from_data(value: Any) -> RulePack:
    """A rule pack from plain JSON values. Raises RulePackError with every fault and its place."""
    errors: list[str] = []
    if not isinstance(value, dict):
        raise RulePackError(["(pack): must be an object"])
    if value.get("format") != FORMAT:
        raise RulePackError([f"format: must be {FORMAT!r}, found {value.get('format')!r}"])
    pack = _read(RulePack, {key: each for key, each in value.items() if key != "format"}, "", errors)
    if not errors:
        errors.extend(_faults(cast(RulePack, pack)))
    if errors:
        raise RulePackError(errors)
    return cast(RulePack, pack)


def rule_pack_to_data(pack: RulePack) -> dict[str, Any]:
    """The pack as plain JSON values, without members that have their default; ``rule_pack_from_data`` reads it back."""
    return {"format": FORMAT, **cast(dict[str, Any], _plain(pack))}


def write_rule_pack(pack: RulePack) -> bytes:
    """The pack as an indented JSON file in UTF-8."""
    return (json.dumps(rule_pack_to_data(pack), ensure_ascii=False, indent=1) + "\n").encode()


@cache
def default_pack() -> RulePack:
    """The pack delivered with Lantai: rules of the fictional county 云岭县 (region code 331199, not in use)."""
    return read_rule_pack(resources.files(__package__).joinpath("data/default-pack.toml").read_bytes())


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        members = {}
        for each in fields(value):
            member = getattr(value, each.name)
            if each.default is not MISSING and member == each.default:
                continue
            if each.default_factory is not MISSING and member == each.default_factory():
                continue
            members[each.name] = _plain(member)
        return members
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def _read(kind: Any, value: Any, place: str, errors: list[str]) -> Any:
    """*value* as the type *kind*; what does not fit is told in *errors* and comes back as None."""
    if kind is Any:
        return value
    if kind == Expression:
        return _read_expression(value, place, errors)
    origin = get_origin(kind)
    if origin is Literal:
        if value not in get_args(kind):
            errors.append(f"{place}: must be one of {', '.join(map(str, get_args(kind)))}, found {value!r}")
        return value
    if origin in (Union, UnionType):
        if value is None:
            return None
        return _read(next(each for each in get_args(kind) if each is not type(None)), value, place, errors)
    if origin in (tuple, frozenset):
        if not isinstance(value, list | tuple):
            errors.append(f"{place}: must be a list, found {type(value).__name__}")
            return ()
        member = get_args(kind)[0]
        return origin(_read(member, each, f"{place}[{number}]", errors) for number, each in enumerate(value))
    if origin is not None:
        if not isinstance(value, dict):
            errors.append(f"{place}: must be an object, found {type(value).__name__}")
            return {}
        member = get_args(kind)[1]
        return {str(key): _read(member, each, f"{place}.{key}", errors) for key, each in value.items()}
    if is_dataclass(kind):
        return _read_members(cast(type[Any], kind), value, place, errors)
    if type(value) is not kind:
        errors.append(f"{place}: must be {kind.__name__}, found {value!r}")
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _read_members(kind: type[T], value: Any, place: str, errors: list[str]) -> T | None:
    if not isinstance(value, dict):
        errors.append(f"{place or '(pack)'}: must be an object, found {type(value).__name__}")
        return None
    known = {each.name: each for each in fields(cast(Any, kind))}
    prefix = f"{place}." if place else ""
    before = len(errors)
    errors.extend(f"{prefix}{name}: unknown member" for name in value if name not in known)
    members = {}
    for name, each in known.items():
        if name in value:
            members[name] = _read(_hints(cast(Any, kind))[name], value[name], prefix + name, errors)
        elif each.default is MISSING and each.default_factory is MISSING:
            errors.append(f"{prefix}{name}: is missing")
    return None if len(errors) > before else kind(**members)


def _read_expression(value: Any, place: str, errors: list[str]) -> Expression | None:
    if isinstance(value, dict) and "all" in value:
        return _read_members(AllOf, value, place, errors)
    if isinstance(value, dict) and "any" in value:
        return _read_members(AnyOf, value, place, errors)
    return _read_members(Material, value, place, errors)


def _faults(pack: RulePack) -> Iterator[str]:
    """What types alone do not show: dates, patterns, counts, repeated codes, unknown checks."""
    yield from _date_faults("effective", pack.effective_from, pack.effective_to, "")
    yield from _repeated("items", (each.code for each in pack.items))
    for number, item in enumerate(pack.items):
        yield from _repeated(f"items[{number}].versions", (each.version for each in item.versions))
        for index, version in enumerate(item.versions):
            yield from _rules_faults(version, f"items[{number}].versions[{index}]")
        yield from _overlaps(item.versions, f"items[{number}].versions")
    for number, level in enumerate(pack.rule_sets):
        yield from _rules_faults(level, f"rule_sets[{number}]")
        if (level.level == "default") == bool(level.key):
            yield f"rule_sets[{number}].key: the default level has none, every other level needs one"
    lists: tuple[tuple[str, tuple[ScopeRule | RetentionRule, ...]], ...] = (
        ("scope", pack.scope),
        ("negative_list", pack.negative_list),
        ("retention.rules", pack.retention.rules),
    )
    for name, lines in lists:
        yield from _repeated(name, (each.code for each in lines))
        for number, line in enumerate(lines):
            yield from _condition_faults(line.when, f"{name}[{number}].when")
    for number, entry in enumerate(pack.codes):
        yield from _condition_faults(entry.when, f"codes[{number}].when")
        yield from _code_faults(entry, f"codes[{number}].rule")
    for number, rule in enumerate(pack.retention.rules):
        if rule.retention not in pack.retention.order:
            yield f"retention.rules[{number}].retention: {rule.retention!r} is not in retention.order"
    for number, day in enumerate(sorted(pack.calendar.holidays | pack.calendar.workdays)):
        if not _is_date(day):
            yield f"calendar[{number}]: {day!r} is not a date YYYY-MM-DD"
    for key in pack.severities:
        if key.split(":")[0] not in definitions():
            yield f"severities.{key}: no such check"
    for key, reason in pack.off.items():
        if key not in definitions():
            yield f"off.{key}: no such check"
        if not reason.strip():
            yield f"off.{key}: a reason must be given"
    for number, outcome in enumerate(pack.outcomes):
        if outcome.check.split(":")[0] not in definitions():
            yield f"outcomes[{number}].check: no such check: {outcome.check}"
    for number, override in enumerate(pack.elements):
        if override.pattern is not None and not _is_pattern(override.pattern):
            yield f"elements[{number}].pattern: not a regular expression"


def _code_faults(entry: CodeEntry, place: str) -> Iterator[str]:
    try:
        rule = rule_from_data(entry.rule)
    except (RuleError, KeyError, AttributeError, TypeError, ValueError) as fault:
        yield f"{place}: {fault}"
        return
    known = {each.name for each in rule.components}
    for name in entry.agrees:
        if name not in known:
            yield f"{place}: the code has no component {name}"


def _rules_faults(level: RuleSet | ItemVersion, place: str) -> Iterator[str]:
    yield from _date_faults(place, level.valid_from, level.valid_to, f"{place}.")
    yield from _repeated(f"{place}.rules", (each.code for each in level.rules))
    for number, rule in enumerate(level.rules):
        yield from _expression_faults(rule.needs, f"{place}.rules[{number}].needs")
        yield from _condition_faults(rule.when, f"{place}.rules[{number}].when")


def _expression_faults(needs: Expression, place: str) -> Iterator[str]:
    if isinstance(needs, Material):
        if not needs.code and not needs.name:
            yield f"{place}: a material needs a code or a name"
        if needs.minimum < 1:
            yield f"{place}.minimum: must be at least 1"
        return
    parts = needs.all if isinstance(needs, AllOf) else needs.any
    if not parts:
        yield f"{place}: lists nothing"
    if isinstance(needs, AnyOf) and not 1 <= needs.minimum <= max(1, len(parts)):
        yield f"{place}.minimum: must lie between 1 and {len(parts)}"
    for number, part in enumerate(parts):
        yield from _expression_faults(part, f"{place}[{number}]")


def _condition_faults(when: tuple[Condition, ...], place: str) -> Iterator[str]:
    for number, condition in enumerate(when):
        if (condition.operator in ("present", "absent")) == bool(condition.values):
            yield f"{place}[{number}].values: present and absent have none, every other operator needs one"
        if condition.operator == "matches" and not all(map(_is_pattern, condition.values)):
            yield f"{place}[{number}].values: not a regular expression"


def _overlaps(versions: tuple[ItemVersion, ...], place: str) -> Iterator[str]:
    for number, (earlier, later) in enumerate(pairwise(versions)):
        if not earlier.valid_to or earlier.valid_to >= later.valid_from:
            yield f"{place}[{number + 1}].valid_from: must lie after the end of the version before it"


def _repeated(place: str, codes: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            yield f"{place}: code {code!r} stands twice"
        seen.add(code)


def _date_faults(name: str, start: str, end: str, prefix: str) -> Iterator[str]:
    label = prefix + ("valid" if prefix else name)
    if start and not _is_date(start):
        yield f"{label}_from: {start!r} is not a date YYYY-MM-DD"
    if end and not _is_date(end):
        yield f"{label}_to: {end!r} is not a date YYYY-MM-DD"
    if start and end and end < start:
        yield f"{label}_to: lies before {label}_from"


def _is_date(text: str) -> bool:
    if len(text) != 10:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
