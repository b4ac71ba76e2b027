"""Places that keep whole objects, all their versions: one small interface over file systems and buckets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

ROOT_DECLARATION = "0=ocfl_1.1"
"""In the folder "": whoever can read it has the root before him, and not the empty place of a disk that is away."""


class SourceDamaged(Exception):
    """What was to be copied cannot be read, or is not what its inventory says."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An object on its way into a store: *files* maps every path in it to its size in bytes, *read* gives the bytes.

    What the store already holds of *reusable*, in the same size, need not be written again.
    """

    folder: str
    files: Mapping[str, int]
    read: Callable[[str], Iterator[bytes]]
    reusable: frozenset[str] = frozenset()


class ObjectStore(Protocol):
    """A storage root somewhere (存储位置). Folders are those of the layout, the same in every store; the folder "" is
    the root itself. Every method raises OSError when the place fails.
    """

    @property
    def at_once(self) -> int:
        """How many files are worth reading at a time."""

    def folders(self, *, after: str = "") -> Iterator[str]:
        """The folders of all objects, in order, those behind *after* only."""

    def files(self, folder: str) -> dict[str, int]:
        """Every file below *folder*, with its size in bytes; none when there is no such folder. A bucket's listing may
        tell late of what came or went; ``size`` does not.
        """

    def size(self, folder: str, path: str) -> int:
        """The size of one file in bytes. Raises FileNotFoundError."""

    def read(self, folder: str, path: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """A file's bytes from *offset* on, *length* of them or all, as they lie in the place and not in a memory
        before it. Raises FileNotFoundError.
        """

    def put(self, objects: Sequence[Incoming]) -> dict[str, SourceDamaged]:
        """Keep *objects* durably, each instead of whatever has its folder. An object is seen whole or not at all, in a
        bucket by its inventory, which comes last. Returns the folders of those that could not be read, with the reason;
        these were left out.
        """

    def remove(self, folder: str) -> bool:
        """Remove an object with everything in it; False when there is none."""


def files_now(store: ObjectStore, folder: str, expected: Collection[str]) -> dict[str, int]:
    """The files of *folder* with their sizes, where the listing differs from those *expected* asked for one by one: the
    listing of an object storage with a dead node lags, its keys do not. Raises OSError.
    """
    found = store.files(folder)
    for path in found.keys() ^ set(expected):
        try:
            found[path] = store.size(folder, path)
        except FileNotFoundError:
            found.pop(path, None)
    return found


def read_whole(store: ObjectStore, folder: str, path: str) -> bytes:
    """All bytes of a small file. Raises FileNotFoundError, OSError."""
    return b"".join(store.read(folder, path))


def root_is_there(store: ObjectStore) -> bool:
    """Whether the storage root can be read at this moment. Raises OSError when the place fails in another way."""
    try:
        return bool(read_whole(store, "", ROOT_DECLARATION))
    except FileNotFoundError:
        return False
