"""The record page, built: page images and text of one file, and the tabs beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.administration.queries.people import Reader
from lantai.catalog.describing import checks_of, description_groups, form_of, history_of, name_of, names_around
from lantai.catalog.documents import TABS, Asked, asked_by, shown_document
from lantai.catalog.kept_forms import forms_parts
from lantai.catalog.looks import look_token, record_or_refusal, tell_look
from lantai.catalog.proving import proof_view
from lantai.catalog.queries import Act, Decision, RecordView
from lantai.catalog.record_acts import (
    describing_acts,
    export_acts,
    may_describe,
    merged_notices,
    review_decisions,
    states_of,
)
from lantai.catalog.relate_pages import Relating, relating_form, relations_table
from lantai.catalog.services.looking import VIEWED
from lantai.catalog.signed_files import signed_parts
from lantai.catalog.walking import walk_past
from lantai.common.components import Act as Button
from lantai.common.components import (
    Cell,
    CheckGroup,
    Column,
    Event,
    Link,
    Notice,
    Row,
    Tab,
    Table,
)
from lantai.common.pages import RecordPage
from lantai.common.paging import portion_asked
from lantai.common.written import written_size

FILES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivalRecordPage(RecordPage):
    """A record with the table of its files as one more tab."""

    template: ClassVar[str] = "catalog/record.html"
    files: Table | None = None
    package: Button | None = None
    relating: Relating | None = None
    signatures: Sequence[CheckGroup] = ()
    judgements: Sequence[Event] = ()
    rejudge: str = ""
    forms: Table | None = None
    copies: Sequence[CheckGroup] = ()
    copying: str = ""
    worsened: bool = False


def record_page(request: HttpRequest, code: str, reader: Reader, now: datetime) -> ArchivalRecordPage:
    """One record for one reader. What was looked at is noted before it is shown.

    Raises NoSuchRecord, common's Refused.
    """
    record = record_or_refusal(code, reader)
    components = record.package.components if record.package else ()
    readable = record.acts[Act.READ].allowed
    asked = asked_by(request, components, record.summary.id if readable else 0)
    what = f"{asked.tab}, file {asked.file + 1}" if readable and components else asked.tab
    tell_look(request, record, reader, kind=VIEWED, what=what, now=now)
    summary = record.summary
    body, class_name = names_around(record)
    walked = walk_past(request, record, reader)
    page = ArchivalRecordPage(
        title=summary.title,
        here="search",
        code=summary.archive_code or summary.record_code,
        back=[
            Link(_("统一检索"), reverse("search")),
            Link(f"{summary.fonds_code}", f"{reverse('search')}?fonds={summary.fonds_code}"),
            Link(summary.archive_code or summary.record_code, code=True),
        ],
        states=states_of(record),
        facts=" · ".join(
            each
            for each in (
                body,
                ngettext("%(files)s 个文件", "%(files)s 个文件", summary.files) % {"files": summary.files}
                if summary.files
                else _("无电子文件"),
                written_size(record.bytes) if record.bytes else "",
            )
            if each
        ),
        acts=[*_acts(record), *export_acts(record, reader), *describing_acts(record, reader)],
        notices=merged_notices(record),
        decisions=review_decisions(record, reader),
        consequence=_("复核须由著录者以外的人进行，结果记入历史。"),
        action=reverse("record-review", args=[summary.record_code]),
        refused=None if readable or not components else _refused(record.acts[Act.READ]),
        tabs=_tabs(record, asked, reader),
        tab=asked.tab,
        queue=walked.place if walked else "",
        queue_at=walked.back if walked else "",
        previous=walked.previous if walked else "",
        following=walked.following if walked else "",
    )
    look = look_token(reader=reader, code=summary.record_code, file=asked.file + 1, now=now)
    if readable and record.package and components:
        may_copy = record.acts[Act.COPY].allowed
        shown = shown_document(record.package, summary.record_code, asked, look, may_copy=may_copy)
        page = replace(page, document=shown.document, documents=shown.documents)
    return _with_tab(page, request, record, asked, reader, class_name)


def _acts(record: RecordView) -> list[Button]:
    """Download of the package, for those who may copy; others read why not."""
    if record.package is None or not record.package.whole:
        return []
    decision = record.acts[Act.COPY]
    return [
        Button(
            _("下载原包"),
            href=reverse("record-package", args=[record.summary.record_code]),
            icon="download",
            reason="" if decision.allowed else f"{decision.reason}{_('；')}{decision.remedy}",
            download=True,
        )
    ]


def _refused(decision: Decision) -> Notice:
    return Notice("info", decision.reason, decision.remedy)


def _tabs(record: RecordView, asked: Asked, reader: Reader) -> list[Tab]:
    names = {
        "description": _("著录"),
        "files": _("文件"),
        "forms": _("保存形式"),
        "checks": _("检测"),
        "relations": _("关联"),
        "history": _("历史"),
        "proof": _("凭证"),
    }
    related = len(record.relations) + len(record.related) + len(record.children)
    counts = {"files": record.summary.files, "relations": related}
    return [
        Tab(
            names[each],
            f"{asked.address(tab=each)}#lt-about",
            here=each == asked.tab,
            count=counts.get(each) or None,
        )
        for each in TABS
        if each in ("description", "history", "proof", asked.tab)
        or (each in ("checks", "forms") and record.package is not None)
        or (each == "relations" and may_describe(record, reader))
        or counts.get(each)
    ]


def _with_tab(
    page: ArchivalRecordPage,
    request: HttpRequest,
    record: RecordView,
    asked: Asked,
    reader: Reader,
    class_name: str,
) -> ArchivalRecordPage:
    """The page with the content of its open tab."""
    match asked.tab:
        case "files" if record.package is not None:
            return replace(page, files=_files(request, record, asked))
        case "forms" if record.package is not None:
            return replace(page, **forms_parts(record, reader))
        case "checks" if record.package is not None:
            groups, ruling = checks_of(record)
            return replace(page, groups=groups, ruling=ruling, **signed_parts(record, reader))
        case "relations":
            return replace(page, relations=relations_table(record), relating=relating_form(request, record, reader))
        case "history":
            return replace(page, history=history_of(record))
        case "proof":
            return replace(page, proof=proof_view(record))
    return replace(page, tab="description", description=description_groups(record, class_name))


def _files(request: HttpRequest, record: RecordView, asked: Asked) -> Table:
    components = record.package.components if record.package else ()
    numbered = list(enumerate(components, 1))
    found = portion_asked(
        request, size=FILES, read=lambda offset, limit: (numbered[offset : offset + limit], len(numbered))
    )
    may, code = record.acts[Act.COPY].allowed, record.summary.record_code
    return Table(
        label=_("文件"),
        columns=[Column(_("名称")), Column(_("操作"), hidden=True)],
        rows=[
            Row(
                [
                    Cell(
                        name_of(each),
                        href=asked.address(file=number - 1, tab="files") if record.acts[Act.READ].allowed else "",
                        more=" · ".join(part for part in (form_of(each), each.puid, written_size(each.size)) if part),
                        main=True,
                        wide=True,
                    ),
                    Cell(
                        acts=[Button(_("下载"), href=reverse("record-file", args=[code, number]), download=True)]
                        if may
                        else []
                    ),
                ],
                name=name_of(each),
            )
            for number, each in found.lines
        ],
        pager=found.pager if found.pager.pages > 1 else None,
        keyed=False,
    )
