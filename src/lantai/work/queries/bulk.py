"""Bulk orders as their pages show them: before they are confirmed, and with what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count

from lantai.work.bulk import BulkAct, Letter, NoSuchAct, act_called
from lantai.work.models import BulkItem, BulkOrder
from lantai.work.sentences import Sentence, said

SHOWN = 50
"""Rows of each kind that a page lists; all are counted."""


@dataclass(frozen=True, slots=True)
class BulkLine:
    """One row of an order: its name, its page, and why it is left out or failed, in the reader's language."""

    key: str
    name: str
    href: str
    why: str


@dataclass(frozen=True, slots=True)
class BulkView:
    """A bulk order: what it does, how many rows stand how (by BulkItem.State), and the first of them."""

    id: UUID
    act: BulkAct
    listing: str
    person_id: int
    values: Mapping[str, Any]
    told: tuple[str, ...]
    back: str
    task_id: UUID | None
    repeated_as: UUID | None
    counts: Mapping[str, int]
    doing: tuple[BulkLine, ...]
    left_out: tuple[BulkLine, ...]
    failed: tuple[BulkLine, ...]
    letters: tuple[Letter, ...] = ()

    @property
    def number(self) -> int:
        """How many rows the act is about, those left out not counted."""
        return sum(n for state, n in self.counts.items() if state != BulkItem.State.LEFT_OUT)


def bulk_order(*, order_id: UUID, person_id: int | None) -> BulkView | None:
    """One order of this person; None when there is none."""
    found = BulkOrder.objects.select_related("repeated").filter(pk=order_id, person_id=person_id or 0).first()
    return _view(found, failed=SHOWN) if found else None


def bulk_order_of(*, task_id: UUID) -> BulkView | None:
    """The order that a background job does, with all rows that failed; None when the job does none."""
    found = BulkOrder.objects.select_related("repeated").filter(task_id=task_id).first()
    return _view(found, failed=1000) if found else None


def _view(found: BulkOrder, *, failed: int) -> BulkView | None:
    try:
        act = act_called(found.act, listing=found.listing, role=found.role)
    except NoSuchAct:
        return None  # an act of an older version
    rows = BulkItem.objects.filter(order_id=found.pk)
    counts = {row["state"]: row["n"] for row in rows.values("state").annotate(n=Count("id")).order_by()}
    repeated = getattr(found, "repeated", None)

    def lines(state: str, most: int) -> tuple[BulkLine, ...]:
        if not counts.get(state):
            return ()
        return tuple(
            BulkLine(
                each.key, each.name, act.place(each.key), said(Sentence(each.why, each.values)) if each.why else ""
            )
            for each in rows.filter(state=state).order_by("id")[:most]
        )

    return BulkView(
        id=found.pk,
        act=act,
        listing=found.listing,
        person_id=found.person_id,
        values=found.values,
        told=tuple(found.told),
        back=found.back,
        task_id=found.task_id,
        repeated_as=repeated.task_id if repeated else None,
        counts=counts,
        doing=lines(BulkItem.State.WAITING, SHOWN),
        left_out=lines(BulkItem.State.LEFT_OUT, SHOWN),
        failed=lines(BulkItem.State.FAILED, failed),
        letters=_letters(found, act),
    )


def _letters(found: BulkOrder, act: BulkAct) -> tuple[Letter, ...]:
    """What will be sent, before it is confirmed."""
    if act.letters is None or found.task_id is not None:
        return ()
    keys = BulkItem.objects.filter(order=found, state=BulkItem.State.WAITING).order_by("id")
    return tuple(act.letters(list(keys.values_list("key", flat=True))))
