"""Let backups go when their time has come, look which are really there, and say which destructions are complete."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from lantai.common.alone import only_one
from lantai.common.durability import flush_file
from lantai.site.backups.places import (
    KEYS_MANIFEST,
    MAKING,
    MANIFEST,
    SEALED_KEYS,
    SEALED_TRANSIT,
    TRANSIT,
    backup_folder,
    folder_is_here,
    key_backup_folder,
    moment_of,
    wipe,
)
from lantai.site.backups.taking import forget_leftovers, take_key_backup
from lantai.storage.backup_queries import (
    DATABASE,
    KEYS,
    BackupView,
    backup_rules,
    backups_with_transit,
    kept_backups,
)
from lantai.storage.services import (
    complete_destructions,
    list_destructions,
    note_backup_gone,
    take_up_backup,
)

STEWARD = "system:backup"


def expire_backups(*, now: datetime) -> int:
    """Remove what is older than the policy lets it be, and bring the register up to what lies in the folders; returns
    how many backups, or parts of one, went. Nothing that cannot be removed counts as gone. Raises OSError.
    """
    rules, gone = backup_rules(), 0
    _look_around(now)
    old = now - timedelta(days=rules.key_days)
    for each in kept_backups(kind=DATABASE)[rules.generations :]:
        gone += remove_backup(found=each, reason="generations", by=STEWARD, now=now)
    for each in kept_backups(kind=KEYS):
        if each.begun_at < old:
            gone += remove_backup(found=each, reason="key-days", by=STEWARD, now=now)
    for each in backups_with_transit():
        if each.begun_at < old:
            gone += _remove_transit(each, reason="key-days", by=STEWARD, now=now)
    settle_destructions(now=now)
    return gone


def settle_destructions(*, now: datetime) -> int:
    """Lay the list of what was destroyed beside the backups, then say which destructions are complete; returns how
    many became so. Raises OSError: without the list beside them none is complete.
    """
    list_destructions(folders=[backup_folder(), key_backup_folder()])
    if _leftovers():
        return 0
    return complete_destructions(now=now)


def renew_key_backups(*, reason: str, by: str, now: datetime) -> int:
    """Make a key backup now and let every older one go, with the packages on their way in beside the others: after a
    destruction, so that it is complete today. Returns how many went. Raises BackupFailed, OSError.
    """
    name = take_key_backup(by=by, now=now)
    _look_around(now)
    gone = 0
    for each in kept_backups(kind=KEYS):
        if each.name != name:
            gone += remove_backup(found=each, reason=reason, by=by, now=now)
    for each in backups_with_transit():
        gone += _remove_transit(each, reason=reason, by=by, now=now)
    settle_destructions(now=timezone.now())
    return gone


def remove_backup(*, found: BackupView, reason: str, by: str, now: datetime) -> bool:
    """Remove one backup, keys overwritten first, and note it; returns whether it had been kept. Raises OSError."""
    place = Path(found.place)
    if found.kind == KEYS:
        wipe(place)
        place.with_name(f"{found.name}{KEYS_MANIFEST}").unlink(missing_ok=True)
    elif place.is_dir():
        for each in (TRANSIT, SEALED_TRANSIT):
            wipe(place / each)
        shutil.rmtree(place)
    if place.parent.is_dir():
        flush_file(place.parent)
    return note_backup_gone(name=found.name, part="whole", reason=reason, by=by, now=now)


def _remove_transit(found: BackupView, *, reason: str, by: str, now: datetime) -> bool:
    for each in (TRANSIT, SEALED_TRANSIT):
        wipe(Path(found.place) / each)
    return note_backup_gone(name=found.name, part="transit", reason=reason, by=by, now=now)


def _look_around(now: datetime) -> None:
    """Enter what lies in the folders and is not in the register, and note as gone what is in it and lies nowhere."""
    folders = (backup_folder(), key_backup_folder())
    for name, kind, place, transit in _lying(*folders):
        take_up_backup(name=name, kind=kind, place=str(place), begun_at=moment_of(name), transit=transit, now=now)
    for kind, folder in zip((DATABASE, KEYS), folders, strict=True):
        for each in kept_backups(kind=kind) if folder_is_here(folder) else ():  # a disk that is away has lost nothing
            if Path(each.place).parent == folder and not Path(each.place).exists():
                note_backup_gone(name=each.name, part="whole", reason="missing", by=STEWARD, now=now)


def _lying(folder: Path, key_folder: Path) -> Iterator[tuple[str, str, Path, bool]]:
    for each in sorted(folder.iterdir()):
        if (each / MANIFEST).is_file() and _is_name(each.name):
            yield each.name, DATABASE, each, any((each / part).exists() for part in (TRANSIT, SEALED_TRANSIT))
    for each in sorted(key_folder.iterdir()):
        name = each.name.removesuffix(SEALED_KEYS)
        if each.name.endswith(SEALED_KEYS) and _is_name(name):
            yield name, KEYS, each, False


def _is_name(text: str) -> bool:
    try:
        moment_of(text)
    except ValueError:
        return False
    return not text.startswith(MAKING)


def _leftovers() -> bool:
    """Wipe what a key backup that died has left; returns whether one is being made now, which leaves it for later."""
    with only_one(settings.LANTAI_HOME / "key-backup.lock") as mine:
        if mine:
            forget_leftovers()
        return not mine
