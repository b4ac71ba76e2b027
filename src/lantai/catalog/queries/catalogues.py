"""The rows of printed catalogues: what is held of the numbered items or the volumes of a place, as seen by a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet, Sum

from lantai.administration.queries.people import Reader
from lantai.catalog.models import Level, Record, RecordState, Secrecy
from lantai.catalog.queries.access import Act, visible
from lantai.catalog.queries.arranging import Node

MOST = 5_000
"""A catalogue has so many rows at most; more are printed by retention period or class."""


class TooManyRows(ValueError):
    """More records than one catalogue holds."""


@dataclass(frozen=True, slots=True)
class CatalogueLine:
    """What a catalogue says of one record; ``items`` and ``pages`` of a volume are of what lies in it."""

    archive_code: str
    document_number: str
    creator: str
    title: str
    begins: date
    ends: date
    secrecy: str
    pages: int
    items: int
    retention: str
    function: str
    item_number: int | None
    fonds_code: str
    classes: str
    year: int
    record_code: str


def _described(reader: Reader, place: Node | Sequence[str]) -> QuerySet[Record]:
    found = Record.objects.filter(visible(reader, Act.DESCRIBE), state=RecordState.HELD)
    if not isinstance(place, Node):
        return found.filter(record_code__in=list(place))
    if place.volume:
        return found.filter(parent__record_code=place.volume)
    return found.filter(
        fonds_code=place.fonds, category_code=place.category, class_code=place.class_code, year=place.year or 0
    )


def retentions_in(*, place: Node | Sequence[str], reader: Reader) -> list[str]:
    """The retention periods of the records of a place, or of those with these 电子文件号."""
    return sorted(_described(reader, place).order_by().values_list("retention", flat=True).distinct())


def catalogue_items(*, place: Node | Sequence[str], reader: Reader, retention: str = "") -> list[CatalogueLine]:
    """The items of a place, or those with these 电子文件号, by archive code, of one retention period if given;
    unnumbered ones are left out of a year's catalogue and come last in a volume's list and among chosen ones. Raises
    TooManyRows.
    """
    found = _described(reader, place).filter(level=Level.ITEM)
    if isinstance(place, Node) and not place.volume:
        found = found.filter(archive_code__isnull=False)
    return _lines(found, retention)


def catalogue_volumes(*, place: Node | Sequence[str], reader: Reader, retention: str = "") -> list[CatalogueLine]:
    """The volumes of a year, or those with these 电子文件号, by archive code, with how many items and pages lie in
    each. Raises TooManyRows.
    """
    return _lines(_described(reader, place).filter(level=Level.VOLUME), retention)


def _lines(found: QuerySet[Record], retention: str) -> list[CatalogueLine]:
    if retention:
        found = found.filter(retention=retention)
    rows = list(
        found.defer("description", "abstract", "sealed").order_by("archive_code", "volume_number", "pk")[: MOST + 1]
    )
    if len(rows) > MOST:
        raise TooManyRows(str(MOST))
    inside = _inside([each.pk for each in rows if each.level == Level.VOLUME])
    rows.sort(key=lambda row: (row.archive_code is None, row.archive_code or "", row.pk))
    return [
        CatalogueLine(
            archive_code=row.archive_code or "",
            document_number=row.document_number,
            creator=row.creator,
            title=row.title,
            begins=row.formed_on,
            ends=row.formed_until or row.formed_on,
            secrecy=str(Secrecy(row.secrecy).label) if row.secrecy else "",
            pages=inside.get(row.pk, (0, row.pages or 0))[1],
            items=inside.get(row.pk, (0, 0))[0],
            retention=row.retention,
            function=row.function_code,
            item_number=row.item_number,
            fonds_code=row.fonds_code,
            classes="·".join(filter(None, (row.category_code, row.class_code))),
            year=row.year,
            record_code=row.record_code,
        )
        for row in rows
    ]


def _inside(volumes: Sequence[int]) -> dict[int, tuple[int, int]]:
    """How many items and pages lie in each volume."""
    if not volumes:
        return {}
    found = (
        Record.objects.filter(parent__in=list(volumes), state=RecordState.HELD)
        .order_by()
        .values_list("parent_id")
        .annotate(n=Count("pk"), leaves=Sum("pages"))
    )
    return {parent: (n, leaves or 0) for parent, n, leaves in found if parent is not None}
