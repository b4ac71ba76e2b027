"""Revocation data inside a file: lists of revoked certificates (CRL, RFC 5280 5) and answers (OCSP, RFC 6960).

Nothing is fetched. What was not signed by the certificate's issuer, or by whom the issuer appointed, is not believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import core, crl, ocsp, x509

from lantai.archival.sealing.algorithms import ASN1_FAULTS, KEY_FAULTS, digest, digest_name, is_signed_by
from lantai.archival.sealing.names import fingerprint

_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
_DELTA, _DISTRIBUTION = "2.5.29.27", "2.5.29.28"
_FOR_CERTIFICATES = frozenset({"2.5.29.20", "2.5.29.35", "2.5.29.46", "1.3.6.1.5.5.7.1.1"})
_REMOVED = "remove_from_crl"


@dataclass(slots=True)
class Evidence:
    """What a file brings beside the signature: certificates, lists of revoked ones, answers on their state."""

    certificates: list[x509.Certificate] = field(default_factory=list)
    lists: list[crl.CertificateList] = field(default_factory=list)
    answers: list[ocsp.BasicOCSPResponse] = field(default_factory=list)

    def add_certificate(self, der: bytes) -> None:
        """Keep a certificate; bytes that are none are left out."""
        try:
            certificate = x509.Certificate.load(der)
            certificate.subject.dump(), certificate.serial_number
            fingerprint(certificate)
        except ASN1_FAULTS:
            return
        self.certificates.append(certificate)

    def add_list(self, der: bytes) -> None:
        """Keep a list of revoked certificates."""
        try:
            found = crl.CertificateList.load(der)
            found["tbs_cert_list"]["issuer"].dump(), found["signature"].native
        except ASN1_FAULTS:
            return
        self.lists.append(found)

    def add_answer(self, der: bytes) -> None:
        """Keep an OCSP response, whole or only its basic part."""
        try:
            whole = ocsp.OCSPResponse.load(der)
            basic = whole["response_bytes"]["response"].parsed
            basic["tbs_response_data"]["responses"].native  # noqa: B018
        except ASN1_FAULTS:
            return
        self.answers.append(basic)


@dataclass(frozen=True, slots=True)
class Revocation:
    """What the data inside say of one certificate: revoked since when and why, and of what day the newest data are."""

    told_at: datetime | None = None
    revoked_at: datetime | None = None
    reason: str = ""


def revocation_of(certificate: x509.Certificate, issuer: x509.Certificate, evidence: Evidence) -> Revocation:
    """What the evidence says of a certificate. Data that do not hold, or are of others, say nothing."""
    told: datetime | None = None
    for when, revoked, reason in (
        *_by_lists(certificate, issuer, evidence),
        *_by_answers(certificate, issuer, evidence),
    ):
        if revoked is not None:
            return Revocation(when, revoked, reason)
        told = when if told is None else max(told, when)
    return Revocation(told)


_Told = tuple[datetime, datetime | None, str]


def _by_lists(certificate: x509.Certificate, issuer: x509.Certificate, evidence: Evidence) -> Iterator[_Told]:
    for each in evidence.lists:
        try:
            body = each["tbs_cert_list"]
            if body["issuer"].dump() != certificate.issuer.dump() or not _of_certificates(body):
                continue
            if not is_signed_by(each, body.dump(), issuer):
                continue
            when = body["this_update"].native
            revoked, reason = _entry(body, certificate.serial_number)
        except (*ASN1_FAULTS, *KEY_FAULTS):
            continue
        yield when, revoked, reason


def _of_certificates(body: crl.TbsCertList) -> bool:
    """Whether a list is a whole one of certificates: no delta, no indirect list, nothing critical we do not know."""
    extensions = body["crl_extensions"]
    if isinstance(extensions, core.Void):
        return True
    for each in extensions:
        kind = each["extn_id"].dotted
        if kind == _DELTA:
            return False
        if kind == _DISTRIBUTION:
            parts = crl.IssuingDistributionPoint.load(bytes(each["extn_value"]))
            if parts["indirect_crl"].native or parts["only_contains_attribute_certs"].native:
                return False
        elif each["critical"].native and kind not in _FOR_CERTIFICATES:
            return False
    return True


def _entry(body: crl.TbsCertList, serial: int) -> tuple[datetime | None, str]:
    entries = body["revoked_certificates"]
    for each in entries if not isinstance(entries, core.Void) else ():
        if each["user_certificate"].native == serial:
            reason = str(each.crl_reason_value.native) if each.crl_reason_value else ""
            if reason == _REMOVED:
                return None, ""
            return each["revocation_date"].native, reason
    return None, ""


def _by_answers(certificate: x509.Certificate, issuer: x509.Certificate, evidence: Evidence) -> Iterator[_Told]:
    for basic in evidence.answers:
        try:
            data = basic["tbs_response_data"]
            answers = [each for each in data["responses"] if _is_of(each["cert_id"], certificate, issuer)]
            if not answers or not _answered_for(basic, issuer, evidence):
                continue
            for each in answers:
                status = each["cert_status"]
                when = each["this_update"].native
                if status.name == "revoked":
                    reason = status.chosen["revocation_reason"].native
                    yield when, status.chosen["revocation_time"].native, str(reason or "")
                elif status.name == "good":
                    yield when, None, ""
        except (*ASN1_FAULTS, *KEY_FAULTS):
            continue


def _is_of(asked: ocsp.CertId, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    used = digest_name(asked["hash_algorithm"]["algorithm"].dotted)
    key = issuer["tbs_certificate"]["subject_public_key_info"]["public_key"].contents[1:]
    return bool(
        used
        and asked["serial_number"].native == certificate.serial_number
        and asked["issuer_name_hash"].native == digest(used, [issuer.subject.dump()])
        and asked["issuer_key_hash"].native == digest(used, [key])
    )


def _answered_for(basic: ocsp.BasicOCSPResponse, issuer: x509.Certificate, evidence: Evidence) -> bool:
    """Whether the issuer signed the answer, or a responder the issuer appointed for it."""
    body = basic["tbs_response_data"].dump()
    if is_signed_by(basic, body, issuer):
        return True
    brought = basic["certs"] if not isinstance(basic["certs"], core.Void) else ()
    for each in (*brought, *evidence.certificates):
        usage = each.extended_key_usage_value
        if usage is None or _OCSP_SIGNING not in [purpose.dotted for purpose in usage]:
            continue
        if each.issuer.dump() == issuer.subject.dump() and is_signed_by(each, each["tbs_certificate"].dump(), issuer):
            return is_signed_by(basic, body, each)
    return False
