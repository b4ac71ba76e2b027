"""The store behind a location, and what can be measured of the place it lies in."""

from __future__ import annotations

import os
import tomllib
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from lantai.archival import ocfl
from lantai.storage.bucket import Address, ServiceBucket
from lantai.storage.models import Location
from lantai.storage.roots import MAIN, location_root

_BY_UUID = Path("/dev/disk/by-uuid")


class LocationAway(OSError):
    """The location cannot be reached now; the message says why."""


def open_store(location: Location) -> ocfl.ObjectStore:
    """The store of *location*. Reaches for nothing; ``look`` says whether it is there. Raises LocationAway when the
    keys of an S3 service are not in LANTAI_HOME.
    """
    if location.kind == Location.Kind.S3:
        return ocfl.S3Store(_bucket(location), location.path)
    return ocfl.PosixStore(ocfl.StorageRoot(Path(location.path or settings.LANTAI_STORAGE_ROOT)))


def make_root(location: Location) -> None:
    """Make the storage root of a new location. Raises ocfl.RootUnusable, OSError."""
    store = open_store(location)
    if isinstance(store, ocfl.S3Store):
        ocfl.create_bucket_root(store, archive=settings.LANTAI_ARCHIVE_NAME)
    else:
        location_root(location)


def look(location: Location) -> str:
    """Make sure that *location* is there, and return the device it lies on: "uuid:", "fs:" or "s3:" and its identity.

    The root of the main location is made where it is missing; any other that has no declaration is away: an empty
    folder where a disk was mounted is never taken for it. Raises LocationAway.
    """
    try:
        if location.code == MAIN:
            location_root(location)
        if not ocfl.root_is_there(open_store(location)):
            raise LocationAway(f"{address_of(location)}: no storage root there")
        if location.kind == Location.Kind.S3:
            return f"s3:{urlsplit(location.endpoint).netloc.lower()}"
        return _device(Path(location.path or settings.LANTAI_STORAGE_ROOT))
    except LocationAway:
        raise
    except (OSError, ocfl.RootUnusable) as error:
        raise LocationAway(f"{address_of(location)}: {error}") from error


def promises_of(location: Location) -> dict[str, Any]:
    """What the service of an S3 location keeps of its promises, tried now; empty for a file system. Raises OSError."""
    if location.kind != Location.Kind.S3:
        return {}
    return asdict(_bucket(location).probe(location.path))


def address_of(location: Location) -> str:
    """Where the location is, in one line."""
    if location.kind == Location.Kind.S3:
        return "/".join(part for part in (location.endpoint, location.bucket, location.path) if part)
    return str(location.path or settings.LANTAI_STORAGE_ROOT)


def keys_path(code: str) -> Path:
    """Where the keys of an S3 location lie: key_id, secret and region, as TOML, readable by their owner only."""
    folder: Path = settings.LANTAI_HOME / "keys" / "storage"
    return folder / f"{code}.toml"


def _bucket(location: Location) -> ServiceBucket:
    try:
        keys = tomllib.loads(keys_path(location.code).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LocationAway(f"{keys_path(location.code)}: {error}") from error
    region = str(keys.get("region") or "us-east-1")
    address = Address(
        location.endpoint, location.bucket, location.path, str(keys["key_id"]), str(keys["secret"]), region
    )
    return _service(address)


@lru_cache(maxsize=16)
def _service(address: Address) -> ServiceBucket:
    return ServiceBucket(address)


def _device(path: Path) -> str:
    """What tells the device of this file system from others: the disk where the system names it, so that two partitions
    are one; else the file system's UUID, else what it says of itself, else its number, which may change when the
    machine starts anew.
    """
    number = path.stat().st_dev
    block = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve()
    disk = block.parent if (block / "partition").exists() else block
    for name in ("wwid", "device/wwid", "device/serial"):
        try:
            if told := (disk / name).read_text("utf-8", "replace").strip():
                return f"disk:{told}"[:300]
        except OSError:
            continue  # this kind of disk does not say it there
    try:
        for each in _BY_UUID.iterdir():
            if each.stat().st_rdev == number:
                return f"uuid:{each.name}"
    except OSError:
        pass  # no such folder in a container: the next best is asked
    number_told = os.statvfs(path).f_fsid
    return f"fs:{number_told:x}" if number_told else f"dev:{os.major(number)}:{os.minor(number)}"
