"""The last step, the same for PDF, OFD and EEP: the time of signing, the signer's chain at that time, the verdict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from asn1crypto import tsp

from lantai.archival.formats.model import CertificateFact, SignatureFact
from lantai.archival.sealing.algorithms import ASN1_FAULTS
from lantai.archival.sealing.chains import judge_chain
from lantai.archival.sealing.cms import SignedValue
from lantai.archival.sealing.names import certificate_fact, read_moment
from lantai.archival.sealing.revocation import Evidence
from lantai.archival.sealing.timestamps import judge_authority, read_stamp
from lantai.archival.sealing.trust import Trust
from lantai.archival.sealing.weighing import Proof, Weighing

_CLOCKS = timedelta(days=1)
"""How far a signer's clock may run ahead of the archive's."""
_NEEDED: dict[str, frozenset[Proof]] = {
    "pades": frozenset({"content", "value", "coverage", "trust"}),
    "pdf-timestamp": frozenset({"content", "value", "coverage", "trust"}),
    "ofd-sign": frozenset({"content", "members", "value", "coverage", "trust"}),
    "ofd-seal": frozenset({"content", "members", "value", "coverage", "seal", "trust"}),
    "eep-sign": frozenset({"content", "value", "coverage", "trust"}),
    "eep-lock": frozenset({"content", "value", "coverage", "trust"}),
}


def conclude(
    kind: str,
    signed: SignedValue,
    weighing: Weighing,
    trust: Trust,
    *,
    beside: Evidence | None = None,
    written_at: str = "",
    name: str = "",
    place: str = "",
    seal: str = "",
) -> SignatureFact:
    """Judge time and chain of a signature whose content and value were recomputed, and say the verdict.

    Args:
        kind: as in ``SignatureFact``.
        signed: what its value is.
        weighing: the observations so far.
        trust: the archive's list and the moment of judging.
        beside: certificates and revocation data that lie in the file outside the value.
        written_at, name: the time and the signer the file itself states, where the value says neither.
        place, seal: as in ``SignatureFact``.
    """
    evidence = signed.evidence
    if beside is not None:
        evidence = Evidence(
            evidence.certificates + beside.certificates,
            evidence.lists + beside.lists,
            evidence.answers + beside.answers,
        )
    at, source = _moment(kind, signed, evidence, weighing, trust, written_at)
    if at is not None and trust.at is not None and at > trust.at + _CLOCKS:
        weighing.doubt("time-in-future", at.isoformat())
    chain: tuple[CertificateFact, ...] = ()
    if signed.certificate is not None:
        if kind != "pdf-timestamp":
            chain = _judge_signer(signed, evidence, weighing, trust, at, proven=source == "timestamp")
        else:
            chain = _judge_stamper(signed, evidence, weighing, trust, at)
    verdict, reason = weighing.verdict(_NEEDED[kind])
    return SignatureFact(
        kind,  # type: ignore[arg-type]
        weighing.integrity(_NEEDED[kind]),
        signed.signer or name,
        at.isoformat() if at is not None else "",
        signed.algorithm,
        trusted="trust" in weighing.proven if signed.certificate is not None else None,
        detail=weighing.detail(),
        verdict=verdict,
        reason=reason,
        place=place,
        seal=seal,
        time_source=source,  # type: ignore[arg-type]
        certificates=chain,
    )


def _moment(
    kind: str, signed: SignedValue, evidence: Evidence, weighing: Weighing, trust: Trust, written_at: str
) -> tuple[datetime | None, str]:
    """When it was signed: by a trusted time stamp, else by the signer's own word."""
    if kind == "pdf-timestamp":
        try:
            at = tsp.TSTInfo.load(signed.inner)["gen_time"].native
        except ASN1_FAULTS:
            at = None
        return (at, "timestamp") if isinstance(at, datetime) else (None, "")
    if signed.token:
        stamp = read_stamp(signed.token, signed.value, evidence, trust)
        weighing.remarks.extend(stamp.remarks)
        if stamp.proves and stamp.at is not None:
            return stamp.at, "timestamp"
    stated = signed.stated_at or read_moment(written_at)
    if stated is None:
        if signed.certificate is not None:
            weighing.note("time-missing")
        return None, ""
    weighing.note("time-stated", f"{stated.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z")
    return stated, "stated"


def _judge_signer(
    signed: SignedValue, evidence: Evidence, weighing: Weighing, trust: Trust, at: datetime | None, *, proven: bool
) -> tuple[CertificateFact, ...]:
    assert signed.certificate is not None
    chain = judge_chain(signed.certificate, evidence, trust, at=at, proven=proven)
    weighing.remarks.extend(chain.remarks)
    if chain.trusted:
        weighing.prove("trust")
    return chain.certificates or _alone(signed)


def _judge_stamper(
    signed: SignedValue, evidence: Evidence, weighing: Weighing, trust: Trust, at: datetime | None
) -> tuple[CertificateFact, ...]:
    """A document time stamp: its authority's chain at the time it states."""
    if at is None:
        weighing.doubt("timestamp-unreadable")
        return _alone(signed)
    stamp = judge_authority(signed, weighing, at, evidence, trust)
    if stamp.proves:
        weighing.prove("trust")
        weighing.remarks.extend(stamp.remarks)
    elif "value" in weighing.proven:
        for each in stamp.remarks:
            weighing.distrust(each.key, each.detail)
    return stamp.certificates or _alone(signed)


def _alone(signed: SignedValue) -> tuple[CertificateFact, ...]:
    assert signed.certificate is not None
    try:
        return (certificate_fact(signed.certificate),)
    except ASN1_FAULTS:
        return ()
