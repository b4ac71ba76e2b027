"""The verdict on signed PDF files, and why: chains, times, revocation, and everything that may happen after signing."""

from __future__ import annotations

import datetime
import functools
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from asn1crypto import crl
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext
from tests.archival.formats.format_samples import make_pdf
from tests.archival.sealing.issuing import NOW, Holder, as_asn1, county, issue, revoke, sign, stamper_of, trust
from tests.archival.sealing.sm2_signer import sign_pdf_with_sm2, sm2_county, sm2_trust

from lantai.archival.formats import SignatureFact
from lantai.archival.sealing import Trust
from lantai.archival.sealing.looking import judge_signatures

DAY = datetime.timedelta(days=1)


def judged(data: bytes, asked: Trust | None = None) -> SignatureFact:
    (fact,) = judge_signatures(data, "a.pdf", asked or trust())
    return fact


@functools.cache
def signed() -> bytes:
    return sign(county()["signer"])


def test_a_trusted_signature_is_valid_and_says_by_whom() -> None:
    fact = judged(signed())
    assert (fact.verdict, fact.reason) == ("valid", "chain-trusted: 云岭根证书")
    assert (fact.signer, fact.place, fact.time_source, fact.trusted) == ("云岭县行政审批局", "S1", "stated", True)
    assert [each.subject for each in fact.certificates] == ["云岭县行政审批局", "云岭电子认证", "云岭根证书"]
    assert fact.certificates[0].key == "ECDSA-256"
    assert "revocation-unknown" in fact.detail.splitlines()


def test_nothing_is_valid_without_a_trust_list() -> None:
    fact = judged(signed(), Trust(at=NOW))
    assert (fact.verdict, fact.reason) == ("untrusted", "root-unknown: 云岭根证书")
    assert SignatureFact("pades", "intact").verdict == "unjudged"


def test_an_unknown_root_is_not_trusted() -> None:
    stranger = issue("别处", issue("别处根证书", authority=True))
    assert judged(sign(stranger)).verdict == "untrusted"
    alone = issue("自签")
    assert judged(sign(alone)).reason == "self-signed: 自签"
    assert judged(sign(alone), trust(alone)).verdict == "valid"


def test_a_root_is_trusted_from_and_until_a_day() -> None:
    root = county()["root"]
    lapsed = trust(root, valid_until=datetime.date(2021, 12, 31))
    fact = judged(signed(), lapsed)
    assert (fact.verdict, fact.reason) == ("untrusted", "anchor-not-in-force: 云岭根证书")
    assert judged(signed(), trust(root, valid_from=datetime.date(2021, 1, 1))).verdict == "valid"
    assert judged(signed(), trust(root, anchor=False)).verdict == "untrusted"


def test_the_list_completes_a_chain_the_file_does_not_bring() -> None:
    holder = county()["signer"]
    bare = sign(Holder(holder.name, holder.key, holder.certificate))
    assert judged(bare).reason == "issuer-unknown: 云岭电子认证"
    both = trust()
    middle = trust(county()["middle"], anchor=False)
    assert judged(bare, Trust(both.certificates + middle.certificates, NOW)).verdict == "valid"
    assert judged(bare, trust(county()["middle"])).reason == "chain-trusted: 云岭电子认证"


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda root, middle: issue("过期", middle, ends=2021), "certificate-expired"),
        (lambda root, middle: issue("未到", middle, begins=2039), "certificate-not-yet"),
        (lambda root, middle: issue("越权", issue("职员", middle)), "not-an-authority"),
        (lambda root, middle: issue("过长", issue("下级", middle, authority=True)), "chain-too-long"),
        (lambda root, middle: issue("冒名", middle, sign_key=issue("贼").key), "certificate-forged"),
        (lambda root, middle: issue("机构作签名", middle, authority=True), "key-usage"),
    ],
)
def test_a_certificate_that_does_not_hold_makes_it_invalid(make: Callable[[Holder, Holder], Holder], key: str) -> None:
    fact = judged(sign(make(county()["root"], county()["middle"])))
    assert (fact.integrity, fact.verdict) == ("intact", "invalid")
    assert key in [each.partition(":")[0] for each in fact.reason.splitlines()]


def test_every_changed_byte_of_what_is_signed_makes_it_invalid() -> None:
    data = signed()
    for at in (12, data.index(b"stream") + 20, data.index(b"/Producer") + 12, len(data) - 30):
        changed = bytearray(data)
        changed[at] ^= 1
        found = judge_signatures(bytes(changed), "a.pdf", trust())
        assert all(each.verdict in ("invalid", "unjudged") for each in found), (at, found)


def revised(data: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """An incremental update, as an editor writes it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def test_a_second_signature_leaves_the_first_valid() -> None:
    one, two = judge_signatures(sign(county()["second"], signed(), field="S2"), "a.pdf", trust())
    assert (one.verdict, two.verdict) == ("valid", "valid")
    assert "later-fields: S2" in one.detail.splitlines()
    assert "covers-whole" in two.detail.splitlines()
    assert (one.signer, two.signer) == ("云岭县行政审批局", "云岭县档案馆")


def test_a_page_changed_after_signing_is_seen() -> None:
    def repaint(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"1 0 0 rg 0 0 600 800 re f"))
        writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0).reference)

    fact = judged(revised(signed(), repaint))
    assert (fact.integrity, fact.verdict, fact.reason.partition(":")[0]) == ("intact", "invalid", "changed-later")


def shadowed() -> bytes:
    """A document that was prepared before signing: an image hides an amount, and a second page waits unused."""

    def prepare(writer: IncrementalPdfFileWriter) -> None:
        hiding = generic.StreamObject(
            dict_data={
                generic.pdf_name("/Type"): generic.pdf_name("/XObject"),
                generic.pdf_name("/Subtype"): generic.pdf_name("/Form"),
                generic.pdf_name("/BBox"): generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 600, 800)]),
            },
            stream_data=b"1 1 1 rg 0 0 600 800 re f",
        )
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Resources"]["/XObject"] = generic.DictionaryObject(
            {generic.pdf_name("/Hide"): writer.add_object(hiding)}
        )
        painted = generic.StreamObject(stream_data=page["/Contents"].data + b"\nq /Hide Do Q")
        page["/Contents"] = writer.add_object(painted)
        writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0).reference)
        writer.update_container(page["/Resources"])
        waiting = generic.DictionaryObject(page)
        waiting["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 1 rg 0 0 600 800 re f"))
        writer.root["/Waiting"] = writer.add_object(waiting)
        writer.update_root()

    return sign(county()["signer"], revised(make_pdf(), prepare))


def test_shadow_attacks_are_seen() -> None:
    """Hide: what covered the text is taken away. Replace: the page is exchanged for one that waited in the file."""
    whole = shadowed()
    assert judged(whole).verdict == "valid"

    def uncover(writer: IncrementalPdfFileWriter) -> None:
        names = writer.root["/Pages"]["/Kids"][0]["/Resources"]["/XObject"]
        reference = names.raw_get("/Hide").reference
        empty = generic.StreamObject(dict_data=dict(reference.get_object().items()), stream_data=b" ")
        empty.pop("/Length", None)
        writer.objects[(reference.generation, reference.idnum)] = empty

    def exchange(writer: IncrementalPdfFileWriter) -> None:
        pages = writer.root["/Pages"]
        pages["/Kids"] = generic.ArrayObject([writer.root.raw_get("/Waiting")])
        writer.update_container(pages)

    for attack in (uncover, exchange):
        changed = revised(whole, attack)
        assert changed[: len(whole)] == whole
        fact = judged(changed)
        assert (fact.integrity, fact.verdict) == ("intact", "invalid"), (attack.__name__, fact.detail)


def test_a_certified_document_permits_what_it_says() -> None:
    closed = sign(county()["signer"], certify=True, docmdp_permissions=fields.MDPPerm.NO_CHANGES, name="云岭")
    assert judged(closed).verdict == "valid"
    opened = sign(county()["signer"], certify=True, docmdp_permissions=fields.MDPPerm.FILL_FORMS)
    one, two = judge_signatures(sign(county()["second"], opened, field="S2"), "a.pdf", trust())
    assert (one.verdict, two.verdict) == ("valid", "valid")
    with pytest.raises(SigningError, match="forbids all changes"):
        sign(county()["second"], closed, field="S2")
    one, _two = judge_signatures(_signed_against_the_rule(closed), "a.pdf", trust())
    assert (one.verdict, one.reason.partition(":")[0]) == ("invalid", "changed-unpermitted")


def _signed_against_the_rule(closed: bytes) -> bytes:
    """A second signature in a file that permits none: the permission is hidden from the writer, not from the reader."""
    hidden = closed.replace(b"/DocMDP", b"/DocXYZ")
    return sign(county()["second"], hidden, field="S2").replace(b"/DocXYZ", b"/DocMDP")


def test_a_trusted_time_stamp_says_when() -> None:
    data = sign(county()["signer"], stamp=county()["stamper"])
    fact = judged(data)
    assert (fact.verdict, fact.time_source) == ("valid", "timestamp")
    assert "timestamp-right: 云岭时间戳" in fact.detail
    other = issue("别处时间戳", stamping=True)
    fact = judged(sign(county()["signer"], stamp=other))
    assert (fact.verdict, fact.time_source) == ("valid", "stated")
    assert "timestamp-untrusted: 别处时间戳" in fact.detail
    misused = issue("不是时间戳机构", county()["root"], rsa_key=True)
    assert judged(sign(county()["signer"], stamp=misused)).time_source == "stated"


def test_a_document_time_stamp_is_judged_like_a_signature() -> None:
    output = io.BytesIO()
    stamper = signers.PdfTimeStamper(stamper_of(county()["stamper"], NOW - DAY))
    with ThreadPoolExecutor(1) as apart:
        writer = IncrementalPdfFileWriter(io.BytesIO(signed()))
        apart.submit(stamper.timestamp_pdf, writer, "sha256", None, output=output).result()
    one, two = judge_signatures(output.getvalue(), "a.pdf", trust())
    assert (one.verdict, two.kind, two.verdict) == ("valid", "pdf-timestamp", "valid")
    assert two.signed_at == (NOW - DAY).isoformat()
    _one, untrusted = judge_signatures(output.getvalue(), "a.pdf", Trust(at=NOW))
    assert (untrusted.verdict, untrusted.integrity) == ("untrusted", "intact")


def with_lists(data: bytes, *lists: bytes) -> bytes:
    """The file with revocation data in its document security store (PAdES)."""
    (embedded,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    output = io.BytesIO(data)
    DocumentSecurityStore.add_dss(
        output, embedded.pkcs7_content.hex().encode(), crls=[crl.CertificateList.load(each) for each in lists]
    )
    return output.getvalue()


def test_a_revoked_certificate_makes_it_invalid() -> None:
    long_ago = datetime.datetime(2022, 5, 1, tzinfo=datetime.UTC)
    middle, signer = county()["middle"], county()["signer"]
    revoked = with_lists(signed(), revoke(middle, signer, on=long_ago))
    fact = judged(revoked)
    assert (fact.verdict, fact.reason) == (
        "invalid",
        "certificate-revoked: 云岭县行政审批局 2022-05-01 key_compromise",
    )
    fine = judged(with_lists(signed(), revoke(middle, issue("旁人", middle), on=long_ago)))
    assert (fine.verdict, "revocation-checked: 2022-05-01" in fine.detail) == ("valid", True)
    foreign = with_lists(signed(), revoke(issue("云岭电子认证", authority=True), signer, on=long_ago))
    assert judged(foreign).verdict == "valid", "a list signed by another key says nothing"


def test_a_later_revocation_needs_proof_of_the_time() -> None:
    """Whoever stole a key may write any time; only a time stamp shows that the signature is older."""
    later = NOW + DAY
    middle, signer = county()["middle"], county()["signer"]
    revoking = revoke(middle, signer, on=later)
    asked = trust(at=later + DAY)
    fact = judged(with_lists(signed(), revoking), asked)
    assert (fact.verdict, fact.reason.partition(":")[0]) == ("unjudged", "revoked-later")
    stamped = with_lists(sign(signer, stamp=county()["stamper"]), revoking)
    assert judged(stamped, asked).verdict == "valid"


def test_a_time_in_the_future_cannot_be_judged() -> None:
    fact = judged(signed(), trust(at=NOW - 400 * DAY))
    assert (fact.verdict, fact.reason.partition(":")[0]) == ("unjudged", "time-in-future")


def test_sm2_signs_pdf_files_too() -> None:
    data = sign_pdf_with_sm2(make_pdf(), sm2_county()["signer"])
    fact = judged(data, sm2_trust())
    assert (fact.verdict, fact.algorithm) == ("valid", "SM2-SM3"), fact.detail
    assert [each.key for each in fact.certificates] == ["SM2", "SM2", "SM2"]
    changed = data.replace(b"/Producer", b"/Producex", 1)
    assert judged(changed, sm2_trust()).verdict == "invalid"


def test_a_signature_no_field_shows_is_not_judged_valid() -> None:
    def forget(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/AcroForm"]["/Fields"] = generic.ArrayObject()
        writer.update_container(writer.root["/AcroForm"])

    fact = judged(revised(signed(), forget))
    assert fact.verdict in ("invalid", "unjudged")


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (signed, True),
        (lambda: sign(issue("过期", county()["middle"], ends=2021)), False),
        (lambda: sign(issue("别处", issue("别处根证书", authority=True))), False),
        (lambda: sign(issue("越权", issue("职员", county()["middle"]))), False),
        (lambda: sign(county()["signer"], stamp=county()["stamper"]), True),
    ],
)
def test_pyhanko_says_the_same(make: Callable[[], bytes], expected: bool) -> None:
    """An oracle nobody here wrote."""
    data = make()
    (embedded,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    context = ValidationContext(
        trust_roots=[as_asn1(county()["root"].certificate)], allow_fetching=False, revocation_mode="soft-fail"
    )
    with ThreadPoolExecutor(1) as apart:
        status = apart.submit(validate_pdf_signature, embedded, context, ts_validation_context=context).result()
    assert status.bottom_line == expected
    assert (judged(data).verdict == "valid") == expected
