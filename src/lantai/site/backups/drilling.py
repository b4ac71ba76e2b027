"""The restore drill (恢复演练): the newest backup restored beside the archive, compared with it, and thrown away again.

Everything the report says is measured here: counts, digests, columns, answers of the search, rights of readers, how
much would have been lost (recovery point) and how long it took (recovery time), against what the policy states.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.utils import timezone

from lantai.archival import ocfl
from lantai.common.alone import only_one
from lantai.site import configuration
from lantai.site.backups.drill_lines import Compared, drill_lines
from lantai.site.backups.places import BackupFailed, backup_folder, wipe
from lantai.site.backups.probing import probe_archive
from lantai.site.backups.reports import Report
from lantai.site.rebuilding.comparing import Difference, TableCompared, compare_databases
from lantai.storage.backup_queries import DATABASE, KEYS, BackupView, backup_rules, newest_backup
from lantai.storage.models import NotedChange
from lantai.storage.services import keep_drill
from lantai.storage.services.rebuilding import read_row_lines

SAMPLE = 200
_PREFIX = "drill-"


@dataclass(frozen=True, slots=True)
class Drilled:
    """A drill that was kept: its number in the register, and its report."""

    number: int
    report: Report


def drill_restore(*, identity: Path | None, by: str, now: datetime, sample: int = SAMPLE) -> Drilled:
    """Restore the newest backup, and the newest key backup with the *identity* file of an escrow recipient, to a
    home of its own; compare it with this archive; keep the report. Nothing of this archive is changed or stopped;
    keeping rows in storage waits meanwhile.

    Raises BackupFailed when it cannot be drilled at all: no backup, no room, no right to make a database.
    """
    database, keys = newest_backup(kind=DATABASE), newest_backup(kind=KEYS)
    if database is None:
        raise BackupFailed("there is no backup yet: run lantai backup")
    with (
        only_one(settings.LANTAI_HOME / "drill.lock") as alone,
        only_one(settings.LANTAI_HOME / "keeping.lock") as mine,
    ):
        if not (alone and mine):
            raise BackupFailed("another process keeps rows or drills now: try again")
        forget_drills()
        home = backup_folder() / f"{_PREFIX}{now:%Y%m%dT%H%M%S}"
        try:
            with _database_for(home) as address:
                report = _drilled(home, address, database, keys, identity, now, sample)
        finally:
            forget_drills()
    row = keep_drill(
        backup=database.name, report=report.as_data(), met=report.met, by=by, begun_at=now, now=timezone.now()
    )
    return Drilled(row.pk, report)


def forget_drills() -> None:
    """Remove the homes of drills, their keys overwritten first. The caller holds the lock of drills."""
    for home in backup_folder().glob(f"{_PREFIX}*"):
        for part in ("keys", "keys.restored"):
            for each in (home / part).rglob("*"):
                if each.is_file():
                    wipe(each)
        shutil.rmtree(home)


def _drilled(
    home: Path,
    address: str,
    database: BackupView,
    keys: BackupView | None,
    identity: Path | None,
    now: datetime,
    sample: int,
) -> Report:
    with_keys = keys is not None and identity is not None
    arguments = ["--from", database.place, "--to", str(home), "--json"]
    if keys is not None and identity is not None:
        arguments += ["--keys", keys.place, "--identity", str(identity)]
    environment = _environment(home, address)
    begun = time.monotonic()
    restored = _answered("restore", *arguments, environment=environment)
    seconds = time.monotonic() - begun
    there = _answered("backup", "probe", "--sample", str(sample), "--before", now.isoformat(), environment=environment)
    here = probe_archive(sample=sample, before=now)
    unread = [each["where"] for each in restored["findings"] if each["code"] == "restore.rows-damaged"]
    compared = _compared(address or str(home), unread)
    lines = drill_lines(
        database=database, keys=keys if with_keys else None, restored=restored, here=here, there=there,
        compared=compared, seconds=seconds, now=now, rules=backup_rules(),
    )  # fmt: skip
    facts = [
        ("备份", "backup", f"{database.name}　{database.bytes:,} B"),
        ("密钥备份", "key backup", keys.name if keys is not None and with_keys else "未恢复 not restored"),
        ("恢复到", "restored to", "PostgreSQL" if address else "SQLite"),
        ("起止", "from, to", f"{_local(now)} — {_local(timezone.now())}"),
    ]
    return Report(
        "恢复演练报告",
        "Restore drill",
        settings.LANTAI_ARCHIVE_NAME,
        now.isoformat(),
        timezone.now().isoformat(),
        facts,
        lines,
    )


def _local(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"


def _environment(home: Path, address: str) -> dict[str, str]:
    """Where the programs of the restored archive find everything: their own home, and this one's storage, read only."""
    passphrase = settings.LANTAI_KEYS_PASSPHRASE
    return os.environ | {
        "LANTAI_HOME": str(home),
        "LANTAI_DATABASE": address,
        "LANTAI_STORAGE": str(settings.LANTAI_STORAGE_ROOT),
        "LANTAI_KEYS": str(home / "keys" / "vault"),
        "LANTAI_KEYS_PASSPHRASE": str(Path(passphrase).resolve()) if passphrase else "",
        "LANTAI_BACKUPS": str(home / "backups"),
        "LANTAI_KEY_BACKUPS": str(home / "key-backups"),
        "LANTAI_ORIGIN": settings.LANTAI_ORIGIN,
        "LANTAI_ARCHIVE_NAME": settings.LANTAI_ARCHIVE_NAME,
    }


def _answered(*arguments: str, environment: dict[str, str]) -> dict[str, Any]:
    """What a command of the restored archive says in its last line. Raises BackupFailed."""
    done = subprocess.run(
        [sys.executable, "-m", "lantai", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    last = done.stdout.strip().rpartition("\n")[2]
    if not last.startswith("{"):
        raise BackupFailed(f"lantai {arguments[0]}: {done.stderr.strip()[-600:]}")
    answer: dict[str, Any] = json.loads(last)
    return answer


@contextmanager
def _database_for(home: Path) -> Iterator[str]:
    """The address of an empty database beside this one where it is PostgreSQL, gone afterwards; empty for SQLite."""
    address = configuration.read("LANTAI_DATABASE")
    if not address:
        yield ""
        return
    name = f"lantai_{home.name.replace('-', '_').lower()}"
    try:
        with psycopg.connect(address, autocommit=True) as line:
            line.execute(f'CREATE DATABASE "{name}"')
    except psycopg.Error as error:
        raise BackupFailed(f"no database can be made for the drill: {error}") from error
    try:
        yield urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(address, autocommit=True) as line:
            line.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _compared(other: str, unread: Sequence[str]) -> Compared:
    """This archive against the restored one, column by column. A row may differ that this archive changed since it last
    kept rows in storage, or kept in a batch the restored keys do not open (*unread*); the ledger may be longer here.
    Anything else is a difference.
    """
    found: list[Difference] = []
    tables: list[TableCompared] = []
    here = configuration.read("LANTAI_DATABASE") or str(settings.LANTAI_HOME)
    compare_databases(a=here, b=other, found=found.append, done=tables.append)
    noted = {(label, key) for label, key in NotedChange.objects.values_list("label", "row_key")}
    for object_id in unread:
        lines = read_row_lines(root=ocfl.StorageRoot(settings.LANTAI_STORAGE_ROOT), object_id=object_id)
        noted |= {(line["table"], str(line["key"])) for line in lines if "key" in line}
    whole = {label for label, key in noted if not key}
    later = [each for each in found if each.table in whole or (each.table, str(each.key[0])) in noted]
    entries = [each for each in found if each.table == "ledger.entry" and each.only == "a"]
    anew = [each for each in found if _answered_anew(each)]
    ours = {id(each) for each in (*later, *entries, *anew)}
    return Compared(
        tables=len(tables),
        rows_here=sum(each.rows_a for each in tables),
        rows_there=sum(each.rows_b for each in tables),
        later=len(later),
        entries_lost=len(entries),
        differences=[f"{each.table} {each.key} {each.column}" for each in found if id(each) not in ours],
    )


def _answered_anew(each: Difference) -> bool:
    """Whether a restored archive makes this itself: tiles and later checkpoints of the ledger, sealed texts."""
    if each.table == "ledger.tile":
        return True  # computed from the entries, and held against the checkpoints, which are compared
    if each.table == "ledger.checkpoint":
        return bool(each.only)
    if each.table == "catalog.componenttext":
        return each.only == "a"
    return each.table == "catalog.representation" and each.column == "confirmed_at" and each.b is None
