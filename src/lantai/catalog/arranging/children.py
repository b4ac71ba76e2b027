"""The children of a year or volume as a list: tabs, pages by keyset, what can be done with the ticked ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.people import Reader
from lantai.catalog.arranging.lists import CHILDREN, children_query
from lantai.catalog.arranging.tree import TreePage
from lantai.catalog.arranging.words import node_address
from lantai.catalog.queries import RecordSummary, summaries_of
from lantai.catalog.queries.arranging import PORTIONS, Node, Portion, children_of, counts_of
from lantai.common.components import Cell, Column, Empty, Row, Tab, Table
from lantai.common.components_lists import Picking
from lantai.common.paging import text_asked
from lantai.common.written import written_day, written_retention
from lantai.work.queries import bar_above, list_views, walk_parameters

SIZE = 50


def with_children(request: HttpRequest, page: TreePage, node: Node, reader: Reader) -> TreePage:
    """The page with one portion of the node's children and the tabs to the others."""
    counts = counts_of(node=node, reader=reader)
    asked = request.GET.get("show", "")
    portion: Portion = next((each for each in PORTIONS if each == asked), _first(counts))
    found = children_of(
        node=node,
        portion=portion,
        reader=reader,
        after=text_asked(request, "after"),
        before=text_asked(request, "before"),
        limit=SIZE,
    )
    words = {"volumes": _("案卷"), "items": _("件"), "unnumbered": _("未编号")}
    base, query = node_address(node), children_query(node, portion)
    rows = summaries_of(rows=found.rows, reader=reader)
    views = list_views(reader=reader, listing=CHILDREN, given=_given(query, request))
    bar, chosen = bar_above(
        reader=reader,
        listing=CHILDREN,
        shown=[each.record_code for each in rows],
        query=query,
        total=counts[portion],
        back=request.get_full_path(),
    )
    facts = page.facts
    shown = ngettext("共 %(n)s 件", "共 %(n)s 件", counts[portion]) % {"n": f"{counts[portion]:,}"}
    return replace(
        page,
        facts=f"{facts} · {shown}" if facts else shown,
        tabs=[
            *(
                Tab(words[each], f"{base}?show={each}", here=each == portion and not views.open, count=counts[each])
                for each in PORTIONS
                if counts[each] or each == portion
            ),
            *views.tabs,
        ],
        views=views.bar,
        previous=_turned(base, portion, before=found.previous),
        following=_turned(base, portion, after=found.following),
        table=_children_table(rows, portion, query, bar, chosen),
    )


def _given(query: str, request: HttpRequest) -> QueryDict:
    """The filter of this place as the parameters of an address, with the view that is open."""
    given = QueryDict(query, mutable=True)
    given["view"] = text_asked(request, "view", longest=20)
    return given


def _first(counts: Mapping[Portion, int]) -> Portion:
    return next((each for each in PORTIONS if counts[each]), "items")


def _turned(base: str, portion: Portion, **key: str) -> str:
    (name, value), *_rest = key.items()
    return f"{base}?{urlencode({'show': portion, name: value})}" if value else ""


def _children_table(
    rows: Sequence[RecordSummary], portion: Portion, query: str, bar: Picking | None, chosen: frozenset[str]
) -> Table:
    walking = walk_parameters(listing=CHILDREN.key, query=query)
    return Table(
        label=_("本节点的档案"),
        columns=[
            Column(_("题名")),
            Column(_("文号")),
            Column(_("日期")),
            Column(_("保管期限")),
            Column(_("开放")),
        ],
        rows=[
            Row(
                [
                    Cell(
                        each.title,
                        href=reverse("arrangement-volume", args=[each.record_code])
                        if portion == "volumes"
                        else f"{reverse('record', args=[each.record_code])}?{walking}",
                        code=each.archive_code or each.record_code,
                        main=True,
                    ),
                    Cell(each.document_number, wide=True),
                    Cell(written_day(each.formed_on), whole=True),
                    Cell(written_retention(each.retention), whole=True),
                    Cell(state=each.open_state),
                ],
                key=each.record_code,
                name=each.title,
                selected=each.record_code in chosen,
            )
            for each in rows
        ],
        bulk=bar if rows else None,
        empty=Empty(icon="folder-off", title=_("这里没有档案"), text=_("换一个标签，或从左边的树选择别处。")),
    )
