"""Write a paper as PDF 1.7 with its text embedded, and with room for a signature where one is wanted.

Own and small, because a demo of 20,000 cases writes some hundred thousand documents: one font file with only the
glyphs used, one content stream a page, plain cross-reference table. The same paper gives the same bytes.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from lantai.site.demo.paper.marks import Colour, Line, Page, Paper, Ring, Shape, Text
from lantai.site.demo.paper.typeface import FontSubset, typeface

_POINTS = 72 / 25.4
_ROOM = 8192
_CIRCLE = 0.5523
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class SignaturePlace:
    """Who signs a paper, for what reason and when (ISO text); ``sign`` turns the signed bytes into a CMS."""

    name: str
    reason: str
    at: str
    sign: Sign


def write_pdf(paper: Paper, *, signature: SignaturePlace | None = None, level: int = 6) -> bytes:
    """*paper* as a PDF file; with *signature*, signed over every byte but the signature itself (PAdES, one revision).

    *level* is zlib's, 0 to 9.
    """
    subset = typeface().subset({each for page in paper.pages for mark in page.marks if isinstance(mark, Text) for each in mark.text})
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    catalogue, tree = add(b""), add(b"")
    font = _font(add, subset, level)
    state = add(b"<</Type/ExtGState/BM/Multiply>>")
    resources = b"<</Font<</F %d 0 R>>/ExtGState<</M %d 0 R>>>>" % (font, state)
    pages = []
    for page in paper.pages:
        stream = zlib.compress(_content(page, subset), level)
        content = add(b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        box = b"0 0 %s %s" % (_number(page.width * _POINTS), _number(page.height * _POINTS))
        pages.append(
            add(
                b"<</Type/Page/Parent %d 0 R/MediaBox[%s]/Resources%s/Contents %d 0 R>>"
                % (tree, box, resources, content)
            )
        )
    kids = b" ".join(b"%d 0 R" % each for each in pages)
    objects[tree - 1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(pages), kids)
    form = b""
    if signature is not None:
        form = _signature_field(add, objects, paper, pages, signature)
    objects[catalogue - 1] = b"<</Type/Catalog/Pages %d 0 R/Lang(zh-CN)%s>>" % (tree, form)
    information = add(
        b"<</Title%s/Author%s/Creator%s/CreationDate%s>>"
        % (_said(paper.title), _said(paper.author), _said("云岭县一体化政务服务平台（演示）"), _date(paper.created))
    )
    data = _file(objects, catalogue, information)
    return data if signature is None else _signed(data, signature.sign)


def _file(objects: list[bytes], catalogue: int, information: int) -> bytes:
    parts = [b"%PDF-1.7\n%\xe5\x85\xb0\xe5\x8f\xb0\n"]
    at = len(parts[0])
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(at)
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        at += len(parts[-1])
    identifier = hashlib.sha256(b"".join(parts)).hexdigest()[:32].encode()
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    parts.extend(b"%010d 00000 n \n" % each for each in places)
    parts.append(
        b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, catalogue, information, identifier, identifier, at)
    )
    return b"".join(parts)


def _font(add: Callable[[bytes], int], subset: FontSubset, level: int) -> int:
    """The font as a CID font whose numbers are glyphs, with the way back to characters."""
    packed = zlib.compress(subset.data, level)
    file = add(
        b"<</Filter/FlateDecode/Length %d/Length1 %d>>stream\n%s\nendstream" % (len(packed), len(subset.data), packed)
    )
    tag = hashlib.sha256(subset.data).digest()
    name = bytes(65 + each % 26 for each in tag[:6]) + b"+NotoSansSC-Regular"
    descriptor = add(
        b"<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[-1002 -1048 2928 1808]/ItalicAngle 0/Ascent 1160"
        b"/Descent -288/CapHeight 733/StemV 80/FontFile2 %d 0 R>>" % (name, file)
    )
    narrow = b" ".join(b"%d[%d]" % (glyph, width) for glyph, width in enumerate(subset.advances) if width != 1000)
    descendant = add(
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
        b"/FontDescriptor %d 0 R/DW 1000/W[%s]/CIDToGIDMap/Identity>>" % (name, descriptor, narrow)
    )
    stream = zlib.compress(_to_unicode(subset), level)
    unicode = add(b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    return add(
        b"<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>"
        % (name, descendant, unicode)
    )


def _to_unicode(subset: FontSubset) -> bytes:
    rows = [f"<{number:04x}><{each.encode('utf-16-be').hex()}>" for each, number in subset.numbers.items()]
    blocks = [rows[at : at + 100] for at in range(0, len(rows), 100)]
    listed = "\n".join(f"{len(each)} beginbfchar\n" + "\n".join(each) + "\nendbfchar" for each in blocks)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo <</Registry(Adobe)/Ordering(UCS)"
        "/Supplement 0>> def\n/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000><ffff>\n"
        f"endcodespacerange\n{listed}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode()


def _content(page: Page, subset: FontSubset) -> bytes:
    """The page's drawing, with its origin turned to PDF's lower left corner."""
    high = page.height
    out: list[str] = []
    for mark in page.marks:
        if isinstance(mark, Text):
            out.append(_text(mark, high, subset))
        elif isinstance(mark, Line):
            ends = f"{mark.x1 * _POINTS:.2f} {(high - mark.y1) * _POINTS:.2f} m {mark.x2 * _POINTS:.2f} {(high - mark.y2) * _POINTS:.2f} l"
            out.append(f"{_colour(mark.colour)} RG {mark.width * _POINTS:.2f} w {ends} S")
        elif isinstance(mark, Ring):
            out.append(_ring(mark, high))
        else:
            out.append(_shape(mark, high))
    return "\n".join(out).encode()


def _text(mark: Text, high: float, subset: FontSubset) -> str:
    numbers = subset.numbers
    shown = "".join(f"{numbers[each]:04x}" for each in mark.text)
    colour = _colour(mark.colour)
    x, y = mark.x * _POINTS, (high - mark.y) * _POINTS
    if mark.angle:
        turn = math.radians(mark.angle)
        place = f"{math.cos(turn):.4f} {-math.sin(turn):.4f} {math.sin(turn):.4f} {math.cos(turn):.4f} {x:.2f} {y:.2f} Tm"
    else:
        place = f"{x:.2f} {y:.2f} Td"
    weight = f"2 Tr {mark.size * 0.028:.2f} w {colour} RG " if mark.bold else "0 Tr "
    spread = f"{mark.spacing * _POINTS:.2f} Tc "
    drawn = f"BT /F {mark.size:g} Tf {colour} rg {weight}{spread}{place} <{shown}> Tj ET"
    return f"q /M gs {drawn} Q" if mark.over else drawn


def _ring(mark: Ring, high: float) -> str:
    x, y, r = mark.x * _POINTS, (high - mark.y) * _POINTS, mark.radius * _POINTS
    k = r * _CIRCLE
    curve = (
        f"{x + r:.2f} {y:.2f} m {x + r:.2f} {y + k:.2f} {x + k:.2f} {y + r:.2f} {x:.2f} {y + r:.2f} c "
        f"{x - k:.2f} {y + r:.2f} {x - r:.2f} {y + k:.2f} {x - r:.2f} {y:.2f} c "
        f"{x - r:.2f} {y - k:.2f} {x - k:.2f} {y - r:.2f} {x:.2f} {y - r:.2f} c "
        f"{x + k:.2f} {y - r:.2f} {x + r:.2f} {y - k:.2f} {x + r:.2f} {y:.2f} c s"
    )
    return f"q /M gs {_colour(mark.colour)} RG {mark.width * _POINTS:.2f} w {curve} Q"


def _shape(mark: Shape, high: float) -> str:
    places = [f"{x * _POINTS:.2f} {(high - y) * _POINTS:.2f}" for x, y in mark.points]
    outline = f"{places[0]} m " + " ".join(f"{each} l" for each in places[1:]) + " h f"
    return f"q {'/M gs ' if mark.over else ''}{_colour(mark.colour)} rg {outline} Q"


def _colour(colour: Colour) -> str:
    return " ".join(f"{each / 255:.3g}" for each in colour)


def _number(value: float) -> bytes:
    return f"{value:.2f}".encode()


def _said(text: str) -> bytes:
    return b"<feff" + text.encode("utf-16-be").hex().encode() + b">"


def _date(text: str) -> bytes:
    digits = "".join(each for each in text if each.isdigit()).ljust(14, "0")[:14]
    return f"(D:{digits}+08'00')".encode()


def _signature_field(
    add: Callable[[bytes], int], objects: list[bytes], paper: Paper, pages: list[int], signature: SignaturePlace
) -> bytes:
    """The signature, its field over the seal, and what the catalogue says of both."""
    x, y, place = paper.seal or (0.0, 0.0, 0)
    high = paper.pages[place].height
    reach = 21.0 if paper.seal else 0.0
    corners = ((x - reach), (high - y - reach), (x + reach), (high - y + reach))
    rectangle = b" ".join(_number(each * _POINTS) for each in corners)
    value = add(
        b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/Name%s/Reason%s/M%s"
        b"/ByteRange[0 0000000000 0000000000 0000000000]/Contents<%s>>>"
        % (_said(signature.name), _said(signature.reason), _date(signature.at), b"0" * _ROOM)
    )
    empty = add(b"<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Length 0>>stream\n\nendstream")
    field = add(
        b"<</Type/Annot/Subtype/Widget/FT/Sig/T(seal)/F 132/Rect[%s]/P %d 0 R/V %d 0 R/AP<</N %d 0 R>>>>"
        % (rectangle, pages[place], value, empty)
    )
    page = pages[place] - 1
    objects[page] = objects[page][:-2] + b"/Annots[%d 0 R]>>" % field
    return b"/AcroForm<</SigFlags 3/Fields[%d 0 R]>>" % field


def _signed(data: bytes, sign: Sign) -> bytes:
    begin = data.index(b"/Contents<" + b"0" * 64) + len(b"/Contents")
    end = begin + _ROOM + 2
    old = b"[0 0000000000 0000000000 0000000000]"
    new = b"[0 %010d %010d %010d]" % (begin, end, len(data) - end)
    data = data.replace(old, new, 1)
    value = sign(data[:begin] + data[end:]).hex().encode()
    if len(value) > _ROOM:
        raise ValueError(f"a signature of {len(value) // 2} bytes does not fit")
    return data[: begin + 1] + value.ljust(_ROOM, b"0") + data[end - 1 :]
