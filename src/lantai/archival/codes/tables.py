"""The code tables of DA/T 13-2022 and DA/T 22-2015, read once from the data files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Category:
    """A category of archives (档案门类), such as WS 文书 or ZY 专业."""

    code: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class RecordClass:
    """A class below a category (二至四级类别): ``path`` is the ``·``-joined classes under the category, this one last.

    ``item_type`` is the two-digit type of government-service items that falls into this class, if any.
    """

    category: str
    path: str
    name_zh: str
    name_en: str
    item_type: str

    @property
    def code(self) -> str:
        """The class's own code, without those above it."""
        return self.path.rpartition("·")[2]

    @property
    def level(self) -> int:
        """2, 3 or 4."""
        return 2 + self.path.count("·")


@cache
def load_table(name: str) -> Mapping[str, Any]:
    """The data file *name* of this package, parsed."""
    text = files(__package__).joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@cache
def component_definitions() -> Mapping[str, Mapping[str, str]]:
    """Every component a code may have, by name, in the order of the standard."""
    return MappingProxyType({each["name"]: each for each in load_table("components")["component"]})


@cache
def categories() -> Mapping[str, Category]:
    """The categories of archives by code."""
    return MappingProxyType(
        {each["code"]: Category(each["code"], each["zh"], each["en"]) for each in load_table("categories")["category"]}
    )


@cache
def record_classes() -> tuple[RecordClass, ...]:
    """The preset classes below the categories."""
    return tuple(
        RecordClass(
            category=each["category"],
            path="·".join(filter(None, (each.get("parent", ""), each["code"]))),
            name_zh=each["zh"],
            name_en=each["en"],
            item_type=each.get("item_type", ""),
        )
        for each in load_table("categories")["class"]
    )
