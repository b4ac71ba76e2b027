"""Values in normal form, and what speaks against them: dates, credit codes, identity numbers, numbers."""

from __future__ import annotations

import re
from datetime import date

from lantai.archival.codes import check_identity_number, check_social_credit_code
from lantai.archival.imaging.fields.model import Fault

_FIGURES = {each: str(value) for value, each in enumerate("〇一二三四五六七八九")} | {
    "零": "0",
    "○": "0",
    "Ｏ": "0",
    "O": "0",
}
_NEVER_IN_CODES = str.maketrans({"O": "0", "I": "1", "Z": "2", "S": "5"})
"""GB 32100 leaves these letters out: where they are read, something else stands."""
DATE = re.compile(
    r"(?P<year>(?:1[89]|20)\d{2}|[一二][〇○零O一二三四五六七八九]{3})\s?(?:年|[-./])\s?"
    r"(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})\s?(?:月|[-./])\s?"
    r"(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})(?:\s?[日号]|(?![\d年月]))"
)


def date_value(text: str) -> tuple[str, Fault]:
    """A date as 2019-05-08; as it is written, with the fault ``date`` or ``form``, where it is none."""
    found = DATE.fullmatch(text.strip())
    if found is None:
        return text, "form"
    try:
        year = int("".join(_FIGURES.get(each, each) for each in found["year"]))
        return date(year, _count(found["month"]), _count(found["day"])).isoformat(), ""
    except ValueError:
        return text, "date"


def credit_value(text: str) -> tuple[str, Fault]:
    """A unified social credit code (GB 32100) in capitals, without spaces."""
    value = re.sub(r"[\s\-]", "", text).upper().translate(_NEVER_IN_CODES)
    return value, _known(check_social_credit_code(value).fault)


def identity_value(text: str) -> tuple[str, Fault]:
    """A citizen identity number (GB 11643) in capitals, without spaces."""
    value = re.sub(r"[\s\-]", "", text).upper().replace("O", "0").replace("I", "1").replace("Ⅹ", "X")
    return value, _known(check_identity_number(value).fault)


def _known(fault: str) -> Fault:
    return fault if fault in ("", "form", "digit", "region", "date") else "form"  # type: ignore[return-value]


def _count(text: str) -> int:
    """A number below 100 in figures or Chinese. Raises ValueError."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return int("".join(_FIGURES[each] for each in text))
    return 10 * int(_FIGURES[tens] if tens else 1) + int(_FIGURES[ones] if ones else 0)
