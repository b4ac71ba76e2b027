"""Catalogue imports: list, upload, crosswalk, dry run, import, files; and the export that is read back."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lantai.administration.queries.people import Role, reader_of
from lantai.administration.services.people_access import actor_of, roles, unattended
from lantai.archival.tables import OutputKind
from lantai.common.pages import show
from lantai.ingest import import_files, import_line_pages, import_mapping_pages, import_pages
from lantai.ingest import import_queries as queries
from lantai.ingest.import_export import MOST, selected_codes
from lantai.ingest.import_forms import ExportForm, NewImportForm
from lantai.ingest.import_words import refusal_words
from lantai.ingest.models import ImportState
from lantai.ingest.services.imports import (
    ImportRefused,
    MappingRefused,
    choose_header,
    queue_check,
    queue_import,
    receive_catalogue,
    save_crosswalk,
    use_rules,
)
from lantai.ingest.services.imports.exporting import note_export, wanted_records
from lantai.work.services import NoSuchList


@roles(Role.ARCHIVIST)
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """The imports, newest first."""
    return show(request, import_pages.imports_page(request))


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Bring a catalogue and its files."""
    form = NewImportForm(request.POST, request.FILES) if request.method == "POST" else NewImportForm()
    if not (form.is_bound and form.is_valid()):
        return show(request, import_pages.new_page(form))
    table, files, memo = (form.cleaned_data[name] for name in ("table", "attached", "memo"))
    beside: dict[str, Any] = {"attached": (files.name, files.file) if files else None, "memo": memo and memo.file}
    try:
        by = actor_of(request)
        made = receive_catalogue(name=table.name, stream=table.file, **beside, by=by, now=timezone.now())
    except ImportRefused as refused:
        return show(request, import_pages.new_page(form, refusal_words(refused)))
    return redirect("import" if made.state == ImportState.LOOKING else "import-crosswalk", made.pk)


@roles(Role.ARCHIVIST)
@require_safe
def one(request: HttpRequest, catalogue_id: int) -> HttpResponse:
    """One import: how far it is, and what is next."""
    try:
        return show(request, import_pages.import_page(catalogue_id))
    except queries.NoSuchImport:
        raise Http404 from None


@unattended
@roles(Role.ARCHIVIST)
@require_safe
def progress(request: HttpRequest, catalogue_id: int) -> HttpResponse:
    """The same page, asked again by itself every few seconds while its job runs."""
    try:
        return show(request, import_pages.import_page(catalogue_id))
    except queries.NoSuchImport:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def crosswalk(request: HttpRequest, catalogue_id: int) -> HttpResponse:
    """Say what each column becomes; look at the first lines; keep the crosswalk; have everything checked."""
    view = _view(catalogue_id)
    if not import_mapping_pages.may_change(view):
        return redirect("import", catalogue_id)
    form = import_mapping_pages.crosswalk_form(request, view)
    act = request.POST.get("act", "preview")
    if act == "preview" or not form.is_valid():
        return show(request, import_mapping_pages.crosswalk_page(view, form))
    try:
        return _carry_out(request, catalogue_id, form.rules(), form.cleaned_data["name"], act)
    except MappingRefused as refused:
        if refused.code == "closed":  # pressed twice: the first press is under way
            return redirect("import", catalogue_id)
        return show(request, import_mapping_pages.crosswalk_page(view, form, refusal_words(refused)))


def _carry_out(
    request: HttpRequest, catalogue_id: int, rules: list[dict[str, object]], name: str, act: str
) -> HttpResponse:
    """Use the rules; save them where a name is given; then check."""
    by = actor_of(request)
    use_rules(catalogue_id=catalogue_id, rules=rules)
    if act == "save" or name.strip():
        saved = save_crosswalk(catalogue_id=catalogue_id, name=name, by=by, now=timezone.now())
        messages.success(request, _("对照表“%(name)s”第 %(n)s 版已保存。") % {"name": saved.name, "n": saved.version})
    if act == "save":
        return redirect("import-crosswalk", catalogue_id)
    queue_check(catalogue_id=catalogue_id, by=by)
    return redirect("import", catalogue_id)


@roles(Role.ARCHIVIST)
@require_POST
def header(request: HttpRequest, catalogue_id: int) -> HttpResponse:
    """Say where the header stands."""
    form = import_mapping_pages.header_form(_view(catalogue_id), request.POST)
    if form.is_valid():
        given = form.cleaned_data
        sheet, first, last = given.get("sheet", ""), given["first"], max(given["first"], given["last"])
        try:
            choose_header(catalogue_id=catalogue_id, sheet=sheet, first=first, last=last)
            messages.success(request, _("已按新的表头重新识别各列。"))
        except MappingRefused as refused:
            messages.error(request, refusal_words(refused))
    else:
        messages.error(request, _("表头行应为 0 至 60 的数字；没有表头的填 0。"))
    return redirect("import-crosswalk", catalogue_id)


@roles(Role.ARCHIVIST)
@require_POST
def run(request: HttpRequest, catalogue_id: int) -> HttpResponse:
    """Have the lines without faults imported."""
    _view(catalogue_id)
    try:
        queue_import(catalogue_id=catalogue_id, by=actor_of(request), now=timezone.now())
    except MappingRefused as refused:
        return show(request, import_pages.import_page(catalogue_id, refusal_words(refused)))
    return redirect("import", catalogue_id)


@roles(Role.ARCHIVIST)
@require_safe
def lines(request: HttpRequest, catalogue_id: int) -> HttpResponse:
    """What became of each line."""
    try:
        return show(request, import_line_pages.lines_page(request, catalogue_id))
    except queries.NoSuchImport:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_safe
def file(request: HttpRequest, catalogue_id: int, which: str, kind: str) -> HttpResponseBase:
    """Faults, lines that stayed out, or the report, as a table."""
    if which not in ("faults", "refused", "report") or kind not in ("csv", "xlsx"):
        raise Http404
    try:
        chosen = cast(import_files.Which, which)
        return import_files.import_file(catalogue_id, chosen, cast(OutputKind, kind))
    except queries.NoSuchImport:
        raise Http404 from None


@roles(Role.ARCHIVIST)
@require_safe
def crosswalks(request: HttpRequest) -> HttpResponse:
    """The saved crosswalks."""
    return show(request, import_line_pages.crosswalks_page())


@roles(Role.ARCHIVIST)
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: HttpRequest) -> HttpResponseBase:
    """Choose records, or take what is selected in a list; the file holds them as an import reads them back."""
    reader, form = reader_of(request), ExportForm(request.POST if request.method == "POST" else None)
    source = request.GET.get("selection", "")
    try:
        selected = selected_codes(reader=reader, listing=source) if source else None
    except NoSuchList:
        raise Http404 from None
    page = partial(import_line_pages.export_page, form, selected=selected, source=source)
    if (selected is not None and len(selected) > MOST) or not (form.is_bound and form.is_valid()):
        return show(request, page())
    wanted = wanted_records(asked=form.cleaned_data, selected=selected)
    if not note_export(wanted=wanted, reader=reader, by=actor_of(request), now=timezone.now()):
        return show(request, page(problem=_("没有符合条件的档案。")))
    return import_files.export_file(wanted, form.cleaned_data["kind"], reader)


def _view(catalogue_id: int) -> queries.ImportView:
    try:
        return queries.import_view(catalogue_id=catalogue_id)
    except queries.NoSuchImport:
        raise Http404 from None
