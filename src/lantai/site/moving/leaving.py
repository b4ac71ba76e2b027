"""The whole archive goes out (整馆导出): everything is kept in storage first, then storage is copied and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from lantai.archival.ocfl import StorageRoot, create_root
from lantai.archival.ocfl.stores import ObjectStore
from lantai.archival.verification import Found
from lantai.common.durability import flush_file
from lantai.ledger.queries import latest_checkpoint
from lantai.ledger.services import NewEntry, note_entries
from lantai.site.moving.copying import copy_all, copy_file, remove_others
from lantai.site.moving.manifest import MANIFEST, RECEIVING, STORAGE, Manifest, read_manifest, write_manifest
from lantai.site.rebuilding.keeping import keep_everything
from lantai.site.rebuilding.reader import lay_reader
from lantai.storage.models import Location
from lantai.storage.queries import find_objects
from lantai.storage.stores import open_store

EXPORTED = "archive.exported"
_STATE = "copied.json"
_PART = 2000
Shown = Callable[[int, int], object]
"""Called with how many objects are done, and how many there are."""


class TargetRefused(Exception):
    """The folder cannot take the export; the message says why."""


@dataclass(frozen=True, slots=True)
class Left:
    """What an export came to; with ``findings`` it is not whole and has no manifest."""

    objects: int
    bytes: int
    receiving: int
    findings: tuple[Found, ...]


def export_archive(*, target: Path, now: datetime, shown: Shown = lambda _done, _all: None) -> Left:
    """Export the whole archive into the folder *target*, or go on with that.

    All rows and entries are kept in storage first; then every object is copied, and read back. The ledger is told
    before the first byte leaves. Keys, passwords and what LANTAI_KEYS holds do not go: they have a backup of their own.
    A finished export is refused; what is damaged here is told, and nothing claims to be whole then.

    Raises TargetRefused, OSError, rebuilding.keeping.KeepingElsewhere.
    """
    _refuse(target)
    state = target / _STATE
    if not state.exists():
        note_entries(
            entries=[
                NewEntry(kind=EXPORTED, subject="archive", actor="console", at=now, detail={"target": target.name})
            ]
        )
    keep_everything()
    objects, stores = _held()
    root = StorageRoot(target / STORAGE)
    create_root(root, archive=settings.LANTAI_ARCHIVE_NAME)
    size, findings = copy_all(
        objects=objects, source_of=stores.__getitem__, target=root, state=state,
        done=lambda done: shown(done, len(objects)),
    )  # fmt: skip
    remove_others(target=root, objects=objects)
    lay_reader(root.path)
    receiving = _copy_receiving(target)
    checkpoint = latest_checkpoint()
    if not findings:
        told = Manifest(
            archive=settings.LANTAI_ARCHIVE_NAME,
            origin=settings.LANTAI_ORIGIN,
            exported_at=now.isoformat(),
            version=version("lantai-archive"),
            bytes=size,
            checkpoint=checkpoint.note if checkpoint is not None else "",
            objects=objects,
            receiving=receiving,
        )
        write_manifest(target, told)
        state.unlink()
    return Left(len(objects), size, len(receiving), tuple(findings))


def _refuse(target: Path) -> None:
    """Raises TargetRefused where *target* is not empty and no export that was broken off, or lies in the archive."""
    for own in (settings.LANTAI_HOME, settings.LANTAI_STORAGE_ROOT):
        if target.is_relative_to(Path(own).resolve()):
            raise TargetRefused(f"{target}: 在本馆的文件夹内 lies inside the archive itself")
    target.mkdir(parents=True, exist_ok=True)
    if (target / MANIFEST).exists():
        told = read_manifest(target)
        raise TargetRefused(f"{target}: 已有 {told.exported_at} 的完整导出 a finished export lies there")
    known = {_STATE, f"{_STATE}.new", STORAGE, f"{STORAGE}.deposit", RECEIVING}
    strange = sorted(each.name for each in target.iterdir() if each.name not in known)
    if strange:
        raise TargetRefused(f"{target}: 不是空文件夹 is not empty: {', '.join(strange[:5])}")


def _held() -> tuple[dict[str, str], dict[str, ObjectStore]]:
    """Every object by the register: the digest of its inventory, and the store that holds its first copy."""
    opened = {each.pk: open_store(each) for each in Location.objects.filter(kept__isnull=False).distinct()}
    objects: dict[str, str] = {}
    stores: dict[str, ObjectStore] = {}
    last = ""
    while rows := find_objects(prefix="", after=last, limit=_PART):
        for each in rows:
            objects[each.object_id], stores[each.object_id] = each.inventory_digest, opened[each.location_id]
        last = rows[-1].object_id
    return objects, stores


def _copy_receiving(target: Path) -> dict[str, str]:
    """The packages that are no records yet."""
    found = sorted(each for each in (settings.LANTAI_HOME / "receiving").glob("*/*") if each.is_file())
    copied = {}
    for each in found:
        try:
            copied[each.name] = copy_file(source=each, target=target / RECEIVING / each.name)
        except FileNotFoundError:
            continue  # it became a record in this moment, or was begun anew
    if copied:
        flush_file(target / RECEIVING)
    return copied
