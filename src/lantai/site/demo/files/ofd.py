"""Electronic licences as OFD (GB/T 33190-2016), written plainly: one page, text with its places, frame and seal."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from xml.sax.saxutils import escape

from lantai.site.demo.files.seals import SEAL_SIZE, seal_steps
from lantai.site.demo.files.sheet import chinese_day
from lantai.site.demo.files.typeface import Typeface

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_MM = 25.4 / 72
_WIDTH, _HEIGHT = 297.0, 210.0


def electronic_licence(
    face: Typeface,
    *,
    name: str,
    identifier: str,
    body: str,
    day: date,
    told: Mapping[str, str],
) -> bytes:
    """A licence of A4 across: its *name*, what *told* says of it line by line, the body that issued it, its seal.

    *identifier* is the mark of the electronic licence (电子证照标识), printed and kept in the document's information.
    """
    objects: list[str] = []

    def text(x: float, y: float, words: str, size: float, *, align: str = "left", colour: str = "20 20 20") -> None:
        width = face.width(words) * size
        left = x - (width / 2 if align == "centre" else 0)
        advances = [face.advances[face.numbers[each]] * size / 1000 for each in words]
        steps = " ".join([f"{each:.3f}" for each in advances[:-1]])
        delta = f' DeltaX="{steps}"' if steps else ""
        objects.append(
            f'<ofd:TextObject ID="{len(objects) + 10}" Boundary="{left:.2f} {y - size:.2f} {width + 2:.2f} '
            f'{size * 1.4:.2f}" Font="3" Size="{size:g}"><ofd:FillColor Value="{colour}"/>'
            f'<ofd:TextCode X="0" Y="{size:g}"{delta}>{escape(words)}</ofd:TextCode></ofd:TextObject>'
        )

    for inset, width in ((9, 1.4), (12, 0.35)):
        objects.append(
            f'<ofd:PathObject ID="{len(objects) + 10}" Boundary="0 0 {_WIDTH:g} {_HEIGHT:g}" LineWidth="{width}" '
            f'Stroke="true"><ofd:StrokeColor Value="176 138 60"/><ofd:AbbreviatedData>M {inset} {inset} L '
            f"{_WIDTH - inset} {inset} L {_WIDTH - inset} {_HEIGHT - inset} L {inset} {_HEIGHT - inset} C"
            "</ofd:AbbreviatedData></ofd:PathObject>"
        )
    text(_WIDTH / 2, 44, name, min(15.0, 220 / len(name)), align="centre", colour="120 30 20")
    text(_WIDTH / 2, 54, "（电子证照 · 演示）", 4.6, align="centre", colour="110 110 110")
    y = 72.0
    for what, value in told.items():
        text(34, y, what, 5.6, colour="90 60 20")
        for line in _folded(face, value, 190, 5.6):
            text(68, y, line, 5.6)
            y += 8.6
        y += 3.4
    text(214, 172, body, min(6.0, 84 / len(body)), align="centre")
    text(214, 182, chinese_day(day), 5.6, align="centre")
    text(34, 186, f"电子证照标识：{identifier}", 4.0, colour="110 110 110")
    objects.append(
        f'<ofd:PathObject ID="{len(objects) + 10}" Boundary="193 150 42 42" LineWidth="1.2" Stroke="true">'
        '<ofd:StrokeColor Value="214 24 31"/><ofd:AbbreviatedData>'
        "M 41.2 21 A 20.2 20.2 0 0 1 0.8 21 A 20.2 20.2 0 0 1 41.2 21 C</ofd:AbbreviatedData></ofd:PathObject>"
    )
    objects.append(
        f'<ofd:PathObject ID="{len(objects) + 10}" Boundary="193 150 42 42" Stroke="false" Fill="true">'
        f'<ofd:FillColor Value="214 24 31"/><ofd:AbbreviatedData>{_seal(face, body)}</ofd:AbbreviatedData>'
        "</ofd:PathObject>"
    )
    last = len(objects) + 10
    return _container(name, body, day, identifier, objects, last)


@lru_cache(maxsize=64)
def _seal(face: Typeface, body: str) -> str:
    """The seal's letters and star as path data, millimetres, y downwards."""
    parts = []
    for shape in seal_steps(body, face):
        for step, values in shape:
            places = [f"{(value if at % 2 == 0 else SEAL_SIZE - value) * _MM:.2f}" for at, value in enumerate(values)]
            parts.append(" ".join((step, *places)))
    return " ".join(parts)


def _folded(face: Typeface, text: str, room: float, size: float) -> list[str]:
    lines, line, width = [], "", 0.0
    for each in text:
        step = face.advances[face.numbers[each]] * size / 1000 if each in face.numbers else size
        if width + step > room:
            lines.append(line)
            line, width = "", 0.0
        line += each
        width += step
    return [*lines, line]


def _container(name: str, body: str, day: date, identifier: str, objects: Sequence[str], last: int) -> bytes:
    mark = hashlib.sha256(f"{name}/{identifier}".encode()).hexdigest()[:32]
    members = {
        "OFD.xml": f'<ofd:OFD {_SPACE} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>{mark}</ofd:DocID>"
        f"<ofd:Title>{escape(name)}</ofd:Title><ofd:Author>{escape(body)}</ofd:Author><ofd:CreationDate>{day.isoformat()}"
        "</ofd:CreationDate><ofd:Creator>云岭县电子证照系统（演示）</ofd:Creator><ofd:CustomDatas>"
        f'<ofd:CustomData Name="电子证照标识">{escape(identifier)}</ofd:CustomData></ofd:CustomDatas></ofd:DocInfo>'
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {_SPACE}><ofd:CommonData><ofd:MaxUnitID>{last}</ofd:MaxUnitID>"
        f"<ofd:PageArea><ofd:PhysicalBox>0 0 {_WIDTH:g} {_HEIGHT:g}</ofd:PhysicalBox></ofd:PageArea>"
        "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>"
        '<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/PublicRes.xml": f'<ofd:Res {_SPACE} BaseLoc="Res"><ofd:Fonts>'
        '<ofd:Font ID="3" FontName="Noto Sans SC" FamilyName="Noto Sans SC"/></ofd:Fonts></ofd:Res>',
        "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page {_SPACE}><ofd:Content><ofd:Layer ID="2" Type="Body">'
        + "".join(objects)
        + "</ofd:Layer></ofd:Content></ofd:Page>",
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for path, text in members.items():
            entry = zipfile.ZipInfo(path, (2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _HEAD + text)
    return sink.getvalue()
