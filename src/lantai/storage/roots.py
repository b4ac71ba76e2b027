"""The storage root behind a location."""

from __future__ import annotations

import errno
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from lantai.archival import ocfl
from lantai.storage.models import Location

MAIN = "main"


def location_root(location: Location) -> ocfl.StorageRoot:
    """The OCFL storage root of *location* on a file system; made, with its README, at first use.

    One that was there once is never made again: the disk is away, and what took its place is not ours. Raises
    FileNotFoundError then, ocfl.RootUnusable for a folder that cannot be a root.
    """
    path = Path(location.path or settings.LANTAI_STORAGE_ROOT)
    if location.looked_at is not None and not (path / ocfl.ROOT_DECLARATION).exists():
        raise FileNotFoundError(errno.ENOENT, "no storage root there; is the disk connected?", str(path))
    return _root_at(path, settings.LANTAI_ARCHIVE_NAME)


@lru_cache(maxsize=32)
def _root_at(path: Path, archive: str) -> ocfl.StorageRoot:
    root = ocfl.StorageRoot(path)
    ocfl.create_root(root, archive=archive)
    return root
