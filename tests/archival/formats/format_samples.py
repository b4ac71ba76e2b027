"""Files of every common kind, made here byte by byte or with the libraries that write them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import wave
import zipfile
from collections.abc import Callable, Mapping

import pikepdf
from PIL import Image, PngImagePlugin
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

WORDS = "云岭县市场监督管理局准予行政许可决定书"


def make_pdf(pages: int = 1, text: str = WORDS) -> bytes:
    buffer = io.BytesIO()
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    for number in range(pages):
        canvas.setFont("STSong-Light", 16)
        canvas.drawString(72, 760, f"{text} {number + 1}")
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def save_pdf(document: pikepdf.Pdf, **options: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def pdf_with(change: Callable[[pikepdf.Pdf], None], **options: object) -> bytes:
    with pikepdf.open(io.BytesIO(make_pdf())) as document:
        change(document)
        return save_pdf(document, **options)


def make_pdfa(part: str, level: str) -> bytes:
    xmp = (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
        f"<pdfaid:part>{part}</pdfaid:part>"
        + (f"<pdfaid:conformance>{level}</pdfaid:conformance>" if level else "")
        + '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )

    def claim(document: pikepdf.Pdf) -> None:
        stream = pikepdf.Stream(document, xmp.encode())
        stream["/Type"], stream["/Subtype"] = pikepdf.Name.Metadata, pikepdf.Name.XML
        document.Root["/Metadata"] = stream

    return pdf_with(claim, compress_streams=False, force_version="1.7" if part != "1" else "1.4")


def make_zip(members: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'


def _types(main: str, kind: str) -> str:
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{main}" ContentType="application/{kind}"/></Types>'
    )


def docx_members(text: str = WORDS, kind: str = "") -> dict[str, bytes | str]:
    kind = kind or "vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return {
        "[Content_Types].xml": _types("word/document.xml", kind),
        "_rels/.rels": _RELATIONS.format(""),
        "word/document.xml": f'<w:document xmlns:w="{_W}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r>'
        f"<w:r><w:t>第二段</w:t></w:r></w:p></w:body></w:document>",
    }


def xlsx_members() -> dict[str, bytes | str]:
    ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return {
        "[Content_Types].xml": _types(
            "xl/workbook.xml", "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
        ),
        "xl/workbook.xml": f'<workbook xmlns="{ns}"/>',
        "xl/sharedStrings.xml": f'<sst xmlns="{ns}"><si><t>名称</t></si>'
        "<si><r><t>数</t></r><r><t>量</t></r></si></sst>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{ns}"><sheetData><row><c t="s"><v>0</v></c>'
        f'<c t="s"><v>1</v></c>'
        f'<c><v>42</v></c><c t="inlineStr"><is><t>备注</t></is></c></row></sheetData></worksheet>',
    }


def pptx_members() -> dict[str, bytes | str]:
    kind = "vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    return {
        "[Content_Types].xml": _types("ppt/presentation.xml", kind),
        "ppt/presentation.xml": "<p:presentation xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main'/>",
        **{
            f"ppt/slides/slide{n}.xml": f'<s xmlns:a="{a}"><a:p><a:r><a:t>第{n}页</a:t></a:r></a:p></s>'
            for n in (1, 2, 10)
        },
    }


def odf_members(kind: str, version: str, text: str = WORDS) -> dict[str, bytes | str]:
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    words = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    media = f"application/vnd.oasis.opendocument.{kind}"
    return {
        "mimetype": media,
        "META-INF/manifest.xml": '<?xml version="1.0"?><manifest:manifest xmlns:manifest='
        '"urn:oasis:names:tc:opendocument:'
        f'xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
        "</manifest:manifest>",
        "content.xml": f'<?xml version="1.0"?><office:document-content xmlns:office="{office}" xmlns:text="{words}" '
        f'office:version="{version}"><office:body><office:text><text:p>{text}</text:p></office:text></office:body>'
        "</office:document-content>",
        "styles.xml": f'<?xml version="1.0"?><office:document-styles xmlns:office="{office}" '
        f'office:version="{version}"/>',
    }


def make_ole2(streams: Mapping[str, bytes]) -> bytes:
    """An OLE2 compound file with the streams in its root, all padded into regular sectors."""
    padded = {name: data.ljust(4096, b"\0") for name, data in streams.items()}
    entries = [_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)]
    body, sector = b"", 2
    for index, (name, data) in enumerate(padded.items(), 1):
        sibling = index + 1 if index < len(padded) else 0xFFFFFFFF
        entries.append(_entry(name, 2, sector, len(data), right=sibling))
        whole = data.ljust(-(-len(data) // 512) * 512, b"\0")
        body += whole
        sector += len(whole) // 512
    directory_sectors = -(-len(entries) // 4)
    first_directory = sector
    fat = [0xFFFFFFFD, 0xFFFFFFFE]
    for data in padded.values():
        count = -(-len(data) // 512)
        fat += [len(fat) + n + 1 for n in range(count - 1)] + [0xFFFFFFFE]
    fat += [len(fat) + n + 1 for n in range(directory_sectors - 1)] + [0xFFFFFFFE]
    assert len(fat) <= 128
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 62, 3, 0xFFFE, 9, 6, b"",
        0, 1, first_directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0,
    )  # fmt: skip
    header += b"\xff" * 432 + b"\xff" * 4
    spare = b"\xff" * 512
    directory = b"".join(entries).ljust(directory_sectors * 512, b"\0")
    return header[:512] + struct.pack("<128I", *fat, *[0xFFFFFFFF] * (128 - len(fat))) + spare + body + directory


def _entry(name: str, kind: int, start: int, size: int, *, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16sI8s8sIQ", raw, len(raw), kind, 1, 0xFFFFFFFF, right, child, b"", 0, b"", b"", start, size
    )


def picture(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    image = Image.new("RGB", size, "white")
    for x in range(size[0]):
        for y in range(size[1]):
            image.putpixel((x, y), ((x * 7) % 256, (y * 5) % 256, (x * y) % 256))
    return image.convert(mode)


def save_image(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def exif(version: bytes) -> bytes:
    entry = struct.pack("<HHI4s", 0x9000, 7, 4, version)
    body = struct.pack("<H", 1) + entry + b"\0\0\0\0"
    offset = 8 + 2 + 12 + 4
    first = struct.pack("<HHHII", 1, 0x8769, 4, 1, offset) + b"\0\0\0\0"
    return b"Exif\0\0" + b"II*\0" + struct.pack("<I", 8) + first + body


def exif_jpeg(version: bytes) -> bytes:
    segment = exif(version)
    plain = save_image(picture(), "JPEG")
    after = plain[4 + struct.unpack_from(">H", plain, 4)[0] :]
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + after


def jfif(minor: int) -> bytes:
    data = bytearray(save_image(picture(), "JPEG"))
    data[12] = minor
    return bytes(data)


def png_with(kind: str) -> bytes:
    information = PngImagePlugin.PngInfo()
    if kind == "iTXt":
        information.add_itxt("Title", WORDS)
    elif kind == "sRGB":
        information.add(b"sRGB", b"\0")
    return save_image(picture(), "PNG", pnginfo=information)


def make_wav(seconds: float = 0.2) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\1\0" * int(8000 * seconds))
    return buffer.getvalue()


def make_mp3(frames: int = 20, tag: bool = False) -> bytes:
    frame = b"\xff\xfb\x90\x00" + b"\0" * 413
    head = b"ID3\x03\0\0\0\0\0\x0a" + b"\0" * 10 if tag else b""
    return head + frame * frames


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def make_mp4(brand: bytes = b"isom") -> bytes:
    header = struct.pack(">IIIII", 0, 0, 0, 1000, 2500) + b"\0" * 80
    return box(b"ftyp", brand + b"\0\0\2\0" + brand) + box(b"moov", box(b"mvhd", header)) + box(b"mdat", b"\0" * 64)


def make_avi() -> bytes:
    main = struct.pack("<IIIIIIIIII", 40000, 0, 0, 0, 50, 0, 1, 0, 640, 480) + b"\0" * 16
    header = b"LIST" + struct.pack("<I", 4 + 8 + len(main)) + b"hdrl" + b"avih" + struct.pack("<I", len(main)) + main
    movie = b"LIST" + struct.pack("<I", 4) + b"movi"
    body = b"AVI " + header + movie
    return b"RIFF" + struct.pack("<I", len(body)) + body


def make_mpg(second: bool) -> bytes:
    pack = b"\0\0\1\xba" + b"\x44" + b"\0" * 9 + b"\0\0\1\xbb" + b"\0\x08" + b"\0" * 8
    extension = b"\0\0\1\xb5" + b"\x14\x8a\0\1\0\0" if second else b""
    return pack + b"\0\0\1\xb3" + bytes([0x16, 0x01, 0x20, 0x13, 0xFF, 0xFF, 0xE0, 0x18]) + extension + b"\0" * 64


def make_mail() -> bytes:
    return (
        "From: a@example.cn\r\nTo: b@example.cn\r\nDate: Mon, 02 Mar 2026 09:00:00 +0800\r\n"
        "Subject: =?utf-8?b?5Zue5aSN?=\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 8bit\r\n\r\n请查收\r\n"
    ).encode()


def make_exe(magic: int) -> bytes:
    return (
        b"MZ".ljust(60, b"\0")
        + struct.pack("<I", 128)
        + b"\0" * 64
        + b"PE\0\0"
        + b"\x4c\1"
        + b"\0" * 18
        + struct.pack("<H", magic).ljust(240, b"\0")
    )


def make_elf(bits: int, order: int) -> bytes:
    return bytes([0x7F, 0x45, 0x4C, 0x46, bits, order, 1]).ljust(120, b"\0")


def make_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"abc"))
    return buffer.getvalue()


def word(marks: bytes = b"Word.Document.8") -> dict[str, bytes]:
    return {
        "WordDocument": b"\xec\xa5\xc1\0" + b"\0" * 60,
        "\x01CompObj": b"\1\0\xfe\xff"
        + b"\0" * 24
        + struct.pack("<I", 20)
        + b"Microsoft Word 97-20\0\0\0\0"
        + struct.pack("<I", len(marks) + 1)
        + marks
        + b"\0",
    }


BIFF8 = b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\0" * 16
BIFF5 = b"\x09\x08\x08\x00\x00\x05\x05\x00" + b"\0" * 16


def samples() -> dict[str, tuple[str, bytes]]:
    """Name of each sample: the file name it would bear, and its bytes."""
    macros = "vnd.ms-word.document.macroEnabled.main+xml"
    found: dict[str, tuple[str, bytes]] = {
        "pdf": ("a.pdf", make_pdf(2)),
        **{
            f"pdf {version}": ("a.pdf", pdf_with(lambda _: None, force_version=version))
            for version in ("1.4", "1.5", "1.6", "1.7", "2.0")
        },
        **{
            f"pdf/a {part}{level}": ("a.pdf", make_pdfa(part, level))
            for part, level in (
                ("1", "A"),
                ("1", "B"),
                ("2", "A"),
                ("2", "B"),
                ("2", "U"),
                ("3", "A"),
                ("3", "B"),
                ("3", "U"),
            )
        },
        "docx": ("a.docx", make_zip(docx_members())),
        "docm": ("a.docm", make_zip(docx_members(kind=macros))),
        "xlsx": ("a.xlsx", make_zip(xlsx_members())),
        "pptx": ("a.pptx", make_zip(pptx_members())),
        **{
            f"{suffix} {version}": (f"a.{suffix}", make_zip(odf_members(kind, version)))
            for suffix, kind in (("odt", "text"), ("ods", "spreadsheet"), ("odp", "presentation"))
            for version in ("1.0", "1.2", "1.3")
        },
        "doc": ("a.doc", make_ole2(word())),
        "xls 8": ("a.xls", make_ole2({"Workbook": BIFF8})),
        "xls 5": ("a.xls", make_ole2({"Book": BIFF5})),
        "ppt": ("a.ppt", make_ole2({"PowerPoint Document": b"\x0f\0" * 20, "Current User": b"\0" * 40})),
        "jpeg": ("a.jpg", save_image(picture(), "JPEG")),
        **{f"jfif 1.0{minor}": ("a.jpg", jfif(minor)) for minor in (0, 1, 2)},
        **{
            f"exif {version.decode()}": ("a.jpg", exif_jpeg(version))
            for version in (b"0200", b"0210", b"0220", b"0221", b"0230", b"0232")
        },
        **{f"png {kind}": ("a.png", png_with(kind)) for kind in ("", "iTXt", "sRGB")},
        "tiff": ("a.tif", save_image(picture(), "TIFF")),
        "tiff g4": ("a.tif", save_image(picture("1"), "TIFF", compression="group4")),
        "bigtiff": ("a.tif", save_image(picture(), "TIFF", big_tiff=True)),
        "gif": ("a.gif", save_image(picture("P"), "GIF")),
        "bmp": ("a.bmp", save_image(picture(), "BMP")),
        "jp2": ("a.jp2", save_image(picture(), "JPEG2000")),
        "webp lossy": ("a.webp", save_image(picture(), "WEBP")),
        "webp lossless": ("a.webp", save_image(picture(), "WEBP", lossless=True)),
        "svg": ("a.svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" version="1.1"></svg>'),
        "xml": ("a.xml", f'<?xml version="1.0" encoding="UTF-8"?><a>{WORDS}</a>'.encode()),
        "xml gbk": ("a.xml", f'<?xml version="1.0" encoding="GBK"?><a>{WORDS}</a>'.encode("gbk")),
        "xml bom": ("a.xml", f'\ufeff<?xml version="1.0" encoding="UTF-8"?><a>{WORDS}</a>'.encode()),
        "rdf": ("a.xml", b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'),
        "html5": ("a.html", f"<!DOCTYPE html><html><body>{WORDS}</body></html>".encode()),
        "html": ("a.html", f"<html><body>{WORDS}</body></html>".encode()),
        "html 4.01": (
            "a.html",
            b'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd"><html></html>',
        ),
        "xhtml": (
            "a.html",
            b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
            b'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head></html>',
        ),
        "text": ("a.txt", WORDS.encode()),
        "text gb18030": ("a.txt", (WORDS * 20).encode("gb18030")),
        "text utf-16": ("a.txt", WORDS.encode("utf-16")),
        "csv": ("a.csv", "名称,数量\n桌子,2\n".encode()),
        "json": ("a.json", b'{"a": 1}'),
        "rtf": ("a.rtf", rb"{\rtf1\ansi\ansicpg936\deff0 \'d4\'c6\'c1\'eb}"),
        "zip": ("a.zip", make_zip({"a.txt": b"abc"})),
        "gz": ("a.gz", gzip.compress(b"abc" * 40, mtime=0)),
        "bz2": ("a.bz2", bz2.compress(b"abc" * 40)),
        "xz": ("a.xz", lzma.compress(b"abc" * 40)),
        "tar": ("a.tar", make_tar()),
        "7z": ("a.7z", b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\0" * 60),
        "rar 5": ("a.rar", b"Rar!\x1a\x07\x01\x00" + b"\0" * 60),
        "wav": ("a.wav", make_wav()),
        "mp3": ("a.mp3", make_mp3()),
        "mp3 id3": ("a.mp3", make_mp3(tag=True)),
        "mp4": ("a.mp4", make_mp4()),
        "avi": ("a.avi", make_avi()),
        "flv": ("a.flv", b"FLV\x01\x05\0\0\0\x09\0\0\0\0\x12" + b"\0" * 40),
        "mpg 1": ("a.mpg", make_mpg(False)),
        "mpg 2": ("a.mpg", make_mpg(True)),
        "eml": ("a.eml", make_mail()),
        "warc": ("a.warc", b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n"),
        "exe 32": ("a.exe", make_exe(0x10B)),
        "exe 64": ("a.exe", make_exe(0x20B)),
        **{f"elf {bits}{order}": ("a.o", make_elf(bits, order)) for bits in (1, 2) for order in (1, 2)},
    }
    return found
