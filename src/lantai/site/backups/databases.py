"""The database in a file, as it was in one moment: SQLite by its online backup, PostgreSQL by pg_dump in a snapshot.

Left out are sessions, and texts of sealed content: what is in the clear of a sealed record in a backup could not be
destroyed with its keys. The second look reads those texts again after a restore.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection

from lantai.catalog.queries import records_with_sealed_content
from lantai.site.backups.places import BackupFailed
from lantai.site.rebuilding.tables import compared_tables

SQLITE_FILE, DUMP_FILE, TEXTS_FILE = "database.sqlite3", "database.dump", "texts.copy"
TEXTS, SESSIONS = "catalog_componenttext", "django_session"
_RESTORING = "lantai_restoring"
"""A table that says which backup a database is being filled from; gone at the end."""
_PAGES, _CHUNK = 4096, 5000
Ask = Callable[[str], Sequence[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What the copy holds: rows by table, the ledger's size, root and note, the newest batch of rows in storage, and
    how many texts of sealed content were left out.
    """

    vendor: str
    counts: dict[str, int]
    entries: int
    root: str
    note: str
    rows: int
    migrations: list[str]
    texts_left_out: int


def copy_database(*, folder: Path, progress: Callable[[int, int], object]) -> DatabaseFacts:
    """Copy the database into new files in *folder*, all of it as of one moment; *progress* gets what is done and all.

    Raises BackupFailed.
    """
    try:
        return _copy_postgresql(folder) if connection.vendor == "postgresql" else _copy_sqlite(folder, progress)
    except (sqlite3.Error, psycopg.Error) as error:
        raise BackupFailed(f"the database cannot be copied: {error}") from error


def _copy_sqlite(folder: Path, progress: Callable[[int, int], object]) -> DatabaseFacts:
    path = folder / SQLITE_FILE
    path.touch(mode=0o600, exist_ok=False)
    source = sqlite3.connect(f"file:{connection.settings_dict['NAME']}?mode=ro", uri=True, isolation_level=None)
    target = sqlite3.connect(path, isolation_level=None)
    with closing(source), closing(target):
        source.execute("PRAGMA busy_timeout=30000")
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it is one moment
        source.backup(
            target, pages=_PAGES, progress=lambda _status, left, every: progress(every - left, every), sleep=0
        )
        target.execute("PRAGMA journal_mode=OFF")
        target.execute("PRAGMA secure_delete=ON")
        target.execute(f"DELETE FROM {SESSIONS}")
        left_out = 0
        for ids in _sealed_records(lambda sql: target.execute(sql).fetchall()):
            marks = ", ".join(["?"] * len(ids))
            left_out += target.execute(f"DELETE FROM {TEXTS} WHERE record_id IN ({marks})", ids).rowcount
        problems = [each for (each,) in target.execute("PRAGMA quick_check").fetchall() if each != "ok"]
        if problems:
            raise BackupFailed(f"the copy of the database is not sound: {problems[0]}")
        return _facts("sqlite", lambda sql: target.execute(sql).fetchall(), left_out)


def _copy_postgresql(folder: Path) -> DatabaseFacts:
    with psycopg.connect(**_address(), autocommit=True) as line, line.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone() or ("",)
        left_out = [f"--exclude-table-data={each}" for each in (TEXTS, SESSIONS)]
        _run_program("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", *left_out,
                     f"--file={folder / DUMP_FILE}", f"--dbname={_address()['dbname']}")  # fmt: skip
        cursor.execute("CREATE TEMPORARY TABLE sealed_record (id bigint PRIMARY KEY) ON COMMIT DROP")
        for ids in _sealed_records(lambda sql: cursor.execute(sql).fetchall()):
            cursor.execute("INSERT INTO sealed_record SELECT unnest(%s::bigint[])", [ids])
        cursor.execute(f"SELECT count(*) FROM {TEXTS} WHERE record_id IN (SELECT id FROM sealed_record)")
        (count,) = cursor.fetchone() or (0,)
        wanted = f"SELECT * FROM {TEXTS} WHERE record_id NOT IN (SELECT id FROM sealed_record) ORDER BY record_id"
        with (
            (folder / TEXTS_FILE).open("xb") as sink,
            cursor.copy(f"COPY ({wanted}) TO STDOUT (FORMAT binary)") as rows,
        ):
            for data in rows:
                sink.write(data)
        found = _facts("postgresql", lambda sql: cursor.execute(sql).fetchall(), int(count))
        cursor.execute("COMMIT")
        return found


def put_postgresql_back(*, folder: Path, backup: str) -> None:
    """Fill the empty database of the settings from a dump; what an earlier try with the same *backup* left in it goes
    first, and nothing else ever does. Raises BackupFailed.
    """
    try:
        _take_database(backup)
    except psycopg.Error as error:
        raise BackupFailed(f"the database cannot be filled: {error}") from error
    name = str(_address()["dbname"])
    _run_program("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--exit-on-error",
                 f"--dbname={name}", str(folder / DUMP_FILE))  # fmt: skip
    try:
        with psycopg.connect(**_address()) as line, line.cursor() as cursor:
            cursor.execute(f"TRUNCATE {TEXTS}")
            with (
                (folder / TEXTS_FILE).open("rb") as source,
                cursor.copy(f"COPY {TEXTS} FROM STDIN (FORMAT binary)") as into,
            ):
                while data := source.read(1 << 20):
                    into.write(data)
    except psycopg.Error as error:
        raise BackupFailed(f"the texts cannot be put back: {error}") from error


def give_postgresql_over() -> None:
    """Say that the restore into the database of the settings came to its end. Raises BackupFailed."""
    try:
        with psycopg.connect(**_address(), autocommit=True) as line:
            line.execute(f"DROP TABLE IF EXISTS {_RESTORING}")
    except psycopg.Error as error:
        raise BackupFailed(f"the database cannot be given over: {error}") from error


def _take_database(backup: str) -> None:
    """Mark the database as being filled from *backup*. Raises BackupFailed when it holds anything else."""
    with psycopg.connect(**_address(), autocommit=True) as line:
        asked = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        tables = {str(name) for (name,) in line.execute(asked).fetchall()}
        if not tables:
            line.execute(f"CREATE TABLE {_RESTORING} (backup text PRIMARY KEY)")
            line.execute(f"INSERT INTO {_RESTORING} VALUES (%s)", [backup])
            return
        held = line.execute(f"SELECT backup FROM {_RESTORING}").fetchall() if _RESTORING in tables else []
        if held != [(backup,)]:
            raise BackupFailed("the database of the settings is not empty: a backup is restored into an empty one")
        for each in sorted(tables - {_RESTORING}):
            line.execute(f'DROP TABLE IF EXISTS "{each}" CASCADE')


def _sealed_records(ask: Ask) -> Iterator[list[int]]:
    """Records with texts in the copy whose content is sealed, as the database knows now: what was sealed stays so."""
    after = 0
    asked = f"SELECT DISTINCT record_id FROM {TEXTS} WHERE record_id > {{}} ORDER BY record_id LIMIT {_CHUNK}"
    while ids := [int(each) for (each,) in ask(asked.format(after))]:
        after = ids[-1]
        if sealed := sorted(records_with_sealed_content(record_ids=ids)):
            yield sealed


def _facts(vendor: str, ask: Ask, left_out: int) -> DatabaseFacts:
    tables = {each.label: apps.get_model(each.label)._meta.db_table for each in compared_tables()}
    counts = {label: int(ask(f'SELECT count(*) FROM "{table}"')[0][0]) for label, table in tables.items()}
    newest = ask("SELECT size, root, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
    entries, root, note = newest[0] if newest else (0, b"", "")
    rows = ask("SELECT position FROM ledger_cursor WHERE follower = 'storage.rows'")
    migrations = ask("SELECT app, name FROM django_migrations ORDER BY app, name")
    return DatabaseFacts(
        vendor, counts, int(entries), bytes(root).hex(), str(note), int(rows[0][0]) if rows else 0,
        [f"{app}.{name}" for app, name in migrations], left_out,
    )  # fmt: skip


def _address() -> dict[str, Any]:
    told = connection.settings_dict
    found = {"dbname": told["NAME"], "user": told["USER"], "password": told["PASSWORD"], "host": told["HOST"],
             "port": told["PORT"]}  # fmt: skip
    return {name: str(value) for name, value in found.items() if value}


def _run_program(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, where other users do not see it."""
    names = {"user": "PGUSER", "password": "PGPASSWORD", "host": "PGHOST", "port": "PGPORT"}
    given = {names[name]: value for name, value in _address().items() if name in names}
    try:
        done = subprocess.run(
            [program, *arguments], env=os.environ | given, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise BackupFailed(f"{program} is not installed: it belongs to PostgreSQL's client programs") from error
    if done.returncode:
        raise BackupFailed(f"{program}: {done.stderr.strip()[-400:]}")
