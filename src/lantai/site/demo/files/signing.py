"""Sign the demo's PDF files (PAdES, ISO 32000-1 12.8) by keys of a certification body that exists only here.

Keys and signatures follow from names (RFC 6979), so that the same case gives the same bytes; they protect nothing and
the certificates say so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ISSUER = "云岭县演示电子认证（仅供演示）"
CHINA = timezone(timedelta(hours=8))
_BEGINS, _ENDS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
_ORDER = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)
_RANGE = b"/ByteRange[0 0000000000 0000000000 0000000000]"


@dataclass(frozen=True, slots=True)
class Signer:
    """A body that signs: its name, key, and its certificate with the issuer's, as DER."""

    name: str
    key: ec.EllipticCurvePrivateKey
    certificate: bytes
    issuer: bytes


def _key(name: str) -> ec.EllipticCurvePrivateKey:
    value = int.from_bytes(hashlib.sha512(f"lantai demo key: {name}".encode()).digest())
    return ec.derive_private_key(value % (_ORDER - 1) + 1, ec.SECP256R1())


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "云岭县（虚构）"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(subject: str, issuer: str, *, authority: bool) -> bytes:
    serial = int.from_bytes(hashlib.sha256(f"{issuer}/{subject}".encode()).digest()[:15])
    usage = {
        name: name in (("key_cert_sign", "crl_sign") if authority else ("digital_signature", "content_commitment"))
        for name in (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
        )
    }
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(_key(subject).public_key())
        .serial_number(serial)
        .not_valid_before(_BEGINS)
        .not_valid_after(_ENDS)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(_key(subject).public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(_key(issuer).public_key()), critical=False)
        .sign(_key(issuer), hashes.SHA256(), ecdsa_deterministic=True)
    )
    return made.public_bytes(serialization.Encoding.DER)


@lru_cache(maxsize=64)
def demo_signer(body: str) -> Signer:
    """The signer of one body of the county."""
    return Signer(
        body, _key(body), _certificate(body, ISSUER, authority=False), _certificate(ISSUER, ISSUER, authority=True)
    )


def sign_bytes(data: bytes, *, signer: Signer, at: datetime) -> bytes:
    """Fill in range and value of the one signature *data* leaves room for. *at* is the time stated, without proof."""
    first = data.index(b"/Contents<", data.index(_RANGE)) + len(b"/Contents")
    last = data.index(b">", first) + 1
    ranged = b"/ByteRange[0 %010d %010d %010d]" % (first, last, len(data) - last)
    whole = data.replace(_RANGE, ranged, 1)
    digest = hashlib.sha256(whole[:first] + whole[last:]).digest()
    value = _cms(digest, signer, at.replace(tzinfo=CHINA)).hex().encode("ascii")
    return whole[: first + 1] + value.ljust(last - first - 2, b"0") + whole[last - 1 :]


def _cms(digest: bytes, signer: Signer, at: datetime) -> bytes:
    """SignedData over a digest, with the time and the certificate bound in (CAdES B-B)."""
    certificate = asn1_x509.Certificate.load(signer.certificate)
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute({"type": "signing_time", "values": [cms.Time({"utc_time": core.UTCTime(at)})]}),
            cms.CMSAttribute({"type": "message_digest", "values": [digest]}),
            cms.CMSAttribute(
                {
                    "type": "signing_certificate_v2",
                    "values": [
                        tsp.SigningCertificateV2(
                            {"certs": [tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(signer.certificate).digest()})]}
                        )
                    ],
                }
            ),
        ]
    )
    signature = signer.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [sha256],
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificate, asn1_x509.Certificate.load(signer.issuer)],
            "signer_infos": [
                cms.SignerInfo(
                    {
                        "version": "v1",
                        "sid": cms.SignerIdentifier(
                            {
                                "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                                    {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                                )
                            }
                        ),
                        "digest_algorithm": sha256,
                        "signed_attrs": attributes,
                        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                        "signature": signature,
                    }
                )
            ],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
