"""Lines of a read page as a person corrects them (校对): what stood there is kept, with who changed it and when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from lantai.administration.services.people_access import Actor
from lantai.archival.description import conceal
from lantai.digitisation.models import Correction, PageReview, ReadPage, ReviewSpell
from lantai.digitisation.queries.reviewing import Holder, holder_of, reading_token
from lantai.digitisation.read_lines import changed_line, count_doubtful, looked_at, place_of_line, typed_line
from lantai.ledger.services import NewEntry, append_entries

LONGEST = 2_000
"""Characters of one line."""
LEASE = timedelta(minutes=5)
"""How long a page is held for whoever opened or changed it last."""
LONGEST_PAUSE = timedelta(minutes=2)
"""A longer pause between two acts counts as work of this long."""


class ReviewHeld(Exception):
    """Somebody else holds the page; ``holder`` says who."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(f"held by {holder.person_id}")
        self.holder = holder


class NotToBeReviewed(Exception):
    """The page cannot be changed; ``code`` is ``read-anew`` (its lines are no longer those of the form), ``filed`` (it
    is in its record already) or ``done`` (its review is finished)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CorrectedMeanwhile(Exception):
    """Lines that somebody changed to something else since the form was made; ``lines`` are their numbers."""

    def __init__(self, lines: tuple[int, ...]) -> None:
        super().__init__(str(lines))
        self.lines = lines


class LinesRefused(Exception):
    """What was typed is no line: too long, or with what no text holds; ``lines`` are their numbers."""

    def __init__(self, lines: tuple[int, ...]) -> None:
        super().__init__(str(lines))
        self.lines = lines


def correct_lines(
    *, page_id: int, token: str, mark: int, typed: Mapping[int, str], seen: Collection[int], by: Actor, now: datetime
) -> tuple[int, ...]:
    """Keep lines of a page as they were typed, and those that were looked at as right.

    Args:
        page_id: the scanned page.
        token: which lines the form shows (``reading_token``).
        mark: number of the last correction that the form knows of.
        typed: text by number of the line, from 0; an empty text strikes the line out.
        seen: numbers of lines that are right as they stand.
        by, now: who says so, and when.

    Returns the numbers of the lines that changed. Raises ReadPage.DoesNotExist, ReviewHeld, NotToBeReviewed,
    CorrectedMeanwhile, LinesRefused; then nothing is kept.
    """
    with transaction.atomic():
        reading, spell = reading_for_change(page_id=page_id, token=token, by=by, now=now)
        return change_lines(reading=reading, spell=spell, mark=mark, typed=typed, seen=seen, by=by, now=now)


def undo_correction(*, page_id: int, correction_id: int, by: Actor, now: datetime) -> bool:
    """Put a line back to what it was before a correction; undoing is a correction too. False when the line says
    something else by now. Raises Correction.DoesNotExist, ReviewHeld, NotToBeReviewed.
    """
    with transaction.atomic():
        made = Correction.objects.select_related("reading").get(pk=correction_id, reading__page_id=page_id)
        token = reading_token(made.reading)
        reading, spell = reading_for_change(page_id=page_id, token=token, by=by, now=now)
        if reading.lines[made.line]["text"] != made.after:
            return False
        latest = reading.corrections.order_by("-pk").values_list("pk", flat=True)[0]
        back = {made.line: made.before}
        change_lines(reading=reading, spell=spell, mark=latest, typed=back, seen=(), by=by, now=now)
    return True


def add_line(*, page_id: int, text: str, box: tuple[int, int, int, int], by: Actor, now: datetime) -> bool:
    """Put a line that reading missed into a page, after the line that ends next above it or to its left. False when a
    line of this text lies there already.

    Args:
        page_id: the scanned page.
        text: what stands there.
        box: left, top, right and bottom in pixels of the scan, within it.
        by, now: who says so, and when.

    Raises ReadPage.DoesNotExist, ReviewHeld, NotToBeReviewed, LinesRefused.
    """
    said = _one_line(text)
    with transaction.atomic():
        reading, spell = page_for_change(page_id=page_id, by=by, now=now)
        place = place_of_line(reading.lines, box)
        if not said or len(said) > LONGEST or not said.isprintable():
            raise LinesRefused((place,))
        left, top, right, bottom = box
        corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
        if any(each["text"] == said and each["corners"] == corners for each in reading.lines):
            return False
        reading.corrections.filter(line__gte=place).update(line=F("line") + 1)
        reading.lines = [*reading.lines[:place], typed_line(said, corners, by.reference), *reading.lines[place:]]
        reading.characters += len(said)
        reading.save(update_fields=["lines", "characters"])
        Correction.objects.create(reading=reading, line=place, before="", after=said, by=by.reference, at=now)
        spell.corrected += 1
        spell.save(update_fields=["corrected"])
        told = {"lines": [{"line": place, "before": None, "after": conceal(said, ())}], "seen": []}
        append_entries(
            entries=[entry_of_page(kind="scans.lines-corrected", reading=reading, by=by, now=now, detail=told)]
        )
    return True


def page_for_change(*, page_id: int, by: Actor, now: datetime) -> tuple[ReadPage, ReviewSpell]:
    """The reading of a page that is still reviewed, locked for a change by *by*, who holds it on from now, and the work
    it is counted to. Raises ReadPage.DoesNotExist, ReviewHeld, NotToBeReviewed.
    """
    reading, spell = _locked(page_id, by, now)
    if reading.reviewed_at is not None:
        raise NotToBeReviewed("done")
    return reading, spell


def reading_for_change(*, page_id: int, token: str, by: Actor, now: datetime) -> tuple[ReadPage, ReviewSpell]:
    """As ``page_for_change``, of the lines that a form shows, and even when the page is done. Raises as
    ``correct_lines``.
    """
    reading, spell = _locked(page_id, by, now)
    if reading_token(reading) != token:
        raise NotToBeReviewed("read-anew")
    return reading, spell


def _locked(page_id: int, by: Actor, now: datetime) -> tuple[ReadPage, ReviewSpell]:
    reading = ReadPage.objects.select_for_update(of=("self",)).select_related("page__batch").get(page_id=page_id)
    if (reading.page.batch.filing_at or reading.page.batch.filed_at) is not None:
        raise NotToBeReviewed("filed")
    review, _made = PageReview.objects.select_for_update().get_or_create(page_id=page_id)
    held = holder_of(review, now)
    if held is not None and held.person_id != by.person_id:
        raise ReviewHeld(held)
    review.editor_id, review.editor_since = by.person_id, held.since if held else now
    review.editor_until = now + LEASE
    review.save()
    return reading, noted_spell(page_id=page_id, by=by, now=now)


def change_lines(
    *,
    reading: ReadPage,
    spell: ReviewSpell,
    mark: int,
    typed: Mapping[int, str],
    seen: Collection[int],
    by: Actor,
    now: datetime,
) -> tuple[int, ...]:
    """Write what was typed into a locked reading, with a correction a line and one entry; the numbers of the lines
    that changed. Raises NotToBeReviewed, CorrectedMeanwhile, LinesRefused."""
    lines = list(reading.lines)
    wanted = {number: _one_line(text) for number, text in typed.items() if 0 <= number < len(lines)}
    wanted = {number: text for number, text in wanted.items() if text != lines[number]["text"]}
    if wrong := tuple(number for number, text in wanted.items() if len(text) > LONGEST or not text.isprintable()):
        raise LinesRefused(wrong)
    if wanted:
        if reading.reviewed_at is not None:
            raise NotToBeReviewed("done")
        later = set(reading.corrections.filter(pk__gt=mark, line__in=wanted).values_list("line", flat=True))
        if later:
            raise CorrectedMeanwhile(tuple(sorted(later)))
    corrections, told = [], []
    for number, text in sorted(wanted.items()):
        before = lines[number]["text"]
        lines[number] = changed_line(lines[number], text, by.reference)
        corrections.append(Correction(reading=reading, line=number, before=before, after=text, by=by.reference, at=now))
        told.append({"line": number, "before": conceal(before, ()), "after": conceal(text, ())})
    right = [number for number in sorted(set(seen)) if 0 <= number < len(lines) and not lines[number].get("by")]
    for number in right:
        lines[number] = looked_at(lines[number], by.reference)
    if not told and not right:
        return ()
    Correction.objects.bulk_create(corrections)
    reading.lines, reading.doubtful = lines, count_doubtful(lines)
    reading.characters = sum(len(each["text"]) for each in lines)
    reading.save(update_fields=["lines", "doubtful", "characters"])
    kind = "scans.lines-corrected" if told else "scans.lines-seen"
    detail = {"lines": told, "seen": right} if told else {"seen": right}
    append_entries(entries=[entry_of_page(kind=kind, reading=reading, by=by, now=now, detail=detail)])
    spell.corrected += len(told)
    spell.save(update_fields=["corrected"])
    return tuple(sorted(wanted))


def noted_spell(*, page_id: int, by: Actor, now: datetime) -> ReviewSpell:
    """Count the time since the last act as work of *by* on a page."""
    spell, _made = ReviewSpell.objects.get_or_create(
        page_id=page_id,
        person_id=by.person_id or 0,
        finished_at=None,
        defaults={"began_at": now, "last_at": now},
    )
    spell.seconds += max(0.0, min((now - spell.last_at).total_seconds(), LONGEST_PAUSE.total_seconds()))
    spell.last_at = now
    spell.save(update_fields=["seconds", "last_at"])
    return spell


def entry_of_page(*, kind: str, reading: ReadPage, by: Actor, now: datetime, detail: Mapping[str, Any]) -> NewEntry:
    """An entry about a page; its subject is the batch."""
    return NewEntry(
        kind=kind,
        subject=f"scans:{reading.page.batch_id}",
        actor=by.reference,
        role=by.role,
        address=by.address,
        at=now,
        detail={"page": reading.page_id, **detail},
    )


def _one_line(text: str) -> str:
    """What was typed, on one line: breaks fall away, blanks are single."""
    return " ".join("".join(text.splitlines()).split())
