"""Which tables are kept in storage, which are put back otherwise, which are left: tables.toml as values."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from lantai.catalog.queries import records_with_sealed_content
from lantai.common.rows import KeptTable


@dataclass(frozen=True, slots=True)
class Compared:
    """A table as two databases are compared in it: rows meet by the columns *by*; *without* are not compared."""

    label: str
    by: tuple[str, ...]
    without: frozenset[str]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A table ("work.job"), a column ("catalog.describing.editor_id") or an app ("axes.*") that is not kept: why
    (``derived``, ``ephemeral`` or ``secret``), and what that means.
    """

    name: str
    why: str
    says: str


def _sealed_texts(keys: Collection[Any]) -> Collection[Any]:
    """The texts of records whose files lie sealed: they must lie nowhere in storage in the clear."""
    return records_with_sealed_content(record_ids=list(keys))


_HIDDEN: Mapping[str, Callable[[Collection[Any]], Collection[Any]]] = {"catalog.componenttext": _sealed_texts}
"""Which rows of a kept table are not kept."""


@cache
def kept_tables() -> tuple[KeptTable, ...]:
    """The tables whose rows are kept in storage."""
    data = _data()
    made = []
    for label in data["kept"]:
        columns: Mapping[str, Mapping[str, Any]] = data["columns"].get(label, {})
        defaults = {each.attname: each.get_default() for each in KeptTable(label).columns if each.attname in columns}
        put = {name: told.get("put", defaults[name]) for name, told in columns.items()}
        made.append(KeptTable(label, put, _HIDDEN.get(label)))
    return tuple(made)


def seeded_tables() -> frozenset[str]:
    """Labels of the tables that hold rows as soon as they are made."""
    return frozenset(_data()["seeded"])


def quiet_tables() -> frozenset[str]:
    """Labels of the tables whose changes alone are no reason to keep a batch."""
    return frozenset(_data()["quiet"])


def compared_tables() -> list[Compared]:
    """All tables that two databases are compared in."""
    kept = [Compared(each.label, (each.key.attname,), frozenset(each.without)) for each in kept_tables()]
    rebuilt: Mapping[str, Mapping[str, Any]] = _data()["rebuilt"]
    other = [Compared(label, tuple(told["by"]), frozenset(told["without"])) for label, told in rebuilt.items()]
    return [*kept, *other]


def left_out() -> list[LeftOut]:
    """Everything that is not kept, with the reason."""
    data = _data()
    tables = [LeftOut(label, told["why"], told["says"]) for label, told in data["left"].items()]
    columns = [
        LeftOut(f"{label}.{name}", told["why"], told["says"])
        for label, names in data["columns"].items()
        for name, told in names.items()
    ]
    apps = [LeftOut(f"{app}.*", told["why"], told["says"]) for app, told in data["apps"].items()]
    return [*tables, *columns, *apps]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("tables.toml").read_text("utf-8"))
