"""Rows of tables as plain values: written down to be kept outside of the database, and put back into an empty one.

An *image* of a row maps its columns to JSON values: dates and moments in ISO 8601, bytes in base64. Primary keys are
kept as they are, so that whatever names a row by its number goes on naming it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import Field, Model


@dataclass(frozen=True)
class KeptTable:
    """A table whose rows are kept outside of the database: the label of its model ("catalog.record"), and the columns
    that are not kept, each with the value that a row put back gets there. *hides* says which rows are not kept, by key.
    """

    label: str
    without: Mapping[str, Any] = field(default_factory=dict)
    hides: Callable[[Collection[Any]], Collection[Any]] | None = None

    @cached_property
    def model(self) -> type[Model]:
        """The model; raises LookupError for a label that no room has."""
        return apps.get_model(self.label)

    @cached_property
    def key(self) -> Field[Any, Any]:
        """The primary key."""
        return self.model._meta.pk

    @cached_property
    def columns(self) -> tuple[Field[Any, Any], ...]:
        """The columns of the table, those the database computes by itself left out."""
        return tuple(each for each in self.model._meta.concrete_fields if not each.generated)

    @cached_property
    def kept(self) -> tuple[Field[Any, Any], ...]:
        """The columns an image has."""
        unknown = set(self.without) - {each.attname for each in self.columns}
        if unknown:
            raise LookupError(f"{self.label} has no columns {', '.join(sorted(unknown))}")
        return tuple(each for each in self.columns if each.attname not in self.without)


def row_images(*, table: KeptTable, keys: Collection[Any]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Key and image of the rows with *keys* that are there, in order of keys. Values are Python's (dates, bytes)."""
    names = [each.attname for each in table.kept]
    rows = table.model._default_manager.filter(pk__in=keys).order_by("pk").values_list("pk", *names)
    for key, *values in rows.iterator(chunk_size=2000):
        yield key, dict(zip(names, values, strict=True))


def keys_after(*, table: KeptTable, after: str, limit: int) -> list[Any]:
    """Up to *limit* keys of the table behind *after* (empty: from the first one on), in order."""
    rows = table.model._default_manager.order_by("pk")
    return list((rows.filter(pk__gt=after) if after else rows).values_list("pk", flat=True)[:limit])


def held_keys(*, table: KeptTable, keys: Iterable[Any]) -> set[Any]:
    """Those of *keys* that the table has."""
    rows = table.model._default_manager.filter(pk__in=list(keys))
    return set(rows.order_by().values_list("pk", flat=True))  # the model's own order may ask for rows not there yet


def put_rows(*, table: KeptTable, images: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows of *images*, as JSON has them, with their keys, by hand: an archive has hundreds of millions.

    A column that an image lacks (it was written before the column came) gets the column's default. Raises
    django.db.IntegrityError, and ValidationError for a value that is none of its column.
    """
    if not images:
        return
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(each.column)) for each in table.columns)
    marks = ", ".join(["%s"] * len(table.columns))
    writers = [_writer(table, each) for each in table.columns]
    rows = [[write(image) for write in writers] for image in images]
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(table.model._meta.db_table)} ({names}) VALUES ({marks})", rows)


def replace_rows(*, table: KeptTable, images: Mapping[Any, Mapping[str, Any] | None]) -> None:
    """Put the rows of *images*, by key, in the place of those the table has, and remove those that are None; columns
    that are not kept go on holding what they hold. Foreign keys are asked by nobody meanwhile. Raises as ``put_rows``.
    """
    keys = list(images)
    held: dict[Any, dict[str, Any]] = {}
    quote = connection.ops.quote_name
    aim = f"DELETE FROM {quote(table.model._meta.db_table)} WHERE {quote(str(table.key.column))} IN"
    for start in range(0, len(keys), 500):
        chunk = keys[start : start + 500]
        if table.without:
            rows = table.model._default_manager.filter(pk__in=chunk).order_by()
            held |= {row["pk"]: row for row in rows.values("pk", *table.without)}
        with connection.cursor() as cursor:
            values = [table.key.get_db_prep_save(each, connections[DEFAULT_DB_ALIAS]) for each in chunk]
            cursor.execute(f"{aim} ({', '.join(['%s'] * len(chunk))})", values)
    put_rows(table=table, images=[each for each in images.values() if each is not None])
    for key, row in held.items():
        if images.get(key) is not None:
            kept = {name: value for name, value in row.items() if name != "pk"}
            table.model._default_manager.filter(pk=key).update(**kept)


def _writer(table: KeptTable, column: Field[Any, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """What makes of an image the value of a column as the database takes it; text and numbers are taken as they are."""
    name, line = column.attname, connections[DEFAULT_DB_ALIAS]
    if name in table.without:
        fixed = column.get_db_prep_save(table.without[name], line)
        return lambda _image: fixed
    plain = isinstance(_target(column), models.CharField | models.TextField | models.IntegerField)

    def write(image: Mapping[str, Any]) -> Any:
        if name not in image:
            return column.get_db_prep_save(column.get_default(), line)
        return image[name] if plain else column.get_db_prep_save(column.to_python(image[name]), line)

    return write


def _target(column: Field[Any, Any]) -> Field[Any, Any]:
    """The column itself, or the one a foreign key points at."""
    while isinstance(column, models.ForeignKey):
        column = column.target_field
    return column
