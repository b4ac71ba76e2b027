"""Sign the demo's PDF files (PAdES, ISO 32000-1 12.8) by keys of a certification body that exists only here.

Keys and signatures follow from names (RFC 6979), so that the same case gives the same bytes; they protect nothing and
the certificates say so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

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


def _der(tag: int, *parts: bytes) -> bytes:
    """One value in DER."""
    content = b"".join(parts)
    size = len(content)
    if size < 128:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


_SEQUENCE, _SET, _INTEGER, _OCTETS, _FIRST = 0x30, 0x31, 0x02, 0x04, 0xA0
_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SIGNING_TIME = bytes.fromhex("06092a864886f70d010905")
_SIGNING_CERTIFICATE = bytes.fromhex("060b2a864886f70d010910022f")
_SHA256 = _der(_SEQUENCE, bytes.fromhex("0609608648016503040201"))
_ECDSA_SHA256 = _der(_SEQUENCE, bytes.fromhex("06082a8648ce3d040302"))
_VERSION = _der(_INTEGER, b"\1")


@lru_cache(maxsize=64)
def _identity(certificate: bytes) -> bytes:
    """Issuer and serial number of a certificate."""
    read = x509.load_der_x509_certificate(certificate)
    serial = read.serial_number
    return _der(
        _SEQUENCE,
        read.issuer.public_bytes(),
        _der(_INTEGER, serial.to_bytes(serial.bit_length() // 8 + 1)),
    )


def _cms(digest: bytes, signer: Signer, at: datetime) -> bytes:
    """SignedData (RFC 5652) over a digest, with the time and the certificate bound in (CAdES B-B), in DER."""
    told = at.astimezone(UTC).strftime("%y%m%d%H%M%SZ").encode("ascii")
    bound = _der(_OCTETS, hashlib.sha256(signer.certificate).digest())
    attributes = b"".join(
        sorted(
            (
                _der(_SEQUENCE, _CONTENT_TYPE, _der(_SET, _DATA)),
                _der(_SEQUENCE, _SIGNING_TIME, _der(_SET, _der(0x17, told))),
                _der(_SEQUENCE, _MESSAGE_DIGEST, _der(_SET, _der(_OCTETS, digest))),
                _der(
                    _SEQUENCE,
                    _SIGNING_CERTIFICATE,
                    _der(_SET, _der(_SEQUENCE, _der(_SEQUENCE, _der(_SEQUENCE, bound)))),
                ),
            )
        )
    )
    signature = signer.key.sign(_der(_SET, attributes), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    signed = _der(
        _SEQUENCE,
        _VERSION,
        _identity(signer.certificate),
        _SHA256,
        _der(_FIRST, attributes),
        _ECDSA_SHA256,
        _der(_OCTETS, signature),
    )
    content = _der(
        _SEQUENCE,
        _VERSION,
        _der(_SET, _SHA256),
        _der(_SEQUENCE, _DATA),
        _der(_FIRST, signer.certificate, signer.issuer),
        _der(_SET, signed),
    )
    return _der(_SEQUENCE, _SIGNED_DATA, _der(_FIRST, content))
