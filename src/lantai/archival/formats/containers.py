"""What lies inside a ZIP or an OLE2 file: office documents, OFD, OpenDocument, or plain archives."""

from __future__ import annotations

import re
import zipfile
import zlib

from lantai.archival.formats.content import Content
from lantai.archival.formats.model import Format
from lantai.archival.formats.ole2 import CompoundFile
from lantai.archival.formats.registry import named

OFD_NAMESPACE = b"http://www.ofdspec.org"  # /2016 in the standard; drafts of before had no year
ZIP_FAULTS = (zipfile.BadZipFile, RuntimeError, zlib.error, EOFError, OSError, ValueError)
"""What zipfile raises on broken, encrypted or unsupported members (ValueError: damaged offsets and dates)."""

_OOXML = {
    b"openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    b"openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    b"openxmlformats-officedocument.presentationml.presentation.main+xml": "pptx",
    b"vnd.ms-word.document.macroEnabled.main+xml": "docm",
    b"vnd.ms-excel.sheet.macroEnabled.main+xml": "xlsm",
    b"vnd.ms-powerpoint.presentation.macroEnabled.main+xml": "pptm",
    b"openxmlformats-officedocument.wordprocessingml.template.main+xml": "dotx",
    b"openxmlformats-officedocument.spreadsheetml.template.main+xml": "xltx",
    b"openxmlformats-officedocument.presentationml.slideshow.main+xml": "ppsx",
    b"vnd.ms-excel.sheet.binary.macroEnabled.main": "xlsb",
}
_ODF = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/vnd.oasis.opendocument.graphics": "odg",
}
_ODF_VERSION = re.compile(rb"office:version=[\"'](1\.[0-3])[\"']")
_MARKS_OF_OTHERS = ("META-INF/", "AndroidManifest.xml", "doc.kml", "mimetype", "[Content_Types].xml", "FixedDocSeq")


def read_start(archive: zipfile.ZipFile, name: str, limit: int = 65536) -> bytes:
    """The first *limit* bytes of a member, empty where it is missing or cannot be read."""
    try:
        with archive.open(name) as member:
            return member.read(limit)
    except (KeyError, *ZIP_FAULTS):
        return b""


def ofd_entry(names: list[str]) -> str | None:
    """The member that is the main entry ``OFD.xml`` (GB/T 33190-2016 clause 7.3), however it is written."""
    return next((name for name in names if name.lstrip("/").lower() == "ofd.xml"), None)


def identify_zip(content: Content) -> Format | None:
    """What a file that starts like a ZIP is; None leaves it to PRONOM."""
    try:
        archive = zipfile.ZipFile(content.file())
    except ZIP_FAULTS:
        return named("zip")
    names = archive.namelist()
    entry = ofd_entry(names)
    if entry is not None and OFD_NAMESPACE in read_start(archive, entry, 4096):
        return named("ofd", "1.0")
    if "[Content_Types].xml" in names:
        types = read_start(archive, "[Content_Types].xml")
        for mark, key in _OOXML.items():
            if mark in types:
                return named(key)
    if "mimetype" in names:
        kind = read_start(archive, "mimetype", 256).strip()
        if kind == b"application/epub+zip":
            return named("epub")
        if kind in _ODF:
            found = _ODF_VERSION.search(read_start(archive, "content.xml", 16384))
            return named(_ODF[kind], found[1].decode() if found else "1.1")
    if any(name.startswith(_MARKS_OF_OTHERS) for name in names):
        return None
    return named("zip")


def identify_ole2(content: Content) -> Format | None:
    """What an OLE2 compound file is; None leaves it to PRONOM."""
    try:
        file = CompoundFile(content)
    except ValueError:
        return named("ole2")
    names = {each.name for each in file.streams}
    maker = file.first_bytes("\x01CompObj")
    if "EncryptedPackage" in names:
        return named("ooxml-encrypted")
    if "WordDocument" in names:
        if b"WPS" in maker:
            return named("wps")
        flags = file.first_bytes("WordDocument", 12)[10:]
        plain = len(flags) == 2 and not flags[0] & 1 and not flags[1] & 1  # neither template nor encrypted
        return named("doc", "97-2003") if plain and b"\x10\0\0\0Word.Document.8\0" in maker[40:] else None
    for book in ("Workbook", "Book"):
        if book in names:
            if b"ET.W" in maker:
                return named("et")
            start = file.first_bytes(book, 8)
            if start[:2] == b"\x09\x08" and start[4:8] == b"\x00\x06\x05\x00":
                return named("xls", "8")
            return named("xls", "5/95") if start[4:8] == b"\x00\x05\x05\x00" else None
    if "PowerPoint Document" in names:
        return named("dps") if b"WPP" in maker else named("ppt", "97-2003")
    return None
