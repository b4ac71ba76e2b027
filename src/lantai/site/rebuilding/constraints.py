"""Foreign keys while a database is filled, the newest rows first: not asked before the last row is in."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import IntegrityError, connection, transaction

MOST = 100
Constraint = tuple[str, str, str]
"""Table, name and definition of a foreign key."""


def foreign_keys() -> list[Constraint]:
    """The foreign keys of this database that are taken away for the filling; none where they can be switched off."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2"
        )
        return [(str(table), str(name), str(definition)) for table, name, definition in cursor.fetchall()]


def let_go(keys: list[Constraint]) -> None:
    """Ask no foreign key from now on, in this connection (SQLite) or in this database (PostgreSQL)."""
    if connection.vendor != "postgresql":
        connection.disable_constraint_checking()
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for table, name, _definition in keys:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT IF EXISTS "{name}"')


def ask_again(keys: list[Constraint]) -> list[tuple[str, str]]:
    """Ask foreign keys again; returns table and detail of rows that name a row which is not there.

    On PostgreSQL a key that does not hold stays without having been validated: new rows must keep to it.
    """
    if connection.vendor != "postgresql":
        connection.enable_constraint_checking()
        return list(_dangling_in_sqlite())
    missing = []
    present = {(table, name) for table, name, _definition in foreign_keys()}
    for table, name, definition in keys:
        if (table, name) in present:
            continue
        bare = definition.removesuffix(" NOT VALID")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {bare} NOT VALID')
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f'ALTER TABLE {table} VALIDATE CONSTRAINT "{name}"')
        except IntegrityError as error:
            missing.append((table, str(error).splitlines()[-1]))
    return missing


def _dangling_in_sqlite() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_key_check")
        for table, row, parent, _key in cursor.fetchmany(MOST):
            yield str(table), f"row {row} names a row of {parent} that is not there"


def count_on(tables: list[str]) -> None:
    """Let numbers of new rows of *tables* begin behind those that were put back."""
    if connection.vendor != "postgresql":
        return  # SQLite remembers the greatest number by itself
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
            found = cursor.fetchone()
            if found and found[0]:
                quoted = connection.ops.quote_name(table)
                cursor.execute(f"SELECT setval('{found[0]}', GREATEST((SELECT MAX(id) FROM {quoted}), 1))")
