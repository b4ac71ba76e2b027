"""Unfinished work: a locked folder of its own for every batch, beside the root; leftovers of the dead are swept."""

from __future__ import annotations

import errno
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from lantai.archival.ocfl.layout import StorageRoot

LEFTOVER = ".tmp"
_LOCK = "lock"


@contextmanager
def batch_folder(root: StorageRoot) -> Iterator[str]:
    """A fresh folder on the root's file system, ours as long as we live; removed at the end, whatever happened."""
    files = root.files
    while True:
        folder = f"{root.deposit}/{secrets.token_hex(8)}{LEFTOVER}"
        files.make_directory(folder)
        try:
            lock = files.lock(f"{folder}/{_LOCK}")
        except FileNotFoundError:
            continue  # somebody took the new folder for a leftover, in the moment before it was locked
        if lock is not None and files.exists(f"{folder}/{_LOCK}"):
            break
        if lock is not None:
            files.unlock(lock)
    try:
        yield folder
    except BaseException:
        with suppress(OSError):  # the cause matters more than this tidying; sweep_leftovers comes by again
            files.remove_tree(folder)
        raise
    else:
        files.remove_tree(folder)
    finally:
        files.unlock(lock)


def sweep_leftovers(root: StorageRoot) -> int:
    """Remove what writers that died have left in the deposit folder; return how many batches that were."""
    files, swept = root.files, 0
    for name in files.names(root.deposit):
        if not name.endswith(LEFTOVER):
            continue
        folder = f"{root.deposit}/{name}"
        with suppress(OSError):  # gone in this moment, or it cannot be removed now: it is in nobody's way
            lock = files.lock(f"{folder}/{_LOCK}")
            if lock is None:
                continue
            try:
                files.remove_tree(folder)
                swept += 1
            finally:
                files.unlock(lock)
    return swept


def place(root: StorageRoot, prepared: str, where: str) -> bool:
    """Move the object below *prepared* (its folders of the layout included) to its place *where*, in one rename.

    The highest folder that does not exist yet is what is renamed, so that no empty folder is ever seen in the root.
    Returns False when the object's place is taken.
    """
    files = root.files
    parts = where.split("/")
    for _ in range(100):
        for depth in range(1, len(parts) + 1):
            below = "/".join(parts[:depth])
            if not files.exists(f"{root.path}/{below}"):
                break
        else:
            return False
        try:
            files.rename(f"{prepared}/{below}", f"{root.path}/{below}")
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOENT):
                continue  # another writer made or emptied a folder above, in this moment
            raise
        return True
    raise OSError(errno.EBUSY, "the folders of the layout keep changing", f"{root.path}/{where}")


def take_away(root: StorageRoot, where: str, folder: str) -> bool:
    """Move the object at *where* out of the root into *folder*, and remove the folders above it that are empty now.

    Returns False when there is no such object.
    """
    try:
        root.files.rename(f"{root.path}/{where}", f"{folder}/removed")
    except FileNotFoundError:
        prune(root, where)
        return False
    prune(root, where)
    return True


def prune(root: StorageRoot, where: str) -> None:
    """Remove the folders of the layout above an object's place as far as they are empty (OCFL E073)."""
    parts = where.split("/")
    for depth in range(len(parts) - 1, 0, -1):
        try:
            root.files.remove_directory(f"{root.path}/{'/'.join(parts[:depth])}")
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                return
            raise
