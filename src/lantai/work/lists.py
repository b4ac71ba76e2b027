"""Lists that people filter, select rows in and keep views of. Each room says what its lists are; settings name them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from lantai.administration.queries.people import Reader, Role

LONGEST = 200
"""Characters of one value of a filter."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The keys before and after a row, empty where there is none, and its place from 1; ``listed`` tells whether it is
    still among the rows.
    """

    previous: str
    following: str
    place: int
    total: int
    listed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list whose rows have text keys.

    ``address`` is the name of its page, ``fields`` the parameters of the address that are its filter and order,
    ``roles`` who has it. ``count(reader, query)`` tells how many rows the filter *query* finds, and
    ``keys(reader, query, among, limit)`` the keys of the first *limit* of them in the order of the list; with *among*
    only those of these keys. A list without these two keeps views, but nothing is selected in it.
    ``neighbours(reader, query, key)`` tells what stands beside a row, ``place(key)`` the address of its page.
    Where a filter chooses the page itself, all pages lie below ``address`` and ``page_of(query)`` tells which.
    """

    key: str
    words: str | Promise
    address: str
    fields: tuple[str, ...]
    roles: frozenset[Role]
    count: Callable[[Reader, str], int] | None = None
    keys: Callable[[Reader, str, Sequence[str] | None, int], list[str]] | None = None
    neighbours: Callable[[Reader, str, str], Neighbours | None] | None = None
    place: Callable[[str], str] | None = None
    page_of: Callable[[str], str] | None = None


class NoSuchList(LookupError):
    """No list has this key, or this reader does not have it."""


@cache
def _lists() -> dict[str, Listing]:
    found: list[Listing] = [import_string(path) for path in settings.LANTAI_LISTS]
    return {each.key: each for each in found}


def listing_called(key: str, *, reader: Reader) -> Listing:
    """The list *key* for one who has it. Raises NoSuchList."""
    found = _lists().get(key)
    if found is None or reader.role not in found.roles:
        raise NoSuchList(key)
    return found


def lists_of(*, reader: Reader) -> list[Listing]:
    """The lists this reader has."""
    return [each for each in _lists().values() if reader.role in each.roles]


def address_for(listing: Listing, query: str) -> str:
    """The address of the page of *listing* that shows what the filter *query* finds."""
    if listing.page_of is not None:
        return listing.page_of(query)
    page = reverse(listing.address)
    return f"{page}?{query}" if query else page


def filter_asked(listing: Listing, given: QueryDict) -> str:
    """The filter and order in *given* in one form, so that two that say the same are equal; what no text holds is left
    out, and so is what is too long to keep.
    """
    pairs: list[tuple[str, Any]] = []
    for name in listing.fields:
        for value in given.getlist(name):
            text = "".join(each for each in value if each.isprintable()).strip()[:LONGEST]
            if text:
                pairs.append((name, text))
    written = urlencode(pairs, errors="replace")
    return written if len(written) <= 4000 else ""
