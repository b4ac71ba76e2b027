"""What a person does on the describing page: open, save, keep a draft, answer a suggestion, take over, review."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, names_of
from lantai.administration.services.people_access import actor_of
from lantai.catalog.describe_pages import Typed, describe_page, lines_of, queue_asked
from lantai.catalog.documents import asked_by, shown_document
from lantai.catalog.elements import form_elements
from lantai.catalog.looks import look_token, tell_look_at
from lantai.catalog.queries import Act, NotForReader
from lantai.catalog.queries.describing import RecordToDescribe, neighbours, record_to_describe
from lantai.catalog.queries.suggesting import Suggestion, known_present, suggestion_rules, suggestions_for
from lantai.catalog.services.answering import accept_suggestion, dismiss_suggestion
from lantai.catalog.services.describing import (
    DescribedMeanwhile,
    DescriptionRefused,
    HeldByAnother,
    NotToBeDescribed,
    ReviewRefused,
    describe_record,
    review_description,
)
from lantai.catalog.services.holding import drop_draft, hold_record, keep_draft, let_go_of_record, take_over_record
from lantai.catalog.services.looking import VIEWED
from lantai.catalog.typed_text import typed_values, typed_version
from lantai.common.components import Notice
from lantai.common.errors import Refused
from lantai.common.pages import show
from lantai.common.written import written_moment


def record_for_form(code: str, reader: Reader, now: datetime) -> RecordToDescribe:
    """The record for its form. Raises NoSuchRecord; common's Refused for one that may not or cannot be described."""
    try:
        record = record_to_describe(code=code, reader=reader, now=now)
    except NotForReader as refused:
        raise Refused(
            refused.decision.reason, who_may=[_("有相应密级权限的档案员")], advice=refused.decision.remedy
        ) from None
    if record.state != "held":
        raise Refused(_("这件档案已不在馆或已并入另一件，不能再著录。"), advice=_("请打开档案页查看它的去向和历史。"))
    return record


def open_form(request: HttpRequest, code: str, reader: Reader, now: datetime) -> HttpResponse:
    """The form, held for this person from now on; or who holds it. The look is told to the ledger."""
    record = record_for_form(code, reader, now)
    tell_look_at(request, record.record_code, reader, kind=VIEWED, what="describe", now=now)
    held = hold_record(record_id=record.id, person_id=reader.person_id or 0, now=now)
    if not held:
        record = record_to_describe(code=code, reader=reader, now=now)
    return show(request, describe_page(request, record, reader, held=held, typed=None, now=now))


def save(request: HttpRequest, code: str, reader: Reader, now: datetime) -> HttpResponse:
    """Save what was typed and go on; or show the form again with all that keeps it from being saved."""
    record = record_for_form(code, reader, now)
    by, values, version = actor_of(request), typed_values(request.POST), typed_version(request.POST)
    then = request.POST.get("then", "stay")
    if then == "take":
        _take_over(request, record, reader, now)
    try:
        described = describe_record(
            record_code=record.record_code,
            values=values,
            version=version,
            by=by,
            now=now,
            present=known_present(record),
        )
    except DescriptionRefused as refused:
        typed, status = Typed({**record.values, **values}, version, faults=refused.faults), 422
    except DescribedMeanwhile as meanwhile:
        typed, status = Typed({**record.values, **values}, version, others=meanwhile.others), 409
    except HeldByAnother as held:
        typed, status = Typed(values, version, blocked=True, notices=[held_notice(held)]), 409
    except NotToBeDescribed:
        raise Refused(_("这件档案已不在馆或已并入另一件，不能再著录。")) from None
    else:
        messages.success(request, _saved(described.changed, record))
        return HttpResponseRedirect(_after(request, record, reader, then))
    keep_draft(record_code=record.record_code, values=values, version=version, person_id=reader.person_id or 0, now=now)
    fresh = record_to_describe(code=code, reader=reader, now=now)
    page = describe_page(request, fresh, reader, held=not typed.blocked, typed=typed, now=now)
    return show(request, page, status=status)


def draft(request: HttpRequest, code: str, reader: Reader, now: datetime) -> HttpResponse:
    """Keep what was typed, prolong the hold, and say so; or throw the draft away."""
    record = record_for_form(code, reader, now)
    person = reader.person_id or 0
    here = reverse("record-describe", args=[record.record_code])
    if request.POST.get("draft") == "drop":
        drop_draft(record_id=record.id, person_id=person)
        messages.success(request, _("草稿已放弃，显示的是已保存的著录。"))
        return HttpResponseRedirect(here + _tail(request))
    keep_draft(
        record_code=record.record_code,
        values=typed_values(request.POST),
        version=typed_version(request.POST),
        person_id=person,
        now=now,
    )
    held = hold_record(record_id=record.id, person_id=person, now=now)
    said = "" if held else _held_words(record_to_describe(code=code, reader=reader, now=now))
    if request.headers.get("HX-Request") != "true":
        return HttpResponseRedirect(here + _tail(request))
    told = _("草稿已存 %(at)s") % {"at": f"{timezone.localtime(now):%H:%M:%S}"}
    return render(request, "catalog/draft.html", {"kept": told, "held_by": said})


def answer(request: HttpRequest, code: str, reader: Reader, now: datetime) -> HttpResponse:
    """Accept or dismiss the suggestion that was pressed; what was typed meanwhile is kept as draft."""
    record = record_for_form(code, reader, now)
    by, values, version = actor_of(request), typed_values(request.POST), typed_version(request.POST)
    rules, _rows = suggestion_rules(timezone.localdate(now))
    accepted, dismissed = request.POST.get("accept", ""), request.POST.get("dismiss", "")
    found = next((each for each in _proposed(request, record, reader, now) if each.key in (accepted, dismissed)), None)
    if found is None:
        keep_draft(
            record_code=record.record_code, values=values, version=version, person_id=reader.person_id or 0, now=now
        )
        messages.info(request, _("这条建议已经处理过，或正文已不再给出它。"))
    elif accepted:
        accept_suggestion(
            record_code=record.record_code,
            suggestion=found,
            rules=rules,
            values=values,
            version=version,
            by=by,
            now=now,
        )
        messages.success(request, _("建议已填入草稿，保存后才算数。"))
    else:
        keep_draft(
            record_code=record.record_code, values=values, version=version, person_id=reader.person_id or 0, now=now
        )
        dismiss_suggestion(record_code=record.record_code, suggestion=found, rules=rules, by=by, now=now)
    place = f"#e-{found.element}" if found is not None else ""
    return HttpResponseRedirect(reverse("record-describe", args=[record.record_code]) + _tail(request) + place)


def hold(request: HttpRequest, code: str, reader: Reader, now: datetime) -> HttpResponse:
    """Take the record over, or let go of it and look only."""
    record = record_for_form(code, reader, now)
    if request.POST.get("act") == "take":
        _take_over(request, record, reader, now)
        return HttpResponseRedirect(reverse("record-describe", args=[record.record_code]) + _tail(request))
    let_go_of_record(record_id=record.id, person_id=reader.person_id or 0)
    return HttpResponseRedirect(reverse("record", args=[record.record_code]))


def review(request: HttpRequest, code: str, reader: Reader, now: datetime) -> HttpResponse:
    """Pass the description, or say why this person cannot."""
    record = record_for_form(code, reader, now)
    back = reverse("record", args=[record.record_code])
    try:
        review_description(
            record_code=record.record_code, version=typed_version(request.POST), by=actor_of(request), now=now
        )
    except ReviewRefused:
        raise Refused(_("复核须由著录者以外的第二人进行，且档案已经著录。"), who_may=[_("另一位档案员")]) from None
    except DescribedMeanwhile:
        messages.warning(request, _("著录刚刚被修改，请核对后再复核。"))
        return HttpResponseRedirect(back)
    except HeldByAnother as held:
        messages.warning(request, held_notice(held).lead)
        return HttpResponseRedirect(back)
    messages.success(request, _("已复核通过。"))
    _before, behind = neighbours(record_id=record.id, queue="review", reader=reader)
    ahead = f"{reverse('record', args=[behind])}?queue=review" if behind else f"{reverse('describing')}?queue=review"
    return HttpResponseRedirect(ahead)


def _take_over(request: HttpRequest, record: RecordToDescribe, reader: Reader, now: datetime) -> None:
    take_over_record(
        record_code=record.record_code,
        by=actor_of(request),
        name=reader.name,
        link=reverse("record-describe", args=[record.record_code]),
        now=now,
    )


def _proposed(request: HttpRequest, record: RecordToDescribe, reader: Reader, now: datetime) -> list[Suggestion]:
    """The suggestions as they stood on the page: the same rules over the same file."""
    document = None
    if record.package is not None and record.package.components and record.acts[Act.READ].allowed:
        asked = asked_by(request, record.package.components)
        look = look_token(reader=reader, code=record.record_code, file=asked.file + 1, now=now)
        document = shown_document(record.package, record.record_code, asked, look, may_copy=False).document
    day = timezone.localdate(now)
    return suggestions_for(record, lines=lines_of(document), form=form_elements(record.level, day), on=day)


def held_notice(held: HeldByAnother) -> Notice:
    """What keeps a change from being saved while somebody else holds the record."""
    reference = f"person:{held.editing.person_id}"
    name = names_of(references={reference}).get(reference, reference)
    lead = _("%(name)s 在 %(at)s 接手了这件档案的著录，您的改动没有保存。") % {
        "name": name,
        "at": written_moment(held.editing.since),
    }
    return Notice("warn", lead, _("您填写的内容还在本页，并已留作草稿。可以接手并保存，也可以离开，以后再继续。"))


def _held_words(record: RecordToDescribe) -> str:
    if record.editing is None:
        return ""
    reference = f"person:{record.editing.person_id}"
    name = names_of(references={reference}).get(reference, reference)
    return _("%(name)s 已接手著录；您填写的内容留作草稿。") % {"name": name}


def _saved(changed: tuple[str, ...], record: RecordToDescribe) -> str:
    code = record.archive_code or record.record_code
    if not changed:
        return _("%(code)s 的著录已确认，没有改动。") % {"code": code}
    return _("%(code)s 的著录已保存，改动 %(n)s 项，记入历史。") % {"code": code, "n": len(changed)}


def _after(request: HttpRequest, record: RecordToDescribe, reader: Reader, then: str) -> str:
    """Where to go after saving: the next record of the queue, else the same one."""
    queue = queue_asked(request)
    if then == "next":
        _before, behind = neighbours(record_id=record.id, queue=queue, reader=reader)
        if behind:
            return reverse("record-describe", args=[behind]) + (f"?queue={queue}" if queue else "")
        return f"{reverse('describing')}?queue={queue or 'undescribed'}"
    return reverse("record-describe", args=[record.record_code]) + _tail(request)


def _tail(request: HttpRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""
