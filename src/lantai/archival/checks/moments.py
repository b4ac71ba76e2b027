"""Dates and moments as departments write them."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y%m%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d")


@lru_cache(maxsize=4096)
def read_moment(text: str) -> datetime | None:
    """The moment *text* says, without time zone (a zone is dropped: cases are told in local time), or None.

    Taken are ISO 8601 and the usual forms ``20240301``, ``2024-03-01 09:30:00``, ``2024/3/1``, ``2024年3月1日``.
    """
    text = text.strip()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        pass
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - told in local time, see above
        except ValueError:
            continue
    return None


def day(text: str) -> date | None:
    """The day of the moment *text* says, or None."""
    found = read_moment(text)
    return found.date() if found else None


def is_day_only(text: str) -> bool:
    """Whether *text* names a day and no time of it."""
    return len(text.strip()) <= 11 and ":" not in text
