"""What every store promises, as one walk over a store that is empty: a list of steps any implementation passes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lantai.archival import ocfl

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
BIG = 9 << 20
"""More than one request holds."""


def shelf(path: Path) -> ocfl.StorageRoot:
    """A storage root with the objects to be copied: several files, an empty one, a large one, strange names."""
    root = ocfl.StorageRoot(path)
    ocfl.create_root(root, archive="测试档案馆")
    ocfl.write_objects(root, [a_box(number) for number in range(4)])
    return root


def a_box(number: int) -> ocfl.NewObject:
    contents = {
        "0001/package.zip": f"案卷 {number}".encode() * 1000,
        "0001/description.xml": b"<record/>",
        "附件/请示 %20(一)#?.txt": b"",
    }
    if number == 0:
        contents["large.bin"] = hashlib.sha256(b"seed").digest() * (BIG // 32)
    return ocfl.NewObject(
        f"urn:lantai:box:{number}",
        tuple(ocfl.Content(path, data) for path, data in contents.items()),
        created=NOW,
        message="归档",
        user="档案员",
    )


def wanted(root: ocfl.StorageRoot, number: int) -> ocfl.Wanted:
    object_id = f"urn:lantai:box:{number}"
    return ocfl.Wanted(object_id, ocfl.read_inventory(root, object_id).digest)


def all_bytes(store: ocfl.ObjectStore, folder: str) -> dict[str, bytes]:
    return {path: ocfl.read_whole(store, folder, path) for path in store.files(folder)}


def walk_the_contract(store: ocfl.ObjectStore, path: Path) -> None:
    """Copy, list, read, change, break, mend and remove; every promise of ``ObjectStore`` is asked for once."""
    root = shelf(path / "shelf")
    source = ocfl.PosixStore(root)
    objects = [wanted(root, number) for number in range(4)]
    folders = {each.object_id: ocfl.object_folder(each.object_id) for each in objects}
    assert ocfl.root_is_there(store)
    assert list(store.folders()) == []
    assert store.files(folders["urn:lantai:box:0"]) == {}
    with pytest.raises(FileNotFoundError):
        ocfl.read_whole(store, folders["urn:lantai:box:0"], "inventory.json")
    with pytest.raises(FileNotFoundError):
        store.size(folders["urn:lantai:box:0"], "inventory.json")

    outcomes = ocfl.copy_objects(source, store, objects)
    assert [(each.object_id, each.head, each.fault, each.problems) for each in outcomes] == [
        (each.object_id, "v1", "", ()) for each in objects
    ]
    assert all(each.source_read for each in outcomes)
    assert list(store.folders()) == sorted(folders.values())
    third = sorted(folders.values())[2]
    assert list(store.folders(after=third)) == sorted(folders.values())[3:]
    for folder in folders.values():
        assert all_bytes(store, folder) == all_bytes(source, folder)
        assert {path: store.size(folder, path) for path in store.files(folder)} == source.files(folder)

    box, content = folders["urn:lantai:box:1"], "v1/content/0001/package.zip"
    whole = ocfl.read_whole(source, box, content)
    assert b"".join(store.read(box, content, offset=5, length=7)) == whole[5:12]
    assert b"".join(store.read(box, content, offset=len(whole) - 3)) == whole[-3:]
    assert b"".join(store.read(box, content, offset=len(whole) - 3, length=99)) == whole[-3:]
    assert b"".join(store.read(box, content, offset=len(whole), length=5)) == b""
    assert b"".join(store.read(box, content, offset=0, length=0)) == b""
    assert [ocfl.check_copy(store, each.object_id, inventory_digest=each.inventory_digest) for each in objects] == [
        []
    ] * 4

    _again_and_changed(source, store, root, box)
    _broken(source, store, root, folders)
    assert store.remove(box)
    assert not store.remove(box)
    assert store.files(box) == {}
    assert box not in list(store.folders())


def _again_and_changed(source: ocfl.PosixStore, store: ocfl.ObjectStore, root: ocfl.StorageRoot, box: str) -> None:
    """Copying again changes nothing; a new version brings what is new and leaves no file of the old that has gone."""
    (again,) = ocfl.copy_objects(source, store, [wanted(root, 1)])
    assert (again.fault, again.source_read) == ("", False)
    version = ocfl.NewVersion(
        "urn:lantai:box:1", "v1", NOW, "补正", "档案员",
        put=(ocfl.Content("0002/a", b"a"),), remove=("0001/description.xml",),
    )  # fmt: skip
    ocfl.write_version(root, version)
    (stale,) = ocfl.copy_objects(source, store, [ocfl.Wanted("urn:lantai:box:1", again.object_id)])
    assert (stale.fault, [each.code for each in stale.problems]) == ("source", ["L002"])
    (changed,) = ocfl.copy_objects(source, store, [wanted(root, 1)])
    assert (changed.head, changed.fault) == ("v2", "")
    assert all_bytes(store, box) == all_bytes(source, box)


def _broken(source: ocfl.PosixStore, store: ocfl.ObjectStore, root: ocfl.StorageRoot, folders: dict[str, str]) -> None:
    """Damage at the source is not copied; damage at the copy is found, and mended by copying again."""
    two, three = wanted(root, 2), wanted(root, 3)
    content = "v1/content/0001/package.zip"
    held = ocfl.read_whole(store, folders[two.object_id], content)
    store.put([_other(store, folders[two.object_id], {content: held[:-1] + b"X", "v1/content/extra": b"extra"})])
    told = ocfl.check_copy(store, two.object_id, inventory_digest=two.inventory_digest)
    assert {(each.code, each.path) for each in told} == {("E092", content), ("E023", "v1/content/extra")}
    (mended,) = ocfl.copy_objects(source, store, [two])
    assert mended.fault == ""
    assert ocfl.check_copy(store, two.object_id, inventory_digest=two.inventory_digest) == []

    damaged = root.path / folders[three.object_id] / content
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"X")
    store.remove(folders[three.object_id])
    first, second = ocfl.copy_objects(source, store, [three, two])
    assert (first.fault, [(each.code, each.path) for each in first.problems]) == ("source", [("E092", content)])
    assert second.fault == ""
    assert store.files(folders[three.object_id]) == {}


def _other(store: ocfl.ObjectStore, folder: str, changes: dict[str, bytes]) -> ocfl.Incoming:
    """An object as it lies there, with *changes* in it."""
    files = all_bytes(store, folder) | changes

    def read(path: str) -> Iterator[bytes]:
        if files[path]:
            yield files[path]

    return ocfl.Incoming(folder, {path: len(data) for path, data in files.items()}, read)
