"""CMS SignedData of RFC 5652 and of GM/T 0010 (GB/T 35275): content, attributes and value recomputed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import cms, core, x509

from lantai.archival.sealing.algorithms import (
    ASN1_FAULTS,
    KEY_FAULTS,
    PSS,
    WEAK_DIGESTS,
    digest,
    digest_name,
    is_sm2,
    key_holds,
    key_words,
)
from lantai.archival.sealing.der import Node, parse_der
from lantai.archival.sealing.names import common_name
from lantai.archival.sealing.revocation import Evidence
from lantai.archival.sealing.weighing import Weighing

_SIGNED_DATA = frozenset({"1.2.840.113549.1.7.2", "1.2.156.10197.6.1.4.2.2"})
_MESSAGE_DIGEST, _SIGNING_TIME = "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5"
_STAMP, _ARCHIVED_REVOCATION = "1.2.840.113549.1.9.16.2.14", "1.2.840.113583.1.1.8"
_BOUND = {"1.2.840.113549.1.9.16.2.12": "sha1", "1.2.840.113549.1.9.16.2.47": "sha256"}
HELD = 16 * 1024 * 1024
"""Content up to this many bytes is held for signers who sign without attributes."""
Parts = Callable[[], Iterable[bytes]]


@dataclass(slots=True)
class SignedValue:
    """One signature value taken apart: who signed, when by his own word, and what came with it."""

    certificate: x509.Certificate | None = None
    signer: str = ""
    stated_at: datetime | None = None
    algorithm: str = ""
    value: bytes = b""
    token: bytes = b""
    inner: bytes = b""
    evidence: Evidence = field(default_factory=Evidence)


def read_cms(der: bytes, parts: Parts, weighing: Weighing, *, length: int) -> SignedValue:
    """Recompute the signer of a detached or enveloping CMS over some content.

    Args:
        der: the ContentInfo, trailing padding allowed.
        parts: gives what was signed, in parts; it may be asked more than once.
        weighing: where observations go; proves ``content`` and ``value``.
        length: of the content in bytes.
    """
    signed = SignedValue()
    try:
        _read(signed_data(der), parts, length, weighing, signed)
    except KEY_FAULTS as failure:
        weighing.doubt("algorithm-unsupported", failure)
    except ASN1_FAULTS as failure:
        weighing.doubt("form-unsupported", failure)
    return signed


def signed_data(der: bytes) -> cms.SignedData:
    """The SignedData of a ContentInfo, of RFC 5652 or of GM/T 0010.

    Raises:
        one of ``ASN1_FAULTS``.
    """
    outer = parse_der(der).parts
    if outer[0].identifier not in _SIGNED_DATA:
        raise ValueError(f"content type {outer[0].identifier}")
    return cms.SignedData.load(outer[1].contents)


def is_cms(der: bytes) -> bool:
    """Whether the bytes begin like a ContentInfo."""
    try:
        return bool(parse_der(der).parts[0].identifier)
    except ASN1_FAULTS:
        return False


def _read(data: cms.SignedData, parts: Parts, length: int, weighing: Weighing, signed: SignedValue) -> None:
    _gather(data, signed.evidence)
    signers = data["signer_infos"]
    if len(signers) != 1:
        weighing.doubt("several-signers", len(signers))
        return
    signer = signers[0]
    used = digest_name(signer["digest_algorithm"]["algorithm"].dotted)
    signed.value = signer["signature"].native
    signed.token = _token(signer, signed.evidence)
    certificate = signed.certificate = _certificate(signed.evidence, signer)
    if certificate is None:
        weighing.doubt("no-certificate")
        return
    signed.signer = common_name(certificate.subject)
    if not used:
        weighing.doubt("algorithm-unsupported", signer["digest_algorithm"]["algorithm"].dotted)
        return
    signed.algorithm = f"{key_words(certificate).partition('-')[0]}-{used.upper()}"
    if used in WEAK_DIGESTS:
        weighing.note("weak-digest", used.upper())
    outer = digest(used, parts())
    signed.inner = inner = _encapsulated(data)
    if inner and not _stands_for(inner, parts, outer):
        weighing.breaks("data-digest-differs")
        return
    message = _signed_message(
        signer, certificate, used, inner, outer, parts if length <= HELD else None, weighing, signed
    )
    if message is None:
        return
    weighing.prove("content")
    pss = signer["signature_algorithm"]["algorithm"].dotted == PSS
    if key_holds(certificate, signed.value, message, used, pss):
        weighing.note("signature-right")
        weighing.prove("value")
    else:
        weighing.breaks("signature-wrong")


def _signed_message(
    signer: cms.SignerInfo,
    certificate: x509.Certificate,
    used: str,
    inner: bytes,
    outer: bytes,
    parts: Parts | None,
    weighing: Weighing,
    signed: SignedValue,
) -> bytes | None:
    """The bytes the value is over: the attributes, whose digest must be the content's, or the content itself."""
    attributes = signer["signed_attrs"]
    if isinstance(attributes, core.Void) or not len(attributes):
        if not inner and parts is None:
            weighing.doubt("too-large")
            return None
        return inner or b"".join(parts() if parts else ())
    named: dict[str, Any] = {each["type"].dotted: each["values"][0] for each in attributes}
    stated = named.get(_MESSAGE_DIGEST)
    if stated is None or stated.native != (digest(used, [inner]) if inner else outer):
        weighing.breaks("byte-range-differs")
        return None
    if _SIGNING_TIME in named:
        signed.stated_at = named[_SIGNING_TIME].native
    for kind, usual in _BOUND.items():
        if kind in named and not _bound(named[kind].dump(), certificate, usual):
            weighing.breaks("certificate-swapped", signed.signer)
            return None
    if _ARCHIVED_REVOCATION in named:
        _gather_archived(parse_der(named[_ARCHIVED_REVOCATION].dump()), signed.evidence)
    return b"\x31" + bytes(attributes.dump()[1:])


def _bound(der: bytes, certificate: x509.Certificate, usual: str) -> bool:
    """Whether the attribute signing-certificate names this certificate by its digest (RFC 5035)."""
    first = parse_der(der).parts[0].parts[0].parts
    used = usual
    if first[0].tag == 0x30:
        used = digest_name(first[0].parts[0].identifier)
        first = first[1:]
    return bool(used) and first[0].octets == digest(used, [certificate.dump()])


def _gather(data: cms.SignedData, evidence: Evidence) -> None:
    if not isinstance(data["certificates"], core.Void):
        for each in data["certificates"]:
            if isinstance(each.chosen, x509.Certificate):
                evidence.add_certificate(each.chosen.dump())
    if not isinstance(data["crls"], core.Void):
        for each in data["crls"]:
            if each.name == "other":
                _gather_other(each, evidence)
            else:
                evidence.add_list(each.chosen.dump())


def _gather_other(choice: Any, evidence: Evidence) -> None:
    """An OCSP response among the lists of a CMS (RFC 5940)."""
    parts = parse_der(b"\x30" + choice.dump()[1:]).parts
    if len(parts) == 2:
        evidence.add_answer(parts[1].whole)


def _gather_archived(value: Node, evidence: Evidence) -> None:
    """Adobe's RevocationInfoArchival: ``[0]`` lists of revoked certificates, ``[1]`` OCSP responses."""
    for group in value.parts:
        for each in (part for listed in group.parts for part in listed.parts):
            if group.tag == 0xA0:
                evidence.add_list(each.whole)
            elif group.tag == 0xA1:
                evidence.add_answer(each.whole)


def _token(signer: cms.SignerInfo, evidence: Evidence) -> bytes:
    """The time stamp over the signature value among the unsigned attributes; empty without one."""
    attributes = signer["unsigned_attrs"]
    found = b""
    for each in attributes if not isinstance(attributes, core.Void) else ():
        if each["type"].dotted == _STAMP:
            found = found or each["values"][0].dump()
        elif each["type"].dotted == _ARCHIVED_REVOCATION:
            _gather_archived(parse_der(each["values"][0].dump()), evidence)
    return found


def _certificate(evidence: Evidence, signer: cms.SignerInfo) -> x509.Certificate | None:
    """The signer's certificate by issuer and serial number or by key identifier; names are compared as bytes."""
    chosen = signer["sid"].chosen
    for each in evidence.certificates:
        if isinstance(chosen, core.OctetString):
            if each.key_identifier == chosen.native:
                return each
        elif each.serial_number == chosen["serial_number"].native and each.issuer.dump() == chosen["issuer"].dump():
            return each
    return evidence.certificates[0] if len(evidence.certificates) == 1 else None


def _encapsulated(data: cms.SignedData) -> bytes:
    """The content inside the CMS, empty for a detached signature."""
    content = data["encap_content_info"]["content"]
    if isinstance(content, core.Void):
        return b""
    if isinstance(content, core.ParsableOctetString | core.OctetString):
        return bytes(content)
    return bytes(content.contents) if content.contents else b""


def _stands_for(inner: bytes, parts: Parts, outer: bytes) -> bool:
    """Whether what lies inside stands for the content: it is the content, its digest, its SHA-1 (adbe.pkcs7.sha1),
    or a time stamp's imprint of it."""
    if inner == outer or digest("sha256", [inner]) == digest("sha256", parts()) or inner == digest("sha1", parts()):
        return True
    try:
        algorithm, imprint = parse_der(inner).parts[2].parts
        used, stated = digest_name(algorithm.parts[0].identifier), imprint.octets
    except ASN1_FAULTS:
        return False
    return bool(used) and stated == digest(used, parts())


def family(certificate: x509.Certificate) -> str:
    """How an algorithm without a CMS is written: by the kind of key."""
    return "SM2-SM3" if is_sm2(certificate) else key_words(certificate).partition("-")[0]
