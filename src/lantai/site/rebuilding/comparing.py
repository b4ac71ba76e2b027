"""Compare two databases of the archive, row by row and column by column, without changing either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

from django.db import connections, models

from lantai.common.rows import KeptTable
from lantai.site import configuration
from lantai.site.rebuilding.tables import Compared, compared_tables

SIDES = ("compared-a", "compared-b")
ONLY_A, ONLY_B = "a", "b"
_CHUNK = 2000
Key = tuple[Any, ...]
Row = tuple[Key, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One column of one row that is not the same, or a row (*column* empty) that only one side has (``only``)."""

    table: str
    key: Key
    column: str
    a: Any
    b: Any
    only: str = ""


@dataclass(frozen=True, slots=True)
class TableCompared:
    """How many rows the two sides have of a table, and how many rows and columns differ."""

    table: str
    rows_a: int
    rows_b: int
    differing: int


def compare_databases(
    *, a: str, b: str, found: Callable[[Difference], object], done: Callable[[TableCompared], object]
) -> int:
    """Compare two archives, each named by its LANTAI_HOME or its postgresql:// address; returns the differences.

    *found* gets each difference as it is met, *done* each table when it ends. Columns that are not kept are not
    compared (``tables.left_out``), entries without an index neither. Raises ValueError for an address that is none,
    FileNotFoundError for a home without a database, django.db.DatabaseError for one that cannot be read.
    """
    for alias, name in zip(SIDES, (a, b), strict=True):
        _open(alias, name)
    differing = 0
    try:
        for table in compared_tables():
            compared = _compare(table, found)
            differing += compared.differing
            done(compared)
    finally:
        for alias in SIDES:
            connections[alias].close()
            del connections[alias]
            del connections.databases[alias]
    return differing


def _open(alias: str, name: str) -> None:
    """Make the database of an archive known under *alias*, to be read only."""
    if name.startswith(("postgresql://", "postgres://")):
        told = configuration.database_at(address=name, home=configuration.home())
        told["OPTIONS"] = {"options": "-c default_transaction_read_only=on"}
    else:
        home = Path(name).expanduser().resolve()
        told = configuration.database_at(address="", home=home)
        if not Path(str(told["NAME"])).is_file():
            raise FileNotFoundError(str(told["NAME"]))
        told["OPTIONS"] = {"timeout": 30, "init_command": "PRAGMA query_only=ON; PRAGMA mmap_size=268435456;"}
    connections.databases[alias] = {**connections.databases["default"], **told, "CONN_MAX_AGE": 0}


def _compare(table: Compared, found: Callable[[Difference], object]) -> TableCompared:
    counts = [0, 0]
    differing = 0
    sides = [_counted(_rows(table, alias), counts, place) for place, alias in enumerate(SIDES)]
    left, right = next(sides[0], None), next(sides[1], None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[0] < right[0]):
            assert left is not None
            found(Difference(table.label, left[0], "", None, None, ONLY_A))
            differing += 1
            left = next(sides[0], None)
        elif left is None or right[0] < left[0]:
            found(Difference(table.label, right[0], "", None, None, ONLY_B))
            differing += 1
            right = next(sides[1], None)
        else:
            for column, value in left[1].items():
                if value != right[1][column]:
                    found(Difference(table.label, left[0], column, value, right[1][column]))
                    differing += 1
            left, right = next(sides[0], None), next(sides[1], None)
    return TableCompared(table.label, counts[0], counts[1], differing)


def _counted(rows: Iterator[Row], counts: list[int], place: int) -> Iterator[Row]:
    for each in rows:
        counts[place] += 1
        yield each


def _rows(table: Compared, alias: str) -> Iterator[Row]:
    """The rows of one side in the order of their keys, which both sides must share: text is ordered here, since two
    databases may order it by other rules.
    """
    whole = KeptTable(table.label)
    columns = [each for each in whole.columns if each.attname not in table.without]
    keys = [each for each in columns if each.attname in table.by]
    rows = whole.model._default_manager.using(alias).order_by(*table.by)
    if table.label == "ledger.entry":
        rows = rows.filter(index__isnull=False)
    names = [each.attname for each in columns]
    read = (_row(names, values, table.by) for values in rows.values_list(*names).iterator(chunk_size=_CHUNK))
    numbered = all(isinstance(_target(each), models.IntegerField) for each in keys)
    return read if numbered else iter(sorted(read, key=itemgetter(0)))


def _target(column: Any) -> Any:
    """The column itself, or what a foreign key points at."""
    while isinstance(column, models.ForeignKey):
        column = column.target_field
    return column


def _row(names: list[str], values: tuple[Any, ...], by: tuple[str, ...]) -> Row:
    row = {
        name: bytes(value) if isinstance(value, memoryview) else value
        for name, value in zip(names, values, strict=True)
    }
    return tuple(row[each] for each in by), row
