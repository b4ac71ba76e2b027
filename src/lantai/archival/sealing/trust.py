"""Whom the archive trusts (信任列表): roots and intermediate certificates, each in force from and until a day."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from asn1crypto import cms, x509

from lantai.archival.sealing.algorithms import ASN1_FAULTS
from lantai.archival.sealing.names import certificate_fact

LARGEST = 1 << 20
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TrustedCertificate:
    """One certificate of the list, as DER.

    ``anchor``: chains may end at it; otherwise it only completes chains. ``valid_from`` and ``valid_until``: the days
    of signing for which the archive trusts it, both included; None leaves that side open.
    """

    der: bytes
    anchor: bool = True
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """The list as it stood, and the moment of judging (None where nobody says what time it is)."""

    certificates: tuple[TrustedCertificate, ...] = ()
    at: datetime | None = None


class CertificateRefused(ValueError):
    """The bytes hold no certificate: ``key`` is a row of ``sentences.toml``."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read_certificates(data: bytes) -> list[bytes]:
    """The certificates in a file a person brings: DER, PEM (one or many), or PKCS #7.

    Raises:
        CertificateRefused: there are none, or one of them is broken.
    """
    if len(data) > LARGEST:
        raise CertificateRefused("too-large")
    blocks = [(label, _decoded(body)) for label, body in _PEM.findall(data)] or [(b"", data)]
    found = [each for label, block in blocks for each in _unwrapped(label, block)]
    if not found:
        raise CertificateRefused("no-certificate-in-file")
    for each in found:
        try:
            certificate_fact(x509.Certificate.load(each))
        except ASN1_FAULTS:
            raise CertificateRefused("no-certificate-in-file") from None
    return list(dict.fromkeys(found))


def _decoded(body: bytes) -> bytes:
    try:
        return base64.b64decode(re.sub(rb"\s", b"", body), validate=True)
    except binascii.Error:
        raise CertificateRefused("no-certificate-in-file") from None


def _unwrapped(label: bytes, block: bytes) -> list[bytes]:
    if label and b"CERTIFICATE" not in label and b"PKCS7" not in label:
        return []
    try:
        content = cms.ContentInfo.load(block)
        if content["content_type"].native == "signed_data":
            return [each.chosen.dump() for each in content["content"]["certificates"]]
    except ASN1_FAULTS:
        pass
    return [block]


@lru_cache(maxsize=8)
def loaded(
    certificates: tuple[TrustedCertificate, ...],
) -> tuple[tuple[x509.Certificate, TrustedCertificate], ...]:
    """The list's certificates parsed, kept for the next file; broken ones are left out."""
    found = []
    for each in certificates:
        try:
            certificate = x509.Certificate.load(each.der)
            certificate_fact(certificate)
        except ASN1_FAULTS:
            continue
        found.append((certificate, each))
    return tuple(found)
