"""The write door of storage."""

from lantai.archival.ocfl import Content, ContentDiffers, NewObject, NewVersion, ObjectDiffers, VersionConflict
from lantai.storage.services.check import Damage, StorageCheck, check_storage
from lantai.storage.services.deposit import deposit_objects, deposit_version, remove_stored_object
from lantai.storage.services.keep_ledger import LEDGER_FOLLOWER, keep_ledger_batches
from lantai.storage.services.rounds import AREAS, begin_round, finish_round, note_round

__all__ = [
    "AREAS",
    "LEDGER_FOLLOWER",
    "Content",
    "ContentDiffers",
    "Damage",
    "NewObject",
    "NewVersion",
    "ObjectDiffers",
    "StorageCheck",
    "VersionConflict",
    "begin_round",
    "check_storage",
    "deposit_objects",
    "deposit_version",
    "finish_round",
    "keep_ledger_batches",
    "note_round",
    "remove_stored_object",
]
