"""What storage needs a person for: carriers to connect, to destroy, to check."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from lantai.storage.models import Copy, Location, Medium, Removal
from lantai.storage.services.media import DUTY as CHECK
from lantai.work.services import DutyToRaise, Sentence, finish_work, raise_work

CONNECT = "location"


def remind_of_storage(*, now: datetime) -> None:
    """Raise a duty for each location where copies or removals wait that only a person can bring about (it is offline,
    or written once), end those where nothing waits any more, and raise one for each carrier whose check is due.
    """
    duties, idle = [], []
    for place in Location.objects.all():
        copies = removals = 0
        if place.offline and place.away_since is not None:
            copies = Copy.objects.filter(location=place, state=Copy.State.WANTED).count()
        if place.write_once or (place.offline and place.away_since is not None):
            removals = Removal.objects.filter(location=place).count()
        if not copies and not removals:
            idle.append(place.code)
            continue
        reason = Sentence("location-waits", {"location": place.code, "copies": copies, "removals": removals})
        duties.append(DutyToRaise(CONNECT, place.code, place.code, reason, "archivist", None))
    today = timezone.localdate(now)
    for each in Medium.objects.filter(next_check_on__lte=today, state=Medium.State.IN_USE):
        reason = Sentence("carrier-check", {"number": each.number, "place": each.place or "—"})
        duties.append(DutyToRaise(CHECK, each.number, each.number, reason, "archivist", each.next_check_on))
    with transaction.atomic():
        finish_work(kind=CONNECT, subjects=idle, by="system:storage", now=now)
        raise_work(duties=duties, now=now)
