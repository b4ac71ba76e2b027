"""Saved views of a list, as its tabs and the bar below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.urls import reverse

from lantai.administration.queries.people import Reader, Role
from lantai.common.components import Tab
from lantai.common.components_lists import ViewBar
from lantai.work.lists import Listing, address_for, filter_asked
from lantai.work.models import FirstView, SavedView


@dataclass(frozen=True, slots=True)
class ViewsShown:
    """The tabs of a list's saved views, and the bar that keeps and changes them; ``open`` tells whether one is open,
    ``first`` is the address of the one with which the list opens (默认视图), empty when there is none.
    """

    tabs: Sequence[Tab]
    bar: ViewBar
    open: bool
    first: str


def list_views(*, reader: Reader, listing: Listing, given: QueryDict) -> ViewsShown:
    """The views of *listing* that *reader* sees; *given* are the parameters of the page's address."""
    query = filter_asked(listing, given)
    own = FirstView.objects.filter(person_id=reader.person_id or 0, listing=listing.key, view=OuterRef("pk"))
    team = Q(team=True, role=reader.role, organisation_id=reader.organisation_id)
    found = (
        SavedView.objects.filter(Q(person_id=reader.person_id or 0) | team, listing=listing.key)
        .annotate(first=Exists(own))
        .order_by("team", "id")
    )
    tabs, first = [], ""
    bar = ViewBar(keep_at=reverse("views", args=[listing.key]), query=query, narrowed=bool(query))
    for each in found:
        here = given.get("view", "") == str(each.pk)
        changed = here and each.query != query
        href = view_address(listing, each.pk, each.query)
        first = href if each.first else first
        icon = "users" if each.team else "bookmark"
        tabs.append(Tab(f"{each.name} *" if changed else each.name, href, here=here, icon=icon))
        if here:
            mine = each.person_id == reader.person_id or reader.role == Role.ARCHIVIST
            bar = ViewBar(
                keep_at=bar.keep_at,
                query=query,
                name=each.name,
                change_at=reverse("view", args=[each.pk]) if mine else "",
                first_at=reverse("view", args=[each.pk]),
                revert=href,
                changed=changed,
                first=each.first,
                team=each.team,
                narrowed=bool(query),
            )
    return ViewsShown(tabs, bar, open=bool(bar.name), first=first)


def view_address(listing: Listing, view_id: int, query: str) -> str:
    """The address of a view: every filter stands in it, and which view it is."""
    page, _mark, rest = address_for(listing, query).partition("?")
    return f"{page}?view={view_id}&{rest}" if rest else f"{page}?view={view_id}"
