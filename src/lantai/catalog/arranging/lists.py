"""The children of a place of the tree as a list in which records are selected and views are kept."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy

from lantai.administration.queries.people import Reader, Role
from lantai.catalog.arranging.tree import NO_CLASS
from lantai.catalog.arranging.words import node_address
from lantai.catalog.queries.arranging import (
    PORTIONS,
    Node,
    Portion,
    child_codes,
    child_neighbours,
    counts_of,
)
from lantai.work.services import Listing, Neighbours

FIELDS = ("fonds", "classes", "year", "volume", "show")


def children_query(node: Node, portion: Portion) -> str:
    """The filter that finds one portion of the children of *node*."""
    asked = {"fonds": node.fonds, "classes": node.classes, "year": str(node.year or ""), "volume": node.volume}
    return urlencode([(name, value) for name, value in [*asked.items(), ("show", portion)] if value])


def children_asked(query: str) -> tuple[Node, Portion] | None:
    """The place and portion that *query* names; None when it names none."""
    given = QueryDict(query)
    year = given.get("year", "")
    if not given.get("fonds") or not (year.isascii() and year.isdecimal() and len(year) == 4):
        return None
    classes = given.get("classes", "")
    node = Node(given["fonds"], "" if classes == NO_CLASS else classes, int(year), given.get("volume", ""))
    portion: Portion = next((each for each in PORTIONS if each == given.get("show")), "items")
    return node, portion


def _count(reader: Reader, query: str) -> int:
    asked = children_asked(query)
    return counts_of(node=asked[0], reader=reader)[asked[1]] if asked else 0


def _keys(reader: Reader, query: str, among: Sequence[str] | None, limit: int) -> list[str]:
    asked = children_asked(query)
    if asked is None:
        return []
    return child_codes(node=asked[0], portion=asked[1], reader=reader, among=among, limit=limit)


def _neighbours(reader: Reader, query: str, key: str) -> Neighbours | None:
    asked = children_asked(query)
    return child_neighbours(node=asked[0], portion=asked[1], reader=reader, code=key) if asked else None


def _page(query: str) -> str:
    asked = children_asked(query)
    if asked is None:
        return reverse("arrangement")
    return f"{node_address(asked[0])}?show={asked[1]}"


CHILDREN = Listing(
    key="children",
    words=gettext_lazy("全宗与分类"),
    address="arrangement",
    fields=FIELDS,
    roles=frozenset((Role.ARCHIVIST, Role.DEPARTMENT, Role.LEADER, Role.SUPERVISOR)),
    count=_count,
    keys=_keys,
    neighbours=_neighbours,
    place=lambda key: reverse("record", args=[key]),
    page_of=_page,
)
