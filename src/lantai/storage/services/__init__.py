"""The write door of storage."""

from lantai.archival.ocfl import Content, ContentDiffers, NewObject, NewVersion, ObjectDiffers, VersionConflict
from lantai.storage.services.check import Damage, StorageCheck, check_storage
from lantai.storage.services.deposit import deposit_objects, deposit_version, remove_stored_object
from lantai.storage.services.keep_ledger import LEDGER_FOLLOWER, keep_ledger_batches

__all__ = [
    "LEDGER_FOLLOWER",
    "Content",
    "ContentDiffers",
    "Damage",
    "NewObject",
    "NewVersion",
    "ObjectDiffers",
    "StorageCheck",
    "VersionConflict",
    "check_storage",
    "deposit_objects",
    "deposit_version",
    "keep_ledger_batches",
    "remove_stored_object",
]
