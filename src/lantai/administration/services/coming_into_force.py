"""Bring changes into force on their day (变更生效): whoever reads afterwards sees the state of the day."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from lantai.administration.models import DatedChange, DatedKind
from lantai.administration.queries.dated_changes import WAITING
from lantai.administration.services.dated_changes import actor_of_change, subject_of_change
from lantai.administration.services.evidence import ReferenceRefused, change_entry
from lantai.administration.services.item_details import put_item_change
from lantai.administration.services.successions import put_body_change
from lantai.ledger.services import append_entries

_APPLY = {DatedKind.ITEM.value: put_item_change, DatedKind.BODY.value: put_body_change}
_looked: dict[str, date] = {}


def bring_changes_into_force(*, now: datetime) -> int:
    """Bring every change whose day has come into force, in the order of their days, each in a transaction of its own;
    returns how many. One that cannot be keeps its reason, is told once in the ledger, and is tried again."""
    today, done = timezone.localdate(now), 0
    for number in DatedChange.objects.filter(WAITING, day__lte=today).values_list("pk", flat=True):
        done += _bring(number, now)
    _looked["day"] = today
    return done


def changes_in_force(*, now: datetime) -> None:
    """What a program calls before it reads bodies and items for a day: the first call on a day in a process looks for
    changes whose day has come, so that nobody sees the state of yesterday while the steward has not come round."""
    if _looked.get("day") != timezone.localdate(now):
        bring_changes_into_force(now=now)


def _bring(number: int, now: datetime) -> int:
    with override("zh-hans"), transaction.atomic():  # what is kept is Chinese, whoever's request brought it
        change = DatedChange.objects.select_for_update().filter(WAITING, pk=number).first()
        if change is None:  # somebody else brought it, or withdrew it meanwhile
            return 0
        told = change.trouble
        try:
            with transaction.atomic():
                _APPLY[change.kind](change=change, now=now)
        except ReferenceRefused as refused:
            if str(refused) != told:
                _hinder(change, str(refused), now)
            return 0
    return 1


def _hinder(change: DatedChange, trouble: str, now: datetime) -> None:
    """Keep what kept a change from coming into force, and tell the ledger."""
    DatedChange.objects.filter(pk=change.pk).update(trouble=trouble)
    entry = change_entry(
        kind="change-hindered",
        subject=subject_of_change(change=change),
        by=actor_of_change(change=change),
        now=now,
        after={"day": change.day.isoformat()},
        reason=trouble,
    )
    append_entries(entries=[entry])
