"""The printed forms filled: what each says of the records it is printed of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import timezone

from lantai.administration.queries import class_scheme, list_fonds
from lantai.archival.printing import (
    BackNote,
    BoxLabel,
    CatalogueRow,
    FilingStamp,
    Heading,
    back_note,
    box_label,
    item_catalogue,
    stamp_overprint,
    stamp_sheets,
    volume_catalogue,
    volume_list,
)
from lantai.catalog.arranging.words import class_words
from lantai.catalog.queries.arranging import Node, VolumeView
from lantai.catalog.queries.catalogues import CatalogueLine
from lantai.common.written import written_retention


def drawn_form(
    form: str,
    *,
    place: Node | Sequence[str],
    volume: VolumeView | None,
    lines: Sequence[CatalogueLine],
    said: Mapping[str, Any],
) -> bytes:
    """The PDF of one form of *lines*; *said* is what was typed with it. Raises archival.render's FontMissing."""
    if form in ("stamps", "overprint"):
        return _stamps(form, lines, said)
    heading = _heading(place, volume, lines, str(said.get("retention") or ""))
    rows = [_row(each) for each in lines]
    match form:
        case "catalogue":
            return item_catalogue(heading=heading, rows=rows)
        case "volumes":
            return volume_catalogue(heading=heading, rows=rows)
        case "inside":
            return volume_list(heading=heading, rows=rows)
        case "label":
            paper = "A4" if said.get("paper") == "A4" else "A3"
            return box_label(label=_label(heading, lines, said), paper=paper)  # type: ignore[arg-type]
    return _note(heading, lines, said)


def _note(heading: Heading, lines: Sequence[CatalogueLine], said: Mapping[str, Any]) -> bytes:
    today = timezone.localdate().isoformat()
    arranger, inspector = said.get("arranger") or "", said.get("inspector") or ""
    return back_note(
        note=BackNote(
            heading=heading,
            count=len(lines),
            pages=sum(each.pages for each in lines),
            text=said.get("note") or "",
            arranger=arranger,
            arranged_on=today if arranger else "",
            inspector=inspector,
            inspected_on=today if inspector else "",
        )
    )


def _stamps(form: str, lines: Sequence[CatalogueLine], said: Mapping[str, Any]) -> bytes:
    """Stamps of the numbered items: one without a number has nothing to be stamped with."""
    stamps = [
        FilingStamp(
            fonds_code=each.fonds_code,
            year=str(each.year),
            item_number=_last(each.archive_code),
            function=each.function,
            retention=written_retention(each.retention),
            pages=str(each.pages) if each.pages else "",
            title=each.title,
        )
        for each in lines
        if each.archive_code
    ]
    if form == "stamps":
        return stamp_sheets(stamps=stamps, archive=settings.LANTAI_ARCHIVE_NAME)
    return stamp_overprint(
        stamps=stamps,
        archive=settings.LANTAI_ARCHIVE_NAME,
        place=said.get("stamp_place") or "right",
        top=float(said.get("stamp_top") or 10),
    )


def _last(code: str) -> str:
    """The item number as it is written in the archive code: its last part."""
    return code.rpartition("-")[2]


def _heading(
    place: Node | Sequence[str], volume: VolumeView | None, lines: Sequence[CatalogueLine], retention: str
) -> Heading:
    """What stands above; of selected records what all of them share."""
    fonds_code, path, year = _shared(place, lines)
    fonds = next(iter(list_fonds(codes=[fonds_code])), None) if fonds_code else None
    day = date(int(year), 12, 31) if year.isdecimal() and 1 <= int(year) <= 9999 else None
    scheme = class_scheme()
    classes = {**scheme.known, **(scheme.on(day) if day is not None else {})}
    periods = {each.retention for each in lines}
    period = retention or (next(iter(periods)) if len(periods) == 1 else "")
    return Heading(
        archive=settings.LANTAI_ARCHIVE_NAME,
        fonds_code=fonds_code,
        fonds_name=fonds.name if fonds is not None else "",
        category=f"{path} {class_words(path, classes)}".strip() if path or isinstance(place, Node) else "",
        year=year,
        retention=written_retention(period) if period else "",
        code=volume.archive_code or volume.record_code if volume is not None else "",
        title=volume.title if volume is not None else "",
    )


def _shared(place: Node | Sequence[str], lines: Sequence[CatalogueLine]) -> tuple[str, str, str]:
    if isinstance(place, Node):
        return place.fonds, place.classes, str(place.year)
    fonds, paths = {each.fonds_code for each in lines}, {each.classes for each in lines}
    years = sorted({each.year for each in lines})
    span = "" if not years else str(years[0]) if len(years) == 1 else f"{years[0]}—{years[-1]}"
    return fonds.pop() if len(fonds) == 1 else "", paths.pop() if len(paths) == 1 else "", span


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


def _label(heading: Heading, lines: Sequence[CatalogueLine], said: Mapping[str, Any]) -> BoxLabel:
    numbers = [each.item_number for each in lines if each.item_number is not None and each.archive_code]
    functions = {each.function for each in lines if each.function}
    spine = said.get("spine") or ""
    return BoxLabel(
        heading=heading,
        function=next(iter(functions)) if len(functions) == 1 else "",
        first=str(min(numbers)) if numbers else "",
        last=str(max(numbers)) if numbers else "",
        box=said.get("box") or "",
        spine=int(spine) if spine in ("20", "30", "40", "50") else 30,
        count=len(lines),
    )
