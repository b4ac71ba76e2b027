"""PDF (ISO 32000): whether it opens, its pages and text, what in it could act, who made it.

PDFium is not thread safe: one process may run one PDF at a time. The examination runs it in single-threaded children.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pikepdf
import pypdfium2
from pypdfium2 import raw as pdfium

from lantai.archival.formats.cleaning import TEXT_LIMIT, clean
from lantai.archival.formats.content import Content
from lantai.archival.formats.reading import Reading, fault
from lantai.archival.formats.signatures import pdfa_claim

_ACTIVE_MARK = re.compile(
    rb"/(?:JS|JavaScript|Launch|EmbeddedFiles?|OpenAction|AA|XFA|RichMedia|SubmitForm|ImportData|GoToE|Movie|Sound|3D)\b"
    rb"|/ObjStm|/[A-Za-z0-9]*#[0-9A-Fa-f]{2}"
)
_ACTIONS = {
    "/JavaScript": "javascript",
    "/Launch": "launch",
    "/SubmitForm": "submit-form",
    "/ImportData": "import-data",
    "/GoToE": "embedded-goto",
    "/Rendition": "rich-media",
    "/Movie": "rich-media",
    "/Sound": "rich-media",
    "/RichMediaExecute": "rich-media",
}
_HARMLESS_OPENINGS = ("/GoTo", "/Named", "/URI")
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(Z|[+-]\d\d)?'?(\d\d)?")


def read_pdf(content: Content, *, text: bool) -> Reading:
    """Open a PDF, load every page, and gather what it says of itself.

    Args:
        content: the file.
        text: whether to extract the text of all pages, cut at ``TEXT_LIMIT`` characters.
    """
    try:
        document = pypdfium2.PdfDocument(content.whole if content.whole is not None else content.file())
    except pypdfium2.PdfiumError as failure:
        if getattr(failure, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            return Reading(readable=False, fault=fault("encrypted"), encrypted=True)
        return Reading(readable=False, fault=fault("damaged", failure))
    try:
        pages = len(document)
        attributes = _attributes(document, content)
        encrypted = pdfium.FPDF_GetSecurityHandlerRevision(document.raw) > 0
        bad, words = _walk_pages(document, pages, text=text)
    finally:
        document.close()
    if pages == 0:
        return Reading(readable=False, fault=fault("no-pages"), pages=0, encrypted=encrypted, attributes=attributes)
    data = content.searchable()
    active: tuple[str, ...] = ()
    if _ACTIVE_MARK.search(data) or content.whole is None:
        try:
            with pikepdf.open(content.file(), suppress_warnings=True) as objects:
                active = tuple(sorted(set(_active_content(objects))))
        except (pikepdf.PdfError, ValueError, TypeError, RuntimeError) as failure:
            return Reading(False, fault("damaged", failure), pages, encrypted, attributes=attributes, text=words)
    return Reading(
        readable=not bad,
        fault=fault("page-damaged", ", ".join(map(str, bad[:20]))) if bad else "",
        pages=pages,
        encrypted=encrypted,
        active_content=active,
        attributes=attributes,
        text=words,
    )


def pdf_text(content: Content) -> str:
    """The text of all pages alone, cut at ``TEXT_LIMIT`` characters; empty where the file does not open."""
    try:
        document = pypdfium2.PdfDocument(content.whole if content.whole is not None else content.file())
    except pypdfium2.PdfiumError:
        return ""
    try:
        return _walk_pages(document, len(document), text=True)[1] or ""
    finally:
        document.close()


def _walk_pages(document: pypdfium2.PdfDocument, pages: int, *, text: bool) -> tuple[list[int], str | None]:
    """Load each page. Returns the numbers of those that do not load, and the text."""
    bad: list[int] = []
    parts: list[str] = []
    held = 0
    for number in range(1, pages + 1):
        page = pdfium.FPDF_LoadPage(document.raw, number - 1)
        if not page:
            bad.append(number)
            continue
        try:
            if text and held < TEXT_LIMIT:
                part = _page_text(page)
                parts.append(part)
                held += len(part)
        finally:
            pdfium.FPDF_ClosePage(page)
    return bad, clean("\n".join(parts)) if text else None


def _page_text(page: object) -> str:
    words = pdfium.FPDFText_LoadPage(page)
    if not words:
        return ""
    try:
        count = pdfium.FPDFText_CountChars(words)
        if count <= 0:
            return ""
        buffer = (pdfium.c_ushort * (count + 1))()
        got = pdfium.FPDFText_GetText(words, 0, count, buffer)
        return bytes(buffer)[: max(0, got - 1) * 2].decode("utf-16-le", "replace")
    finally:
        pdfium.FPDFText_ClosePage(words)


def _attributes(document: pypdfium2.PdfDocument, content: Content) -> dict[str, str]:
    found: dict[str, str] = {}
    version = document.get_version()
    if version:
        found["pdf_version"] = f"{version // 10}.{version % 10}"
    for tag, name in (("Producer", "producer"), ("Creator", "creator"), ("Title", "title"), ("Author", "author")):
        value = document.get_metadata_value(tag)
        if value:
            found[name] = clean(value)[:500]
    for tag, name in (("CreationDate", "created"), ("ModDate", "modified")):
        value = pdf_time(document.get_metadata_value(tag))
        if value:
            found[name] = value
    claim = pdfa_claim(content.searchable())
    if claim:
        found["pdfa"] = claim
    if len(document):
        try:
            width, height = document.get_page_size(0)
        except pypdfium2.PdfiumError:
            return found
        found["width_mm"], found["height_mm"] = f"{width * 25.4 / 72:.1f}", f"{height * 25.4 / 72:.1f}"
    return found


def pdf_time(value: str) -> str:
    """A PDF date (``D:20260131093000+08'00'``) as ISO 8601, empty where it is none."""
    found = _DATE.match(value)
    if found is None:
        return ""
    year, month, day, hour, minute, second, zone, zone_minutes = found.groups()
    date = f"{year}-{month or '01'}-{day or '01'}"
    if hour is None:
        return date
    suffix = "" if zone is None else "Z" if zone == "Z" else f"{zone}:{zone_minutes or '00'}"
    return f"{date}T{hour}:{minute or '00'}:{second or '00'}{suffix}"


def _active_content(document: pikepdf.Pdf) -> Iterator[str]:
    """What in the document could act by itself or carry other files, by looking at every object."""
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            yield from _active_in(each, 0)


def _active_in(dictionary: pikepdf.Object, depth: int) -> Iterator[str]:
    if depth > 20:
        return
    for key, value in dictionary.items():
        if key == "/S" and isinstance(value, pikepdf.Name) and str(value) in _ACTIONS:
            yield _ACTIONS[str(value)]
        elif key == "/JS":
            yield "javascript"
        elif key == "/AA":
            yield "additional-actions"
        elif key == "/OpenAction":
            if isinstance(value, pikepdf.Dictionary) and str(value.get("/S", "/GoTo")) not in _HARMLESS_OPENINGS:
                yield "open-action"
        elif key == "/XFA":
            yield "xfa"
        elif key in ("/EmbeddedFiles", "/EF"):
            yield "embedded-file"
        elif key == "/Subtype" and value in (pikepdf.Name.RichMedia, pikepdf.Name("/3D"), pikepdf.Name.Screen):
            yield "rich-media"
        if isinstance(value, pikepdf.Dictionary) and not value.is_indirect:
            yield from _active_in(value, depth + 1)
        elif isinstance(value, pikepdf.Array) and not value.is_indirect:
            for item in value:
                if isinstance(item, pikepdf.Dictionary) and not item.is_indirect:
                    yield from _active_in(item, depth + 1)
