"""A file system that fails or dies at one chosen call, and one whose disk is full after so many bytes."""

from __future__ import annotations

import errno
import os
from typing import BinaryIO

from lantai.archival.ocfl import FileSystem


class Died(BaseException):
    """The machine stops here: nothing after this call happens, not even tidying."""


class Faulty(FileSystem):
    """Counts every call; the call numbered *at* raises *error* instead of being done, or after half of a write.

    With *dead* set every later call raises Died too, as after a power failure.
    """

    def __init__(self, at: int = -1, error: BaseException | None = None, *, dead: bool = False) -> None:
        self.calls = 0
        self.names_called: list[str] = []
        self.at, self.error, self.dead = at, error or OSError(errno.EIO, "broken"), dead

    def _count(self, name: str) -> None:
        number, self.calls = self.calls, self.calls + 1
        self.names_called.append(name)
        if number == self.at:
            raise self.error
        if self.dead and number > self.at >= 0:
            raise Died

    def make_directory(self, path: str) -> None:
        self._count("make_directory")
        super().make_directory(path)

    def create_file(self, path: str) -> int:
        self._count("create_file")
        return super().create_file(path)

    def write_file(self, path: str, data: bytes) -> None:
        self._count("write_file")
        super().write_file(path, data)

    def write(self, handle: int, data: bytes | memoryview) -> None:
        if self.calls == self.at:
            os.write(handle, memoryview(data)[: len(data) // 2])
        self._count("write")
        super().write(handle, data)

    def read_file(self, path: str) -> bytes:
        self._count("read_file")
        return super().read_file(path)

    def open_file(self, path: str) -> BinaryIO:
        self._count("open_file")
        return super().open_file(path)

    def size(self, path: str) -> int:
        self._count("size")
        return super().size(path)

    def names(self, path: str) -> list[str]:
        self._count("names")
        return super().names(path)

    def link(self, source: str, target: str) -> None:
        self._count("link")
        super().link(source, target)

    def rename(self, source: str, target: str) -> None:
        self._count("rename")
        super().rename(source, target)

    def remove_file(self, path: str) -> None:
        self._count("remove_file")
        super().remove_file(path)

    def remove_directory(self, path: str) -> None:
        self._count("remove_directory")
        super().remove_directory(path)

    def remove_tree(self, path: str) -> None:
        self._count("remove_tree")
        super().remove_tree(path)

    def lock(self, path: str) -> int | None:
        self._count("lock")
        return super().lock(path)

    def sync(self, root: str, new_trees: list[str]) -> None:
        self._count("sync")
        super().sync(root, new_trees)


class Full(FileSystem):
    """A disk with room for *room* more bytes."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, handle: int, data: bytes | memoryview) -> None:
        if len(data) > self.room:
            os.write(handle, memoryview(data)[: self.room])
            self.room = 0
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= len(data)
        super().write(handle, data)
