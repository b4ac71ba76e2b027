"""Records as lines of a catalogue (目录导出), in the elements that an import reads back; the access rule inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from lantai.administration.queries.people import Reader
from lantai.archival.tables import read_day, targets
from lantai.catalog.models import Level, OpenState, Record, Secrecy
from lantai.catalog.queries.access import Act, decide, visible

_AT_ONCE = 500
_TEXTS = (
    "fonds_code", "category_code", "class_code", "retention", "function_code", "title", "creator", "document_number",
    "disclosure", "sharing", "abstract", "item_name", "item_code", "case_number", "result",
)  # fmt: skip
_NUMBERS = ("year", "volume_number", "item_number", "pages")
EXPORTED = (*(key for key in targets() if key not in ("certificate", "files", "source_code")), "source_code")
"""The elements of an export, in order. Certificate numbers never leave; files have their own way out."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What is exported: everything of a fonds, category and span of years, just the records of ``codes`` (档号 or
    电子文件号), or with ``chosen`` just those of the 电子文件号 ``records``, in their order.
    """

    fonds: str = ""
    category: str = ""
    year_from: int | None = None
    year_until: int | None = None
    text: str = ""
    codes: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    chosen: bool = False


def count_exported(*, wanted: Exported, reader: Reader) -> int:
    """How many records an export would hold for this reader."""
    if wanted.chosen:
        return sum(_rows(wanted, reader).filter(record_code__in=part).count() for part in _parts(wanted))
    return _rows(wanted, reader).count()


def _parts(wanted: Exported) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(wanted.records), _AT_ONCE):
        yield wanted.records[start : start + _AT_ONCE]


def exported_lines(*, wanted: Exported, reader: Reader) -> Iterator[tuple[str, ...]]:
    """One line a record that the reader may see described, in the order of EXPORTED, by number of the record, or in the
    order in which they were chosen.

    Names and addresses of persons are left out where he may not see personal data. Read in pieces, so that any number
    of records takes little memory.
    """
    for row in _chosen_rows(wanted, reader) if wanted.chosen else _all_rows(wanted, reader):
        values = _values(row, personal=decide(reader, Act.PERSONAL, row).allowed)
        yield tuple(values.get(key, "") for key in EXPORTED)


def exported_codes(*, wanted: Exported, reader: Reader, limit: int) -> list[str]:
    """The 电子文件号 of what an export would hold for this reader, at most *limit*: by number of the record, or in the
    order in which they were chosen.
    """
    if not wanted.chosen:
        return list(_rows(wanted, reader).order_by("pk").values_list("record_code", flat=True)[:limit])
    found: set[str] = set()
    for part in _parts(wanted):
        found |= set(_rows(wanted, reader).filter(record_code__in=part).values_list("record_code", flat=True))
    return [each for each in wanted.records if each in found][:limit]


def _all_rows(wanted: Exported, reader: Reader) -> Iterator[Record]:
    last = 0
    while True:
        rows = list(_rows(wanted, reader).filter(pk__gt=last).select_related("parent").order_by("pk")[:_AT_ONCE])
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1].pk


def _chosen_rows(wanted: Exported, reader: Reader) -> Iterator[Record]:
    for part in _parts(wanted):
        rows = _rows(wanted, reader).filter(record_code__in=part).select_related("parent")
        found = {each.record_code: each for each in rows}
        yield from (found[code] for code in part if code in found)


def _rows(wanted: Exported, reader: Reader) -> QuerySet[Record]:
    found = Record.objects.filter(visible(reader, Act.DESCRIBE))
    if wanted.codes:
        found = found.filter(Q(record_code__in=wanted.codes) | Q(archive_code__in=wanted.codes))
    if wanted.fonds:
        found = found.filter(fonds_code=wanted.fonds)
    if wanted.category:
        found = found.filter(category_code=wanted.category)
    if wanted.year_from is not None:
        found = found.filter(year__gte=wanted.year_from)
    if wanted.year_until is not None:
        found = found.filter(year__lte=wanted.year_until)
    if wanted.text:
        found = found.filter(Q(title__contains=wanted.text) | Q(archive_code__startswith=wanted.text))
    return found


def _values(row: Record, *, personal: bool) -> dict[str, str]:
    values = {key: getattr(row, key) for key in _TEXTS}
    values |= {key: str(getattr(row, key)) for key in _NUMBERS if getattr(row, key) is not None}
    values |= {
        "archive_code": row.archive_code or "",
        "level": "案卷级" if row.level == Level.VOLUME else "文件级",
        "parent": (row.parent.archive_code or "") if row.parent else "",
        "secrecy": {"PUBLIC": "公开", "RESTRICTED": "限制", "SECRET": "秘密", "CONFIDENTIAL": "机密"}.get(
            Secrecy(row.secrecy).name, "绝密"
        ),
        "open_state": {"unreviewed": "未审核", "open": "开放", "controlled": "控制", "deferred": "延期开放"}[
            OpenState(row.open_state).value
        ],
        "accepted_on": _day(row.accepted_on),
        "decided_on": _day(row.decided_on),
        "source_code": row.record_code,
    }
    if personal:
        values |= {"applicant": row.applicant, "address": row.address}
    return values | _days(row) | _described(row.description, personal=personal)


def _day(day: date | None) -> str:
    return f"{day:%Y%m%d}" if day else ""


def _days(row: Record) -> dict[str, str]:
    """The date as it was described (a month, an inferred day), else the day kept."""
    told = row.description.get("日期", "")
    read = read_day(told) if isinstance(told, str) else None
    if read is not None and read.first == row.formed_on:
        until = row.formed_until if row.formed_until not in (None, read.last) else None
        return {"date": told, "date_until": _day(until)}
    return {"date": _day(row.formed_on), "date_until": _day(row.formed_until)}


def _described(description: Mapping[str, Any], *, personal: bool) -> dict[str, str]:
    """The elements that have no column of their own, by their Chinese names."""
    keys: Sequence[str] = ("persons", "subjects", "carrier", "location", "note")
    shown = [key for key in keys if personal or key != "persons"]
    return {key: str(description.get(targets()[key].zh, "")) for key in shown}
