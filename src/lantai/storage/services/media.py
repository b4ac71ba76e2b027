"""The register of carriers (载体登记): entered, checked by their plan, retired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.services.people_access import Actor
from lantai.ledger.services import NewEntry, append_entries
from lantai.storage.models import Location, Medium
from lantai.storage.services.locations import require_keeper
from lantai.work.services import finish_work

DUTY = "carrier"
YEAR = timedelta(days=365)
CHECK_EVERY = {
    "disk": 2 * YEAR, "ssd": 2 * YEAR, "array": 2 * YEAR, "tape": 2 * YEAR,
    "optical": 4 * YEAR, "film": 4 * YEAR, "object": 2 * YEAR,
}  # fmt: skip
"""After how long a carrier is to be checked again: magnetic ones two years, discs four."""


class CarrierRefused(ValueError):
    """A carrier cannot be entered or noted so; the message says why."""


@dataclass(frozen=True, slots=True)
class NewCarrier:
    """A carrier to enter. *capacity* in bytes; *location* is the code of the location it carries, or empty."""

    number: str
    kind: str
    capacity: int
    made_on: date
    content: str = ""
    place: str = ""
    location: str = ""


def register_carrier(*, new: NewCarrier, by: Actor, now: datetime) -> Medium:
    """Enter a carrier in the register; its first check is due by its kind. Raises CarrierRefused, Refused."""
    require_keeper(by=by)
    number = new.number.strip()
    if not number or Medium.objects.filter(number=number).exists():
        raise CarrierRefused(_("载体编号 %(number)s 为空或已登记。") % {"number": number})
    if new.kind not in CHECK_EVERY or new.capacity <= 0:
        raise CarrierRefused(_("载体类型或容量不对。"))
    if new.made_on > timezone.localdate(now):
        raise CarrierRefused(_("制作日期不能晚于今天。"))
    location = Location.objects.filter(code=new.location).first() if new.location else None
    if new.location and location is None:
        raise CarrierRefused(_("没有存储位置 %(code)s。") % {"code": new.location})
    row = Medium(
        number=number, kind=new.kind, capacity=new.capacity, content=new.content, place=new.place, location=location,
        made_on=new.made_on, next_check_on=new.made_on + CHECK_EVERY[new.kind],
    )  # fmt: skip
    with transaction.atomic():
        row.save(force_insert=True)
        _tell("storage.carrier-registered", row, by, now, None)
    return row


def note_check(*, number: str, checked_on: date, sound: bool, outcome: str, by: Actor, now: datetime) -> Medium:
    """Note that a carrier was checked on a day, and what was found; one that is not sound is retired, the next check of
    a sound one is due by its kind. Raises Medium.DoesNotExist, CarrierRefused, Refused.
    """
    require_keeper(by=by)
    with transaction.atomic():
        row = Medium.objects.select_for_update().get(number=number)
        if not row.made_on <= checked_on <= timezone.localdate(now):
            raise CarrierRefused(_("检查日期不能早于制作日期或晚于今天。"))
        before = carrier_as_told(carrier=row)
        row.checked_on, row.outcome = checked_on, outcome
        row.next_check_on = checked_on + CHECK_EVERY[row.kind] if sound else None
        row.state = row.state if sound else Medium.State.RETIRED
        row.save(update_fields=["checked_on", "outcome", "next_check_on", "state"])
        finish_work(kind=DUTY, subjects=[number], by=by.reference, now=now)
        _tell("storage.carrier-checked", row, by, now, before)
    return row


def retire_carrier(*, number: str, reason: str, by: Actor, now: datetime) -> Medium:
    """Take a carrier out of use. Raises Medium.DoesNotExist, CarrierRefused without a reason, Refused."""
    require_keeper(by=by)
    if not reason.strip():
        raise CarrierRefused(_("请写明停用理由。"))
    with transaction.atomic():
        row = Medium.objects.select_for_update().get(number=number)
        before = carrier_as_told(carrier=row)
        row.state, row.next_check_on, row.outcome = Medium.State.RETIRED, None, reason.strip()[:300]
        row.save(update_fields=["state", "next_check_on", "outcome"])
        finish_work(kind=DUTY, subjects=[number], by=by.reference, now=now)
        _tell("storage.carrier-retired", row, by, now, before)
    return row


def carrier_as_told(*, carrier: Medium) -> dict[str, Any]:
    """A carrier as an entry tells of it."""
    days = {name: getattr(carrier, name) for name in ("made_on", "checked_on", "next_check_on")}
    return {
        **{name: getattr(carrier, name) for name in ("number", "kind", "capacity", "content", "place", "state")},
        **{name: day.isoformat() if day else None for name, day in days.items()},
        "location": carrier.location.code if carrier.location else "",
        "outcome": carrier.outcome,
    }


def _tell(kind: str, row: Medium, by: Actor, now: datetime, before: dict[str, Any] | None) -> None:
    detail: dict[str, Any] = {"before": before} if before else {}
    entry = NewEntry(
        kind=kind,
        subject=f"carrier:{row.number}",
        actor=by.reference,
        role=by.role,
        address=by.address,
        at=now,
        detail=detail | {"after": carrier_as_told(carrier=row)},
    )
    append_entries(entries=[entry])
