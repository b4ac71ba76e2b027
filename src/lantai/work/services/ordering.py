"""Bulk acts (批量操作): keep what will be done, do it when it is confirmed, row by row in a job; again what failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from lantai.administration.queries.people import Reader
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.bulk import Acting, ActRefused, BulkAct, act_called
from lantai.work.models import BulkItem, BulkOrder
from lantai.work.sentences import Sentence
from lantai.work.services.jobs import queue_job
from lantai.work.services.notices import notify
from lantai.work.services.running import current_job
from lantai.work.services.selecting import clear_selection

UNCONFIRMED_FOR = timedelta(days=1)
"""How long what was only looked at is kept."""
_TASK = "lantai.work.services.ordering.perform_bulk"
_AT_ONCE = 100
_PART = 1000
"""Rows of one part that are done in one transaction."""
State = BulkItem.State


class NothingToDo(Exception):
    """No row was selected, or none that failed is left."""


def prepare_bulk(
    *, act: BulkAct, listing: str, reader: Reader, keys: Sequence[str], address: str, back: str, now: datetime
) -> UUID:
    """Keep what *act* would do with the rows *keys*, and what it leaves out, for its page; nothing is done yet. What is
    confirmed is exactly what that page shows.

    Raises NothingToDo without keys.
    """
    if not keys:
        raise NothingToDo(listing)
    foreseen = act.foresee(reader, keys)
    with transaction.atomic():
        looked_at = BulkOrder.objects.filter(person_id=reader.person_id or 0, task_id=None)
        looked_at.filter(made_at__lt=now - UNCONFIRMED_FOR).delete()
        order = BulkOrder.objects.create(
            act=act.key,
            listing=listing,
            person_id=reader.person_id or 0,
            role=reader.role,
            address=address,
            told=list(foreseen.told),
            back=back[:4000],
            made_at=now,
        )
        items = [BulkItem(order=order, key=each.key, name=each.name[:500], part=each.part) for each in foreseen.doing]
        items += [
            BulkItem(
                order=order,
                key=each.key,
                name=each.name[:500],
                state=State.LEFT_OUT,
                why=each.why.key,
                values=dict(each.why.values),
            )
            for each in foreseen.left_out
        ]
        BulkItem.objects.bulk_create(items, batch_size=2000)
    return order.pk


def confirm_bulk(*, order_id: UUID, reader: Reader, values: Mapping[str, Any], now: datetime) -> UUID:
    """Have a prepared order done in the background and give the selection up; returns its job. Confirmed before, it is
    left as it is.

    Raises LookupError when it is not this person's, NothingToDo when all its rows are left out.
    """
    with transaction.atomic():
        found = BulkOrder.objects.select_for_update().filter(pk=order_id, person_id=reader.person_id or 0).first()
        if found is None:
            raise LookupError(str(order_id))
        if found.task_id is not None:
            return found.task_id
        found.values = dict(values)
        clear_selection(person_id=found.person_id, listing=found.listing)
        return _begin(found, reader, now)


def repeat_failed(*, order_id: UUID, reader: Reader, address: str, now: datetime) -> UUID:
    """Do again what failed of an order, as an order of whoever asks now; returns the job. Asked twice, it is one.

    Raises LookupError when there is no such order, NothingToDo when nothing of it failed, NoSuchAct when this person's
    role may not.
    """
    with transaction.atomic():
        first = BulkOrder.objects.select_for_update().filter(pk=order_id).first()
        if first is None:
            raise LookupError(str(order_id))
        act_called(first.act, listing=first.listing, role=reader.role)
        again = BulkOrder.objects.filter(repeats=first).first()
        if again is not None and again.task_id is not None:
            return again.task_id
        order = BulkOrder.objects.create(
            act=first.act,
            listing=first.listing,
            person_id=reader.person_id or 0,
            role=reader.role,
            address=address,
            values=first.values,
            told=first.told,
            back=first.back,
            made_at=now,
            repeats=first,
        )
        failed = BulkItem.objects.filter(order=first, state=State.FAILED).order_by("id")
        BulkItem.objects.bulk_create(
            [BulkItem(order=order, key=each.key, name=each.name, part=each.part) for each in failed]
        )
        return _begin(order, reader, now)


def _begin(order: BulkOrder, reader: Reader, now: datetime) -> UUID:
    """Queue the job of an order and tell the ledger what was confirmed."""
    act = act_called(order.act, listing=order.listing, role=order.role)
    number = BulkItem.objects.filter(order=order, state=State.WAITING).count()
    if not number:
        raise NothingToDo(str(order.pk))
    order.task_id = queue_job(
        task=_TASK, title=act.job, arguments={"order": str(order.pk)}, asked_by=reader.name[:64], total=number
    )
    order.save(update_fields=["task_id", "values"])
    detail = {"act": act.key, "count": number, "values": dict(order.values)}
    if order.repeats_id:
        detail["repeats"] = str(order.repeats_id)
    entry = NewEntry(
        kind="bulk.confirmed",
        subject=f"bulk:{order.pk}",
        actor=reader.reference,
        role=order.role,
        address=order.address,
        at=now,
        detail=detail,
    )
    append_entries(entries=[entry])
    assert order.task_id is not None  # a job without key is always queued
    return order.task_id


@task()
def perform_bulk(*, order: str) -> None:
    """Do an order row by row, each in a transaction of its own with the mark that it is done: broken off anywhere, the
    job goes on with the first row that is not. What cannot be done is kept with its reason.
    """
    found = BulkOrder.objects.get(pk=order)
    act = act_called(found.act, listing=found.listing, role=found.role)
    rows = BulkItem.objects.filter(order=found)
    total = rows.exclude(state=State.LEFT_OUT).count()
    job = current_job()
    while waiting := list(rows.filter(state=State.WAITING).order_by("id")[:_AT_ONCE]):
        if act.perform_part is not None:
            together = rows.filter(state=State.WAITING, part=waiting[0].part).order_by("id")[:_PART]
            _perform_part(list(together.values_list("key", flat=True)), act.perform_part, found)
        for place, each in enumerate(waiting):
            if act.perform is not None:
                _perform(each, act.perform, found)
            if job is not None and (place % 10 == 9 or each is waiting[-1]):
                job.report(done=rows.filter(state__in=(State.DONE, State.FAILED)).count(), total=total)
    failed = list(rows.filter(state=State.FAILED).order_by("id").values_list("name", "key"))
    if job is not None:
        job.report(troubles=[name or key for name, key in failed])
        words = {"task": act.job, "done": total - len(failed), "failed": len(failed)}
        key = "bulk-troubled" if failed else "bulk-done"
        notify(text=Sentence(key, words), link=f"/jobs/{job.task_id}/", person_id=found.person_id)


def _acting(order: BulkOrder) -> Acting:
    return Acting(
        reference=f"person:{order.person_id}",
        role=order.role,
        address=order.address,
        values=order.values,
        now=timezone.now(),
    )


def _perform_part(
    keys: Sequence[str], perform: Callable[[Sequence[str], Acting], Mapping[str, Sentence]], order: BulkOrder
) -> None:
    """Do the rows of one part together, and keep why some of them cannot be done."""
    rows = BulkItem.objects.filter(order=order, key__in=keys)
    with transaction.atomic():
        refused = perform(keys, _acting(order))
        rows.exclude(key__in=refused).update(state=State.DONE)
        for key, why in refused.items():
            rows.filter(key=key).update(state=State.FAILED, why=why.key, values=dict(why.values))


def _perform(each: BulkItem, perform: Callable[[str, Acting], None], order: BulkOrder) -> None:
    """Do one row, or keep why it cannot be done."""
    try:
        with transaction.atomic():
            perform(each.key, _acting(order))
            BulkItem.objects.filter(pk=each.pk).update(state=State.DONE)
    except ActRefused as refused:
        BulkItem.objects.filter(pk=each.pk).update(
            state=State.FAILED, why=refused.why.key, values=dict(refused.why.values)
        )
