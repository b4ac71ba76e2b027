"""Catalogue imports as pages and files show them; for archivists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from lantai.archival.checks.wire import fit
from lantai.archival.tables import Line, TableForm
from lantai.ingest.models import CatalogueImport, Crosswalk, ImportLine, LineState
from lantai.ingest.services.imports.stranger import first_lines, lines_of_catalogue


class NoSuchImport(LookupError):
    """There is no import of that number."""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import in the list; ``counts`` are its lines by state."""

    id: int
    name: str
    state: str
    state_name: str
    by: str
    at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """Equal faults of many lines: how many, the first of them, and one example of what was found."""

    code: str
    column: int
    target: str
    grave: bool
    count: int
    lines: Sequence[int]
    example: str


@dataclass(frozen=True, slots=True)
class ImportView:
    """One import, whole."""

    row: ImportRow
    form: TableForm
    sheets: Sequence[str]
    head_first: int
    head_last: int
    columns: Sequence[str]
    rules: Sequence[Mapping[str, Any]]
    crosswalk: str
    attached_name: str
    attached_files: int
    bytes: int
    sha256: str
    groups: Sequence[FaultGroup]
    surplus: Sequence[str]
    surplus_count: int
    troubles: Sequence[str]
    lines_read: int
    job_id: UUID | None
    checked_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class LineRow:
    """What became of one line."""

    number: int
    state: str
    state_name: str
    faults: Sequence[tuple[str, int, str, str, bool]]
    record_code: str
    archive_code: str
    why: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CrosswalkRow:
    """The newest version of a saved crosswalk."""

    name: str
    version: int
    owner: str
    columns: int
    rules: int
    saved_at: datetime


def list_imports(*, offset: int, limit: int) -> tuple[list[ImportRow], int]:
    """The imports, newest first, and how many there are; three queries."""
    rows = list(CatalogueImport.objects.order_by("-pk")[offset : offset + limit])
    counts = _counts([each.pk for each in rows])
    return [_row(each, counts[each.pk]) for each in rows], CatalogueImport.objects.count()


def import_view(*, catalogue_id: int) -> ImportView:
    """One import. Raises NoSuchImport."""
    found = CatalogueImport.objects.select_related("crosswalk").filter(pk=catalogue_id).first()
    if found is None:
        raise NoSuchImport(str(catalogue_id))
    return ImportView(
        row=_row(found, _counts([found.pk])[found.pk]),
        form=fit(found.form, TableForm),
        sheets=found.sheets,
        head_first=found.head_first,
        head_last=found.head_last,
        columns=found.columns,
        rules=found.rules,
        crosswalk=str(found.crosswalk) if found.crosswalk else "",
        attached_name=found.attached_name,
        attached_files=found.attached_files,
        bytes=found.bytes,
        sha256=found.sha256,
        groups=[FaultGroup(*each) for each in found.fault_groups],
        surplus=found.surplus,
        surplus_count=found.surplus_count,
        troubles=found.troubles,
        lines_read=found.lines_read,
        job_id=found.job_id,
        checked_at=found.checked_at,
        finished_at=found.finished_at,
    )


def sample_lines(*, catalogue_id: int) -> tuple[Line, ...]:
    """The first lines of an import's table, header and titles among them. Raises NoSuchImport."""
    found = CatalogueImport.objects.filter(pk=catalogue_id).first()
    if found is None:
        raise NoSuchImport(str(catalogue_id))
    return first_lines(catalogue=found)


def import_lines(*, catalogue_id: int, state: str, offset: int, limit: int) -> tuple[list[LineRow], int]:
    """The lines of an import in their order, of one state or of all, and how many there are."""
    found = ImportLine.objects.filter(catalogue_id=catalogue_id)
    if state in LineState.values:
        found = found.filter(state=state)
    return [_line(each) for each in found.order_by("number")[offset : offset + limit]], found.count()


def all_import_lines(*, catalogue_id: int, with_faults: bool = False) -> Iterator[LineRow]:
    """Every line of an import in its order, or those something was found about."""
    found = ImportLine.objects.filter(catalogue_id=catalogue_id)
    if with_faults:
        found = found.exclude(faults=[])
    return (_line(each) for each in found.order_by("number").iterator(chunk_size=1000))


def kept_out_cells(*, catalogue_id: int) -> Iterator[tuple[str, ...]]:
    """The cells, as they stood in the file, of the lines that became no record. Raises NoSuchImport, ParserError."""
    catalogue = CatalogueImport.objects.filter(pk=catalogue_id).first()
    if catalogue is None:
        raise NoSuchImport(str(catalogue_id))
    states = [LineState.FAULTY, LineState.REFUSED]
    numbers = set(catalogue.lines.filter(state__in=states).values_list("number", flat=True))
    width = len(catalogue.columns)
    for portion in lines_of_catalogue(catalogue=catalogue) if numbers else ():
        for each in portion:
            if each.number in numbers:
                yield (*each.cells, *[""] * (width - len(each.cells)))[:width]


def list_crosswalks() -> list[CrosswalkRow]:
    """The saved crosswalks, the newest version of each, by name."""
    newest: dict[str, Crosswalk] = {}
    for each in Crosswalk.objects.order_by("name", "-version"):
        newest.setdefault(each.name, each)
    return [
        CrosswalkRow(each.name, each.version, each.owner, len(each.columns), len(each.rules), each.saved_at)
        for each in newest.values()
    ]


def crosswalk_rules(*, name: str) -> list[dict[str, Any]]:
    """The rules of the newest version of a saved crosswalk. Raises NoSuchImport."""
    found = Crosswalk.objects.filter(name=name).order_by("-version").first()
    if found is None:
        raise NoSuchImport(name)
    return list(found.rules)


def _counts(ids: Sequence[int]) -> dict[int, dict[str, int]]:
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    rows = ImportLine.objects.filter(catalogue_id__in=ids).values_list("catalogue_id", "state")
    for number, state, many in rows.annotate(many=Count("pk")).order_by():
        counts[number][state] = many
    return counts


def _row(found: CatalogueImport, counts: Mapping[str, int]) -> ImportRow:
    return ImportRow(
        found.pk, found.name, found.state, str(found.get_state_display()), found.by, found.at, dict(counts)
    )


def _line(found: ImportLine) -> LineRow:
    return LineRow(
        number=found.number,
        state=found.state,
        state_name=str(found.get_state_display()),
        faults=[(each[0], each[1], each[2], each[3], each[4]) for each in found.faults],
        record_code=found.record_code if found.state == LineState.TAKEN else "",
        archive_code=found.archive_code,
        why=found.why,
        values=found.values,
    )
