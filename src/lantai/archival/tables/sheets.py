"""Lines of Excel workbooks (.xlsx), read as a stream: values of formulas as they were kept, dates as ISO dates.

What a workbook is made of is read with openpyxl, its sheets by us: openpyxl goes through a whole sheet before it gives
the first line where the sheet does not tell its size, and through all shared texts, and makes an object of every cell.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from lxml import etree
from openpyxl.packaging.manifest import Manifest
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import CALENDAR_MAC_1904, from_excel, from_ISO8601
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHARED_STRINGS

from lantai.archival.tables.cleaning import cell_text
from lantai.archival.tables.model import MOST_COLUMNS, Line, TableForm, TableRefused

_BROKEN = (
    *(zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, IndexError, AttributeError, RuntimeError),
    *(etree.LxmlError, SyntaxError, InvalidFileException),
)
"""What readers of workbooks raise for a damaged one."""
_PIECE = 1 << 18
_ROW = re.compile(rb"<row\b[^>]*>")
_NUMBER = re.compile(rb"""\sr=["'](\d{1,7})["']""")
_DATA = re.compile(rb"<sheetData\b[^>]*>")
_COLUMN = re.compile("([A-Z]{1,3})[0-9]*")


@dataclass(frozen=True, slots=True)
class _Book:
    """A workbook that is open: its archive, its sheets (name, path, whether it can be seen), the styles that mean dates
    and spans of time, the date its days are counted from, and its shared texts."""

    archive: zipfile.ZipFile
    sheets: dict[str, tuple[str, bool]]
    days: frozenset[int]
    spans: frozenset[int]
    epoch: datetime
    texts: _Texts


class _Texts:
    """The texts that cells share, read as far as they are asked for: the first lines need only the first of them."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        self.known: list[str] = []
        self.more = _shared_texts(stream) if stream is not None else iter(())

    def at(self, number: int) -> str:
        """The text of that number. Raises IndexError."""
        if number < 0:
            raise IndexError(number)
        while len(self.known) <= number:
            try:
                self.known.append(next(self.more))
            except StopIteration:
                raise IndexError(number) from None
        return self.known[number]


@contextmanager
def _workbook(path: Path) -> Iterator[_Book]:
    with warnings.catch_warnings(), path.open("rb") as stream:
        warnings.simplefilter("ignore")
        try:
            reader = ExcelReader(stream, read_only=True, data_only=True, keep_links=False)
            reader.read_manifest()
            reader.read_workbook()
            apply_stylesheet(reader.archive, reader.wb)
            held = set(reader.archive.namelist())
            sheets = {
                sheet.name: (part.target, sheet.state == "visible")
                for sheet, part in reader.parser.find_sheets()
                if part.target in held and "chartsheet" not in part.Type
            }
            book = _Book(
                archive=reader.archive,
                sheets=sheets,
                days=frozenset(reader.wb._date_formats),
                spans=frozenset(reader.wb._timedelta_formats),
                epoch=reader.wb.epoch,
                texts=_Texts(_shared(reader.archive, reader.package)),
            )
        except _BROKEN as fault:
            raise TableRefused("broken", str(fault)[:200]) from None
        try:
            yield book
        finally:
            book.archive.close()


def _shared(archive: zipfile.ZipFile, manifest: Manifest) -> IO[bytes] | None:
    part = manifest.find(SHARED_STRINGS)
    return archive.open(part.PartName[1:]) if part is not None else None


def sheet_forms(path: Path) -> tuple[TableForm, tuple[str, ...]]:
    """How to read the workbook, the first visible sheet that holds something chosen, and the names of its sheets.

    Raises TableRefused.
    """
    with _workbook(path) as book:
        epoch = 1904 if book.epoch == CALENDAR_MAC_1904 else 1900
        names = list(book.sheets)
        if not names:
            raise TableRefused("empty")
        visible = [name for name, (_path, seen) in book.sheets.items() if seen] or names
    for name in visible:
        form = TableForm("xlsx", sheet=name, epoch=epoch)
        if any(not each.empty for each, _place in zip(sheet_lines(path, form, 0), range(1000), strict=False)):
            return form, tuple(names)
    return TableForm("xlsx", sheet=visible[0], epoch=epoch), tuple(names)


def sheet_lines(path: Path, form: TableForm, after: int) -> Iterator[Line]:
    """The lines of the sheet behind line *after*, numbered as Excel shows them. Raises TableRefused."""
    with _workbook(path) as book:
        if form.sheet not in book.sheets:
            raise TableRefused("broken", form.sheet)
        try:
            with book.archive.open(book.sheets[form.sheet][0]) as stream:
                for number, row in _rows(stream, after):
                    yield _line(number, _values(row, book))
        except _BROKEN as fault:
            if isinstance(fault, TableRefused):
                raise
            raise TableRefused("broken", str(fault)[:200]) from None


def _line(number: int, values: list[object]) -> Line:
    last = len(values)
    while last and values[last - 1] is None:
        last -= 1
    if last > MOST_COLUMNS:
        raise TableRefused("too-wide")
    troubles: list[str] = []
    return Line(number, tuple(cell_text(each, troubles) for each in values[:last]), tuple(dict.fromkeys(troubles)))


def _rows(stream: IO[bytes], after: int) -> Iterator[tuple[int, etree._Element]]:
    """The rows behind line *after* with their numbers, as elements that are gone when the next is asked for."""
    tags = ("{*}row", "{*}sheetData")
    parser = etree.XMLPullParser(("end",), tag=tags, huge_tree=True, resolve_entities=False, no_network=True)
    ahead = _Ahead(stream)
    for piece in ahead.behind(after):
        parser.feed(piece)
        for _event, found in parser.read_events():
            element = cast(etree._Element, found)
            if str(element.tag).endswith("sheetData"):
                while stream.read(_PIECE):  # to its end, so that damage is noticed
                    pass
                return
            told = element.get("r")
            ahead.number = int(told) if told else ahead.number + 1
            if ahead.number > after:
                yield ahead.number, element
            _let_go(element)
    parser.close()


def _let_go(element: etree._Element) -> None:
    """Forget an element and all before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


class _Ahead:
    """A sheet in pieces; rows up to a line are left out without being parsed. ``number`` is that of the last row left
    out, then of the last one parsed.

    A sheet that is not written as common programs do (another prefix, another encoding) is given whole.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.number = stream, 0

    def behind(self, after: int) -> Iterator[bytes]:
        """The pieces of the sheet, with no row but those behind line *after*."""
        data = self.stream.read(_PIECE)
        head = _DATA.search(data) if after else None
        if head is not None and not head[0].endswith(b"/>"):
            yield data[: head.end()]
            data = self._skipped(data[head.end() :], after)
        while data:
            yield data
            data = self.stream.read(_PIECE)

    def _skipped(self, data: bytes, after: int) -> bytes:
        """What is left of *data*, and of the stream read on, from the first row behind line *after*."""
        while True:
            done = 0
            for each in _ROW.finditer(data):
                told = _NUMBER.search(each[0])
                number = int(told[1]) if told else self.number + 1
                if number > after:
                    return data[each.start() :]
                self.number, done = number, each.end()
            ends = data.find(b"</sheetData", done)
            if ends >= 0:
                return data[ends:]
            more = self.stream.read(_PIECE)
            if not more:
                return data[done:]
            data = data[max(done, data.rfind(b"<")) :] + more


def _values(row: etree._Element, book: _Book) -> list[object]:
    """The cells of a row in their columns; None for those that are not there."""
    values: list[object] = []
    for cell in row.iterchildren("{*}c"):
        place = cell.get("r")
        column = _column(place) if place else len(values)
        if column > MOST_COLUMNS and not len(cell):
            continue
        if column > 16_384:
            raise TableRefused("too-wide")
        value = _value(cell, book)
        if column == len(values):
            values.append(value)
            continue
        values.extend([None] * (column + 1 - len(values)))
        values[column] = value
    return values


def _column(place: str) -> int:
    """The column of a place such as B7, from 0."""
    letters = _COLUMN.fullmatch(place)
    if letters is None:
        raise ValueError(place)
    number = 0
    for each in letters[1]:
        number = number * 26 + ord(each) - 64
    return number - 1


def _value(cell: etree._Element, book: _Book) -> object:
    """What a cell holds; of a formula, what it came to when it was last reckoned."""
    kind, text = cell.get("t", "n"), ""
    for child in cell:
        name = child.tag.rpartition("}")[2] if isinstance(child.tag, str) else ""
        if name == "v":
            text = child.text or ""
        elif name == "is" and kind == "inlineStr":
            return _plain(child)
    if not text or kind == "inlineStr":
        return None
    match kind:
        case "s":
            return book.texts.at(int(text))
        case "n":
            return _number(text, int(cell.get("s", 0)), book)
        case "b":
            return bool(int(text))
        case "d":
            return from_ISO8601(text)
    return text


def _number(text: str, style: int, book: _Book) -> object:
    number = float(text) if "." in text or "E" in text or "e" in text else int(text)
    if style not in book.days:
        return number
    try:
        return from_excel(number, book.epoch, timedelta=style in book.spans)
    except (OverflowError, ValueError):
        return "#VALUE!"


def _shared_texts(stream: IO[bytes]) -> Iterator[str]:
    """The shared texts in their order; what is written above characters to say how they sound is no text."""
    with stream:
        events = etree.iterparse(stream, events=("end",), tag="{*}si", huge_tree=True, resolve_entities=False)
        for _event, element in events:
            yield _plain(element).replace("x005F_", "")
            _let_go(element)


def _plain(element: etree._Element) -> str:
    """The text of a shared or inline text: its own, then that of its differently written parts."""
    own = "".join(each.text or "" for each in element.iterchildren("{*}t"))
    return own + "".join(each.text or "" for part in element.iterchildren("{*}r") for each in part.iterchildren("{*}t"))


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
