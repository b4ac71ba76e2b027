"""Signature values recomputed: certificates' keys, and CMS SignedData of RFC 5652 and of GM/T 0010 (GB/T 35275)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from asn1crypto import cms, core, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key

from lantai.archival.formats.der import parse_der
from lantai.archival.formats.reading import fault
from lantai.archival.sm2 import Sm2Unavailable, verify_sm2

Integrity = Literal["intact", "broken", "unverified"]

_NAMES = {
    "1.2.156.10197.1.401": "sm3",
    "1.2.156.10197.1.401.2": "sm3",
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
}
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sm3": hashes.SM3,
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
WEAK_DIGESTS = frozenset({"md5", "sha1"})
SM2_CURVE = "1.2.156.10197.1.301"
_SIGNED_DATA = frozenset({"1.2.840.113549.1.7.2", "1.2.156.10197.6.1.4.2.2"})
ASN1_FAULTS = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError, RecursionError)
"""What asn1crypto raises on bytes that are not what they should be."""


@dataclass(frozen=True, slots=True)
class CmsCheck:
    """What recomputing one signature showed. ``detail`` is lines of ``reading.fault``."""

    integrity: Integrity
    signer: str = ""
    signed_at: str = ""
    algorithm: str = ""
    detail: str = ""


def digest_name(written: str) -> str:
    """The digest algorithm meant by an identifier or a name (``1.2.156.10197.1.401``, ``SM3``, ``SHA-256``), or ''."""
    low = written.strip().lower()
    name = _NAMES.get(low, low.replace("-", "").replace("_", ""))
    return name if name in _HASHES else ""


def digest(name: str, parts: Iterable[bytes]) -> bytes:
    """The digest of the parts, one after the other, by a name of ``digest_name``."""
    if name == "sm3":
        state = hashes.Hash(hashes.SM3())
        for part in parts:
            state.update(part)
        return state.finalize()
    running = hashlib.new(name, usedforsecurity=False)
    for part in parts:
        running.update(part)
    return running.digest()


def common_name(name: x509.Name) -> str:
    """The common name of a certificate's subject, read leniently: real ones carry GBK in fields that say UTF-8."""
    found: dict[str, str] = {}
    for relative in name.chosen:
        for pair in relative:
            value = pair["value"].chosen if hasattr(pair["value"], "chosen") else pair["value"]
            kind = pair["type"].dotted
            found.setdefault(kind, _lenient(value.contents, wide=value.tag == 30))
    return found.get("2.5.4.3") or found.get("2.5.4.10") or ""


def _lenient(data: bytes, *, wide: bool) -> str:
    for encoding in ("utf-16-be",) if wide else ("utf-8", "gb18030"):
        try:
            return data.decode(encoding).strip()
        except UnicodeError:
            continue
    return data.decode("latin-1").strip()


def key_holds(
    certificate: x509.Certificate, signature: bytes, message: bytes, digest_used: str, pss: bool = False
) -> bool:
    """Whether the certificate's key made this signature over the message.

    Raises:
        UnsupportedAlgorithm, Sm2Unavailable: the key's algorithm cannot be computed here.
    """
    info = certificate["tbs_certificate"]["subject_public_key_info"]
    if is_sm2(certificate):
        return verify_sm2(info.dump(), signature, message)
    key = load_der_public_key(info.dump())
    try:
        if isinstance(key, rsa.RSAPublicKey):
            algorithm = _HASHES[digest_used]()
            scheme: padding.AsymmetricPadding = (
                padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO) if pss else padding.PKCS1v15()
            )
            key.verify(signature, message, scheme, algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            prehashed = Prehashed(_HASHES[digest_used]())
            key.verify(signature, digest(digest_used, [message]), ec.ECDSA(prehashed))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            raise UnsupportedAlgorithm(type(key).__name__)
    except InvalidSignature:
        return False
    return True


def is_sm2(certificate: x509.Certificate) -> bool:
    """Whether the certificate's key lies on the SM2 curve."""
    parameters = certificate["tbs_certificate"]["subject_public_key_info"]["algorithm"]["parameters"]
    chosen = getattr(parameters, "chosen", None)
    return isinstance(chosen, core.ObjectIdentifier) and chosen.dotted == SM2_CURVE


def signed_data(der: bytes) -> cms.SignedData:
    """The SignedData of a ContentInfo, of RFC 5652 or of GM/T 0010.

    Raises:
        one of ``ASN1_FAULTS``.
    """
    outer = parse_der(der).parts
    if outer[0].identifier not in _SIGNED_DATA:
        raise ValueError(f"content type {outer[0].identifier}")
    return cms.SignedData.load(outer[1].contents)


def verify_cms(der: bytes, content: Iterable[bytes], *, length: int) -> CmsCheck:
    """Verify the first signer of a detached or enveloping CMS over *content*.

    The certificate is taken from the CMS; whether anybody trusts it is not asked here.

    Args:
        der: the ContentInfo, trailing padding allowed.
        content: what was signed, in parts; it is walked at most once.
        length: its length in bytes; content up to 16 MiB is held for signers who sign without attributes.
    """
    try:
        return _verify(signed_data(der), content, length)
    except Sm2Unavailable as failure:
        return CmsCheck("unverified", detail=fault("algorithm-unsupported", failure))
    except UnsupportedAlgorithm as failure:
        return CmsCheck("unverified", detail=fault("algorithm-unsupported", failure))
    except ASN1_FAULTS as failure:
        return CmsCheck("unverified", detail=fault("form-unsupported", failure))


def _verify(data: cms.SignedData, content: Iterable[bytes], length: int) -> CmsCheck:
    signer = data["signer_infos"][0]
    used = digest_name(signer["digest_algorithm"]["algorithm"].dotted)
    certificate = _certificate(data, signer)
    if certificate is None:
        return CmsCheck("unverified", detail=fault("no-certificate"))
    who = common_name(certificate.subject)
    if not used:
        oid = signer["digest_algorithm"]["algorithm"].dotted
        return CmsCheck("unverified", who, detail=fault("algorithm-unsupported", oid))
    method = signer["signature_algorithm"]["algorithm"]
    family = "SM2" if is_sm2(certificate) else certificate.public_key.algorithm.upper().replace("EC", "ECDSA")
    algorithm = f"{family}-{used.upper()}"
    held = b"".join(content) if length <= 16 * 1024 * 1024 else b""
    outer = digest(used, [held] if held or length == 0 else content)
    inner = _encapsulated(data)
    detail = [fault("weak-digest", used.upper())] if used in WEAK_DIGESTS else []
    if inner and inner not in (held, outer) and not _imprints(inner, held, outer):
        return CmsCheck("broken", who, "", algorithm, "\n".join([*detail, fault("data-digest-differs")]))
    attributes = signer["signed_attrs"]
    signed_at = ""
    if isinstance(attributes, core.Void) or not len(attributes):
        message = inner or held
        if not message:
            return CmsCheck("unverified", who, "", algorithm, fault("too-large", length))
    else:
        named: dict[str, Any] = {each["type"].dotted: each["values"][0] for each in attributes}
        expected = digest(used, [inner]) if inner else outer
        stated = named.get("1.2.840.113549.1.9.4")
        if stated is None or stated.native not in (expected, outer):
            return CmsCheck("broken", who, "", algorithm, "\n".join([*detail, fault("byte-range-differs")]))
        if "1.2.840.113549.1.9.5" in named:
            signed_at = named["1.2.840.113549.1.9.5"].native.isoformat()
        message = b"\x31" + attributes.dump()[1:]
    pss = method.dotted == "1.2.840.113549.1.1.10"
    holds = key_holds(certificate, signer["signature"].native, message, used, pss)
    detail.append(fault("signature-right" if holds else "signature-wrong"))
    return CmsCheck("intact" if holds else "broken", who, signed_at, algorithm, "\n".join(detail))


def _certificate(data: cms.SignedData, signer: cms.SignerInfo) -> x509.Certificate | None:
    """The signer's certificate by issuer and serial number or by key identifier; names are compared as bytes."""
    certificates = [each.chosen for each in data["certificates"] if isinstance(each.chosen, x509.Certificate)]
    chosen = signer["sid"].chosen
    for each in certificates:
        if isinstance(chosen, core.OctetString):
            if each.key_identifier == chosen.native:
                return each
        elif each.serial_number == chosen["serial_number"].native and each.issuer.dump() == chosen["issuer"].dump():
            return each
    return certificates[0] if len(certificates) == 1 else None


def _encapsulated(data: cms.SignedData) -> bytes:
    """The content inside the CMS, empty for a detached signature."""
    content = data["encap_content_info"]["content"]
    if isinstance(content, core.Void):
        return b""
    if isinstance(content, core.ParsableOctetString | core.OctetString):
        return bytes(content)
    return bytes(content.contents) if content.contents else b""


def _imprints(inner: bytes, held: bytes, outer: bytes) -> bool:
    """Whether what lies inside stands for the content: its SHA-1 (adbe.pkcs7.sha1) or a time stamp's imprint."""
    if held and inner == digest("sha1", [held]):
        return True
    try:
        algorithm, imprint = parse_der(inner).parts[2].parts
        used, stated = digest_name(algorithm.parts[0].identifier), imprint.octets
    except ASN1_FAULTS:
        return False
    return stated == outer or bool(used and held and stated == digest(used, [held]))
