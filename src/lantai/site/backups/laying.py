"""Lay a backup into a new home, before any program of Lantai may use it: files, keys, the copy of the database.

While ``restore.json`` lies in the home nothing starts there. Keys are put where they are used only after everything
that was destroyed since was destroyed in them again (see ``restoring``).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lantai.archival.fixity import digest_stream
from lantai.archival.vault.keys import read_identity
from lantai.common.durability import flush_file
from lantai.site.backups.places import (
    FORMAT,
    KEYS_FORMAT,
    KEYS_MANIFEST,
    MANIFEST,
    SEALED_KEYS,
    SEALED_TRANSIT,
    TRANSIT,
    BackupFailed,
    read_manifest,
)
from lantai.site.backups.tars import put_back

STATE = "restore.json"
STAGED = "keys.restored"
"""Where the keys lie until what was destroyed is destroyed in them, too."""
Shown = Callable[[str, int, int], object]


@dataclass(frozen=True, slots=True)
class Laid:
    """What was laid into a home: the backup and the key backup (empty without one), how many files of each."""

    backup: str
    keys: str
    origin: str
    archive: str
    taken_at: str
    keys_taken_at: str
    transit: int
    key_files: int
    vendor: str
    entries: int
    rows: int
    source: str
    key_source: str


def lay_backup(*, source: Path, keys: Path | None, identity: Path | None, home: Path, shown: Shown) -> Laid:
    """Check every file of the backup in *source* against its manifest, then lay it into *home*, which is empty or was
    begun with the same backup before; the keys of the key backup *keys* are opened with the *identity* file of an
    escrow recipient. Safe to repeat after it died anywhere. Raises BackupFailed, EscrowWrong, OSError.
    """
    manifest = read_manifest(source / MANIFEST, FORMAT)
    _refuse_used(home, manifest["name"])
    present = {
        name: told for name, told in manifest["files"].items() if (source / name).exists() or "expires" not in told
    }
    for at, (name, told) in enumerate(present.items()):
        shown("check", at, len(present))
        _check(source / name, told)
    key_manifest = _checked_keys(keys) if keys is not None else None
    _say(home, {"backup": manifest["name"]})
    secret = read_identity(identity.read_text("utf-8")) if identity is not None else ""
    key_files = 0
    if keys is not None:
        shutil.rmtree(home / STAGED, ignore_errors=True)
        key_files = put_back(keys, home / STAGED, secret)
    transit = next((source / each for each in (TRANSIT, SEALED_TRANSIT) if each in present), None)
    count = put_back(transit, home, secret) if transit and (secret or transit.name == TRANSIT) else 0
    (home / "archive-name").write_text(manifest["archive"], "utf-8")
    if manifest["database"]["vendor"] == "sqlite":
        _lay_sqlite(source / "database.sqlite3", home / "lantai.sqlite3", shown)
    laid = Laid(
        manifest["name"], key_manifest["name"] if key_manifest else "", manifest["origin"], manifest["archive"],
        manifest["taken_at"], key_manifest["taken_at"] if key_manifest else "", count, key_files,
        manifest["database"]["vendor"], manifest["database"]["entries"], manifest["database"]["rows"], str(source),
        str(keys or ""),
    )  # fmt: skip
    _say(home, asdict(laid))
    return laid


def restore_is_open(home: Path) -> bool:
    """Whether a restore into *home* was begun and has not come to its end."""
    return (home / STATE).exists()


def told_of_restore(home: Path) -> Laid:
    """What was laid into *home*. Raises BackupFailed where that did not come to its end."""
    told: dict[str, Any] = json.loads((home / STATE).read_text("utf-8"))
    if "source" not in told:
        raise BackupFailed(f"{home}: the backup was not laid whole; restore it again")
    return Laid(**told)


def _refuse_used(home: Path, name: str) -> None:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (home / STATE).exists():
        begun = json.loads((home / STATE).read_text("utf-8"))["backup"]
        if begun != name:
            raise BackupFailed(f"{home}: a restore of {begun} was begun here")
    elif any(each.name != "storage" for each in home.iterdir()):
        raise BackupFailed(f"{home} is not empty")


def _check(path: Path, told: dict[str, Any]) -> None:
    with path.open("rb", buffering=0) as stream:
        size, digests = digest_stream(stream, ("sha256", "sm3"))
    if (size, digests["sha256"], digests["sm3"]) != (told["size"], told["sha256"], told["sm3"]):
        raise BackupFailed(f"{path} is not what its manifest says")


def _checked_keys(keys: Path) -> dict[str, Any]:
    manifest = read_manifest(keys.with_name(keys.name.removesuffix(SEALED_KEYS) + KEYS_MANIFEST), KEYS_FORMAT)
    _check(keys, manifest["files"][keys.name])
    return manifest


def _lay_sqlite(source: Path, target: Path, shown: Shown) -> None:
    for ending in ("-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    size, done = source.stat().st_size, 0
    with source.open("rb") as read, target.open("wb") as write:
        target.chmod(0o600)
        while data := read.read(8 << 20):
            write.write(data)
            done += len(data)
            shown("database", done, size)
    flush_file(target)


def _say(home: Path, told: dict[str, Any]) -> None:
    fresh = home / f"{STATE}.new"
    fresh.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    flush_file(fresh)
    fresh.replace(home / STATE)
    flush_file(home)
