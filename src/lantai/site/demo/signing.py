"""Electronic signatures of the demo: keys and certificates that are worth nothing, made from public numbers.

Whoever reads this can sign as anybody in 云岭县, which does not exist: every certificate says so in its subject. Keys,
certificates and signatures are the same each time, so that the demo's files are.
"""

from __future__ import annotations

import datetime
import hashlib
from functools import cache, partial

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lantai.site.demo.paper.pdf import Sign

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_CHINA = datetime.timezone(datetime.timedelta(hours=8))
_FROM, _UNTIL = datetime.datetime(2015, 1, 1, tzinfo=_CHINA), datetime.datetime(2045, 1, 1, tzinfo=_CHINA)
AUTHORITY = "云岭县演示证书签发中心（无法律效力）"


def signer_of(body: str, at: str) -> Sign:
    """What signs for *body* at the moment *at* (``2024-03-05 10:20:00``, China Standard Time): signed bytes in, a
    detached CMS (CAdES-BES, ECDSA P-256, SHA-256) out."""
    moment = datetime.datetime.fromisoformat(at).replace(tzinfo=_CHINA)
    return partial(_sign, body, moment)


@cache
def authority_certificate() -> x509.Certificate:
    """The certificate of the demo's authority, which signed itself."""
    key = _key(AUTHORITY)
    return (
        _certificate(AUTHORITY, AUTHORITY, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(keys=True), critical=True)
        .sign(key, hashes.SHA256(), ecdsa_deterministic=True)
    )


@cache
def certificate_of(body: str) -> x509.Certificate:
    """The certificate *body* signs with, issued by the demo's authority."""
    authority = authority_certificate()
    return (
        _certificate(f"{body}（演示）", AUTHORITY, _key(body))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(keys=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)  # type: ignore[arg-type]
        .sign(_key(AUTHORITY), hashes.SHA256(), ecdsa_deterministic=True)
    )


@cache
def _key(name: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(hashlib.sha512(f"lantai demo key of {name}".encode()).digest(), "big")
    return ec.derive_private_key(number % (_ORDER - 1) + 1, ec.SECP256R1())


def _certificate(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    serial = int.from_bytes(hashlib.sha256(subject.encode()).digest()[:12], "big")
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(_FROM)
        .not_valid_after(_UNTIL)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "云岭县（虚构，演示用）"),
            x509.NameAttribute(NameOID.COMMON_NAME, text),
        ]
    )


def _usage(*, keys: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not keys,
        content_commitment=not keys,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=keys,
        crl_sign=keys,
        encipher_only=False,
        decipher_only=False,
    )


@cache
def _certificates(body: str) -> tuple[asn1_x509.Certificate, asn1_x509.Certificate]:
    found = (certificate_of(body), authority_certificate())
    own, authority = (asn1_x509.Certificate.load(each.public_bytes(serialization.Encoding.DER)) for each in found)
    return own, authority


def _sign(body: str, at: datetime.datetime, data: bytes) -> bytes:
    own, authority = _certificates(body)
    digest = {"algorithm": "sha256"}
    reference = tsp.SigningCertificateV2({"certs": [tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(own.dump()).digest()})]})
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute(
                {"type": "signing_time", "values": [cms.Time({"utc_time": at.astimezone(datetime.UTC)})]}
            ),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(data).digest()]}),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [reference]}),
        ]
    )
    value = _key(body).sign(attributes.dump(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                {"issuer_and_serial_number": cms.IssuerAndSerialNumber({"issuer": own.issuer, "serial_number": own.serial_number})}
            ),
            "digest_algorithm": algos.DigestAlgorithm(digest),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": core.OctetString(value),
        }
    )
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [algos.DigestAlgorithm(digest)],
            "encap_content_info": {"content_type": "data"},
            "certificates": [own, authority],
            "signer_infos": [signer],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": content}).dump())
