"""Mending an object whose new version was broken off by a crash."""

from __future__ import annotations

import re

from lantai.archival.ocfl.deposits import batch_folder
from lantai.archival.ocfl.inventory import SIDECAR, Inventory, InventoryBroken, parse_inventory
from lantai.archival.ocfl.layout import StorageRoot
from lantai.archival.ocfl.reading import ObjectMissing, read_inventory

_VERSION = re.compile(r"v[1-9][0-9]*", re.ASCII)


def mend_object(root: StorageRoot, object_id: str) -> Inventory:
    """The verified inventory of an object, after rolling forward a new version that was broken off.

    A version's folder only ever arrives whole, with its inventory; so when there is one beyond the root inventory,
    or the root sidecar does not fit, the newest folder's inventory becomes the root's. Raises ObjectMissing, and
    InventoryBroken when even that inventory is not sound.
    """
    files, path = root.files, root.object_path(object_id)
    names = [name for name in files.names(path) if _VERSION.fullmatch(name)]
    if not names:
        if files.exists(path):
            raise InventoryBroken(f"{object_id} has no version")
        raise ObjectMissing(object_id)
    newest = max(names, key=lambda name: int(name[1:]))
    try:
        inventory = read_inventory(root, object_id, verify=True)
        if inventory.head == newest:
            return inventory
    except InventoryBroken:
        pass  # the folder of the newest version decides
    try:
        data = files.read_file(f"{path}/{newest}/inventory.json")
        sidecar = files.read_file(f"{path}/{newest}/{SIDECAR}")
    except FileNotFoundError as error:
        raise InventoryBroken(f"{object_id} has no sound inventory") from error
    inventory = parse_inventory(data, sidecar)
    if (inventory.object_id, inventory.head) != (object_id, newest):
        raise InventoryBroken(f"the inventory of {newest} in {object_id} is of another version or object")
    with batch_folder(root) as folder:
        files.write_file(f"{folder}/inventory.json", data)
        files.write_file(f"{folder}/{SIDECAR}", sidecar)
        files.sync(str(root.path), [folder])
        replace_root_inventory(root, folder, path)
    return inventory


def replace_root_inventory(root: StorageRoot, folder: str, path: str) -> None:
    """Let the inventory and sidecar in *folder* become those of the object at *path*, durably."""
    for name in ("inventory.json", SIDECAR):
        root.files.rename(f"{folder}/{name}", f"{path}/{name}")
    root.files.sync(str(root.path), [])
