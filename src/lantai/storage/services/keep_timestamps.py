"""The time stamps of checkpoints in storage, beside the ledger's batches, so that they outlive the database."""

from __future__ import annotations

from django.utils import timezone

from lantai.archival import ocfl
from lantai.ledger.queries import TimestampView, cursor_position, timestamps_after
from lantai.ledger.services import advance_cursor
from lantai.storage.services.deposit import deposit_objects

TIMESTAMP_FOLLOWER = "storage.timestamps"
TIMESTAMP_PREFIX = "urn:lantai:timestamp:"


def keep_timestamps(*, limit: int = 100) -> int:
    """Keep the tokens taken since the last call, an object each: ``stamped`` (the bytes) and ``token.tsr`` (DER).

    ``openssl ts -verify -data stamped -in token.tsr -token_in -CAfile roots.pem`` judges one without us. Returns their
    number. Not to be called inside a transaction.
    """
    found = timestamps_after(position=cursor_position(follower=TIMESTAMP_FOLLOWER), limit=limit)
    if found:
        deposit_objects(objects=[_object(each) for each in found])
        advance_cursor(follower=TIMESTAMP_FOLLOWER, position=found[-1].id)
    return len(found)


def _object(found: TimestampView) -> ocfl.NewObject:
    return ocfl.NewObject(
        object_id=f"{TIMESTAMP_PREFIX}{found.size}-{found.number}",
        contents=(ocfl.Content("stamped", found.stamped), ocfl.Content("token.tsr", found.token)),
        created=timezone.now(),
        message=f"检查点 {found.size} 的时间戳 / time stamp of the checkpoint at {found.size} entries",
        user="lantai",
    )
