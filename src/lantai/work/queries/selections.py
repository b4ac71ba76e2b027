"""What a person has selected in a list, over all its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.people import Reader
from lantai.common.components import Act
from lantai.common.components_lists import Picking
from lantai.work.bulk import acts_for
from lantai.work.lists import Listing
from lantai.work.models import Selection


@dataclass(frozen=True, slots=True)
class Chosen:
    """How many rows are selected, and which of those on a page; ``query`` is the filter that is selected whole, None
    when rows were ticked one by one.
    """

    count: int
    shown: frozenset[str]
    query: str | None = None


def selection_of(*, reader: Reader, listing: Listing, shown: Sequence[str], query: str, total: int) -> Chosen:
    """The selection of *reader* in *listing* as a page sees it that shows the rows *shown* of the *total* rows that
    the filter *query* finds.
    """
    found = Selection.objects.filter(person_id=reader.person_id or 0, listing=listing.key).first()
    if found is None:
        return Chosen(0, frozenset())
    ticked = frozenset(found.keys)
    if not found.everything:
        return Chosen(len(ticked), ticked & frozenset(shown))
    assert listing.keys is not None and listing.count is not None  # a list without them has no selection
    if found.query == query:
        matching, number = frozenset(shown), total
    else:
        matching = frozenset(listing.keys(reader, found.query, shown, len(shown)))
        number = listing.count(reader, found.query)
    without = listing.keys(reader, found.query, found.left_out, len(found.left_out)) if found.left_out else []
    here = (matching - frozenset(found.left_out)) | (ticked & frozenset(shown))
    return Chosen(max(0, number - len(without)) + len(ticked), here, found.query)


def selected_keys(*, reader: Reader, listing: Listing, limit: int) -> list[str]:
    """The keys of the selected rows, at most *limit* and one more, which tells that there are too many."""
    found = Selection.objects.filter(person_id=reader.person_id or 0, listing=listing.key).first()
    if found is None:
        return []
    if not found.everything:
        return list(found.keys)[: limit + 1]
    assert listing.keys is not None
    without = set(found.left_out)
    keys = listing.keys(reader, found.query, None, limit + 1 + len(without))
    return list(dict.fromkeys([*(key for key in keys if key not in without), *found.keys]))[: limit + 1]


def bar_above(
    *, reader: Reader, listing: Listing, shown: Sequence[str], query: str, total: int, back: str
) -> tuple[Picking | None, frozenset[str]]:
    """The bar above the rows *shown* of a list, and which of them are selected; nothing for one who can do nothing with
    them.
    """
    if not acts_for(listing=listing.key, role=reader.role):
        return None, frozenset()
    chosen = selection_of(reader=reader, listing=listing, shown=shown, query=query, total=total)
    bar = picking(reader=reader, listing=listing, chosen=chosen, query=query, total=total, back=back)
    return bar, chosen.shown


def selected_count(*, reader: Reader, listing: Listing) -> int:
    """How many rows *reader* has selected in *listing*."""
    found = Selection.objects.filter(person_id=reader.person_id or 0, listing=listing.key).first()
    if found is None:
        return 0
    if not found.everything:
        return len(found.keys)
    assert listing.keys is not None and listing.count is not None  # a list without them has no selection
    without = listing.keys(reader, found.query, found.left_out, len(found.left_out)) if found.left_out else []
    return max(0, listing.count(reader, found.query) - len(without)) + len(found.keys)


def picking(*, reader: Reader, listing: Listing, chosen: Chosen, query: str, total: int, back: str) -> Picking:
    """The bar above a list in which rows are selected: what is selected, and what can be done with it."""
    acts = [
        Act(str(each.words), icon=each.icon, kind=each.kind, name="act", value=each.key)
        for each in acts_for(listing=listing.key, role=reader.role)
    ]
    whole = chosen.query == query
    every = ngettext("选择全部 %(n)s 条结果", "选择全部 %(n)s 条结果", total) % {"n": total}
    said = ""
    if whole:
        said = _("已选择筛选结果的全部，新到的也算在内")
    elif chosen.query is not None:
        said = _("其中包括另一个筛选结果的全部")
    return Picking(
        action=reverse("selection", args=[listing.key]),
        acts=acts,
        elsewhere=chosen.count - len(chosen.shown),
        select_all=None if whole or not total else Act(every, name="act", value="all"),
        clear=Act(_("清除选择"), icon="x", kind="ghost", name="act", value="clear"),
        count=chosen.count,
        query=query,
        back=back,
        said=said,
    )
