"""Lines of Excel workbooks (.xlsx), read as a stream: values of formulas as they were kept, dates as ISO dates."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import openpyxl
from lxml import etree
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.utils.exceptions import InvalidFileException

from lantai.archival.tables.cleaning import cell_text
from lantai.archival.tables.model import MOST_COLUMNS, Line, TableForm, TableRefused

_BROKEN = (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, IndexError, AttributeError, etree.LxmlError,
           InvalidFileException)  # fmt: skip
"""What the reader of workbooks raises for a damaged one."""


@contextmanager
def _workbook(path: Path) -> Iterator[openpyxl.Workbook]:
    with warnings.catch_warnings(), path.open("rb") as stream:
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        except _BROKEN as fault:
            raise TableRefused("broken", str(fault)[:200]) from None
        try:
            yield book
        finally:
            book.close()


def sheet_forms(path: Path) -> tuple[TableForm, tuple[str, ...]]:
    """How to read the workbook, the first visible sheet that holds something chosen, and the names of its sheets.

    Raises TableRefused.
    """
    with _workbook(path) as book:
        epoch = 1904 if book.epoch == CALENDAR_MAC_1904 else 1900
        names = [each.title for each in book.worksheets]
        if not names:
            raise TableRefused("empty")
        visible = [each.title for each in book.worksheets if each.sheet_state == "visible"] or names
    for name in visible:
        form = TableForm("xlsx", sheet=name, epoch=epoch)
        if any(not each.empty for each, _place in zip(sheet_lines(path, form, 0), range(1000), strict=False)):
            return form, tuple(names)
    return TableForm("xlsx", sheet=visible[0], epoch=epoch), tuple(names)


def sheet_lines(path: Path, form: TableForm, after: int) -> Iterator[Line]:
    """The lines of the sheet behind line *after*, numbered as Excel shows them. Raises TableRefused."""
    with _workbook(path) as book:
        if form.sheet not in book.sheetnames:
            raise TableRefused("broken", form.sheet)
        sheet = book[form.sheet]
        sheet.reset_dimensions()
        try:
            for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
                if number > after:
                    yield _line(number, values)
        except _BROKEN as fault:
            if isinstance(fault, TableRefused):
                raise
            raise TableRefused("broken", str(fault)[:200]) from None


def _line(number: int, values: tuple[object, ...]) -> Line:
    last = len(values)
    while last and values[last - 1] is None:
        last -= 1
    if last > MOST_COLUMNS:
        raise TableRefused("too-wide")
    troubles: list[str] = []
    return Line(number, tuple(cell_text(each, troubles) for each in values[:last]), tuple(dict.fromkeys(troubles)))


def from_serial(days: float, epoch: int) -> datetime | None:
    """The day that a bare date number of a spreadsheet stands for; None outside of 1900 to 9999.

    In the system of 1900 there is a 29 February 1900 (day 60) that never was: days before it are counted from one day
    later, itself it stands for 28 February. In the system of 1904 day 0 is 1 January 1904.
    """
    ordinal = datetime(1904, 1, 1).toordinal() if epoch == 1904 else datetime(1899, 12, 30).toordinal()  # noqa: DTZ001
    whole = int(days)
    if epoch != 1904 and whole < 60:
        whole += 1
    elif epoch != 1904 and whole == 60:
        whole = 60
    try:
        return datetime.fromordinal(ordinal + whole)
    except (ValueError, OverflowError):
        return None
