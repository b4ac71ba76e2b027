"""Moments, days, sizes and spans as pages write them, in the reader's language and the archive's time zone."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def written_moment(at: datetime | None) -> str:
    """Date and time to the minute; empty for none."""
    return date_format(timezone.localtime(at), "Y-m-d H:i") if at else ""


def written_day(day: date | None) -> str:
    """A day as ``2026-11-22``; empty for none."""
    return day.isoformat() if day else ""


def written_size(size: int) -> str:
    """Bytes in the unit that leaves one to four digits: ``3.8 MB``."""
    value, unit = float(size), 0
    while value >= 1024 and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.0f} {_UNITS[unit]}" if unit == 0 or value >= 100 else f"{value:.1f} {_UNITS[unit]}"


def written_due(day: date | None, *, today: date) -> str:
    """A due day as people say it: overdue by so many days, today, or the day itself; empty for none."""
    if day is None:
        return ""
    late = (today - day).days
    if late > 0:
        return ngettext("逾期 %(days)s 天", "逾期 %(days)s 天", late) % {"days": late}
    return _("今天") if late == 0 else written_day(day)


def written_span(seconds: int) -> str:
    """How long something still takes or took: minutes from one minute on, else seconds."""
    minutes = round(seconds / 60)
    if minutes >= 1:
        return ngettext("%(minutes)s 分钟", "%(minutes)s 分钟", minutes) % {"minutes": minutes}
    return ngettext("%(seconds)s 秒", "%(seconds)s 秒", seconds) % {"seconds": max(0, seconds)}


def written_retention(code: str) -> str:
    """A retention code as people say it: Y permanent, D30 thirty years."""
    if code == "Y":
        return _("永久")
    years = code[1:]
    if code[:1] == "D" and years.isdecimal():
        return ngettext("%(years)s 年", "%(years)s 年", int(years)) % {"years": int(years)}
    return code
