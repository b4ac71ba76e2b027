"""How many records a rule of archive codes governs, and real codes by it beside the codes by the rule in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from lantai.administration.queries.code_schemes import CodeSchemeView
from lantai.administration.queries.people import Reader
from lantai.archival.codes import CodeError, CodeRule, format_code
from lantai.catalog.models import Level, Record
from lantai.catalog.queries.access import visible
from lantai.catalog.queries.effects import code_values


@dataclass(frozen=True, slots=True)
class ExampleCode:
    """A real record with the code it has, and the codes that the old and the new rule would write for it."""

    record_code: str
    title: str
    code: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RuleReach:
    """Records of a fonds and category: those with a code, which stay as they are, and those still to be numbered."""

    numbered: int
    unnumbered: int


def classes_in_use(*, fonds: str, reader: Reader) -> dict[str, int]:
    """How many records of a fonds lie in each class, by the class joined from the category down."""
    rows = (
        Record.objects.filter(visible(reader), fonds_code=fonds)
        .values_list("category_code", "class_code")
        .annotate(n=Count("pk"))
        .order_by("category_code", "class_code")
    )
    return {"·".join(filter(None, (category, below))): n for category, below, n in rows}


def class_use(*, path: str, since: date) -> tuple[int, int]:
    """How many records lie in a class and below it: all, and those formed on *since* or later."""
    category, _dot, below = path.partition("·")
    there = Q(category_code=category)
    if below:
        there &= Q(class_code=below) | Q(class_code__startswith=f"{below}·")
    found = Record.objects.filter(there).aggregate(every=Count("pk"), late=Count("pk", filter=Q(formed_on__gte=since)))
    return found["every"], found["late"]


def rule_reach(*, fonds: str, category: str) -> RuleReach:
    """How many records the rule of this fonds and category concerns."""
    found = Record.objects.filter(fonds_code=fonds, category_code=category).aggregate(
        numbered=Count("pk", filter=Q(archive_code__isnull=False)),
        unnumbered=Count("pk", filter=Q(archive_code__isnull=True)),
    )
    return RuleReach(found["numbered"], found["unnumbered"])


def example_codes(
    *,
    fonds: str,
    category: str,
    old: CodeSchemeView | None,
    new: CodeRule,
    defaults: Mapping[str, str],
    reader: Reader,
    limit: int = 10,
) -> list[ExampleCode]:
    """The newest records of a fonds and category with their codes by both rules; a fault of a rule stands in its place
    in the reader's language, as far as the rule says it.
    """
    rows = (
        Record.objects.filter(visible(reader), fonds_code=fonds, category_code=category, level=Level.ITEM)
        .select_related("parent")
        .order_by("-pk")[:limit]
    )
    return [
        ExampleCode(
            record_code=row.record_code,
            title=row.title,
            code=row.archive_code or "",
            old=_written(row, old.rule, old.defaults) if old is not None else "",
            new=_written(row, new, defaults),
        )
        for row in rows
    ]


def _written(row: Record, rule: CodeRule, defaults: Mapping[str, str]) -> str:
    volume = row.parent.volume_number if row.parent_id and row.parent else None
    values = code_values(row=row, rule=rule, defaults=defaults, volume_number=volume)
    try:
        return format_code(rule, values, row.item_number or 1)
    except CodeError as error:
        return f"✕ {error.problem.sentence('zh')}"
