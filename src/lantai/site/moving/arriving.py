"""A whole archive comes in (整馆导入): its storage is copied and read back, then the database is rebuilt from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings

from lantai.archival.ocfl import StorageRoot, create_root, object_folder
from lantai.archival.ocfl.store_posix import PosixStore
from lantai.archival.verification import Found
from lantai.ingest.area import receiving_path
from lantai.site.moving.copying import copy_all, copy_file, sha512_of
from lantai.site.moving.manifest import RECEIVING, STORAGE, Manifest, read_manifest
from lantai.site.rebuilding.leading import NotEmpty, Rebuilt, rebuild_archive, rebuild_is_open, refuse_filled

STATE = "import-archive.json"
COPYING = "copying"
Shown = Callable[[str, int, int], object]
"""Called with ``copying`` or the area of the rebuild, how much is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What an import came to: the export's own word, how many objects and bytes were copied, and the rebuild."""

    manifest: Manifest
    bytes: int
    rebuilt: Rebuilt


def import_archive(*, source: Path, now: datetime, shown: Shown = lambda _area, _done, _all: None) -> Arrived:
    """Take the export in the folder *source* into this empty archive, or go on with that.

    Every object is compared with the export's list and read back where it was copied to; then rows, ledger and
    objects are rebuilt from there, as after a disaster. What is damaged is told, the rest comes in.

    Raises manifest.NotAnExport, rebuilding.leading.NotEmpty and OtherRebuild, archival.ocfl.RootUnusable, OSError.
    """
    manifest = read_manifest(source)
    if not rebuild_is_open():
        refuse_filled()
    root = StorageRoot(Path(settings.LANTAI_STORAGE_ROOT).resolve())
    create_root(root, archive=manifest.archive)
    known = {object_folder(each) for each in manifest.objects}
    strange = next((each for each in PosixStore(root).folders() if each not in known), "")
    if strange:
        raise NotEmpty(f"{root.path}/{strange}")
    total, store = len(manifest.objects), PosixStore(StorageRoot(source / STORAGE))
    size, findings = copy_all(
        objects=manifest.objects, source_of=lambda _object_id: store, target=root, state=settings.LANTAI_HOME / STATE,
        done=lambda done: shown(COPYING, done, total),
    )  # fmt: skip
    findings += _take_receiving(source, manifest)
    rebuilt = rebuild_archive(source=root.path, check=False, now=now, shown=shown)
    (settings.LANTAI_HOME / STATE).unlink(missing_ok=True)
    return Arrived(manifest, size, replace(rebuilt, findings=(*findings, *rebuilt.findings)))


def _take_receiving(source: Path, manifest: Manifest) -> list[Found]:
    """The packages that are no records yet, back into the receiving area."""
    findings = []
    for name, digest in sorted(manifest.receiving.items()):
        target = receiving_path(name)
        try:
            found = copy_file(source=source / RECEIVING / name, target=target, digest=digest)
        except FileNotFoundError:
            findings.append(Found("E092", f"{RECEIVING}/{name}", {"detail": "missing"}))
            continue
        if found != digest or sha512_of(target) != digest:
            target.unlink()
            findings.append(Found("E092", f"{RECEIVING}/{name}", {"detail": f"sha512 is {found}"}))
    return findings
