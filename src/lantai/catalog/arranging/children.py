"""The children of a year or volume as a list: tabs, pages by keyset, what can be done with the ticked ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.people import Reader
from lantai.catalog.arranging.tree import TreePage, arranges
from lantai.catalog.arranging.words import node_address
from lantai.catalog.queries import RecordSummary, summaries
from lantai.catalog.queries.arranging import (
    PORTIONS,
    ArrangementView,
    Children,
    Node,
    Portion,
    children_of,
    counts_of,
    draft_of,
)
from lantai.common.components import Act, Bulk, Cell, Column, Empty, Row, Tab, Table
from lantai.common.paging import text_asked
from lantai.common.written import written_day, written_retention

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
    base = node_address(node)
    draft = draft_of(person=reader.reference) if arranges(reader) else None
    rows = summaries(record_ids=found.ids, reader=reader)
    facts = page.facts
    shown = ngettext("共 %(n)s 件", "共 %(n)s 件", counts[portion]) % {"n": f"{counts[portion]:,}"}
    return replace(
        page,
        facts=f"{facts} · {shown}" if facts else shown,
        tabs=[
            Tab(words[each], f"{base}?show={each}", here=each == portion, count=counts[each])
            for each in PORTIONS
            if counts[each] or each == portion
        ],
        previous=_turned(base, portion, before=found.previous),
        following=_turned(base, portion, after=found.following),
        table=_children_table(rows, found, draft, node, portion, counts[portion], reader),
    )


def _first(counts: Mapping[Portion, int]) -> Portion:
    return next((each for each in PORTIONS if counts[each]), "items")


def _turned(base: str, portion: Portion, **key: str) -> str:
    (name, value), *_rest = key.items()
    return f"{base}?{urlencode({'show': portion, name: value})}" if value else ""


def _children_table(
    rows: Sequence[RecordSummary],
    found: Children,
    draft: ArrangementView | None,
    node: Node,
    portion: Portion,
    total: int,
    reader: Reader,
) -> Table:
    chosen = set(draft.members) if draft is not None else set()
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
                        else reverse("record", args=[each.record_code]),
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
                selected=each.id in chosen,
            )
            for each in rows
        ],
        bulk=_bulk(node, portion, total, len(chosen - {*found.ids})) if arranges(reader) and rows else None,
        empty=Empty(icon="folder-off", title=_("这里没有档案"), text=_("换一个标签，或从左边的树选择别处。")),
    )


def _bulk(node: Node, portion: Portion, total: int, elsewhere: int) -> Bulk:
    """What can be done with the ticked rows and with those chosen on other pages."""
    acts = [Act(_("移动…"), icon="arrows-move-horizontal", kind="primary", name="act", value="move")]
    if portion != "volumes":
        acts.append(Act(_("组成案卷…"), icon="folder-plus", name="act", value="volume"))
    acts.append(Act(_("编号…"), icon="list-numbers", name="act", value="number"))
    acts.append(Act(_("记住所选"), icon="bookmark", name="act", value="keep"))
    whole = Act(
        ngettext("选择全部 %(n)s 件", "选择全部 %(n)s 件", total) % {"n": f"{total:,}"}, name="act", value="all"
    )
    place = urlencode({"from": f"{node_address(node)}?show={portion}"})
    return Bulk(
        f"{reverse('arrangement-choose')}?{place}",
        acts,
        elsewhere=elsewhere,
        select_all=whole,
        clear=Act(_("清空所选"), name="act", value="clear"),
    )
