"""The list of what is to be described or reviewed (著录与复核)."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, names_of
from lantai.catalog.queries.describing import DescribingRow, records_to_describe
from lantai.common.components import Act, Cell, Column, Empty, Notice, Row, Tab, Table
from lantai.common.pages import ListPage
from lantai.common.paging import number_asked, text_asked
from lantai.common.written import written_day, written_moment

AT_ONCE = 50


def describing_list(request: HttpRequest, reader: Reader) -> ListPage:
    """One queue of the describing work; the address says which, from which record on, and of which fonds."""
    queue = request.GET.get("queue", "")
    names = {"undescribed": _("待著录"), "review": _("待复核"), "reviewed": _("已复核")}
    queue = queue if queue in names else "undescribed"
    fonds, after = text_asked(request, "fonds", longest=20), number_asked(request, "after") or 0
    rows = records_to_describe(queue=queue, reader=reader, fonds=fonds, after=after, limit=AT_ONCE + 1)
    shown = rows[:AT_ONCE]
    people = {f"person:{each.described_by}" for each in shown if each.described_by}
    people |= {f"person:{each.editing.person_id}" for each in shown if each.editing}
    called = names_of(references=people)
    kept = f"&fonds={fonds}" if fonds else ""
    further = []
    if len(rows) > AT_ONCE:
        act = Act(_("再看 50 件"), href=f"?queue={queue}{kept}&after={shown[-1].id}", icon="arrow-right")
        further = [Notice("info", _("还有更多。"), "", act)]
    return ListPage(
        title=_("著录与复核"),
        here="describing",
        facts=_("按进馆先后排列；著录后由第二人复核。"),
        acts=[Act(_("开始著录"), href=_opened(shown[0], queue), kind="primary", icon="player-play", key="n")]
        if shown and queue == "undescribed"
        else [],
        tabs=[Tab(words, f"?queue={key}{kept}", here=key == queue) for key, words in names.items()],
        table=Table(
            label=names[queue],
            columns=[Column(_("档案")), Column(_("日期")), Column(_("为什么在这里"))],
            rows=[_row(each, queue, called) for each in shown],
            empty=Empty(icon="circle-check", title=_("没有待办的档案"), text=_("新进馆的档案会出现在“待著录”里。")),
        ),
        notices=further,
    )


def _opened(row: DescribingRow, queue: str) -> str:
    if queue == "undescribed":
        return f"{reverse('record-describe', args=[row.record_code])}?queue={queue}"
    return f"{reverse('record', args=[row.record_code])}?queue={queue}"


def _row(row: DescribingRow, queue: str, called: dict[str, str]) -> Row:
    if row.editing is not None:
        name = called.get(f"person:{row.editing.person_id}", "")
        why = _("%(name)s 正在著录（%(at)s 起）") % {"name": name, "at": written_moment(row.editing.since)}
    elif queue == "undescribed":
        why = _("进馆后还没有人核对著录")
    else:
        name = called.get(f"person:{row.described_by}", "")
        told = {"name": name, "at": written_moment(row.described_at)}
        why = (
            _("%(name)s 于 %(at)s 著录，等待第二人复核") % told
            if queue == "review"
            else _("%(name)s 于 %(at)s 著录") % told
        )
    return Row(
        [
            Cell(row.title, href=_opened(row, queue), code=row.archive_code or row.record_code, main=True, wide=True),
            Cell(written_day(row.formed_on), whole=True),
            Cell(why, wide=True),
        ],
        key=row.record_code,
        name=row.title,
    )
