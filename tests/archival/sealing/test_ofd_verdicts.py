"""The verdict on sealed and signed OFD files, and why: SM2 chains, seals, coverage; and every file of the corpus."""

from __future__ import annotations

import datetime
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import x509
from tests.archival.sealing.sm2_signer import (
    NS,
    Signer,
    cms_value,
    make_seal,
    make_signer,
    ofd_members,
    pack,
    seal_value,
    signature_file,
    signature_list,
    sm2_county,
    sm2_revoke,
    sm2_trust,
)

from lantai.archival.formats import SignatureFact
from lantai.archival.sealing import Trust, TrustedCertificate
from lantai.archival.sealing.der import parse_der
from lantai.archival.sealing.looking import judge_signatures

SIGNATURE = "Doc_0/Signs/Sign_0/Signature.xml"
VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"
PAGE = "Doc_0/Pages/Page_0/Content.xml"


def sealed(
    *,
    signer: Signer | None = None,
    maker: Signer | None = None,
    leave_out: tuple[str, ...] = (),
    stamper: Signer | None = None,
    until: int = 2040,
    members: dict[str, bytes] | None = None,
) -> dict[str, bytes]:
    """An OFD sealed by the county: every member covered but those left out."""
    signer, maker = signer or sm2_county()["signer"], maker or sm2_county()["maker"]
    members = dict(members or ofd_members(signed=True))
    file = signature_file({name: data for name, data in members.items() if name not in leave_out}, 0)
    seal = make_seal(maker, signer, b"picture", until=until)
    members["Doc_0/Signs/Signatures.xml"] = signature_list(["Seal"])
    members[SIGNATURE], members[VALUE] = file, seal_value(seal, signer, file, f"/{SIGNATURE}", stamper=stamper)
    return members


def signed(value: Callable[[bytes], bytes]) -> dict[str, bytes]:
    members = sealed()
    members["Doc_0/Signs/Signatures.xml"] = signature_list(["Sign"])
    members[VALUE] = value(members[SIGNATURE])
    return members


def judged(members: dict[str, bytes], trust: Trust | None = None) -> SignatureFact:
    (fact,) = judge_signatures(pack(members), "a.ofd", trust or sm2_trust())
    return fact


def test_a_seal_whose_chains_are_trusted_is_valid() -> None:
    fact = judged(sealed())
    assert (fact.verdict, fact.reason) == ("valid", "chain-trusted: 国密根证书"), fact.detail
    assert (fact.signer, fact.seal, fact.time_source) == ("云岭县审批局", "云岭县审批专用章", "stated")
    assert [each.subject for each in fact.certificates] == ["云岭县审批局", "国密电子认证", "国密根证书"]
    assert "seal-maker-trusted: 云岭制章中心" in fact.detail


def test_without_the_list_it_is_not_trusted() -> None:
    fact = judged(sealed(), Trust())
    assert (fact.verdict, fact.integrity) == ("untrusted", "intact")
    assert set(fact.reason.splitlines()) == {"seal-maker-unknown: 云岭制章中心", "issuer-unknown: 国密电子认证"}


def test_a_seal_of_an_unknown_maker_is_not_trusted() -> None:
    """Anybody can make a seal with a body's name and his own certificate: the maker must be trusted, too."""
    fact = judged(sealed(maker=make_signer("街边刻章")))
    assert (fact.verdict, fact.reason) == ("untrusted", "seal-maker-unknown: 街边刻章")


@pytest.mark.parametrize(
    ("make", "verdict", "key"),
    [
        (
            lambda middle: {"signer": make_signer("过期", middle, ends=2022, plain=False)},
            "invalid",
            "certificate-expired",
        ),
        (
            lambda middle: {"signer": make_signer("未到", middle, begins=2039, plain=False)},
            "invalid",
            "certificate-not-yet",
        ),
        (
            lambda middle: {"maker": make_signer("旧制章", middle, ends=2021, plain=False)},
            "unjudged",
            "seal-maker-unsound",
        ),
        (lambda middle: {"until": 2024}, "invalid", "seal-not-in-force"),
    ],
)
def test_certificates_and_seals_out_of_their_time(
    make: Callable[[Signer], dict[str, object]], verdict: str, key: str
) -> None:
    fact = judged(sealed(**make(sm2_county()["middle"])))  # type: ignore[arg-type]
    assert (fact.verdict, key in fact.reason) == (verdict, True), fact.reason


def test_a_clerk_cannot_issue_certificates() -> None:
    clerk = make_signer("职员", sm2_county()["middle"], plain=False, serial=12)
    below = make_signer("冒充", clerk, plain=False, serial=13)
    members = signed(lambda file: cms_value(below, file))
    fact = judged(members)
    assert fact.verdict == "invalid"
    assert set(fact.reason.splitlines()) == {"not-an-authority: 职员", "key-usage: 职员"}


def test_a_time_stamp_of_the_county_counts() -> None:
    fact = judged(sealed(stamper=sm2_county()["stamper"]))
    assert (fact.verdict, fact.time_source) == ("valid", "timestamp"), fact.detail
    assert fact.signed_at == "2026-06-01T01:00:00+00:00"
    other = judged(sealed(stamper=make_signer("别处", plain=False, stamping=True)))
    assert (other.verdict, other.time_source) == ("valid", "stated")
    assert "timestamp-untrusted: 别处" in other.detail


def test_a_signature_by_cms_brings_its_chain_and_its_list() -> None:
    signer, middle = sm2_county()["signer"], sm2_county()["middle"]
    day = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    assert judged(signed(lambda file: cms_value(signer, file)), sm2_trust(middle=False)).verdict == "valid"
    clean = judged(signed(lambda file: cms_value(signer, file, lists=(sm2_revoke(middle, 99, on=day),))))
    assert (clean.verdict, "revocation-checked: 2024-01-01" in clean.detail) == ("valid", True)
    revoked = judged(signed(lambda file: cms_value(signer, file, lists=(sm2_revoke(middle, 9, on=day),))))
    assert (revoked.verdict, revoked.reason) == ("invalid", "certificate-revoked: 云岭县审批局 2024-01-01")
    forged = sm2_revoke(make_signer("国密电子认证"), 9, on=day)
    assert judged(signed(lambda file: cms_value(signer, file, lists=(forged,)))).verdict == "valid"


def test_called_a_seal_without_one() -> None:
    members = signed(lambda file: cms_value(sm2_county()["signer"], file))
    members["Doc_0/Signs/Signatures.xml"] = signature_list(["Seal"])
    fact = judged(members)
    assert (fact.kind, fact.verdict) == ("ofd-seal", "valid")
    assert "sealed-without-seal" in fact.detail.splitlines()


@pytest.mark.parametrize("left", [PAGE, "Doc_0/Document.xml", "Doc_0/PublicRes.xml"])
def test_what_a_reader_shows_must_be_covered(left: str) -> None:
    fact = judged(sealed(leave_out=(left,)))
    assert (fact.integrity, fact.verdict, fact.reason) == ("intact", "unjudged", f"shown-not-covered: {left}")


def test_what_nobody_shows_may_be_left_out() -> None:
    members = sealed() | {"Doc_0/Attachs/note.txt": b"x"}
    fact = judged(members)
    assert (fact.verdict, "not-covered: Doc_0/Attachs/note.txt" in fact.detail) == ("valid", True)


def test_a_page_hidden_among_the_signatures_is_seen() -> None:
    members = ofd_members(signed=True)
    hidden = "Doc_0/Signs/Page_1.xml"
    pages = b'<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>'
    members["Doc_0/Document.xml"] = members["Doc_0/Document.xml"].replace(
        pages, pages + b'<ofd:Page ID="8" BaseLoc="Signs/Page_1.xml"/>'
    )
    members[hidden] = members[PAGE]
    fact = judged(sealed(members=members, leave_out=(hidden,)))
    assert (fact.verdict, fact.reason) == ("unjudged", f"shown-not-covered: {hidden}")


def test_a_second_document_nobody_signed_is_seen() -> None:
    members = ofd_members(signed=True)
    other = {name.replace("Doc_0", "Doc_1"): data for name, data in members.items() if name.startswith("Doc_0")}
    body = b"<ofd:DocBody><ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    members["OFD.xml"] = members["OFD.xml"].replace(b"</ofd:OFD>", body)
    fact = judged(sealed(members=members | other, leave_out=tuple(other)))
    assert fact.verdict == "unjudged"
    assert "Doc_1/Pages/Page_0/Content.xml" in fact.reason


def test_an_annotation_added_later_is_seen() -> None:
    members = ofd_members(signed=True)
    members["Doc_0/Document.xml"] = members["Doc_0/Document.xml"].replace(
        b"</ofd:Document>", b"<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations></ofd:Document>"
    )
    made = sealed(members=members)
    assert judged(made).verdict == "valid"
    made["Doc_0/Annots/Annotations.xml"] = (
        f'<ofd:Annotations {NS}><ofd:Page PageID="1"><ofd:FileLoc>P/A.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>'
    ).encode()
    made["Doc_0/Annots/P/A.xml"] = f"<ofd:PageAnnot {NS}/>".encode()
    fact = judged(made)
    assert (fact.verdict, fact.reason) == (
        "unjudged",
        "shown-not-covered: Doc_0/Annots/Annotations.xml, Doc_0/Annots/P/A.xml",
    )


def test_a_member_that_lies_in_it_twice_is_seen() -> None:
    """One reader shows the first, another the last."""
    data = io.BytesIO()
    members = sealed()
    with pytest.warns(UserWarning), zipfile.ZipFile(data, "w") as archive:
        archive.writestr(PAGE, members[PAGE].replace("准予".encode(), "不予".encode()))
        for name, content in members.items():
            archive.writestr(name, content)
    (fact,) = judge_signatures(data.getvalue(), "a.ofd", sm2_trust())
    assert (fact.verdict, fact.reason) == ("unjudged", f"member-twice: {PAGE}")


CORPUS = {
    "1.ofd": (
        "untrusted",
        ("seal-maker-unknown", "issuer-unknown"),
        "13 members' SM3, the data hash, and the SM2 values of signer and maker hold; both certificates were issued by "
        "税务电子证书管理中心(SM2), which the file does not bring; sealed 2020-07-23, certificate 2019-10-24 to "
        "2022-10-24, seal 2019-10-23 to 2023-05-28",
    ),
    "keyword2.ofd": (
        "untrusted",
        ("seal-maker-unknown", "issuer-unknown"),
        "13 members, data hash and both values hold; sealed 2020-10-04, certificate 2019-10-11 to 2024-10-11, seal "
        "2019-10-10 to 2023-05-28; drawn up 2019-10-11, its maker's certificate runs from 2019-10-16, before its use",
    ),
    "发票示例.ofd": (
        "invalid",
        ("digest-differs",),
        "Doc_0/Document.xml was written again after sealing (its SM3 is another than the one listed), 12 others hold",
    ),
    "fptpl.ofd": (
        "invalid",
        ("signatures-damaged", "part-missing"),
        "OFD.xml names /Doc_0/Signs/Signatures.xml, and there is no such member: the file says it is signed and is not",
    ),
}
"""The verdict on each signed OFD of the corpus, the keys that decide it, and why, read from the bytes; no other file
of the corpus names a list of signatures."""


@pytest.mark.corpus
def test_every_ofd_of_the_corpus_has_its_verdict(corpus: Path) -> None:
    files = sorted((corpus / "ofd").glob("*.ofd"))
    assert len(files) >= 30
    found = {}
    for path in files:
        for fact in judge_signatures(path.read_bytes(), path.name, sm2_trust()):
            found[path.name] = (fact.verdict, tuple(each.partition(":")[0] for each in fact.reason.splitlines()))
    assert found == {name: row[:2] for name, row in CORPUS.items()}
    for path in files:
        with zipfile.ZipFile(path) as archive:
            named = b"Signatures>" in archive.read(
                next(each for each in archive.namelist() if each.endswith("OFD.xml"))
            )
        assert named == (path.name in CORPUS), path.name


@pytest.mark.corpus
def test_trusting_the_issuer_of_a_real_seal_makes_it_valid_by_nothing_less(corpus: Path) -> None:
    """The tax authority's own root is not at hand; whoever trusts the two certificates themselves gets a verdict."""
    data = (corpus / "ofd" / "1.ofd").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = parse_der(archive.read(VALUE)).parts
    signer, maker = parts[1].octets, parts[0].parts[1].parts[1].octets
    assert x509.Certificate.load(signer).serial_number == 0x16030000001191
    one = Trust((TrustedCertificate(signer),))
    both = Trust((TrustedCertificate(signer), TrustedCertificate(maker)))
    assert [each.verdict for each in judge_signatures(data, "1.ofd", one)] == ["untrusted"]
    assert [each.verdict for each in judge_signatures(data, "1.ofd", both)] == ["valid"]


def test_no_noise_stops_the_judge_or_is_called_valid() -> None:
    """Bytes flipped and files cut anywhere: never an exception, and never valid where signed content changed."""
    dice = random.Random(20260601)
    whole = pack(sealed())
    for _attempt in range(60):
        changed = bytearray(whole)
        for _flip in range(dice.randint(1, 6)):
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        judge_signatures(bytes(changed), "a.ofd", sm2_trust())
        judge_signatures(whole[: dice.randrange(len(whole))], "a.ofd", sm2_trust())
    members = sealed()
    parts = parse_der(members[VALUE]).parts
    ends = members[VALUE].index(parts[0].whole) + len(parts[0].whole)
    places = [*range(ends), *range(len(members[VALUE]) - len(parts[3].octets), len(members[VALUE]))]
    for _attempt in range(40):
        value = bytearray(members[VALUE])
        value[dice.choice(places)] ^= 1 << dice.randrange(8)
        fact = judged(members | {VALUE: bytes(value)})
        assert fact.verdict != "valid", fact
