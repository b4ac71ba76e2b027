"""Write tables: the same lines as Excel workbook, CSV or XML, so that our own reader reads them back unchanged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import BinaryIO, Literal

import openpyxl
from lxml import etree
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

OutputKind = Literal["xlsx", "csv", "xml"]
_FORBIDDEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 65534, 65535))
_DAY = datetime(2000, 1, 1)  # noqa: DTZ001 - workbooks carry moments without a zone


def write_table(
    target: BinaryIO,
    kind: OutputKind,
    columns: Sequence[tuple[str, str]],
    lines: Iterable[Sequence[str]],
    *,
    title: str,
) -> None:
    """Write *lines* under *columns* (key and heading of each) to *target*; every cell is text.

    CSV has a UTF-8 mark, so that Excel reads it. A CSV cell that a spreadsheet would run as a formula is written as it
    is: the file is data for an import, and its reader must find what was there.
    """
    if kind == "xlsx":
        _write_workbook(target, columns, lines, title)
    elif kind == "csv":
        target.writelines(_csv(columns, lines))
    else:
        _write_xml(target, columns, lines)


def _write_workbook(
    target: BinaryIO, columns: Sequence[tuple[str, str]], lines: Iterable[Sequence[str]], title: str
) -> None:
    book = openpyxl.Workbook(write_only=True)
    book.properties.created = book.properties.modified = _DAY
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    head = [WriteOnlyCell(sheet, heading) for _key, heading in columns]
    for each in head:
        each.font = Font(bold=True)
        each.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.append(head)
    for line in lines:
        sheet.append([_text(sheet, each) for each in line])
    book.save(target)


def _text(sheet: object, value: str) -> WriteOnlyCell:
    """A text cell: never a formula, never a number, whatever it looks like."""
    cell = WriteOnlyCell(sheet, _escaped(value.translate(_FORBIDDEN)))
    cell.data_type = "s"
    return cell


def _escaped(text: str) -> str:
    """Excel reads ``_x0041_`` as a letter; the underscore before it is written as such a mark itself."""
    return text.replace("_x", "_x005F_x") if "_x" in text else text


def _csv(columns: Sequence[tuple[str, str]], lines: Iterable[Sequence[str]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield b"\xef\xbb\xbf"
    writer.writerow([heading for _key, heading in columns])
    for line in lines:
        writer.writerow(line)
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode("utf-8", "replace")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8", "replace")


def _write_xml(target: BinaryIO, columns: Sequence[tuple[str, str]], lines: Iterable[Sequence[str]]) -> None:
    with etree.xmlfile(target, encoding="utf-8") as file:
        file.write_declaration()
        with file.element("目录"):
            for line in lines:
                record = etree.Element("条目")
                for (_key, heading), value in zip(columns, line, strict=True):
                    if value:
                        etree.SubElement(record, heading).text = value.translate(_FORBIDDEN)
                file.write(record)
