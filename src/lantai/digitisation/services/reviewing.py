"""Who reviews a page (校对), how long it took, and when it is done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from lantai.administration.services.people_access import Actor
from lantai.digitisation.models import PageReview, ReadPage, ReviewSpell
from lantai.digitisation.queries.reviewing import holder_of
from lantai.digitisation.read_lines import count_doubtful, looked_at
from lantai.digitisation.services.correcting import (
    LEASE,
    NotToBeReviewed,
    ReviewHeld,
    change_lines,
    entry_of_page,
    noted_spell,
    reading_for_change,
)
from lantai.ledger.services import append_entries
from lantai.work.services import Sentence, notify


def open_review(*, page_id: int, person_id: int, now: datetime) -> bool:
    """Hold a page that was read for reviewing, or go on holding it, for LEASE from *now*. False while somebody else
    holds it. The time until the next act counts as work on it."""
    until = now + LEASE
    mine = Q(editor_id=person_id, editor_until__gt=now)
    free = Q(editor_id=None) | Q(editor_until__lte=now)
    found = PageReview.objects.filter(pk=page_id)
    if not found.filter(mine).update(editor_until=until):
        PageReview.objects.bulk_create([PageReview(page_id=page_id)], ignore_conflicts=True)
        if not found.filter(free).update(editor_id=person_id, editor_since=now, editor_until=until):
            return False
    spell = ReviewSpell(page_id=page_id, person_id=person_id, began_at=now, last_at=now)
    if not ReviewSpell.objects.filter(page_id=page_id, person_id=person_id, finished_at=None).update(last_at=now):
        ReviewSpell.objects.bulk_create([spell], ignore_conflicts=True)
    return True


def take_over_review(*, page_id: int, by: Actor, name: str, title: str, link: str, now: datetime) -> int | None:
    """Hold a page although somebody else does; that person gets a notice. What they changed so far is kept.

    *name* is how the notice calls *by*, *title* the page, *link* its address. Returns who held it, None when nobody
    else did. Raises ReadPage.DoesNotExist.
    """
    with transaction.atomic():
        reading = ReadPage.objects.select_related("page").get(page_id=page_id)
        review, _made = PageReview.objects.select_for_update().get_or_create(page_id=page_id)
        held = holder_of(review, now)
        other = held.person_id if held is not None and held.person_id != by.person_id else None
        review.editor_id, review.editor_since, review.editor_until = by.person_id, now, now + LEASE
        review.save()
        noted_spell(page_id=page_id, by=by, now=now)
        if other is not None:
            notify(text=Sentence("review-taken-over", {"name": name, "title": title}), link=link, person_id=other)
            detail = {"from": f"person:{other}"}
            append_entries(
                entries=[entry_of_page(kind="scans.review-taken-over", reading=reading, by=by, now=now, detail=detail)]
            )
    return other


def leave_review(*, page_id: int, person_id: int) -> None:
    """Hold a page no longer, so that others need not wait for the lease to run out."""
    PageReview.objects.filter(pk=page_id, editor_id=person_id).update(
        editor_id=None, editor_since=None, editor_until=None
    )


def finish_review(
    *, page_id: int, token: str, mark: int, typed: Mapping[int, str], seen: Collection[int], by: Actor, now: datetime
) -> None:
    """Keep what was typed, and say that the page is right now: nothing on it is doubtful any more. Again, nothing
    happens. Arguments and exceptions are those of ``correct_lines``.
    """
    with transaction.atomic():
        reading, spell = reading_for_change(page_id=page_id, token=token, by=by, now=now)
        change_lines(reading=reading, spell=spell, mark=mark, typed=typed, seen=seen, by=by, now=now)
        if reading.reviewed_at is not None:
            return
        before = reading.doubtful
        reading.lines = [each if each.get("by") else looked_at(each, by.reference) for each in reading.lines]
        reading.doubtful, reading.reviewed_by, reading.reviewed_at = 0, by.reference, now
        reading.save(update_fields=["lines", "doubtful", "reviewed_by", "reviewed_at"])
        spell.lines = sum(bool(each["text"]) for each in reading.lines)
        spell.finished_at = now
        spell.save(update_fields=["lines", "finished_at"])
        leave_review(page_id=page_id, person_id=by.person_id or 0)
        detail = {"lines": spell.lines, "corrected": spell.corrected, "doubtful": before}
        append_entries(
            entries=[entry_of_page(kind="scans.page-reviewed", reading=reading, by=by, now=now, detail=detail)]
        )


def reopen_review(*, page_id: int, by: Actor, now: datetime) -> bool:
    """Review a page that was done once more. False when it is not done. Raises ReadPage.DoesNotExist, NotToBeReviewed,
    ReviewHeld.
    """
    with transaction.atomic():
        reading = ReadPage.objects.select_for_update(of=("self",)).select_related("page__batch").get(page_id=page_id)
        if (reading.page.batch.filing_at or reading.page.batch.filed_at) is not None:
            raise NotToBeReviewed("filed")
        if reading.reviewed_at is None:
            return False
        review, _made = PageReview.objects.select_for_update().get_or_create(page_id=page_id)
        held = holder_of(review, now)
        if held is not None and held.person_id != by.person_id:
            raise ReviewHeld(held)
        detail = {"before": {"by": reading.reviewed_by, "at": reading.reviewed_at.isoformat()}, "after": None}
        reading.reviewed_by, reading.reviewed_at = "", None
        reading.doubtful = count_doubtful(reading.lines)
        reading.save(update_fields=["reviewed_by", "reviewed_at", "doubtful"])
        append_entries(
            entries=[entry_of_page(kind="scans.review-reopened", reading=reading, by=by, now=now, detail=detail)]
        )
    return True
