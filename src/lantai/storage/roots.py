"""The storage root behind a location."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from lantai.archival import ocfl
from lantai.storage.models import Location

MAIN = "main"


def location_root(location: Location) -> ocfl.StorageRoot:
    """The OCFL storage root of *location*; made, with its README, at first use. Raises ocfl.RootUnusable."""
    return _root_at(Path(location.path or settings.LANTAI_STORAGE_ROOT), settings.LANTAI_ARCHIVE_NAME)


@lru_cache(maxsize=32)
def _root_at(path: Path, archive: str) -> ocfl.StorageRoot:
    root = ocfl.StorageRoot(path)
    ocfl.create_root(root, archive=archive)
    return root
