"""The demo's files: the same every time, no two alike, with text that can be read and signatures that hold."""

from __future__ import annotations

import hashlib
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from asn1crypto import x509
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from lantai.archival.codes import check_social_credit_code
from lantai.archival.formats import characterise
from lantai.archival.render import page_count, page_lines, render_page
from lantai.archival.sealing import Trust
from lantai.archival.sealing.looking import judge_signatures
from lantai.site.demo.casefiles import case_files, facts_of
from lantai.site.demo.cases import make_case
from lantai.site.demo.county import county, credit_code, items, words
from lantai.site.demo.files import handed_in, official, papers
from lantai.site.demo.files.facts import Facts
from lantai.site.demo.files.ofd import electronic_licence
from lantai.site.demo.files.pdf import wrap
from lantai.site.demo.files.scans import scan_page
from lantai.site.demo.files.signing import demo_signer
from lantai.site.demo.files.typeface import MissingGlyph, Typeface, load_typeface
from lantai.site.demo.packing import make_parcel

LONG = "云岭县白露乡银杏坪村股份经济合作联合社（原云岭县白露乡银杏坪村农业生产资料供销服务部）青石分社"


@pytest.fixture(scope="module")
def face(tmp_path_factory: pytest.TempPathFactory) -> Typeface:
    return load_typeface(tmp_path_factory.mktemp("typeface"))


@pytest.fixture(scope="module")
def facts() -> Facts:
    case = next(
        each for n in range(1, 500) if (each := make_case(5, n)).item.type == "01" and each.outcome == "granted"
    )
    return facts_of(case)


PAPERS = {
    "form": lambda face, told: handed_in.application_form(face, told, "食品经营许可申请书"),
    "notice": papers.acceptance_notice,
    "slip": papers.commitment_slip,
    "sheet": papers.approval_sheet,
    "decision": papers.decision,
    "licence": papers.licence,
    "receipt": papers.delivery_receipt,
    "promise": handed_in.promise_letter,
    "correction": lambda face, told: papers.correction_notice(face, told, "营业执照"),
    "closing": papers.closing_notice,
    "contract": lambda face, told: handed_in.agreement(face, told, "房屋买卖合同", "司徒听雨"),
    "list": lambda face, told: handed_in.name_list(face, told, "人员名册", [("序号", "姓名"), ("1", "昝䶮")]),
    "call": lambda face, told: handed_in.licence_call(face, told, "电子证照调用凭证", "1.2.156.3005.2.331199"),
    "certificate": lambda face, told: handed_in.certificate(face, told, "水质检测报告", "2024-1"),
}


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("length", ["usual", "long"])
def test_a_paper_opens_and_its_text_is_whole_and_on_the_page(
    face: Typeface, facts: Facts, name: str, length: str
) -> None:
    told = facts if length == "usual" else replace(facts, applicant=LONG, address=LONG, scope=LONG * 3, subject=LONG)
    data = PAPERS[name](face, told)
    found = characterise(data, f"{name}.pdf", text=True)
    assert found.readable
    assert found.format is not None and found.format.key == "pdf"
    plain = "".join((found.text or "").split())
    assert told.applicant in plain
    assert "\ufffd" not in plain
    for number in range(1, page_count(data, "x.pdf") + 1):
        lines = page_lines(data, "x.pdf", number)
        assert lines
        for line in lines:
            assert line.x >= 0 and line.x + line.width <= 1.0, line
            assert line.y >= 0 and line.y + line.height <= 1.0, line


def test_a_decision_says_title_numbers_and_law(face: Typeface, facts: Facts) -> None:
    text = "".join((characterise(papers.decision(face, facts), "x.pdf", text=True).text or "").split())
    for said in (facts.title, facts.document, facts.licence, facts.number, facts.law, facts.applicant):
        assert "".join(said.split()) in text


def test_a_signed_decision_holds_for_us_and_for_pyhanko(face: Typeface, facts: Facts) -> None:
    signer = demo_signer(facts.body)
    data = papers.decision(face, facts, signer=signer)
    (signature,) = judge_signatures(data, "x.pdf", Trust())
    assert (signature.kind, signature.integrity, signature.signer) == ("pades", "intact", facts.body)
    (embedded,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    trusted = ValidationContext(
        trust_roots=[x509.Certificate.load(signer.issuer)],
        moment=None,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    with ThreadPoolExecutor(1) as apart:  # pyHanko runs a loop of its own, and a browser's may run in this thread
        status = apart.submit(validate_pdf_signature, embedded, trusted).result()
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE


def test_one_changed_byte_breaks_the_signature(face: Typeface, facts: Facts) -> None:
    data = papers.decision(face, facts, signer=demo_signer(facts.body))
    at = data.index(b"/CreationDate") + 20
    changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    (signature,) = judge_signatures(changed, "x.pdf", Trust())
    assert signature.integrity == "broken"


def test_a_document_without_seal_is_not_signed(face: Typeface, facts: Facts) -> None:
    letter = official.Letter("云岭县", "1", "函", "题", "", "", ["文"], "", date(2024, 1, 2), "甲", "乙", "丙", "丁")
    assert b"/ByteRange" in official.formal_text(face, letter, signer=demo_signer("云岭县"))
    assert b"/ByteRange" not in official.formal_text(face, letter)


def test_an_electronic_licence_is_an_ofd_that_is_read_and_drawn(face: Typeface) -> None:
    data = electronic_licence(
        face,
        name="食品经营许可证",
        identifier="1.2.156.1",
        body="云岭县行政审批局",
        day=date(2024, 3, 8),
        told={"名称": LONG * 2},
    )
    found = characterise(data, "x.ofd", text=True)
    assert found.format is not None and found.format.key == "ofd"
    assert found.readable and found.pages == 1
    assert LONG in "".join((found.text or "").split())
    image = Image.open(io.BytesIO(render_page(data, "x.ofd", 1, width=600).data)).convert("RGB")
    red = sum(1 for r, g, b in image.get_flattened_data() if r > 170 and g < 90 and b < 90)
    assert red > 500, "the seal is drawn"


@pytest.mark.parametrize("kind", ["id", "book", "licence", "contract", "cert", "proof", "plan"])
def test_a_scan_opens_has_the_size_of_a_scan_and_no_twin(face: Typeface, kind: str) -> None:
    told = {str(at): LONG for at in range(7)}
    chance = Random(1)
    pages = [
        scan_page(face, chance, kind=kind, title="样张", told=told, stamp="云岭县公安局", clauses=[LONG])  # type: ignore[arg-type]
        for _each in range(3)
    ]
    assert len(set(pages)) == 3
    for page in pages:
        assert 40_000 < len(page) < 200_000
        assert characterise(page, "x.jpg").readable
    bilevel = scan_page(face, chance, kind=kind, title="样张", told=told, form="TIFF")  # type: ignore[arg-type]
    assert Image.open(io.BytesIO(bilevel)).mode == "1"


def test_a_character_the_typeface_lacks_is_said_and_not_left_out(face: Typeface, facts: Facts) -> None:
    with pytest.raises(MissingGlyph, match="𠮷"):
        papers.closing_notice(face, replace(facts, applicant="𠮷田"))


def test_every_word_of_the_county_can_be_set(face: Typeface) -> None:
    def texts(value: object) -> set[str]:
        if isinstance(value, str):
            return set(value)
        if isinstance(value, dict):
            return {each for pair in value.items() for part in pair for each in texts(part)}
        return {each for part in value for each in texts(part)} if isinstance(value, list) else set()

    used = texts(words()) | texts(county()) | {each for item in items().values() for each in item.name + item.basis}
    assert used <= set(face.numbers)


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(alphabet="云岭县行政审批局，。、》（）《abcXYZ0123456789-", max_size=160),
    room=st.floats(60, 440),
    size=st.sampled_from([9.0, 12.0, 16.0]),
)
def test_wrapping_loses_nothing_and_overruns_by_a_closing_mark_at_most(text: str, room: float, size: float) -> None:
    face = load_typeface()
    lines = wrap(face, text, room, size)
    assert "".join(lines) == text
    for line in lines:
        assert face.width(line) * size <= room + 2.1 * size


def test_credit_codes_are_sound() -> None:
    assert all(check_social_credit_code(credit_code("91", f"MA{number:06}")).holds for number in range(40))


def test_seed_and_number_give_the_same_package_and_no_file_twice(face: Typeface) -> None:
    seen: dict[str, str] = {}
    for number in range(1, 19):
        first = make_parcel(face, 3, number)
        if first.fault not in ("encrypted-pdf",):  # encryption is salted
            assert make_parcel(face, 3, number).data == first.data
        if first.fault or first.suffix != ".zip":
            continue
        with zipfile.ZipFile(io.BytesIO(first.data)) as archive:
            for name in archive.namelist():
                if name.endswith((".pdf", ".jpg", ".tif", ".ofd")):
                    digest = hashlib.sha256(archive.read(name)).hexdigest()
                    assert digest not in seen, f"{number}: {name} is {seen.get(digest)}"
                    seen[digest] = f"{number}: {name}"
    assert len(seen) > 50
    assert make_parcel(face, 4, 1).data != make_parcel(face, 3, 1).data


def test_a_case_of_two_has_a_declaration_of_each(face: Typeface) -> None:
    case = next(each for n in range(1, 400) if (each := make_case(1, n)).item.name == "结婚登记")
    files = case_files(face, case, generic=False)
    declared = [path for path in files.files if "声明书" in path]
    assert len(declared) == 2
    for person, path in zip(case.parties, declared, strict=True):
        assert person.name in (characterise(files.files[path], "x.pdf", text=True).text or "")


def test_no_case_lies_in_the_future() -> None:
    until = date(2024, 6, 30)
    assert all(make_case(1, n, until=until).archived.date() <= until + timedelta(days=1) for n in range(1, 300))
