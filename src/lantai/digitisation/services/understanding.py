"""What a page that was read is and says (文件种类与字段): its kind, and the values on it, as suggestions for people."""

from __future__ import annotations

from collections.abc import Sequence

from lantai.archival.imaging.fields import FAULTS, FIELDS, Field, find_fields
from lantai.archival.imaging.model import Line
from lantai.archival.imaging.sorting import Sorter
from lantai.digitisation.models import FieldState, PageField, ReadPage

SYSTEM = "system"
_LONGEST = 1000


def understand(*, reading: ReadPage) -> None:
    """Fill the kind and the fields of a page that was read, in the caller's transaction.

    Call it once the page's ReadPage and its Region rows (tables) are saved; ReadPage.lines are Line.data(). What
    people decided stays: a kind they set, values they accepted or refused. No picture is opened.
    """
    lines = lines_of(reading)
    if reading.kind_by in ("", SYSTEM):
        decided = Sorter.shipped().decide(lines)
        reading.kind, reading.kind_confidence, reading.kind_by = decided.kind, decided.confidence, SYSTEM
        reading.save(update_fields=["kind", "kind_confidence", "kind_by"])
    _suggest(reading, "rule:", [_by_rule(reading, each) for each in find_fields(lines)])


def lines_of(reading: ReadPage) -> list[Line]:
    """The lines of a page that was read, as the engines take them."""
    return [Line.of(each) for each in reading.lines]


def _by_rule(reading: ReadPage, found: Field) -> PageField:
    left, top, right, bottom = found.box
    return PageField(
        page_id=reading.page_id, name=FIELDS[found.code][0], value=found.value[:_LONGEST], left=left, top=top,
        right=right, bottom=bottom, confidence=found.confidence, source=f"rule:{found.code}",
        fault=FAULTS[found.fault][0] if found.fault else "",
    )  # fmt: skip


def _suggest(reading: ReadPage, source: str, found: Sequence[PageField]) -> None:
    """Put suggestions in the place of earlier ones; what people accepted or refused is not suggested again."""
    rows = PageField.objects.filter(page_id=reading.page_id, source__startswith=source)
    rows.filter(state=FieldState.SUGGESTED).delete()
    decided = set(rows.values_list("name", "value"))
    PageField.objects.bulk_create([each for each in found if (each.name, each.value) not in decided])
