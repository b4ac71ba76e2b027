"""Saved views (已存视图): keep a filter and an order under a name, change it, give it up, open a list with it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import QueryDict

from lantai.administration.queries.people import Reader, Role
from lantai.ledger.services import NewEntry, append_entries
from lantai.work.lists import Listing, filter_asked, listing_called
from lantai.work.models import FirstView, SavedView

MOST_VIEWS = 50
"""Own views of one person in one list."""


class ViewNameTaken(Exception):
    """This person has a view of this name in this list already."""


class TooManyViews(Exception):
    """This person keeps MOST_VIEWS views in this list."""


class NoSuchView(LookupError):
    """There is no such view, or this person may not change it."""


def keep_view(
    *, reader: Reader, listing: Listing, name: str, query: str, team: bool, address: str, now: datetime
) -> int:
    """Keep a filter and an order of *listing* as a view, with *team* for everybody with the same role and organisation.
    Returns its number. Raises ViewNameTaken, TooManyViews.
    """
    with transaction.atomic():
        own = SavedView.objects.select_for_update().filter(person_id=reader.person_id or 0, listing=listing.key)
        names = list(own.values_list("name", flat=True))
        if name in names:
            raise ViewNameTaken(name)
        if len(names) >= MOST_VIEWS:
            raise TooManyViews(str(MOST_VIEWS))
        made = SavedView.objects.create(
            person_id=reader.person_id or 0,
            listing=listing.key,
            name=name,
            query=query,
            team=team,
            role=reader.role,
            organisation_id=reader.organisation_id,
            changed_at=now,
        )
        _tell("view.kept", made, reader, address, now, before=None, after=query)
    return made.pk


def change_view(*, reader: Reader, view_id: int, given: QueryDict, address: str, now: datetime) -> SavedView:
    """Give a view the filter and order in *given*. Raises NoSuchView."""
    with transaction.atomic():
        found = _editable(reader, view_id)
        query = filter_asked(listing_called(found.listing, reader=reader), given)
        before, found.query, found.changed_at = found.query, query, now
        found.save(update_fields=["query", "changed_at"])
        _tell("view.changed", found, reader, address, now, before=before, after=query)
    return found


def give_up_view(*, reader: Reader, view_id: int, address: str, now: datetime) -> str:
    """Remove a view; one of a team is gone for all of it. Returns the key of its list. Raises NoSuchView."""
    with transaction.atomic():
        found = _editable(reader, view_id)
        _tell("view.removed", found, reader, address, now, before=found.query, after=None)
        found.delete()
    return found.listing


def open_with_view(*, reader: Reader, view_id: int, wanted: bool) -> SavedView:
    """Let the list of a view open with it for this person (默认视图), or with none. Raises NoSuchView."""
    with transaction.atomic():
        found = SavedView.objects.filter(pk=view_id).first()
        if found is None or not _sees(reader, found):
            raise NoSuchView(str(view_id))
        FirstView.objects.filter(person_id=reader.person_id or 0, listing=found.listing).delete()
        if wanted:
            FirstView.objects.create(person_id=reader.person_id or 0, listing=found.listing, view=found)
    return found


def _sees(reader: Reader, view: SavedView) -> bool:
    same = view.role == reader.role and view.organisation_id == reader.organisation_id
    return view.person_id == reader.person_id or (view.team and same)


def _editable(reader: Reader, view_id: int) -> SavedView:
    """The view, locked, if this person made it or is an archivist of its team."""
    found = SavedView.objects.select_for_update().filter(pk=view_id).first()
    if found is None or not _sees(reader, found):
        raise NoSuchView(str(view_id))
    if found.person_id != reader.person_id and reader.role != Role.ARCHIVIST:
        raise NoSuchView(str(view_id))
    return found


def _tell(
    kind: str,
    view: SavedView,
    reader: Reader,
    address: str,
    now: datetime,
    *,
    before: str | None,
    after: str | None,
) -> None:
    detail = {"list": view.listing, "name": view.name, "team": view.team, "before": before, "after": after}
    append_entries(
        entries=[
            NewEntry(
                kind=kind,
                subject=f"view:{view.pk}",
                actor=reader.reference,
                role=reader.role,
                address=address,
                at=now,
                detail=detail,
            )
        ]
    )
