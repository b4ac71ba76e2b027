"""What a person does to parts of a page and values on it: mark, change, strike out; accept, refuse; set its kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import actor_of
from lantai.common.components import Notice
from lantai.digitisation.models import FieldState, PageField, Region
from lantai.digitisation.pages.review_parts import LINE, number_typed
from lantai.digitisation.pages.reviewing import Typed
from lantai.digitisation.queries import marking as parts
from lantai.digitisation.queries import reviewing as queries
from lantai.digitisation.reviewing_acts import not_kept, number_sent, place_of, refusal
from lantai.digitisation.services.correcting import LinesRefused, NotToBeReviewed, ReviewHeld, add_line
from lantai.digitisation.services.deciding import FieldAnswer, FieldRefused, answer_fields, set_page_kind
from lantai.digitisation.services.marking import RegionGiven, RegionRefused, change_region, mark_region

STATES = {"accept": FieldState.ACCEPTED, "refuse": FieldState.REFUSED, "reopen": FieldState.SUGGESTED}


def regions(request: HttpRequest, batch_id: int, page_id: int, reader: Reader, now: datetime) -> HttpResponse:
    """Mark a part of the page, or change one. Raises NoSuchBatch."""
    queries.page_to_review(batch_id=batch_id, page_id=page_id, now=now)
    act = _add if request.POST.get("act", "") == "mark" else _change
    typed = {name: str(request.POST[name]) for name in request.POST}
    try:
        said = act(request, page_id, now)
    except RegionRefused as refused:
        notice = Notice("bad", _("没有保存。"), _region_words(refused.code))
        return not_kept(request, batch_id, page_id, reader, now, Typed({}, notice, region=typed))
    except LinesRefused:
        notice = Notice("bad", _("没有保存。"), _("请写下这一行的文字，至多 2000 个字符。"))
        return not_kept(request, batch_id, page_id, reader, now, Typed({}, notice, region=typed))
    except (ReviewHeld, NotToBeReviewed) as kept_out:
        return not_kept(request, batch_id, page_id, reader, now, refusal(kept_out, {}))
    except Region.DoesNotExist:
        raise Http404 from None
    messages.success(request, said)
    return HttpResponseRedirect(place_of(request, batch_id, page_id))


def fields(request: HttpRequest, batch_id: int, page_id: int, reader: Reader, now: datetime) -> HttpResponse:
    """Answer a value or all that have nothing against them, or set the page's kind. Raises NoSuchBatch."""
    queries.page_to_review(batch_id=batch_id, page_id=page_id, now=now)
    acts: dict[str, Callable[[HttpRequest, int, datetime], str]] = {"kind": _set_kind, "sound": _accept_sound}
    try:
        said = acts.get(request.POST.get("act", ""), _answer)(request, page_id, now)
    except FieldRefused as refused:
        notice = Notice("bad", _("没有保存。"), _field_words(refused.code))
        return not_kept(request, batch_id, page_id, reader, now, Typed({}, notice))
    except (ReviewHeld, NotToBeReviewed) as kept_out:
        return not_kept(request, batch_id, page_id, reader, now, refusal(kept_out, {}))
    except PageField.DoesNotExist:
        raise Http404 from None
    messages.success(request, said)
    return HttpResponseRedirect(place_of(request, batch_id, page_id))


def _add(request: HttpRequest, page_id: int, now: datetime) -> str:
    """Mark a region, or put in a line that was missed."""
    given, by = _given(request), actor_of(request)
    if given.kind != LINE:
        mark_region(page_id=page_id, given=given, by=by, now=now)
        return _("已标注。")
    left, top, right, bottom = given.box
    if not (left < right and top < bottom):
        raise RegionRefused("box")
    added = add_line(page_id=page_id, text=request.POST.get("text", ""), box=given.box, by=by, now=now)
    return _("已补上漏识的一行，记入校对记录。") if added else _("这一行已经在了。")


def _change(request: HttpRequest, page_id: int, now: datetime) -> str:
    number, dismissed = number_sent(request.POST.get("region", "")) or 0, request.POST.get("act", "") == "dismiss"
    changed = change_region(
        page_id=page_id, region_id=number, given=_given(request, dismissed=dismissed), by=actor_of(request), now=now
    )
    if not changed:
        return _("没有改动。")
    return _("已划掉，可以恢复。") if dismissed else _("已保存。")


def _given(request: HttpRequest, *, dismissed: bool = False) -> RegionGiven:
    left, top, right, bottom = (number_typed(request.POST.get(name, "")) for name in ("left", "top", "right", "bottom"))
    told = {name: request.POST.get(name, "") for name in ("kind", "text", "owner", "shape", "colour")}
    return RegionGiven(box=(left, top, right, bottom), dismissed=dismissed, **told)


def _answer(request: HttpRequest, page_id: int, now: datetime) -> str:
    number, state = number_sent(request.POST.get("field", "")) or 0, STATES.get(request.POST.get("act", ""))
    if state is None:
        raise FieldRefused("state")
    PageField.objects.get(pk=number, page_id=page_id)
    value = request.POST.get("value") if state == FieldState.ACCEPTED else None
    answer = FieldAnswer(state, value)
    answer_fields(page_id=page_id, answers={number: answer}, by=actor_of(request), now=now)
    return _("已记下。")


def _accept_sound(request: HttpRequest, page_id: int, now: datetime) -> str:
    found = parts.fields_of_page(page_id=page_id)
    sound = [each.id for each in found if each.state == FieldState.SUGGESTED and not each.fault]
    answers = {number: FieldAnswer(FieldState.ACCEPTED) for number in sound}
    done = answer_fields(page_id=page_id, answers=answers, by=actor_of(request), now=now)
    return _("采纳 %(n)s 项。") % {"n": done}


def _set_kind(request: HttpRequest, page_id: int, now: datetime) -> str:
    named = request.POST.get("kind_other", "").strip() or request.POST.get("kind", "")
    set_page_kind(page_id=page_id, kind=named, by=actor_of(request), now=now)
    return _("文件种类已记下，分类以后按此学习。")


def _region_words(code: str) -> str:
    return {
        "kind": _("没有这种区域。"),
        "box": _("框要有大小，并且在页面之内。"),
        "text": _("文字太长，或含有不能保存的字符。"),
    }[code]


def _field_words(code: str) -> str:
    return {
        "state": _("请选择采纳或不采纳。"),
        "value": _("值不能为空，至多 1000 个字符。"),
        "kind": _("种类至多 40 个字符。"),
    }[code]
