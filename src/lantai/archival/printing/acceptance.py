"""The report on the acceptance of digitised records (数字化成果验收报告), A4, to be signed by two persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lantai.archival.printing.sheets import Column, Sheets, draw_table

MARGIN = 20.0
_NAME, _LINE = 34.0, 7.5


@dataclass(frozen=True, slots=True)
class AcceptanceReport:
    """What the report says: facts as (name, value) in order, the drawn records as (code, pages, verdict, remarks), the
    verdict in words, and who stands by it and when, as (role, name, moment)."""

    archive: str
    title: str
    facts: Sequence[tuple[str, str]]
    records: Sequence[tuple[str, str, str, str]]
    verdict: str
    persons: Sequence[tuple[str, str, str]]


def acceptance_report(report: AcceptanceReport) -> bytes:
    """The report as PDF: what was asked for and found, every record that was drawn, the verdict, two names. Raises
    archival.render's FontMissing.
    """
    sheets = Sheets(title=report.title, author=report.archive, landscape=False)
    first = [True]

    def head(page: Sheets) -> float:
        page.text(report.archive, MARGIN, 287, size=8.5)
        page.text(str(page.pages), 105, 287, size=9, align="centre")
        if not first[0]:
            return MARGIN
        first[0] = False
        page.text("数字化成果验收报告", 105, 26, size=20, align="centre")
        y = 40.0
        for name, value in report.facts:
            page.text(name, MARGIN, y, size=10.5)
            y += max(_LINE, page.block(value, MARGIN + _NAME, y, 170 - _NAME, size=10.5, leading=5.2) + 2.3)
        y += 2
        page.text("结论", MARGIN, y, size=12)
        y += page.block(report.verdict, MARGIN + _NAME, y, 170 - _NAME, size=12, leading=6) + 4
        for role, name, moment in report.persons:
            page.text(f"{role}：{name}", MARGIN + _NAME, y, size=10.5)
            page.text(moment, 190, y, size=10.5, align="right")
            y += _LINE
        return y + 2

    columns = [Column("抽检件档号", 68), Column("页数", 14, "centre"), Column("结果", 20, "centre"), Column("问题", 68)]
    draw_table(sheets, columns=columns, rows=list(report.records), left=MARGIN, bottom=280, head=head)
    return sheets.finish()
