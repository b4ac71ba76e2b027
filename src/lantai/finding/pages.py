"""The search page, built: box, facets, chips, years, hits with marks, and a way on when nothing was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from lantai.administration.queries import list_classes, list_fonds
from lantai.administration.queries.people import Reader
from lantai.common.components import Act, Chip, Empty, Facet, FacetValue, Hit, Notice, Pager, Tab, YearBar
from lantai.common.components_lists import Picking
from lantai.common.pages import SearchPage
from lantai.common.paging import number_asked
from lantai.common.states import STATES
from lantai.common.written import written_day, written_retention
from lantai.finding import queries
from lantai.finding.asking import FACETS, Asked, asked_in
from lantai.finding.lists import RECORDS
from lantai.work import queries as work
from lantai.work.services import filter_asked

SIZE = 20
MOST = 5_000
"""Nobody pages beyond this: further hits want a narrower question."""
WITH_YEARS, LEAST_YEARS = 60, 12


@dataclass(frozen=True, slots=True)
class Names:
    """What codes are called: categories and fonds, one query each."""

    categories: dict[str, str]
    fonds: dict[str, str]

    def of(self, facet: str, code: str) -> str:
        """The words of one value of *facet*."""
        if facet == "category":
            return self.categories.get(code, code)
        if facet == "fonds":
            return f"{code} {self.fonds[code]}" if code in self.fonds else code
        if facet == "retention":
            return written_retention(code)
        if facet == "open_state":
            return str(STATES[code].words) if code in STATES else code
        return code


def asked_by(request: HttpRequest) -> Asked:
    """What the address asks for; nonsense is left out."""
    return asked_in(request.GET, page=min(number_asked(request, "page") or 1, MOST // SIZE))


def search_page(request: HttpRequest, reader: Reader, views: work.ViewsShown | None = None) -> SearchPage:
    """Search (统一检索) for one reader: his rights are inside the question. Staff select results and keep views."""
    asked = asked_by(request)
    found = _search(asked, reader)
    last = max(1, -(-min(found.total, MOST) // SIZE))
    if asked.page > last:
        asked = Asked(asked.question, asked.chosen, asked.since, asked.until, asked.sort, last)
        found = _search(asked, reader)
    place = reverse("search")
    names = Names(
        categories={each.path: _class_name(each.name, each.name_en) for each in list_classes() if each.level == 1},
        fonds={each.code: each.name for each in list_fonds()},
    )
    chips = _chips(asked, names, place)
    staff, query = views is not None, filter_asked(RECORDS, request.GET)
    bar, chosen = _selected(request, reader, found, query) if staff else (None, frozenset[str]())
    return SearchPage(
        title=_("统一检索"),
        here="search",
        query=asked.question,
        action=place,
        found=_found(asked, found) if asked.question or chips else _everything(found),
        hits=[
            _hit(each, names, asked.question, query if staff else None, chosen, picked=bar is not None)
            for each in found.hits
        ],
        bulk=bar,
        tabs=views.tabs if views else (),
        views=views.bar if views else None,
        facets=_facets(asked, found, names, place) if found.total or chips else (),
        chips=chips,
        kept=_kept(asked),
        sorts=[
            Tab(words, _address(place, asked, sort=code), here=asked.sort == code)
            for code, words in (("relevance", _("相关度")), ("newest", _("最新")), ("oldest", _("最早")))
        ]
        if found.total
        else (),
        clear=f"{place}?{_query(q=asked.question)}" if chips else "",
        pager=_pager(asked, found.total, place) if found.total > SIZE else None,
        empty=None if found.hits else _nothing(asked, chips, place),
        notices=_notices(found),
    )


def _search(asked: Asked, reader: Reader) -> queries.SearchResult:
    return queries.search_records(
        question=asked.question,
        reader=reader,
        filters=asked.filters,
        sort=asked.sort,
        limit=SIZE,
        offset=(asked.page - 1) * SIZE,
    )


def _class_name(name: str, english: str) -> str:
    return english[:1].upper() + english[1:] if english and get_language() == "en" else name


def _found(asked: Asked, found: queries.SearchResult) -> str:
    said = ngettext("找到 %(total)s 件", "找到 %(total)s 件", found.total) % {"total": f"{found.total:,}"}
    return f"{said}{_('：')}{' '.join(found.words)}" if asked.question else said


def _everything(found: queries.SearchResult) -> str:
    return ngettext("您可以检索 %(total)s 件档案", "您可以检索 %(total)s 件档案", found.total) % {
        "total": f"{found.total:,}"
    }


def _notices(found: queries.SearchResult) -> list[Notice]:
    notices = []
    if not queries.index_ready():
        if queries.index_state()["name"]:
            notices.append(Notice("info", _("检索索引正在重建。"), _("建好后自动恢复检索；档案本身不受影响。")))
        else:
            notices.append(Notice("info", _("检索索引尚未建立。"), _("首批档案进馆后几秒内自动建立。")))
    if found.partial:
        notices.append(Notice("info", _("符合的档案太多，只排列了较新的部分。"), _("请增加检索词，或选定年份。")))
    return notices


def _selected(
    request: HttpRequest, reader: Reader, found: queries.SearchResult, query: str
) -> tuple[Picking | None, frozenset[str]]:
    """The bar above the results and which of them are selected; nothing for one who can do nothing with them."""
    return work.bar_above(
        reader=reader,
        listing=RECORDS,
        shown=[each.record.record_code for each in found.hits],
        query=query,
        total=found.total,
        back=request.get_full_path(),
    )


def _hit(
    hit: queries.Hit, names: Names, question: str, query: str | None, chosen: frozenset[str], *, picked: bool
) -> Hit:
    """One result; its address takes the question along, so that the record's page lights the words, and for staff the
    search, so that it leads to the next.
    """
    record = hit.record
    tail = [_query(q=question)] if question else []
    if query is not None:
        tail.append(work.walk_parameters(listing=RECORDS.key, query=query))
    facts = [record.creator, written_day(record.formed_on), record.applicant, record.item_name]
    return Hit(
        href=reverse("record", args=[record.record_code]) + (f"?{'&'.join(tail)}" if tail else ""),
        key=record.record_code if picked else "",
        name=record.title,
        selected=record.record_code in chosen,
        title=hit.title_marked or escape(record.title),
        state=record.open_state,
        facts=[each for each in facts if each],
        code=record.archive_code,
        snippet=hit.snippet,
        where=" › ".join(
            each
            for each in (
                names.fonds.get(record.fonds_code, record.fonds_code),
                names.categories.get(record.category_code, record.category_code),
                str(record.year),
                written_retention(record.retention),
            )
            if each
        ),
        icon="file-text" if record.readable else "lock",
        refused=None if record.readable else Notice("info", _("内容暂不能查看。"), _("打开可看原因和申请办法。")),
    )


def _facets(asked: Asked, found: queries.SearchResult, names: Names, place: str) -> list[Facet]:
    titles = {
        "category": _("档案门类"),
        "item": _("办理事项"),
        "result": _("办理结果"),
        "retention": _("保管期限"),
        "open_state": _("开放状态"),
        "fonds": _("全宗"),
    }
    facets = [_years(asked, found)]
    for name in FACETS:
        chosen = asked.chosen[name]
        counted = dict(found.facets.get(name, ()))
        values = [(each, counted.get(each, 0)) for each in chosen if each not in counted] + list(counted.items())
        facets.append(
            Facet(
                titles[name],
                [
                    FacetValue(
                        names.of(name, value),
                        count,
                        _turned(place, asked, name, value),
                        here=value in chosen,
                        about=found.estimated,
                    )
                    for value, count in values
                ],
                opened=bool(chosen) or name in ("category", "item", "open_state"),
            )
        )
    return [each for each in facets if each.values or each.years]


def _years(asked: Asked, found: queries.SearchResult) -> Facet:
    counts = dict(found.years)
    if not counts:
        return Facet(_("年份"))
    last = max(counts)
    first = max(min(*counts, last - LEAST_YEARS + 1), last - WITH_YEARS + 1)
    most = max(counts.values())
    return Facet(
        _("年份"),
        years=[
            YearBar(
                year,
                counts.get(year, 0),
                counts.get(year, 0) / most,
                inside=(asked.since or first) <= year <= (asked.until or last),
            )
            for year in range(first, last + 1)
        ],
        year_from=str(asked.since or min(counts)),
        year_until=str(asked.until or last),
    )


def _chips(asked: Asked, names: Names, place: str) -> list[Chip]:
    chips = [
        Chip(names.of(name, value), _turned(place, asked, name, value))
        for name, values in asked.chosen.items()
        for value in values
    ]
    if asked.since or asked.until:
        span = f"{asked.since or '…'}—{asked.until or '…'}"
        chips.append(Chip(span, _address(place, asked, years=False)))
    return chips


def _nothing(asked: Asked, chips: Sequence[Chip], place: str) -> Empty:
    if not asked.question and not chips:
        text = _("档案进馆后，几秒内就能在这里查到。")
        return Empty(icon="archive", title=_("还没有可检索的档案"), text=text)
    acts = []
    if chips:
        wider = f"{place}?{_query(q=asked.question)}"
        acts.append(Act(_("去掉全部条件再查"), href=wider, icon="filter-off", kind="primary"))
    shorter = asked.question.split()[:-1]
    if shorter:
        fewer = " ".join(shorter)
        acts.append(Act(_("只查“%(words)s”") % {"words": fewer}, href=f"{place}?{_query(q=fewer)}"))
    elif len(asked.question) > 3:
        part = asked.question[: max(2, len(asked.question) // 2)]
        acts.append(Act(_("只查“%(words)s”") % {"words": part}, href=f"{place}?{_query(q=part)}"))
    acts.append(Act(_("浏览全部档案"), href=place))
    return Empty(
        icon="zoom-question",
        title=_("没有找到"),
        text=_(
            "请核对错别字；姓名、地名、编号只输入其中两个字即可；也可以减少条件。仍查不到时，请向档案员说明要找的事，由档案员代查。"
        ),
        acts=acts,
    )


def _kept(asked: Asked) -> list[tuple[str, str]]:
    """The conditions that a new question keeps."""
    kept = [(name, value) for name, values in asked.chosen.items() for value in values]
    return kept + ([("sort", asked.sort)] if asked.sort != "relevance" else [])


def _query(**values: str | Sequence[str]) -> str:
    query = QueryDict(mutable=True)
    for name, value in values.items():
        given = [value] if isinstance(value, str) else list(value)
        if any(given):
            query.setlist(name, given)
    return query.urlencode()


def _address(
    place: str,
    asked: Asked,
    *,
    chosen: dict[str, tuple[str, ...]] | None = None,
    years: bool = True,
    sort: str | None = None,
) -> str:
    """The same search with other conditions, its first page."""
    order = asked.sort if sort is None else sort
    query = _query(
        q=asked.question,
        **(asked.chosen if chosen is None else chosen),
        **{"from": str(asked.since or "") if years else "", "until": str(asked.until or "") if years else ""},
        sort="" if order == "relevance" else order,
    )
    return f"{place}?{query}" if query else place


def _turned(place: str, asked: Asked, facet: str, value: str) -> str:
    """The same search with one value of a facet turned over."""
    held = asked.chosen[facet]
    turned = tuple(each for each in held if each != value) if value in held else (*held, value)
    return _address(place, asked, chosen=asked.chosen | {facet: turned})


def _pager(asked: Asked, total: int, place: str) -> Pager:
    here = _address(place, asked)
    return Pager(
        first=(asked.page - 1) * SIZE + 1,
        last=min(asked.page * SIZE, total),
        total=total,
        page=asked.page,
        pages=-(-min(total, MOST) // SIZE),
        base=f"{here}{'&' if '?' in here else '?'}page=",
        note=_("只能翻到前 %(most)s 件，请缩小范围") % {"most": f"{MOST:,}"} if total > MOST else "",
    )
