"""Let the database note which rows change, so that no service can forget to have them kept in storage.

One trigger a table and kind of change writes the key of the row to ``NotedChange``, in the transaction of the change.
What is noted is only where to look; what the row says is read when it is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db import connection, transaction

from lantai.common.rows import KeptTable
from lantai.storage.models import NotedChange

_PREFIX = "lantai_noted_"
_OPERATIONS = {"i": "INSERT", "u": "UPDATE", "d": "DELETE"}


def note_changes(*, tables: Sequence[KeptTable], whole: bool = True) -> int:
    """Have the changes of *tables* noted from now on, those of other tables no longer; returns how many tables are new.

    Of a table that was not noted so far, or otherwise, everything is to be kept (unless *whole* is False: what it holds
    came from storage). Changes nothing when all is as it should be. Raises django.db.DatabaseError without the right to
    make triggers.
    """
    wanted = {_name(each): each for each in tables}
    with transaction.atomic():
        held = _held()
        for name in sorted(set(held) - set(wanted)):
            _drop(name, held[name])
        fresh = [name for name in wanted if name not in held]
        for name in fresh:
            _make(name, wanted[name])
        if whole:
            labels = [wanted[name].label for name in fresh]
            NotedChange.objects.filter(label__in=labels).delete()
            NotedChange.objects.bulk_create([NotedChange(label=each) for each in labels])
    return len(fresh)


def stop_noting() -> None:
    """Note nothing from now on, and forget what was noted: for a database that is filled from storage."""
    with transaction.atomic():
        for name, table in _held().items():
            _drop(name, table)
        NotedChange.objects.all().delete()


def _name(table: KeptTable) -> str:
    """The name of a table's triggers; another one when its columns are others."""
    told = [table.model._meta.db_table, *sorted(str(each.column) for each in table.columns), *sorted(table.without)]
    return _PREFIX + hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _held() -> dict[str, str]:
    """Names of the triggers in this database that are ours, without their endings, each with its table."""
    if connection.vendor == "postgresql":
        asked = (
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace"
        )
    else:
        asked = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(asked)
        found = [(str(name), str(table)) for name, table in cursor.fetchall()]
    endings: dict[str, set[str]] = {}
    tables = {}
    for name, table in found:
        if name.startswith(_PREFIX):
            endings.setdefault(name[:-2], set()).add(name[-1])
            tables[name[:-2]] = table.strip('"')
    whole = {"a"} if connection.vendor == "postgresql" else set(_OPERATIONS)
    for name in [each for each, found_endings in endings.items() if found_endings != whole]:
        _drop(name, tables.pop(name))  # a part of it went with a table that was made anew
    return tables


def _make(name: str, table: KeptTable) -> None:
    quote = connection.ops.quote_name
    place, key = quote(table.model._meta.db_table), quote(str(table.key.column))
    columns = ", ".join(quote(str(each.column)) for each in table.kept)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            into = f"INSERT INTO {quote(NotedChange._meta.db_table)} (label, row_key, reached, begun) VALUES"
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF TG_OP = 'DELETE' THEN {into} ('{table.label}', OLD.{key}::text, '', 0); "
                f"ELSE {into} ('{table.label}', NEW.{key}::text, '', 0); "
                "END IF; RETURN NULL; END $$"
            )
            cursor.execute(
                f"CREATE TRIGGER {name}_a AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {place} "
                f"FOR EACH ROW EXECUTE FUNCTION {name}()"
            )
            return
        for ending, operation in _OPERATIONS.items():
            of = f" OF {columns}" if operation == "UPDATE" else ""
            row = "OLD" if operation == "DELETE" else "NEW"
            cursor.execute(
                f"CREATE TRIGGER {name}_{ending} AFTER {operation}{of} ON {place} BEGIN "
                f"INSERT INTO {quote(NotedChange._meta.db_table)} (label, row_key, reached, begun) "
                f"VALUES ('{table.label}', {row}.{key}, '', 0); END"
            )


def _drop(name: str, table: str) -> None:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}_a ON {quote(table)}")
            cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")
            return
        for ending in _OPERATIONS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}_{ending}")
