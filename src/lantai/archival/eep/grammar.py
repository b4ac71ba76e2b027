"""The schema of the EEP package as values: which element may follow which, and what a value may be.

Read from ``eep-2009.xsd``, the one place where the structure stands, so that reading without a schema processor and
validating with one can never disagree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from lxml import etree

NAMESPACE = "http://www.saac.gov.cn/standards/ERM/encapsulation"
ROOT = "电子文件封装包"
_XS = "{http://www.w3.org/2001/XMLSchema}"
_BEGIN = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_BEGIN}][{_BEGIN}0-9.\xb7\u0300-\u036f\u203f-\u2040-]*")
_POSITIVE = re.compile(r"\+?0*[1-9][0-9]*")
_YEAR = re.compile(r"-?[0-9]{4,}(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_MOMENT = re.compile(
    r"(-?[0-9]{4,})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)


@dataclass(frozen=True, slots=True)
class Model:
    """The children of an element as an automaton: place *n* is one mention of a child in the schema.

    ``first`` and ``follow`` say which places may come at the beginning and after each place, ``last`` at which the
    element may end; ``optional`` says that it may have no child at all.
    """

    names: tuple[str, ...]
    first: tuple[int, ...]
    follow: tuple[tuple[int, ...], ...]
    last: frozenset[int]
    optional: bool

    def step(self, at: int, name: str) -> int | None:
        """The place of the child *name* after place *at* (-1 before the first); None where it may not stand."""
        return next((each for each in self._after(at) if self.names[each] == name), None)

    def may_end(self, at: int) -> bool:
        """Whether the element may end after place *at*."""
        return self.optional if at < 0 else at in self.last

    def expected(self, at: int) -> tuple[str, ...]:
        """The children that may come after place *at*."""
        return tuple(dict.fromkeys(self.names[each] for each in self._after(at)))

    def _after(self, at: int) -> tuple[int, ...]:
        return self.first if at < 0 else self.follow[at]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its type, whether it must be there, and the one value it may have."""

    type: str
    required: bool = False
    fixed: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One element. ``model`` is None where it holds a value of ``type``; ``values`` is the value domain, ``default``
    what an empty element means, ``fixed`` the one value it may have.
    """

    name: str
    model: Model | None = None
    mixed: bool = False
    type: str = "string"
    values: tuple[str, ...] = ()
    default: str = ""
    fixed: str = ""
    attributes: Mapping[str, Attribute] = field(default_factory=dict)

    def admits(self, value: str) -> bool:
        """Whether *value* is one of the element's type and domain."""
        if self.fixed:
            return value == self.fixed
        return value in self.values if self.values else _TYPES[self.type](value)

    @property
    def asked(self) -> str:
        """What a value must be, for people."""
        return self.fixed or "|".join(self.values) or f"xs:{self.type}"


def schema() -> bytes:
    """The XML schema (XSD 1.0) of the package, as it may be handed on."""
    return files(__package__).joinpath("eep-2009.xsd").read_bytes()


@cache
def rules() -> Mapping[str, Rule]:
    """Every element of the schema by name."""
    root = etree.fromstring(schema())
    return MappingProxyType({rule.name: rule for rule in map(_rule, root.iterfind(f"{_XS}element"))})


def admits(type: str, value: str) -> bool:
    """Whether *value* is one of the schema's simple type *type*."""
    return _TYPES[type](value)


def _rule(element: etree._Element) -> Rule:
    name, default, fixed = element.get("name", ""), element.get("default", ""), element.get("fixed", "")
    kind = element.find(f"{_XS}complexType")
    if kind is not None:
        return _complex(name, kind)
    domain = tuple(each.get("value", "") for each in element.iter(f"{_XS}enumeration"))
    return Rule(name, type=_bare(element.get("type", "string")), values=domain, default=default, fixed=fixed)


def _complex(name: str, kind: etree._Element) -> Rule:
    attributes = {
        each.get("name", ""): Attribute(
            _bare(each.get("type", "")), each.get("use") == "required", each.get("fixed", "")
        )
        for each in kind.iter(f"{_XS}attribute")
    }
    extension = kind.find(f"{_XS}simpleContent/{_XS}extension")
    if extension is not None:
        return Rule(name, type=_bare(extension.get("base", "")), attributes=attributes)
    names: list[str] = []
    follow: list[set[int]] = []
    body = kind.find(f"{_XS}sequence")
    assert body is not None  # our own schema
    first, last, optional = _places(body, names, follow)
    model = Model(
        tuple(names), tuple(sorted(first)), tuple(tuple(sorted(each)) for each in follow), frozenset(last), optional
    )
    return Rule(name, model, mixed=kind.get("mixed") == "true", attributes=attributes)


def _places(particle: etree._Element, names: list[str], follow: list[set[int]]) -> tuple[set[int], set[int], bool]:
    """Number the places of *particle* (Glushkov) and return those it may begin and end with, and whether it may be
    nothing.
    """
    if particle.tag == f"{_XS}element":
        place = len(names)
        names.append(particle.get("ref", ""))
        follow.append(set())
        first, last, optional = {place}, {place}, False
    elif particle.tag == f"{_XS}choice":
        first, last, optional = set(), set(), False
        for each in particle:
            begins, ends, nothing = _places(each, names, follow)
            first, last, optional = first | begins, last | ends, optional or nothing
    else:
        first, last, optional = set(), set(), True
        for each in particle:
            begins, ends, nothing = _places(each, names, follow)
            for place in last:
                follow[place] |= begins
            first = first | begins if optional else first
            last = last | ends if nothing else ends
            optional = optional and nothing
    if particle.get("maxOccurs") == "unbounded":
        for place in last:
            follow[place] |= first
    return first, last, optional or particle.get("minOccurs") == "0"


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


def _is_moment(value: str) -> bool:
    match = _MOMENT.fullmatch(value.strip())
    if match is None:
        return False
    year, month, day, hour, minute, second = (int(each) for each in match.groups())
    if hour == 24 and minute == second == 0:
        hour = 0
    try:
        datetime(min(max(year, 1), 9999), month, day, hour, minute, second)  # noqa: DTZ001 - only whether there is such
    except ValueError:
        return False
    return True


_TYPES: Mapping[str, Callable[[str], bool]] = {
    "string": lambda value: True,
    "anyURI": lambda value: True,
    "base64Binary": lambda value: True,  # decoded where it is used, which tells more
    "gYear": lambda value: _YEAR.fullmatch(value.strip()) is not None,
    "positiveInteger": lambda value: _POSITIVE.fullmatch(value.strip()) is not None,
    "dateTime": _is_moment,
    "ID": lambda value: _NAME.fullmatch(value.strip()) is not None,
    "IDREF": lambda value: _NAME.fullmatch(value.strip()) is not None,
}
