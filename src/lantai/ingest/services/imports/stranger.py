"""A catalogue's file and its attached files, read by the limited children, portion by portion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lantai.archival.checks.sandbox import ParserError
from lantai.archival.checks.wire import fit, pack, unpack
from lantai.archival.tables import AttachedFiles, Head, Line, Portion, TableForm, TableLook
from lantai.ingest.area import import_path
from lantai.ingest.models import CatalogueImport
from lantai.ingest.services.sandboxes import sandbox

PORTION = 20_000
"""Lines read at once: so many lie in memory."""
_LOOK = "lantai.archival.tables.reading:look_at_table"
_READ = "lantai.archival.tables.reading:read_portion"
_ATTACHED = "lantai.archival.tables.attached:list_attached"


def look_at_catalogue(*, path: Path, sheet: str = "") -> TableLook:
    """The first look at a table. One that ends its child is told as broken. Raises OSError, SandboxClosed."""
    try:
        found: TableLook = sandbox().call(_LOOK, path, sheet, kind=TableLook)
    except ParserError as error:
        return TableLook(TableForm("csv"), (), (), Head(0, 0, ()), "broken", error.code)
    return found


def keep_first_lines(*, catalogue: CatalogueImport, lines: Sequence[Line]) -> None:
    """Keep the first lines beside the table, so that pages show them without reading the table again."""
    path = import_path(catalogue.pk, "first")
    path.write_bytes(pack(tuple(lines)))


def first_lines(*, catalogue: CatalogueImport) -> tuple[Line, ...]:
    """The first lines as they were kept; none when the table is gone."""
    path = import_path(catalogue.pk, "first")
    return unpack(path.read_bytes(), tuple[Line, ...]) if path.is_file() else ()


def lines_of_catalogue(*, catalogue: CatalogueImport, after: int = 0) -> Iterator[list[Line]]:
    """The lines below the header behind line *after*, in portions. Raises ParserError, OSError, SandboxClosed."""
    form: TableForm = fit(catalogue.form, TableForm)
    after = max(after, catalogue.head_last)
    while True:
        portion: Portion = sandbox().call(_READ, import_path(catalogue.pk, "table"), form, after, PORTION, kind=Portion)
        if portion.lines:
            yield list(portion.lines)
        if portion.done:
            return
        after = portion.after


def attached_files(*, catalogue: CatalogueImport) -> AttachedFiles:
    """The files that came with the catalogue; none when none came. Raises ParserError, OSError, SandboxClosed."""
    path = import_path(catalogue.pk, "files.zip")
    if not path.is_file():
        return AttachedFiles(())
    found: AttachedFiles = sandbox().call(_ATTACHED, path, kind=AttachedFiles)
    return found
