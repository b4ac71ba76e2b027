"""The forms themselves, laid out as DA/T 22-2015 (items) and GB/T 9705-2008 (volumes) have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lantai.archival.printing.sheets import A3, Column, Sheets, draw_table

MARGIN = 15.0


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a catalogue: whose records, which class, year and retention; ``archive`` is the keeper."""

    archive: str
    fonds_code: str
    fonds_name: str
    category: str
    year: str
    retention: str
    code: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One record or volume in a catalogue; ``days`` is YYYYMMDD, for volumes from–until."""

    code: str
    document_number: str
    creator: str
    title: str
    days: str
    secrecy: str
    pages: str
    note: str = ""
    items: str = ""
    retention: str = ""


@dataclass(frozen=True, slots=True)
class BackNote:
    """What a back note (备考表) says: the state of the contents, who arranged and inspected, and when."""

    heading: Heading
    count: int
    pages: int
    text: str
    arranger: str
    arranged_on: str
    inspector: str
    inspected_on: str


@dataclass(frozen=True, slots=True)
class BoxLabel:
    """Cover and spine of a box (盒封面、盒脊): spine of 20, 30, 40 or 50 mm; first and last number of what is in it."""

    heading: Heading
    function: str
    first: str
    last: str
    box: str
    spine: int
    count: int


def item_catalogue(*, heading: Heading, rows: Sequence[CatalogueRow]) -> bytes:
    """The catalogue of items (归档文件目录, DA/T 22-2015 figure A.4), A4 landscape.

    Raises archival.render's FontMissing.
    """
    sheets = Sheets(title=f"归档文件目录 {heading.fonds_code}", author=heading.archive, landscape=True)
    columns = [
        Column("序号", 12, "centre"),
        Column("档号", 58),
        Column("文号", 36),
        Column("责任者", 32),
        Column("题名", 66),
        Column("日期", 19, "centre"),
        Column("密级", 13, "centre"),
        Column("页数", 12, "centre"),
        Column("备注", 19),
    ]
    draw_table(
        sheets,
        columns=columns,
        rows=[
            (
                str(number),
                each.code,
                each.document_number,
                each.creator,
                each.title,
                each.days,
                each.secrecy,
                each.pages,
                each.note,
            )
            for number, each in enumerate(rows, 1)
        ],
        left=MARGIN,
        bottom=194,
        head=lambda page: _head(page, heading, "归档文件目录"),
        least=1,
    )
    return sheets.finish()


def volume_catalogue(*, heading: Heading, rows: Sequence[CatalogueRow]) -> bytes:
    """The catalogue of volumes (案卷目录, GB/T 9705), A4 landscape. Raises archival.render's FontMissing."""
    sheets = Sheets(title=f"案卷目录 {heading.fonds_code}", author=heading.archive, landscape=True)
    columns = [
        Column("序号", 12, "centre"),
        Column("档号", 58),
        Column("案卷题名", 84),
        Column("起止日期", 40, "centre"),
        Column("保管期限", 20, "centre"),
        Column("件数", 14, "centre"),
        Column("页数", 14, "centre"),
        Column("备注", 25),
    ]
    draw_table(
        sheets,
        columns=columns,
        rows=[
            (str(number), each.code, each.title, each.days, each.retention, each.items, each.pages, each.note)
            for number, each in enumerate(rows, 1)
        ],
        left=MARGIN,
        bottom=194,
        head=lambda page: _head(page, heading, "案卷目录"),
        least=1,
    )
    return sheets.finish()


def volume_list(*, heading: Heading, rows: Sequence[CatalogueRow]) -> bytes:
    """The list inside a volume (卷内文件目录, GB/T 9705), A4 upright. Raises archival.render's FontMissing."""
    sheets = Sheets(title=f"卷内文件目录 {heading.code}", author=heading.archive, landscape=False)
    columns = [
        Column("序号", 12, "centre"),
        Column("文件编号", 36),
        Column("责任者", 30),
        Column("题名", 56),
        Column("日期", 19, "centre"),
        Column("页数", 12, "centre"),
        Column("备注", 15),
    ]

    def head(page: Sheets) -> float:
        page.text("卷内文件目录", 105, 22, size=18, align="centre")
        page.text(f"档号：{heading.code}", MARGIN, 32)
        high = page.block(f"案卷题名：{heading.title}", MARGIN, 38.5, 180, most=3)
        page.text(str(page.pages), 105, 289, size=9, align="centre")
        return 36 + high

    draw_table(
        sheets,
        columns=columns,
        rows=[
            (str(number), each.document_number, each.creator, each.title, each.days, each.pages, each.note)
            for number, each in enumerate(rows, 1)
        ],
        left=MARGIN,
        bottom=280,
        head=head,
        least=1,
    )
    return sheets.finish()


def back_note(*, note: BackNote) -> bytes:
    """The back note of a box or volume (备考表, DA/T 22-2015 figure A.5), A4 upright. Raises archival.render's
    FontMissing."""
    sheets = Sheets(title=f"备考表 {note.heading.code}", author=note.heading.archive, landscape=False)
    sheets.begin()
    sheets.text("备考表", 105, 30, size=20, align="centre")
    sheets.box(25, 40, 160, 220)
    label = f"档号：{note.heading.code}" if note.heading.code else f"全宗号：{note.heading.fonds_code}"
    sheets.block(label, 30, 50, 150, most=2)
    sheets.text("盒内文件情况说明：", 30, 66, size=12)
    counted = f"本{'卷' if note.heading.code else '盒'}共 {note.count} 件"
    counted += f"，{note.pages} 页。" if note.pages else "。"
    high = sheets.block(counted, 38, 76, 140, size=11, leading=7)
    sheets.block(note.text, 38, 76 + high, 140, size=11, leading=7, most=14)
    for row, (name, person, when, day) in enumerate(
        (
            ("整理人", note.arranger, "整理日期", note.arranged_on),
            ("检查人", note.inspector, "检查日期", note.inspected_on),
        )
    ):
        y = 210 + row * 22
        sheets.text(f"{name}：", 95, y, size=12)
        sheets.text(person, 115, y, size=12)
        sheets.line(113, y + 1.5, 170, y + 1.5)
        sheets.text(f"{when}：", 95, y + 11, size=12)
        sheets.text(day, 119, y + 11, size=12)
        sheets.line(117, y + 12.5, 170, y + 12.5)
    return sheets.finish()


SPINE_HEIGHT = 310.0
"""A box (DA/T 22-2015) is 310 mm high, its spine 20, 30, 40 or 50 mm wide."""
_HALF, _OVERLAP = SPINE_HEIGHT / 2, 10.0
"""On A4 a spine stands in two halves; so many millimetres of it stand on both, to be stuck over each other."""


def box_label(*, label: BoxLabel, paper: Literal["A3", "A4"] = "A3") -> bytes:
    """Cover and spine of a box (盒封面、盒脊, DA/T 22-2015 figures A.1–A.3); the spine in its true size, 1:1.

    The cover is a label of 180 by 267 mm on one sheet of A4. A spine is higher than that: it stands whole on a sheet
    of A3, or on A4 in an upper and a lower half that overlap by 10 mm. A rule of 100 mm beside it tells whether the
    printer kept the scale. Raises archival.render's FontMissing.
    """
    sheets = Sheets(title=f"盒封面盒脊 {label.heading.fonds_code}", author=label.heading.archive, landscape=False)
    sheets.begin()
    _cover(sheets, label)
    if paper == "A3":
        sheets.begin(size=A3)
        _spine(sheets, label, 148.5 - label.spine / 2, 55)
        _rule(sheets, 20, 390)
        return sheets.finish()
    sheets.begin()
    for x, top, name in ((30.0, 15.0, "上半"), (30.0 + label.spine + 30, 15.0 - _HALF + _OVERLAP, "下半")):
        with sheets.within(x - 6, 15, label.spine + 12, _HALF if top < 15 else _HALF + _OVERLAP):
            _spine(sheets, label, x, top)
        sheets.text(name, x + label.spine / 2, 192, size=8, align="centre")
    _rule(sheets, 30, 215)
    return sheets.finish()


def _rule(sheets: Sheets, x: float, y: float) -> None:
    """A rule of 100 mm, by which the scale of the print is checked."""
    sheets.line(x, y, x + 100, y)
    for at in range(0, 101, 10):
        sheets.line(x + at, y - (3 if at % 50 == 0 else 1.5), x + at, y)
    sheets.text("打印后量：应为 100 mm（按实际大小、不缩放打印）", x, y + 5, size=8)


def _cover(sheets: Sheets, label: BoxLabel) -> None:
    heading = label.heading
    sheets.box(15, 15, 180, 267)
    sheets.block(heading.archive, 25, 40, 160, size=16, leading=8, align="centre", most=2)
    high = sheets.block(heading.fonds_name, 25, 80, 160, size=28, leading=14, align="centre", most=3)
    sheets.line(45, 78 + high, 165, 78 + high)
    sheets.text("归档文件", 105, 96 + high, size=26, align="centre")
    rows = (
        ("全宗号", heading.fonds_code),
        ("类别", heading.category),
        ("年度", heading.year),
        ("保管期限", heading.retention),
        ("机构（问题）", label.function),
        ("起止件号", f"{label.first} — {label.last}" if label.first != label.last else label.first),
        ("件数", str(label.count)),
        ("盒号", label.box),
    )
    for number, (name, value) in enumerate(rows):
        y = 172 + number * 12
        sheets.box(40, y, 40, 12)
        sheets.box(80, y, 90, 12)
        sheets.text(name, 60, y + 7.6, size=12, align="centre")
        size = 11.0 if len(value) < 22 else 7.5
        sheets.block(value, 83, y + (7.6 if size == 11.0 else 5.4), 84, size=size, leading=4, most=2)


def _spine(sheets: Sheets, label: BoxLabel, left: float, top: float) -> None:
    """The spine with its upper left corner at this place."""
    heading, width = label.heading, float(label.spine)
    sheets.box(left, top, width, SPINE_HEIGHT)
    rows = (
        ("全宗号", heading.fonds_code, 28),
        ("类别", heading.category, 46),
        ("年度", heading.year, 28),
        ("保管期限", heading.retention, 34),
        ("机构（问题）", label.function, 48),
        ("起件号", label.first, 38),
        ("止件号", label.last, 38),
        ("件数", str(label.count), 24),
        ("盒号", label.box, 26),
    )
    y = top
    for name, value, high in rows:
        sheets.line(left, y, left + width, y)
        sheets.line(left, y + 8, left + width, y + 8)
        sheets.block(name, left + 1, y + 5.4, width - 2, size=8 if label.spine > 20 else 7, align="centre", most=1)
        sheets.block(
            value,
            left + 1.5,
            y + 13.5,
            width - 3,
            size=9,
            leading=4.2,
            align="centre",
            most=max(1, int((high - 10) / 4.2)),
        )
        y += high


def _head(page: Sheets, heading: Heading, name: str) -> float:
    """The top of a catalogue's sheet, and its number at the foot; returns where the table begins."""
    page.text(name, 148.5, 20, size=18, align="centre")
    facts = [
        f"全宗号：{heading.fonds_code}",
        f"全宗名称：{heading.fonds_name}",
        f"类别：{heading.category}",
        f"年度：{heading.year}",
        f"保管期限：{heading.retention}" if heading.retention else "",
    ]
    high = page.block("　".join(filter(None, facts)), MARGIN, 28, 267, size=10, leading=5, most=2)
    page.text(heading.archive, MARGIN, 203, size=8.5)
    page.text(str(page.pages), 148.5, 203, size=9, align="centre")
    return 26 + high
