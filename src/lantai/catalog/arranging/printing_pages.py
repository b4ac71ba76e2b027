"""Printed forms of a year or volume: the page that offers them, and each as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote

from django.conf import settings
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from lantai.administration.queries import list_classes, list_fonds
from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import Actor
from lantai.archival.printing import (
    BackNote,
    BoxLabel,
    CatalogueRow,
    Heading,
    back_note,
    box_label,
    item_catalogue,
    volume_catalogue,
    volume_list,
)
from lantai.catalog.arranging.forms import PrintForm
from lantai.catalog.arranging.words import class_words, node_address
from lantai.catalog.queries.arranging import Node, VolumeView, volume_at
from lantai.catalog.queries.catalogues import (
    CatalogueLine,
    TooManyRows,
    catalogue_items,
    catalogue_volumes,
    retentions_in,
)
from lantai.common.components import Act, Link
from lantai.common.errors import Refused
from lantai.common.pages import Page
from lantai.common.paging import number_asked, text_asked
from lantai.common.written import written_retention
from lantai.ledger.services import NewEntry, note_entries

PRINTED = "catalogue.printed"
OF_YEAR = ("catalogue", "volumes", "label", "note")
OF_VOLUME = ("inside", "label", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintingPage(Page):
    """A form whose buttons are the forms that can be printed; ``kept`` names the place."""

    template: ClassVar[str] = "catalog/arranging/printing.html"
    form: BaseForm
    kept: Sequence[tuple[str, str]]
    choices: Sequence[Act]


@dataclass(frozen=True, slots=True)
class Asked:
    """The place that is printed."""

    node: Node
    volume: VolumeView | None


def _asked(request: HttpRequest, reader: Reader) -> Asked:
    """The place the address names. Raises Http404."""
    if code := text_asked(request, "volume", longest=120):
        volume = volume_at(code=code, reader=reader)
        if volume is None:
            raise Http404
        return Asked(volume.node, volume)
    year = number_asked(request, "year")
    fonds = text_asked(request, "fonds", longest=20)
    if not fonds or year is None or year > 9999:
        raise Http404
    return Asked(Node(fonds, text_asked(request, "classes", longest=80), year), None)


def _form(request: HttpRequest, asked: Asked, reader: Reader) -> PrintForm:
    periods = [(each, written_retention(each)) for each in retentions_in(node=asked.node, reader=reader)]
    return PrintForm({"spine": "30"} | request.GET.dict(), retentions=periods)


def printing_page(request: HttpRequest, reader: Reader) -> PrintingPage:
    """Which forms can be printed of a place."""
    asked = _asked(request, reader)
    words = {
        "catalogue": _("归档文件目录"),
        "volumes": _("案卷目录"),
        "inside": _("卷内文件目录"),
        "label": _("盒封面与盒脊"),
        "note": _("备考表"),
    }
    node = asked.node
    kept = {"fonds": node.fonds, "classes": node.classes, "year": str(node.year), "volume": node.volume}
    here = asked.volume.title if asked.volume is not None else f"{node.year} · {node.classes}"
    return PrintingPage(
        title=_("打印目录与盒签"),
        here="arrangement",
        back=[
            Link(_("全宗与分类"), reverse("arrangement")),
            Link(here, node_address(node)),
            Link(_("打印目录与盒签")),
        ],
        facts=_("A4 版式，按 DA/T 22—2015 和 GB/T 9705—2008。"),
        form=_form(request, asked, reader),
        kept=[(name, value) for name, value in kept.items() if value],
        choices=[
            Act(words[each], href=reverse("arrangement-printed", args=[each]), icon="printer")
            for each in (OF_VOLUME if asked.volume is not None else OF_YEAR)
        ],
    )


def printed_form(request: HttpRequest, form: str, reader: Reader, by: Actor, now: datetime) -> HttpResponse:
    """One form as PDF; that it was printed is noted in the ledger before it is sent. Raises Http404, common's
    Refused."""
    asked = _asked(request, reader)
    if form not in (OF_VOLUME if asked.volume is not None else OF_YEAR):
        raise Http404
    given = _form(request, asked, reader)
    said = given.cleaned_data if given.is_valid() else {}
    try:
        lines = _lines(form, asked, reader, str(said.get("retention", "")))
    except TooManyRows as most:
        raise Refused(_("一份目录至多 %(n)s 行。") % {"n": most}, advice=_("请选择一个保管期限，分别打印。")) from None
    with override("zh-hans"):  # the forms of the standard are Chinese, whoever prints them
        data = _drawn(form, asked, lines, said)
    place = asked.node.volume or f"{asked.node.fonds}/{asked.node.classes}/{asked.node.year}"
    note_entries(
        entries=[
            NewEntry(
                kind=PRINTED,
                subject=place[:100],
                actor=by.reference,
                role=by.role,
                address=by.address,
                result="done",
                at=now,
                detail={"form": form, "rows": len(lines)},
            )
        ]
    )
    response = HttpResponse(data, content_type="application/pdf")
    name = quote(f"{form}-{place.replace('/', '-')}.pdf")
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{name}"
    return response


def _lines(form: str, asked: Asked, reader: Reader, retention: str) -> list[CatalogueLine]:
    if form == "volumes":
        return catalogue_volumes(node=asked.node, reader=reader, retention=retention)
    return catalogue_items(node=asked.node, reader=reader, retention=retention)


def _drawn(form: str, asked: Asked, lines: Sequence[CatalogueLine], said: dict[str, str]) -> bytes:
    heading = _heading(asked, lines, said.get("retention", ""))
    rows = [_row(each) for each in lines]
    match form:
        case "catalogue":
            return item_catalogue(heading=heading, rows=rows)
        case "volumes":
            return volume_catalogue(heading=heading, rows=rows)
        case "inside":
            return volume_list(heading=heading, rows=rows)
        case "label":
            return box_label(label=_label(heading, lines, said))
    today = timezone.localdate().isoformat()
    arranger, inspector = said.get("arranger", ""), said.get("inspector", "")
    return back_note(
        note=BackNote(
            heading=heading,
            count=len(lines),
            pages=sum(each.pages for each in lines),
            text=said.get("note", ""),
            arranger=arranger,
            arranged_on=today if arranger else "",
            inspector=inspector,
            inspected_on=today if inspector else "",
        )
    )


def _heading(asked: Asked, lines: Sequence[CatalogueLine], retention: str) -> Heading:
    node = asked.node
    fonds = next(iter(list_fonds(codes=[node.fonds])), None)
    classes = {each.path: each for each in list_classes()}
    periods = {each.retention for each in lines}
    period = retention or (next(iter(periods)) if len(periods) == 1 else "")
    return Heading(
        archive=settings.LANTAI_ARCHIVE_NAME,
        fonds_code=node.fonds,
        fonds_name=fonds.name if fonds is not None else "",
        category=f"{node.classes} {class_words(node.classes, classes)}".strip(),
        year=str(node.year),
        retention=written_retention(period) if period else "",
        code=asked.volume.archive_code or asked.volume.record_code if asked.volume is not None else "",
        title=asked.volume.title if asked.volume is not None else "",
    )


def _row(line: CatalogueLine) -> CatalogueRow:
    begins, ends = f"{line.begins:%Y%m%d}", f"{line.ends:%Y%m%d}"
    return CatalogueRow(
        code=line.archive_code,
        document_number=line.document_number,
        creator=line.creator,
        title=line.title,
        days=begins if begins == ends else f"{begins}—{ends}",
        secrecy=line.secrecy,
        pages=str(line.pages) if line.pages else "",
        items=str(line.items) if line.items else "",
        retention=written_retention(line.retention),
    )


def _label(heading: Heading, lines: Sequence[CatalogueLine], said: dict[str, str]) -> BoxLabel:
    numbers = [each.item_number for each in lines if each.item_number is not None and each.archive_code]
    functions = {each.function for each in lines if each.function}
    spine = said.get("spine", "")
    return BoxLabel(
        heading=heading,
        function=next(iter(functions)) if len(functions) == 1 else "",
        first=str(min(numbers)) if numbers else "",
        last=str(max(numbers)) if numbers else "",
        box=said.get("box", ""),
        spine=int(spine) if spine in ("20", "30", "40", "50") else 30,
        count=len(lines),
    )
