"""What a page that was read is and says (文件种类与字段): its kind, and the values on it, as suggestions for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from lantai.archival.imaging.fields import FAULTS, FIELDS, find_fields
from lantai.archival.imaging.forms import FormTemplate as Form
from lantai.archival.imaging.forms import best_filled
from lantai.archival.imaging.layout import Table
from lantai.archival.imaging.levelling import Levelling
from lantai.archival.imaging.model import Line
from lantai.archival.imaging.pictures import Box
from lantai.archival.imaging.sorting import Sorter
from lantai.digitisation.models import FieldState, FormTemplate, PageField, ReadPage, Region, RegionKind, SorterVersion

SYSTEM = "system"
_LONGEST = 1000


def understand(*, reading: ReadPage) -> None:
    """Fill the kind and the fields of a page that was read, in the caller's transaction.

    Call it once the page's ReadPage and its Region rows (tables) are saved; ReadPage.lines are Line.data(). What
    people decided stays: a kind they set, values they accepted or refused. No picture is opened.
    """
    level = levelling_of(reading)
    lines = level.lines(lines_of(reading))
    if reading.kind_by in ("", SYSTEM):
        decided = active_sorter().decide(lines)
        reading.kind, reading.kind_confidence, reading.kind_by = decided.kind, decided.confidence, SYSTEM
        reading.save(update_fields=["kind", "kind_confidence", "kind_by"])
    found = [
        _row(reading, FIELDS[each.code][0], each.value, level.back(each.box), each.confidence, each.fault, each.code)
        for each in find_fields(lines)
    ]
    _suggest(reading, "rule:", found)
    fill_form(reading=reading, templates=active_templates())


def fill_form(*, reading: ReadPage, templates: Mapping[int, Form]) -> int | None:
    """Fill the fields of the template that fits a page best, in the caller's transaction; its number, None where none
    fits. Fields of other templates that nobody looked at go."""
    level = levelling_of(reading)
    told = Region.objects.filter(page_id=reading.page_id, kind=RegionKind.TABLE, dismissed=False)
    tables = [level.table(Table.of(each)) for each in told.values_list("data", flat=True)] if templates else []
    found = best_filled(templates, level.lines(lines_of(reading)), tables)
    rows = []
    if found is not None:
        number, filled = found
        rows = [
            _row(reading, each.name, each.value, level.back(each.box), each.confidence, each.fault, number)
            for each in filled.fields
            if each.value or each.fault
        ]
    _suggest(reading, "template:", rows)
    return found[0] if found else None


def lines_of(reading: ReadPage) -> list[Line]:
    """The lines of a page that was read, in pixels of the scan, without those that people struck out."""
    return [Line.of(each) for each in reading.lines if each["text"]]


def levelling_of(reading: ReadPage) -> Levelling:
    """How the scan of a page lies."""
    return Levelling.of(reading.matrix, max(1, reading.page.width), max(1, reading.page.height))


def active_sorter() -> Sorter:
    """The sorter that is in use: the version people chose, else the one the product brings."""
    number = SorterVersion.objects.filter(active=True).values_list("pk", flat=True).first()
    return Sorter.shipped() if number is None else _version(number)


def active_templates() -> dict[int, Form]:
    """The form templates that are in use, by number."""
    found = FormTemplate.objects.filter(retired_at=None).order_by("pk").values_list("pk", "data")
    return {number: Form.of(data) for number, data in found}


@lru_cache(maxsize=4)
def _version(number: int) -> Sorter:
    return Sorter.of(SorterVersion.objects.get(pk=number).data)


def _row(
    reading: ReadPage, name: str, value: str, box: Box, confidence: float, fault: str, source: str | int
) -> PageField:
    left, top, right, bottom = box
    return PageField(
        page_id=reading.page_id, name=name, value=value[:_LONGEST], left=left, top=top, right=right, bottom=bottom,
        confidence=confidence, fault=FAULTS[fault][0] if fault else "",  # type: ignore[index]
        source=f"template:{source}" if isinstance(source, int) else f"rule:{source}",
    )  # fmt: skip


def _suggest(reading: ReadPage, source: str, found: Sequence[PageField]) -> None:
    """Put suggestions in the place of earlier ones; what people accepted or refused is not suggested again."""
    rows = PageField.objects.filter(page_id=reading.page_id, source__startswith=source)
    rows.filter(state=FieldState.SUGGESTED).delete()
    decided = set(rows.values_list("name", "value"))
    PageField.objects.bulk_create([each for each in found if (each.name, each.value) not in decided])
