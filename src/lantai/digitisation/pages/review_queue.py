"""What is to be reviewed (校对): the batches, the pages of one, and what reviewers did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, names_of
from lantai.common.components import Act, Cell, Column, Empty, Link, Row, Tab, Table, Tile
from lantai.common.pages import ListPage
from lantai.common.paging import portion_asked
from lantai.common.written import written_moment, written_span
from lantai.digitisation.pages.placing import HERE, language_place
from lantai.digitisation.pages.reviewing import page_title
from lantai.digitisation.queries import reviewing as queries

SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewListPage(ListPage):
    """Pages or batches to be reviewed; ``reviewers`` says what each reviewer did of late and how fast."""

    template: ClassVar[str] = "digitisation/review_list.html"
    reviewers: Table


def reviews_page(request: HttpRequest, now: datetime) -> ReviewListPage:
    """The batches of which pages were read, the newest first, and how far their review is."""
    found = portion_asked(
        request, size=SIZE, read=lambda offset, limit: queries.batches_to_review(offset=offset, limit=limit)
    )
    counts = queries.review_counts(batch_ids=[number for number, _name in found.lines])
    rates = queries.reviewer_rates(now=now)
    return ReviewListPage(
        title=_("识别结果校对"),
        here=HERE,
        back=[Link(_("数字化与识别"), reverse("digitising")), Link(_("校对"))],
        facts=_("存疑的行先看；每改一行都留下原文、改后文字、校对人和时间。"),
        table=Table(
            label=_("扫描批次"),
            columns=[
                Column(_("批次")),
                Column(_("待校对的页"), right=True),
                Column(_("存疑行数"), right=True),
                Column(_("已校对"), right=True),
                Column(_("未能识别"), right=True),
            ],
            rows=[_batch(number, name, counts.get(number, queries.ReviewCounts())) for number, name in found.lines],
            pager=found.pager,
            empty=Empty(icon="scan", title=_("还没有识别过的页"), text=_("批次识别之后，它的页列在这里。")),
        ),
        reviewers=_reviewers(rates, names_of(references={each.person for each in rates})),
    )


def queue_page(request: HttpRequest, batch_id: int, reader: Reader, now: datetime) -> ReviewListPage:
    """The pages of a batch that were read, as they were scanned. Raises NoSuchBatch."""
    name, asked = queries.batch_to_review(batch_id=batch_id), request.GET.get("queue", "")
    queue = asked if asked in queries.QUEUES else "doubtful"
    found = portion_asked(
        request,
        size=SIZE,
        read=lambda offset, limit: queries.review_queue(
            batch_id=batch_id, queue=queue, now=now, offset=offset, limit=limit
        ),
    )
    counts = queries.review_counts(batch_ids=[batch_id]).get(batch_id, queries.ReviewCounts())
    rates = queries.reviewer_rates(now=now, batch_id=batch_id)
    begin = queries.next_to_review(batch_id=batch_id, page_id=0, queue=queue, person_id=reader.person_id or 0, now=now)
    here = reverse("digitising-review", args=[batch_id])
    tabs = (
        ("doubtful", _("有存疑行"), counts.doubtful),
        ("sure", _("没有存疑行"), counts.sure),
        ("reviewed", _("已校对"), counts.reviewed),
        ("unread", _("未能识别"), counts.unread),
    )
    people = {each.reviewed_by for each in found.lines}
    people |= {f"person:{each.holder.person_id}" for each in found.lines if each.holder}
    names = names_of(references=people | {each.person for each in rates})
    return ReviewListPage(
        title=_("校对：%(name)s") % {"name": name},
        here=HERE,
        back=[
            Link(_("数字化与识别"), reverse("digitising")),
            Link(name, reverse("digitising-batch", args=[batch_id])),
            Link(_("校对")),
        ],
        acts=[Act(_("开始校对"), href=_opened(batch_id, begin, queue), kind="primary", icon="player-play", key="n")]
        if begin is not None and queue in ("doubtful", "sure")
        else [],
        tiles=_tiles(counts, rates),
        tabs=[Tab(words, f"{here}?queue={key}", here=key == queue, count=count) for key, words, count in tabs],
        table=Table(
            label=_("校对"),
            columns=[
                Column(_("页")),
                Column(_("存疑行数"), right=True),
                Column(_("可信度"), right=True),
                Column(_("状态")),
            ],
            rows=[_page(batch_id, each, queue, names) for each in found.lines],
            pager=found.pager,
            empty=Empty(icon="circle-check", title=_("没有这样的页"), text=_("换一个范围查看。")),
        ),
        reviewers=_reviewers(rates, names),
    )


def _batch(number: int, name: str, counts: queries.ReviewCounts) -> Row:
    return Row(
        [
            Cell(name, href=reverse("digitising-review", args=[number]), main=True, wide=True),
            Cell(str(counts.waiting), right=True),
            Cell(str(counts.lines), right=True),
            Cell(str(counts.reviewed), right=True),
            Cell(str(counts.unread) if counts.unread else "", right=True),
        ],
        key=str(number),
        name=name,
    )


def _tiles(counts: queries.ReviewCounts, rates: Sequence[queries.ReviewerRate]) -> list[Tile]:
    """How far the batch is and, at the pace of its reviewers so far, how long the rest takes one of them."""
    tiles = [
        Tile(_("待校对"), str(counts.waiting), unit=_("页"), more=_("存疑 %(n)s 行") % {"n": counts.lines}),
        Tile(_("已校对"), str(counts.reviewed), unit=_("页"), more=_("共 %(n)s 页") % {"n": counts.read}),
    ]
    pages, seconds = sum(each.pages for each in rates), sum(each.seconds for each in rates)
    if pages and seconds >= 1:
        left = round(counts.waiting * seconds / pages)
        tiles.append(
            Tile(
                _("校对效率"), f"{pages * 3600 / seconds:,.0f}", unit=_("页/小时"),
                more=_("按此，余下约 %(span)s 人工") % {"span": written_span(left)},
            )
        )  # fmt: skip
    return tiles


def _page(batch_id: int, each: queries.QueuedPage, queue: str, names: Mapping[str, str]) -> Row:
    title = page_title(each.code, each.number, each.path, each.frame)
    if each.problem is not None:
        state, words, more = "failed", _("未能识别"), each.problem[language_place()]
    elif each.reviewed_at is not None:
        told = {"name": names.get(each.reviewed_by, each.reviewed_by), "at": written_moment(each.reviewed_at)}
        state, words, more = "done", _("已校对"), _("%(name)s 于 %(at)s 校对") % told
    elif each.holder is not None:
        reference = f"person:{each.holder.person_id}"
        held = {"name": names.get(reference, reference), "since": written_moment(each.holder.since)}
        state, words, more = "running", _("正在校对"), _("%(name)s（%(since)s 起）") % held
    else:
        state, words, more = "todo", _("待校对"), ""
    return Row(
        [
            Cell(title, href=_opened(batch_id, each.id, queue), main=True, wide=True, more=each.path),
            Cell(str(each.doubtful) if each.doubtful else "", right=True),
            Cell(f"{int(each.confidence * 100)}%" if each.lines else "—", right=True),
            Cell(state=state, state_text=words, more=more),
        ],
        key=str(each.id),
        name=title,
    )


def _opened(batch_id: int, page_id: int | None, queue: str) -> str:
    return reverse("digitising-review-page", args=[batch_id, page_id]) + f"?queue={queue}"


def _reviewers(rates: Sequence[queries.ReviewerRate], names: Mapping[str, str]) -> Table:
    return Table(
        label=_("校对人近 30 天"),
        columns=[
            Column(_("校对人")),
            Column(_("页"), right=True),
            Column(_("行"), right=True),
            Column(_("改正的行"), right=True),
            Column(_("用时"), right=True),
            Column(_("页/小时"), right=True),
            Column(_("行/小时"), right=True),
        ],
        rows=[
            Row(
                [
                    Cell(names.get(each.person, each.person), main=True),
                    Cell(str(each.pages), right=True),
                    Cell(f"{each.lines:,}", right=True),
                    Cell(f"{each.corrected:,}", right=True),
                    Cell(written_span(round(each.seconds)), right=True),
                    Cell("—" if each.pages_an_hour is None else f"{each.pages_an_hour:,}", right=True),
                    Cell("—" if each.lines_an_hour is None else f"{each.lines_an_hour:,}", right=True),
                ],
                name=names.get(each.person, each.person),
            )
            for each in rates
        ],
        empty=Empty(
            icon="clock",
            title=_("还没有校对完成的页"),
            text=_("用时只算操作之间的时间，停顿超过 2 分钟的按 2 分钟算。"),
        ),
    )
