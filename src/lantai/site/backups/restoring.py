"""Finish a restore inside the new home: destroyed again first, then brought up to storage, then made ready to use."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from lantai.archival import ocfl
from lantai.archival.vault import VaultFault
from lantai.archival.vault.keys import STORE_FILE, KeyStore
from lantai.archival.verification import Found
from lantai.catalog.services import read_texts_again
from lantai.catalog.services.repeating import repeat_destructions
from lantai.finding.services import forget_indexes, rebuild_index
from lantai.ingest.area import receiving_path
from lantai.ingest.services.waiting import queue_confirmation
from lantai.ledger.queries import latest_checkpoint
from lantai.ledger.services import (
    LedgerNotContinued,
    NewEntry,
    append_entries,
    rebuild_entries,
    repeat_erasures,
    reset_cursor,
)
from lantai.site.backups.databases import give_postgresql_over, put_postgresql_back
from lantai.site.backups.laying import STAGED, STATE, Laid
from lantai.site.backups.places import BackupFailed
from lantai.site.rebuilding.constraints import ask_again, count_on, foreign_keys, let_go
from lantai.site.rebuilding.tables import kept_tables
from lantai.storage.keyring import forget_keyring, key_folder
from lantai.storage.services import (
    LEDGER_FOLLOWER,
    ROWS_FOLLOWER,
    apply_destructions,
    destructions_in_entries,
    finish_destructions,
    note_changes,
    read_destructions,
    stop_noting,
    take_over_destructions,
)
from lantai.storage.services.catching_up import (
    Newest,
    catch_up_rows,
    catch_up_shelf,
    forget_superseded,
    read_newer_rows,
)
from lantai.storage.services.keep_ledger import RESERVED
from lantai.storage.services.rebuilding import (
    KeptDamaged,
    Survey,
    open_main_location,
    read_ledger_lines,
    read_row_lines,
    resume_followers,
    survey_shelf,
)
from lantai.storage.services.row_batches import rows_number

RESTORED = "archive.restored"
_MARK = ".restored-from"
"""In the folder of keys: which backup put them there, while the restore goes on."""
Shown = Callable[[str, int, int], object]


@dataclass(slots=True)
class Restored:
    """What a restore came to: rows, entries and objects that storage had beyond the backup, units destroyed again
    before anything could be read, records said to be destroyed, seconds by phase, and what was wrong.
    """

    rows: int = 0
    entries: int = 0
    objects: int = 0
    destroyed_again: int = 0
    records_destroyed: int = 0
    size: int = 0
    indexed: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    findings: list[Found] = field(default_factory=list)

    def spend(self, phase: str, since: float) -> float:
        """Count the time from *since* (``time.monotonic``) to *phase*; returns the time now."""
        now = time.monotonic()
        self.seconds[phase] = round(self.seconds.get(phase, 0.0) + now - since, 3)
        return now


def finish_restore(*, laid: Laid, lists: Sequence[Path], now: datetime, shown: Shown) -> Restored:
    """Make of what was laid into this home an archive: everything may be repeated.

    What was destroyed since the backup (by the *lists* beside the backups, the ledger in storage, and the database
    itself) is destroyed in the restored keys before these are put where anybody could use them. Then come the rows, the
    entries and the objects that storage has beyond the backup, the index, and the word in the ledger.

    Raises BackupFailed, ocfl.RootUnusable, VaultFault, OSError, django.db.DatabaseError.
    """
    done, clock = Restored(), time.monotonic()
    if laid.vendor != connection.vendor:
        raise BackupFailed(f"the backup is of {laid.vendor}, the database of the settings is {connection.vendor}")
    _refuse_other_keys(laid)
    if laid.vendor == "postgresql":
        put_postgresql_back(folder=Path(laid.source), backup=laid.backup)
    call_command("migrate", verbosity=0, interactive=False)
    clock = done.spend("database", clock)
    survey = _surveyed()
    listed = _listed(laid, lists, survey)
    done.destroyed_again = _put_keys_in_place(listed, laid.backup, now)
    done.destroyed_again += apply_destructions(now=now)
    clock = done.spend("destroy", clock)
    if survey is not None:
        _catch_up(survey, laid, done, shown)
    clock = done.spend("catch-up", clock)
    with transaction.atomic():
        take_over_destructions(listed=listed)
    finish_destructions(now=now)
    for each in listed:
        receiving_path(each["subject"]).unlink(missing_ok=True)  # it was on its way in when the backup was made
    done.records_destroyed = repeat_destructions(
        record_codes=sorted({each["subject"] for each in listed}), by="console", now=now
    )
    if read_texts_again():
        with transaction.atomic():
            queue_confirmation()
    clock = done.spend("destroy", clock)
    forget_indexes()
    done.indexed = rebuild_index.call(now=now.isoformat())
    done.spend("index", clock)
    checkpoint = latest_checkpoint()
    done.size = checkpoint.size if checkpoint else 0
    _tell(laid, done, now)
    (key_folder() / _MARK).unlink(missing_ok=True)
    if laid.vendor == "postgresql":
        give_postgresql_over()
    (Path(settings.LANTAI_HOME) / STATE).unlink()
    return done


def _refuse_other_keys(laid: Laid) -> None:
    """Nobody's key store is written over: where LANTAI_KEYS holds one that this restore did not put there, it stops."""
    mark, staged = key_folder() / _MARK, Path(settings.LANTAI_HOME) / STAGED / "vault" / STORE_FILE
    ours = mark.is_file() and mark.read_text("utf-8") == laid.backup
    if staged.exists() and (key_folder() / STORE_FILE).exists() and not ours:
        raise BackupFailed(f"{key_folder()} holds a key store already: restore without --keys, or name another place")


def _surveyed() -> Survey | None:
    """What lies in the storage root of the settings; None where none is there."""
    try:
        return survey_shelf(path=Path(settings.LANTAI_STORAGE_ROOT))
    except ocfl.RootUnusable:
        return None


def _listed(laid: Laid, lists: Sequence[Path], survey: Survey | None) -> list[dict[str, Any]]:
    """Everything that was destroyed since the backup, from wherever it is told."""
    found = destructions_in_entries(entries=_later_entries(survey, laid)) if survey is not None else []
    return list({(each["object"], each["unit"]): each for each in [*found, *read_destructions(folders=lists)]}.values())


def _later_entries(survey: Survey, laid: Laid) -> Iterator[dict[str, Any]]:
    for _first, last, object_id in survey.ledger:
        if last >= laid.entries:
            try:
                yield from read_ledger_lines(root=survey.root, object_id=object_id)[0]
            except KeptDamaged:
                continue  # catching up tells of it


def _put_keys_in_place(listed: Sequence[dict[str, Any]], backup: str, now: datetime) -> int:
    """Destroy what is listed in the staged key store, then put all keys where they are used; returns the units."""
    staged = Path(settings.LANTAI_HOME) / STAGED
    if not staged.is_dir():
        return 0
    count = 0
    if (staged / "vault" / STORE_FILE).exists():
        store = KeyStore(staged / "vault")
        units = [(each["object"], each["unit"]) for each in listed if store.keys_of(each["object"], each["unit"])]
        store.destroy_keys(units, now.isoformat())
        if any(store.keys_of(*each) for each in units):
            raise BackupFailed("keys that were destroyed are still in the restored key store")
        store.close()
        count = len(units)
        key_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        (key_folder() / _MARK).write_text(backup, "utf-8")
        _moved(staged / "vault", key_folder())
    _moved(staged / "keys", Path(settings.LANTAI_HOME) / "keys")
    shutil.rmtree(staged)
    forget_keyring()
    return count


def _moved(source: Path, target: Path) -> None:
    """Move every file below *source* to the same place below *target*, over what is there."""
    for each in sorted(source.rglob("*")):
        if each.is_file():
            place = target / each.relative_to(source)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(each, place)
            place.chmod(0o600)


def _catch_up(survey: Survey, laid: Laid, done: Restored, shown: Shown) -> None:
    """Rows, entries and objects that storage has beyond the backup."""
    tables = {each.label: each for each in kept_tables()}
    newest, newer = Newest(), [each for each in survey.rows if rows_number(object_id=each) > laid.rows]
    for at, object_id in enumerate(newer):
        shown("rows", at, len(newer))
        try:
            lines = read_row_lines(root=survey.root, object_id=object_id)
        except (KeptDamaged, VaultFault) as damage:
            done.findings.append(Found("restore.rows-damaged", object_id, {"detail": str(damage)}))
            continue
        read_newer_rows(tables=tables, number=rows_number(object_id=object_id), lines=lines, newest=newest)
    keys = foreign_keys()
    let_go(keys)
    try:
        with transaction.atomic():
            done.rows = catch_up_rows(tables=tables, after=laid.rows, newest=newest)
        _continue_ledger(survey, done, shown)
        with transaction.atomic():
            configured = Path(settings.LANTAI_STORAGE_ROOT).resolve()
            open_main_location(path="" if survey.root.path.resolve() == configured else str(survey.root.path))
            done.objects, damaged = catch_up_shelf(root=survey.root, folders=survey.folders)
            done.findings += damaged
            forget_superseded(folders=survey.folders)
    finally:
        if connection.vendor == "sqlite":
            connection.enable_constraint_checking()
    for table, detail in ask_again(keys):
        done.findings.append(Found("restore.row-missing", table, {"detail": detail}))
    count_on([*(each.model._meta.db_table for each in tables.values() if each.key.name == "id"), "ledger_entry"])
    _resume(survey, laid)


def _continue_ledger(survey: Survey, done: Restored, shown: Shown) -> None:
    checkpoint = latest_checkpoint()
    size = checkpoint.size if checkpoint else 0
    for first, last, object_id in survey.ledger:
        if last < size:
            continue
        shown("ledger", first, survey.ledger[-1][1] + 1)
        try:
            entries, checkpoints = read_ledger_lines(root=survey.root, object_id=object_id)
            done.entries += rebuild_entries(lines=entries, checkpoints=checkpoints)
        except (KeptDamaged, LedgerNotContinued) as damage:
            done.findings.append(Found("restore.ledger-gap", object_id, {"detail": str(damage)}))
            break
    repeat_erasures()


def _resume(survey: Survey, laid: Laid) -> None:
    """Let keeping go on behind what lies in storage; all is kept anew where storage is behind the backup."""
    newest = rows_number(object_id=survey.rows[0]) if survey.rows else 0
    with transaction.atomic():
        if newest < laid.rows:
            stop_noting()
        note_changes(tables=kept_tables())
        for follower in (ROWS_FOLLOWER, LEDGER_FOLLOWER, RESERVED):
            reset_cursor(follower=follower)
        kept = 0
        for first, last, _object_id in survey.ledger:
            if first > kept:
                break
            kept = last + 1
        resume_followers(rows=survey.rows[0] if survey.rows else "", entries=kept)


def _tell(laid: Laid, done: Restored, now: datetime) -> None:
    told = {
        "backup": laid.backup, "keys": laid.keys, "rows": done.rows, "entries": done.entries, "objects": done.objects,
        "destroyed_again": done.destroyed_again, "findings": len(done.findings),
    }  # fmt: skip
    entry = NewEntry(
        kind=RESTORED, subject="archive", actor="console", at=now, result="failed" if done.findings else "done",
        detail=told,
    )  # fmt: skip
    with transaction.atomic():
        append_entries(entries=[entry])
