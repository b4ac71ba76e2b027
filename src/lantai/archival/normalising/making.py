"""Making the copy: one function a way, each from bytes to bytes, with the programs and settings it used."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
from pikepdf import pdfa

from lantai.archival.normalising.model import AGENT, NotNormalised
from lantai.archival.render.archival_images import images_archival_pdf
from lantai.archival.render.archival_pdf import DPI, TooManyPages, ofd_archival_pdf
from lantai.archival.render.fonts import FontMissing
from lantai.archival.render.model import Note, RenderRefused
from lantai.archival.render.office import ConverterMissing, convert_office

FLAVOUR = "2b"
_FINDINGS = 5
_PRODUCER = re.compile(rb"LibreOffice[ /][0-9][0-9.]*")
_LEFT_OUT: tuple[tuple[Callable[[pikepdf.Pdf], Iterable[pikepdf.Object]], tuple[str, ...]], ...] = (
    (lambda pdf: [pdf.trailer], ("/DocChecksum",)),
    (lambda pdf: [pdf.Root], ("/OpenAction", "/AA", "/ViewerPreferences", "/PieceInfo")),
    (lambda pdf: [page.obj for page in pdf.pages], ("/Trans", "/Dur", "/AA", "/PieceInfo")),
)
"""What a copy leaves out: the maker's own notes, and what happens on opening and on turning pages. None of it is on a
page."""

_PIKEPDF = f"pikepdf {pikepdf.__version__} (qpdf {pikepdf.__libqpdf_version__})"


@dataclass(frozen=True, slots=True)
class Making:
    """A copy: its bytes, the programs that made it, their settings and what they changed, and what is not shown as it
    was (by page)."""

    data: bytes
    agents: tuple[str, ...]
    parameters: Mapping[str, str]
    notes: tuple[tuple[int, Note], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a copy is made of: the file, its format, its title and the moment, and for LibreOffice an empty private
    folder with the limits it may take."""

    data: bytes
    key: str
    title: str
    made: datetime.datetime
    folder: Path
    seconds: float
    memory_bytes: int


def copy_of_pdf(wanted: Wanted) -> Making:
    """A PDF as PDF/A-2b: structure and metadata are repaired, never what is on its pages.

    Raises NotNormalised with every reason the validator gives.
    """
    try:
        with pikepdf.open(io.BytesIO(wanted.data)) as pdf:
            locked = {"encryption": "removed"} if pdf.is_encrypted else {}
            signed = _flattened(pdf)
            data, changes = _saved(pdf)
    except pikepdf.PasswordError:
        raise NotNormalised(
            "encrypted",
            "PDF 已加密，没有口令不能转换",
            "the PDF is encrypted and cannot be converted without its password",
        ) from None
    except pikepdf.PdfError as failure:
        raise NotNormalised(
            "unreadable", f"PDF 损坏，无法打开：{failure}", f"the PDF does not open: {failure}"
        ) from None
    return Making(data, (AGENT, _PIKEPDF), {"flavour": FLAVOUR, "changes": changes, **locked, **signed})


def _flattened(pdf: pikepdf.Pdf) -> dict[str, str]:
    """Make the signatures of a PDF whose form has no other fields part of their pages: a copy shows them, and they hold
    in the original only. What was done, as a parameter; a form with fields to fill in is left as it is.
    """
    form = pdf.Root.get("/AcroForm")
    fields = list(form.get("/Fields", [])) if form is not None else []
    if not fields or not all(each.get("/FT") == "/Sig" and "/Kids" not in each for each in fields):
        return {}
    pdf.flatten_annotations("all")
    for page in pdf.pages:
        kept = [each for each in page.obj.get("/Annots", []) if each.get("/FT") != "/Sig"]
        if kept:
            page.obj["/Annots"] = pikepdf.Array(kept)
        elif "/Annots" in page.obj:
            del page.obj["/Annots"]
    for key in ("/AcroForm", "/Perms", "/DSS"):
        if key in pdf.Root:
            del pdf.Root[key]
    return {"signatures": f"{len(fields)} shown, not in force in the copy"}


def copy_of_image(wanted: Wanted) -> Making:
    """An image file as PDF/A-2b, its pixels as they are. Raises NotNormalised."""
    try:
        made = images_archival_pdf(wanted.data, title=wanted.title, made=wanted.made)
    except RenderRefused as refusal:
        raise NotNormalised("unreadable", refusal.reason_zh, refusal.reason_en) from None
    except TooManyPages as failure:
        raise _too_long(failure) from None
    ways = ", ".join(f"{way} {count}" for way, count in sorted(made.ways.items()))
    return Making(made.data, (AGENT, _PIKEPDF), {"flavour": FLAVOUR, "pixels": ways})


def copy_of_ofd(wanted: Wanted) -> Making:
    """An OFD (GB/T 33190-2016) as PDF/A-2b: its pages drawn, its text exact over them. Raises NotNormalised."""
    try:
        made = ofd_archival_pdf(wanted.data, title=wanted.title, made=wanted.made)
    except RenderRefused as refusal:
        raise NotNormalised("unreadable", refusal.reason_zh, refusal.reason_en) from None
    except TooManyPages as failure:
        raise _too_long(failure) from None
    except FontMissing as missing:
        raise NotNormalised("no-font", f"缺少内置字体：{missing}", f"the house font is missing: {missing}") from None
    return Making(made.data, (AGENT, _PIKEPDF), {"flavour": FLAVOUR, "dpi": f"{DPI:g}"}, made.notes)


def copy_of_office(wanted: Wanted) -> Making:
    """An Office document as PDF/A-2b by LibreOffice, confined, its structure repaired after. Raises NotNormalised."""
    try:
        document = convert_office(
            wanted.data,
            wanted.key,
            wanted.folder,
            seconds=wanted.seconds,
            memory_bytes=wanted.memory_bytes,
            archival=True,
        )
    except ConverterMissing as missing:
        raise NotNormalised("no-converter", missing.reason_zh, missing.reason_en) from None
    except RenderRefused as refusal:
        raise NotNormalised("unreadable", refusal.reason_zh, refusal.reason_en) from None
    written = document.read_bytes()
    told = _PRODUCER.search(written)
    with pikepdf.open(io.BytesIO(written)) as pdf:
        program = told[0].decode().replace("/", " ") if told else str(pdf.docinfo.get("/Producer", "LibreOffice"))
        data, changes = _saved(pdf)
    parameters = {"flavour": FLAVOUR, "SelectPdfVersion": "2", "macros": "disabled", "network": "none"}
    return Making(data, (AGENT, program, _PIKEPDF), {**parameters, "changes": changes})


def _saved(pdf: pikepdf.Pdf) -> tuple[bytes, str]:
    """The document as pikepdf prepares and validates it, and what preparing changed. Raises NotNormalised."""
    buffer = io.BytesIO()
    taken: dict[str, None] = {}
    for places, keys in _LEFT_OUT:
        for place in places(pdf):
            for key in keys:
                if key in place:
                    del place[key]
                    taken[f"{key[1:]} removed"] = None
    try:
        report = pdfa.save(pdf, buffer, FLAVOUR, deterministic_id=True)
    except pdfa.PdfaError as refusal:
        raise not_valid(refusal.report) from None
    prepared = report.prepared.describe() if report.prepared is not None else []
    return buffer.getvalue(), "; ".join([*taken, *prepared])


def not_valid(report: pdfa.Report) -> NotNormalised:
    """The refusal that a validator's *report* amounts to: the first findings, and how many there are."""
    found = report.findings
    told = "; ".join(f"{each.rule} ({each.where}): {each.message}" for each in found[:_FINDINGS])
    more = len(found) - _FINDINGS
    return NotNormalised(
        "not-valid",
        f"不能成为 PDF/A-2b：{told}" + (f"；另有 {more} 处" if more > 0 else ""),
        f"cannot become PDF/A-2b: {told}" + (f"; {more} more" if more > 0 else ""),
    )


def _too_long(failure: TooManyPages) -> NotNormalised:
    return NotNormalised("too-long", f"页数过多：{failure}", f"too many pages: {failure}")
