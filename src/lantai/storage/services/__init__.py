"""The write door of storage."""

from lantai.archival.ocfl import Content, ContentDiffers, NewObject, NewVersion, ObjectDiffers, VersionConflict
from lantai.storage.services.check import Damage, StorageCheck, check_storage
from lantai.storage.services.copying import CopiesMade, carry_out_removals, copy_wanted, waiting_at, want_removals
from lantai.storage.services.deposit import deposit_objects, deposit_version, discard_object, remove_stored_object
from lantai.storage.services.destroying import NotSealed, apply_destructions, destroy_keys, finish_destructions
from lantai.storage.services.fixity import (
    CopiesRead,
    Repaired,
    copies_due,
    read_copies,
    release_quarantined,
    repair_copies,
    set_reading,
)
from lantai.storage.services.keep_ledger import LEDGER_FOLLOWER, keep_ledger_batches
from lantai.storage.services.keep_timestamps import TIMESTAMP_FOLLOWER, TIMESTAMP_PREFIX, keep_timestamps
from lantai.storage.services.keys import (
    KeysRefused,
    RuleAsked,
    add_escrow,
    change_passphrase,
    create_keys,
    decide_sealing,
    finish_rotation,
    mend_escrow,
    queue_rotation,
    recover_keys,
    remove_escrow,
    rotate_keys,
)
from lantai.storage.services.locations import (
    LocationRefused,
    NewLocation,
    add_location,
    declare_location,
    look_at_location,
    main_location,
)
from lantai.storage.services.media import CarrierRefused, NewCarrier, note_check, register_carrier, retire_carrier
from lantai.storage.services.noting import note_changes, stop_noting
from lantai.storage.services.planning import (
    Scope,
    due_objects,
    judge_objects,
    plan_anew,
    plan_copies,
    set_policy,
)
from lantai.storage.services.reminding import remind_of_storage
from lantai.storage.services.rounds import AREAS, ORACLE, ORACLE_BY, begin_round, finish_round, note_round
from lantai.storage.services.row_batches import ROWS_FOLLOWER, keep_all_rows_anew, keep_rows
from lantai.storage.services.steering import Steering, steer_reading

__all__ = [
    "AREAS",
    "LEDGER_FOLLOWER",
    "ORACLE",
    "ORACLE_BY",
    "ROWS_FOLLOWER",
    "TIMESTAMP_FOLLOWER",
    "TIMESTAMP_PREFIX",
    "CarrierRefused",
    "Content",
    "ContentDiffers",
    "CopiesMade",
    "CopiesRead",
    "Damage",
    "KeysRefused",
    "LocationRefused",
    "NewCarrier",
    "NewLocation",
    "NewObject",
    "NewVersion",
    "NotSealed",
    "ObjectDiffers",
    "Repaired",
    "RuleAsked",
    "Scope",
    "Steering",
    "StorageCheck",
    "VersionConflict",
    "add_escrow",
    "add_location",
    "apply_destructions",
    "begin_round",
    "carry_out_removals",
    "change_passphrase",
    "check_storage",
    "copies_due",
    "copy_wanted",
    "create_keys",
    "decide_sealing",
    "declare_location",
    "deposit_objects",
    "deposit_version",
    "destroy_keys",
    "discard_object",
    "due_objects",
    "finish_destructions",
    "finish_rotation",
    "finish_round",
    "judge_objects",
    "keep_all_rows_anew",
    "keep_ledger_batches",
    "keep_rows",
    "keep_timestamps",
    "look_at_location",
    "main_location",
    "mend_escrow",
    "note_changes",
    "note_check",
    "note_round",
    "plan_anew",
    "plan_copies",
    "queue_rotation",
    "read_copies",
    "recover_keys",
    "register_carrier",
    "release_quarantined",
    "remind_of_storage",
    "remove_escrow",
    "remove_stored_object",
    "repair_copies",
    "retire_carrier",
    "rotate_keys",
    "set_policy",
    "set_reading",
    "steer_reading",
    "stop_noting",
    "waiting_at",
    "want_removals",
]
