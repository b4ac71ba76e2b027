"""Write a paper as OFD (GB/T 33190-2016), the form of electronic licences (电子证照): text as text, lines as paths.

The font is named and not embedded, as most producers of licences do; every reader has one for Chinese.
"""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape, quoteattr

from lantai.site.demo.paper.marks import Colour, Line, Mark, Page, Paper, Ring, Shape, Text
from lantai.site.demo.paper.typeface import POINT, typeface

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_FONT = 2
_CIRCLE = 0.5523


def write_ofd(paper: Paper, *, custom: Mapping[str, str] | None = None) -> bytes:
    """*paper* as an OFD file; *custom* becomes its custom data (an electronic licence's identifier, type, holder)."""
    width, height = paper.pages[0].width, paper.pages[0].height
    identifiers = iter(range(_FONT + 1, 1_000_000))
    pages = [(next(identifiers), _page(page, identifiers)) for page in paper.pages]
    last = next(identifiers)
    base = "Doc_0"
    listed = "".join(
        f'<ofd:Page ID="{identifier}" BaseLoc="Pages/Page_{number}/Content.xml"/>'
        for number, (identifier, _) in enumerate(pages)
    )
    members = {
        "OFD.xml": _entry(paper, base, custom or {}),
        f"{base}/Document.xml": (
            f"<ofd:Document {_SPACE}><ofd:CommonData><ofd:MaxUnitID>{last}</ofd:MaxUnitID><ofd:PageArea>"
            f"<ofd:PhysicalBox>0 0 {width:g} {height:g}</ofd:PhysicalBox></ofd:PageArea>"
            f"<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>{listed}</ofd:Pages></ofd:Document>"
        ),
        f"{base}/PublicRes.xml": (
            f'<ofd:Res {_SPACE} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="{_FONT}" FontName="Noto Sans SC" '
            'FamilyName="Noto Sans SC"/></ofd:Fonts></ofd:Res>'
        ),
    }
    for number, (_, content) in enumerate(pages):
        members[f"{base}/Pages/Page_{number}/Content.xml"] = content
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            entry = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _HEAD + text)
    return sink.getvalue()


def _entry(paper: Paper, base: str, custom: Mapping[str, str]) -> str:
    said = f"{paper.title}|{paper.author}|{paper.created}|{sorted(custom.items())}"
    identifier = hashlib.sha256(said.encode()).hexdigest()[:32]
    datas = "".join(
        f"<ofd:CustomData Name={quoteattr(name)}>{escape(value)}</ofd:CustomData>" for name, value in custom.items()
    )
    return (
        f'<ofd:OFD {_SPACE} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>{identifier}</ofd:DocID>'
        f"<ofd:Title>{escape(paper.title)}</ofd:Title><ofd:Author>{escape(paper.author)}</ofd:Author>"
        f"<ofd:CreationDate>{paper.created[:10]}</ofd:CreationDate><ofd:Creator>云岭县电子证照系统（演示）</ofd:Creator>"
        + (f"<ofd:CustomDatas>{datas}</ofd:CustomDatas>" if datas else "")
        + f"</ofd:DocInfo><ofd:DocRoot>{base}/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )


def _page(page: Page, identifiers: Iterator[int]) -> str:
    layer = next(identifiers)
    drawn = "".join(_mark(mark, next(identifiers)) for mark in page.marks)
    return (
        f"<ofd:Page {_SPACE}><ofd:Area><ofd:PhysicalBox>0 0 {page.width:g} {page.height:g}</ofd:PhysicalBox></ofd:Area>"
        f'<ofd:Content><ofd:Layer ID="{layer}">{drawn}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def _mark(mark: Mark, identifier: int) -> str:
    if isinstance(mark, Text):
        return _text(mark, identifier)
    if isinstance(mark, Line):
        left, top = min(mark.x1, mark.x2), min(mark.y1, mark.y2)
        data = f"M {mark.x1 - left:.2f} {mark.y1 - top:.2f} L {mark.x2 - left:.2f} {mark.y2 - top:.2f}"
        box = (left, top, abs(mark.x1 - mark.x2), abs(mark.y1 - mark.y2))
        return _path(identifier, box, data, width=mark.width, colour=mark.colour)
    if isinstance(mark, Ring):
        return _ring(mark, identifier)
    return _shape(mark, identifier)


def _text(mark: Text, identifier: int) -> str:
    face = typeface()
    size = mark.size * POINT
    steps = [face.advance(each) * size / 1000 + mark.spacing for each in mark.text]
    width, rise = max(sum(steps), size), size * 1.16
    place = f'Boundary="{mark.x:.3f} {mark.y - rise:.3f} {width:.3f} {size * 1.45:.3f}"'
    at = f'X="0" Y="{rise:.3f}"'
    if mark.angle:
        turn = math.radians(mark.angle)
        cos, sin = math.cos(turn), math.sin(turn)
        reach = max(width, size * 1.5) * 1.2
        place = (
            f'Boundary="{mark.x - reach:.3f} {mark.y - reach:.3f} {2 * reach:.3f} {2 * reach:.3f}" '
            f'CTM="{cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {reach:.3f} {reach:.3f}"'
        )
        at = 'X="0" Y="0"'
    deltas = f' DeltaX="{_deltas(steps[:-1])}"' if len(steps) > 1 else ""
    heavy = ' Weight="700"' if mark.bold else ""
    faint = ' Alpha="215"' if mark.over else ""
    return (
        f'<ofd:TextObject ID="{identifier}" {place} Font="{_FONT}" Size="{size:.4f}"{heavy}{faint}>'
        f"{_colour('FillColor', mark.colour)}<ofd:TextCode {at}{deltas}>{escape(mark.text)}</ofd:TextCode></ofd:TextObject>"
    )


def _deltas(steps: list[float]) -> str:
    """Steps as OFD writes them: ``g n d`` stands for n times d."""
    parts: list[str] = []
    at = 0
    while at < len(steps):
        end = at
        while end < len(steps) and steps[end] == steps[at]:
            end += 1
        parts.append(f"g {end - at} {steps[at]:.4f}" if end - at > 1 else f"{steps[at]:.4f}")
        at = end
    return " ".join(parts)


def _ring(mark: Ring, identifier: int) -> str:
    r, c = mark.radius, mark.radius + mark.width
    k = r * _CIRCLE
    data = (
        f"M {c + r:.3f} {c:.3f} B {c + r:.3f} {c + k:.3f} {c + k:.3f} {c + r:.3f} {c:.3f} {c + r:.3f} "
        f"B {c - k:.3f} {c + r:.3f} {c - r:.3f} {c + k:.3f} {c - r:.3f} {c:.3f} "
        f"B {c - r:.3f} {c - k:.3f} {c - k:.3f} {c - r:.3f} {c:.3f} {c - r:.3f} "
        f"B {c + k:.3f} {c - r:.3f} {c + r:.3f} {c - k:.3f} {c + r:.3f} {c:.3f} C"
    )
    box = (mark.x - c, mark.y - c, 2 * c, 2 * c)
    return _path(identifier, box, data, width=mark.width, colour=mark.colour, faint=True)


def _shape(mark: Shape, identifier: int) -> str:
    left, top = min(x for x, _ in mark.points), min(y for _, y in mark.points)
    right, bottom = max(x for x, _ in mark.points), max(y for _, y in mark.points)
    places = [f"{x - left:.3f} {y - top:.3f}" for x, y in mark.points]
    data = f"M {places[0]} " + " ".join(f"L {each}" for each in places[1:]) + " C"
    box = (left, top, right - left, bottom - top)
    return _path(identifier, box, data, colour=mark.colour, filled=True, faint=mark.over)


def _path(
    identifier: int,
    box: tuple[float, float, float, float],
    data: str,
    *,
    colour: Colour,
    width: float = 0.2,
    filled: bool = False,
    faint: bool = False,
) -> str:
    boundary = " ".join(f"{each:.3f}" for each in (box[0], box[1], max(box[2], 0.01), max(box[3], 0.01)))
    drawn = 'Stroke="false" Fill="true"' if filled else f'LineWidth="{width:g}"'
    alpha = ' Alpha="215"' if faint else ""
    paint = _colour("FillColor" if filled else "StrokeColor", colour)
    return (
        f'<ofd:PathObject ID="{identifier}" Boundary="{boundary}" {drawn}{alpha}>{paint}'
        f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def _colour(tag: str, colour: Colour) -> str:
    return f'<ofd:{tag} Value="{colour[0]} {colour[1]} {colour[2]}"/>'
