"""Small real files for the fault library: documents, pictures, damaged and forbidden ones. The same number, the
same bytes."""

from __future__ import annotations

import io

from pikepdf import Dictionary, Encryption, Name, Pdf, String
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

_FONT = "STSong-Light"


def make_document(title: str, lines: list[str]) -> bytes:
    """A one-page PDF with Chinese text that programs can read."""
    if _FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=A4, invariant=True)
    canvas.setTitle(title)
    canvas.setFont(_FONT, 18)
    canvas.drawCentredString(A4[0] / 2, A4[1] - 90, title)
    canvas.setFont(_FONT, 12)
    for number, line in enumerate(lines):
        canvas.drawString(72, A4[1] - 140 - 24 * number, line)
    canvas.showPage()
    canvas.save()
    return sink.getvalue()


def make_picture(number: int, form: str = "JPEG") -> bytes:
    """A small scan-like picture (``JPEG``, ``PNG``, ``GIF``), different for every *number*."""
    image = Image.new("RGB", (240, 160), (250, 248, 240))
    draw = ImageDraw.Draw(image)
    draw.rectangle((8, 8, 231, 151), outline=(160, 30, 30), width=2)
    for row in range(9):
        width = 40 + (number * 37 + row * 53) % 160
        draw.line((20, 24 + row * 13, 20 + width, 24 + row * 13), fill=(60, 60, 60), width=3)
    sink = io.BytesIO()
    image.save(sink, form)
    return sink.getvalue()


def encrypt_document(document: bytes) -> bytes:
    """The PDF *document* that opens with a password only."""
    sink = io.BytesIO()
    with Pdf.open(io.BytesIO(document)) as pdf:
        pdf.save(sink, encryption=Encryption(owner="owner", user="user", R=6), deterministic_id=False)
    return sink.getvalue()


def add_script(document: bytes) -> bytes:
    """The PDF *document* with a script that runs when it is opened."""
    sink = io.BytesIO()
    with Pdf.open(io.BytesIO(document)) as pdf:
        pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1);"))
        pdf.save(sink, static_id=True)
    return sink.getvalue()


def break_document(document: bytes) -> bytes:
    """The PDF *document* with its page tree overwritten: it begins like a PDF and does not open."""
    return document[:40] + b"\0" * (len(document) - 40)
