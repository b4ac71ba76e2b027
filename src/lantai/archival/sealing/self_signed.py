"""A certificate for an SM2 key that nobody vouches for: whoever trusts the key puts it into his trust list by hand."""

from __future__ import annotations

from datetime import datetime

from asn1crypto import core, x509

from lantai.archival.sm2 import public_key_info, public_point, sign_sm2

_SM2_WITH_SM3 = "1.2.156.10197.1.501"


def self_signed_sm2(*, secret: bytes, name: str, begins: datetime, ends: datetime, serial: int) -> bytes:
    """The certificate (DER, X.509 v3) of the SM2 key *secret* (32 bytes), for signing, made by itself.

    Args:
        name: the common name.
        begins, ends: when it is valid, with time zone.
        serial: a positive number of at most 20 bytes.

    Raises:
        Sm2Unavailable: this system cannot compute SM2.
    """
    method = x509.SignedDigestAlgorithm({"algorithm": _SM2_WITH_SM3})
    named = x509.Name.build({"country_name": "CN", "common_name": name})
    usage = x509.KeyUsage({"digital_signature", "non_repudiation"})
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": serial,
            "signature": method,
            "issuer": named,
            "subject": named,
            "validity": {
                "not_before": x509.Time({"utc_time": begins}),
                "not_after": x509.Time({"utc_time": ends} if ends.year < 2050 else {"general_time": ends}),
            },
            "subject_public_key_info": x509.PublicKeyInfo.load(public_key_info(public_point(secret))),
            "extensions": [{"extn_id": "key_usage", "critical": True, "extn_value": usage}],
        }
    )
    made = x509.Certificate(
        {
            "tbs_certificate": body,
            "signature_algorithm": method,
            "signature_value": core.OctetBitString(sign_sm2(secret, body.dump())),
        }
    )
    return bytes(made.dump())
