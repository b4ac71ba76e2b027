"""A store on a file system: a storage root whose objects arrive whole, by one rename, after one flush for many."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lantai.archival.ocfl.deposits import batch_folder, place, sweep_leftovers, take_away
from lantai.archival.ocfl.files import FileSystem
from lantai.archival.ocfl.layout import StorageRoot, object_folders
from lantai.archival.ocfl.stores import Incoming, SourceDamaged

_CHUNK = 256 << 10


@dataclass(frozen=True, slots=True)
class PosixStore:
    """The store over a storage root."""

    root: StorageRoot
    at_once: ClassVar[int] = 1

    def folders(self, *, after: str = "") -> Iterator[str]:
        """See ``ObjectStore``."""
        return object_folders(self.root, after=after)

    def files(self, folder: str) -> dict[str, int]:
        """See ``ObjectStore``. A link is told as a file of the length of its target's name, and never followed."""
        found: dict[str, int] = {}
        base = f"{self.root.path}/{folder}"
        waiting = [""]
        while waiting:
            below = waiting.pop()
            try:
                with os.scandir(f"{base}/{below}") as entries:
                    for each in entries:
                        path = f"{below}{each.name}"
                        if each.is_dir(follow_symlinks=False):
                            waiting.append(f"{path}/")
                        else:
                            found[path] = each.stat(follow_symlinks=False).st_size
            except FileNotFoundError:
                continue  # it is not there, or went away in this moment
        return found

    def size(self, folder: str, path: str) -> int:
        """See ``ObjectStore``. Of a link it is the length of its target's name, as in ``files``."""
        return Path(f"{self.root.path}/{folder}/{path}").lstat().st_size

    def read(self, folder: str, path: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See ``ObjectStore``. What the system remembers of the file is dropped first: the disk is read."""
        handle = self.root.files.open_forgotten(f"{self.root.path}/{folder}/{path}")
        try:
            rest = length
            while rest is None or rest > 0:
                part = os.pread(handle, _CHUNK if rest is None else min(_CHUNK, rest), offset)
                if not part:
                    return
                yield part
                offset += len(part)
                rest = None if rest is None else rest - len(part)
        finally:
            os.close(handle)

    def put(self, objects: Sequence[Incoming]) -> dict[str, SourceDamaged]:
        """See ``ObjectStore``. What an older object shares with the new one becomes a second name of the same file."""
        root, files = self.root, self.root.files
        failed: dict[str, SourceDamaged] = {}
        sweep_leftovers(root)
        with batch_folder(root) as batch:
            prepared: dict[str, str] = {}
            for number, each in enumerate(objects):
                try:
                    self._prepare(f"{batch}/{number}", each)
                    prepared[each.folder] = f"{batch}/{number}"
                except SourceDamaged as error:
                    failed[each.folder] = error
            files.sync(str(root.path), list(prepared.values()))
            for folder, where in prepared.items():
                files.make_directory(f"{where}.old")
                take_away(root, folder, f"{where}.old")
                if not place(root, where, folder):
                    raise FileExistsError(errno.EEXIST, "somebody else writes to this root", f"{root.path}/{folder}")
            files.sync(str(root.path), [])
        return failed

    def remove(self, folder: str) -> bool:
        """See ``ObjectStore``."""
        sweep_leftovers(self.root)
        with batch_folder(self.root) as batch:
            removed = take_away(self.root, folder, batch)
            self.root.files.sync(str(self.root.path), [])
        return removed

    def _prepare(self, where: str, coming: Incoming) -> None:
        """Write the object into a folder of the deposit, folders of the layout included."""
        files = self.root.files
        made = {where.rpartition("/")[0]}
        for path, size in coming.files.items():
            target = f"{where}/{coming.folder}/{path}"
            _make_directories(target.rpartition("/")[0], made, files)
            if path in coming.reusable and self._linked(f"{self.root.path}/{coming.folder}/{path}", size, target):
                continue
            handle = files.create_file(target)
            try:
                for part in coming.read(path):
                    files.write(handle, part)
            finally:
                os.close(handle)

    def _linked(self, source: str, size: int, target: str) -> bool:
        files = self.root.files
        try:
            if not files.exists(source) or files.size(source) != size:
                return False
            files.link(source, target)
        except OSError:
            return False  # this file system has no second names: it is written again
        return True


def _make_directories(folder: str, made: set[str], files: FileSystem) -> None:
    """Make *folder* and those above it, up to the first that was made before."""
    missing = []
    while folder not in made:
        missing.append(folder)
        folder = folder.rpartition("/")[0]
    for each in reversed(missing):
        files.make_directory(each)
        made.add(each)
