"""Files of catalogue imports: lists of faults, lines that stayed out, line-by-line reports, exported catalogues."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from django.http import FileResponse
from django.utils.translation import gettext as _

from lantai.administration.queries.people import Reader
from lantai.archival.tables import OutputKind, cell_name, column_letters, targets, write_table
from lantai.catalog.queries import EXPORTED, Exported, exported_lines
from lantai.ingest import import_queries as queries
from lantai.ingest.import_line_pages import problems_of
from lantai.ingest.import_words import fault_words, target_name

Which = Literal["faults", "refused", "report"]
_MIMES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "xml": "application/xml",
}


def import_file(catalogue_id: int, which: Which, kind: OutputKind) -> FileResponse:
    """One of the files of an import. Raises NoSuchImport."""
    view = queries.import_view(catalogue_id=catalogue_id)
    names = {"faults": _("问题清单"), "refused": _("未导入的行"), "report": _("逐行报告")}
    stem = view.row.name.rpartition(".")[0] or view.row.name
    if which == "refused":
        columns = [(each, each) for each in view.columns]
        lines: Iterable[Sequence[str]] = queries.kept_out_cells(catalogue_id=catalogue_id)
    elif which == "faults":
        columns = _titled(
            _("行"), _("列"), _("列名"), _("单元格"), _("著录项"), _("结果"), _("问题"), _("原值"), _("怎么办")
        )
        lines = _faults(view)
    else:
        columns = _titled(_("行"), _("结果"), _("档号"), _("电子文件号"), _("问题"))
        lines = (
            (str(each.number), each.state_name, each.archive_code, each.record_code, problems_of(each, view.columns))
            for each in queries.all_import_lines(catalogue_id=catalogue_id)
        )
    return table_response(f"{stem}-{names[which]}", kind, columns, lines, title=names[which])


def _titled(*names: str) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _faults(view: queries.ImportView) -> Iterator[tuple[str, ...]]:
    for each in queries.all_import_lines(catalogue_id=view.row.id, with_faults=True):
        for code, column, target, found, grave in each.faults:
            what, advice = fault_words(code, target, found)
            inside = 0 <= column < len(view.columns)
            yield (
                str(each.number),
                column_letters(column) if inside else "",
                view.columns[column] if inside else "",
                cell_name(column, each.number) if inside else "",
                target_name(target),
                _("不导入") if grave else _("提示"),
                what,
                found,
                advice,
            )


def export_file(wanted: Exported, kind: OutputKind, reader: Reader) -> FileResponse:
    """The catalogue as *reader* may see it, in the elements an import reads back."""
    columns = [(key, targets()[key].zh) for key in EXPORTED]
    return table_response(
        _("档案目录"), kind, columns, exported_lines(wanted=wanted, reader=reader), title=_("档案目录")
    )


def table_response(
    stem: str, kind: OutputKind, columns: Sequence[tuple[str, str]], lines: Iterable[Sequence[str]], *, title: str
) -> FileResponse:
    """A table as a download; it is written to a temporary file first, so that any length takes little memory."""
    made = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    write_table(made, kind, columns, lines, title=title)
    made.seek(0)
    return FileResponse(made, as_attachment=True, filename=f"{stem}.{kind}", content_type=_MIMES[kind])
