"""A store in a bucket: the same layout, an object's inventory last, so that it is there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import groupby, islice
from typing import ClassVar, Protocol

from lantai.archival.ocfl.creation import RootUnusable, root_files
from lantai.archival.ocfl.inventory import SIDECAR, InventoryBroken, named_files, parse_inventory
from lantai.archival.ocfl.layout import LAYOUT, TUPLES
from lantai.archival.ocfl.stores import ROOT_DECLARATION, Incoming, SourceDamaged, read_whole

INVENTORY = "inventory.json"
_LAST = (SIDECAR, INVENTORY)


class Bucket(Protocol):
    """What is asked of an object storage (对象存储). Every method raises OSError; keys are "/"-separated text."""

    def list_keys(self, prefix: str, after: str = "") -> Iterator[tuple[str, int]]:
        """Every key that begins with the folder *prefix*, in the order of their bytes, with its size in bytes; those
        behind the key *after* only.
        """

    def size(self, key: str) -> int:
        """The size of a key in bytes. Raises FileNotFoundError."""

    def get(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of a key. Raises FileNotFoundError."""

    def put(self, key: str, parts: Iterator[bytes], size: int) -> None:
        """Put *parts*, *size* bytes in all, under *key*, instead of what is there. What *parts* raises is passed on."""

    def delete(self, keys: Sequence[str]) -> None:
        """Remove *keys*; no complaint about one that is gone."""


@dataclass(frozen=True, slots=True)
class S3Store:
    """The store below *prefix* ("" for all of it) of a bucket."""

    bucket: Bucket
    prefix: str = ""
    at_once: ClassVar[int] = 8

    def folders(self, *, after: str = "") -> Iterator[str]:
        """See ``ObjectStore``."""
        top = self.key("", "")
        begin = top + after.rpartition("/")[0] + "/" if after else ""
        found = (key.removeprefix(top) for key, _size in self.bucket.list_keys(self.prefix, begin))
        inventories = (each.split("/") for each in found if each.endswith(f"/{INVENTORY}"))
        objects = (parts[:-1] for parts in inventories if len(parts) == TUPLES + 2)
        for _tuples, names in groupby(objects, key=lambda parts: parts[:-1]):  # a bucket sorts "/" among other signs
            for folder in sorted("/".join(each) for each in names):
                if folder > after:
                    yield folder

    def files(self, folder: str) -> dict[str, int]:
        """See ``ObjectStore``."""
        top = self.key(folder, "")
        return {key.removeprefix(top): size for key, size in self.bucket.list_keys(top.rstrip("/"))}

    def size(self, folder: str, path: str) -> int:
        """See ``ObjectStore``."""
        return self.bucket.size(self.key(folder, path))

    def read(self, folder: str, path: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See ``ObjectStore``."""
        return self.bucket.get(self.key(folder, path), offset, length)

    def put(self, objects: Sequence[Incoming]) -> dict[str, SourceDamaged]:
        """See ``ObjectStore``. What broke off leaves keys without inventory, which the next try puts again."""
        failed: dict[str, SourceDamaged] = {}
        with ThreadPoolExecutor(self.at_once) as pool:
            for each in objects:
                try:
                    self._put(each, pool)
                except SourceDamaged as error:
                    failed[each.folder] = error
        return failed

    def remove(self, folder: str) -> bool:
        """See ``ObjectStore``. The inventory goes first: what is left of a removal broken off is no object. What it
        names goes too where the listing does not tell of it yet.
        """
        try:
            named = named_files(parse_inventory(read_whole(self, folder, INVENTORY)))
        except (FileNotFoundError, InventoryBroken):
            named = []
        keys = [self.key(folder, path) for path in dict.fromkeys((*self.files(folder), *named))]
        if not keys:
            return False
        self.bucket.delete([self.key(folder, INVENTORY)])
        self.bucket.delete(keys)
        return True

    def _put(self, coming: Incoming, pool: ThreadPoolExecutor) -> None:
        there = self.files(coming.folder)
        wanted = [
            path
            for path, size in coming.files.items()
            if path not in _LAST and not (path in coming.reusable and there.get(path) == size)
        ]
        coming_in = [pool.submit(self._put_file, coming, path) for path in wanted]
        wait(coming_in)  # all of them, so that nothing arrives after what is tidied below
        try:
            for each in coming_in:
                each.result()
        except SourceDamaged:
            if INVENTORY not in there:
                self.bucket.delete([self.key(coming.folder, path) for path in self.files(coming.folder)])
            raise
        for path in _LAST:
            self._put_file(coming, path)
        if extra := [self.key(coming.folder, path) for path in there.keys() - coming.files.keys()]:
            self.bucket.delete(extra)

    def _put_file(self, coming: Incoming, path: str) -> None:
        self.bucket.put(self.key(coming.folder, path), coming.read(path), coming.files[path])

    def key(self, folder: str, path: str) -> str:
        """The key of a file; of a folder, with its "/", when *path* is empty."""
        return "/".join(part for part in (self.prefix, folder) if part) + "/" * bool(self.prefix or folder) + path


def create_bucket_root(store: S3Store, *, archive: str) -> None:
    """Make the storage root in the bucket, its declaration last; nothing happens to one that is whole.

    *archive* is the name of the institution, for the README. Raises RootUnusable when the place holds something else,
    OSError.
    """
    wanted = root_files(archive=archive)
    layout = f"extensions/{LAYOUT}/config.json"
    try:
        declared = b"".join(store.read("", ROOT_DECLARATION))
    except FileNotFoundError:
        declared = b""
    if declared:
        if b"".join(store.read("", layout)) != wanted[layout]:
            raise RootUnusable(f"{store.prefix or '/'} uses the layout {LAYOUT} with other parameters than ours")
        return
    for path in _first_files(store):
        if path not in wanted:
            raise RootUnusable(f"{store.prefix or '/'} is no storage root and not empty: {path}")
    for path, data in wanted.items():
        store.bucket.put(store.key("", path), iter((data,)), len(data))


def _first_files(store: S3Store) -> list[str]:
    top = store.key("", "")
    return [key.removeprefix(top) for key, _size in islice(store.bucket.list_keys(store.prefix), 10)]
