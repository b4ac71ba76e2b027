"""Where backups lie and what their files are called: everything of one begins with its name."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from lantai.archival.fixity import digest_stream
from lantai.common.durability import flush_file

FORMAT, KEYS_FORMAT = "lantai/backup/1", "lantai/key-backup/1"
MANIFEST = "manifest.json"
README = "README.txt"
MAKING = ".making-"
"""What is not whole yet begins so."""
SEALED_KEYS, KEYS_MANIFEST = ".keys.age", ".keys.json"
TRANSIT, SEALED_TRANSIT = "transit.tar", "transit.tar.age"
_ZEROS = bytes(1 << 20)
_EXPLAINED = """兰台备份 / Backups of Lantai

每个文件夹是一次备份：manifest.json 列出每个文件的大小、SHA-256 和 SM3；database.sqlite3（或 database.dump，
PostgreSQL 的 pg_dump 格式）是那一刻的数据库；transit.tar（有托管人时为 transit.tar.age）是当时在途、尚未进馆的移交包。
密钥备份（….keys.age）另放一处，只有托管人的离线身份文件能打开（age，age-encryption.org），到期即删。
destroyed.jsonl 是销毁清单：恢复时先照它再销毁一次。恢复命令：
    lantai restore --from 本文件夹/某次备份 --keys 密钥备份.keys.age --identity 身份文件 --to 新的目录
不要改动或改名；多复制一份密钥备份，销毁就多一处不彻底。

Each folder is one backup: manifest.json lists every file with size, SHA-256 and SM3; database.sqlite3 (or
database.dump, of PostgreSQL's pg_dump) is the database of that moment; transit.tar(.age) the packages then on their
way in. Key backups (....keys.age) lie elsewhere, open with the offline identity of an escrow recipient alone (age), and
go when their time has come. destroyed.jsonl lists what was destroyed: a restore destroys it again first. Change and
rename nothing; a further copy of a key backup is one more place where what was destroyed is not.
"""


class BackupFailed(RuntimeError):
    """A backup, or a restore, cannot be made; the message says what failed where."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a backup as its manifest tells it: size in bytes, SHA-256, SM3."""

    size: int
    sha256: str
    sm3: str


def backup_folder() -> Path:
    """The folder of the backups (LANTAI_BACKUPS), made where it is not there."""
    folder: Path = settings.LANTAI_BACKUPS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def key_backup_folder() -> Path:
    """The folder of the key backups (LANTAI_KEY_BACKUPS), made where it is not there."""
    folder: Path = settings.LANTAI_KEY_BACKUPS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def folder_is_here(folder: Path) -> bool:
    """Whether *folder* is the one backups were made in, and not what is left of its place while its disk is away."""
    return (folder / README).is_file()


def open_folder(folder: Path, *, known: bool) -> None:
    """Make *folder* ready for a backup, with a page that explains what lies there. Raises BackupFailed where backups
    are *known* to lie in it and it is not there: another disk is in its place.
    """
    if folder_is_here(folder):
        return
    if known:
        raise BackupFailed(f"{folder} is not the folder the earlier backups lie in; is its disk connected?")
    (folder / README).write_text(_EXPLAINED, "utf-8")
    flush_file(folder / README)
    flush_file(folder)


def new_name(now: datetime) -> str:
    """The name of a backup begun at *now*: the moment in UTC, and four letters that make it the only one."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def moment_of(name: str) -> datetime:
    """When the backup called *name* was begun. Raises ValueError for a name that is none of ours."""
    return datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def kept_file(path: Path) -> KeptFile:
    """Size and digests of a file, read from the disk and not from what the system remembers of it."""
    flush_file(path)
    with path.open("rb", buffering=0) as stream:
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        size, digests = digest_stream(stream, ("sha256", "sm3"))
    return KeptFile(size, digests["sha256"], digests["sm3"])


def write_manifest(path: Path, manifest: Mapping[str, Any]) -> str:
    """Write a manifest durably; returns its SHA-256."""
    data = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    with path.open("xb") as stream:
        stream.write(data)
    flush_file(path)
    return hashlib.sha256(data).hexdigest()


def read_manifest(path: Path, form: str) -> dict[str, Any]:
    """The manifest at *path*. Raises BackupFailed when it is missing, unreadable, or of another form than *form*."""
    try:
        manifest = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BackupFailed(f"{path}: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != form:
        raise BackupFailed(f"{path} is not of the form {form}")
    return manifest


def wipe(path: Path) -> None:
    """Remove a file whose bytes shall not be found again; they are overwritten first. Nothing happens without it."""
    try:
        with path.open("r+b") as stream:
            left = path.stat().st_size
            while left > 0:
                left -= stream.write(_ZEROS[:left])
            stream.flush()
            os.fsync(stream.fileno())
    except FileNotFoundError:
        return
    path.unlink()
    flush_file(path.parent)
