"""Signatures inside files are recomputed: SM2 by the standard's vector, OFD seals of every version, PAdES."""

from __future__ import annotations

import datetime
import functools
import hashlib
import io
import json
from pathlib import Path

import pytest
from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers, timestamps
from pyhanko_certvalidator.registry import SimpleCertificateStore
from tests.archival.formats.format_samples import make_pdf, picture, save_image
from tests.archival.sealing.sm2_signer import (
    Signer,
    cms_value,
    make_seal,
    make_signer,
    ofd_members,
    pack,
    seal_value,
    sequence,
    signature_file,
    signature_list,
    sm3,
)

from lantai.archival.formats import SignatureFact, sentence
from lantai.archival.sealing import Trust
from lantai.archival.sealing.algorithms import digest
from lantai.archival.sealing.looking import judge_signatures
from lantai.archival.sm2 import verify_sm2

SIGNED = "Doc_0/Signs/Sign_0/"


@pytest.mark.corpus
def test_sm2_holds_the_standards_vector(corpus: Path) -> None:
    vector = json.loads((corpus / "crypto" / "sm2_gbt32918_5_A2.json").read_text())
    key = bytes.fromhex(
        "3059301306072a8648ce3d020106082a811ccf5501822d03420004" + vector["public_key_x"] + vector["public_key_y"]
    )
    numbers = [b"\2\x21\0" + bytes.fromhex(vector[name]) for name in ("r", "s")]
    message = vector["message_ascii"].encode()
    assert verify_sm2(key, sequence(*numbers), message)
    assert not verify_sm2(key, sequence(*numbers), message + b".")
    assert not verify_sm2(key, sequence(*numbers), message, b"ALICE123@YAHOO.COM")
    assert not verify_sm2(key, sequence(*reversed(numbers)), message)
    assert not verify_sm2(key[:-8], sequence(*numbers), message)
    assert not verify_sm2(key, b"noise", message)


@pytest.mark.corpus
def test_sm3_holds_its_vectors(corpus: Path) -> None:
    row, checked = dict[str, str](), 0
    for line in (corpus / "crypto" / "SM3" / "oscca.txt").read_text().splitlines():
        name, _, value = line.partition(" = ")
        row[name] = value
        if name == "MD":
            message = bytes.fromhex(row["Msg"])[: int(row["Len"]) // 8]
            assert digest("sm3", [message]).hex() == value
            checked += 1
    assert checked > 2


@functools.cache
def people() -> tuple[Signer, Signer]:
    """The seal maker and the signer."""
    return make_signer("制章中心"), make_signer("云岭县行政审批局")


def sealed(
    version: int = 4, *, kind: str = "Seal", until: int = 2040, stamp: bool = False, **options: object
) -> dict[str, bytes]:
    maker, signer = people()
    members = ofd_members(signed=True)
    file = signature_file(members, 0, **options)  # type: ignore[arg-type]
    image = save_image(picture(), "PNG")
    seal = make_seal(maker, signer, image, version=version, until=until)
    value = seal_value(seal, signer, file, "/" + SIGNED + "Signature.xml", version=version, stamp=stamp)
    if kind == "Sign":
        value = cms_value(signer, file)
    members["Doc_0/Signs/Signatures.xml"] = signature_list([kind])
    members[SIGNED + "Signature.xml"], members[SIGNED + "SignedValue.dat"] = file, value
    return members


def facts_of(members: dict[str, bytes]) -> tuple[SignatureFact, ...]:
    return judge_signatures(pack(members), "a.ofd", Trust())


@pytest.mark.parametrize("version", [1, 4, 5])
def test_a_seal_of_each_version_is_intact(version: int) -> None:
    (fact,) = facts_of(sealed(version, stamp=version == 5))
    assert fact.integrity == "intact", fact.detail
    assert fact.signer == "云岭县行政审批局"
    assert fact.algorithm == f"SES-V{version} SM2-SM3"
    assert fact.signed_at.startswith("2026-06-01T00:00:00")
    assert fact.trusted is False
    assert "seal-right: 云岭县审批专用章 (制章中心)" in fact.detail
    assert ("timestamp-unreadable" in fact.detail) == (version == 5)


def test_a_signature_without_a_seal_is_intact() -> None:
    (fact,) = facts_of(sealed(kind="Sign"))
    assert (fact.kind, fact.integrity, fact.algorithm) == ("ofd-sign", "intact", "SM2-SM3")


def test_a_signature_without_attributes_is_intact() -> None:
    members = sealed(kind="Sign")
    members[SIGNED + "SignedValue.dat"] = cms_value(people()[1], members[SIGNED + "Signature.xml"], attributes=False)
    assert facts_of(members)[0].integrity == "intact"


@pytest.mark.parametrize("kind", ["Seal", "Sign"])
def test_changed_content_breaks_the_signature_and_is_named(kind: str) -> None:
    members = sealed(kind=kind)
    page = "Doc_0/Pages/Page_0/Content.xml"
    members[page] = members[page].replace("准予".encode(), "不予".encode())
    (fact,) = facts_of(members)
    assert fact.integrity == "broken"
    assert f"digest-differs: {page}" in fact.detail.splitlines()


def test_a_changed_signature_file_is_seen() -> None:
    members = sealed()
    members[SIGNED + "Signature.xml"] = members[SIGNED + "Signature.xml"].replace(b"T090000", b"T100000")
    (fact,) = facts_of(members)
    assert fact.integrity == "broken"
    assert "data-digest-differs" in fact.detail.splitlines()


def test_a_changed_value_is_seen() -> None:
    members = sealed()
    value = bytearray(members[SIGNED + "SignedValue.dat"])
    value[-3] ^= 1
    members[SIGNED + "SignedValue.dat"] = bytes(value)
    (fact,) = facts_of(members)
    assert fact.integrity == "broken"
    assert "signature-wrong" in fact.detail.splitlines()


def test_a_stolen_seal_is_seen() -> None:
    """Somebody puts another's seal under a signature of his own."""
    maker, signer = people()
    thief = make_signer("他人")
    members = sealed()
    seal = make_seal(maker, signer, b"picture")
    file = members[SIGNED + "Signature.xml"]
    members[SIGNED + "SignedValue.dat"] = seal_value(seal, thief, file, "/x")
    (fact,) = facts_of(members)
    assert fact.integrity == "broken"
    assert "signer-not-in-seal: 云岭县审批专用章" in fact.detail.splitlines()


def test_a_forged_seal_is_seen() -> None:
    _, signer = people()
    members = sealed()
    seal = make_seal(make_signer("制章中心"), signer, b"picture")
    forged = seal.replace(b"picture", b"PICTURE")
    members[SIGNED + "SignedValue.dat"] = seal_value(forged, signer, members[SIGNED + "Signature.xml"], "/x")
    (fact,) = facts_of(members)
    assert fact.integrity == "broken"
    assert "seal-wrong: 云岭县审批专用章 (制章中心)" in fact.detail.splitlines()


def test_a_seal_used_after_its_time_is_told() -> None:
    (fact,) = facts_of(sealed(until=2024))
    assert fact.verdict == "invalid"
    assert fact.reason.startswith("seal-not-in-force: ")


def test_files_outside_the_list_are_named() -> None:
    members = sealed()
    members["Doc_0/Annots/Annotations.xml"] = b"<a/>"
    (fact,) = facts_of(members)
    assert fact.integrity == "intact"
    assert "not-covered: Doc_0/Annots/Annotations.xml" in fact.detail.splitlines()


def test_a_protected_file_taken_away_is_named() -> None:
    members = sealed()
    del members["Doc_0/PublicRes.xml"]
    (fact,) = facts_of(members)
    assert fact.integrity == "broken"
    assert "protected-missing: Doc_0/PublicRes.xml" in fact.detail.splitlines()


def test_weak_digests_are_told_and_unknown_ones_not_judged() -> None:
    (fact,) = facts_of(sealed(method="MD5", digest=lambda data: hashlib.md5(data).digest()))
    assert fact.integrity == "intact"
    assert "weak-digest: MD5" in fact.detail.splitlines()
    (fact,) = facts_of(sealed(method="1.2.3.4"))
    assert fact.integrity == "unverified"
    assert "algorithm-unsupported: 1.2.3.4" in fact.detail.splitlines()


def test_a_later_signature_does_not_break_the_first() -> None:
    maker, signer = people()
    members = ofd_members(signed=True)
    first = members | {"Doc_0/Signs/Signatures.xml": signature_list(["Seal"])}
    seal = make_seal(maker, signer, b"picture")
    members["Doc_0/Signs/Signatures.xml"] = signature_list(["Seal", "Seal"])
    for number, covered in enumerate((first, dict(members))):
        file = signature_file(covered, number)
        members[f"Doc_0/Signs/Sign_{number}/Signature.xml"] = file
        members[f"Doc_0/Signs/Sign_{number}/SignedValue.dat"] = seal_value(seal, signer, file, "/x")
    one, two = facts_of(members)
    assert (one.integrity, two.integrity) == ("intact", "intact"), (one.detail, two.detail)
    assert "later-signature: Doc_0/Signs/Signatures.xml" in one.detail.splitlines()


def test_a_bare_value_names_no_signer() -> None:
    members = sealed()
    members[SIGNED + "SignedValue.dat"] = people()[1].sign(b"x")
    (fact,) = facts_of(members)
    assert (fact.integrity, "no-certificate" in fact.detail) == ("unverified", True)


@pytest.mark.parametrize("value", [b"", b"\x30", b"\x30\x82\xff\xff", b"\x30\x03\x02\x01\x01", b"\x30\x80" * 50])
def test_noise_as_value_is_not_judged_and_does_not_stop_the_reader(value: bytes) -> None:
    members = sealed()
    members[SIGNED + "SignedValue.dat"] = value
    assert facts_of(members)[0].integrity == "unverified"


EXPECTED = {
    "1.ofd": ("intact", "浙江省税务监制章电子证书", "all 13 digests, data hash, SM2 of signer and seal maker hold"),
    "keyword2.ofd": ("intact", "国家税务总局江苏省税务局", "as above"),
    "发票示例.ofd": ("broken", "全国统一发票监制章国家税务总局重庆市税务局", "Document.xml was edited after sealing"),
    "fptpl.ofd": ("broken", "", "names Doc_0/Signs/Signatures.xml, which is not in the file"),
}
"""The verdict on each signed OFD of the corpus, with its reason; the others carry no signature."""


@pytest.mark.corpus
def test_the_signed_ofd_of_the_corpus(corpus: Path) -> None:
    found = {}
    for path in (corpus / "ofd").glob("*.ofd"):
        for fact in judge_signatures(path.read_bytes(), path.name, Trust()):
            found[path.name] = (fact.integrity, fact.signer)
    assert found == {name: row[:2] for name, row in EXPECTED.items()}


@pytest.mark.corpus
def test_why_the_broken_ones_are_broken(corpus: Path) -> None:
    data = (corpus / "ofd" / "发票示例.ofd").read_bytes()
    assert "digest-differs: Doc_0/Document.xml" in judge_signatures(data, "a.ofd", Trust())[0].detail
    data = (corpus / "ofd" / "fptpl.ofd").read_bytes()
    said = sentence(judge_signatures(data, "a.ofd", Trust())[0].detail)
    assert said == "签名列表损坏；缺少必需的部分：Doc_0/Signs/Signatures.xml"


@functools.cache
def pdf_signer(kind: str) -> signers.SimpleSigner:
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "ECDSA" else rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "云岭县审批专用")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime.datetime(2025, 1, 1))
        .not_valid_after(datetime.datetime(2045, 1, 1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )


def signed_pdf(kind: str = "ECDSA", data: bytes | None = None, field: str = "S1") -> bytes:
    metadata = signers.PdfSignatureMetadata(field_name=field, subfilter=fields.SigSeedSubFilter.PADES)
    writer = IncrementalPdfFileWriter(io.BytesIO(data or make_pdf()))
    return bytes(signers.sign_pdf(writer, metadata, signer=pdf_signer(kind)).getvalue())


@pytest.mark.parametrize("kind", ["ECDSA", "RSA"])
def test_a_signed_pdf_is_intact_and_covered(kind: str) -> None:
    (fact,) = judge_signatures(signed_pdf(kind), "a.pdf", Trust())
    assert (fact.kind, fact.integrity, fact.signer) == ("pades", "intact", "云岭县审批专用")
    assert fact.algorithm == f"{kind}-SHA256"
    assert fact.signed_at[:2] == "20"
    assert {"signature-right", "covers-whole"} <= set(fact.detail.splitlines())
    assert (fact.verdict, fact.reason) == ("untrusted", "self-signed: 云岭县审批专用")


def test_a_byte_changed_after_signing_breaks_it() -> None:
    data = bytearray(signed_pdf())
    at = data.find(b"/Producer")
    data[at + 12] ^= 1
    (fact,) = judge_signatures(bytes(data), "a.pdf", Trust())
    assert fact.integrity == "broken"
    assert "byte-range-differs" in fact.detail


def test_a_change_appended_after_signing_is_told() -> None:
    (fact,) = judge_signatures(signed_pdf() + b"\n%added\n%%EOF\n", "a.pdf", Trust())
    assert (fact.integrity, fact.verdict) == ("intact", "untrusted")
    assert "appended-unused" in fact.detail


def test_two_signatures_and_a_time_stamp() -> None:
    twice = signed_pdf(data=signed_pdf("RSA"), field="S2")
    signer = pdf_signer("RSA")
    stamper = signers.PdfTimeStamper(timestamps.DummyTimeStamper(signer.signing_cert, signer.signing_key))
    output = io.BytesIO()
    stamper.timestamp_pdf(IncrementalPdfFileWriter(io.BytesIO(twice)), "sha256", None, output=output)
    facts = judge_signatures(output.getvalue(), "a.pdf", Trust())
    assert [fact.integrity for fact in facts] == ["intact"] * 3, facts
    assert [fact.kind for fact in facts] == ["pades", "pades", "pdf-timestamp"]
    assert sum("covers-whole" in fact.detail for fact in facts) == 1
    assert ["later-fields" in fact.detail for fact in facts] == [True, False, False]
    assert ["later-proofs" in fact.detail for fact in facts] == [False, True, False]


def test_a_byte_range_that_leaves_out_more_than_the_value_is_broken() -> None:
    """Signature wrapping: the gap is widened over content the attacker then fills."""
    data = signed_pdf()
    at = data.find(b"/ByteRange")
    start, end = data.find(b"[", at), data.find(b"]", at)
    numbers = [int(each) for each in data[start + 1 : end].split()]
    numbers[1] -= 10
    odd = f"[{' '.join(map(str, numbers))}".encode().ljust(end - start)
    (fact,) = judge_signatures(data[:start] + odd + data[end:], "a.pdf", Trust())
    assert (fact.integrity, fact.verdict, fact.reason.split(":")[0]) == ("broken", "invalid", "byte-range-odd")


def test_a_file_without_signatures_has_none() -> None:
    assert judge_signatures(make_pdf(), "a.pdf", Trust()) == ()
    assert facts_of(ofd_members()) == ()


def test_sm3_is_sm3() -> None:
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
