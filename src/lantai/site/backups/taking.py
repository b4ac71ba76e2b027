"""Make a backup: the database and what else of LANTAI_HOME is nowhere else, then, apart from it, the keys.

A backup is written beside its place and moved there whole, read again and digested before it counts. One that is broken
off anywhere leaves a folder that the next run removes, and is made again from the beginning.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from lantai.archival.vault.keys import KEYS_FILE, STORE_FILE
from lantai.common.alone import only_one
from lantai.common.durability import flush_file
from lantai.site import configuration
from lantai.site.backups.databases import copy_database
from lantai.site.backups.places import (
    FORMAT,
    KEYS_FORMAT,
    KEYS_MANIFEST,
    MAKING,
    MANIFEST,
    SEALED_KEYS,
    SEALED_TRANSIT,
    TRANSIT,
    BackupFailed,
    backup_folder,
    kept_file,
    key_backup_folder,
    new_name,
    open_folder,
    wipe,
    write_manifest,
)
from lantai.site.backups.tars import add_file, tar_written
from lantai.storage.backup_queries import DATABASE, KEYS, backup_rules, kept_backups, newest_backup
from lantai.storage.keyring import has_key_store, key_folder, key_store
from lantai.storage.services import BackupMade, begin_backup, fail_backup, finish_backup

Shown = Callable[[str, int, int], object]
"""Called with what is done ("database", "files", "keys"), how much of it, and how much there is."""
ON_THE_WAY = ("receiving", "imports")
"""Packages and files of imports on their way in: not in storage yet, and in the clear."""
SMALL = ("archive-name", "demo")
"""The name given at the first start, and what the demo county remembers."""
LEFT_OUT = {
    "storage": "objects lie in the storage locations, each in as many copies as its policy asks",
    "index": "made anew from the catalogue",
    "cache": "made anew when it is asked for",
    "static": "made anew by lantai prepare",
    "verify-ledger.json": "how far the ledger was verified: begun anew",
    "noted": "brought into the ledger within a second",
    "quarantine": "damaged copies put aside: nothing of the archive",
    "exports": "packages that were asked for: made again when they are asked for again",
    "scans": "scans not taken in yet: they are registered again from whoever scanned them",
    "keys": "in the key backup alone",
    "copies": "further storage locations of the demo county",
    "backups": "the backups themselves",
    "key-backups": "the backups themselves",
}
"""What of LANTAI_HOME is in no backup of the database, and why; locks and signs of a moment besides."""
_SECRET = ("LANTAI_DATABASE", "LANTAI_MAIL_PASSWORD")
_HELD_BACK = ("first-start", ".lock")
_COPY = ".backup-"


def take_backup(*, by: str, now: datetime, shown: Shown = lambda _what, _done, _all: None) -> str:
    """Back up the database and what lies beside it; returns the name of the backup.

    Nothing has to stop: the copy is what the database held in one moment. Raises BackupFailed, which the register and
    the ledger then know, too.
    """
    with only_one(settings.LANTAI_HOME / "backup.lock") as mine:
        if not mine:
            raise BackupFailed("another process makes a backup now")
        folder, name = backup_folder(), new_name(now)
        for each in folder.glob(f"{MAKING}*"):
            shutil.rmtree(each)
        open_folder(folder, known=_known(folder, DATABASE))
        begin_backup(name=name, kind=DATABASE, place=str(folder / name), by=by, now=now)
        making = folder / f"{MAKING}{name}"
        try:
            made = _filled(making, name, now, shown)
            making.rename(folder / name)
            flush_file(folder)
        except (BackupFailed, OSError, DatabaseError) as error:
            shutil.rmtree(making, ignore_errors=True)
            fail_backup(name=name, trouble=str(error), now=timezone.now())
            raise BackupFailed(str(error)) from error
        finish_backup(name=name, made=made, now=timezone.now())
        return name


def take_key_backup(*, by: str, now: datetime, shown: Shown = lambda _what, _done, _all: None) -> str:
    """Back up every key, sealed to the escrow recipients alone, in one file apart from the other backups; returns its
    name. It is kept for at most ``key_days``. Raises BackupFailed: without an escrow recipient none can be made.
    """
    with only_one(settings.LANTAI_HOME / "key-backup.lock") as mine:
        if not mine:
            raise BackupFailed("another process makes a key backup now")
        folder, name = key_backup_folder(), new_name(now)
        forget_leftovers()
        open_folder(folder, known=_known(folder, KEYS))
        begin_backup(name=name, kind=KEYS, place=str(folder / f"{name}{SEALED_KEYS}"), by=by, now=now)
        making = folder / f"{MAKING}{name}{SEALED_KEYS}"
        try:
            made = _keys_filled(making, name, now, shown)
        except (BackupFailed, OSError, DatabaseError) as error:  # a fault of the keys is one of the system
            wipe(making)
            fail_backup(name=name, trouble=str(error), now=timezone.now())
            raise BackupFailed(str(error)) from error
        finish_backup(name=name, made=made, now=timezone.now())
        return name


def escrow_recipients() -> list[str]:
    """To whom keys are sealed: the recipients of the key store."""
    return [each.recipient for each in key_store().recipients()] if has_key_store() else []


def forget_leftovers() -> None:
    """Wipe what a key backup that died has left: its unfinished file, and its copy of the key store."""
    for folder, pattern in ((key_backup_folder(), f"{MAKING}*"), (key_folder(), f"{_COPY}*")):
        for each in folder.glob(pattern):
            wipe(each)


def _known(folder: Path, kind: str) -> bool:
    """Whether the register says that backups lie in *folder*."""
    return any(Path(each.place).parent == folder for each in kept_backups(kind=kind))


def _filled(folder: Path, name: str, now: datetime, shown: Shown) -> BackupMade:
    """Write the backup into the new *folder* and read it again."""
    folder.mkdir(mode=0o700)
    facts = copy_database(folder=folder, progress=lambda done, every: shown("database", done, every))
    recipients = escrow_recipients()
    transit = folder / (SEALED_TRANSIT if recipients else TRANSIT)
    count = on_the_way = 0
    with tar_written(transit, recipients) as tar:
        for path in _home_files():
            inside = path.relative_to(settings.LANTAI_HOME)
            added = add_file(tar, path, str(inside))
            count, on_the_way = count + added, on_the_way + (added and inside.parts[0] in ON_THE_WAY)
            shown("files", count, 0)
    files = {each.name: asdict(kept_file(each)) for each in sorted(folder.iterdir())}
    expires = now + timedelta(days=backup_rules().key_days)
    files[transit.name]["expires"] = expires.isoformat()
    newest_keys = newest_backup(kind=KEYS)
    manifest = {
        "format": FORMAT, "name": name, "taken_at": now.isoformat(), "archive": settings.LANTAI_ARCHIVE_NAME,
        "origin": settings.LANTAI_ORIGIN, "version": version("lantai-archive"), "database": asdict(facts),
        "files": files, "settings": _settings(), "keys": newest_keys.name if newest_keys else "",
        "left_out": LEFT_OUT, "transit_files": count,
    }  # fmt: skip
    digest = write_manifest(folder / MANIFEST, manifest)
    flush_file(folder)
    told = {"counts": sum(facts.counts.values()), "records": facts.counts["catalog.record"], "rows": facts.rows,
            "texts_left_out": facts.texts_left_out, "transit_files": on_the_way}  # fmt: skip
    size = sum(each["size"] for each in files.values())
    return BackupMade(size, len(files) + 1, digest, facts.entries, transit=on_the_way > 0, facts=told)


def _keys_filled(making: Path, name: str, now: datetime, shown: Shown) -> BackupMade:
    """Write the key backup into the new file *making*, read it again, and move it to its place, its manifest first."""
    recipients = escrow_recipients()
    if not recipients:
        raise BackupFailed("there is no escrow recipient: run lantai keys escrow add first")
    copy = key_folder() / f"{_COPY}{name}"
    counts = {"keys": sum(key_store().count_keys().values()), "recipients": len(recipients)}
    try:
        key_store().copy_to(copy)
        copy.chmod(0o600)
        with tar_written(making, recipients) as tar:
            done = add_file(tar, copy, f"vault/{STORE_FILE}") + add_file(
                tar, key_folder() / KEYS_FILE, f"vault/{KEYS_FILE}"
            )
            for path in _key_files():
                done += add_file(tar, path, f"keys/{path.relative_to(settings.LANTAI_HOME / 'keys')}")
                shown("keys", done, 0)
    finally:
        wipe(copy)
    found = kept_file(making)
    place = making.with_name(f"{name}{SEALED_KEYS}")
    manifest = {"format": KEYS_FORMAT, "name": name, "taken_at": now.isoformat(), "origin": settings.LANTAI_ORIGIN,
                "recipients": recipients, "files": {place.name: asdict(found)}, "holds": done, **counts,
                "expires": (now + timedelta(days=backup_rules().key_days)).isoformat()}  # fmt: skip
    digest = write_manifest(place.with_name(f"{name}{KEYS_MANIFEST}"), manifest)
    making.rename(place)
    flush_file(place.parent)
    return BackupMade(found.size, done, digest, 0, transit=False, facts=counts)


def _home_files() -> Iterator[Path]:
    """The files of LANTAI_HOME that are nowhere else: on their way in, and the few that say what this archive is."""
    home = Path(settings.LANTAI_HOME)
    for name in (*ON_THE_WAY, *SMALL):
        if (home / name).is_file():
            yield home / name
        for base, folders, names in os.walk(home / name):
            folders.sort()
            yield from (Path(base) / each for each in sorted(names) if (Path(base) / each).is_file())


def _key_files() -> Iterator[Path]:
    """The archive's own keys; the key store, which may lie among them, is copied as one."""
    vault = key_folder().resolve()
    for base, folders, names in os.walk(settings.LANTAI_HOME / "keys"):
        folders[:] = sorted(each for each in folders if (Path(base) / each).resolve() != vault)
        yield from (Path(base) / each for each in sorted(names) if each not in _HELD_BACK)


def _settings() -> dict[str, Any]:
    """Every setting that is not at its default, but for passwords."""
    read = {each.name: configuration.read(each.name) for each in configuration.SETTINGS}
    told = {each.name: read[each.name] for each in configuration.SETTINGS if read[each.name] != each.default}
    return {name: ("…" if name in _SECRET else value) for name, value in told.items()}
