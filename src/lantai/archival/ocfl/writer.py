"""Writing objects so that a crash at any point leaves either nothing or a whole object (OCFL 1.1).

The order is content, inventory, sidecar, all in a folder of the deposit; one flush for the whole batch; one rename
an object into the root; one flush for the renames. Whatever breaks off is mended by running again: an object that
is already there is verified and returned.
"""

from __future__ import annotations

from collections.abc import Sequence

from lantai.archival.ocfl.contents import (
    Content,
    NewObject,
    PathRefused,
    StoredContent,
    check_paths,
    physical_path,
    store_content,
)
from lantai.archival.ocfl.deposits import batch_folder, place, prune, sweep_leftovers, take_away
from lantai.archival.ocfl.files import FileSystem
from lantai.archival.ocfl.inventory import (
    ALGORITHM,
    OBJECT_DECLARATION,
    SIDECAR,
    build_inventory,
    sidecar_bytes,
    version_block,
)
from lantai.archival.ocfl.layout import StorageRoot, object_folder
from lantai.archival.ocfl.mending import mend_object
from lantai.archival.ocfl.reading import ObjectMissing, WrittenObject, describe


class ObjectDiffers(Exception):
    """An object with this id is in the root and holds something else; the message says what."""


def write_objects(root: StorageRoot, objects: Sequence[NewObject]) -> list[WrittenObject]:
    """Write *objects* with one flush for all, and return them in order once they are durable.

    An object already in the root is not written again: its inventory and files are verified and it is returned with
    ``found``. Its logical paths must be those asked for, and digests the caller declared must be its digests;
    content without declared digests is taken as it is found. Raises ObjectDiffers otherwise, ContentDiffers and
    PathRefused for what cannot be stored, and OSError (disk full, failing disk); then none of the objects that
    were still missing has become visible, or some whole ones have, and the call may simply be repeated.
    """
    sweep_leftovers(root)
    written: list[WrittenObject | None] = [_found(root, each) for each in objects]
    missing = [at for at, found in enumerate(written) if found is None]
    with batch_folder(root) as folder:
        for at in missing:
            written[at] = _prepare(f"{folder}/{at}", objects[at], root.files)
        if missing:
            root.files.sync(str(root.path), [f"{folder}/{at}" for at in missing])
        for at in missing:
            if not place(root, f"{folder}/{at}", object_folder(objects[at].object_id)):
                written[at] = _found(root, objects[at])
        root.files.sync(str(root.path), [])
    return [each for each in written if each is not None]


def remove_object(root: StorageRoot, object_id: str) -> bool:
    """Remove an object with everything in it (disposal, rewriting). Returns False when it is gone already.

    It leaves the root in one rename; a crash afterwards leaves its remains in the deposit, to be swept.
    """
    sweep_leftovers(root)
    with batch_folder(root) as folder:
        removed = take_away(root, object_folder(object_id), folder)
        root.files.sync(str(root.path), [])
    return removed


def store_version_contents(
    folder: str, version: str, contents: Sequence[Content], manifest: dict[str, list[str]], files: FileSystem
) -> dict[str, StoredContent]:
    """Store *contents* as content of *version* in *folder*, adding to *manifest*; return them by logical path.

    Content that the manifest already has is not kept twice (forward delta): its path there is used.
    """
    base = f"{folder}/{version}/content"
    made = {""}
    stored: dict[str, StoredContent] = {}
    for content in contents:
        name = physical_path(content.path)
        parent = name.rpartition("/")[0]
        if parent not in made:
            _make_directories(base, parent, made, files)
        target = f"{base}/{name}"
        size, digests = store_content(content, target, files)
        digest = digests[ALGORITHM]
        if digest in manifest:
            files.remove_file(target)
        else:
            manifest[digest] = [f"{version}/content/{name}"]
        stored[content.path] = StoredContent(manifest[digest][0], size, digests)
    _remove_empty(base, made, stored, version, files)
    return stored


def _prepare(prepared: str, new: NewObject, files: FileSystem) -> WrittenObject:
    """Write one object into a folder of the deposit, folders of the layout included."""
    if not new.contents:
        raise PathRefused(f"{new.object_id} would hold no file")
    check_paths(each.path for each in new.contents)
    folder = prepared
    files.make_directory(folder)
    for part in object_folder(new.object_id).split("/"):
        folder = f"{folder}/{part}"
        files.make_directory(folder)
    files.make_directory(f"{folder}/v1")
    files.make_directory(f"{folder}/v1/content")
    manifest: dict[str, list[str]] = {}
    stored = store_version_contents(folder, "v1", new.contents, manifest, files)
    block = version_block(
        logical={path: each.digests[ALGORITHM] for path, each in stored.items()},
        created=new.created,
        message=new.message,
        user=new.user,
        address=new.address,
    )
    data, digest = build_inventory(object_id=new.object_id, manifest=manifest, versions={"v1": block})
    files.write_file(f"{folder}/{OBJECT_DECLARATION}", b"ocfl_object_1.1\n")
    for place_of_inventory in (f"{folder}/v1", folder):
        files.write_file(f"{place_of_inventory}/inventory.json", data)
        files.write_file(f"{place_of_inventory}/{SIDECAR}", sidecar_bytes(digest))
    return WrittenObject(new.object_id, object_folder(new.object_id), "v1", digest, stored, found=False)


def _found(root: StorageRoot, new: NewObject) -> WrittenObject | None:
    """The object when it is in the root already and is the one asked for; None when it is not there."""
    try:
        inventory = mend_object(root, new.object_id)
    except ObjectMissing:
        prune(root, object_folder(new.object_id))
        return None
    declared = {each.path: each.digests.get(ALGORITHM) for each in new.contents}
    if declared.keys() != inventory.logical.keys():
        strange = min(declared.keys() ^ inventory.logical.keys())
        raise ObjectDiffers(f"{new.object_id} is kept with other files: {strange}")
    for path, digest in declared.items():
        if digest is not None and digest != inventory.logical[path]:
            raise ObjectDiffers(f"{new.object_id} is kept with another {path}")
    return describe(root, inventory)


def _make_directories(base: str, parent: str, made: set[str], files: FileSystem) -> None:
    folder = ""
    for part in parent.split("/"):
        folder = f"{folder}/{part}" if folder else part
        if folder not in made:
            files.make_directory(f"{base}/{folder}")
            made.add(folder)


def _remove_empty(base: str, made: set[str], stored: dict[str, StoredContent], version: str, files: FileSystem) -> None:
    """Remove folders in which no content was left because all of it was known already (OCFL E024)."""
    prefix = f"{version}/content/"
    used = {""}
    for each in stored.values():
        if each.content_path.startswith(prefix):
            parent = each.content_path.removeprefix(prefix).rpartition("/")[0]
            while parent not in used:
                used.add(parent)
                parent = parent.rpartition("/")[0]
    for folder in sorted(made - used, key=len, reverse=True):
        files.remove_directory(f"{base}/{folder}")
