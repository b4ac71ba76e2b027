"""What all papers of a case share: their beginning, their time of day, the foot of their pages."""

from __future__ import annotations

from datetime import datetime, time

from lantai.site.demo.files.facts import Facts
from lantai.site.demo.files.pdf import GREY
from lantai.site.demo.files.sheet import LEFT, ROOM, Sheet
from lantai.site.demo.files.typeface import Typeface


def begin_sheet(face: Typeface, facts: Facts, name: str, at: datetime) -> Sheet:
    return Sheet(face, title=f"{name}（{facts.number}）", author=facts.body, made=at)


def case_time(facts: Facts, hour: int) -> time:
    """A time of day that differs from case to case."""
    mark = sum(map(ord, facts.number[-6:] + facts.applicant))
    return time(hour, mark % 60, mark * 7 % 60)


def end_pages(sheet: Sheet, facts: Facts, name: str) -> None:
    for number, page in enumerate(sheet.document.pages, start=1):
        page.text(LEFT, 806, f"办件编号：{facts.number}", size=9, colour=GREY)
        page.text(
            LEFT + ROOM,
            806,
            f"{name}　第 {number} 页 共 {len(sheet.document.pages)} 页",
            size=9,
            align="right",
            colour=GREY,
        )
