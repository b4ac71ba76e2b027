"""OCFL 1.1: a storage root whose objects a stranger understands with a text editor and sha512sum."""

from lantai.archival.ocfl.contents import Content, ContentDiffers, NewObject, PathRefused, StoredContent, digest_source
from lantai.archival.ocfl.copying import Copied, Wanted, check_copy, compare_files, copy_objects
from lantai.archival.ocfl.creation import RootUnusable, create_root
from lantai.archival.ocfl.deposits import sweep_leftovers, take_away
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
from lantai.archival.ocfl.store_posix import PosixStore
from lantai.archival.ocfl.store_s3 import Bucket, S3Store, create_bucket_root
from lantai.archival.ocfl.stores import (
    ROOT_DECLARATION,
    Incoming,
    ObjectStore,
    SourceDamaged,
    read_whole,
    root_is_there,
)
from lantai.archival.ocfl.validator import check_object, validate_object
from lantai.archival.ocfl.versions import NewVersion, VersionConflict, write_version
from lantai.archival.ocfl.writer import ObjectDiffers, remove_object, write_objects

__all__ = [
    "CODES",
    "POSIX",
    "ROOT_DECLARATION",
    "Bucket",
    "Content",
    "ContentDiffers",
    "Copied",
    "FileSystem",
    "Incoming",
    "Inventory",
    "InventoryBroken",
    "NewObject",
    "NewVersion",
    "ObjectDiffers",
    "ObjectMissing",
    "ObjectStore",
    "PathMissing",
    "PathRefused",
    "Place",
    "PosixStore",
    "Problem",
    "RootUnusable",
    "S3Store",
    "SourceDamaged",
    "StorageRoot",
    "StoredContent",
    "VersionConflict",
    "Wanted",
    "WrittenObject",
    "check_copy",
    "check_object",
    "compare_files",
    "copy_objects",
    "create_bucket_root",
    "create_root",
    "describe",
    "digest_source",
    "mend_object",
    "object_folder",
    "object_folders",
    "parse_inventory",
    "read_inventory",
    "read_whole",
    "remove_object",
    "root_is_there",
    "sweep_leftovers",
    "take_away",
    "told_id",
    "validate_object",
    "validate_root",
    "walk_root",
    "write_objects",
    "write_version",
]
