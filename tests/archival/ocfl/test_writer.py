"""Writing, versions and removal; every call of the file system failing once; a full disk; a machine that dies."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.archival.ocfl.faulty import Died, Faulty, Full

from lantai.archival import ocfl

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
LATER = datetime(2026, 7, 2, 8, 30, tzinfo=UTC)


def assert_whole(root: ocfl.StorageRoot, count: int) -> None:
    """Exactly *count* objects, each valid without a warning, and no leftover anywhere."""
    folders = list(ocfl.object_folders(root))
    assert len(folders) == count
    for folder in folders:
        assert ocfl.validate_object(root.path / folder) == []
    assert root.files.names(root.deposit) == []
    assert not [path for path in root.path.rglob("*") if path.is_dir() and not any(path.iterdir())]


def test_an_object_is_as_the_specification_wants_it(root, make_box):
    (written,) = ocfl.write_objects(root, [make_box()])
    assert_whole(root, 1)
    assert (written.head, written.found, written.files) == ("v1", False, 5)
    folder = root.path / written.folder
    inventory = ocfl.read_inventory(root, "urn:lantai:box:1", verify=True)
    assert inventory.digest == written.inventory_digest
    for path, content in written.contents.items():
        data = (folder / inventory.content_path(path)).read_bytes()
        assert hashlib.sha512(data).hexdigest() == inventory.logical[path] == content.digests["sha512"]
        assert len(data) == content.size
    assert written.size == sum(each.size for each in written.contents.values())
    same = ("YL2026000001/description.xml", "YL2026000002/description.xml")
    assert inventory.content_path(same[0]) == inventory.content_path(same[1]), "equal content is kept once"


def test_a_linked_source_is_not_copied(root, make_box, tmp_path):
    (written,) = ocfl.write_objects(root, [make_box()])
    path = root.path / written.folder / "v1/content/YL2026000002/package.zip"
    assert path.stat().st_ino == (tmp_path / "received-1" / "linked").stat().st_ino
    copied = root.path / written.folder / "v1/content/YL2026000001/package.zip"
    assert copied.stat().st_ino != (tmp_path / "received-1" / "copied").stat().st_ino


class NoLinks(ocfl.FileSystem):
    def link(self, source: str, target: str) -> None:
        raise OSError(errno.EXDEV, "another device")


def test_where_links_do_not_work_a_copy_is_made(tmp_path, root, make_box):
    ocfl.write_objects(ocfl.StorageRoot(root.path, NoLinks()), [make_box()])
    assert_whole(root, 1)


class NoSyncfs(ocfl.FileSystem):
    def sync(self, root: str, new_trees: list[str]) -> None:
        for tree in new_trees:
            self._sync_tree(tree)


def test_where_there_is_no_syncfs_every_file_is_synced(root, make_box):
    ocfl.write_objects(ocfl.StorageRoot(root.path, NoSyncfs()), [make_box()])
    assert_whole(root, 1)


def test_there_is_one_flush_for_the_bytes_and_one_for_the_names_however_many_objects(root, make_box):
    counting = Faulty()
    ocfl.write_objects(ocfl.StorageRoot(root.path, counting), [make_box(number) for number in range(9)])
    assert counting.names_called.count("sync") == 2
    last_write = max(at for at, name in enumerate(counting.names_called) if name == "write")
    first_rename = counting.names_called.index("rename")
    assert last_write < counting.names_called.index("sync") < first_rename
    assert_whole(root, 9)


@pytest.mark.parametrize("size", [10, 3 << 20], ids=["small", "streamed"])
@pytest.mark.parametrize("source", ["bytes", "file", "link"])
@pytest.mark.parametrize("algorithm", ["sha512", "sha256", "sm3"])
def test_a_declared_digest_is_never_trusted(root, tmp_path, size, source, algorithm):
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    true = {name: ocfl_digest(data, name) for name in ("sha512", algorithm)}
    false = {**true, algorithm: ocfl_digest(b"other", algorithm)}
    place = data if source == "bytes" else tmp_path / "file"

    def new(digests: dict[str, str]) -> ocfl.NewObject:
        content = ocfl.Content("a", place, digests=digests, link=source == "link")
        return ocfl.NewObject("urn:x:1", (content,), NOW, "m", "u")

    with pytest.raises(ocfl.ContentDiffers, match=algorithm):
        ocfl.write_objects(root, [new(false)])
    assert_whole(root, 0)
    (written,) = ocfl.write_objects(root, [new(true)])
    assert written.contents["a"].digests == true
    assert_whole(root, 1)


@pytest.mark.parametrize("size", [10, 6 << 20], ids=["small", "streamed"])
def test_owed_digests_come_from_the_same_reading(root, tmp_path, size):
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    content = ocfl.Content("a", tmp_path / "file", owed=("sha256", "sm3"))
    counting = Faulty()
    new = ocfl.NewObject("urn:x:1", (content,), NOW, "m", "u")
    (written,) = ocfl.write_objects(ocfl.StorageRoot(root.path, counting), [new])
    assert written.contents["a"].digests == {name: ocfl_digest(data, name) for name in ("sha512", "sha256", "sm3")}
    assert counting.names_called.count("open_file") + counting.names_called.count("read_file") == 1


def ocfl_digest(data: bytes, algorithm: str) -> str:
    return hashlib.new(algorithm, data).hexdigest()


@pytest.mark.parametrize(
    "paths",
    [["/a"], ["a/"], ["a//b"], ["."], ["a/../b"], [""], ["a\x00"], ["\ud800"], ["a", "a"], ["a", "a/b"],
     ["a/b/c", "a/b"]],
)  # fmt: skip
def test_a_path_that_cannot_be_is_refused_and_nothing_is_left(root, paths):
    contents = tuple(ocfl.Content(path, b"x" + str(at).encode()) for at, path in enumerate(paths))
    with pytest.raises(ocfl.PathRefused):
        ocfl.write_objects(root, [ocfl.NewObject("urn:x:1", contents, NOW, "m", "u")])
    assert_whole(root, 0)


def test_an_object_without_files_is_refused(root):
    with pytest.raises(ocfl.PathRefused):
        ocfl.write_objects(root, [ocfl.NewObject("urn:x:1", (), NOW, "m", "u")])


@pytest.mark.parametrize(
    "path", ["结婚登记" * 60 + ".ofd", "卷/" + "长" * 100 + "/a", "'; DROP --", "a\nb", "é", "e\u0301"]
)
def test_any_other_name_is_kept_as_it_is(root, path):
    ocfl.write_objects(root, [ocfl.NewObject("urn:x:1", (ocfl.Content(path, b"x"),), NOW, "m", "u")])
    assert list(ocfl.read_inventory(root, "urn:x:1").logical) == [path]
    assert_whole(root, 1)


def test_writing_again_finds_the_object_and_changes_nothing(root, make_box):
    (first,) = ocfl.write_objects(root, [make_box()])
    (again, other) = ocfl.write_objects(root, [make_box(), make_box(2)])
    assert again.found and not other.found
    assert (again.inventory_digest, again.size) == (first.inventory_digest, first.size)
    assert_whole(root, 2)


def test_another_content_under_the_same_id_is_refused(root, make_box):
    ocfl.write_objects(root, [make_box()])
    with pytest.raises(ocfl.ObjectDiffers, match="more"):
        ocfl.write_objects(root, [make_box(more=b"1")])
    declared = ocfl.Content("YL2026000001/description.xml", b"<r/>", {"sha512": ocfl_digest(b"<r/>", "sha512")})
    contents = tuple(declared if each.path == declared.path else each for each in make_box().contents)
    with pytest.raises(ocfl.ObjectDiffers, match="description"):
        ocfl.write_objects(root, [replace(make_box(), contents=contents)])
    assert_whole(root, 1)


def change(root: ocfl.StorageRoot) -> ocfl.WrittenObject:
    new = ocfl.NewVersion(
        "urn:lantai:box:1",
        "v1",
        LATER,
        "补正",
        "档案员",
        put=(ocfl.Content("YL2026000001/description.xml", b"<record n='2'/>"), ocfl.Content("new/copy", b"copied1")),
        remove=("YL2026000002/package.zip",),
    )
    return ocfl.write_version(root, new)


def test_a_version_keeps_only_what_is_new_and_all_of_what_was(root, make_box):
    ocfl.write_objects(root, [make_box()])
    written = change(root)
    assert (written.head, written.files) == ("v2", 5)
    folder = root.path / written.folder
    assert [path.name for path in (folder / "v2/content").rglob("*") if path.is_file()] == ["description.xml"]
    inventory = ocfl.read_inventory(root, "urn:lantai:box:1", verify=True)
    assert inventory.content_path("new/copy") == "v1/content/YL2026000001/package.zip"
    assert inventory.content_path("YL2026000002/package.zip", version="v1")
    with pytest.raises(ocfl.PathMissing):
        inventory.content_path("YL2026000002/package.zip")
    with pytest.raises(ocfl.PathMissing):
        inventory.logical_in("v9")
    assert_whole(root, 1)


def test_a_version_without_new_content_has_no_content_folder(root, make_box):
    ocfl.write_objects(root, [make_box()])
    removal = ocfl.NewVersion("urn:lantai:box:1", "v1", LATER, "m", "u", remove=("YL2026000002/package.zip",))
    written = ocfl.write_version(root, removal)
    assert not (root.path / written.folder / "v2/content").exists()
    assert_whole(root, 1)


def test_a_version_that_changes_nothing_is_not_made(root, make_box):
    ocfl.write_objects(root, [make_box()])
    same = ocfl.NewVersion(
        "urn:lantai:box:1", "v1", LATER, "m", "u", put=(ocfl.Content("YL2026000001/description.xml", b"<record/>"),)
    )
    assert ocfl.write_version(root, same).head == "v1"
    assert_whole(root, 1)


def test_a_version_upon_another_than_the_newest_is_refused(root, make_box):
    ocfl.write_objects(root, [make_box()])
    change(root)
    with pytest.raises(ocfl.VersionConflict):
        ocfl.write_version(root, ocfl.NewVersion("urn:lantai:box:1", "v1", LATER, "m", "u", remove=("new/copy",)))
    with pytest.raises(ocfl.PathMissing):
        ocfl.write_version(root, ocfl.NewVersion("urn:lantai:box:1", "v2", LATER, "m", "u", remove=("nothing",)))
    with pytest.raises(ocfl.PathRefused):
        below = ocfl.Content("new/copy/below", b"x")
        ocfl.write_version(root, ocfl.NewVersion("urn:lantai:box:1", "v2", LATER, "m", "u", put=(below,)))
    with pytest.raises(ocfl.ObjectMissing):
        ocfl.write_version(root, ocfl.NewVersion("urn:lantai:box:7", "v1", LATER, "m", "u"))
    assert_whole(root, 1)


def test_a_removed_object_leaves_nothing_behind(root, make_box):
    ocfl.write_objects(root, [make_box(1), make_box(2)])
    assert ocfl.remove_object(root, "urn:lantai:box:1")
    assert not ocfl.remove_object(root, "urn:lantai:box:1")
    assert_whole(root, 1)
    with pytest.raises(ocfl.ObjectMissing):
        ocfl.read_inventory(root, "urn:lantai:box:1")


Action = Callable[[ocfl.StorageRoot], object]


def scenario(name: str, root: ocfl.StorageRoot, make_box: Callable[..., ocfl.NewObject]) -> tuple[Action, int]:
    """What is done, and how many objects there must be in the end."""
    boxes = [make_box(1), make_box(2)]
    if name == "write":
        return lambda root: ocfl.write_objects(root, boxes), 2
    ocfl.write_objects(root, boxes)
    if name == "version":
        return change, 2
    return lambda root: ocfl.remove_object(root, "urn:lantai:box:1"), 1


def end_state(root: ocfl.StorageRoot) -> dict[str, bytes]:
    return {str(path.relative_to(root.path)): path.read_bytes() for path in root.path.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("write", "fails"),
        ("write", "disk full"),
        ("write", "dies"),
        ("version", "fails"),
        ("version", "dies"),
        ("remove", "fails"),
        ("remove", "dies"),
    ],
)
def test_every_call_failing_once_leaves_nothing_or_a_whole_object_and_is_mended(tmp_path, make_box, name, fault):
    def fresh(label: str) -> tuple[ocfl.StorageRoot, Action, int]:
        root = ocfl.StorageRoot(tmp_path / label)
        ocfl.create_root(root, archive="x")
        return root, *scenario(name, root, make_box)

    root, action, count = fresh("counted")
    counting = Faulty()
    action(ocfl.StorageRoot(root.path, counting))
    wanted = end_state(root)
    assert counting.calls > 5
    errors = {"fails": OSError(errno.EIO, "broken"), "disk full": OSError(errno.ENOSPC, "full"), "dies": Died()}
    tried = 0
    for at in range(counting.calls):
        root, action, count = fresh(f"root-{at}")
        before = len(list(ocfl.object_folders(root)))
        faulty = Faulty(at, errors[fault], dead=fault == "dies")
        try:
            action(ocfl.StorageRoot(root.path, faulty))
        except (OSError, Died):
            tried += 1
        for folder in ocfl.object_folders(root):
            if name != "version":
                assert ocfl.validate_object(root.path / folder) == [], (at, faulty.names_called[at])
        assert len(list(ocfl.object_folders(root))) in range(min(before, count), max(before, count) + 1)
        action(root)
        assert_whole(root, count)
        assert end_state(root) == wanted, (at, faulty.names_called[at])
    assert tried > counting.calls // 2


def test_an_object_can_be_read_while_its_new_version_is_broken_off(tmp_path, make_box):
    """Between the rename of the version and that of the inventory, readers see the old version or the new."""
    root = ocfl.StorageRoot(tmp_path / "counted")
    ocfl.create_root(root, archive="x")
    ocfl.write_objects(root, [make_box()])
    counting = Faulty()
    change(ocfl.StorageRoot(root.path, counting))
    heads = set()
    for at in range(counting.calls):
        root = ocfl.StorageRoot(tmp_path / f"root-{at}")
        ocfl.create_root(root, archive="x")
        ocfl.write_objects(root, [make_box()])
        with pytest.raises(Died):
            change(ocfl.StorageRoot(root.path, Faulty(at, Died(), dead=True)))
        inventory = ocfl.read_inventory(root, "urn:lantai:box:1")
        for path in inventory.logical:
            assert (Path(root.object_path("urn:lantai:box:1")) / inventory.content_path(path)).is_file()
        heads.add((inventory.head, ocfl.mend_object(root, "urn:lantai:box:1").head))
        assert ocfl.validate_object(root.object_path("urn:lantai:box:1")) == []
    assert heads == {("v1", "v1"), ("v1", "v2"), ("v2", "v2")}


def test_a_disk_that_fills_up_at_any_byte_keeps_nothing_half(root, make_box):
    box = make_box()
    for room in (0, 3, 20, 1000, 1_600_000, 1_602_000):
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            ocfl.write_objects(ocfl.StorageRoot(root.path, Full(room)), [box])
        assert_whole(root, 0)
    ocfl.write_objects(root, [box])
    assert_whole(root, 1)


def test_leftovers_of_the_dead_are_swept_and_those_of_the_living_are_not(root, make_box):
    with pytest.raises(Died):
        ocfl.write_objects(ocfl.StorageRoot(root.path, Faulty(12, Died(), dead=True)), [make_box()])
    assert len(root.files.names(root.deposit)) == 1
    living = f"{root.deposit}/living.tmp"
    Path(living).mkdir()
    handle = root.files.lock(f"{living}/lock")
    assert ocfl.sweep_leftovers(root) == 1
    assert root.files.names(root.deposit) == ["living.tmp"]
    os.close(handle)
    assert ocfl.sweep_leftovers(root) == 1
