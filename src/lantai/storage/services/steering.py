"""Rounds of fixity as people want them (检查的开始、停止、暂停): each act is told to the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from django.db import transaction

from lantai.administration.services.people_access import Actor
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.models import Location
from lantai.storage.services.locations import require_keeper

Steering = Literal["start", "stop", "pause", "resume"]
STEERED: Mapping[Steering, str] = {
    "start": "storage.round-asked",
    "stop": "storage.round-given-up",
    "pause": "storage.reading-paused",
    "resume": "storage.reading-resumed",
}


def steer_reading(*, code: str, act: Steering, by: Actor, now: datetime) -> bool:
    """Ask for a whole round at a location now, give it up, pause all reading and repairing there, or resume it.

    A round that is given up leaves the regular cycle as it is; a pause keeps a round that was asked for. Returns False,
    and nothing changes, where it stands so already. Raises Location.DoesNotExist, Refused.
    """
    require_keeper(by=by)
    with transaction.atomic():
        place = Location.objects.select_for_update().get(code=code)
        before = _stand(place)
        match act:
            case "start":
                place.round_since = now
            case "stop":
                place.round_since = None
            case "pause":
                place.paused_since = place.paused_since or now
            case "resume":
                place.paused_since = None
        after = _stand(place)
        if before == after:
            return False
        place.save(update_fields=["round_since", "paused_since"])
        entry = NewEntry(
            kind=STEERED[act],
            subject=f"location:{code}",
            actor=by.reference,
            role=by.role,
            address=by.address,
            at=now,
            detail={"before": before, "after": after},
        )
        append_entries(entries=[entry])
    return True


def _stand(place: Location) -> dict[str, str]:
    moments = {"round_since": place.round_since, "paused_since": place.paused_since}
    return {name: at.isoformat() if at else "" for name, at in moments.items()}
