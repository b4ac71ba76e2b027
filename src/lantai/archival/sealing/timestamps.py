"""Time stamps (时间戳, RFC 3161, GB/T 20520): the token holds, stamps these bytes, and its authority is trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import tsp

from lantai.archival.formats.model import CertificateFact
from lantai.archival.sealing.algorithms import ASN1_FAULTS, digest, digest_name
from lantai.archival.sealing.chains import judge_chain
from lantai.archival.sealing.cms import SignedValue, read_cms
from lantai.archival.sealing.der import parse_der
from lantai.archival.sealing.revocation import Evidence
from lantai.archival.sealing.trust import Trust
from lantai.archival.sealing.weighing import Remark, Weighing


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a token shows: the time it states, whether it counts as proof, and why not. ``certificates`` is the
    authority's chain."""

    at: datetime | None = None
    proves: bool = False
    remarks: tuple[Remark, ...] = ()
    authority: str = ""
    certificates: tuple[CertificateFact, ...] = field(default=())


def read_stamp(token: bytes, stamped: bytes, evidence: Evidence, trust: Trust) -> Stamp:
    """Judge a token over some bytes.

    Args:
        token: the TimeStampToken, or the whole TimeStampResp.
        stamped: the bytes the time of which it should prove.
        evidence: what the file brings; the authority's own certificates are in the token.
        trust: the archive's list.
    """
    weighing = Weighing()
    try:
        inner = _token_of(token)
        signed = read_cms(inner, lambda: [_content_of(inner)], weighing, length=0)
        info = tsp.TSTInfo.load(signed.inner)
        imprint = info["message_imprint"]
        used = digest_name(imprint["hash_algorithm"]["algorithm"].dotted)
        if not used or imprint["hashed_message"].native != digest(used, [stamped]):
            return Stamp(remarks=(Remark("note", "timestamp-other"),))
        at = info["gen_time"].native
    except ASN1_FAULTS as failure:
        return Stamp(remarks=(Remark("note", "timestamp-unreadable", str(failure)),))
    return judge_authority(signed, weighing, at, evidence, trust)


def judge_authority(signed: SignedValue, weighing: Weighing, at: datetime, evidence: Evidence, trust: Trust) -> Stamp:
    """Whether a token that was recomputed proves its time: its value holds, and its authority's chain is trusted."""
    if "value" not in weighing.proven or signed.certificate is None or not isinstance(at, datetime):
        key = "timestamp-wrong" if weighing.broken else "timestamp-unreadable"
        return Stamp(at, remarks=(Remark("note", key, signed.signer),), authority=signed.signer)
    joined = Evidence(
        signed.evidence.certificates + evidence.certificates,
        signed.evidence.lists + evidence.lists,
        signed.evidence.answers + evidence.answers,
    )
    chain = judge_chain(signed.certificate, joined, trust, at=at, proven=True, purpose="stamping")
    if chain.trusted and not chain.speaks_against():
        remarks: tuple[Remark, ...] = (Remark("note", "timestamp-right", f"{signed.signer} {at:%Y-%m-%d %H:%M:%S}Z"),)
        return Stamp(at, True, remarks, signed.signer, chain.certificates)
    why = [Remark("note", each.key, each.detail) for each in chain.remarks if each.effect != "note"]
    remarks = (Remark("note", "timestamp-untrusted", signed.signer), *why)
    return Stamp(at, False, remarks, signed.signer, chain.certificates)


def _token_of(data: bytes) -> bytes:
    """The token, taken out of the answer it came in where it is still in there."""
    outer = parse_der(data)
    if outer.parts and not outer.parts[0].identifier and len(outer.parts) == 2:
        return outer.parts[1].whole
    return outer.whole


def _content_of(token: bytes) -> bytes:
    """What the token encloses: it is signed over itself, so content and enclosed content are one."""
    from_outer = parse_der(token).parts[1].parts[0]
    enclosed = from_outer.parts[2].parts
    return enclosed[1].parts[0].octets if len(enclosed) > 1 else b""
