"""Printed forms of a year, a volume or selected records: the page that offers them, and each as PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote

from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from lantai.administration.queries.people import Reader
from lantai.administration.services.people_access import Actor
from lantai.catalog.arranging.forms import PrintForm
from lantai.catalog.arranging.onward import LISTS
from lantai.catalog.arranging.printing_forms import drawn_form
from lantai.catalog.arranging.words import node_address
from lantai.catalog.queries.arranging import Node, VolumeView, volume_at
from lantai.catalog.queries.catalogues import (
    MOST,
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
from lantai.work.queries import selected_keys
from lantai.work.services import NoSuchList, address_for, listing_called

PRINTED = "catalogue.printed"
OF_YEAR = ("catalogue", "volumes", "label", "note", "stamps", "overprint")
OF_VOLUME = ("inside", "label", "note", "stamps", "overprint")
DEFAULTS = {"spine": "30", "paper": "A3", "stamp_place": "right", "stamp_top": "10"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintingPage(Page):
    """A form whose buttons are the forms that can be printed; ``kept`` names the place."""

    template: ClassVar[str] = "catalog/arranging/printing.html"
    form: BaseForm
    kept: Sequence[tuple[str, str]]
    choices: Sequence[Act]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is printed: a place of the tree, or the records selected in the list ``listing``."""

    place: Node | tuple[str, ...]
    volume: VolumeView | None = None
    listing: str = ""
    back: str = ""

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms there are of it."""
        return OF_VOLUME if self.volume is not None else OF_YEAR


def _asked(request: HttpRequest, reader: Reader) -> Asked:
    """What the address names. Raises Http404, and Refused when more is selected than one form holds."""
    if key := text_asked(request, "selection", longest=40):
        return _selected(key, reader)
    if code := text_asked(request, "volume", longest=120):
        volume = volume_at(code=code, reader=reader)
        if volume is None:
            raise Http404
        return Asked(volume.node, volume, back=node_address(volume.node))
    year = number_asked(request, "year")
    fonds = text_asked(request, "fonds", longest=20)
    if not fonds or year is None or year > 9999:
        raise Http404
    node = Node(fonds, text_asked(request, "classes", longest=80), year)
    return Asked(node, back=node_address(node))


def _selected(key: str, reader: Reader) -> Asked:
    try:
        listing = listing_called(key, reader=reader)
    except NoSuchList:
        raise Http404 from None
    if key not in LISTS:
        raise Http404
    keys = selected_keys(reader=reader, listing=listing, limit=MOST)
    if len(keys) > MOST:
        raise Refused(_("一份目录至多 %(n)s 行。") % {"n": MOST}, advice=_("请缩小选择的范围，分几次打印。"))
    return Asked(tuple(keys), listing=key, back=address_for(listing, ""))


def _form(request: HttpRequest, asked: Asked, reader: Reader) -> PrintForm:
    periods = [(each, written_retention(each)) for each in retentions_in(place=asked.place, reader=reader)]
    return PrintForm(DEFAULTS | request.GET.dict(), retentions=periods)


def form_names() -> dict[str, str]:
    """What the printed forms are called."""
    return {
        "catalogue": _("归档文件目录"),
        "volumes": _("案卷目录"),
        "inside": _("卷内文件目录"),
        "label": _("盒封面与盒脊"),
        "note": _("备考表"),
        "stamps": _("归档章（剪贴）"),
        "overprint": _("归档章（套印）"),
    }


def printing_page(request: HttpRequest, reader: Reader) -> PrintingPage:
    """Which forms can be printed of a place or of what is selected."""
    asked, words = _asked(request, reader), form_names()
    return PrintingPage(
        title=_("打印目录与盒签"),
        here="arrangement",
        back=[
            Link(_("全宗与分类"), reverse("arrangement")),
            Link(_here(asked), asked.back),
            Link(_("打印目录与盒签")),
        ],
        facts=_("目录 A4，盒脊原大，按 DA/T 22—2015 和 GB/T 9705—2008。"),
        form=_form(request, asked, reader),
        kept=[(name, value) for name, value in _kept(asked).items() if value],
        choices=[
            Act(words[each], href=reverse("arrangement-printed", args=[each]), icon="printer") for each in asked.forms
        ],
    )


def _here(asked: Asked) -> str:
    if not isinstance(asked.place, Node):
        n = len(asked.place)
        return ngettext("所选 %(n)s 件", "所选 %(n)s 件", n) % {"n": n}
    return asked.volume.title if asked.volume is not None else f"{asked.place.year} · {asked.place.classes}"


def _kept(asked: Asked) -> dict[str, str]:
    if not isinstance(asked.place, Node):
        return {"selection": asked.listing}
    node = asked.place
    return {"fonds": node.fonds, "classes": node.classes, "year": str(node.year), "volume": node.volume}


def printed_form(request: HttpRequest, form: str, reader: Reader, by: Actor, now: datetime) -> HttpResponse:
    """One form as PDF; that it was printed is noted in the ledger before it is sent. Raises Http404, common's
    Refused."""
    asked = _asked(request, reader)
    if form not in asked.forms:
        raise Http404
    given = _form(request, asked, reader)
    given.is_valid()
    said: Mapping[str, Any] = given.cleaned_data
    try:
        lines = _lines(form, asked, reader, str(said.get("retention") or ""))
    except TooManyRows as most:
        raise Refused(_("一份目录至多 %(n)s 行。") % {"n": most}, advice=_("请选择一个保管期限，分别打印。")) from None
    with override("zh-hans"):  # the forms of the standard are Chinese, whoever prints them
        data = drawn_form(form, place=asked.place, volume=asked.volume, lines=lines, said=said)
    _note(form, asked, lines, by, now)
    response = HttpResponse(data, content_type="application/pdf")
    name = quote(f"{form}-{_place(asked).replace('/', '-')}.pdf")
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{name}"
    return response


def _place(asked: Asked) -> str:
    if not isinstance(asked.place, Node):
        return f"selection/{asked.listing}"
    return asked.place.volume or f"{asked.place.fonds}/{asked.place.classes}/{asked.place.year}"


def _note(form: str, asked: Asked, lines: Sequence[CatalogueLine], by: Actor, now: datetime) -> None:
    """Tell the ledger what was printed; of selected records every code."""
    detail: dict[str, Any] = {"form": form, "rows": len(lines)}
    if asked.listing:
        detail["codes"] = [each.record_code for each in lines]
    note_entries(
        entries=[
            NewEntry(
                kind=PRINTED,
                subject=_place(asked)[:100],
                actor=by.reference,
                role=by.role,
                address=by.address,
                result="done",
                at=now,
                detail=detail,
            )
        ]
    )


def _lines(form: str, asked: Asked, reader: Reader, retention: str) -> list[CatalogueLine]:
    if form == "volumes":
        return catalogue_volumes(place=asked.place, reader=reader, retention=retention)
    return catalogue_items(place=asked.place, reader=reader, retention=retention)
