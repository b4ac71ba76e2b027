"""Digests and keys of signatures: SM2 and SM3 (GB/T 32918, GB/T 32905), RSA, ECDSA, Ed25519."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from asn1crypto import core, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key

from lantai.archival.sm2 import Sm2Unavailable, verify_sm2

_NAMES = {
    "1.2.156.10197.1.401": "sm3",
    "1.2.156.10197.1.401.1": "sm3",
    "1.2.156.10197.1.401.2": "sm3",
    "1.2.840.113549.2.5": "md5",
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "2.16.840.1.101.3.4.2.4": "sha224",
}
_OF_SIGNATURES = {
    "1.2.840.113549.1.1.4": "md5",
    "1.2.840.113549.1.1.5": "sha1",
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
    "1.2.840.113549.1.1.14": "sha224",
    "1.2.840.10045.4.1": "sha1",
    "1.2.840.10045.4.3.1": "sha224",
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
    "1.3.101.112": "sha512",
    "1.3.101.113": "sha512",
    "1.2.156.10197.1.501": "sm3",
    "1.2.156.10197.501": "sm3",
    "1.2.156.10197.1.504": "sm3",
}
"""The digest each algorithm of a certificate's signature uses."""
PSS = "1.2.840.113549.1.1.10"
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sm3": hashes.SM3,
    "md5": hashes.MD5,
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
WEAK_DIGESTS = frozenset({"md5", "sha1"})
SM2_CURVE = "1.2.156.10197.1.301"
ASN1_FAULTS = (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError, RecursionError)
"""What asn1crypto raises on bytes that are not what they should be."""
KEY_FAULTS = (Sm2Unavailable, UnsupportedAlgorithm)
"""What an algorithm that cannot be computed here raises."""


def digest_name(written: str) -> str:
    """The digest algorithm meant by an identifier or a name (``1.2.156.10197.1.401``, ``SM3``, ``SHA-256``), or ''."""
    low = written.strip().lower()
    name = _NAMES.get(low, low.replace("-", "").replace("_", ""))
    return name if name in _HASHES else ""


def digest(name: str, parts: Iterable[bytes]) -> bytes:
    """The digest of the parts, one after the other, by a name of ``digest_name``."""
    if name == "sm3":
        state = hashes.Hash(hashes.SM3())
        for part in parts:
            state.update(part)
        return state.finalize()
    running = hashlib.new(name, usedforsecurity=False)
    for part in parts:
        running.update(part)
    return running.digest()


def is_sm2(certificate: x509.Certificate) -> bool:
    """Whether the certificate's key lies on the SM2 curve."""
    parameters = certificate["tbs_certificate"]["subject_public_key_info"]["algorithm"]["parameters"]
    chosen = getattr(parameters, "chosen", None)
    return isinstance(chosen, core.ObjectIdentifier) and chosen.dotted == SM2_CURVE


def key_words(certificate: x509.Certificate) -> str:
    """The certificate's kind of key in short: ``SM2``, ``RSA-2048``, ``ECDSA-256``."""
    if is_sm2(certificate):
        return "SM2"
    key = certificate.public_key
    if key.algorithm == "rsa":
        return f"RSA-{key.bit_size}"
    return f"ECDSA-{key.bit_size}" if key.algorithm == "ec" else str(key.algorithm).upper()


def key_holds(
    certificate: x509.Certificate, signature: bytes, message: bytes, digest_used: str, pss: bool = False
) -> bool:
    """Whether the certificate's key made this signature over the message.

    Raises:
        UnsupportedAlgorithm, Sm2Unavailable: the key's algorithm cannot be computed here.
        one of ``ASN1_FAULTS``: the key is none.
    """
    info = certificate["tbs_certificate"]["subject_public_key_info"]
    if is_sm2(certificate):
        return verify_sm2(info.dump(), signature, message)
    key = load_der_public_key(info.dump())
    try:
        if isinstance(key, rsa.RSAPublicKey):
            algorithm = _HASHES[digest_used]()
            scheme: padding.AsymmetricPadding = (
                padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO) if pss else padding.PKCS1v15()
            )
            key.verify(signature, message, scheme, algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            prehashed = Prehashed(_HASHES[digest_used]())
            key.verify(signature, digest(digest_used, [message]), ec.ECDSA(prehashed))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, message)
        else:
            raise UnsupportedAlgorithm(type(key).__name__)
    except InvalidSignature:
        return False
    return True


def signed_digest(algorithm: core.Sequence) -> tuple[str, bool]:
    """The digest a signature algorithm identifier uses, empty for one we do not know, and whether it is RSASSA-PSS."""
    dotted = algorithm["algorithm"].dotted
    if dotted == PSS:
        return digest_name(algorithm["parameters"]["hash_algorithm"]["algorithm"].dotted), True
    return _OF_SIGNATURES.get(dotted, ""), False


def is_signed_by(signed: core.Sequence, body: bytes, issuer: x509.Certificate) -> bool:
    """Whether *issuer*'s key signed a certificate, a list of revoked ones, or an answer on their state.

    Args:
        signed: what carries ``signature_algorithm`` and the value.
        body: the DER of the part that is signed.
        issuer: the certificate with the key.

    Raises:
        UnsupportedAlgorithm, Sm2Unavailable: the algorithm cannot be computed here.
    """
    used, pss = signed_digest(signed["signature_algorithm"])
    if not used:
        raise UnsupportedAlgorithm(signed["signature_algorithm"]["algorithm"].dotted)
    name = "signature_value" if "signature_value" in [each[0] for each in signed._fields] else "signature"
    return key_holds(issuer, signed[name].native, body, used, pss)
