"""Office documents: Office Open XML (ISO/IEC 29500), OpenDocument (ISO/IEC 26300), and OLE2 as far as its directory."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from lxml import etree

from lantai.archival.formats.cleaning import TEXT_LIMIT, clean
from lantai.archival.formats.containers import ZIP_FAULTS
from lantai.archival.formats.content import Content
from lantai.archival.formats.ole2 import CompoundFile
from lantai.archival.formats.reading import Reading, fault, unreadable
from lantai.archival.formats.xmlsafe import XmlFault, every, local, parse_xml, said

PART_LIMIT = 64 * 1024 * 1024
"""Bytes one part may unpack to."""

_MAIN_PARTS = {
    "docx": "word/document.xml",
    "docm": "word/document.xml",
    "dotx": "word/document.xml",
    "xlsx": "xl/workbook.xml",
    "xlsm": "xl/workbook.xml",
    "xltx": "xl/workbook.xml",
    "pptx": "ppt/presentation.xml",
    "pptm": "ppt/presentation.xml",
    "ppsx": "ppt/presentation.xml",
}
_PARTS_WITH_TEXT = re.compile(
    r"word/(?:document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml|ppt/(?:slides|notesSlides)/\w+\.xml"
)
_SHEET = re.compile(r"xl/worksheets/sheet\d+\.xml")
_NUMBER = re.compile(r"(\d+)\.xml$")
_OUTSIDE = re.compile(rb"TargetMode=\"External\"")
_LINK_KINDS = re.compile(rb"relationships/(?:attachedTemplate|oleObject|externalLink|frame|subDocument|image)")


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One member, unpacked, at most ``PART_LIMIT`` bytes.

    Raises:
        ValueError: it is larger.
        one of ``ZIP_FAULTS`` or KeyError.
    """
    with archive.open(name) as member:
        data = member.read(PART_LIMIT + 1)
    if len(data) > PART_LIMIT:
        raise ValueError(f"{name} unpacks to more than {PART_LIMIT} bytes")
    return data


def read_ooxml(content: Content, *, key: str, text: bool) -> Reading:
    """Open Word, Excel or PowerPoint of 2007 and later: main part, active content, properties, text."""
    try:
        with zipfile.ZipFile(content.file()) as archive:
            names = archive.namelist()
            if any(each.flag_bits & 1 for each in archive.infolist()):
                return unreadable("encrypted", encrypted=True)
            main = _MAIN_PARTS.get(key)
            if main is not None and main not in names:
                return unreadable("part-missing", main)
            if main is not None:
                parse_xml(read_part(archive, main))
            active = tuple(sorted(set(_active_ooxml(archive, names))))
            attributes = _core_properties(archive, names)
            pages = sum(1 for name in names if name.startswith("ppt/slides/slide")) or None
            words = clean("\n".join(_ooxml_text(archive, names))) if text else None
    except XmlFault as failure:
        return unreadable("not-well-formed", failure)
    except (KeyError, *ZIP_FAULTS) as failure:
        return unreadable("damaged", failure)
    return Reading(pages=pages, active_content=active, attributes=attributes, text=words)


def _active_ooxml(archive: zipfile.ZipFile, names: list[str]) -> Iterator[str]:
    for name in names:
        low = name.lower()
        if low.endswith("vbaproject.bin") or low.startswith("xl/macrosheets/"):
            yield "macro"
        elif "/activex/" in low:
            yield "activex"
        elif "/embeddings/" in low:
            yield "embedded-object"
        elif low.startswith("xl/externallinks/"):
            yield "external-link"
        elif low.endswith(".rels"):
            data = read_part(archive, name)
            if _OUTSIDE.search(data) and any(
                _OUTSIDE.search(relation) and _LINK_KINDS.search(relation) for relation in data.split(b"<Relationship ")
            ):
                yield "external-link"


def _core_properties(archive: zipfile.ZipFile, names: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    wanted = {
        "creator": "author",
        "created": "created",
        "modified": "modified",
        "title": "title",
        "Application": "producer",
        "AppVersion": "producer_version",
        "Pages": "pages_declared",
    }
    for part in ("docProps/core.xml", "docProps/app.xml"):
        if part in names:
            for each in parse_xml(read_part(archive, part)):
                value = said(each)
                if local(each) in wanted and value:
                    found[wanted[local(each)]] = clean(value)[:500]
    return found


def _by_number(name: str) -> tuple[str, int]:
    found = _NUMBER.search(name)
    return (name.rstrip("0123456789.xml"), int(found[1]) if found else 0)


def _ooxml_text(archive: zipfile.ZipFile, names: list[str]) -> Iterator[str]:
    held = 0
    shared = _shared_strings(archive, names)
    for name in sorted((each for each in names if _PARTS_WITH_TEXT.fullmatch(each)), key=_by_number):
        for paragraph in _paragraphs(parse_xml(read_part(archive, name))):
            yield paragraph
            held += len(paragraph)
            if held > TEXT_LIMIT:
                return
    for name in sorted((each for each in names if _SHEET.fullmatch(each)), key=_by_number):
        for row in every(parse_xml(read_part(archive, name)), "row"):
            line = "\t".join(filter(None, (_cell(cell, shared) for cell in row)))
            yield line
            held += len(line)
            if held > TEXT_LIMIT:
                return


def _paragraphs(root: etree._Element) -> Iterator[str]:
    for paragraph in every(root, "p"):
        parts = []
        for each in paragraph.iter():
            name = local(each)
            if name == "t":
                parts.append(each.text or "")
            elif name in ("tab", "br"):
                parts.append("\t" if name == "tab" else "\n")
        if parts:
            yield "".join(parts)


def _shared_strings(archive: zipfile.ZipFile, names: list[str]) -> list[str]:
    if "xl/sharedStrings.xml" not in names:
        return []
    root = parse_xml(read_part(archive, "xl/sharedStrings.xml"))
    return ["".join(each.text or "" for each in every(item, "t")) for item in root if local(item) == "si"]


def _cell(cell: etree._Element, shared: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return "".join(each.text or "" for each in every(cell, "t"))
    value = next((said(each) for each in cell if local(each) == "v"), "")
    if kind == "s":
        return shared[int(value)] if value.isdigit() and int(value) < len(shared) else ""
    return value


def read_odf(content: Content, *, text: bool) -> Reading:
    """Open an OpenDocument file: its content, encryption, macros, text."""
    try:
        with zipfile.ZipFile(content.file()) as archive:
            names = archive.namelist()
            manifest = read_part(archive, "META-INF/manifest.xml") if "META-INF/manifest.xml" in names else b""
            if b"encryption-data" in manifest:
                return unreadable("encrypted", encrypted=True)
            if "content.xml" not in names:
                return unreadable("part-missing", "content.xml")
            root = parse_xml(read_part(archive, "content.xml"))
    except XmlFault as failure:
        return unreadable("not-well-formed", failure)
    except (KeyError, *ZIP_FAULTS) as failure:
        return unreadable("damaged", failure)
    active = []
    if any(name.startswith(("Basic/", "Scripts/")) for name in names):
        active.append("macro")
    if any(name.startswith("Object ") for name in names):
        active.append("embedded-object")
    words = (
        clean("\n".join("".join(map(str, each.itertext())) for each in root.iter() if local(each) in ("p", "h")))
        if text
        else None
    )
    return Reading(active_content=tuple(active), text=words)


def read_ole2(content: Content, *, key: str) -> Reading:
    """Word, Excel, PowerPoint and WPS of the OLE2 age: the directory reads, the main stream lies inside the file."""
    try:
        file = CompoundFile(content)
    except ValueError as failure:
        return unreadable("damaged", failure)
    names = {each.name for each in file.streams}
    if key == "ooxml-encrypted" or "EncryptedPackage" in names or "EncryptedSummary" in names:
        return unreadable("encrypted", encrypted=True)
    head = file.first_bytes("WordDocument", 12)
    if len(head) == 12 and head[:2] == b"\xec\xa5" and head[11] & 1:
        return unreadable("encrypted", encrypted=True)
    if _excel_is_encrypted(file.first_bytes("Workbook", 512)):
        return unreadable("encrypted", encrypted=True)
    main = [each for each in file.streams if each.name in ("WordDocument", "Workbook", "Book", "PowerPoint Document")]
    if any(each.size > content.size for each in main):
        return unreadable("cut-short", main[0].name)
    active = []
    if names & {"VBA", "_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros"}:
        active.append("macro")
    if names & {"ObjectPool", "\x01Ole10Native"}:
        active.append("embedded-object")
    return Reading(
        fault=fault("no-reader") if not main else "", readable=True if main else None, active_content=tuple(active)
    )


def _excel_is_encrypted(start: bytes) -> bool:
    """A FILEPASS record (0x002F) right after the BOF record of a BIFF stream."""
    if len(start) < 8 or start[0] != 9:
        return False
    at = 4 + int.from_bytes(start[2:4], "little")
    return start[at : at + 2] == b"\x2f\x00"
