"""Form templates, the page one is marked on, and what they filled, as pages and exports show them; for archivists."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from lantai.archival.imaging.fields import FAULTS
from lantai.archival.imaging.forms import propose_fields
from lantai.archival.imaging.layout import Table
from lantai.archival.imaging.levelling import Levelling
from lantai.archival.imaging.model import Line
from lantai.archival.imaging.pictures import Box
from lantai.digitisation.models import FieldState, FormTemplate, PageField, ReadPage, Region, RegionKind
from lantai.digitisation.queries.batches import NoSuchBatch

FAULT_WORDS = {zh: (zh, en) for zh, en in FAULTS.values()}
"""What a field's fault is called in both languages, by the words it is kept in."""
_MOST_PROPOSED = 60
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class NoSuchTemplate(LookupError):
    """There is no form template of that number."""


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One template in the list; ``example`` is batch and page it was marked on, None where they are gone."""

    id: int
    name: str
    fields: Sequence[str]
    pages: int
    by: str
    at: datetime
    retired_at: datetime | None
    example: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class ProposedField:
    """A place that looks like a field, in pixels of the scan."""

    name: str
    kind: str
    box: Box
    text: str


@dataclass(frozen=True, slots=True)
class ExampleView:
    """A page that a template may be marked on."""

    batch_id: int
    page_id: int
    title: str
    width: int
    height: int
    proposed: Sequence[ProposedField]


@dataclass(frozen=True, slots=True)
class FilledValue:
    """One field of a page: what is in it, what speaks against it, whether somebody looked at it."""

    name: str
    value: str
    fault: str
    state: str
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class FilledPage:
    """A page that a template filled."""

    page_id: int
    code: str
    number: int | None
    path: str
    frame: int
    template: int
    values: Sequence[FilledValue]


def list_templates() -> list[TemplateRow]:
    """All templates, those in use first, by name."""
    counted = dict(
        PageField.objects.filter(source__startswith="template:")
        .values_list("source")
        .annotate(pages=Count("page_id", distinct=True))
        .values_list("source", "pages")
    )
    found = list(FormTemplate.objects.order_by("retired_at", "name", "-pk"))
    examples = dict(
        ReadPage.objects.filter(page_id__in=[each.example for each in found if each.example]).values_list(
            "page_id", "page__batch_id"
        )
    )
    rows = [
        TemplateRow(
            id=each.pk,
            name=each.name,
            fields=[str(field["name"]) for field in each.data["fields"]],
            pages=counted.get(f"template:{each.pk}", 0),
            by=each.by,
            at=each.at,
            retired_at=each.retired_at,
            example=(examples[each.example], each.example) if each.example in examples else None,
        )
        for each in found
    ]
    return sorted(rows, key=lambda each: (each.retired_at is not None, each.name, -each.id))


def example_view(*, batch_id: int, page_id: int) -> ExampleView:
    """A page that was read, with the places on it that look like fields. Raises NoSuchBatch."""
    reading = (
        ReadPage.objects.filter(page_id=page_id, page__batch_id=batch_id)
        .select_related("page__unit", "page__scan")
        .first()
    )
    if reading is None:
        raise NoSuchBatch(f"{batch_id}/{page_id}")
    page = reading.page
    level = Levelling.of(reading.matrix, max(1, page.width), max(1, page.height))
    lines = level.lines([Line.of(each) for each in reading.lines if each["text"]])
    told = Region.objects.filter(page=page, kind=RegionKind.TABLE, dismissed=False).values_list("data", flat=True)
    places = propose_fields(lines, [level.table(Table.of(each)) for each in told])[:_MOST_PROPOSED]
    title = f"{page.unit.archive_code} · {page.number}" if page.unit else page.scan.path
    return ExampleView(
        batch_id=batch_id,
        page_id=page_id,
        title=title,
        width=level.scan_width,
        height=level.scan_height,
        proposed=[ProposedField(each.name, each.kind, level.back(each.box), each.text) for each in places],
    )


def list_filled(*, batch_id: int, template_id: int | None, offset: int, limit: int) -> tuple[list[FilledPage], int]:
    """The pages of a batch that templates filled, in order, and how many there are."""
    pages = _filled_pages(batch_id, template_id)
    shown = list(pages[offset : offset + limit])
    return _with_values(shown, template_id), pages.count()


def unfilled_pages(*, batch_id: int, limit: int) -> list[tuple[int, str]]:
    """Pages of a batch that were read and that no template filled: number and what they are called."""
    filled = PageField.objects.filter(page__batch_id=batch_id, source__startswith="template:").values("page_id")
    found = ReadPage.objects.filter(page__batch_id=batch_id).exclude(page_id__in=filled).exclude(lines=[])
    shown = found.select_related("page__unit", "page__scan").order_by("page__scan__path", "page__frame")[:limit]
    return [(each.page_id, _called(each)) for each in shown]


def filled_csv(*, batch_id: int, template_id: int) -> str:
    """What a template filled in a batch, a line a page, as CSV (RFC 4180). Values a spreadsheet would take for a
    formula are kept as text. Raises NoSuchTemplate."""
    names, pages = _whole(batch_id, template_id)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["档号", "页", "文件", *(_as_text(each) for each in names), "问题"])
    for page in pages:
        values = {each.name: each for each in page.values}
        faults = "；".join(f"{each.name}：{each.fault}" for each in page.values if each.fault)
        told = [values[name].value if name in values else "" for name in names]
        writer.writerow([_as_text(str(each)) for each in (page.code, page.number or "", page.path, *told, faults)])
    return "\ufeff" + buffer.getvalue()


def filled_json(*, batch_id: int, template_id: int) -> str:
    """The same as JSON, every field with its place in pixels of the scan. Raises NoSuchTemplate."""
    _names, pages = _whole(batch_id, template_id)
    told: list[Mapping[str, Any]] = [
        {
            "archive_code": each.code or None,
            "page": each.number,
            "file": each.path,
            "frame": each.frame,
            "fields": [
                {
                    "name": one.name,
                    "value": one.value,
                    "fault": one.fault or None,
                    "state": one.state,
                    "confidence": round(one.confidence, 3),
                    "box": list(one.box),
                }
                for one in each.values
            ],
        }
        for each in pages
    ]
    return json.dumps(told, ensure_ascii=False, indent=1)


def template_name(*, template_id: int) -> str:
    """What a template is called. Raises NoSuchTemplate."""
    found = FormTemplate.objects.filter(pk=template_id).values_list("name", flat=True).first()
    if found is None:
        raise NoSuchTemplate(str(template_id))
    return found


def _whole(batch_id: int, template_id: int) -> tuple[list[str], list[FilledPage]]:
    found = FormTemplate.objects.filter(pk=template_id).first()
    if found is None:
        raise NoSuchTemplate(str(template_id))
    names = [str(each["name"]) for each in found.data["fields"]]
    return names, _with_values(list(_filled_pages(batch_id, template_id)), template_id)


def _filled_pages(batch_id: int, template_id: int | None) -> QuerySet[ReadPage]:
    wanted = PageField.objects.filter(page__batch_id=batch_id, source__startswith="template:")
    if template_id is not None:
        wanted = wanted.filter(source=f"template:{template_id}")
    found = ReadPage.objects.filter(page_id__in=wanted.values("page_id")).select_related("page__unit", "page__scan")
    return found.order_by("page__unit__archive_code", "page__number", "page__scan__path", "page__frame")


def _with_values(shown: Sequence[ReadPage], template_id: int | None) -> list[FilledPage]:
    """The pages with their values; what people refused is left out."""
    values: dict[int, list[PageField]] = {}
    rows = PageField.objects.filter(page_id__in=[each.page_id for each in shown], source__startswith="template:")
    if template_id is not None:
        rows = rows.filter(source=f"template:{template_id}")
    for row in rows.exclude(state=FieldState.REFUSED).order_by("pk"):
        values.setdefault(row.page_id, []).append(row)
    return [
        FilledPage(
            page_id=each.page_id,
            code=each.page.unit.archive_code if each.page.unit else "",
            number=each.page.number,
            path=each.page.scan.path,
            frame=each.page.frame,
            template=int(values[each.page_id][0].source.partition(":")[2]) if values.get(each.page_id) else 0,
            values=[
                FilledValue(
                    one.name, one.value, one.fault, one.state, one.confidence,
                    (one.left, one.top, one.right, one.bottom),
                )
                for one in values.get(each.page_id, [])
            ],
        )
        for each in shown
    ]  # fmt: skip


def _called(reading: ReadPage) -> str:
    page = reading.page
    if page.unit:
        return f"{page.unit.archive_code} · {page.number}"
    return page.scan.path if page.frame == 1 else f"{page.scan.path} #{page.frame}"


def _as_text(value: str) -> str:
    return f"'{value}" if value[:1] in _FORMULA else value
