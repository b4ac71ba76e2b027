"""A delivery of scans becomes a batch (扫描批次登记): a folder of the incoming area, or files that were uploaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from lantai.administration.services.people_access import Actor
from lantai.archival.imaging.measuring import PROFILES
from lantai.common.durability import flush_file
from lantai.digitisation.area import batch_folder, incoming_folder
from lantai.digitisation.models import ScanBatch, ScanFile
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import queue_job

MOST_FILES = 100_000
CHECK = "lantai.digitisation.services.checking.check_scans"
_LITTER = frozenset({"thumbs.db", "desktop.ini", ".ds_store"})
_PIECE = 1 << 20


class ScansRefused(Exception):
    """A delivery that cannot be taken; ``code`` is ``no-folder``, ``empty``, ``too-many``, ``profile``, ``name`` or
    ``twice``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def waiting_folders() -> list[str]:
    """The folders in the incoming area, by name; those taken already are there until somebody removes them."""
    try:
        with os.scandir(incoming_folder()) as found:
            return sorted(each.name for each in found if each.is_dir(follow_symlinks=False) and each.name[0] != ".")
    except FileNotFoundError:
        return []


def take_folder(*, folder: str, name: str, profile: str, by: Actor, now: datetime) -> ScanBatch:
    """Register the folder of that name in the incoming area as a batch; its files are copied by the job that checks it.

    Raises ScansRefused: no such folder, nothing or too much in it, an unknown profile, or the same folder taken before
    with the same files.
    """
    if folder not in waiting_folders():
        raise ScansRefused("no-folder", folder)
    files = list(_files_below(incoming_folder() / folder))
    return _register(name=name or folder, source=folder, profile=profile, files=files, by=by, now=now)


def take_uploads(
    *, uploads: Sequence[tuple[str, BinaryIO]], name: str, profile: str, by: Actor, now: datetime
) -> ScanBatch:
    """Keep uploaded scans, each a name and its stream, as a batch. Raises ScansRefused, OSError (disk full)."""
    names = [PurePosixPath(given.replace("\\", "/")).name for given, _stream in uploads]
    if "" in names or "." in names or ".." in names:
        raise ScansRefused("name")
    if twice := next((each for each in names if names.count(each) > 1), None):
        raise ScansRefused("twice", twice)
    _refuse_amount(len(names), profile)
    with transaction.atomic():
        batch = ScanBatch.objects.create(name="-", profile=profile, by=by.reference, at=now)
    place = batch_folder(batch.pk)
    try:
        place.mkdir(parents=True)
        files = [(given, _kept(stream, place / given)) for given, (_name, stream) in zip(names, uploads, strict=True)]
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        batch.delete()
        raise
    return _register(name=name or names[0], source="", profile=profile, files=files, by=by, now=now, batch=batch)


def _register(
    *,
    name: str,
    source: str,
    profile: str,
    files: Sequence[tuple[str, int]],
    by: Actor,
    now: datetime,
    batch: ScanBatch | None = None,
) -> ScanBatch:
    """Rows, entry and job of a batch, in one transaction."""
    _refuse_amount(len(files), profile)
    if source and _taken_before(source, files):
        raise ScansRefused("twice", source)
    with transaction.atomic():
        batch = batch or ScanBatch(by=by.reference, at=now)
        batch.name, batch.source, batch.profile = name[:200], source, profile
        batch.files, batch.bytes = len(files), sum(size for _path, size in files)
        batch.save()
        ScanFile.objects.bulk_create(
            [ScanFile(batch=batch, path=path, bytes=size) for path, size in files], batch_size=500
        )
        batch.job_id = queue_check(batch=batch, asked_by=by.reference)
        batch.save(update_fields=["job_id"])
        detail = {"name": batch.name, "source": source, "profile": profile, "files": batch.files, "bytes": batch.bytes}
        append_entries(
            entries=[
                NewEntry(
                    kind="scans.opened", subject=f"scans:{batch.pk}", actor=by.reference, at=now, role=by.role,
                    address=by.address, detail=detail,
                )
            ]
        )  # fmt: skip
    return batch


def queue_check(*, batch: ScanBatch, asked_by: str) -> UUID | None:
    """The job that checks a batch; None when it waits already."""
    return queue_job(
        task=CHECK,
        title="扫描件检查",
        arguments={"batch_id": batch.pk},
        key=f"scans.check:{batch.pk}",
        asked_by=asked_by,
        total=batch.files,
    )


def _refuse_amount(count: int, profile: str) -> None:
    if profile not in PROFILES:
        raise ScansRefused("profile", profile)
    if not count:
        raise ScansRefused("empty")
    if count > MOST_FILES:
        raise ScansRefused("too-many", str(MOST_FILES))


def _taken_before(source: str, files: Sequence[tuple[str, int]]) -> bool:
    """Whether a batch of the same folder has exactly these files."""
    for each in ScanBatch.objects.filter(source=source, files=len(files)):
        if set(each.scans.values_list("path", "bytes")) == set(files):
            return True
    return False


def _files_below(folder: Path, below: str = "") -> Iterable[tuple[str, int]]:
    """Path and size of every file below *folder*, in order; links and what systems leave behind are passed over."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda each: each.name)
    for each in entries:
        if each.name.lower() in _LITTER or each.name.startswith(".") or each.is_symlink():
            continue
        if each.is_dir(follow_symlinks=False):
            yield from _files_below(folder / each.name, f"{below}{each.name}/")
        elif each.is_file(follow_symlinks=False):
            yield f"{below}{each.name}", each.stat(follow_symlinks=False).st_size


def _kept(stream: BinaryIO, place: Path) -> int:
    """Write a stream to a new file, durably; its size."""
    size = 0
    with place.open("xb") as kept:
        while piece := stream.read(_PIECE):
            size += len(piece)
            kept.write(piece)
    flush_file(place)
    return size
