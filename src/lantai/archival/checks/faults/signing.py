"""Keys, certificates and signature values for the fault library: ECDSA for PDF, SM2 for OFD.

Keys follow from the names of those who sign, and so do the signatures (RFC 6979): the same file, the same bytes. They
protect nothing, and the certificates say so.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from asn1crypto import algos, cms, core, keys, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lantai.archival.fixity import digest_bytes

SM2_SIGN, SM3 = "1.2.156.10197.1.501", "1.2.156.10197.1.401"
_BEGINS, _ENDS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# The curve of GB/T 32918.5 and the signer's identity of GB/T 35276.
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A, _B = _P - 3, 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
_IDENTITY = b"1234567812345678"
_SM2_KEY = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
Point = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Sm2Signer:
    """Somebody who signs with SM2: the secret number, the public point, and the certificate made by itself (DER)."""

    secret: int
    point: tuple[int, int]
    certificate: bytes

    def sign(self, message: bytes) -> bytes:
        """The SM2-with-SM3 signature over *message* (GB/T 32918.2): r and s, DER."""
        return _sm2_signature(self.secret, self.point, message)


@lru_cache(maxsize=8)
def sm2_signer(name: str) -> Sm2Signer:
    """The SM2 signer called *name*."""
    secret = _secret(name, _N - 1)
    point = _times(secret, _G)
    assert point is not None
    info = _SM2_KEY + _bytes(point[0]) + _bytes(point[1])
    tbs = _to_be_certified(name, {"algorithm": SM2_SIGN}, info)
    certificate = x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": {"algorithm": SM2_SIGN},
            "signature_value": _sm2_signature(secret, point, tbs.dump()),
        }
    )
    return Sm2Signer(secret, point, certificate.dump())


def cms_signature(name: str, content: bytes, at: datetime) -> bytes:
    """A detached CMS SignedData (RFC 5652, PKCS #7) by *name* over *content*, with the time stated: ECDSA on P-256."""
    key = ec.derive_private_key(_secret(name, _P256_ORDER - 1), ec.SECP256R1())
    info = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    method = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    ecdsa = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    tbs = _to_be_certified(name, method, info)
    certificate = x509.Certificate(
        {"tbs_certificate": tbs, "signature_algorithm": method, "signature_value": key.sign(tbs.dump(), ecdsa)}
    )
    digest = hashlib.sha256(content).digest()
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [digest]}),
            cms.CMSAttribute({"type": "signing_time", "values": [cms.Time({"utc_time": at})]}),
        ]
    )
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.IssuerAndSerialNumber({"issuer": tbs["issuer"], "serial_number": tbs["serial_number"].native}),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": method,
            "signature": key.sign(attributes.dump(), ecdsa),
        }
    )
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificate],
            "signer_infos": [signer],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def _to_be_certified(name: str, method: object, public_key_info: bytes) -> x509.TbsCertificate:
    subject = x509.Name.build({"organization_name": "故障库（仅供测试）", "common_name": name})
    return x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": int.from_bytes(hashlib.sha256(public_key_info).digest()[:15]) | 1,
            "signature": method,
            "issuer": subject,
            "validity": {
                "not_before": x509.Time({"utc_time": _BEGINS}),
                "not_after": x509.Time({"utc_time": _ENDS}),
            },
            "subject": subject,
            "subject_public_key_info": keys.PublicKeyInfo.load(public_key_info),
        }
    )


def _secret(name: str, below: int) -> int:
    return int.from_bytes(hashlib.sha512(f"lantai fault library key: {name}".encode()).digest()) % below + 1


def _bytes(number: int) -> bytes:
    return number.to_bytes(32)


def _sm3(*parts: bytes) -> bytes:
    return bytes.fromhex(digest_bytes(b"".join(parts), ("sm3",))["sm3"])


def _sm2_signature(secret: int, point: tuple[int, int], message: bytes) -> bytes:
    length = (8 * len(_IDENTITY)).to_bytes(2)
    signer = _sm3(length, _IDENTITY, *(_bytes(each) for each in (_A, _B, *_G, *point)))
    digest = int.from_bytes(_sm3(signer, message))
    for attempt in range(100):
        once = hmac.digest(_bytes(secret), _bytes(digest) + bytes([attempt]), "sha512")
        k = int.from_bytes(once) % (_N - 1) + 1
        found = _times(k, _G)
        assert found is not None
        r = (digest + found[0]) % _N
        s = pow(1 + secret, -1, _N) * (k - r * secret) % _N
        if r and s and r + k != _N:
            return core.SequenceOf([r, s], spec=core.Integer).dump()  # type: ignore[no-any-return]
    raise ArithmeticError("no signature in a hundred attempts")


def _times(number: int, point: Point) -> Point:
    """*number* times *point*, doubling and adding: slow, and in no constant time, which a test key may be."""
    result: Point = None
    while number:
        if number & 1:
            result = _sum(result, point)
        point = _sum(point, point)
        number >>= 1
    return result


def _sum(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % _P == 0:
        return None
    if one == other:
        slope = (3 * one[0] * one[0] + _A) * pow(2 * one[1], -1, _P) % _P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P) % _P
    x = (slope * slope - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P
