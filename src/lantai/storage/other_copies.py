"""Contents out of another copy than the first, when the first fails its reader."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from hashlib import sha512
from pathlib import Path

from django.conf import settings

from lantai.archival import ocfl
from lantai.storage.models import Copy, StoredObject
from lantai.storage.sealed import stored_name
from lantai.storage.stores import open_store

KEPT_BYTES = 4 << 30
"""So much of what was fetched from buckets stays at hand."""


@dataclass(frozen=True, slots=True)
class Held:
    """A file that holds a content, sealed or as it came."""

    path: Path
    sealed: bool


def held_in_other_copy(stored: StoredObject, path: str) -> Held | None:
    """A file with the content at the logical *path*, in a verified copy of the newest version elsewhere; None when
    there is none to be had. From a bucket it is fetched, and digested on the way.
    """
    copies = Copy.objects.filter(
        stored=stored,
        state=Copy.State.VERIFIED,
        inventory_digest=stored.inventory_digest,
        location__away_since=None,
    )
    for each in copies.exclude(location=stored.location).select_related("location").order_by("location__kind", "pk"):
        try:
            found = _found(open_store(each.location), stored, path)
        except (OSError, ocfl.InventoryBroken):
            continue  # the next copy may do better
        if found is not None:
            return found
    return None


def _found(store: ocfl.ObjectStore, stored: StoredObject, path: str) -> Held | None:
    folder = ocfl.object_folder(stored.object_id)
    inventory = ocfl.parse_inventory(ocfl.read_whole(store, folder, "inventory.json"))
    if inventory.digest != stored.inventory_digest:
        return None
    name = stored_name(inventory, path)
    content = inventory.content_path(name)
    if isinstance(store, ocfl.PosixStore):
        there: Path | None = store.root.path / folder / content
        there = there if there is not None and there.is_file() else None
    else:
        there = _fetched(store, folder, content, inventory.logical[name])
    return Held(there, name != path) if there is not None else None


def _fetched(store: ocfl.ObjectStore, folder: str, content: str, digest: str) -> Path | None:
    """The content in the cache, where it is put under its digest once it was seen to have it."""
    kept: Path = settings.LANTAI_HOME / "cache" / "copies" / digest
    if kept.exists():
        os.utime(kept)
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    coming, found = kept.with_name(f".{secrets.token_hex(8)}"), sha512()
    try:
        with coming.open("xb") as file:
            for part in store.read(folder, content):
                found.update(part)
                file.write(part)
        if found.hexdigest() != digest:
            return None
        coming.rename(kept)
    finally:
        coming.unlink(missing_ok=True)
    _drop_oldest(kept.parent)
    return kept


def _drop_oldest(folder: Path) -> None:
    files = sorted((each.stat().st_mtime, each.stat().st_size, each) for each in folder.iterdir() if each.is_file())
    room = sum(size for _at, size, _path in files) - KEPT_BYTES
    for _at, size, path in files[:-1]:
        if room <= 0:
            return
        path.unlink(missing_ok=True)
        room -= size
