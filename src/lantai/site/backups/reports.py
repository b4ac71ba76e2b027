"""A report of what was measured, line by line: as data, as text, and as one page of paper."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle
from reportlab.platypus.doctemplate import LayoutError

from lantai.archival.render import font_path

INK, LINE, GROUND = colors.HexColor("#18222d"), colors.HexColor("#d9dfe5"), colors.HexColor("#f6f8f9")
GOOD, BAD = colors.HexColor("#1d6b3a"), colors.HexColor("#a3231f")
VERDICTS = {True: ("符合", "met"), False: ("不符合", "not met"), None: ("仅记录", "stated")}
_SIZES = (9.5, 8.5, 7.5, 6.5, 5.5)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was measured: its name in Chinese and English, what was to be, what was, and whether that is met
    (None where nothing is demanded).
    """

    zh: str
    en: str
    expected: str
    measured: str
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report: what it is of, the facts above, the lines. Everything in it was measured between the two moments
    (ISO 8601).
    """

    zh: str
    en: str
    archive: str
    begun_at: str
    ended_at: str
    facts: Sequence[tuple[str, str, str]]
    lines: Sequence[Line]

    @property
    def met(self) -> bool:
        """Whether every line that demands something is met."""
        return all(each.met is not False for each in self.lines)

    def as_data(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self) | {"facts": [list(each) for each in self.facts], "met": self.met}


def report_of(data: Mapping[str, Any]) -> Report:
    """A report that was kept as data."""
    return Report(
        data["zh"], data["en"], data["archive"], data["begun_at"], data["ended_at"],
        [(zh, en, value) for zh, en, value in data["facts"]], [Line(**each) for each in data["lines"]],
    )  # fmt: skip


def report_text(report: Report) -> str:
    """The report for a terminal, Chinese first."""
    head = [f"{report.archive}　{report.zh} {report.en}", *(f"{zh} {en}: {value}" for zh, en, value in report.facts)]
    rows = [
        f"{'✓' if each.met else '·' if each.met is None else '✗'} {each.zh} {each.en}\n"
        f"    应为 expected {each.expected or '—'}　实测 measured {each.measured}"
        for each in report.lines
    ]
    passed = sum(each.met is True for each in report.lines)
    asked = sum(each.met is not None for each in report.lines)
    verdict = "全部符合 all met" if report.met else "有不符合 not all met"
    return "\n".join([*head, "", *rows, "", f"{verdict}　{passed}/{asked}"])


def report_pdf(report: Report) -> bytes:
    """The report on one A4 page, in the largest of a few sizes in which it fits. Raises archival.render's FontMissing,
    ValueError when it fits in none.
    """
    for size in _SIZES:
        sink = io.BytesIO()
        pages = _Pages()
        document = SimpleDocTemplate(
            sink, pagesize=A4, leftMargin=16 * mm, rightMargin=16 * mm, topMargin=14 * mm, bottomMargin=14 * mm,
            title=f"{report.archive} {report.zh}", author=report.archive, invariant=1,
        )  # fmt: skip
        try:
            document.build(_parts(report, size), onFirstPage=pages.count, onLaterPages=pages.count)
        except LayoutError:
            continue
        if pages.counted == 1:
            return sink.getvalue()
    raise ValueError("the report does not fit on one page")


class _Pages:
    """Counts pages as they are begun."""

    def __init__(self) -> None:
        self.counted = 0

    def count(self, canvas: Any, document: Any) -> None:
        """One more page."""
        self.counted += 1


@cache
def _font() -> str:
    pdfmetrics.registerFont(TTFont("lantai-report", str(font_path())))
    return "lantai-report"


def _parts(report: Report, size: float) -> list[Any]:
    def style(points: float, ink: Any = INK) -> ParagraphStyle:
        return ParagraphStyle(f"r{points}", fontName=_font(), fontSize=points, leading=points * 1.4, textColor=ink,
                              wordWrap="CJK")  # fmt: skip

    plain, small = style(size), style(size * 0.84)
    facts = Table(
        [
            [Paragraph(f"{_safe(zh)} {_safe(en)}", small), Paragraph(_safe(value), small)]
            for zh, en, value in report.facts
        ],
        colWidths=[52 * mm, 126 * mm],
    )
    facts.setStyle(_grid(0))
    heads = ("项目 item", "应为 expected", "实测 measured", "结论 verdict")
    rows: list[list[Any]] = [[Paragraph(each, small) for each in heads]]
    for each in report.lines:
        ink = GOOD if each.met else INK if each.met is None else BAD
        words = " ".join(VERDICTS[each.met])
        rows.append(
            [
                Paragraph(f"{_safe(each.zh)}<br/><font size={size * 0.78:.1f}>{_safe(each.en)}</font>", plain),
                Paragraph(_safe(each.expected), small),
                Paragraph(_safe(each.measured), small),
                Paragraph(words, style(size * 0.84 + 0.01 * (1 + list(VERDICTS).index(each.met)), ink)),
            ]
        )
    table = Table(rows, colWidths=[62 * mm, 36 * mm, 60 * mm, 20 * mm], repeatRows=1)
    table.setStyle(_grid(1))
    verdict = "结论：全部符合 All met" if report.met else "结论：有不符合 Not all met"
    return [
        Paragraph(_safe(report.archive), plain),
        Paragraph(f"{_safe(report.zh)}　{_safe(report.en)}", style(size * 1.6)),
        Spacer(1, 2 * mm),
        facts,
        Spacer(1, 3 * mm),
        table,
        Spacer(1, 3 * mm),
        Paragraph(verdict, style(size * 1.2, GOOD if report.met else BAD)),
        Paragraph("表中每一项都在本次运行中实测。 Every line was measured in this run.", small),
    ]


def _grid(head: int) -> TableStyle:
    told: list[Any] = [("GRID", (0, 0), (-1, -1), 0.4, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP"),
                       ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2)]  # fmt: skip
    told.append(("BACKGROUND", (0, 0), (-1, 0) if head else (0, -1), GROUND))
    return TableStyle(told)


def _safe(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br/>")
