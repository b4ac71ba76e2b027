"""Fonds, their fonds files (全宗卷) and guides (全宗指南)."""

from __future__ import annotations

import mimetypes
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lantai.administration.body_forms import FindFondsForm, FondsEntryForm, FondsGuideForm, NewFondsForm
from lantai.administration.models import Fonds, FondsGuide, Role
from lantai.administration.queries.fonds_files import (
    EntryRow,
    FondsRow,
    fonds_entry,
    fonds_file,
    guides_of,
    list_fonds_rows,
)
from lantai.administration.queries.lists import code_choices
from lantai.administration.queries.succession import changes_of_fonds
from lantai.administration.services.bodies import NewFonds, open_fonds
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.fonds_files import (
    NewFondsEntry,
    NewFondsGuide,
    add_fonds_entry,
    publish_fonds_guide,
)
from lantai.administration.services.people_access import actor_of, roles
from lantai.administration.views.showing import DetailPage, Part, moment_words, plain_table, span_words
from lantai.common.components import Act, Cell, Column, Empty, Event, Link, Pair, PairGroup, Row, Table
from lantai.common.pages import FormPage, ListPage, show
from lantai.common.paging import portion_asked

PAGE = 50
HERE = "fonds-list"


@roles(Role.ARCHIVIST)
@require_safe
def fonds_list(request: HttpRequest) -> HttpResponse:
    """List the fonds."""
    form = FindFondsForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    found = portion_asked(
        request, size=PAGE, read=lambda offset, limit: list_fonds_rows(**asked, offset=offset, limit=limit)
    )
    page = ListPage(
        title=_("全宗与全宗卷"),
        here=HERE,
        acts=[Act(_("开立全宗"), href=resolve_url("fonds-new"), icon="plus", kind="primary")],
        form=form,
        reset=resolve_url(HERE),
        table=_table(found.lines, found.pager),
    )
    return show(request, page)


def _table(rows: Any, pager: Any) -> Table:
    headings = (_("全宗号"), _("全宗名称"), _("立档单位"), _("起止"), _("全宗卷"), _("状态"))
    return Table(
        label=_("全宗"),
        columns=[Column(each) for each in headings],
        rows=[Row(_cells(each), key=each.code, name=each.name) for each in rows],
        pager=pager,
        empty=Empty("sitemap", _("没有符合条件的全宗"), _("换一个条件，或开立新的全宗。")),
    )


def _cells(row: FondsRow) -> list[Cell]:
    return [
        Cell(row.code, href=resolve_url("fonds", row.code), mono=True),
        Cell(row.name, main=True),
        Cell(row.organisation, href=resolve_url("organisation", row.organisation_code)),
        Cell(span_words(row.begins_on, row.ends_on), whole=True),
        Cell(_("%(number)d 件") % {"number": row.entries} if row.entries else ""),
        Cell(state="inactive" if row.ends_on else "active", state_text=_("已截止") if row.ends_on else _("现行")),
    ]


@roles(Role.ARCHIVIST)
@require_safe
def fonds(request: HttpRequest, code: str) -> HttpResponse:
    """Show one fonds with its file, its guide and its bodies over time."""
    row = get_object_or_404(Fonds.objects.select_related("organisation"), code=code)
    return show(request, _fonds_page(row))


def _fonds_page(row: Fonds) -> DetailPage:
    guides = guides_of(fonds=row)
    return DetailPage(
        title=row.name,
        here=HERE,
        back=[Link(_("全宗与全宗卷"), resolve_url(HERE)), Link(row.code, code=True)],
        groups=[PairGroup(_("登记信息"), _pairs(row))],
        parts=_parts(row, guides),
        texts=_guide_texts(guides),
        bar=[
            Act(_("编写全宗指南"), href=resolve_url("fonds-guide", row.code)),
            Act(_("归入全宗卷"), href=resolve_url("fonds-entry-new", row.code), kind="primary"),
        ],
        say=_("全宗卷文件只增不改；更新的文件注明取代哪一件。"),
    )


def _pairs(row: Fonds) -> list[Pair]:
    body = row.organisation
    return [
        Pair(_("全宗号"), row.code, code=True, copy=True),
        Pair(_("立档单位"), body.name, href=resolve_url("organisation", body.code)),
        Pair(_("起止"), span_words(row.begins_on, row.ends_on)),
        Pair(_("说明"), row.note or "—"),
    ]


def _parts(row: Fonds, guides: list[FondsGuide]) -> list[Part]:
    headings = (_("件号"), _("类别"), _("题名"), _("形成日期"), _("内容"), _("登记"))
    entries = [Row(_entry_cells(row.code, each)) for each in fonds_file(fonds=row)]
    empty = _("全宗卷还没有文件")
    parts = [Part(title=_("全宗卷"), table=plain_table(_("全宗卷"), headings, entries, empty, "file-text"))]
    changes = [
        Event(
            each.kind_label,
            at=each.day.isoformat(),
            by=each.basis,
            detail=f"{' + '.join(name for _code, name in each.before)} → "
            f"{' + '.join(name for _code, name in each.after) or _('（无）')}",
            stands="now",
        )
        for each in changes_of_fonds(fonds=row)
    ]
    if changes:
        parts.append(Part(title=_("立档单位变更"), events=changes))
    if guides:
        versions = [
            Row([Cell(each.valid_from.isoformat(), main=True), Cell(moment_words(each.recorded_at))]) for each in guides
        ]
        parts.append(
            Part(
                title=_("全宗指南各版"), table=plain_table(_("全宗指南各版"), (_("生效日期"), _("登记时间")), versions)
            )
        )
    return parts


def _entry_cells(code: str, row: EntryRow) -> list[Cell]:
    holds = [_("正文")] * row.has_text + ([f"{row.file_name}（{filesizeformat(row.size)}）"] if row.file_name else [])
    replaced = _("已由第 %(number)d 件取代") % {"number": row.replaced} if row.replaced else ""
    return [
        Cell(str(row.number)),
        Cell(row.part),
        Cell(row.title, href=resolve_url("fonds-entry", code, row.number), main=True, more=replaced),
        Cell(row.made_on.isoformat(), whole=True),
        Cell("、".join(holds), wide=True),
        Cell(moment_words(row.recorded_at), more=row.recorded_by, whole=True),
    ]


def _guide_texts(guides: list[FondsGuide]) -> list[Pair]:
    today = timezone.localdate()
    guide = next((each for each in guides if each.valid_from <= today), None)
    if guide is None:
        return []
    named = (
        (_("立档单位沿革"), guide.history),
        (_("档案内容与成分"), guide.scope),
        (_("整理情况"), guide.arrangement),
        (_("利用规定"), guide.access),
        (_("检索工具"), guide.aids),
    )
    return [Pair(f"{_('全宗指南')} · {name}", text) for name, text in named if text]


def _form_page(form: Any, title: str, back: list[Link], warning: str = "", act: str = "") -> FormPage:
    return FormPage(
        title=title,
        here=HERE,
        back=[Link(_("全宗与全宗卷"), resolve_url(HERE)), *back, Link(title)],
        form=form,
        submit=Act(act or title, kind="primary"),
        cancel=back[0].href if back else resolve_url(HERE),
        warning=warning,
    )


@roles(Role.ARCHIVIST)
def fonds_new(request: HttpRequest) -> HttpResponse:
    """Open a fonds."""
    form = NewFondsForm(request.POST or None)
    if form.is_valid():
        try:
            open_fonds(fonds=[NewFonds(**form.cleaned_data)], by=actor_of(request), now=timezone.now())
            messages.success(request, _("已开立全宗 %(code)s。") % {"code": form.cleaned_data["code"]})
            return redirect("fonds", form.cleaned_data["code"])
        except ReferenceRefused as refused:
            form.add_error(None, str(refused))
    return show(request, _form_page(form, _("开立全宗"), [], _("全宗号一经使用不再改变，也不再分配给其他全宗。")))


@roles(Role.ARCHIVIST)
def fonds_entry_new(request: HttpRequest, code: str) -> HttpResponse:
    """Put a document into the fonds file."""
    row = get_object_or_404(Fonds, code=code)
    form = _entry_form(request, row)
    if form.is_valid():
        try:
            made = add_fonds_entry(entry=_entry_of(form, code), by=actor_of(request), now=timezone.now())
            messages.success(request, _("已归入全宗卷，件号 %(number)d。") % {"number": made.number})
            return redirect("fonds", code)
        except ReferenceRefused as refused:
            form.add_error(None, str(refused))
    back = [Link(row.name, resolve_url("fonds", code))]
    return show(request, _form_page(form, _("归入全宗卷"), back, _("登记后不能修改或删除。")))


def _entry_form(request: HttpRequest, row: Fonds) -> FondsEntryForm:
    standing = [(each.number, f"{each.number} {each.title}") for each in fonds_file(fonds=row) if not each.replaced]
    given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    return FondsEntryForm(*given, parts=code_choices(key="fonds-file"), earlier=standing)


def _entry_of(form: FondsEntryForm, code: str) -> NewFondsEntry:
    data = dict(form.cleaned_data)
    file = data.pop("file")
    name = file.name.replace("\\", "/").rpartition("/")[2][:200] if file else ""
    return NewFondsEntry(fonds=code, file_name=name, content=file.read() if file else None, **data)


@roles(Role.ARCHIVIST)
@require_safe
def fonds_entry_page(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Show one document of the fonds file; a file is offered for download."""
    row = get_object_or_404(Fonds, code=code)
    entry = next((each for each in fonds_file(fonds=row) if each.number == number), None)
    content = fonds_entry(fonds=code, number=number)
    if entry is None or content is None:
        raise Http404
    return show(request, _entry_page(row, entry, content.text))


def _entry_page(row: Fonds, entry: EntryRow, text: str) -> DetailPage:
    file = resolve_url("fonds-entry-file", row.code, entry.number)
    return DetailPage(
        title=entry.title,
        here=HERE,
        back=[
            Link(_("全宗与全宗卷"), resolve_url(HERE)),
            Link(row.name, resolve_url("fonds", row.code)),
            Link(str(entry.number)),
        ],
        acts=[Act(_("下载文件"), href=file, icon="download", download=True)] if entry.file_name else [],
        groups=[PairGroup(_("登记信息"), _entry_pairs(entry))],
        texts=[Pair(_("正文"), text)] if text else [],
    )


def _entry_pairs(row: EntryRow) -> list[Pair]:
    return [
        Pair(_("类别"), row.part),
        Pair(_("形成日期"), row.made_on.isoformat()),
        Pair(_("文件名"), row.file_name or "—"),
        Pair(_("SHA-256"), row.sha256, code=True, copy=True),
        Pair(_("登记"), moment_words(row.recorded_at), note=row.recorded_by),
        Pair(_("取代情况"), _("已由第 %(number)d 件取代") % {"number": row.replaced} if row.replaced else _("现行")),
    ]


@roles(Role.ARCHIVIST)
@require_safe
def fonds_entry_file(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """Give the file of one document of the fonds file, never shown inside the site."""
    entry = fonds_entry(fonds=code, number=number)
    if entry is None or entry.content is None:
        raise Http404
    kind = mimetypes.guess_type(entry.file_name)[0] or "application/octet-stream"
    response = HttpResponse(entry.content, content_type=kind)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(entry.file_name)}"
    return response


@roles(Role.ARCHIVIST)
def fonds_guide(request: HttpRequest, code: str) -> HttpResponse:
    """Write a version of the fonds' guide, beginning from the last one."""
    row = get_object_or_404(Fonds, code=code)
    last = next(iter(guides_of(fonds=row)), None)
    names = ("history", "scope", "arrangement", "access", "aids")
    form = FondsGuideForm(request.POST or None, initial={each: getattr(last, each) for each in names} if last else {})
    if form.is_valid():
        try:
            guide = NewFondsGuide(fonds=code, **form.cleaned_data)
            publish_fonds_guide(guide=guide, by=actor_of(request), now=timezone.now())
            messages.success(request, _("已发布全宗指南。"))
            return redirect("fonds", code)
        except ReferenceRefused as refused:
            form.add_error("valid_from", str(refused))
    back, warning = [Link(row.name, resolve_url("fonds", code))], _("发布为新版本；以前的版本保留。")
    return show(request, _form_page(form, _("编写全宗指南"), back, warning, _("发布新版本")))
