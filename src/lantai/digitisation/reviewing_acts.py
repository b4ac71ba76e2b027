"""What a person does on the review page: open, keep lines, finish, undo, take over, review again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import actor_of
from lantai.common.components import Notice
from lantai.common.pages import show
from lantai.digitisation.models import Correction
from lantai.digitisation.pages import reviewing as pages
from lantai.digitisation.queries import reviewing as queries
from lantai.digitisation.services.correcting import (
    CorrectedMeanwhile,
    LinesRefused,
    NotToBeReviewed,
    ReviewHeld,
    correct_lines,
    undo_correction,
)
from lantai.digitisation.services.reviewing import (
    finish_review,
    leave_review,
    open_review,
    reopen_review,
    take_over_review,
)


def open_page(request: HttpRequest, batch_id: int, page_id: int, reader: Reader, now: datetime) -> HttpResponse:
    """The page, held for this person from now on when it is to be reviewed. Raises NoSuchBatch."""
    page = queries.page_to_review(batch_id=batch_id, page_id=page_id, now=now)
    if page.reviewed_at is None and not page.filed and page.problem is None:
        person = reader.person_id or 0
        if open_review(page_id=page_id, person_id=person, now=now):
            page = replace(page, holder=queries.Holder(person, now, now))
    return show(request, pages.review_page(request, page, reader, typed=None, now=now))


def keep_page(request: HttpRequest, batch_id: int, page_id: int, reader: Reader, now: datetime) -> HttpResponse:
    """Keep what was typed; finish the page when that was pressed, and go on to the next. Raises NoSuchBatch."""
    queries.page_to_review(batch_id=batch_id, page_id=page_id, now=now)
    then, typed, seen = request.POST.get("then", "stay"), _typed(request), _numbers(request, "seen")
    sent = {"token": request.POST.get("token", ""), "mark": number_sent(request.POST.get("mark", "")) or 0}
    keep = finish_review if then == "next" else correct_lines
    try:
        keep(page_id=page_id, typed=typed, seen=seen, by=actor_of(request), now=now, **sent)  # type: ignore[arg-type]
    except (ReviewHeld, NotToBeReviewed, CorrectedMeanwhile, LinesRefused) as kept_out:
        return not_kept(request, batch_id, page_id, reader, now, refusal(kept_out, typed))
    if request.headers.get("HX-Request") == "true":
        return _kept_lines(request, batch_id, page_id, now)
    if then != "next":
        messages.success(request, _("已保存。"))
        return HttpResponseRedirect(place_of(request, batch_id, page_id))
    messages.success(request, _("上一页校对完成。"))
    return HttpResponseRedirect(_onward(request, batch_id, page_id, reader, now))


def undo(request: HttpRequest, batch_id: int, page_id: int, reader: Reader, now: datetime) -> HttpResponse:
    """Put a line back to what it was before a correction. Raises NoSuchBatch, Correction.DoesNotExist."""
    queries.page_to_review(batch_id=batch_id, page_id=page_id, now=now)
    number = number_sent(request.POST.get("correction", "")) or 0
    try:
        done = undo_correction(page_id=page_id, correction_id=number, by=actor_of(request), now=now)
    except (ReviewHeld, NotToBeReviewed) as kept_out:
        return not_kept(request, batch_id, page_id, reader, now, refusal(kept_out, {}))
    except Correction.DoesNotExist:
        raise Http404 from None
    if done:
        messages.success(request, _("已撤销，撤销本身也记入校对记录。"))
    else:
        messages.info(request, _("这一行后来又改过，没有撤销。"))
    return HttpResponseRedirect(place_of(request, batch_id, page_id))


def hold(request: HttpRequest, batch_id: int, page_id: int, reader: Reader, now: datetime) -> HttpResponse:
    """Take the page over, let go of it, or review it once more. Raises NoSuchBatch."""
    page = queries.page_to_review(batch_id=batch_id, page_id=page_id, now=now)
    here, by = reverse("digitising-review-page", args=[batch_id, page_id]), actor_of(request)
    try:
        match request.POST.get("act", ""):
            case "take":
                title = pages.page_title(page.code, page.number, page.path, page.frame)
                take_over_review(page_id=page_id, by=by, name=reader.name, title=title, link=here, now=now)
            case "reopen":
                reopen_review(page_id=page_id, by=by, now=now)
            case "leave":
                leave_review(page_id=page_id, person_id=reader.person_id or 0)
                return HttpResponseRedirect(reverse("digitising-review", args=[batch_id]))
    except (ReviewHeld, NotToBeReviewed) as kept_out:
        return not_kept(request, batch_id, page_id, reader, now, refusal(kept_out, {}))
    return HttpResponseRedirect(place_of(request, batch_id, page_id))


def refusal(
    why: ReviewHeld | NotToBeReviewed | CorrectedMeanwhile | LinesRefused, typed: Mapping[int, str]
) -> pages.Typed:
    """What keeps the lines from being kept, in words, with what was typed."""
    if isinstance(why, ReviewHeld):
        lead = _("%(name)s 在 %(since)s 接手了这一页，您的改动没有保存。")
        return pages.Typed(typed, pages.holder_notice(why.holder, lead))
    if isinstance(why, CorrectedMeanwhile):
        text = _("对方的文字列在您的下面；核对后再保存，就以您的为准。")
        return pages.Typed(typed, Notice("warn", _("有几行刚被别人改过，没有保存。"), text), others=why.lines)
    if isinstance(why, LinesRefused):
        return pages.Typed(typed, Notice("bad", _("有几行不能保存。"), _("一行至多 2000 个字符。")), refused=why.lines)
    words = {
        "read-anew": _("这一页刚刚重新识别过，行号已经不同，您的改动没有保存。"),
        "filed": _("这一批已经入库，文字不能再改。"),
        "done": _("这一页已经校对完成，改动没有保存。"),
    }
    lines = typed if why.code == "done" else {}
    return pages.Typed(lines, Notice("warn", words[why.code], _("请核对下面现在的文字。")))


def not_kept(
    request: HttpRequest, batch_id: int, page_id: int, reader: Reader, now: datetime, typed: pages.Typed
) -> HttpResponse:
    """The page again with what was typed; for a line that was sent by itself only why."""
    page = queries.page_to_review(batch_id=batch_id, page_id=page_id, now=now)
    if request.headers.get("HX-Request") == "true":
        texts = {each.number: each.text for each in page.lines}
        theirs = [(number, texts[number]) for number in typed.others]
        kept = pages.SavedLines(doubtful=page.doubtful, mark=page.mark, saved="", notice=typed.notice, theirs=theirs)
        return render(request, "digitisation/review_state.html", {"kept": kept}, status=422)
    return show(request, pages.review_page(request, page, reader, typed=typed, now=now), status=409)


def _kept_lines(request: HttpRequest, batch_id: int, page_id: int, now: datetime) -> HttpResponse:
    page = queries.page_to_review(batch_id=batch_id, page_id=page_id, now=now)
    kept = pages.SavedLines(
        doubtful=page.doubtful,
        mark=page.mark,
        saved=pages.saved_words(now),
        latest=pages.latest_correction(page),
        undo_at=reverse("digitising-review-undo", args=[batch_id, page_id]) + _tail(request),
    )
    return render(request, "digitisation/review_state.html", {"kept": kept})


def _onward(request: HttpRequest, batch_id: int, page_id: int, reader: Reader, now: datetime) -> str:
    """Where to go when a page is done: to the next that waits, else to the list."""
    queue, person = pages.queue_asked(request), reader.person_id or 0
    found = queries.next_to_review(batch_id=batch_id, page_id=page_id, queue=queue, person_id=person, now=now)
    if found is None:
        return reverse("digitising-review", args=[batch_id]) + (f"?queue={queue}" if queue else "")
    return reverse("digitising-review-page", args=[batch_id, found]) + (f"?queue={queue}" if queue else "")


def _typed(request: HttpRequest) -> dict[int, str]:
    """Lines as they were typed, by number."""
    sent = ((number_sent(name[1:]), str(request.POST[name])) for name in request.POST if name.startswith("l"))
    return {number: text for number, text in sent if number is not None}


def _numbers(request: HttpRequest, name: str) -> set[int]:
    return {number for each in request.POST.getlist(name) if (number := number_sent(each)) is not None}


def number_sent(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def place_of(request: HttpRequest, batch_id: int, page_id: int) -> str:
    return reverse("digitising-review-page", args=[batch_id, page_id]) + _tail(request)


def _tail(request: HttpRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""
