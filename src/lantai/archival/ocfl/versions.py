"""New versions of an object (forward delta), and mending one whose new version was broken off."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from datetime import datetime

from lantai.archival.ocfl.contents import Content, check_paths, digest_source
from lantai.archival.ocfl.deposits import batch_folder, sweep_leftovers
from lantai.archival.ocfl.inventory import (
    ALGORITHM,
    SIDECAR,
    Inventory,
    PathMissing,
    build_inventory,
    parse_inventory,
    sidecar_bytes,
    version_block,
)
from lantai.archival.ocfl.layout import StorageRoot
from lantai.archival.ocfl.mending import mend_object, replace_root_inventory
from lantai.archival.ocfl.reading import WrittenObject, describe
from lantai.archival.ocfl.writer import store_version_contents


class VersionConflict(Exception):
    """The object has another newest version than the caller built upon."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A change of an object: contents to *put* (add or replace) and logical paths to *remove*.

    *base* is the newest version the caller has seen ("v1"). *created* bears a time zone.
    """

    object_id: str
    base: str
    created: datetime
    message: str
    user: str
    address: str = "urn:lantai:system"
    put: tuple[Content, ...] = ()
    remove: tuple[str, ...] = ()


def write_version(root: StorageRoot, new: NewVersion) -> WrittenObject:
    """Add a version to an object and return it once it is durable.

    The version's folder arrives whole in one rename; then the root inventory and its sidecar are replaced. A crash
    between these is rolled forward by :func:`mend_object`, which this calls first. Raises ObjectMissing,
    VersionConflict when the newest version is not ``base``, PathMissing for a path to remove that is not there,
    PathRefused, ContentDiffers, OSError. Nothing is written when the state would stay the same, or when this very
    version is there already because an earlier run was broken off after it.
    """
    sweep_leftovers(root)
    inventory = mend_object(root, new.object_id)
    if inventory.head != new.base:
        if _already_there(root, inventory, new):
            return describe(root, inventory)
        raise VersionConflict(f"{new.object_id} is at {inventory.head}, not at {new.base}")
    head = f"v{int(new.base[1:]) + 1}"
    check_paths(each.path for each in new.put)
    logical = dict(inventory.logical)
    for path in new.remove:
        if logical.pop(path, None) is None:
            raise PathMissing(f"{new.object_id} has no {path} to remove")
    check_paths({**logical, **{each.path: "" for each in new.put}})
    manifest = {digest: list(paths) for digest, paths in inventory.manifest.items()}
    files, path = root.files, root.object_path(new.object_id)
    with batch_folder(root) as folder:
        files.make_directory(f"{folder}/{head}")
        files.make_directory(f"{folder}/{head}/content")
        stored = store_version_contents(folder, head, new.put, manifest, files)
        logical.update((each, content.digests[ALGORITHM]) for each, content in stored.items())
        if logical == inventory.logical:
            return describe(root, inventory)
        if not files.names(f"{folder}/{head}/content"):
            files.remove_directory(f"{folder}/{head}/content")
        block = version_block(
            logical=logical, created=new.created, message=new.message, user=new.user, address=new.address
        )
        versions = {**inventory.document["versions"], head: block}
        data, digest = build_inventory(object_id=new.object_id, manifest=manifest, versions=versions)
        for target in (f"{folder}/{head}", folder):
            files.write_file(f"{target}/inventory.json", data)
            files.write_file(f"{target}/{SIDECAR}", sidecar_bytes(digest))
        files.sync(str(root.path), [folder])
        try:
            files.rename(f"{folder}/{head}", f"{path}/{head}")
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
                raise VersionConflict(f"{new.object_id} has got a {head} in this moment") from error
            raise
        replace_root_inventory(root, folder, path)
    return describe(root, parse_inventory(data))


def _already_there(root: StorageRoot, inventory: Inventory, new: NewVersion) -> bool:
    """Whether the newest version is exactly ``base`` with the changes of *new*."""
    if inventory.head != f"v{int(new.base[1:]) + 1}":
        return False
    wanted = {path: digest for path, digest in inventory.logical_in(new.base).items() if path not in new.remove}
    wanted.update((each.path, digest_source(each, root.files)) for each in new.put)
    return wanted == inventory.logical
