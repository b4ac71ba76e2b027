"""From one row of a list to the one before and after it, in the filter and order one came from (上一件、下一件)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.work.lists import Listing, NoSuchList, address_for, filter_asked, listing_called


@dataclass(frozen=True, slots=True)
class Walk:
    """Where one stands: the addresses before, after and of the list, the place in words, and ``kept``, the parameters
    that keep the list in an address.
    """

    previous: str
    following: str
    back: str
    place: str
    kept: str


def walk_parameters(*, listing: str, query: str) -> str:
    """The parameters of an address that keep from which list, with which filter, one comes."""
    given = QueryDict(mutable=True)
    given["queue"] = listing
    if query:
        given["within"] = query
    return given.urlencode()


def walk(*, reader: Reader, given: QueryDict, keys: Mapping[str, str], otherwise: str = "") -> Walk | None:
    """Where the page with the parameters *given* stands in the list one came from; *keys* are the key of its row in
    each list that leads there. One who came from no list stands in the whole list *otherwise*. None without that, or
    when the row never was in it.
    """
    asked = given.get("queue", "")
    listing = _listing(asked if asked in keys else otherwise, reader)
    if listing is None or listing.neighbours is None or listing.place is None or listing.key not in keys:
        return None
    query = filter_asked(listing, QueryDict(given.get("within", "")))
    found = listing.neighbours(reader, query, keys[listing.key])
    if found is None:
        return None
    kept = walk_parameters(listing=listing.key, query=query)
    before, after = (listing.place(key) if key else "" for key in (found.previous, found.following))
    numbers = {"place": found.place, "total": found.total}
    return Walk(
        previous=f"{before}?{kept}" if before else "",
        following=f"{after}?{kept}" if after else "",
        back=address_for(listing, query),
        place=_("第 %(place)s 件，共 %(total)s 件") % numbers if found.listed else _("共 %(total)s 件") % numbers,
        kept=kept,
    )


def _listing(key: str, reader: Reader) -> Listing | None:
    try:
        return listing_called(key, reader=reader)
    except NoSuchList:
        return None
