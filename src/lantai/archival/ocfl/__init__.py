"""OCFL 1.1: a storage root whose objects a stranger understands with a text editor and sha512sum."""

from lantai.archival.ocfl.contents import Content, ContentDiffers, NewObject, PathRefused, StoredContent, digest_source
from lantai.archival.ocfl.creation import RootUnusable, create_root
from lantai.archival.ocfl.deposits import sweep_leftovers
from lantai.archival.ocfl.files import POSIX, FileSystem
from lantai.archival.ocfl.inventory import Inventory, InventoryBroken, PathMissing, parse_inventory
from lantai.archival.ocfl.layout import (
    StorageRoot,
    object_folder,
    object_folders,
)
from lantai.archival.ocfl.mending import mend_object
from lantai.archival.ocfl.problems import CODES, Problem
from lantai.archival.ocfl.reading import ObjectMissing, WrittenObject, describe, read_inventory
from lantai.archival.ocfl.roots import Place, told_id, validate_root, walk_root
from lantai.archival.ocfl.validator import check_object, validate_object
from lantai.archival.ocfl.versions import NewVersion, VersionConflict, write_version
from lantai.archival.ocfl.writer import ObjectDiffers, remove_object, write_objects

__all__ = [
    "CODES",
    "POSIX",
    "Content",
    "ContentDiffers",
    "FileSystem",
    "Inventory",
    "InventoryBroken",
    "NewObject",
    "NewVersion",
    "ObjectDiffers",
    "ObjectMissing",
    "PathMissing",
    "PathRefused",
    "Place",
    "Problem",
    "RootUnusable",
    "StorageRoot",
    "StoredContent",
    "VersionConflict",
    "WrittenObject",
    "check_object",
    "create_root",
    "describe",
    "digest_source",
    "mend_object",
    "object_folder",
    "object_folders",
    "parse_inventory",
    "read_inventory",
    "remove_object",
    "sweep_leftovers",
    "told_id",
    "validate_object",
    "validate_root",
    "walk_root",
    "write_objects",
    "write_version",
]
