"""Lines of text tables: comma, tab, semicolon; UTF-8 with or without mark, UTF-16, GB 18030; quotes gone wrong."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lantai.archival.tables.cleaning import clean_text
from lantai.archival.tables.model import MOST_COLUMNS, Line, TableForm, TableRefused

_DELIMITERS = (",", "\t", ";", "|", "，")
_SAMPLE = 1024 * 1024
_LONGEST_RECORD = 64
"""Physical lines one quoted cell may run over; what runs on is a quotation mark that was never closed."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
csv.field_size_limit(16 * 1024 * 1024)


def delimited_form(path: Path) -> TableForm:
    """How the text table at *path* is encoded and separated. Raises TableRefused for what is no text."""
    with path.open("rb") as stream:
        data = stream.read(_SAMPLE)
    encoding = _encoding(data)
    sample = codecs.getincrementaldecoder(encoding)("replace").decode(data)
    if sample.count("\0") or (sample and sample.count("\ufffd") * 10 > len(sample)):
        raise TableRefused("not-a-table")
    return TableForm("csv", encoding=encoding, delimiter=_delimiter(sample.splitlines()[:50]))


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(data)
        except UnicodeDecodeError:
            continue
        return encoding
    # Neither throughout: a few bytes went wrong somewhere. What reads with fewer losses is what it was.
    losses = {each: data.decode(each, "replace").count("\ufffd") for each in ("utf-8", "gb18030")}
    return min(losses, key=losses.__getitem__)


def _delimiter(lines: list[str]) -> str:
    """The separator that splits most lines into one same number of cells."""
    best, score = ",", 0
    for each in _DELIMITERS:
        widths = Counter(line.count(each) + 1 for line in lines if line.strip())
        width, times = max(widths.items(), key=lambda found: (found[0] > 1, found[1]), default=(1, 0))
        if width > 1 and times * width > score:
            best, score = each, times * width
    return best


def delimited_lines(path: Path, form: TableForm, after: int) -> Iterator[Line]:
    """The records of the text table behind physical line *after*. A record over several lines has the first's number.

    A quotation mark that is never closed, or closed only lines later so that cells are swallowed, takes no other line
    with it: the line is split at its separators, the marks are characters, and its trouble says so.
    """
    with path.open("rb") as stream:
        text = io.TextIOWrapper(stream, encoding=form.encoding, errors="replace", newline="")
        source = enumerate(_physical(text), 1)
        width = 0
        waiting: list[tuple[int, str]] = []
        while True:
            number, line = waiting.pop(0) if waiting else next(source, (0, ""))
            if not number:
                return
            cells, ahead, broken = _record(line, form.delimiter, waiting, source, width)
            if not broken and not ahead and len(cells) > 1:
                width = max(width, len(cells))
            if number > after:
                yield _line(number, cells, broken)


def _physical(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines ended by LF, CR LF or CR alone."""
    for piece in text:
        yield from piece.rstrip("\r\n").split("\r") if "\r" in piece.rstrip("\r\n") else (piece.rstrip("\r\n"),)


def _record(
    line: str, delimiter: str, waiting: list[tuple[int, str]], source: Iterator[tuple[int, str]], width: int
) -> tuple[list[str], int, bool]:
    """The cells of the record that begins with *line*, how many further lines it took, and whether its quotes were
    wrong. Lines read ahead in vain go to *waiting*.
    """
    if '"' not in line:
        return line.split(delimiter), 0, False
    cells, state = _split(line, delimiter)
    if state == "whole":
        return cells, 0, False
    if state == "open":
        ahead = waiting[:_LONGEST_RECORD]
        ahead += islice(source, _LONGEST_RECORD - len(ahead))
        waiting[:] = ahead + waiting[_LONGEST_RECORD:]
        joined = line
        for taken, (_number, following) in enumerate(ahead, 1):
            joined += "\n" + following
            cells, state = _split(joined, delimiter)
            if state == "broken":
                break
            if state == "whole":
                if width and len(cells) < width:
                    break
                del waiting[:taken]
                return cells, taken, False
    return [each.strip('"') for each in line.split(delimiter)], 0, True


def _split(text: str, delimiter: str) -> tuple[list[str], str]:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), []), "whole"
    except csv.Error as fault:
        return [], "open" if "unexpected end" in str(fault) else "broken"


def _line(number: int, cells: list[str], broken: bool) -> Line:
    if len(cells) > MOST_COLUMNS:
        raise TableRefused("too-wide")
    troubles = ["quote"] * broken
    if any("\ufffd" in each for each in cells):
        troubles.append("encoding")
    cleaned = tuple(clean_text(each, troubles) for each in cells)
    return Line(number, cleaned, tuple(dict.fromkeys(troubles)))
