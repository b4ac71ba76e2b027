"""Keep on the server what a person ticks in a list, over all its pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from lantai.administration.queries.people import Reader
from lantai.work.lists import Listing
from lantai.work.models import Selection

MOST_TICKED = 20_000
"""Rows ticked one by one that are kept; the oldest ticks stay."""


def keep_ticks(*, reader: Reader, listing: Listing, shown: Sequence[str], ticked: Sequence[str], now: datetime) -> None:
    """Take over the ticks of the rows *shown*; those of all other rows stay as they are. Telling it twice changes
    nothing more.
    """
    with transaction.atomic():
        found = _locked(reader, listing, now)
        on = [key for key in dict.fromkeys(ticked) if key in set(shown)]
        off = set(shown) - set(on)
        if found.everything and listing.keys is not None:
            matching = set(listing.keys(reader, found.query, shown, len(shown)))
            without = (set(found.left_out) - set(on)) | (off & matching)
            found.left_out = sorted(without)[:MOST_TICKED]
            on = [key for key in on if key not in matching]
        found.keys = list(dict.fromkeys([*(key for key in found.keys if key not in off), *on]))[:MOST_TICKED]
        found.changed_at = now
        found.save(update_fields=["keys", "left_out", "changed_at"])


def select_everything(*, reader: Reader, listing: Listing, query: str, now: datetime) -> None:
    """Select all rows that the filter *query* finds, also those that come later; what was ticked before is given up."""
    with transaction.atomic():
        found = _locked(reader, listing, now)
        found.everything, found.query, found.keys, found.left_out = True, query, [], []
        found.changed_at = now
        found.save(update_fields=["everything", "query", "keys", "left_out", "changed_at"])


def clear_selection(*, person_id: int, listing: str) -> None:
    """Forget what this person has selected in *listing*."""
    Selection.objects.filter(person_id=person_id, listing=listing).delete()


def _locked(reader: Reader, listing: Listing, now: datetime) -> Selection:
    """The selection, made when there is none, so that ticks of two tabs come one after the other."""
    Selection.objects.bulk_create(
        [Selection(person_id=reader.person_id or 0, listing=listing.key, changed_at=now)], ignore_conflicts=True
    )
    return Selection.objects.select_for_update().get(person_id=reader.person_id or 0, listing=listing.key)
