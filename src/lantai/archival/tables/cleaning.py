"""Text of cells as people meant it: without the space around, line ends and control characters of other programs."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff\u200b]")
_EXCEL_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_SPACE = " \t\r\n\u00a0\u3000"
LONGEST_CELL = 20_000


def clean_text(text: str, troubles: list[str]) -> str:
    """*text* without surrounding space (full-width too), line ends as LF; control characters left out and told."""
    if _CONTROL.search(text):
        bare = _CONTROL.sub("", text)
        if bare.strip(_SPACE) != text.strip("\ufeff\u200b" + _SPACE):
            troubles.append("control")
        text = bare
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.strip(_SPACE)[:LONGEST_CELL]


def cell_text(value: object, troubles: list[str]) -> str:
    """The text of a typed cell: whole numbers without ``.0``, days as ISO dates, truth as 是 and 否."""
    if value is None:
        return ""
    if isinstance(value, str):
        if value.startswith("#") and value in ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"):
            troubles.append("error")
            return ""
        if "_x" in value:
            value = _EXCEL_ESCAPE.sub(lambda match: chr(int(match[1], 16)), value)
        return clean_text(value, troubles)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime):
        whole = value.time() == time()
        return value.date().isoformat() if whole else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
