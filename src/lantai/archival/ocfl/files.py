"""The few calls of the file system that keeping needs, in one object, so that a test can let each fail once.

Paths are plain text here: this is the layer whose speed is measured.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import shutil
from contextlib import suppress
from typing import BinaryIO

_libc = ctypes.CDLL(None, use_errno=True)


class FileSystem:
    """The file system of this machine. Every method raises OSError as the system gives it."""

    def make_directory(self, path: str) -> None:
        """Make one directory. Raises FileExistsError."""
        os.mkdir(path)  # noqa: PTH102

    def write_file(self, path: str, data: bytes) -> None:
        """Make a new file with *data*. Raises FileExistsError."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            self.write(handle, data)
        finally:
            os.close(handle)

    def create_file(self, path: str) -> int:
        """Make a new file and return its handle, to be written with :meth:`write` and closed by the caller."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)

    def write(self, handle: int, data: bytes | memoryview) -> None:
        """Write all of *data*."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]

    def read_file(self, path: str) -> bytes:
        """The whole content of a small file."""
        handle = os.open(path, os.O_RDONLY)
        try:
            parts = []
            while part := os.read(handle, 1 << 20):
                parts.append(part)
        finally:
            os.close(handle)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def open_file(self, path: str) -> BinaryIO:
        """A file to be read as a stream."""
        return open(path, "rb", buffering=0)  # noqa: PTH123

    def open_forgotten(self, path: str) -> int:
        """A handle of a file to be read from the disk: pages the system remembers of it are dropped. No link is
        followed, no pipe waited for. The caller closes it.
        """
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        return handle

    def size(self, path: str) -> int:
        """Bytes of a file."""
        return os.stat(path).st_size  # noqa: PTH116

    def exists(self, path: str) -> bool:
        """Whether there is anything at *path*."""
        return os.path.lexists(path)

    def names(self, path: str) -> list[str]:
        """Names in a directory; none when it does not exist."""
        try:
            return os.listdir(path)  # noqa: PTH208
        except FileNotFoundError:
            return []

    def link(self, source: str, target: str) -> None:
        """Give the file *source* a second name."""
        os.link(source, target)

    def rename(self, source: str, target: str) -> None:
        """Move a file or directory within the file system, at once or not at all."""
        os.rename(source, target)  # noqa: PTH104

    def remove_file(self, path: str) -> None:
        """Remove a file."""
        os.unlink(path)  # noqa: PTH108

    def remove_directory(self, path: str) -> None:
        """Remove an empty directory."""
        os.rmdir(path)  # noqa: PTH106

    def remove_tree(self, path: str) -> None:
        """Remove a directory with everything in it; no complaint when it is gone already."""
        with suppress(FileNotFoundError):
            shutil.rmtree(path)

    def lock(self, path: str) -> int | None:
        """Take the lock file *path* (made where absent) and return its handle; None when somebody holds it."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:
            os.close(handle)
            raise
        return handle

    def unlock(self, handle: int) -> None:
        """Give the lock back."""
        os.close(handle)

    def sync(self, root: str, new_trees: list[str]) -> None:
        """Make everything written below *root* durable: one syncfs, its result checked (Linux reports write-back
        errors there since 5.8). Where there is no syncfs, every file and directory of *new_trees* is synced alone.
        """
        handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if hasattr(_libc, "syncfs"):
                if _libc.syncfs(handle) == 0:
                    return
                number = ctypes.get_errno()
                if number != errno.ENOSYS:
                    raise OSError(number, os.strerror(number), root)
            for tree in new_trees:
                self._sync_tree(tree)
            os.fsync(handle)
        finally:
            os.close(handle)

    def _sync_tree(self, tree: str) -> None:
        for folder, _, names in os.walk(tree):
            for path in (*(f"{folder}/{name}" for name in names), folder):
                handle = os.open(path, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)


POSIX = FileSystem()
