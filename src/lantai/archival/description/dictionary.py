"""The metadata dictionary of DA/T 46-2009 and the schemes built on it, read from data."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

Obligation = Literal["mandatory", "conditional", "optional"]


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the dictionary with the rows of the standard.

    ``kind`` is container (容器型), compound (复合型) or simple (简单型). ``values`` is the value domain; ``open``
    says that other values may stand beside it. ``eep`` is how often it stands in an EEP package. ``evidence`` is
    ``seen`` or ``counted``: whether the number stood in a source we read or follows by counting; ``obligation_from``
    is ``EEP`` or ``memory``.
    """

    number: str
    name_zh: str
    name_en: str
    entity: Literal["record", "agent", "business", "relation"]
    definition_zh: str
    definition_en: str
    purpose_zh: str
    purpose_en: str
    obligation: Obligation
    repeatable: bool
    kind: Literal["container", "compound", "simple"]
    data_type: str
    scheme: str
    values: tuple[str, ...]
    open: bool
    default: str
    parent: str
    parts: tuple[str, ...]
    origin: str
    related: tuple[str, ...]
    note_zh: str
    note_en: str
    eep: str
    evidence: Literal["seen", "counted"]
    obligation_from: Literal["EEP", "memory"]

    def admits(self, value: str) -> bool:
        """Whether *value* lies in the value domain."""
        return self.open or not self.values or value in self.values


@dataclass(frozen=True, slots=True)
class SchemeElement:
    """An element as one scheme uses it: obligation, label, default and values may be narrower than the dictionary's."""

    element: Element
    obligation: Obligation
    label_zh: str
    label_en: str
    default: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A metadata scheme (元数据方案) for the records of some categories, valid from an ISO date."""

    key: str
    name_zh: str
    name_en: str
    version: str
    valid_from: str
    categories: tuple[str, ...]
    elements: tuple[SchemeElement, ...]


@dataclass(frozen=True, slots=True)
class ElementProblem:
    """What a set of values lacks against a scheme: ``missing``, ``repeated``, ``outside`` (the value domain),
    ``type`` or ``unknown``."""

    number: str
    reason: Literal["missing", "repeated", "outside", "type", "unknown"]
    found: str = ""


class SchemeError(ValueError):
    """A scheme's data names an element that does not exist or widens what the dictionary fixes."""


@cache
def load_data(name: str) -> Mapping[str, Any]:
    """The data file *name* of this package, parsed."""
    text = files(__package__).joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@cache
def dictionary() -> Mapping[str, Element]:
    """The 88 elements of DA/T 46-2009 by number, in the order of the standard."""
    rows = load_data("dat46")["element"]
    parts: dict[str, list[str]] = {}
    for row in rows:
        parts.setdefault(row.get("parent", ""), []).append(row["number"])
    return MappingProxyType(
        {
            row["number"]: Element(
                number=row["number"],
                name_zh=row["zh"],
                name_en=row["en"],
                entity=row["entity"],
                definition_zh=row["definition_zh"],
                definition_en=row["definition_en"],
                purpose_zh=row["purpose_zh"],
                purpose_en=row["purpose_en"],
                obligation=row["obligation"],
                repeatable=row["repeatable"],
                kind=row["kind"],
                data_type=row.get("data_type", ""),
                scheme=row.get("scheme", ""),
                values=tuple(row.get("values", ())),
                open=row.get("open", False),
                default=row.get("default", ""),
                parent=row.get("parent", ""),
                parts=tuple(parts.get(row["number"], ())),
                origin=row["origin"],
                related=tuple(row.get("related", ())),
                note_zh=row.get("note_zh", ""),
                note_en=row.get("note_en", ""),
                eep=row["eep"],
                evidence=row["evidence"],
                obligation_from=row["obligation_from"],
            )
            for row in rows
        }
    )


def scheme_from_data(data: Mapping[str, Any]) -> Scheme:
    """The scheme *data* describes (a table of ``schemes.toml``, or the same as JSON).

    Raises:
        SchemeError: an element is unknown or stands twice, a mandatory element is made optional, or a value lies
            outside the domain of the dictionary.
    """
    elements: list[SchemeElement] = []
    for row in data["element"]:
        element = dictionary().get(row["number"])
        if element is None or any(each.element is element for each in elements):
            raise SchemeError(f"{data['key']}: {row['number']} is unknown or stands twice")
        obligation = row.get("obligation", element.obligation)
        if element.obligation == "mandatory" != obligation:
            raise SchemeError(f"{data['key']}: {element.number} is mandatory in DA/T 46 and cannot be {obligation}")
        values = tuple(row.get("values", element.values))
        default = row.get("default", element.default)
        for value in (*values, *filter(None, [default])):
            if not element.admits(value):
                raise SchemeError(f"{data['key']}: “{value}” is outside the domain of {element.number}")
        elements.append(
            SchemeElement(
                element=element,
                obligation=obligation,
                label_zh=row.get("zh", element.name_zh),
                label_en=row.get("en", element.name_en),
                default=default,
                values=values,
            )
        )
    return Scheme(
        key=data["key"],
        name_zh=data["zh"],
        name_en=data["en"],
        version=data["version"],
        valid_from=data["valid_from"],
        categories=tuple(data["categories"]),
        elements=tuple(elements),
    )


@cache
def preset_schemes() -> Mapping[str, Scheme]:
    """The schemes that come with Lantai, by key."""
    return MappingProxyType({each["key"]: scheme_from_data(each) for each in load_data("schemes")["scheme"]})


def _has_type(data_type: str, value: str) -> bool:
    digits = value.isascii() and value.isdigit()
    if data_type == "gYear":
        return digits and len(value) == 4
    if data_type == "positiveInteger":
        return digits and int(value) > 0
    if data_type == "nonNegativeInteger":
        return digits
    return True


def check_elements(scheme: Scheme, values: Mapping[str, Iterable[str]]) -> tuple[ElementProblem, ...]:
    """What *values*, by element number, lack against *scheme*, in the order of the scheme.

    A mandatory element with a default is never missing. Elements the scheme does not list are ``unknown``.
    """
    problems: list[ElementProblem] = []
    listed = set()
    for each in scheme.elements:
        number = each.element.number
        listed.add(number)
        if each.element.kind == "container" and number not in values:
            continue
        held = [value for value in values.get(number, ()) if value]
        if not held and each.obligation == "mandatory" and not each.default:
            problems.append(ElementProblem(number, "missing"))
        if len(held) > 1 and not each.element.repeatable:
            problems.append(ElementProblem(number, "repeated", held[1]))
        for value in held:
            if each.values and value not in each.values and not each.element.open:
                problems.append(ElementProblem(number, "outside", value))
            elif not _has_type(each.element.data_type, value):
                problems.append(ElementProblem(number, "type", value))
    problems.extend(ElementProblem(number, "unknown") for number in values if number not in listed)
    return tuple(problems)
