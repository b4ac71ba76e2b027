"""Reading objects as they lie in the root."""

from __future__ import annotations

from dataclasses import dataclass

from lantai.archival.ocfl.contents import StoredContent
from lantai.archival.ocfl.inventory import ALGORITHM, SIDECAR, Inventory, InventoryBroken, parse_inventory
from lantai.archival.ocfl.layout import StorageRoot, object_folder


class ObjectMissing(LookupError):
    """There is no object with this id in the root."""


@dataclass(frozen=True, slots=True)
class WrittenObject:
    """An object as it lies in the root: *folder* below the root, newest version, SHA-512 of the inventory.

    *contents* maps the logical paths of the newest version to what was stored, *bytes* and *files* count them. Of an
    object that was *found* already there, sizes come from its files and digests from its inventory.
    """

    object_id: str
    folder: str
    head: str
    inventory_digest: str
    contents: dict[str, StoredContent]
    found: bool

    @property
    def size(self) -> int:
        """Bytes of the newest version's files."""
        return sum(each.size for each in self.contents.values())

    @property
    def files(self) -> int:
        """Number of the newest version's files."""
        return len(self.contents)


def read_inventory(root: StorageRoot, object_id: str, *, verify: bool = False) -> Inventory:
    """The inventory of an object; compared with its sidecar when *verify* is set.

    Raises ObjectMissing, and InventoryBroken for one that cannot be used.
    """
    path = root.object_path(object_id)
    try:
        data = root.files.read_file(f"{path}/inventory.json")
        sidecar = root.files.read_file(f"{path}/{SIDECAR}") if verify else None
    except FileNotFoundError as error:
        if root.files.exists(path):
            raise InventoryBroken(f"{object_id} has no inventory or sidecar") from error
        raise ObjectMissing(object_id) from error
    inventory = parse_inventory(data, sidecar)
    if inventory.object_id != object_id:
        raise InventoryBroken(f"the inventory in {path} is of {inventory.object_id}")
    return inventory


def describe(root: StorageRoot, inventory: Inventory) -> WrittenObject:
    """The object of *inventory* as it lies in the root, with the sizes of its files. Raises OSError."""
    path = root.object_path(inventory.object_id)
    contents = {}
    for logical, digest in inventory.logical.items():
        content_path = inventory.manifest[digest][0]
        size = root.files.size(f"{path}/{content_path}")
        contents[logical] = StoredContent(content_path, size, {ALGORITHM: digest})
    return WrittenObject(
        inventory.object_id,
        object_folder(inventory.object_id),
        inventory.head,
        inventory.digest,
        contents,
        found=True,
    )
