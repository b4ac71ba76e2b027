"""Exports: ask for packages, look at one's own, fetch the file."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lantai.administration.queries.people import Reader, Role, reader_of
from lantai.administration.services.people_access import actor_of, roles
from lantai.catalog.queries import Exported, exported_codes
from lantai.common.errors import Refused
from lantai.common.pages import show
from lantai.common.paging import text_asked
from lantai.common.ranges import send_ranges
from lantai.exchange.acts import selected_codes
from lantai.exchange.area import export_folder
from lantai.exchange.forms import ExportForm
from lantai.exchange.models import Export
from lantai.exchange.pages import ask_page, export_page, exports_page, problem_words
from lantai.exchange.queries import NoSuchExport, export_of
from lantai.exchange.services import MOST, ExportRefused, ask_export, note_download
from lantai.work.services import NoSuchList

TAKERS = (Role.ARCHIVIST, Role.DEPARTMENT)


@roles(*TAKERS)
@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """One's own exports."""
    return show(request, exports_page(request, reader_of(request)))


@roles(*TAKERS)
@require_http_methods(["GET", "HEAD", "POST"])
def export_packages(request: HttpRequest) -> HttpResponse:
    """Ask for an export: of what is selected in a list, of one record, or of a fonds."""
    reader, asked = reader_of(request), _asked(request)
    codes = _chosen(reader, asked)
    form = ExportForm(request.POST if request.method == "POST" else None, chosen=codes is not None)
    if not (form.is_bound and form.is_valid()):
        return show(request, ask_page(form, codes=codes, asked=asked))
    wanted = _of_fonds(form.cleaned_data, reader) if codes is None else codes
    try:
        made = ask_export(
            kind=form.cleaned_data["kind"], codes=wanted, reader=reader, by=actor_of(request), now=timezone.now()
        )  # fmt: skip
    except ExportRefused as refused:
        return show(request, ask_page(form, codes=codes, asked=asked, problem=problem_words(refused.code)))
    return redirect("export-one", made.pk)


def _asked(request: HttpRequest) -> dict[str, str]:
    named = {name: text_asked(request, name, longest=40) for name in ("selection", "code")}
    return {name: value for name, value in named.items() if value}


def _chosen(reader: Reader, asked: dict[str, str]) -> tuple[str, ...] | None:
    """The records that the address names, as far as the reader may know of them. Raises Http404 for another list."""
    try:
        chosen = (asked["code"],) if "code" in asked else selected_codes(reader=reader, listing=asked["selection"])
    except NoSuchList:
        raise Http404 from None
    except KeyError:
        return None
    return tuple(exported_codes(wanted=Exported(records=chosen, chosen=True), reader=reader, limit=MOST + 1))


def _of_fonds(given: dict[str, Any], reader: Reader) -> tuple[str, ...]:
    wanted = Exported(fonds=given["fonds"], year_from=given["year_from"], year_until=given["year_until"])
    return tuple(exported_codes(wanted=wanted, reader=reader, limit=MOST + 1))


@roles(*TAKERS)
@require_safe
def export_one(request: HttpRequest, export_id: int) -> HttpResponse:
    """One export."""
    return show(request, export_page(_export(request, export_id)))


@roles(*TAKERS)
@require_safe
def export_file(request: HttpRequest, export_id: int) -> HttpResponseBase:
    """The file of an export, whole or by range."""
    found = _export(request, export_id)
    if found.state != Export.State.READY:
        raise Http404
    path = export_folder(found.pk) / found.name
    if not path.is_file():
        raise Refused(_("导出的文件已不在服务器上。"), advice=_("请重新导出。"))
    note_download(export=found, by=actor_of(request), now=timezone.now())
    return send_ranges(request, stream=path.open("rb"), size=found.bytes, name=found.name)


def _export(request: HttpRequest, export_id: int) -> Export:
    try:
        return export_of(export_id=export_id, reader=reader_of(request))
    except NoSuchExport:
        raise Http404 from None
