"""Whether a bag is whole (RFC 8493), whoever made it and whatever is in it: no profile, nothing but the bag."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lantai.archival.packages.bags import bag_folder, open_bag, read_payload
from lantai.archival.packages.components import ComponentReader
from lantai.archival.packages.folder_directory import list_folder
from lantai.archival.packages.limits import MEBIBYTE, Limits
from lantai.archival.packages.listing import Listing
from lantai.archival.packages.model import Problem
from lantai.archival.packages.source import Source
from lantai.archival.packages.tar_directory import is_tar, list_tar
from lantai.archival.packages.zip_directory import list_zip

# A bag of our own choice may be as large as the disk; what could hurt the reader is bounded all the same.
GENEROUS = Limits(
    entries=5_000_000,
    total_size=1 << 50,
    entry_size=1 << 50,
    ratio=2_000,
    path_length=8_000,
    depth=200,
    metadata_size=512 * MEBIBYTE,
    problems=1_000,
)
_MANIFEST = re.compile(r"manifest-[a-z0-9]+\.txt")


@dataclass(frozen=True, slots=True)
class BagCheck:
    """A bag that was read whole: its files and their bytes, and everything that is wrong with it."""

    files: int
    bytes: int
    problems: tuple[Problem, ...]


def check_bag(path: Path, *, limits: Limits = GENEROUS) -> BagCheck | None:
    """Read the bag in the folder, ZIP or TAR file at *path* and compare it with its manifests; None where none is.

    Every file is read once. An archive file that cannot be listed is told as one that holds a broken bag. Raises
    OSError of the medium itself.
    """
    if path.is_dir():
        return _judge(ComponentReader(path, None, limits, (), None), list_folder(path, limits))
    with Source(path) as source:
        head = source.at(0, 512)
        if head.startswith((b"PK\3\4", b"PK\5\6")):
            listing = list_zip(source, limits)
        elif is_tar(head):
            listing = list_tar(source, limits)
        else:
            return None
        return _judge(ComponentReader(path, source, limits, (), None), listing)


def _judge(reader: ComponentReader, listing: Listing) -> BagCheck | None:
    entries = listing.entries
    folder = bag_folder(entries)
    if folder is None:
        if any(_MANIFEST.fullmatch(each.path) for each in entries):
            listing.refuse("bag.declaration", "bagit.txt", "missing")
        elif listing.kind == "folder" or not listing.problems:
            return None
        return BagCheck(len(entries), listing.size, tuple(listing.problems))
    size = sum(each.size for each in entries)
    if not listing.problems and (bag := open_bag(reader, entries, folder)) is not None:
        reader.nested_archives = True
        read_payload(reader, entries, folder, bag)
    return BagCheck(len(entries), size, (*listing.problems, *reader.problems))
