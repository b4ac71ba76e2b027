"""The door of this package: judge the signatures of a file, alone or beside its characterisation. For a child."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pikepdf

from lantai.archival.formats import characterise, sentence
from lantai.archival.formats.content import Content
from lantai.archival.formats.model import FileFacts, SignatureFact
from lantai.archival.formats.ofd_document import OfdFault
from lantai.archival.formats.signatures import identify
from lantai.archival.sealing.ofd_signatures import judge_ofd_signatures
from lantai.archival.sealing.pdf_signatures import judge_pdf_signatures
from lantai.archival.sealing.telling import signature_data
from lantai.archival.sealing.trust import Trust

_SIGNED_MARK = re.compile(rb"/ByteRange|/[A-Za-z0-9]*#[0-9A-Fa-f]{2}")


def judge_signatures(data: bytes | BinaryIO, name: str, trust: Trust) -> tuple[SignatureFact, ...]:
    """Judge every signature and seal inside a file; none for formats that carry none, and for files that do not open.

    Never raises for what the file contains.

    Args:
        data: the bytes, or a seekable binary file (the caller closes it).
        name: the file's name; only its suffix is looked at, and only where content cannot tell.
        trust: the archive's list and the moment of judging.

    Raises:
        OSError: the medium of a file that was handed over.
    """
    content = Content(data)
    format = identify(content, name) if content.size else None
    return _judged(content, format.key if format else "", trust)[0]


def characterise_signed(data: bytes | BinaryIO, name: str, *, trust: Trust, text: bool = False) -> FileFacts:
    """``formats.characterise`` with the signatures judged.

    Args:
        data, name, text: as there.
        trust: the archive's list and the moment of judging.

    Raises:
        OSError: the medium of a file that was handed over.
    """
    facts = characterise(data, name, text=text)
    if facts.format is None or facts.format.key not in _JUDGES:
        return facts
    return replace(facts, signatures=_judged(Content(data), facts.format.key, trust)[0])


def judge_file(path: Path, trust: Trust) -> dict[str, Any]:
    """What ``lantai seals`` says of one file: its format, its signatures with verdict and reason, and why it could not
    be looked at, in both languages. Raises OSError of the medium."""
    with path.open("rb") as file:
        content = Content(file)
        format = identify(content, path.name) if content.size else None
        signatures, fault = _judged(content, format.key if format else "", trust)
    return {
        "format": format.key if format else "",
        "signatures": [signature_data(each) for each in signatures],
        "fault_zh": sentence(fault, "zh"),
        "fault_en": sentence(fault, "en"),
    }


def _judged(content: Content, key: str, trust: Trust) -> tuple[tuple[SignatureFact, ...], str]:
    """The signatures, and a line saying why the file could not be looked at."""
    judge = _JUDGES.get(key)
    if judge is None:
        return (), ("empty" if content.size == 0 else "carries-no-signatures")
    try:
        found = judge(content, trust)
        return found, "" if found or key != "pdf" else _lost(content)
    except OfdFault as failure:
        return (), f"{failure.key}: {failure.detail}"
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, KeyError, AttributeError) as failure:
        return (), f"damaged: {failure}"


def _lost(content: Content) -> str:
    """Why a PDF in which no signature was found cannot be called unsigned: it is cut short, or holds traces of one."""
    if b"%%EOF" not in content.tail[-2048:]:
        return "cut-short"
    return "signature-lost" if content.whole is not None and b"/ByteRange" in content.whole else ""


def _pdf(content: Content, trust: Trust) -> tuple[SignatureFact, ...]:
    if content.whole is not None and not _SIGNED_MARK.search(content.whole):
        return ()
    return judge_pdf_signatures(content, trust)


_JUDGES: dict[str, Callable[[Content, Trust], tuple[SignatureFact, ...]]] = {
    "pdf": _pdf,
    "ofd": judge_ofd_signatures,
}
