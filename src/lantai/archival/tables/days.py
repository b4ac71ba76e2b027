"""Days as old catalogues write them: ISO, dotted, Chinese numerals, the Republic's years, Excel's numbers, spans."""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from lantai.archival.tables.sheets import from_serial

_DIGITS = {
    "〇": 0,
    "○": 0,
    "Ｏ": 0,
    "零": 0,
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_DIGITS |= {"壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9, "O": 0, "o": 0, "元": 1}
_DIGITS |= {str(each): each for each in range(10)}
_TENS = {"百": 100, "佰": 100, "十": 10, "拾": 10, "廿": 20, "卅": 30}
_NUMERAL = "".join((*_DIGITS, *_TENS))
_YEAR_MONTH_DAY = re.compile(
    rf"(?:公元)?(民国)?([{_NUMERAL}]{{1,4}})年"
    rf"(?:([{_NUMERAL}]{{1,3}})月(?:份|(?:([{_NUMERAL}]{{1,4}})[日号]?))?)?"
)
_PARTED = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})(?:\2([0-9]{1,2}))?(?:[T ][0-9:.Z+-]+)?")
_SOLID = re.compile(r"([0-9]{4})(?:([0-9]{2})([0-9]{2})?)?(?:[0-9]{6})?")
_SERIAL = re.compile(r"[0-9]{1,5}(?:\.[0-9]+)?")
_BETWEEN = re.compile(r"\s*(?:至|到|—+|－+|–|~|～|\s-\s|--)\s*")
_REPUBLIC = 1911


@dataclass(frozen=True, slots=True)
class ReadDay:
    """A day or a span: its first and last day, and the text by DA/T 18 (YYYYMMDD, YYYYMM, YYYY, two with ``-``,
    inferred ones in brackets).
    """

    first: date
    last: date
    text: str


def read_day(text: str, *, epoch: int = 0) -> ReadDay | None:
    """The day or span that *text* says, or None.

    Known are 2011-05-03, 2011/5/3, 2011.5.3, 20110503, 2011年5月3日, 二〇一一年五月三日, 民国三十八年五月三日,
    2011年5月, 2011年, full-width digits, moments of a day, inferred dates in brackets, and spans of two of them.
    With *epoch* 1900 or 1904 a bare number of five digits or less that is no year is a spreadsheet's day number.
    A two-digit year is never guessed at.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace(" 年", "年").replace("年 ", "年").replace("月 ", "月")
    plain = plain.replace(" 月", "月").replace(" 日", "日").replace("〇", "〇").rstrip("。.,，")
    inferred = len(plain) > 2 and plain[0] in "[〔【" and plain[-1] in "]〕】"
    if inferred:
        plain = plain[1:-1].strip()
    single = _one(plain, epoch)
    if single is not None:
        return _marked(single, inferred)
    parts = _BETWEEN.split(plain)
    if len(parts) == 1 and re.fullmatch(r"[0-9]{4,8}-[0-9]{4,8}", plain):
        parts = plain.split("-")
    if len(parts) != 2:
        return None
    begin = _one(parts[0], epoch)
    end = _one(parts[1], epoch) or (_one(f"{parts[0][: parts[0].find('年') + 1]}{parts[1]}", 0) if begin else None)
    if begin is None or end is None or end.last < begin.first:
        return None
    return _marked(ReadDay(begin.first, end.last, f"{begin.text}-{end.text}"), inferred)


def _marked(day: ReadDay, inferred: bool) -> ReadDay:
    return ReadDay(day.first, day.last, f"[{day.text}]") if inferred else day


def _one(text: str, epoch: int) -> ReadDay | None:
    found = _YEAR_MONTH_DAY.fullmatch(text)
    if found is not None:
        republic, year, month, day = found.groups()
        number = _number(year)
        if number is None or (not republic and number < 1000):
            return None
        months, days = _number(month) if month else 0, _number(day) if day else 0
        return _day(number + _REPUBLIC if republic else number, months, days)
    found = _PARTED.fullmatch(text)
    if found is not None:
        return _day(int(found[1]), int(found[3]), int(found[4] or 0))
    if epoch and _SERIAL.fullmatch(text) and not (len(text) == 4 and 1000 <= int(text) <= 2199):
        at = from_serial(float(text), epoch)
        return _day(at.year, at.month, at.day) if at is not None and float(text) >= 1 else None
    found = _SOLID.fullmatch(text)
    if found is not None and len(text) != 12:
        return _day(int(found[1]), int(found[2] or 0), int(found[3] or 0))
    return None


def _number(text: str) -> int | None:
    """A number in digits or in Chinese numerals: 2011, 二〇一一, 三十一, 廿三."""
    if text.isascii() and text.isdigit():
        return int(text)
    if not any(each in _TENS for each in text):
        digits = [_DIGITS.get(each) for each in text]
        return int("".join(str(each) for each in digits)) if None not in digits else None
    total, ones = 0, 0
    for each in text:
        if each in _TENS:
            total += (ones or 1) * _TENS[each] if _TENS[each] in (10, 100) else _TENS[each]
            ones = 0
        else:
            ones = _DIGITS[each]
    return total + ones


def _day(year: int, month: int | None, day: int | None) -> ReadDay | None:
    """A day, or where month or day are 0 (not known) the whole month or year. None for days that never were."""
    if month is None or day is None or not 1000 <= year <= 9999 or (not month and day) or month > 12:
        return None
    try:
        if day:
            one = date(year, month, day)
            return ReadDay(one, one, f"{year:04}{month:02}{day:02}")
        if month:
            last = calendar.monthrange(year, month)[1]
            return ReadDay(date(year, month, 1), date(year, month, last), f"{year:04}{month:02}")
        return ReadDay(date(year, 1, 1), date(year, 12, 31), f"{year:04}")
    except ValueError:
        return None
