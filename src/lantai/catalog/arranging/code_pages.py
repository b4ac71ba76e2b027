"""The use of archive codes (档号使用情况): sequences, every number with its state and reason, gaps shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, names_of
from lantai.archival.codes import component_definitions
from lantai.catalog.queries import summaries
from lantai.catalog.queries.arranging import ids_of
from lantai.catalog.queries.code_usage import CodeUse, ScopeUse, codes_in_scope, scope_uses
from lantai.common.components import Act, Bulk, Cell, Column, Empty, Link, Notice, Row, Tab, Table
from lantai.common.pages import ListPage
from lantai.common.paging import number_asked, portion_asked, text_asked

SIZE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesPage(ListPage):
    """A list with the way to the numbers that follow."""

    template: ClassVar[str] = "catalog/arranging/codes.html"
    previous: str = ""
    following: str = ""


def scope_words(scope: str) -> str:
    """A sequence as people read it: 全宗号 J019 · 档案门类代码 ZY · …"""
    english = get_language() == "en"
    parts = []
    for each in scope.split("/"):
        name, _equals, value = each.partition("=")
        found = component_definitions().get(name)
        words = (found["en"] if english else found["zh"]) if found else name
        parts.append(f"{words} {value}".strip())
    return " · ".join(parts)


def codes_page(request: HttpRequest, reader: Reader) -> CodesPage:
    """All sequences, or the numbers of one."""
    scope = text_asked(request, "scope")
    return _scope_page(request, scope, reader) if scope else _scopes_page(request)


def _scopes_page(request: HttpRequest) -> CodesPage:
    fonds = text_asked(request, "fonds", longest=20)
    found = portion_asked(
        request, size=50, read=lambda offset, limit: scope_uses(fonds=fonds, offset=offset, limit=limit)
    )
    return CodesPage(
        title=_("档号使用情况"),
        here="arrangement",
        back=[Link(_("全宗与分类"), reverse("arrangement")), Link(_("档号使用情况"))],
        facts=_("每个流水号序列一行；空号和作废的号码都列出原因。"),
        table=Table(
            label=_("流水号序列"),
            columns=[
                Column(_("序列")),
                Column(_("末号"), right=True),
                Column(_("在用"), right=True),
                Column(_("预留"), right=True),
                Column(_("已更换"), right=True),
                Column(_("作废"), right=True),
                Column(_("空号")),
            ],
            rows=[_scope_row(each) for each in found.lines],
            pager=found.pager,
            empty=Empty(icon="list-numbers", title=_("还没有给过档号"), text=_("进馆和批量编号时给出的档号列在这里。")),
        ),
    )


def _scope_row(each: ScopeUse) -> Row:
    href = f"{reverse('arrangement-codes')}?{urlencode({'scope': each.scope})}"
    gaps = ngettext("%(n)s 个", "%(n)s 个", each.missing) % {"n": each.missing} if each.missing else ""
    return Row(
        [
            Cell(scope_words(each.scope), href=href, main=True, wide=True),
            Cell(str(each.last), right=True),
            Cell(str(each.used), right=True),
            Cell(str(each.reserved), right=True),
            Cell(str(each.replaced), right=True),
            Cell(str(each.void), right=True),
            Cell(gaps, tone="late" if each.missing else ""),
        ]
    )


def _scope_page(request: HttpRequest, scope: str, reader: Reader) -> CodesPage:
    asked = request.GET.get("state", "")
    states = {"void": ["void"], "replaced": ["replaced"], "used": ["used"]}.get(asked, [])
    after = number_asked(request, "after") or 0
    uses, following = codes_in_scope(scope=scope, after=after, limit=SIZE, states=states)
    names = names_of(references={each.by for each in uses})
    titles = _titles(uses, reader)
    base = f"{reverse('arrangement-codes')}?{urlencode({'scope': scope} | ({'state': asked} if states else {}))}"
    gaps = [each for each in uses if each.until]
    notices = []
    if gaps:
        spans = "、".join(_span(each) for each in gaps[:10])
        notices.append(
            Notice(
                "warn",
                _("本页有空号：%(spans)s。") % {"spans": spans},
                _("这些号码没有写成档号：编号时档号已属于别的档案而跳过，跳过的经过在账本中。"),
            )
        )
    all_href = f"{reverse('arrangement-codes')}?{urlencode({'scope': scope})}"
    return CodesPage(
        title=scope_words(scope),
        here="arrangement",
        back=[
            Link(_("全宗与分类"), reverse("arrangement")),
            Link(_("档号使用情况"), reverse("arrangement-codes")),
            Link(_("序列")),
        ],
        notices=notices,
        tabs=[
            Tab(_("全部"), all_href, here=not states),
            *(
                Tab(words, f"{all_href}&state={state}", here=asked == state)
                for state, words in (("used", _("在用")), ("replaced", _("已更换")), ("void", _("作废")))
            ),
        ],
        previous=base if after else "",
        following=f"{base}&after={following}" if following else "",
        table=Table(
            label=_("号码"),
            columns=[
                Column(_("档号")),
                Column(_("号码"), right=True),
                Column(_("状态")),
                Column(_("档案")),
                Column(_("原因")),
                Column(_("给号人")),
            ],
            rows=[_code_row(each, titles, names) for each in uses],
            bulk=Bulk(
                f"{reverse('arrangement-choose')}?{urlencode({'from': base})}",
                [Act(_("作废档号…"), icon="ban", kind="danger", name="act", value="void")],
                clear=Act(_("清空所选"), name="act", value="clear"),
            )
            if states == ["used"] and uses
            else None,
            empty=Empty(icon="list-numbers", title=_("没有号码"), text=_("这个序列里没有符合条件的号码。")),
        ),
    )


def _titles(uses: Sequence[CodeUse], reader: Reader) -> dict[str, str]:
    ids = ids_of(record_codes=[each.record_code for each in uses if each.record_code], reader=reader)
    return {each.record_code: each.title for each in summaries(record_ids=ids, reader=reader)}


def _span(each: CodeUse) -> str:
    return str(each.number) if each.until == each.number else f"{each.number}–{each.until}"


def _code_row(each: CodeUse, titles: dict[str, str], names: dict[str, str]) -> Row:
    if each.until:
        return Row(
            [
                Cell(_("空号"), main=True, tone="late"),
                Cell(_span(each), right=True),
                Cell(""),
                Cell(""),
                Cell(_("没有写成档号"), wide=True),
                Cell(""),
            ]
        )
    title = titles.get(each.record_code, "")
    return Row(
        [
            Cell(each.code, mono=True, main=True, whole=True),
            Cell(str(each.number), right=True),
            Cell(state=each.state),
            Cell(
                title or each.record_code, href=reverse("record", args=[each.record_code]) if title else "", wide=True
            ),
            Cell(each.reason, wide=True),
            Cell(names.get(each.by, _("系统") if each.by == "system" else each.by)),
        ],
        key=each.record_code,
        name=each.code,
    )
