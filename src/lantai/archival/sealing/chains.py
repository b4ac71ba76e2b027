"""Chains of certificates (证书链), SM2 as well as RSA and ECDSA, by our own code: names as bytes, signatures, validity,
basicConstraints, keyUsage (RFC 5280 6.1, GB/T 20518), and revocation data that lie inside the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Literal

from asn1crypto import core, x509

from lantai.archival.formats.model import CertificateFact
from lantai.archival.sealing.algorithms import ASN1_FAULTS, KEY_FAULTS, WEAK_DIGESTS, is_signed_by, signed_digest
from lantai.archival.sealing.names import CHINA, certificate_fact, common_name, fingerprint, validity
from lantai.archival.sealing.revocation import Evidence, revocation_of
from lantai.archival.sealing.trust import Trust, TrustedCertificate, loaded
from lantai.archival.sealing.weighing import Remark

LONGEST = 8
SIGNATURES = 64
"""How many certificates a chain may have, and how many signatures are tried to find it."""
Purpose = Literal["signing", "stamping"]
_BASIC, _USAGE, _PURPOSES = "2.5.29.19", "2.5.29.15", "2.5.29.37"
_KNOWN = frozenset({_BASIC, _USAGE, _PURPOSES, "2.5.29.14", "2.5.29.17", "2.5.29.32", "2.5.29.35", "2.5.29.31"})
_STAMPING = "1.3.6.1.5.5.7.3.8"


@dataclass(slots=True)
class Chain:
    """A chain that was found: who it leads to, what speaks against it, and its certificates, the first one first."""

    trusted: bool = False
    remarks: list[Remark] = field(default_factory=list)
    certificates: tuple[CertificateFact, ...] = ()

    def speaks_against(self) -> bool:
        """Whether anything but trust is missing."""
        return any(each.effect in ("fault", "doubt") for each in self.remarks)


def judge_chain(
    leaf: x509.Certificate,
    evidence: Evidence,
    trust: Trust,
    *,
    at: datetime | None,
    proven: bool,
    purpose: Purpose = "signing",
) -> Chain:
    """Find the chain from a certificate to an anchor and judge it for a moment.

    Args:
        leaf: the signer's certificate.
        evidence: certificates and revocation data the file brings.
        trust: the archive's list.
        at: the moment of signing; None where nobody says when, and the moment of judging counts.
        proven: whether a trusted time stamp says so; else a later revocation leaves a doubt.
        purpose: what the certificate must be good for.
    """
    chain = Chain()
    moment = at or trust.at
    try:
        search = _Search(evidence, trust, moment)
        path = search.climb([leaf])
        chain.certificates = tuple(certificate_fact(each) for each in path)
        chain.remarks += search.forged
        chain.remarks += _judge_each(path, moment, purpose)
        chain.remarks += _judge_revocation(path, evidence, moment, proven)
        anchor = search.anchor_of(path[-1])
    except KEY_FAULTS as failure:
        chain.remarks.append(Remark("doubt", "algorithm-unsupported", str(failure)))
        return chain
    except ASN1_FAULTS as failure:
        chain.remarks.append(Remark("doubt", "certificate-unreadable", str(failure)))
        return chain
    top = path[-1]
    if anchor is not None:
        chain.trusted = True
        chain.remarks.append(Remark("note", "chain-trusted", common_name(top.subject)))
    elif fingerprint(top) in search.lapsed:
        chain.remarks.append(Remark("distrust", "anchor-not-in-force", common_name(top.subject)))
    elif top.issuer.dump() == top.subject.dump():
        key = "self-signed" if len(path) == 1 else "root-unknown"
        chain.remarks.append(Remark("distrust", key, common_name(top.subject)))
    else:
        chain.remarks.append(Remark("distrust", "issuer-unknown", common_name(top.issuer)))
    return chain


class _Search:
    """The way up from a certificate, by issuers whose signature holds; anchors first."""

    def __init__(self, evidence: Evidence, trust: Trust, moment: datetime | None) -> None:
        self._anchors: dict[str, TrustedCertificate] = {}
        self.lapsed: set[str] = set()
        listed = loaded(trust.certificates)
        for certificate, row in listed:
            if row.anchor and _in_force(row, moment):
                self._anchors[fingerprint(certificate)] = row
            elif row.anchor:
                self.lapsed.add(fingerprint(certificate))
        pool = [certificate for certificate, _row in listed] + evidence.certificates
        self._pool = list({fingerprint(each): each for each in pool}.values())
        self._tried = 0
        self.forged: list[Remark] = []

    def anchor_of(self, certificate: x509.Certificate) -> TrustedCertificate | None:
        return self._anchors.get(fingerprint(certificate))

    def climb(self, path: list[x509.Certificate]) -> list[x509.Certificate]:
        """The longest chain from *path* on, or the first one that ends at an anchor."""
        last = path[-1]
        if self.anchor_of(last) is not None or len(path) >= LONGEST:
            return path
        best = path
        held = {fingerprint(each) for each in path}
        named = [each for each in self._pool if each.subject.dump() == last.issuer.dump()]
        for issuer in sorted(named, key=lambda each: self.anchor_of(each) is None):
            if fingerprint(issuer) == fingerprint(last):
                self._holds(last, issuer)
                continue
            if fingerprint(issuer) in held or self._tried >= SIGNATURES or not self._holds(last, issuer):
                continue
            found = self.climb([*path, issuer])
            if self.anchor_of(found[-1]) is not None:
                return found
            if len(found) > len(best):
                best = found
        if len(path) == 1 and not named and last.subject.dump() == last.issuer.dump():
            self._holds(last, last)
        return best

    def _holds(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
        """Whether the issuer's key signed it; a key that is named as the issuer's and did not is a forgery."""
        self._tried += 1
        if is_signed_by(certificate, certificate["tbs_certificate"].dump(), issuer):
            return True
        named, own = certificate.authority_key_identifier, issuer.key_identifier
        if (named is not None and own is not None and named == own) or fingerprint(certificate) == fingerprint(issuer):
            self.forged.append(Remark("fault", "certificate-forged", common_name(certificate.subject)))
        return False


def _in_force(row: TrustedCertificate, moment: datetime | None) -> bool:
    if moment is None:
        return row.valid_until is None
    day = moment.astimezone(CHINA).date()
    return (row.valid_from is None or row.valid_from <= day) and (row.valid_until is None or day <= row.valid_until)


def _judge_each(path: list[x509.Certificate], moment: datetime | None, purpose: Purpose) -> Iterator[Remark]:
    for depth, certificate in enumerate(path):
        name = common_name(certificate.subject)
        begins, ends = validity(certificate)
        period = f"{name} {begins:%Y-%m-%d} / {ends:%Y-%m-%d}"
        if moment is not None and moment < begins:
            yield Remark("fault", "certificate-not-yet", period)
        if moment is not None and moment > ends:
            yield Remark("fault", "certificate-expired", period)
        used, _pss = signed_digest(certificate["signature_algorithm"])
        if used in WEAK_DIGESTS and depth < len(path) - 1:
            yield Remark("note", "weak-certificate", f"{name} {used.upper()}")
        yield from _judge_extensions(certificate, name, depth, purpose)


def _judge_extensions(certificate: x509.Certificate, name: str, depth: int, purpose: Purpose) -> Iterator[Remark]:
    """What the certificate may be used for: the first signs or stamps, those above it issue certificates."""
    found = _extensions(certificate)
    for kind, (critical, _value) in found.items():
        if critical and kind not in _KNOWN:
            yield Remark("doubt", "extension-unknown", f"{name} {kind}")
    usage = x509.KeyUsage.load(found[_USAGE][1]).native if _USAGE in found else None
    if depth == 0:
        if usage is not None and not usage & {"digital_signature", "non_repudiation"}:
            yield Remark("fault", "key-usage", name)
        if purpose == "stamping":
            purposes = (
                [each.dotted for each in x509.ExtKeyUsageSyntax.load(found[_PURPOSES][1])] if _PURPOSES in found else []
            )
            if purposes != [_STAMPING]:
                yield Remark("fault", "key-usage", name)
        return
    if usage is not None and "key_cert_sign" not in usage:
        yield Remark("fault", "key-usage", name)
    if _BASIC in found:
        basic = x509.BasicConstraints.load(found[_BASIC][1])
        most = basic["path_len_constraint"].native
        if not basic["ca"].native:
            yield Remark("fault", "not-an-authority", name)
        elif most is not None and depth - 1 > most:
            yield Remark("fault", "chain-too-long", name)
    elif certificate["tbs_certificate"]["version"].native == "v3":
        yield Remark("fault", "not-an-authority", name)


def _extensions(certificate: x509.Certificate) -> dict[str, tuple[bool, bytes]]:
    listed = certificate["tbs_certificate"]["extensions"]
    if isinstance(listed, core.Void):
        return {}
    return {each["extn_id"].dotted: (bool(each["critical"].native), bytes(each["extn_value"])) for each in listed}


def _judge_revocation(
    path: list[x509.Certificate], evidence: Evidence, moment: datetime | None, proven: bool
) -> Iterator[Remark]:
    newest: list[datetime] = []
    for certificate, issuer in pairwise(path):
        found = revocation_of(certificate, issuer, evidence)
        name = common_name(certificate.subject)
        if found.revoked_at is not None:
            told = f"{name} {found.revoked_at:%Y-%m-%d} {found.reason}".strip()
            if moment is None or found.revoked_at <= moment:
                yield Remark("fault", "certificate-revoked", told)
            else:
                yield Remark("note" if proven else "doubt", "revoked-later", told)
        elif found.told_at is not None:
            newest.append(found.told_at)
    if newest:
        yield Remark("note", "revocation-checked", f"{min(newest):%Y-%m-%d}")
    elif len(path) > 1:
        yield Remark("note", "revocation-unknown")
