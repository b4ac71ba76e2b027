"""Choose many records, say what is wanted, and carry it out in one job with progress and failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop, override
from django_tasks import task

from lantai.administration.queries.people import Role
from lantai.administration.services.people_access import Actor, require_role
from lantai.catalog.models import Arrangement, Level, Record
from lantai.catalog.queries.effects import REFUSALS, members_of
from lantai.catalog.services.moving import PlaceRefused, destination_of, make_volume, move_records
from lantai.catalog.services.numbering import Failure, number_records, void_record_codes
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.services import Sentence, current_job, notify, queue_job, said

MOST = 20_000
"""So many records are arranged at once, at most."""
CHUNK = 50
TITLES = {
    Arrangement.Kind.MOVE: gettext_noop("批量移动"),
    Arrangement.Kind.VOLUME: gettext_noop("组卷"),
    Arrangement.Kind.NUMBER: gettext_noop("批量编号"),
    Arrangement.Kind.VOID: gettext_noop("作废档号"),
}


class TooMany(ValueError):
    """More records were chosen than are arranged at once; MOST says how many are."""


class NothingPrepared(LookupError):
    """There is no such draft of this person: it was carried out or dropped meanwhile."""


def choose_records(*, record_ids: Sequence[int], by: Actor, now: datetime) -> int:
    """Add records to what this person has chosen; returns how many are. Raises TooMany, common.errors.Refused."""
    require_role(by=by, among=(Role.ARCHIVIST,))
    with transaction.atomic():
        draft, _made = Arrangement.objects.select_for_update().get_or_create(
            by=by.reference,
            state=Arrangement.State.DRAFT,
            defaults={"role": by.role, "address": by.address, "begun_at": now},
        )
        members = list(dict.fromkeys([*draft.members, *record_ids]))
        if len(members) > MOST:
            raise TooMany(str(len(members)))
        draft.members = members
        draft.save(update_fields=["members"])
    return len(members)


def drop_choice(*, by: Actor) -> None:
    """Forget what this person has chosen and not done."""
    Arrangement.objects.filter(by=by.reference, state=Arrangement.State.DRAFT).delete()


def plan_arrangement(
    *, kind: str, target: Mapping[str, Any], reason: str, by: Actor, members: Sequence[int] | None = None
) -> int:
    """Say what is wanted with the chosen records; returns the number of the draft. *members* puts them in order.

    Raises NothingPrepared when nothing is chosen, common.errors.Refused.
    """
    require_role(by=by, among=(Role.ARCHIVIST,))
    with transaction.atomic():
        draft = Arrangement.objects.select_for_update().filter(by=by.reference, state=Arrangement.State.DRAFT).first()
        if draft is None or not draft.members:
            raise NothingPrepared
        draft.kind, draft.target, draft.reason = Arrangement.Kind(kind), dict(target), reason.strip()[:300]
        if members is not None and set(members) == set(draft.members):
            draft.members = list(members)
        draft.save(update_fields=["kind", "target", "reason", "members"])
    return draft.pk


def order_arrangement(*, number: int, by: Actor, now: datetime) -> None:
    """Have a draft carried out: the entry of the order, the new volume if one is made, and the job, in one transaction.

    Raises NothingPrepared when it was ordered or dropped already, PlaceRefused, common.errors.Refused.
    """
    require_role(by=by, among=(Role.ARCHIVIST,))
    who = {"actor": by.reference, "role": by.role, "address": by.address}
    with transaction.atomic():
        draft = (
            Arrangement.objects.select_for_update()
            .filter(pk=number, by=by.reference, state=Arrangement.State.DRAFT)
            .exclude(kind=Arrangement.Kind.CHOOSING)
            .first()
        )
        if draft is None or not draft.members:
            raise NothingPrepared
        if draft.kind == Arrangement.Kind.MOVE:
            destination_of(target=draft.target)
        if draft.kind == Arrangement.Kind.VOLUME:
            rows = members_of(ids=draft.members)
            alike = [each for each in rows if _fits_together(each, rows[0])]
            if not alike:
                raise PlaceRefused("volume-in-volume")
            volume = make_volume(
                members=alike,
                title=draft.target["title"],
                classes=draft.target["classes"],
                year=int(draft.target["year"]),
                by=who,
                now=now,
            )
            draft.target = {**draft.target, "volume": volume}
        draft.state, draft.role, draft.address = Arrangement.State.QUEUED, by.role, by.address
        title = TITLES[Arrangement.Kind(draft.kind)]
        draft.task_id = queue_job(
            task=carry_out_arrangement,
            title=title,
            arguments={"number": draft.pk},
            asked_by=by.username,
            total=len(draft.members),
        )
        draft.save(update_fields=["state", "role", "address", "target", "task_id"])
        detail = {"kind": draft.kind, "records": len(draft.members), "target": draft.target, "reason": draft.reason}
        append_entries(
            entries=[
                NewEntry(
                    kind="arrangement.ordered",
                    subject=f"arrangement:{draft.pk}",
                    at=now,
                    result="done",
                    detail=detail,
                    **who,
                )
            ]
        )


def _fits_together(row: Record, first: Record) -> bool:
    """Whether two items may lie in one volume: of one fonds and one body, and no volumes themselves."""
    same = (row.fonds_code, row.organisation_id) == (first.fonds_code, first.organisation_id)
    return same and row.level == Level.ITEM


@task()
def carry_out_arrangement(*, number: int) -> int:
    """Deal with the members of an arrangement, CHUNK in a transaction that also keeps how far it came; returns how many
    were changed.

    Broken off, it goes on behind the last chunk that was committed. What is refused is listed and the others go on.
    """
    job = current_job()
    while True:
        with transaction.atomic():
            row = Arrangement.objects.select_for_update().get(pk=number)
            members = row.members[row.done : row.done + CHUNK]
            if row.state != Arrangement.State.QUEUED or not members:
                break
            failures = _carried_out(row, members, timezone.now())
            row.done += len(members)
            row.changed += len(members) - len(failures)
            row.failures = [*row.failures, *failures]
            row.save(update_fields=["done", "changed", "failures"])
        if job is not None:
            job.report(done=row.done, troubles=[_told(each) for each in row.failures])
    if row.state == Arrangement.State.QUEUED:
        _end(number)
    return row.changed


def _carried_out(row: Arrangement, members: Sequence[int], now: datetime) -> list[Failure]:
    who = {"actor": row.by, "role": row.role, "address": row.address}
    match row.kind:
        case Arrangement.Kind.NUMBER:
            return number_records(record_ids=members, by=who, now=now)
        case Arrangement.Kind.VOID:
            return void_record_codes(record_ids=members, reason=row.reason, by=who, now=now)
    return move_records(
        record_ids=members,
        to=destination_of(target=row.target),
        reason=row.reason,
        renumber=bool(row.target.get("renumber")),
        by=who,
        now=now,
    )


def _told(why: Failure) -> str:
    """A failure in the list of the job, in Chinese as all jobs write theirs; the outcome's page says it in the reader's
    language."""
    with override("zh-hans"):
        key, values = str(why["key"]), dict(why["values"])
        reason = REFUSALS[key] % values if key in REFUSALS else said(Sentence(key, values))
    return f"{why['code']} {why['title']}：{reason}"


def _end(number: int) -> None:
    with transaction.atomic():
        row = Arrangement.objects.select_for_update().get(pk=number)
        row.state, row.ended_at = Arrangement.State.DONE, timezone.now()
        row.save(update_fields=["state", "ended_at"])
        told = {"task": TITLES[Arrangement.Kind(row.kind)], "n": row.changed, "failed": len(row.failures)}
        person = row.by.removeprefix("person:")
        notify(
            text=Sentence("arranged", told),
            link=f"/arrange/plans/{row.pk}/",
            person_id=int(person) if person.isdecimal() else None,
        )
