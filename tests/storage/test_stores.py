"""The contract of stores, walked on a file system and on an S3 service; and what each must do alone."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.storage.s3_service import KEY, address, rclone
from tests.storage.store_contract import all_bytes, shelf, walk_the_contract, wanted

from lantai.archival import ocfl
from lantai.storage.bucket import BucketFailed, ServiceBucket


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("s3")
    for name in ("contract-0", "contract-9", "and-back", "somebody", "probed", "refused", "lagging"):
        (folder / name).mkdir()
    (folder / "somebody" / "theirs.txt").write_bytes(b"not ours")
    with rclone(folder) as endpoint:
        yield endpoint, folder


def a_bucket(service: tuple[str, Path], name: str, prefix: str = "") -> ocfl.S3Store:
    return ocfl.S3Store(ServiceBucket(address(service[0], name, prefix)), prefix)


def a_root(path: Path) -> ocfl.PosixStore:
    root = ocfl.StorageRoot(path)
    ocfl.create_root(root, archive="测试档案馆")
    return ocfl.PosixStore(root)


def test_a_file_system_keeps_the_contract(tmp_path: Path) -> None:
    walk_the_contract(a_root(tmp_path / "copies"), tmp_path)


@pytest.mark.parametrize("prefix", ["", "lantai/副本"])
def test_a_bucket_keeps_the_contract(service: tuple[str, Path], tmp_path: Path, prefix: str) -> None:
    store = a_bucket(service, f"contract-{len(prefix)}", prefix)
    assert not ocfl.root_is_there(store)
    ocfl.create_bucket_root(store, archive="测试档案馆")
    ocfl.create_bucket_root(store, archive="测试档案馆")
    walk_the_contract(store, tmp_path)


def test_a_bucket_copied_back_is_a_storage_root(service: tuple[str, Path], tmp_path: Path) -> None:
    root = shelf(tmp_path / "shelf")
    store = a_bucket(service, "and-back")
    ocfl.create_bucket_root(store, archive="测试档案馆")
    objects = [wanted(root, number) for number in range(4)]
    ocfl.copy_objects(ocfl.PosixStore(root), store, objects)
    back = a_root(tmp_path / "back")
    assert not any(each.fault for each in ocfl.copy_objects(store, back, objects))
    assert [each for each in ocfl.validate_root(back.root.path) if each.problems] == []
    assert {each.object_id: ocfl.check_object(back.root, each.object_id) for each in objects} == {
        each.object_id: [] for each in objects
    }


def test_what_is_no_root_is_not_taken_for_one(service: tuple[str, Path]) -> None:
    store = a_bucket(service, "somebody")
    with pytest.raises(ocfl.RootUnusable, match=r"theirs\.txt"):
        ocfl.create_bucket_root(store, archive="测试档案馆")


def test_what_a_service_promises_is_measured(service: tuple[str, Path]) -> None:
    promises = ServiceBucket(address(service[0], "probed")).probe("")
    assert (promises.conditional, promises.digests, promises.ranges, promises.listing) == (
        "ignored", "honoured", "refused", "honoured",
    )  # fmt: skip
    assert list((service[1] / "probed").iterdir()) == []


def test_a_service_that_does_not_know_us_is_a_failure_said_in_words(service: tuple[str, Path]) -> None:
    store = a_bucket(service, "refused")
    wrong = address(service[0], "refused")
    wrong = type(wrong)(wrong.endpoint, wrong.bucket, "", KEY, "another-secret")
    with pytest.raises(BucketFailed):
        ocfl.root_is_there(ocfl.S3Store(ServiceBucket(wrong)))
    assert not ocfl.root_is_there(store)


class Lagging:
    """A bucket as an object storage with dead nodes shows it: keys at once, its listing as it was some time ago."""

    def __init__(self, bucket: ServiceBucket) -> None:
        self.bucket = bucket
        self.listed: dict[str, int] = {}

    def catch_up(self) -> None:
        """Let the listing tell of everything."""
        self.listed = dict(self.bucket.list_keys(""))

    def list_keys(self, prefix: str, after: str = "") -> Iterator[tuple[str, int]]:
        """The keys of the old listing."""
        below = f"{prefix}/" if prefix else ""
        yield from sorted((key, size) for key, size in self.listed.items() if key.startswith(below) and key > after)

    def __getattr__(self, name: str) -> object:
        return getattr(self.bucket, name)


def test_a_listing_that_lags_neither_hides_a_copy_nor_keeps_one(service: tuple[str, Path], tmp_path: Path) -> None:
    root = shelf(tmp_path / "shelf")
    source = ocfl.PosixStore(root)
    bucket = Lagging(ServiceBucket(address(service[0], "lagging")))
    store = ocfl.S3Store(bucket)  # type: ignore[arg-type]
    ocfl.create_bucket_root(store, archive="测试档案馆")
    objects = [wanted(root, number) for number in (1, 2)]
    assert [each.fault for each in ocfl.copy_objects(source, store, objects)] == ["", ""]
    assert list(store.folders()) == []  # the listing knows nothing of them yet
    box = ocfl.object_folder(objects[0].object_id)
    check = partial(ocfl.check_copy, store, objects[0].object_id, inventory_digest=objects[0].inventory_digest)
    assert check() == []
    back = a_root(tmp_path / "back")
    assert [each.fault for each in ocfl.copy_objects(store, back, objects)] == ["", ""]
    assert all_bytes(back, box) == all_bytes(source, box)

    bucket.catch_up()
    content = store.key(box, "v1/content/0001/package.zip")
    held = b"".join(bucket.bucket.get(content))
    bucket.bucket.delete([content])  # still listed, and yet it is gone
    assert [(each.code, each.path) for each in check()] == [("E092", "v1/content/0001/package.zip")]
    bucket.bucket.put(content, iter((held,)), len(held))
    extra = store.key(box, "v1/content/extra")
    bucket.listed[extra] = 5  # listed, and long gone
    assert check() == []

    bucket.listed = {}
    assert store.remove(box)
    assert [key for key, _size in bucket.bucket.list_keys(box)] == []
    assert [each.code for each in check()] == ["L001"]


class Full(ocfl.FileSystem):
    """A file system that is full after some bytes."""

    room = 4000

    def write(self, handle: int, data: bytes | memoryview) -> None:
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(handle, data)


def test_a_full_disk_leaves_no_half_object(tmp_path: Path) -> None:
    root = shelf(tmp_path / "shelf")
    made = a_root(tmp_path / "copies")
    full = ocfl.PosixStore(ocfl.StorageRoot(made.root.path, Full()))
    with pytest.raises(OSError, match="No space"):
        ocfl.copy_objects(ocfl.PosixStore(root), full, [wanted(root, number) for number in (1, 2, 3)])
    assert list(made.folders()) == []
    assert not any(ocfl.copy_objects(ocfl.PosixStore(root), made, [wanted(root, 1)])[0].problems)
    assert list(Path(made.root.deposit).iterdir()) == []


def test_a_disk_that_writes_other_bytes_than_it_was_given_is_found_out(tmp_path: Path) -> None:
    class Lying(ocfl.FileSystem):
        def write(self, handle: int, data: bytes | memoryview) -> None:
            super().write(handle, bytes(data[:-1]) + b"?" if len(data) > 100 else data)

    root = shelf(tmp_path / "shelf")
    made = a_root(tmp_path / "copies")
    lying = ocfl.PosixStore(ocfl.StorageRoot(made.root.path, Lying()))
    (outcome,) = ocfl.copy_objects(ocfl.PosixStore(root), lying, [wanted(root, 1)])
    assert outcome.fault == "target"
    assert "E092" in {each.code for each in outcome.problems}
