"""One scanned page: its picture and what was read side by side, before and after repair, its seals and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantai.archival.imaging.model import Line
from lantai.archival.imaging.repair import Step
from lantai.archival.imaging.sorting import kind_words
from lantai.catalog.queries import pieces_of, spans_of, words_asked
from lantai.common.components import Act, Cell, Column, Empty, Link, Notice, Pair, PairGroup, Row, Tab, Table
from lantai.common.pages import Page
from lantai.common.shown_documents import Document, PageImage, Place, TextLine
from lantai.common.written import written_moment
from lantai.digitisation import queries
from lantai.digitisation.models import ReadingMode, RegionKind
from lantai.digitisation.pages.placing import HERE, LARGE, batch_crumb, language_place
from lantai.digitisation.read_lines import DOUBTFUL

TABS = ("text", "repair", "seals", "tables")


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One cell of a table on the page."""

    text: str
    rows: int
    columns: int
    doubtful: bool


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table on the page, row by row, and where it is taken from as CSV and JSON."""

    title: str
    rows: Sequence[Sequence[ShownCell]]
    csv: str
    json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPagePage(Page):
    """One scanned page. ``tab`` says which part is shown: ``text`` (picture and text), ``repair`` (before and after),
    ``seals`` or ``tables``; ``asked`` is a word looked for on it."""

    template: ClassVar[str] = "digitisation/page.html"
    tabs: Sequence[Tab]
    tab: str
    document: Document
    asked: str
    previous: str = ""
    following: str = ""
    notices: Sequence[Notice] = ()
    about: Sequence[PairGroup] = ()
    before: str = ""
    after: str = ""
    steps: Sequence[str] = ()
    seals: Table | None = None
    tables: Sequence[ShownTable] = ()


def read_page_page(request: HttpRequest, batch_id: int, page_id: int) -> ReadPagePage:
    """One scanned page. Raises NoSuchBatch."""
    view = queries.page_view(batch_id=batch_id, page_id=page_id)
    batch = queries.one_batch(batch_id=batch_id)
    row, reading = view.row, view.reading
    tab = request.GET.get("tab", "")
    asked = request.GET.get("q", "").strip()[:100]
    here = reverse("digitising-page", args=[batch_id, page_id])
    title = f"{row.code} · {row.number}" if row.code else row.path if row.frame == 1 else f"{row.path} #{row.frame}"
    pages = Link(_("扫描页"), reverse("digitising-pages", args=[batch_id]))
    return ReadPagePage(
        title=title,
        here=HERE,
        back=batch_crumb(batch, pages, Link(title)),
        facts=_facts(row),
        acts=_acts(batch_id, page_id, reading),
        tabs=_tabs(view, here, tab if tab in TABS else "text"),
        tab=tab if tab in TABS else "text",
        document=_document(view, batch_id, asked),
        asked=asked,
        previous=reverse("digitising-page", args=[batch_id, view.before]) if view.before else "",
        following=reverse("digitising-page", args=[batch_id, view.after]) if view.after else "",
        notices=_notices(row, reading),
        about=[_about(reading)] if reading is not None and reading.problem is None else [],
        before=_image(batch_id, page_id),
        after=reverse("digitising-repaired", args=[batch_id, page_id, LARGE])
        if reading is not None and reading.derivative
        else "",
        steps=_steps(reading.steps, reading) if reading is not None else [],
        seals=_seals(view),
        tables=[_table(batch_id, page_id, number, each) for number, each in enumerate(_of(view, "table"), 1)],
    )


def _facts(row: queries.PageRow) -> str:
    size = f"{row.width} × {row.height}" if row.width else ""
    return " · ".join(each for each in (row.path, size, f"{row.dpi} dpi" if row.dpi else "") if each)


def _acts(batch_id: int, page_id: int, reading: queries.KeptReading | None) -> list[Act]:
    if reading is None or reading.problem is not None:
        return []
    here = reverse("digitising-page", args=[batch_id, page_id])
    review = reverse("digitising-review-page", args=[batch_id, page_id])
    return [
        Act(_("校对"), href=review, icon="text-scan-2", key="e"),
        Act("ALTO XML", href=f"{here}alto.xml", icon="download", download=True),
    ]


def _tabs(view: queries.PageView, here: str, tab: str) -> list[Tab]:
    words = {"text": _("图文对照"), "repair": _("修复前后"), "seals": _("印章"), "tables": _("表格")}
    counts = {"seals": len(_of(view, "seal")), "tables": len(_of(view, "table"))}
    return [
        Tab(text, here if key == "text" else f"{here}?tab={key}", here=key == tab, count=counts.get(key))
        for key, text in words.items()
    ]


def _of(view: queries.PageView, kind: str) -> list[queries.FoundRegion]:
    return [each for each in view.regions if each.kind == kind]


def _notices(row: queries.PageRow, reading: queries.KeptReading | None) -> list[Notice]:
    language = "en" if language_place() else "zh"
    found = [Notice("warn", fault.sentence(language)) for fault in row.faults if fault.code != "blank"]
    if row.problem is not None:
        found.insert(0, Notice("bad", row.problem[language_place()]))
    elif reading is not None and reading.problem is not None:
        found.insert(0, Notice("bad", _("这一页没有识别。"), reading.problem[language_place()]))
    return found


def _document(view: queries.PageView, batch_id: int, asked: str) -> Document:
    row, reading = view.row, view.reading
    if row.problem is not None:
        return Document(row.path, problem=row.problem[language_place()])
    lines = reading.lines if reading is not None else ()
    spans = spans_of([(each.text, 0.0, 0.0, 0.0, 0.0) for each in lines], words_asked(asked))
    times = sum(len(each) for each in spans)
    hits = [_part(line, start, end, row) for line, each in zip(lines, spans, strict=True) for start, end in each]
    doubtful = reading.doubtful if reading is not None else frozenset[int]()
    shown = [_line(line, number, row, spans[number], number in doubtful) for number, line in enumerate(lines)]
    found = ngettext("“%(word)s”在这一页有 %(n)s 处", "“%(word)s”在这一页有 %(n)s 处", times)
    image = PageImage(
        number=row.number or row.frame,
        href=_image(batch_id, row.id),
        width=LARGE,
        height=max(1, round(LARGE * row.height / max(1, row.width))),
        lines=shown,
        hits=hits,
    )
    kind = str(ReadingMode(reading.mode).label) if reading is not None and reading.problem is None else ""
    return Document(
        row.path,
        pages=[image],
        text_kind=_("识别文字（%(mode)s）") % {"mode": kind} if kind else "",
        hits=found % {"word": asked, "n": times} if asked else "",
    )


def _image(batch_id: int, page_id: int) -> str:
    return reverse("digitising-image", args=[batch_id, page_id, LARGE])


def _line(line: Line, number: int, row: queries.PageRow, spans: Sequence[tuple[int, int]], doubtful: bool) -> TextLine:
    return TextLine(
        line.text,
        _place(line.box, row),
        sure=round(100 * line.confidence),
        doubtful=doubtful,
        key=f"{number}",
        pieces=pieces_of(line.text, spans) if spans else (),
    )


def _part(line: Line, start: int, end: int, row: queries.PageRow) -> Place:
    """Where a part of a line stands: around the words it touches."""
    boxes, at = [], 0
    for word in line.words:
        first = line.text.find(word.text, at)
        at = first + len(word.text) if first >= 0 else at
        if first >= 0 and first < end and at > start:
            boxes.append(word.box)
    if not boxes:
        return _place(line.box, row)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return _place((min(lefts), min(tops), max(rights), max(bottoms)), row)


def _place(box: tuple[int, int, int, int], row: queries.PageRow) -> Place:
    wide, high = 100 / max(1, row.width), 100 / max(1, row.height)
    return Place(box[0] * wide, box[1] * high, (box[2] - box[0]) * wide, (box[3] - box[1]) * high)


def _about(reading: queries.KeptReading) -> PairGroup:
    pairs = [
        Pair(_("识别方式"), str(ReadingMode(reading.mode).label), note=reading.engine),
        Pair(_("把握"), f"{100 * reading.confidence:.1f} %"),
        Pair(_("字数"), str(sum(len(each.text) for each in reading.lines))),
        Pair(_("存疑"), str(len(reading.doubtful)), note=_("行")),
        Pair(_("校对过"), str(reading.corrections), note=_("处")),
        Pair(_("识别时间"), written_moment(reading.read_at)),
        Pair(_("处理器用时"), _("%(n)s 秒") % {"n": f"{reading.cpu_seconds:.1f}"}),
    ]
    if reading.kind:
        pairs.insert(0, Pair(_("文件种类"), kind_words(reading.kind)[language_place()]))
    return PairGroup(_("识别结果"), pairs)


def _steps(steps: Sequence[Step], reading: queries.KeptReading) -> list[str]:
    """What repair did, in words, in its order."""
    said = [_("转正 %(n)s°") % {"n": -reading.turned % 360}] if reading.turned else []
    if reading.mirrored:
        said.append(_("左右翻正"))
    return [*said, *(_step(each.name, each.parameters) for each in steps)]


def _step(name: str, values: Mapping[str, float]) -> str:
    match name:
        case "border":
            return _("去黑边（占 %(n)s%%）") % {"n": f"{100 * values['share']:.1f}"}
        case "deskew":
            return _("纠偏 %(n)s°") % {"n": f"{values['degrees']:g}"}
        case "background":
            return _("匀净底色（原亮度 %(n)s）") % {"n": f"{values['paper']:g}"}
        case "folds":
            return _("淡化折痕 %(n)s 条") % {"n": f"{values['count']:g}"}
        case "noise":
            return _("去噪点（强度 %(n)s）") % {"n": f"{values['spread']:g}"}
        case "see_through":
            return _("去透字（占 %(n)s%%）") % {"n": f"{100 * values['share']:.1f}"}
        case "contrast":
            return _("加深褪色字迹（原亮度 %(n)s）") % {"n": f"{values['ink']:g}"}
    return name


def _seals(view: queries.PageView) -> Table:
    shapes = {
        "round": _("圆形"),
        "oval": _("椭圆形"),
        "square": _("方形"),
        "rectangle": _("长方形"),
        "other": _("其他"),
    }
    colours = {"red": _("红"), "blue": _("蓝"), "black": _("黑")}
    rows = [
        Row(
            [
                Cell(each.text or _("（没有读出）"), main=True, more=str(each.data.get("middle", ""))),
                Cell(f"{shapes.get(each.shape, each.shape)} · {colours.get(each.colour, each.colour)}"),
                Cell(each.owner, more=f"{100 * each.owner_score:.0f} %" if each.owner else ""),
                Cell(f"{100 * each.confidence:.0f} %", right=True),
            ],
            key=str(each.id),
            name=each.text,
        )
        for each in _of(view, "seal")
    ]
    return Table(
        label=str(RegionKind.SEAL.label),
        columns=[Column(_("印文")), Column(_("形状与颜色")), Column(_("印章所属")), Column(_("把握"), right=True)],
        rows=rows,
        empty=Empty(icon="rosette", title=_("没有找到印章"), text=_("这一页没有印章，或还没有识别。")),
    )


def _table(batch_id: int, page_id: int, number: int, region: queries.FoundRegion) -> ShownTable:
    def address(form: str) -> str:
        return reverse("digitising-table", args=[batch_id, page_id, region.id, form])

    rows: dict[int, list[Mapping[str, Any]]] = {place: [] for place in range(region.data["rows"])}
    for cell in region.data["cells"]:
        rows[cell["row"]].append(cell)
    return ShownTable(
        title=_("表格 %(n)s：%(rows)s 行 × %(columns)s 列")
        % {"n": number, "rows": region.data["rows"], "columns": region.data["columns"]},
        rows=[
            [
                ShownCell(
                    each["text"], each["rows"], each["columns"], bool(each["text"]) and each["confidence"] < DOUBTFUL
                )
                for each in sorted(cells, key=lambda cell: int(cell["column"]))
            ]
            for cells in rows.values()
        ],
        csv=address("csv"),
        json=address("json"),
    )
