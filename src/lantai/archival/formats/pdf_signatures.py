"""Signatures inside PDF files (ISO 32000-1 clause 12.8, PAdES): recomputed offline, coverage said."""

from __future__ import annotations

from collections.abc import Iterator

import pikepdf

from lantai.archival.formats.cms import verify_cms
from lantai.archival.formats.content import Content
from lantai.archival.formats.model import SignatureFact
from lantai.archival.formats.reading import fault

_CMS_FORMS = ("/adbe.pkcs7.detached", "/ETSI.CAdES.detached", "/adbe.pkcs7.sha1", "/ETSI.RFC3161")
_CHUNK = 1 << 20


def verify_pdf_signatures(document: pikepdf.Pdf, content: Content) -> tuple[SignatureFact, ...]:
    """Recompute every signature of a PDF: digest of the byte range, CMS signature, and what the range leaves out.

    ``trusted`` stays None: no list of trusted issuers is asked.
    """
    signatures: list[pikepdf.Object] = [
        each
        for each in document.objects
        if isinstance(each, pikepdf.Dictionary) and "/ByteRange" in each and "/Contents" in each
    ]
    signatures += [each for each in _direct_values(document) if not each.is_indirect]
    return tuple(_verify(each, content) for each in signatures)


def _direct_values(document: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Signature dictionaries written inside their fields instead of as objects of their own."""
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary):
            value = each.get("/V")
            if isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value and "/Contents" in value:
                yield value


def _verify(signature: pikepdf.Object, content: Content) -> SignatureFact:
    name = str(signature.get("/Name", ""))
    stated = _time(str(signature.get("/M", "")))
    form = str(signature.get("/SubFilter", ""))
    byte_range = [int(each) for each in signature.ByteRange if isinstance(each, int)]
    value = bytes(signature.Contents)
    coverage = _coverage(byte_range, value, content)
    if coverage is None:
        return SignatureFact("pades", "broken", name, stated, detail=fault("byte-range-odd", byte_range))
    if form not in _CMS_FORMS:
        return SignatureFact(
            "pades", "unverified", name, stated, detail="\n".join((fault("form-unsupported", form), coverage))
        )
    check = verify_cms(value, _parts(byte_range, content), length=byte_range[1] + byte_range[3])
    detail = "\n".join(filter(None, (check.detail, coverage)))
    return SignatureFact(
        "pades",
        check.integrity,
        check.signer or name,
        check.signed_at or stated,
        check.algorithm,
        detail=detail,
    )


def _coverage(byte_range: list[int], value: bytes, content: Content) -> str | None:
    """What the byte range covers; None where it is not the file around exactly this signature's value."""
    if len(byte_range) != 4:
        return None
    start, before, after, rest = byte_range
    if start != 0 or before <= 0 or after <= before or rest < 0 or after + rest > content.size:
        return None
    gap = content.part(before, after - before)
    if not (gap.startswith(b"<") and gap.endswith(b">")):
        return None
    try:
        written = bytes.fromhex(gap[1:-1].decode("ascii"))
    except ValueError:
        return None
    if written.rstrip(b"\0") != value.rstrip(b"\0"):
        return None
    left = content.size - after - rest
    if left == 0 or (left <= 4 and not content.part(after + rest, left).strip()):
        return fault("covers-whole")
    return fault("changed-later", f"{left} bytes")


def _parts(byte_range: list[int], content: Content) -> Iterator[bytes]:
    for start, length in (byte_range[:2], byte_range[2:]):
        for at in range(start, start + length, _CHUNK):
            yield content.part(at, min(_CHUNK, start + length - at))


def _time(written: str) -> str:
    digits = written.removeprefix("D:")
    if len(digits) < 14 or not digits[:14].isdigit():
        return ""
    zone = digits[14:].replace("'", "")
    suffix = "Z" if zone.startswith("Z") else f"{zone[:3]}:{zone[3:5] or '00'}" if zone[:1] in ("+", "-") else ""
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}T{digits[8:10]}:{digits[10:12]}:{digits[12:14]}{suffix}"
