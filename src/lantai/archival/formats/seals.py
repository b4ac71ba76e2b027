"""Electronic seals: SES signatures of GB/T 38540-2020 (V4), GM/T 0031-2014 (V1) and GM/T 0031-2025 (V5)."""

from __future__ import annotations

from dataclasses import dataclass

from asn1crypto import core, x509
from cryptography.exceptions import UnsupportedAlgorithm

from lantai.archival.formats.cms import (
    ASN1_FAULTS,
    CmsCheck,
    Integrity,
    common_name,
    digest,
    digest_name,
    is_sm2,
    key_holds,
)
from lantai.archival.formats.der import INTEGER, OCTET_STRING, SEQUENCE, Node, parse_der
from lantai.archival.formats.reading import fault
from lantai.archival.sm2 import Sm2Unavailable


@dataclass(frozen=True, slots=True)
class SealPicture:
    """The picture in a seal: its kind (``png``, ``ofd`` ...), bytes, and size in millimetres."""

    kind: str
    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Signature:
    version: str
    signed: bytes
    seal: Node
    time: str
    data_hash: bytes
    certificate: x509.Certificate
    algorithm: str
    value: bytes
    stamped: bool


def verify_ses(der: bytes, signature_file: bytes, check_method: str) -> CmsCheck:
    """Verify an SES signature over the OFD's ``Signature.xml``.

    ``intact`` means: the data hash is that of the file, the signer's value holds over what was signed, the maker's
    value holds over the seal, and the seal lists the signer.

    Args:
        der: ``SignedValue.dat``.
        signature_file: the bytes of ``Signature.xml``.
        check_method: the digest algorithm the signature names; SM3 is tried as well.
    """
    try:
        parsed = _parse(der)
        return _verify(parsed, signature_file, check_method)
    except (Sm2Unavailable, UnsupportedAlgorithm) as failure:
        return CmsCheck("unverified", detail=fault("algorithm-unsupported", failure))
    except ASN1_FAULTS as failure:
        return CmsCheck("unverified", detail=fault("form-unsupported", failure))


def seal_picture(der: bytes) -> SealPicture | None:
    """The seal's picture out of a SES signature or a bare seal, None where it cannot be found."""
    try:
        outer = parse_der(der)
        inner = outer.parts[0]
        seal = inner.parts[1] if inner.parts[0].tag == INTEGER else outer
        picture = seal.parts[0].parts[3].parts
        kind = picture[0].contents.decode("ascii").lower()
        return SealPicture(kind, picture[1].octets, picture[2].number, picture[3].number)
    except ASN1_FAULTS:
        return None


def _parse(der: bytes) -> _Signature:
    """The parts of a SES signature; its version by the number of parts and the seal's header.

    Raises:
        one of ``ASN1_FAULTS``.
    """
    outer = parse_der(der).parts
    signed = outer[0].parts
    if outer[0].tag != SEQUENCE or signed[0].tag != INTEGER:
        raise ValueError("no SES signature")
    seal, when, data_hash = signed[1], signed[2].time, signed[3].octets
    if len(outer) == 2:
        certificate, algorithm, value, version = signed[5], signed[6], outer[1], "V1"
    elif len(outer) in (4, 5):
        header = seal.parts[0].parts[0].parts[1].number
        certificate, algorithm, value, version = outer[1], outer[2], outer[3], "V5" if header == 5 else "V4"
    else:
        raise ValueError(f"SES signature of {len(outer)} parts")
    return _Signature(
        version,
        outer[0].whole,
        seal,
        when,
        data_hash,
        x509.Certificate.load(certificate.octets),
        algorithm.identifier,
        value.octets,
        len(outer) == 5,
    )


def _verify(parsed: _Signature, signature_file: bytes, check_method: str) -> CmsCheck:
    names = {digest_name(check_method) or "sm3", "sm3"}
    used = "sm3" if is_sm2(parsed.certificate) else "sha256"
    lines: list[str] = []
    integrity: Integrity = "intact"
    if parsed.data_hash not in {digest(name, [signature_file]) for name in names}:
        lines.append(fault("data-digest-differs"))
        integrity = "broken"
    holds = key_holds(parsed.certificate, parsed.value, parsed.signed, used)
    lines.append(fault("signature-right" if holds else "signature-wrong"))
    if not holds:
        integrity = "broken"
    seal_lines, seal_integrity = _verify_seal(parsed)
    if integrity == "intact":
        integrity = seal_integrity
    lines += seal_lines
    if parsed.stamped:
        lines.append(fault("timestamp-present"))
    return CmsCheck(
        integrity,
        common_name(parsed.certificate.subject),
        parsed.time,
        f"SES-{parsed.version} {'SM2-SM3' if used == 'sm3' else parsed.algorithm}",
        "\n".join(lines),
    )


def _verify_seal(parsed: _Signature) -> tuple[list[str], Integrity]:
    """The seal itself: its maker's value, the signer in its list, the time within its validity."""
    information = parsed.seal.parts[0]
    first = parsed.version == "V1"
    certificate, algorithm, value = (parsed.seal.parts[1].parts if first else parsed.seal.parts[1:])[:3]
    maker = x509.Certificate.load(certificate.octets)
    used = "sm3" if is_sm2(maker) else "sha256"
    joined = information.whole + certificate.whole + algorithm.whole
    messages = (information.whole, core.Sequence(contents=joined).dump())
    lines: list[str] = []
    integrity: Integrity = "intact"
    if any(key_holds(maker, value.octets, message, used) for message in messages):
        lines.append(fault("seal-right", common_name(maker.subject)))
    else:
        lines.append(fault("seal-wrong", common_name(maker.subject)))
        integrity = "broken"
    properties = information.parts[2].parts
    listed, start, end = (properties[at] for at in ((2, 4, 5) if first else (3, 5, 6)))
    signer = parsed.certificate.dump()
    if not set(_octets(listed)) & {signer, digest("sm3", [signer]), digest("sha256", [signer])}:
        lines.append(fault("signer-not-in-seal"))
        integrity = "broken"
    if parsed.time and start.time and end.time and not start.time <= parsed.time <= end.time:
        lines.append(fault("seal-not-yet", f"{start.time} / {end.time}"))
    return lines, integrity


def _octets(value: Node) -> list[bytes]:
    """Every OCTET STRING within the list of signers, whether certificates or digests with their kind."""
    if value.tag == OCTET_STRING:
        return [value.contents]
    return [found for part in value.parts for found in _octets(part)] if value.tag & 0x20 else []
