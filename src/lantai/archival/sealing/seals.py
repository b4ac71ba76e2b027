"""Electronic seals: SES signatures of GB/T 38540-2020 (V4), GM/T 0031-2014 (V1) and GM/T 0031-2025 (V5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import core, x509

from lantai.archival.sealing.algorithms import ASN1_FAULTS, KEY_FAULTS, digest, is_sm2, key_holds
from lantai.archival.sealing.chains import judge_chain
from lantai.archival.sealing.cms import SignedValue, family
from lantai.archival.sealing.der import INTEGER, OCTET_STRING, SEQUENCE, Node, parse_der
from lantai.archival.sealing.names import CHINA, common_name, read_moment, validity
from lantai.archival.sealing.revocation import Evidence
from lantai.archival.sealing.trust import Trust
from lantai.archival.sealing.weighing import Remark, Weighing


@dataclass(frozen=True, slots=True)
class SealPicture:
    """The picture in a seal: its kind (``png``, ``ofd`` ...), bytes, and size in millimetres."""

    kind: str
    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class SesSignature:
    """A SES signature taken apart; ``signed`` is the DER its value is over, ``token`` a time stamp's."""

    version: str
    signed: bytes
    seal: Node
    at: datetime | None
    data_hash: bytes
    certificate: x509.Certificate
    value: bytes
    token: bytes


def is_ses(der: bytes) -> bool:
    """Whether the bytes begin like a SES signature: a sequence that begins with a sequence that begins with a
    number."""
    try:
        first = parse_der(der).parts[0]
        return first.tag == SEQUENCE and first.parts[0].tag == INTEGER and first.parts[1].tag == SEQUENCE
    except ASN1_FAULTS:
        return False


def read_ses(
    der: bytes, digests: Iterable[Callable[[], bytes]], weighing: Weighing, trust: Trust
) -> tuple[SignedValue, str]:
    """Recompute a SES signature; returns it with the name of its seal.

    Proves ``content`` when the data hash is that of what was sealed, ``value`` when the signer's value holds, ``seal``
    when the maker's value holds over the seal, the seal lists the signer and is in force.

    Args:
        der: ``SignedValue.dat``.
        digests: ways to make the digest of what was sealed; the data hash must be one of them.
        weighing: where observations go.
        trust: the archive's list, for the maker's chain.
    """
    signed = SignedValue()
    name = ""
    try:
        parsed = _parse(der)
        signed.certificate, signed.stated_at = parsed.certificate, parsed.at
        signed.signer = common_name(parsed.certificate.subject)
        signed.algorithm = f"SES-{parsed.version} {family(parsed.certificate)}"
        signed.value, signed.token = parsed.value, parsed.token
        if any(parsed.data_hash == make() for make in digests):
            weighing.prove("content")
        else:
            weighing.breaks("data-digest-differs")
        if key_holds(parsed.certificate, parsed.value, parsed.signed, _digest_of(parsed.certificate)):
            weighing.note("signature-right")
            weighing.prove("value")
        else:
            weighing.breaks("signature-wrong")
        name = _judge_seal(parsed, signed.evidence, weighing, trust)
    except KEY_FAULTS as failure:
        weighing.doubt("algorithm-unsupported", failure)
    except ASN1_FAULTS as failure:
        weighing.doubt("form-unsupported", failure)
    return signed, name


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


def _parse(der: bytes) -> SesSignature:
    """The parts of a SES signature; its version by the number of parts and the seal's header.

    Raises:
        one of ``ASN1_FAULTS``.
    """
    outer = parse_der(der).parts
    signed = outer[0].parts
    if outer[0].tag != SEQUENCE or signed[0].tag != INTEGER:
        raise ValueError("no SES signature")
    seal, data_hash = signed[1], signed[3].octets
    token = b""
    if len(outer) == 2:
        certificate, value, version = signed[5], outer[1], "V1"
    elif len(outer) in (4, 5):
        header = seal.parts[0].parts[0].parts[1].number
        certificate, value, version = outer[1], outer[3], "V5" if header == 5 else "V4"
        token = outer[4].parts[0].octets if len(outer) == 5 else b""
    else:
        raise ValueError(f"SES signature of {len(outer)} parts")
    return SesSignature(
        version,
        outer[0].whole,
        seal,
        read_moment(signed[2].time),
        data_hash,
        x509.Certificate.load(certificate.octets),
        value.octets,
        token,
    )


def _judge_seal(parsed: SesSignature, evidence: Evidence, weighing: Weighing, trust: Trust) -> str:
    """The seal itself: its maker's value and chain, the signer in its list, the time within its validity."""
    information = parsed.seal.parts[0]
    first = parsed.version == "V1"
    certificate, algorithm, value = (parsed.seal.parts[1].parts if first else parsed.seal.parts[1:])[:3]
    maker = x509.Certificate.load(certificate.octets)
    joined = information.whole + certificate.whole + algorithm.whole
    messages = (information.whole, core.Sequence(contents=joined).dump())
    whole = True
    properties = information.parts[2].parts
    name = properties[1].contents.decode("utf-8", "replace")
    if any(key_holds(maker, value.octets, message, _digest_of(maker)) for message in messages):
        weighing.note("seal-right", f"{name} ({common_name(maker.subject)})")
    else:
        whole = False
        weighing.breaks("seal-wrong", f"{name} ({common_name(maker.subject)})")
    listed, made, start, end = (properties[at] for at in ((2, 3, 4, 5) if first else (3, 4, 5, 6)))
    signer = parsed.certificate.dump()
    if not set(_octets(listed)) & {signer, digest("sm3", [signer]), digest("sha256", [signer])}:
        whole = False
        weighing.breaks("signer-not-in-seal", name)
    begins, ends = read_moment(start.time), read_moment(end.time)
    if begins is None or ends is None:
        whole = False
        weighing.doubt("seal-without-period", name)
    elif parsed.at is not None and not begins <= parsed.at <= ends:
        weighing.fault("seal-not-in-force", f"{_day(begins)} / {_day(ends)}")
    if whole:
        weighing.prove("seal")
        _judge_maker(maker, read_moment(made.time), parsed.at, evidence, weighing, trust)
    return name


def _judge_maker(
    maker: x509.Certificate,
    made_at: datetime | None,
    used_at: datetime | None,
    evidence: Evidence,
    weighing: Weighing,
    trust: Trust,
) -> None:
    """The chain of who made the seal: what is wrong with it leaves a doubt about the seal.

    A seal states when it was drawn up, not when its maker signed it: that was at some moment between then and its use,
    so its maker's certificate must have been valid at the first such moment it can have been.
    """
    begins, _ends = validity(maker)
    moment = made_at or used_at
    if moment is not None and used_at is not None and moment < begins <= used_at:
        moment = begins
    chain = judge_chain(maker, evidence, trust, at=moment, proven=True)
    name = common_name(maker.subject)
    against = [each for each in chain.remarks if each.effect in ("fault", "doubt")]
    if against:
        weighing.doubt("seal-maker-unsound", name)
        weighing.remarks.extend(Remark("doubt", each.key, each.detail) for each in against)
    if chain.trusted:
        weighing.note("seal-maker-trusted", name)
    else:
        weighing.distrust("seal-maker-unknown", name)


def _digest_of(certificate: x509.Certificate) -> str:
    return "sm3" if is_sm2(certificate) else "sha256"


def _day(moment: datetime) -> str:
    return moment.astimezone(CHINA).date().isoformat()


def _octets(value: Node) -> list[bytes]:
    """Every OCTET STRING within the list of signers, whether certificates or digests with their kind."""
    if value.tag == OCTET_STRING:
        return [value.contents]
    return [found for part in value.parts for found in _octets(part)] if value.tag & 0x20 else []
