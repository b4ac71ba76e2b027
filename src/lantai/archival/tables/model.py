"""What a table of strangers is, whatever file it came in: lines of text cells, each with its line and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["xlsx", "csv", "xml", "dbf"]


class TableRefused(ValueError):
    """A file that cannot be read as a table. ``code`` is one of ``REFUSALS``."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


REFUSALS = {
    "empty": ("文件里没有任何一行", "the file holds no line"),
    "old-excel": (
        "这是旧版 Excel（.xls）文件，请在 Excel 或 WPS 里另存为 .xlsx 或 CSV 后再上传",
        "this is an old Excel file (.xls): save it as .xlsx or CSV and upload that",
    ),
    "not-a-table": (
        "不能识别为 Excel（.xlsx）、CSV、XML 或 DBF 表格",
        "this is no Excel (.xlsx), CSV, XML or DBF table",
    ),
    "broken": ("文件已损坏或没有传完，读不下去", "the file is damaged or was cut off"),
    "entities": ("XML 声明了实体，为安全不予读取", "the XML declares entities, which are not read"),
    "too-wide": ("列数超过 500", "the table has more than 500 columns"),
}
"""Why a table cannot be read, in Chinese and in English, by code."""

MOST_COLUMNS = 500


@dataclass(frozen=True, slots=True)
class TableForm:
    """How to read a table again, the same each time: what a first look found, or a person corrected.

    ``sheet`` names the sheet of a workbook. ``epoch`` is the year of day 1 of bare date numbers (1900 or 1904).
    ``columns`` and ``record`` are the fields and the repeated element of an XML table.
    """

    kind: Kind
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ","
    epoch: int = 1900
    record: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line as text cells. ``number`` counts from 1 as the program shows it that people open the file with.

    ``troubles`` are codes of what was wrong with the line itself: ``quote`` (a quotation mark that is not closed),
    ``encoding`` (bytes that are no text), ``control`` (control characters, left out), ``error`` (a failed formula).
    """

    number: int
    cells: tuple[str, ...]
    troubles: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing stands in it."""
        return not any(self.cells)


@dataclass(frozen=True, slots=True)
class Portion:
    """Some lines of a table, empty ones left out; ``after`` is where the next portion goes on, ``done`` ends it."""

    lines: tuple[Line, ...]
    after: int
    done: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The header of a table: its lines from ``first`` to ``last`` (0 when there is none), and a name a column."""

    first: int
    last: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableLook:
    """What a first look at a table shows: how to read it, its sheets, its first lines, and where its header stands.

    ``refused`` and ``detail`` say why it cannot be read; then nothing else counts.
    """

    form: TableForm
    sheets: tuple[str, ...]
    lines: tuple[Line, ...]
    head: Head
    refused: str = ""
    detail: str = ""


def column_letters(place: int) -> str:
    """The name of the column at *place* (from 0) as spreadsheets show it: A, B ... Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(place: int, line: int) -> str:
    """The name of a cell as spreadsheets show it: C12."""
    return f"{column_letters(place)}{line}"
