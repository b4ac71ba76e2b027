"""Official documents (文书): the formal text under its red head, the processing sheet, an attachment with a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from lantai.site.demo.files.sheet import Cell, Sheet, chinese_day, label, opinion
from lantai.site.demo.files.signing import Signer
from lantai.site.demo.files.typeface import Typeface


@dataclass(frozen=True, slots=True)
class Letter:
    """One official document as its papers tell it."""

    body: str
    number: str
    kind: str
    title: str
    receiver: str
    copies: str
    paragraphs: Sequence[str]
    attachment: str
    day: date
    drafter: str
    reviewer: str
    issuer: str
    office: str


def formal_text(face: Typeface, letter: Letter, *, signer: Signer | None = None) -> bytes:
    """The formal text (正本), as GB/T 9704-2012 lays it out."""
    sheet = Sheet(face, title=letter.title, author=letter.body, made=datetime.combine(letter.day, time(15, 20)))
    sheet.red_head(letter.body, letter.number)
    sheet.heading(letter.title, size=20, after=10)
    if letter.receiver:
        sheet.paragraph(f"{letter.receiver}：", indent=0)
    for each in letter.paragraphs:
        sheet.paragraph(each)
    if letter.attachment:
        sheet.y += 12
        sheet.paragraph(f"附件：{letter.attachment}")
    sheet.sign_off(letter.body, letter.day, size=15, leading=25)
    sheet.imprint(letter.copies or "县委办公室，县人大常委会办公室，县政协办公室。", letter.body, letter.day)
    return sheet.document.save(signer=signer)


def processing_sheet(face: Typeface, letter: Letter) -> bytes:
    """The processing sheet (文件处理单) with every opinion."""
    sheet = Sheet(
        face, title=f"{letter.number}文件处理单", author=letter.body, made=datetime.combine(letter.day, time(11, 5))
    )
    sheet.heading(f"{letter.body}发文处理单", size=20, after=14)
    rows = [
        [label("文件标题"), Cell(letter.title, 3)],
        [label("发文字号"), Cell(letter.number), label("文种"), Cell(letter.kind)],
        [label("主送"), Cell(letter.receiver or "—", 3)],
        [label("抄送"), Cell(letter.copies or "—", 3)],
        [label("拟稿"), opinion("已按要求起草，请审核。", letter.drafter, letter.day, 3)],
        [label("审核"), opinion("文字、格式已核，合法性审查无意见。", letter.reviewer, letter.day, 3)],
        [label("签发"), opinion("同意印发。", letter.issuer, letter.day, 3)],
        [label("承办科室"), Cell(letter.office), label("印制份数"), Cell("40 份")],
        [label("用印"), Cell(f"已于{chinese_day(letter.day)}用印。", 3)],
    ]
    sheet.table((80, 158, 70, 129), rows, lowest=32)
    return sheet.document.save()


def task_table(face: Typeface, letter: Letter, rows: Sequence[tuple[str, str, str]]) -> bytes:
    """An attachment: who does what until when (任务分解表)."""
    sheet = Sheet(face, title=letter.attachment, author=letter.body, made=datetime.combine(letter.day, time(15, 25)))
    sheet.line("附件", size=15, after=4)
    sheet.heading(letter.attachment, size=19, after=12)
    table = [[label("序号"), label("工作任务"), label("责任单位"), label("完成时限")]]
    table += [
        [Cell(str(at), align="centre"), Cell(what), Cell(who, align="centre"), Cell(until, align="centre")]
        for at, (what, who, until) in enumerate(rows, 1)
    ]
    sheet.table((40, 237, 85, 75), table)
    return sheet.document.save()
