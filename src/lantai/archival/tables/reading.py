"""The two calls a child answers about a stranger's table: a first look, and portion after portion of its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from lantai.archival.tables.dbf import dbf_form, dbf_lines, looks_like_dbf
from lantai.archival.tables.delimited import delimited_form, delimited_lines
from lantai.archival.tables.heads import find_head
from lantai.archival.tables.model import Head, Line, Portion, TableForm, TableLook, TableRefused
from lantai.archival.tables.sheets import sheet_forms, sheet_lines
from lantai.archival.tables.xml_rows import xml_form, xml_lines

FIRST_LINES = 60
_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def look_at_table(path: Path, sheet: str = "") -> TableLook:
    """What the table at *path* is, and its first lines; *sheet* chooses the sheet of a workbook. Raises OSError."""
    try:
        form, sheets = _recognise(path)
        if sheet and sheet in sheets:
            form = replace(form, sheet=sheet)
        lines = tuple(islice((each for each in _lines(path, form, 0) if not each.empty), FIRST_LINES))
        if not lines:
            raise TableRefused("empty")
    except TableRefused as refused:
        return TableLook(TableForm("csv"), (), (), Head(0, 0, ()), refused.code, refused.detail)
    head = Head(0, 0, form.columns) if form.columns else find_head(lines)
    return TableLook(form, sheets, lines, head)


def read_portion(path: Path, form: TableForm, after: int, limit: int) -> Portion:
    """Up to *limit* lines that hold something, behind line *after*. Raises TableRefused, OSError."""
    lines: list[Line] = []
    for each in _lines(path, form, after):
        if each.empty:
            continue
        lines.append(each)
        if len(lines) == limit:
            return Portion(tuple(lines), each.number, False)
    return Portion(tuple(lines), lines[-1].number if lines else after, True)


def _recognise(path: Path) -> tuple[TableForm, tuple[str, ...]]:
    with path.open("rb") as stream:
        data = stream.read(4096)
    if not data.strip():
        raise TableRefused("empty")
    if data.startswith(_OLE2):
        raise TableRefused("old-excel")
    if data.startswith(b"PK\x03\x04"):
        return sheet_forms(path)
    if looks_like_dbf(path):
        return dbf_form(path), ()
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<") or data[:6] in (b"\xff\xfe<\x00?\x00", b"\xfe\xff\x00<\x00?"):
        return xml_form(path), ()
    return delimited_form(path), ()


def _lines(path: Path, form: TableForm, after: int) -> Iterator[Line]:
    read = {"xlsx": sheet_lines, "csv": delimited_lines, "xml": xml_lines, "dbf": dbf_lines}[form.kind]
    return read(path, form, after)
