"""The signed files of the fault library were sound before they were changed, and the finding says what was."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from lantai.archival.checks import Holdings, RulePack, examine, message
from lantai.archival.checks.faults import Fault
from lantai.archival.checks.faults.files import make_document
from lantai.archival.checks.faults.signed_files import (
    MAKER,
    PAGE,
    SIGNATURE,
    SIGNED_VALUE,
    make_seal,
    pack_licence,
    seal_licence,
    sign_document,
    sign_with_seal,
)
from lantai.archival.checks.faults.signing import sm2_signer
from lantai.archival.formats import characterise
from lantai.archival.packages import Package, Profile
from lantai.archival.sealing import Trust
from lantai.archival.sealing.looking import judge_signatures
from lantai.archival.sm2 import verify_sm2

BODY = "云岭县行政审批局"


def judged(document: bytes) -> PdfSignatureStatus:
    """What pyHanko, which nobody here wrote, says of the one signature."""
    (embedded,) = PdfFileReader(io.BytesIO(document)).embedded_signatures
    trusted = ValidationContext(
        trust_roots=[embedded.signer_cert], moment=None, allow_fetching=False, revocation_mode="soft-fail"
    )
    with ThreadPoolExecutor(1) as apart:  # pyHanko runs a loop of its own, and a browser's may run in this thread
        return apart.submit(validate_pdf_signature, embedded, trusted).result()


def test_the_pdf_was_signed_and_one_byte_makes_the_difference() -> None:
    signed = sign_document(make_document("食品经营许可证", ["风险等级：B级"]), signer=BODY)
    (fact,) = judge_signatures(signed, "a.pdf", Trust())
    assert (fact.integrity, fact.signer, fact.verdict) == ("intact", BODY, "untrusted")
    assert {"signature-right", "covers-whole"} <= set(fact.detail.splitlines())
    status = judged(signed)
    assert (status.intact, status.valid, status.coverage) == (True, True, SignatureCoverageLevel.ENTIRE_FILE)
    altered = signed.replace(rb"\000B", rb"\000A")
    assert sum(one != other for one, other in zip(signed, altered, strict=True)) == 1
    assert judge_signatures(altered, "a.pdf", Trust())[0].integrity == "broken"
    assert not judged(altered).intact


def test_the_ofd_was_sealed_by_the_standard() -> None:
    members = seal_licence("食品经营许可证", ["风险等级：B级"], body=BODY, number=1)
    facts = characterise(pack_licence(members), "a.ofd", text=True)
    (fact,) = judge_signatures(pack_licence(members), "a.ofd", Trust())
    assert (fact.integrity, fact.signer, fact.algorithm) == ("intact", BODY, "SES-V4 SM2-SM3")
    assert {"signature-right", f"seal-right: {BODY}专用章 ({MAKER})"} <= set(fact.detail.splitlines())
    assert facts.readable
    assert "风险等级：B级" in (facts.text or "")
    again = sign_with_seal(make_seal(body=BODY, picture=b"other"), members[SIGNATURE], body=BODY)
    assert judge_signatures(pack_licence(members | {SIGNED_VALUE: again}), "a.ofd", Trust())[0].integrity == "intact"
    foreign = sign_with_seal(make_seal(body="他局", picture=b"other"), members[SIGNATURE], body=BODY)
    told = judge_signatures(pack_licence(members | {SIGNED_VALUE: foreign}), "a.ofd", Trust())[0]
    assert (told.integrity, "signer-not-in-seal" in told.detail) == ("broken", True)
    members[PAGE] = members[PAGE].replace(b"B", b"A")
    assert judge_signatures(pack_licence(members), "a.ofd", Trust())[0].integrity == "broken"


@pytest.mark.parametrize("number", range(12))
def test_our_sm2_signatures_hold_before_openssl(number: int) -> None:
    signer = sm2_signer(f"签名人{number}")
    info = x509.Certificate.load(signer.certificate)["tbs_certificate"]["subject_public_key_info"].dump()
    message = b"x" * number
    assert verify_sm2(info, signer.sign(message), message)
    assert signer.sign(message) == signer.sign(message)
    assert not verify_sm2(info, signer.sign(message), message + b"y")


def test_the_certificate_of_the_pdf_is_one() -> None:
    (embedded,) = PdfFileReader(io.BytesIO(sign_document(make_document("题", []), signer=BODY))).embedded_signatures
    certificate = embedded.signer_cert
    key = serialization.load_der_public_key(certificate.public_key.dump())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(certificate["signature_value"].native, certificate["tbs_certificate"].dump(), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("name", "kind", "told"),
    [
        ("signed-pdf-altered", "pades", ["文件在签名后被改动（字节范围摘要不符）"]),
        ("sealed-ofd-altered", "ofd-seal", [f"受保护文件的摘要不符：{PAGE}"]),
        ("seal-altered", "ofd-seal", [f"印章本身的制章者签名验证不通过：{BODY}专用章 ({MAKER})"]),
    ],
)
def test_the_finding_says_what_was_changed(
    read_library: list[tuple[Fault, Package, Holdings]],
    profile: Profile,
    pack: RulePack,
    name: str,
    kind: str,
    told: list[str],
) -> None:
    package, holdings = next((package, known) for fault, package, known in read_library if fault.name == name)
    first = examine(package, profile=profile, pack=pack, holdings=holdings).faults[0]
    sentence = message(first, "zh")
    assert (first.verdict, first.values["kind"]) == ("fail", kind)
    assert all(each in sentence for each in [BODY, first.path, *told]), sentence
    assert BODY in message(first, "en")
