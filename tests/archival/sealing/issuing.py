"""A little county of certification bodies for tests: RSA and ECDSA by cryptography, PDF files signed by pyHanko."""

from __future__ import annotations

import datetime
import functools
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko_certvalidator.registry import SimpleCertificateStore
from tests.archival.formats.format_samples import make_pdf

from lantai.archival.sealing import Trust, TrustedCertificate

NOW = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
"""Time stamping authorities hold RSA keys, because the tests' stamper signs with no other."""


@dataclass(frozen=True)
class Holder:
    """A key with its certificate, and the certificates above it."""

    name: str
    key: Key
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)


def issue(
    name: str,
    issuer: Holder | None = None,
    *,
    authority: bool = False,
    begins: int = 2020,
    ends: int = 2040,
    stamping: bool = False,
    sign_key: Key | None = None,
    path_length: int | None = None,
    usage: bool = True,
    rsa_key: bool = False,
) -> Holder:
    """A certificate for *name*; by itself where there is no *issuer*, by another key where *sign_key* forges it."""
    key: Key = rsa.generate_private_key(65537, 2048) if stamping or rsa_key else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signing = sign_key or (issuer.key if issuer else key)
    named = issuer.key.public_key() if issuer else key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(begins, 1, 1))
        .not_valid_after(datetime.datetime(ends, 1, 1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=path_length), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(named), critical=False)
    )
    if usage:
        builder = builder.add_extension(
            x509.KeyUsage(not authority, not authority, False, False, False, authority, authority, False, False),
            critical=True,
        )
    if stamping:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    above = (issuer.certificate, *issuer.above) if issuer else ()
    return Holder(name, key, builder.sign(signing, hashes.SHA256()), above)


@functools.cache
def county() -> dict[str, Holder]:
    """A root, a body under it, a signer, and a time stamping authority."""
    root = issue("云岭根证书", authority=True)
    middle = issue("云岭电子认证", root, authority=True, path_length=0)
    return {
        "root": root,
        "middle": middle,
        "signer": issue("云岭县行政审批局", middle),
        "second": issue("云岭县档案馆", middle),
        "stamper": issue("云岭时间戳", root, stamping=True),
    }


def trust(*anchors: Holder, at: datetime.datetime | None = NOW, **more: Any) -> Trust:
    """A trust list of these, the county's root when there are none given."""
    chosen = anchors or (county()["root"],)
    return Trust(tuple(TrustedCertificate(each.der, **more) for each in chosen), at)


def revoke(issuer: Holder, *revoked: Holder, on: datetime.datetime, told: datetime.datetime | None = None) -> bytes:
    """A list of revoked certificates, DER."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(told or on).next_update((told or on) + datetime.timedelta(days=30))
    for each in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(each.certificate.serial_number)
            .revocation_date(on)
            .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
            .build()
        )
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def as_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _key_info(holder: Holder) -> keys.PrivateKeyInfo:
    return keys.PrivateKeyInfo.load(
        holder.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def signer_of(holder: Holder) -> signers.SimpleSigner:
    store = SimpleCertificateStore()
    for each in holder.above:
        store.register(as_asn1(each))
    return signers.SimpleSigner(as_asn1(holder.certificate), _key_info(holder), store)


def stamper_of(holder: Holder, at: datetime.datetime) -> timestamps.DummyTimeStamper:
    store = SimpleCertificateStore()
    for each in holder.above:
        store.register(as_asn1(each))
    return timestamps.DummyTimeStamper(
        as_asn1(holder.certificate), _key_info(holder), certs_to_embed=store, fixed_dt=at
    )


def sign(
    holder: Holder,
    data: bytes | None = None,
    *,
    field: str = "S1",
    stamp: Holder | None = None,
    **more: Any,
) -> bytes:
    """A PDF signed by *holder* now, with a time stamp where there is an authority for it."""
    metadata = signers.PdfSignatureMetadata(
        field_name=field, subfilter=fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED, md_algorithm="sha256", **more
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(data or make_pdf()))
    stamper = stamper_of(stamp, datetime.datetime.now(datetime.UTC)) if stamp else None
    made = signers.PdfSigner(metadata, signer=signer_of(holder), timestamper=stamper)
    with ThreadPoolExecutor(1) as apart:  # pyHanko runs a loop of its own, and a browser's may run in this thread
        return bytes(apart.submit(made.sign_pdf, writer).result().getvalue())
