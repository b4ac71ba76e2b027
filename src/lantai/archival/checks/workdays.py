"""Working days (工作日) by the calendar of a rule pack: weekends, public holidays and the Saturdays worked for them."""

from __future__ import annotations

from datetime import date, timedelta

from lantai.archival.checks.pack import WorkCalendar


def is_working_day(calendar: WorkCalendar, day: date) -> bool:
    """Whether *day* is worked."""
    text = day.isoformat()
    return text in calendar.workdays or (day.weekday() < 5 and text not in calendar.holidays)


def working_days(calendar: WorkCalendar, start: date, end: date) -> int:
    """Working days after *start* up to and including *end* (the day itself does not count, Licensing Law Art. 82).

    Zero when *end* is not after *start*.
    """
    days = max(0, (end - start).days)
    weeks, rest = divmod(days, 7)
    count = weeks * 5
    for number in range(1, rest + 1):
        count += (start + timedelta(weeks * 7 + number)).weekday() < 5
    first, last = start.isoformat(), end.isoformat()
    count -= sum(first < each <= last and date.fromisoformat(each).weekday() < 5 for each in calendar.holidays)
    count += sum(first < each <= last and date.fromisoformat(each).weekday() >= 5 for each in calendar.workdays)
    return count


def covers(calendar: WorkCalendar, start: date, end: date) -> bool:
    """Whether the calendar knows every year between the two days; outside, only weekends are taken off."""
    return all(year in calendar.years for year in range(start.year, end.year + 1))
