"""The storage root (存储根) and where objects lie in it (extension 0003)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from lantai.archival.ocfl.files import POSIX, FileSystem

LAYOUT = "0003-hash-and-id-n-tuple-storage-layout"
TUPLE_SIZE = 3
TUPLES = 3
_UNSAFE = re.compile(rb"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class StorageRoot:
    """A storage root at *path*. Unfinished work lies beside it in ``<path>.deposit``, on the same file system."""

    path: Path
    files: FileSystem = POSIX

    @property
    def deposit(self) -> str:
        """Folder of unfinished work. Nothing in it counts; leftovers of the dead are swept away."""
        return f"{self.path}.deposit"

    def object_path(self, object_id: str) -> str:
        """Absolute path of the object with that id, whether or not it exists."""
        return f"{self.path}/{object_folder(object_id)}"


def object_folder(object_id: str) -> str:
    """Path of an object below the root, by layout 0003: three folders of its SHA-256, then the encoded id."""
    digest = sha256(object_id.encode()).hexdigest()
    name = _UNSAFE.sub(lambda found: b"%%%02x" % found[0][0], object_id.encode()).decode("ascii")
    if len(name) > 100:
        name = f"{name[:100]}-{digest}"
    tuples = (digest[at : at + TUPLE_SIZE] for at in range(0, TUPLE_SIZE * TUPLES, TUPLE_SIZE))
    return "/".join((*tuples, name))


def object_folders(root: StorageRoot, *, after: str = "") -> Iterator[str]:
    """Paths below the root of all objects, in order, those behind *after* only: how a rebuild or an audit walks."""
    yield from _walk(str(root.path), "", after)


def _walk(base: str, prefix: str, after: str) -> Iterator[str]:
    with os.scandir(f"{base}/{prefix}") as found:
        names = sorted(each.name for each in found if each.is_dir(follow_symlinks=False))
    for name in names:
        folder = f"{prefix}{name}"
        if (not prefix and name == "extensions") or folder < after[: len(folder)]:
            continue
        inside = os.listdir(f"{base}/{folder}")  # noqa: PTH208
        if any(each.startswith("0=ocfl_object_") for each in inside):
            if folder > after:
                yield folder
        else:
            yield from _walk(base, f"{folder}/", after)
