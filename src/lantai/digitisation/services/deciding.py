"""What people say of suggestions: which values of a page are right (字段), what kind of document it is (文件种类)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from lantai.administration.services.people_access import Actor
from lantai.archival.description import conceal
from lantai.digitisation.models import FieldState, PageField
from lantai.digitisation.services.correcting import entry_of_page, page_for_change
from lantai.ledger.services import append_entries

LONGEST_VALUE, LONGEST_KIND = 1_000, 40


class FieldRefused(ValueError):
    """An answer that cannot be kept; ``code`` is ``state``, ``value`` or ``kind``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """Whether a suggested value is right; ``value`` is what a person made of it, None where it stays."""

    state: str
    value: str | None = None


def answer_fields(*, page_id: int, answers: Mapping[int, FieldAnswer], by: Actor, now: datetime) -> int:
    """Accept or refuse values found on a page, or make them suggestions again; how many changed. Values of other pages
    are passed over. A value that a person changed has no fault any more.

    Raises ReadPage.DoesNotExist, ReviewHeld, NotToBeReviewed, FieldRefused.
    """
    with transaction.atomic():
        reading, _spell = page_for_change(page_id=page_id, by=by, now=now)
        told = []
        for each in PageField.objects.select_for_update().filter(page_id=page_id, pk__in=answers).order_by("pk"):
            answer = answers[each.pk]
            if answer.state not in FieldState.values:
                raise FieldRefused("state")
            value = each.value if answer.value is None else " ".join(answer.value.split())
            if not value or len(value) > LONGEST_VALUE or not value.isprintable():
                raise FieldRefused("value")
            before = {"value": conceal(each.value, ()), "state": each.state}
            if (value, answer.state) == (each.value, each.state):
                continue
            each.fault = each.fault if value == each.value else ""
            each.value, each.state, each.by, each.at = value, answer.state, by.reference, now
            each.save(update_fields=["value", "state", "fault", "by", "at"])
            after = {"value": conceal(value, ()), "state": each.state}
            told.append({"field": each.pk, "name": each.name, "before": before, "after": after})
        if told:
            append_entries(
                entries=[
                    entry_of_page(
                        kind="scans.fields-answered", reading=reading, by=by, now=now, detail={"fields": told}
                    )
                ]
            )
    return len(told)


def set_page_kind(*, page_id: int, kind: str, by: Actor, now: datetime) -> bool:
    """Say what kind of document a page is; empty says that it is none that is known. False when a person said the same
    before. Sorting learns from it. Raises ReadPage.DoesNotExist, ReviewHeld, NotToBeReviewed, FieldRefused.
    """
    named = " ".join(kind.split())
    if len(named) > LONGEST_KIND or not named.isprintable():
        raise FieldRefused("kind")
    with transaction.atomic():
        reading, _spell = page_for_change(page_id=page_id, by=by, now=now)
        before = {"kind": reading.kind, "by": reading.kind_by}
        if reading.kind == named and reading.kind_by == by.reference:
            return False
        reading.kind, reading.kind_confidence, reading.kind_by = named, 1.0, by.reference
        reading.save(update_fields=["kind", "kind_confidence", "kind_by"])
        detail = {"before": before, "after": {"kind": named, "by": by.reference}}
        append_entries(
            entries=[entry_of_page(kind="scans.kind-changed", reading=reading, by=by, now=now, detail=detail)]
        )
    return True
