"""Signatures inside PDF files (ISO 32000-1 12.8, PAdES), SM2 as well as RSA and ECDSA: recomputed offline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pikepdf
from asn1crypto import core

from lantai.archival.formats.content import Content
from lantai.archival.formats.model import SignatureFact
from lantai.archival.sealing.algorithms import ASN1_FAULTS, KEY_FAULTS, digest, key_holds
from lantai.archival.sealing.cms import SignedValue, is_cms, read_cms
from lantai.archival.sealing.judging import conclude
from lantai.archival.sealing.names import common_name
from lantai.archival.sealing.pdf_changes import weigh_later_changes
from lantai.archival.sealing.revocation import Evidence
from lantai.archival.sealing.seals import is_ses, read_ses
from lantai.archival.sealing.trust import Trust
from lantai.archival.sealing.weighing import Weighing

_CHUNK = 1 << 20
_MOST_FIELDS = 10_000
_MOST_EVIDENCE = 500
_STAMP = "/ETSI.RFC3161"
_PLAIN = "/adbe.x509.rsa_sha1"
_LOCKS = ("/All", "/Include", "/Exclude")


@dataclass(frozen=True, slots=True)
class _Field:
    """A signature that was found: the field's full name, empty for one that no field shows, and its dictionary."""

    name: str
    value: pikepdf.Object
    lock: pikepdf.Object | None = None


def judge_pdf_signatures(content: Content, trust: Trust) -> tuple[SignatureFact, ...]:
    """Judge every signature of a PDF: digest of the byte range, value, time, chain, and what was changed after it.

    Raises:
        pikepdf.PdfError: the file does not open.
    """
    with pikepdf.open(content.file(), suppress_warnings=True) as document:
        fields = list(_fields(document))
        evidence = _evidence(document) if fields else Evidence()
        return tuple(_judge(each, content, evidence, trust) for each in fields)


def _fields(document: pikepdf.Pdf) -> Iterator[_Field]:
    """Signed fields of the form in their order, then signatures that no field shows."""
    shown: set[tuple[int, int]] = set()
    form = document.Root.get("/AcroForm")
    waiting: list[tuple[str, pikepdf.Object]] = []
    if isinstance(form, pikepdf.Dictionary) and isinstance(form.get("/Fields"), pikepdf.Array):
        waiting = [("", each) for each in form.Fields]
    waiting.reverse()
    seen = 0
    while waiting and seen < _MOST_FIELDS:
        seen += 1
        above, field = waiting.pop()
        if not isinstance(field, pikepdf.Dictionary):
            continue
        part = str(field.get("/T", ""))
        name = f"{above}.{part}" if above and part else above or part
        value = field.get("/V")
        if value is not None and _is_signature(value):
            if value.is_indirect:
                shown.add(value.objgen)
            yield _Field(name or "-", value, field.get("/Lock"))
        kids = field.get("/Kids")
        if isinstance(kids, pikepdf.Array):
            waiting.extend((name, each) for each in reversed(list(kids)))
    for each in document.objects:
        if _is_signature(each) and each.objgen not in shown:
            yield _Field("", each)


def _is_signature(value: object) -> bool:
    return isinstance(value, pikepdf.Dictionary) and "/ByteRange" in value and "/Contents" in value


def _evidence(document: pikepdf.Pdf) -> Evidence:
    """What the document security store (DSS, PAdES) brings."""
    evidence = Evidence()
    store = document.Root.get("/DSS")
    if not isinstance(store, pikepdf.Dictionary):
        return evidence
    for key, add in (
        ("/Certs", evidence.add_certificate),
        ("/CRLs", evidence.add_list),
        ("/OCSPs", evidence.add_answer),
    ):
        listed = store.get(key)
        for each in list(listed)[:_MOST_EVIDENCE] if isinstance(listed, pikepdf.Array) else ():
            if isinstance(each, pikepdf.Stream):
                try:
                    add(each.read_bytes())
                except pikepdf.PdfError:
                    continue
    return evidence


def _judge(field: _Field, content: Content, beside: Evidence, trust: Trust) -> SignatureFact:
    signature, weighing = field.value, Weighing()
    form = str(signature.get("/SubFilter", ""))
    kind = "pdf-timestamp" if form == _STAMP or str(signature.get("/Type", "")) == "/DocTimeStamp" else "pades"
    signed, seal = SignedValue(), ""
    ranged = _byte_range(signature)
    value = bytes(signature.Contents) if isinstance(signature.Contents, pikepdf.String) else b""
    if not field.name:
        weighing.doubt("signature-not-shown")
    if not _encloses(ranged, value, content):
        weighing.breaks("byte-range-odd", ranged)
    else:
        signed, seal = _read(signature, form, value, ranged, content, weighing, trust)
        end, permission = ranged[2] + ranged[3], _permission(signature, field.lock)
        weigh_later_changes(content, end, permission, _locked(signature, field.lock), weighing)
    return conclude(
        kind,
        signed,
        weighing,
        trust,
        beside=beside,
        written_at=str(signature.get("/M", "")),
        name=str(signature.get("/Name", "")),
        place=field.name,
        seal=seal,
    )


def _byte_range(signature: pikepdf.Object) -> list[int]:
    listed = signature.ByteRange
    if not isinstance(listed, pikepdf.Array):
        return []
    return [int(each) for each in list(listed)[:8] if isinstance(each, int)]


def _encloses(ranged: list[int], value: bytes, content: Content) -> bool:
    """Whether the byte range is the file from its start around exactly this signature's value."""
    if len(ranged) != 4:
        return False
    start, before, after, rest = ranged
    if start != 0 or before <= 0 or after <= before or rest < 0 or after + rest > content.size:
        return False
    gap = content.part(before, after - before)
    if not (gap.startswith(b"<") and gap.endswith(b">")):
        return False
    try:
        written = bytes.fromhex(gap[1:-1].decode("ascii"))
    except ValueError:
        return False
    return written.rstrip(b"\0") == value.rstrip(b"\0")


def _read(
    signature: pikepdf.Object,
    form: str,
    value: bytes,
    ranged: list[int],
    content: Content,
    weighing: Weighing,
    trust: Trust,
) -> tuple[SignedValue, str]:
    """Recompute the value by its own form, whatever it is called: CMS, an electronic seal, or a bare RSA signature."""

    def parts() -> Iterable[bytes]:
        return _parts(ranged, content)

    if form == _PLAIN:
        return _read_plain(signature, value, parts, weighing), ""
    if is_cms(value):
        return read_cms(value, parts, weighing, length=ranged[1] + ranged[3]), ""
    if is_ses(value):
        digests = [lambda name=name: digest(name, parts()) for name in ("sm3", "sha256")]
        return read_ses(value, digests, weighing, trust)
    weighing.doubt("form-unsupported", form)
    return SignedValue(), ""


def _read_plain(signature: pikepdf.Object, value: bytes, parts: object, weighing: Weighing) -> SignedValue:
    """A PKCS #1 signature with the certificates beside it (12.8.3.2)."""
    signed = SignedValue(algorithm="RSA-SHA1")
    listed = signature.get("/Cert")
    for each in list(listed) if isinstance(listed, pikepdf.Array) else [listed]:
        if isinstance(each, pikepdf.String):
            signed.evidence.add_certificate(bytes(each))
    if not signed.evidence.certificates:
        weighing.doubt("no-certificate")
        return signed
    certificate = signed.certificate = signed.evidence.certificates[0]
    weighing.note("weak-digest", "SHA1")
    try:
        signed.signer = common_name(certificate.subject)
        signed.value = core.OctetString.load(value).native
        whole = b"".join(parts())  # type: ignore[operator]
        if key_holds(certificate, signed.value, whole, "sha1"):
            weighing.note("signature-right")
            weighing.prove("content", "value")
        else:
            weighing.breaks("signature-wrong")
    except KEY_FAULTS as failure:
        weighing.doubt("algorithm-unsupported", failure)
    except ASN1_FAULTS as failure:
        weighing.doubt("form-unsupported", failure)
    return signed


def _permission(signature: pikepdf.Object, lock: pikepdf.Object | None) -> int | None:
    """What may be changed after this signature (DocMDP, 12.8.2.2, or the field's lock): 1 nothing, 2 forms, 3 notes
    as well; None where it says nothing."""
    for each in _dictionaries(signature.get("/Reference")):
        if str(each.get("/TransformMethod", "")) == "/DocMDP":
            parameters = each.get("/TransformParams")
            return _number(parameters.get("/P", 2) if isinstance(parameters, pikepdf.Dictionary) else 2)
    if isinstance(lock, pikepdf.Dictionary) and "/P" in lock:
        return _number(lock.P)
    return None


def _locked(signature: pikepdf.Object, lock: pikepdf.Object | None) -> tuple[str, list[str]] | None:
    """Which fields this signature locks (FieldMDP, 12.8.2.4)."""
    told = lock
    for each in _dictionaries(signature.get("/Reference")):
        if str(each.get("/TransformMethod", "")) == "/FieldMDP":
            told = each.get("/TransformParams")
    if not isinstance(told, pikepdf.Dictionary) or str(told.get("/Action", "")) not in _LOCKS:
        return None
    names = told.get("/Fields")
    return str(told.Action), [str(each) for each in names] if isinstance(names, pikepdf.Array) else []


def _dictionaries(listed: object) -> Iterator[pikepdf.Object]:
    if isinstance(listed, pikepdf.Array):
        for each in listed:
            if isinstance(each, pikepdf.Dictionary):
                yield each


def _number(value: object) -> int:
    return value if isinstance(value, int) and value in (1, 2, 3) else 1


def _parts(ranged: list[int], content: Content) -> Iterator[bytes]:
    for start, length in (ranged[:2], ranged[2:]):
        for at in range(start, start + length, _CHUNK):
            yield content.part(at, min(_CHUNK, start + length - at))
