"""Bring the objects of another location back into the storage root (取回): what a rebuild begins with when the first
copies are lost and a bucket or another disk still has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from lantai.archival import ocfl
from lantai.archival.verification import Found
from lantai.storage.bucket import Address, ServiceBucket

AT_ONCE = 50
_MOST_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was brought back: objects fetched, those that were here and sound, and what is wrong with the others."""

    objects: int
    here: int
    findings: tuple[Found, ...]


def bucket_store(*, address: Address) -> ocfl.ObjectStore:
    """The store in the bucket at *address*. Raises OSError where no storage root is there."""
    store = ocfl.S3Store(ServiceBucket(address), address.prefix)
    if not ocfl.root_is_there(store):
        raise FileNotFoundError(f"{address.endpoint}/{address.bucket}/{address.prefix}: no storage root there")
    return store


def fetch_shelf(*, store: ocfl.ObjectStore, root: Path, shown: Callable[[int], Any] = lambda _done: None) -> Fetched:
    """Copy every object of *store* into the storage root at *root*, made where it is missing, each read back there.

    What is here with the same inventory and sound stays; of two versions the newer one. Broken off it is run again. An
    object that is damaged in *store* is told and left out. Raises ocfl.RootUnusable, OSError.
    """
    here = ocfl.PosixStore(ocfl.StorageRoot(root))
    ocfl.create_root(here.root, archive=settings.LANTAI_ARCHIVE_NAME)
    fetched = kept = 0
    findings: list[Found] = []
    for folders in _groups(store):
        wanted: list[ocfl.Wanted] = []
        for folder in folders:
            try:
                inventory = _inventory(store, folder)
            except (OSError, ocfl.InventoryBroken) as error:
                findings.append(Found("rebuild.object-unreadable", folder, {"detail": str(error)}))
                continue
            if _stays(here, folder, inventory):
                kept += 1
            else:
                wanted.append(ocfl.Wanted(inventory.object_id, inventory.digest))
        for each in ocfl.copy_objects(store, here, wanted):
            fetched += not each.fault
            findings += [
                Found(problem.code, f"{each.object_id} {problem.path}", {"detail": problem.detail or "-"})
                for problem in each.problems[:_MOST_PROBLEMS]
            ]
        shown(fetched + kept)
    return Fetched(fetched, kept, tuple(findings))


def _groups(store: ocfl.ObjectStore) -> Iterator[list[str]]:
    folders = store.folders()
    while group := list(islice(folders, AT_ONCE)):
        yield group


def _inventory(store: ocfl.ObjectStore, folder: str) -> ocfl.Inventory:
    sidecar = ocfl.read_whole(store, folder, "inventory.json.sha512")
    inventory = ocfl.parse_inventory(ocfl.read_whole(store, folder, "inventory.json"), sidecar)
    if ocfl.object_folder(inventory.object_id) != folder:
        raise ocfl.InventoryBroken(f"{inventory.object_id} does not belong in {folder}")
    return inventory


def _stays(here: ocfl.PosixStore, folder: str, coming: ocfl.Inventory) -> bool:
    """Whether what lies here is as good as what would come: the same and sound, or a newer version that is sound."""
    try:
        held = _inventory(here, folder)
    except (OSError, ocfl.InventoryBroken):
        return False
    if held.digest != coming.digest and int(held.head[1:]) <= int(coming.head[1:]):
        return False
    return not ocfl.check_object(here.root, held.object_id, inventory_digest=held.digest)
