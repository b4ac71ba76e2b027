"""The check report as PDF, made when it is asked for: to be printed, filed, and checked by its signature."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.html import escape
from django.utils.translation import gettext as _
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from lantai.archival.render import font_path
from lantai.common.components import CheckGroup
from lantai.common.signed import said_of
from lantai.common.states import STATES
from lantai.ingest.queries import SubmissionView
from lantai.ingest.report_pages import Report

INK, LINE, GROUND = colors.HexColor("#18222d"), colors.HexColor("#d9dfe5"), colors.HexColor("#f6f8f9")


@cache
def _font() -> str:
    """The house font, registered once a process; only the characters used go into a report."""
    pdfmetrics.registerFont(TTFont("lantai", str(font_path())))
    return "lantai"


def report_pdf(*, found: SubmissionView, report: Report, body: str, groups: list[CheckGroup]) -> bytes:
    """The report of one submission as PDF in the reader's language. Raises archival.render's FontMissing."""
    sink = io.BytesIO()
    title = f"{_('四性检测报告')} {found.record_code}"
    document = SimpleDocTemplate(
        sink,
        pagesize=A4,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=title,
        author=settings.LANTAI_ARCHIVE_NAME,
        invariant=1,
    )
    heading, plain, small = _style(17, 26), _style(10, 16), _style(8.5, 13)
    parts: list[Any] = [
        Paragraph(escape(settings.LANTAI_ARCHIVE_NAME), plain),
        Paragraph(_("电子文件四性检测报告"), heading),
        Spacer(1, 4 * mm),
        _facts(found, report, body, plain),
        Spacer(1, 5 * mm),
    ]
    for group in groups:
        parts += [_group(group, plain, small), Spacer(1, 4 * mm)]
    if report.signatures:
        parts += [_judged(report, plain, small), Spacer(1, 4 * mm)]
    parts.append(_signature(found, report, small))
    document.build(parts, onFirstPage=_numbered, onLaterPages=_numbered)
    return sink.getvalue()


def _style(size: float, leading: float) -> ParagraphStyle:
    return ParagraphStyle("lantai", fontName=_font(), fontSize=size, leading=leading, textColor=INK, wordWrap="CJK")


def _facts(found: SubmissionView, report: Report, body: str, style: ParagraphStyle) -> Table:
    package = report.data["package"]
    decisions = {"accepted": _("通过"), "rejected": _("不通过，退回"), "manual": _("须人工决定")}
    rows = [
        (_("题名"), found.title or found.name),
        (_("电子文件号"), found.record_code),
        (_("移交单位"), body),
        (_("移交包"), f"{package['name']}（{package['size']:,} B）"),
        (_("摘要（SHA-512）"), found.sha512),
        (_("规则集"), f"{report.data['rule_pack']} · {package['profile']}"),
        (_("检测时间"), str(report.data.get("at", ""))[:19].replace("T", " ")),
        (_("结论"), decisions.get(str(report.data["decision"]), str(report.data["decision"]))),
    ]
    table = Table(
        [[Paragraph(escape(key), style), Paragraph(escape(value), style)] for key, value in rows],
        colWidths=[34 * mm, 136 * mm],
    )
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, LINE),
                ("BACKGROUND", (0, 0), (0, -1), GROUND),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


def _group(group: CheckGroup, plain: ParagraphStyle, small: ParagraphStyle) -> Table:
    """One nature: its head, then a line for each check."""
    counted = _("%(passed)s/%(total)s 通过") % {"passed": group.passed, "total": group.total}
    rows = [[Paragraph(f"{escape(group.name)}　{counted}", plain), "", ""]]
    for line in group.lines:
        said = str(escape(" ".join(part for part in (line.found, line.path) if part)))
        if line.advice:
            said += f"<br/>{_('怎么办')}{_('：')}{escape(line.advice)}"
        rows.append(
            [
                Paragraph(f"{line.code} {escape(line.name)}", small),
                Paragraph(escape(str(STATES[line.state].words)), small),
                Paragraph(said, small),
            ]
        )
    table = Table(rows, colWidths=[62 * mm, 22 * mm, 86 * mm], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, LINE),
                ("SPAN", (0, 0), (-1, 0)),
                ("BACKGROUND", (0, 0), (-1, 0), GROUND),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


def _judged(report: Report, plain: ParagraphStyle, small: ParagraphStyle) -> Table:
    """The signatures and seals inside the files: who, the verdict, and why."""
    rows = [[Paragraph(_("电子签名与印章"), plain), "", ""]]
    for path, fact in report.signatures:
        rows.append(
            [
                Paragraph("<br/>".join(escape(each) for each in (fact.signer, fact.seal, path) if each), small),
                Paragraph(escape(str(STATES[f"signature-{fact.verdict}"].words)), small),
                Paragraph(escape(said_of(fact.reason)), small),
            ]
        )
    table = Table(rows, colWidths=[62 * mm, 22 * mm, 86 * mm], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, LINE),
                ("SPAN", (0, 0), (-1, 0)),
                ("BACKGROUND", (0, 0), (-1, 0), GROUND),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


def _signature(found: SubmissionView, report: Report, style: ParagraphStyle) -> Table:
    """The signature over the report's JSON, and a code that leads a scanner to submission and signature."""
    said = [
        _("本报告由系统按规则集自动生成，签名对应同一报告的 JSON 原文（Ed25519）。"),
        f"{_('签名值')}{_('：')}{report.signature}",
        _("二维码载有电子文件号和签名值，可与下载的 JSON 核对。"),
    ]
    widget = QrCodeWidget(f"{found.record_code} {report.signature}")
    left, low, right, high = widget.getBounds()
    side = 30 * mm
    drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (high - low), 0, 0])
    drawing.add(widget)
    words = Paragraph("<br/>".join(escape(each) for each in said), style)
    return Table([[words, drawing]], colWidths=[136 * mm, 34 * mm], style=[("VALIGN", (0, 0), (-1, -1), "TOP")])


def _numbered(canvas: Any, document: Any) -> None:
    canvas.setFont(_font(), 8)
    canvas.drawCentredString(A4[0] / 2, 10 * mm, str(document.page))
