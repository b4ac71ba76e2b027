"""Have checkpoints stamped by a time-stamp authority (可信时间戳), and the stamps renewed before they age."""

from __future__ import annotations

import http.client
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from lantai.archival.sealing.stamping import QUERY_TYPE, StampRefused, judge_reply, stamp_query
from lantai.ledger.calling import post_once
from lantai.ledger.models import Timestamp
from lantai.ledger.queries.timestamps import StampDue, authority_roots
from lantai.ledger.queries.witnesses import address_allowed
from lantai.ledger.services.appending import NewEntry, append_entries

ACTOR = "system:timestamping"


class AuthorityFailed(RuntimeError):
    """The time-stamp authority gave no stamp that proves its time; the message says why."""


def take_timestamp(*, due: StampDue, now: datetime) -> None:
    """Ask the authority for the stamp that is *due*, judge it, and keep it with an entry that tells of it.

    Not to be called inside a transaction. Raises AuthorityFailed; nothing is kept then.
    """
    address = settings.LANTAI_TIMESTAMP
    if not address_allowed(address=address):
        raise AuthorityFailed(f"the address of the time-stamp authority is neither https nor this machine: {address}")
    roots = authority_roots()
    if not roots:
        raise AuthorityFailed("LANTAI_TIMESTAMP_ROOTS names no file of root certificates")
    query = stamp_query(due.message)
    try:
        status, _kind, reply = post_once(address=address, body=query, content_type=QUERY_TYPE)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise AuthorityFailed(f"{type(error).__name__}: {error}") from error
    if status != 200:
        raise AuthorityFailed(f"the time-stamp authority answered {status}")
    try:
        good = judge_reply(reply, query=query, message=due.message, roots=roots, now=now)
    except StampRefused as refused:
        raise AuthorityFailed(str(refused)) from refused
    told = {
        "size": due.size,
        "number": due.number,
        "authority": good.authority,
        "time": good.at.isoformat(),
        "until": good.until.isoformat(),
    }
    try:
        with transaction.atomic():
            Timestamp.objects.create(
                size=due.size,
                number=due.number,
                note=due.note,
                token=good.token,
                authority=good.authority[:500],
                at=good.at,
                until=good.until,
            )
            append_entries(entries=[NewEntry("ledger.timestamped", f"checkpoint:{due.size}", ACTOR, now, told)])
    except IntegrityError:
        return  # another worker was faster; its stamp is the one
