"""The read door of storage."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from django.db.models import Count, Q, Sum

from lantai.archival import ocfl
from lantai.storage.models import Location, StoredObject
from lantai.storage.other_copies import path_in_other_copy
from lantai.storage.roots import location_root
from lantai.storage.stores import open_store


class ContentMissing(LookupError):
    """No such object, or no such file in it."""


@dataclass(frozen=True, slots=True)
class ObjectOnShelf:
    """An object as it lies in a storage root, whether or not a row tells of it: what a rebuild walks over."""

    location: str
    folder: str
    object_id: str
    head: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StorageFigures:
    """Objects, files and bytes kept at a location; objects checked, and found damaged at the last check."""

    location: str
    objects: int
    files: int
    bytes: int
    damaged: int


def content_paths(*, wanted: Sequence[tuple[str, str]]) -> list[Path]:
    """The files that hold the contents *wanted* by object id and logical path, of the objects' newest versions, in the
    order asked for; out of another verified copy where the first fails. Read them, never change them. Raises
    ContentMissing, ocfl.InventoryBroken, OSError.
    """
    stored = StoredObject.objects.select_related("location").filter(object_id__in={each for each, _path in wanted})
    objects = {each.object_id: each for each in stored}
    paths = []
    for object_id, path in wanted:
        if object_id not in objects:
            raise ContentMissing(f"no object {object_id}")
        paths.append(_path_of(objects[object_id], path))
    return paths


def content_path(*, object_id: str, path: str) -> Path:
    """The file that holds one content, as ``content_paths`` tells of many."""
    return content_paths(wanted=[(object_id, path)])[0]


def open_content(*, object_id: str, path: str) -> BinaryIO:
    """The content at the logical *path* of an object, open for reading; the caller closes it. Raises ContentMissing,
    ocfl.InventoryBroken, OSError.
    """
    try:
        return content_path(object_id=object_id, path=path).open("rb")
    except OSError as error:
        if (other := _other_path(object_id, path)) is not None:
            return other.open("rb")
        if isinstance(error, FileNotFoundError):
            raise ContentMissing(f"{object_id} has lost {path}") from error
        raise


def read_range(*, object_id: str, path: str, offset: int, length: int) -> bytes:
    """*length* bytes from *offset* on; fewer only at the file's end. Raises ContentMissing, OSError."""
    try:
        with open_content(object_id=object_id, path=path) as stream:
            return _read_part(stream, offset, length)
    except OSError:
        if (other := _other_path(object_id, path)) is None:
            raise
        with other.open("rb") as stream:
            return _read_part(stream, offset, length)


def content_digests(*, object_id: str) -> dict[str, str]:
    """Logical paths of an object's newest version, each with its SHA-512. Raises ContentMissing."""
    return dict(_inventory(object_id)[1].logical)


def find_objects(*, prefix: str, after: str = "", limit: int = 1000) -> list[StoredObject]:
    """Rows of objects whose id begins with *prefix*, in order of their ids, those behind *after* only."""
    rows = StoredObject.objects.filter(object_id__startswith=prefix, object_id__gt=after)
    return list(rows.order_by("object_id")[:limit])


def enumerate_objects(*, location: str = "main", after: str = "") -> Iterator[ObjectOnShelf]:
    """Every object that lies at a location, read from the shelf and not from the database, in order of folders.

    *after* is the folder of the last object seen, to go on after a break. Raises ocfl.InventoryBroken at an object
    whose inventory cannot be used: a rebuild must not pass over it.
    """
    store = open_store(Location.objects.get(code=location))
    for folder in store.folders(after=after):
        inventory = ocfl.parse_inventory(ocfl.read_whole(store, folder, "inventory.json"))
        yield ObjectOnShelf(location, folder, inventory.object_id, inventory.head, tuple(inventory.logical))


def locations_to_look_at(*, there: datetime, away: datetime) -> list[str]:
    """Codes of locations last looked at before *there*, or before *away* when they were away then."""
    old = Q(looked_at=None) | Q(looked_at__lt=there) | Q(looked_at__lt=away, away_since__isnull=False)
    return list(Location.objects.filter(old).order_by("pk").values_list("code", flat=True))


def storage_figures() -> list[StorageFigures]:
    """What is kept at every location."""
    rows = Location.objects.order_by("code").annotate(
        count=Count("kept"), file_sum=Sum("kept__files"), byte_sum=Sum("kept__bytes")
    )
    damaged = dict(StoredObject.objects.filter(sound=False).values_list("location__code").annotate(count=Count("pk")))
    return [
        StorageFigures(each.code, each.count, each.file_sum or 0, each.byte_sum or 0, damaged.get(each.code, 0))
        for each in rows
    ]


def _path_of(stored: StoredObject, path: str) -> Path:
    """The file of one content: of the first copy, unless that fails or is known to be damaged and another has it."""
    failure: Exception | None = None
    first: Path | None = None
    try:
        root, inventory = _inventory_of(stored)
        first = Path(root.object_path(stored.object_id)) / inventory.content_path(path)
        first.stat()
    except ocfl.PathMissing as error:
        raise ContentMissing(str(error)) from error
    except (ContentMissing, ocfl.InventoryBroken, OSError) as error:
        failure = error
    if failure is None and first is not None and stored.sound is not False:
        return first
    if (other := path_in_other_copy(stored, path)) is not None:
        return other
    if failure is None and first is not None:
        return first
    if isinstance(failure, FileNotFoundError):
        raise ContentMissing(f"{stored.object_id} has lost {path}") from failure
    raise failure or ContentMissing(path)


def _other_path(object_id: str, path: str) -> Path | None:
    stored = StoredObject.objects.select_related("location").filter(object_id=object_id).first()
    return path_in_other_copy(stored, path) if stored is not None else None


def _read_part(stream: BinaryIO, offset: int, length: int) -> bytes:
    parts = []
    while length > 0 and (part := os.pread(stream.fileno(), length, offset)):
        parts.append(part)
        offset, length = offset + len(part), length - len(part)
    return b"".join(parts)


def _inventory(object_id: str) -> tuple[ocfl.StorageRoot, ocfl.Inventory]:
    stored = StoredObject.objects.select_related("location").filter(object_id=object_id).first()
    if stored is None:
        raise ContentMissing(f"no object {object_id}")
    return _inventory_of(stored)


def _inventory_of(stored: StoredObject) -> tuple[ocfl.StorageRoot, ocfl.Inventory]:
    root = location_root(stored.location)
    return root, _read_inventory(root, stored.object_id, stored.inventory_digest)


@lru_cache(maxsize=64)
def _read_inventory(root: ocfl.StorageRoot, object_id: str, digest: str) -> ocfl.Inventory:
    """An inventory, remembered under its digest: what lies there under another digest is not what was deposited."""
    try:
        inventory = ocfl.read_inventory(root, object_id)
    except ocfl.ObjectMissing as error:
        raise ContentMissing(f"{object_id} is gone from its place") from error
    if inventory.digest != digest:
        raise ocfl.InventoryBroken(f"the inventory of {object_id} is not the one that was deposited")
    return inventory
