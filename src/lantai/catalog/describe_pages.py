"""The describing page (著录), built: page image, text and the form of DA/T 18 side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from django.core import signing
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader, names_of
from lantai.archival.description import description_areas
from lantai.catalog.describing import element_name
from lantai.catalog.documents import asked_by, shown_document
from lantai.catalog.elements import Fault, FormElement, day_formed, decided_elsewhere, elements_of
from lantai.catalog.looks import look_token
from lantai.catalog.queries import Act
from lantai.catalog.queries.describing import QUEUES, Others, RecordToDescribe, changed_since, neighbours
from lantai.catalog.queries.suggesting import Line, Suggestion, source_of, suggestions_for
from lantai.common.components import Act as Button
from lantai.common.components import Link, Notice, Pair, Tab
from lantai.common.pages import Page
from lantai.common.shown_documents import Document
from lantai.common.written import written_day, written_moment, written_retention

TYPED = "lantai.catalog.typed"
"""What the token of a form is signed for: it lets text typed before a session ended become that person's draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One element on the form: what is typed, what is wrong, what is proposed, what somebody else saved meanwhile."""

    key: str
    name: str
    obligation: str
    control: str
    value: str
    hint: str = ""
    fault: str = ""
    choices: Sequence[str] = ()
    suggestions: Sequence[Suggestion] = ()
    source: Line | None = None
    theirs: str | None = None


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """The elements of one area; ``more`` are optional ones that are empty, folded."""

    title: str
    fields: Sequence[FormField]
    more: Sequence[FormField]


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribePage(Page):
    """The form of a description beside the record's pages and text. Without ``groups`` somebody else holds it."""

    template: ClassVar[str] = "catalog/describe.html"
    code: str
    states: Sequence[tuple[str, str]] = ()
    queue: str = ""
    previous: str = ""
    following: str = ""
    documents: Sequence[Tab] = ()
    document: Document | None = None
    refused: Notice | None = None
    notices: Sequence[Notice] = ()
    faults: Sequence[Link] = ()
    groups: Sequence[FieldGroup] = ()
    decided: Sequence[Pair] = ()
    version: int = 0
    token: str = ""
    kept: str = ""
    has_draft: bool = False
    english: bool = False
    action: str = ""
    draft_at: str = ""
    answer_at: str = ""
    hold_at: str = ""
    look_only: str = ""
    held: bool = True
    decisions: Sequence[Button] = ()
    consequence: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed so far, from which version, what is wrong with it, and what others saved meanwhile."""

    values: Mapping[str, str]
    version: int
    faults: Sequence[Fault] = ()
    others: Others | None = None
    blocked: bool = False
    notices: Sequence[Notice] = field(default_factory=tuple)


def queue_asked(request: HttpRequest) -> str:
    """The queue that the address names; none for nonsense."""
    asked = request.GET.get("queue", "")
    return asked if asked in QUEUES else ""


def describe_page(
    request: HttpRequest, record: RecordToDescribe, reader: Reader, *, held: bool, typed: Typed | None, now: datetime
) -> DescribePage:
    """The page for *record*; *held* says that this reader holds it, *typed* what he sent and could not be saved."""
    asked = asked_by(request, record.package.components if record.package else ())
    readable = record.acts[Act.READ].allowed
    queue = queue_asked(request)
    before, behind = neighbours(record_id=record.id, queue=queue, reader=reader)
    shown = None
    if record.package is not None and record.package.components and readable:
        look = look_token(reader=reader, code=record.record_code, file=asked.file + 1, now=now)
        may_copy = record.acts[Act.COPY].allowed
        shown = shown_document(record.package, record.record_code, asked, look, may_copy=may_copy)
    document = shown.document if shown else None
    work = typed or draft_work(record)
    values = dict(work.values) if work else dict(record.values)
    theirs, notices = _merged(record, work, values)
    tail = f"?file={asked.file + 1}" + (f"&queue={queue}" if queue else "")
    here = reverse("record-describe", args=[record.record_code])
    formed = day_formed(values, day_formed(record.values, timezone.localdate(now)))
    form = elements_of(record.level, on=timezone.localdate(now), formed=formed)
    lines = lines_of(document)
    proposed = suggestions_for(record, lines=lines, form=form, on=timezone.localdate(now)) if held else []
    decision = record.acts[Act.READ]
    return DescribePage(
        title=record.values["title"],
        here="describing",
        code=record.archive_code or record.record_code,
        back=[
            Link(_("著录与复核"), f"{reverse('describing')}?queue={queue or 'undescribed'}"),
            Link(record.archive_code or record.record_code, reverse("record", args=[record.record_code]), code=True),
            Link(_("著录")),
        ],
        states=_states(record),
        facts=_facts(record),
        previous=f"{reverse('record-describe', args=[before])}?queue={queue}" if before else "",
        following=f"{reverse('record-describe', args=[behind])}?queue={queue}" if behind else "",
        documents=shown.documents if shown else (),
        document=document,
        refused=None if readable or record.package is None else Notice("info", decision.reason, decision.remedy),
        notices=[*work_notices(record, work, held), *notices],
        faults=_fault_links(work, form),
        groups=_groups(form, values, work, theirs, proposed, lines, formed)
        if held or (work is not None and work.blocked)
        else (),
        decided=_decided(record, now),
        version=record.version if work is None or work.others is not None or typed is None else work.version,
        token=signing.dumps({"p": reader.person_id, "r": record.record_code}, salt=TYPED),
        kept=written_moment(record.draft.kept_at) if record.draft else "",
        has_draft=record.draft is not None,
        english=get_language() == "en",
        action=here + tail,
        draft_at=reverse("record-draft", args=[record.record_code]),
        answer_at=reverse("record-suggestion", args=[record.record_code]) + tail,
        hold_at=reverse("record-hold", args=[record.record_code]) + tail,
        look_only=reverse("record", args=[record.record_code]),
        held=held,
        decisions=_decisions(record, work, bool(behind), held),
        consequence=_("保存会写入一条历史记录，并更新检索。"),
    )


def draft_work(record: RecordToDescribe) -> Typed | None:
    """The draft that this person left, with what others saved since it was begun."""
    draft = record.draft
    if draft is None or all(record.values.get(key) == value for key, value in draft.values.items()):
        return None
    late = draft.version != record.version
    others = changed_since(record_code=record.record_code, version=draft.version) if late else None
    return Typed({**record.values, **draft.values}, record.version, others=others)


def lines_of(document: Document | None) -> list[Line]:
    """The lines of the file on view."""
    pages = document.pages if document is not None else ()
    return [Line(page.number, line.key, line.text) for page in pages for line in page.lines]


def _merged(
    record: RecordToDescribe, work: Typed | None, values: dict[str, str]
) -> tuple[dict[str, str], list[Notice]]:
    """Take what others changed and this person did not into *values*; what both changed differently stands beside."""
    if work is None or work.others is None:
        return {}, []
    others = work.others
    theirs, taken = {}, []
    for key, after in others.after.items():
        if values.get(key) == others.before.get(key):
            values[key] = after
            taken.append(key)
        elif values.get(key) != after:
            theirs[key] = after
    name = names_of(references={others.by}).get(others.by, others.by)
    told = {
        "name": name,
        "at": written_moment(others.at),
        "fields": _("、").join(element_name(key) for key in others.after),
    }
    lead = _("%(name)s 已在 %(at)s 保存了这件档案的著录：%(fields)s。") % told
    if theirs:
        text = _("您也改了其中 %(n)s 项，对方的值列在旁边；核对后再保存，就以您的为准。") % {"n": len(theirs)}
        return theirs, [Notice("warn", lead, text)]
    return theirs, [Notice("info", lead, _("您没有改这些项，已采用对方的值；您的改动还未保存。"))]


def work_notices(record: RecordToDescribe, work: Typed | None, held: bool) -> list[Notice]:
    """What is to be said above the form: a restored draft, who holds the record."""
    notices = list(work.notices) if work is not None else []
    if work is not None and record.draft is not None and not work.faults and not work.blocked and held:
        at = written_moment(record.draft.kept_at)
        notices.append(Notice("info", _("已恢复您 %(at)s 的草稿，尚未保存。") % {"at": at}))
    editing = record.editing
    if not held and editing is not None:
        reference = f"person:{editing.person_id}"
        name = names_of(references={reference}).get(reference, reference)
        told = {"name": name, "since": written_moment(editing.since), "until": written_moment(editing.until)}
        lead = _("%(name)s 正在著录这件档案（%(since)s 起）。") % told
        text = (
            _("对方停止操作后，锁定至 %(until)s 自动解除。您可以只查看，也可以接手：对方会收到通知，其草稿保留。")
            % told
        )
        notices.append(Notice("warn", lead, text))
    return notices


def _states(record: RecordToDescribe) -> list[tuple[str, str]]:
    states = [(record.open_state, ""), (record.state, "")]
    if record.reviewed_at is not None:
        states.append(("pass", _("已复核")))
    elif record.described_at is not None:
        states.append(("todo", _("待复核")))
    else:
        states.append(("todo", _("待著录")))
    return states


def _facts(record: RecordToDescribe) -> str:
    if record.described_at is None:
        return ""
    reference = f"person:{record.described_by}"
    name = names_of(references={reference}).get(reference, reference)
    return _("%(name)s 于 %(at)s 著录") % {"name": name, "at": written_moment(record.described_at)}


def fault_said(fault: Fault) -> str:
    """A fault as people read it."""
    match fault.reason:
        case "missing":
            return _("必备项，不能为空")
        case "missing-present":
            return _("这份文件有文号，有则必著")
        case "outside" if fault.list:
            return _("不在代码表 %(list)s 版之内") % {"list": fault.list}
        case "outside":
            return _("不在可选的值之内")
        case "form" if fault.key == "date":
            return _("日期应为 8 位数字（如 20260301），起止用“-”连接，推断的加方括号")
        case "form" if fault.key == "archives_code":
            return _("应为 6 位数字")
        case "too-long":
            return _("至多 %(limit)s 个字符") % {"limit": fault.limit}
        case "identity-number":
            return _("含有身份证件号码；证件号码不著录")
        case "not-text":
            return _("含有不能保存的控制字符")
        case "span":
            return _("结束日期早于开始日期")
    return _("不符合 DA/T 18 的规定")


def _fault_links(work: Typed | None, form: Sequence[FormElement]) -> list[Link]:
    faults = {each.key: each for each in work.faults} if work is not None else {}
    return [
        Link(f"{element_name(each.key)}{_('：')}{fault_said(faults[each.key])}", f"#e-{each.key}")
        for each in form
        if each.key in faults
    ]


def _groups(
    form: Sequence[FormElement],
    values: Mapping[str, str],
    work: Typed | None,
    theirs: Mapping[str, str],
    proposed: Sequence[Suggestion],
    lines: Sequence[Line],
    formed: date,
) -> list[FieldGroup]:
    english = get_language() == "en"
    faults = {each.key: fault_said(each) for each in work.faults} if work is not None else {}
    groups = []
    for area, names in description_areas().items():
        fields: list[FormField] = []
        more: list[FormField] = []
        for each in form:
            if each.area != area:
                continue
            mine = [one for one in proposed if one.element == each.key]
            source = next((one.line for one in mine if one.line is not None), None)
            made = FormField(
                key=each.key,
                name=element_name(each.key),
                obligation=each.obligation,
                control=each.control,
                value=values.get(each.key, ""),
                hint=_hint(each, formed),
                fault=faults.get(each.key, ""),
                choices=_choices(each, values.get(each.key, "")),
                suggestions=mine,
                source=source_of(values.get(each.key, ""), each.key, lines) or source,
                theirs=theirs.get(each.key),
            )
            shown = each.obligation != "O" or made.value or mine or made.fault or made.theirs is not None
            (fields if shown else more).append(made)
        if fields or more:
            groups.append(FieldGroup(names[1].capitalize() if english else names[0], fields, more))
    return groups


def _hint(element: FormElement, formed: date) -> str:
    """What the form says beside an element; for a coded one also which version of its list is offered, and why."""
    if not element.list_version:
        return element.hint_en if get_language() == "en" else element.hint_zh
    told = {"list": element.list_name, "version": element.list_version, "day": written_day(formed)}
    return _("代码表：%(list)s %(version)s 版，按形成日期 %(day)s 取用") % told


def _choices(element: FormElement, value: str) -> Sequence[str]:
    """The values to choose from, with the one that stands there now even where it is none of them."""
    outside = [value] if element.control == "choice" and value and value not in element.values else []
    return [*element.values, *outside]


def _decided(record: RecordToDescribe, now: datetime) -> list[Pair]:
    english = get_language() == "en"
    pairs = []
    for key, where in decided_elsewhere(record.level, timezone.localdate(now)).items():
        value = record.decided[key]
        said = written_retention(value) if key == "retention" else value
        pairs.append(Pair(element_name(key), said, code=key == "archival_code", note=where[1] if english else where[0]))
    return pairs


def _decisions(record: RecordToDescribe, work: Typed | None, more: bool, held: bool) -> list[Button]:
    if work is not None and work.blocked:
        return [Button(_("接手并保存"), kind="primary", name="then", value="take", key="mod+enter")]
    if not held:
        return [Button(_("接手编辑"), kind="primary", name="act", value="take", key="mod+enter")]
    stay = Button(_("保存"), name="then", value="stay") if more else None
    words = _("保存并到下一件") if more else _("保存")
    primary = Button(
        words, kind="primary", name="then", value="next" if more else "stay", key="mod+enter", icon="check"
    )
    return [each for each in (stay, primary) if each is not None]
