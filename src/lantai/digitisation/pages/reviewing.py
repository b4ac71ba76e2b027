"""The page where somebody reviews what was read (校对): the picture, the lines to correct, what was corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, names_of
from lantai.common.components import Act, Link, Notice, Tab
from lantai.common.pages import Page
from lantai.common.shown_documents import Document, PageImage, Place, TextLine
from lantai.common.written import written_moment
from lantai.digitisation.pages.placing import HERE, LARGE, language_place
from lantai.digitisation.pages.review_parts import FieldsPart, RegionsPart, fields_part, regions_part
from lantai.digitisation.queries import reviewing as queries

TABS = ("text", "regions", "fields", "history")
ROW = 30.0
"""Chinese characters that fit into one row of a line's field."""


@dataclass(frozen=True, slots=True)
class LineField:
    """One line as it is corrected; ``theirs`` is what somebody else made of it meanwhile, ``fault`` what is wrong."""

    number: int
    text: str
    rows: int
    sure: int
    doubtful: bool
    seen: bool
    struck: bool
    theirs: str | None = None
    fault: str = ""

    @property
    def shown(self) -> int:
        """Its number as people count."""
        return self.number + 1


@dataclass(frozen=True, slots=True)
class CorrectionShown:
    """One correction in the list of what was corrected."""

    id: int
    line: int
    before: str
    after: str
    by: str
    at: str
    can_undo: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person sent that could not be kept: the lines as typed, why, and which lines it is about."""

    lines: Mapping[int, str]
    notice: Notice
    others: Sequence[int] = ()
    refused: Sequence[int] = ()
    region: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage(Page):
    """A read page beside its picture, which is to be turned by ``turn`` degrees clockwise to stand upright. Without
    ``can_change`` somebody else holds it, or it is done."""

    template: ClassVar[str] = "digitisation/review.html"
    code: str
    states: Sequence[tuple[str, str]]
    document: Document
    tabs: Sequence[Tab]
    tab: str
    notices: Sequence[Notice]
    lines: Sequence[LineField]
    history: Sequence[CorrectionShown]
    latest: CorrectionShown | None
    doubtful: int
    token: str
    mark: int
    action: str
    undo_at: str
    hold_at: str
    previous: str
    following: str
    can_change: bool
    decisions: Sequence[Act]
    hold_acts: Sequence[Act]
    consequence: str
    regions: RegionsPart | None = None
    fields: FieldsPart | None = None
    regions_at: str = ""
    fields_at: str = ""
    turn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedLines:
    """What the page says after lines were kept by themselves: how many are doubtful, what the form knows of now."""

    doubtful: int
    mark: int
    saved: str
    latest: CorrectionShown | None = None
    notice: Notice | None = None
    undo_at: str = ""
    theirs: Sequence[tuple[int, str]] = field(default_factory=tuple)


def queue_asked(request: HttpRequest) -> str:
    """The list that the address names; none for nonsense."""
    asked = request.GET.get("queue", "")
    return asked if asked in queries.QUEUES else ""


def review_page(
    request: HttpRequest, page: queries.PageToReview, reader: Reader, *, typed: Typed | None, now: datetime
) -> ReviewPage:
    """The page as *reader* reviews it; *typed* is what he sent and could not be kept."""
    tab = request.GET.get("tab", "text")
    tab = tab if tab in TABS and (typed is None or not typed.lines) else "text"
    queue = queue_asked(request)
    here = reverse("digitising-review-page", args=[page.batch_id, page.id])
    tail = f"&queue={queue}" if queue else ""
    mine = page.holder is not None and page.holder.person_id == reader.person_id
    can_change = mine and page.reviewed_at is None and not page.filed and page.problem is None
    references = {each.by for each in page.corrections} | {page.reviewed_by, page.kind_by}
    names = names_of(references=references | ({f"person:{page.holder.person_id}"} if page.holder else set()))
    history = [_correction(each, names, can_change) for each in page.corrections]
    before, behind = queries.pages_beside(batch_id=page.batch_id, page_id=page.id)
    texts = {each.number: each.text for each in page.lines}
    size, by_name = (page.width, page.height), names.get(page.kind_by, page.kind_by)
    regions = regions_part(page.id, size, typed.region if typed else {}) if tab == "regions" else None
    fields = (
        fields_part(page.id, page.kind, page.kind_by, page.kind_confidence, by_name, size) if tab == "fields" else None
    )
    shown = regions.places if regions else fields.places if fields else _line_places(page)
    return ReviewPage(
        title=page_title(page.code, page.number, page.path, page.frame),
        here=HERE,
        code=page.code,
        back=[
            Link(_("数字化与识别"), reverse("digitising")),
            Link(page.batch_name, reverse("digitising-batch", args=[page.batch_id])),
            Link(_("校对"), reverse("digitising-review", args=[page.batch_id]) + (f"?queue={queue}" if queue else "")),
            Link(page_title(page.code, page.number, page.path, page.frame)),
        ],
        facts=_facts(page, names, now, reader if tab == "text" else None),
        states=_states(page),
        document=_document(page, shown),
        tabs=[
            Tab(_("文字"), f"{here}?tab=text{tail}", here=tab == "text", count=page.doubtful or None),
            Tab(_("区域"), f"{here}?tab=regions{tail}", here=tab == "regions"),
            Tab(_("字段与种类"), f"{here}?tab=fields{tail}", here=tab == "fields"),
            Tab(_("校对记录"), f"{here}?tab=history{tail}", here=tab == "history", count=len(history) or None),
        ],
        tab=tab,
        notices=[*([typed.notice] if typed else []), *_notices(page, names, reader)],
        lines=[_field(each, typed, texts) for each in page.lines],
        history=history,
        latest=next((each for each in history if each.can_undo), None),
        doubtful=page.doubtful,
        token=page.token,
        mark=page.mark,
        action=here + (f"?queue={queue}" if queue else ""),
        undo_at=reverse("digitising-review-undo", args=[page.batch_id, page.id]) + f"?tab={tab}{tail}",
        hold_at=reverse("digitising-review-hold", args=[page.batch_id, page.id]) + (f"?queue={queue}" if queue else ""),
        previous=_beside(page.batch_id, before, queue),
        following=_beside(page.batch_id, behind, queue),
        can_change=can_change,
        decisions=_decisions() if can_change else (),
        hold_acts=_hold_acts(page, mine),
        consequence=_consequence(page, can_change),
        regions=regions,
        fields=fields,
        regions_at=reverse("digitising-review-regions", args=[page.batch_id, page.id]) + f"?tab=regions{tail}",
        turn=-page.turned % 360,
        fields_at=reverse("digitising-review-fields", args=[page.batch_id, page.id]) + f"?tab=fields{tail}",
    )


def page_title(code: str, number: int | None, path: str, frame: int) -> str:
    """How a page is called: its record's code and its number there, else its file."""
    if code:
        return _("%(code)s 第 %(number)s 页") % {"code": code, "number": number}
    return path if frame == 1 else f"{path} #{frame}"


def saved_words(now: datetime) -> str:
    """When lines were kept by themselves."""
    return _("已存 %(at)s") % {"at": f"{timezone.localtime(now):%H:%M:%S}"}


def latest_correction(page: queries.PageToReview) -> CorrectionShown | None:
    """The newest correction that can be undone."""
    return next((_correction(each, {}, can_undo=True) for each in page.corrections if each.stands), None)


def holder_notice(holder: queries.Holder, lead: str = "") -> Notice:
    """Who holds the page."""
    reference = f"person:{holder.person_id}"
    name = names_of(references={reference}).get(reference, reference)
    told = {"name": name, "since": written_moment(holder.since), "until": written_moment(holder.until)}
    said = lead or _("%(name)s 正在校对这一页（%(since)s 起）。")
    text = _("对方停止操作后，锁定至 %(until)s 自动解除。您可以只查看，也可以接手：对方会收到通知，已改的都在。") % told
    return Notice("warn", said % told, text)


def _facts(page: queries.PageToReview, names: Mapping[str, str], now: datetime, reader: Reader | None) -> str:
    """How sure the page is, who reviewed it, and beside the text how fast *reader* was of late."""
    parts = [_("可信度 %(n)s%%") % {"n": int(page.confidence * 100)}]
    if page.reviewed_at is not None:
        told = {"name": names.get(page.reviewed_by, page.reviewed_by), "at": written_moment(page.reviewed_at)}
        parts.append(_("%(name)s 于 %(at)s 校对") % told)
    for rate in queries.reviewer_rates(now=now, person_id=reader.person_id or 0) if reader else ():
        if rate.pages_an_hour is not None:
            told_rate = {"pages": rate.pages_an_hour, "lines": f"{rate.lines_an_hour:,}"}
            parts.append(_("我近 30 天：%(pages)s 页/小时，%(lines)s 行/小时") % told_rate)
    return " · ".join(parts)


def _states(page: queries.PageToReview) -> list[tuple[str, str]]:
    if page.problem is not None:
        return [("failed", _("未能识别"))]
    if page.reviewed_at is not None:
        return [("done", _("已校对"))]
    return [("todo", _("待校对"))]


def _document(page: queries.PageToReview, shown: Sequence[TextLine]) -> Document:
    """The picture with the places of what is reviewed on it."""
    wide, high = page.width or 1, page.height or 1
    image = PageImage(
        number=page.number or page.frame,
        href=reverse("digitising-image", args=[page.batch_id, page.id, LARGE]),
        width=LARGE,
        height=max(1, round(LARGE * high / wide)),
        lines=shown,
    )
    return Document(name=page.path, facts=f"{page.width} × {page.height}", pages=[image])


def _line_places(page: queries.PageToReview) -> list[TextLine]:
    wide, high = page.width or 1, page.height or 1
    return [
        TextLine(
            each.text, _place(each.corners, wide, high), int(each.confidence * 100), each.doubtful, f"l{each.number}"
        )
        for each in page.lines
        if each.text or each.by
    ]


def _place(corners: Sequence[Sequence[int]], wide: int, high: int) -> Place:
    across, down = [each[0] for each in corners], [each[1] for each in corners]
    left, top = 100 * min(across) / wide, 100 * min(down) / high
    return Place(left, top, 100 * max(across) / wide - left, 100 * max(down) / high - top)


def _field(line: queries.LineToReview, typed: Typed | None, texts: Mapping[int, str]) -> LineField:
    text = typed.lines.get(line.number, line.text) if typed else line.text
    wide = sum(1.0 if ord(each) > 0x2E7F else 0.55 for each in text)
    return LineField(
        number=line.number,
        text=text,
        rows=max(1, -int(-wide // ROW)),
        sure=int(line.confidence * 100),
        doubtful=line.doubtful,
        seen=bool(line.by),
        struck=not line.text,
        theirs=texts[line.number] if typed and line.number in typed.others else None,
        fault=_("太长，或含有不能保存的字符") if typed and line.number in typed.refused else "",
    )


def _correction(each: queries.CorrectionMade, names: Mapping[str, str], can_undo: bool) -> CorrectionShown:
    return CorrectionShown(
        each.id,
        each.line + 1,
        each.before,
        each.after,
        names.get(each.by, each.by),
        written_moment(each.at),
        can_undo and each.stands,
    )


def _notices(page: queries.PageToReview, names: Mapping[str, str], reader: Reader) -> list[Notice]:
    if page.problem is not None:
        return [Notice("bad", _("这一页没有读成。"), page.problem[language_place()])]
    if page.filed:
        return [Notice("info", _("这一批已经入库，文字不能再改。"), _("要改，请在档案里补正。"))]
    if page.reviewed_at is not None:
        return [Notice("info", _("这一页已经校对完成。"), _("发现还有错字，可以重新校对。"))]
    if page.holder is not None and page.holder.person_id != reader.person_id:
        return [holder_notice(page.holder)]
    return []


def _beside(batch_id: int, page_id: int | None, queue: str) -> str:
    if page_id is None:
        return ""
    return reverse("digitising-review-page", args=[batch_id, page_id]) + (f"?queue={queue}" if queue else "")


def _decisions() -> list[Act]:
    return [
        Act(_("保存"), name="then", value="stay"),
        Act(_("完成并下一页"), kind="primary", icon="check", name="then", value="next", key="mod+enter"),
    ]


def _hold_acts(page: queries.PageToReview, mine: bool) -> list[Act]:
    if page.filed or page.problem is not None:
        return []
    if page.reviewed_at is not None:
        return [Act(_("重新校对"), icon="arrow-back-up", name="act", value="reopen")]
    if not mine:
        return [Act(_("接手校对"), kind="primary", icon="pencil", name="act", value="take")]
    return []


def _consequence(page: queries.PageToReview, can_change: bool) -> str:
    if not can_change:
        return _("只查看，不作改动。")
    if page.doubtful:
        return _("每改一行都留下原文、改后文字、校对人和时间。完成时还没看过的存疑行（%(n)s 行）按无误处理。") % {
            "n": page.doubtful
        }
    return _("每改一行都留下原文、改后文字、校对人和时间。")
