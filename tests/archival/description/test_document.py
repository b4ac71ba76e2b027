"""The description document: valid, deterministic, read back to the same values, and without identity numbers."""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from lantai.archival.codes.check_digits import PROVINCES, identity_digit
from lantai.archival.description import (
    CONCEALED,
    RECORD_ELEMENTS,
    DescribedAct,
    DescribedComponent,
    DescribedExamination,
    DescribedFinding,
    DescribedPackage,
    DescribedRelation,
    DescribedRetention,
    DescribedSignature,
    DescriptionError,
    RecordDescription,
    read_description,
    schema,
    write_description,
)

_SCHEMA = etree.RelaxNG(etree.fromstring(schema()))


def _validate(document: bytes) -> None:
    tree = etree.fromstring(document)
    assert _SCHEMA.validate(tree), _SCHEMA.error_log


EXAMPLE = RecordDescription(
    elements={
        "M1": ("文件",),
        "M6": ("云岭县市场监督管理局",),
        "M7": ("530199-0001-0100190012-2024-D30-000001",),
        "M8": ("Z109-ZY·XK·2024·D30-000001",),
        "M9": ("Z109",),
        "M17": ("1",),
        "M22": ("云岭县<老街>面馆 & 食品经营许可",),
        "M26": ("食品", "许可"),
        "M66": ("box-1/530199-1",),
        "M75": ("",),
    },
    fields={"opening": "未审核"},
    identifiers={"业务流水号": "110105194912310021"},
    package=DescribedPackage("甲.zip", 81_920, "zip", "fuzhou", {"sm3": "ab" * 32}),
    components=(
        DescribedComponent(
            path="申报文件/申请表.pdf",
            size=16_384,
            digests={"sha512": "0a" * 64, "sha256": "0b" * 32, "sm3": "0c" * 32},
            raw_name="申报文件/申请表.pdf".encode("gb18030"),
            name_encoding="gb18030",
            offset=0,
            stored_size=12_000,
            method="deflated",
            readable=True,
            pages=0,
            title="申请表",
            stage_code="A",
            nature="B",
            attributes={"作者": "张三"},
            signatures=(DescribedSignature("pades", "intact", "某某", trusted=False),),
        ),
    ),
    process=(DescribedAct("受理", "2024-03-05T09:00:00+08:00", actor="李四", detail="材料\r\n齐全\x0b"),),
    examination=DescribedExamination(
        "GD",
        "accepted",
        "pack-3",
        "fuzhou",
        findings=(DescribedFinding("GD-1-1", "pass", values={"found": "]]>"}, sentence="一致"),),
    ),
    retention=DescribedRetention("D30", "XK-30", "市监局", "2024-1", "按事项"),
    access={"category": "ZY"},
    relations=(DescribedRelation("replaces", "530199-0"),),
)


def test_the_example_is_valid_and_comes_back() -> None:
    document = write_description(EXAMPLE)
    _validate(document)
    assert read_description(document) == EXAMPLE
    text = document.decode()
    assert "<题名>云岭县&lt;老街&gt;面馆 &amp; 食品经营许可</题名>" in text
    assert "<档号><全号>Z109-ZY·XK·2024·D30-000001</全号><全宗号>Z109</全宗号><室编件号>1</室编件号></档号>" in text


def test_equal_descriptions_give_equal_bytes() -> None:
    turned = dataclasses.replace(
        EXAMPLE,
        elements=dict(reversed(EXAMPLE.elements.items())),
        components=(
            dataclasses.replace(EXAMPLE.components[0], digests=dict(reversed(EXAMPLE.components[0].digests.items()))),
        ),
    )
    assert write_description(turned) == write_description(EXAMPLE)


def test_the_least_description() -> None:
    least = RecordDescription(elements={})
    _validate(write_description(least))
    assert read_description(write_description(least)) == least


@pytest.mark.parametrize("number", ["M2", "M21", "M46", "M49", "M61", "M80", "M99", "title"])
def test_what_is_no_element_of_the_record_is_refused(number: str) -> None:
    with pytest.raises(DescriptionError, match=number):
        write_description(RecordDescription(elements={number: ("x",)}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<x",
        b"<x/>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>",
        write_description(EXAMPLE)
        .replace("<文件实体>".encode(), b"<record>")
        .replace("</文件实体>".encode(), b"</record>"),
        write_description(EXAMPLE).replace("聚合层次".encode(), "聚合层数".encode()),
        write_description(EXAMPLE).replace(b">16384<", b">many<"),
    ],
)
def test_what_is_no_description_is_refused(data: bytes) -> None:
    with pytest.raises(DescriptionError):
        read_description(data)


# -- identity numbers ------------------------------------------------------------------------------------------------

_identity_numbers = st.builds(
    lambda province, county, born, serial: (lambda body: body + identity_digit(body))(
        f"{province}{county:04}{born:%Y%m%d}{serial:03}"
    ),
    st.sampled_from(sorted(PROVINCES)),
    st.integers(0, 9999),
    st.dates(min_value=date(1800, 1, 1), max_value=date(2099, 12, 31)),
    st.integers(0, 999),
)


def _everywhere(text: str) -> RecordDescription:
    """A description with *text* in every place that takes words of others."""
    return RecordDescription(
        elements={number: (f"甲{text}乙",) for number in RECORD_ELEMENTS if not 7 <= int(number[1:]) <= 20},
        fields={"scope": text},
        package=DescribedPackage(f"{text}.zip", 1),
        components=(
            DescribedComponent(
                path=f"申报文件/身份证_{text}.jpg",
                raw_name=f"申报文件/身份证_{text}.jpg".encode("gb18030"),
                size=1,
                title=text,
                stage_code=text,
                share=text,
                share_basis=text,
                modified=text,
                application=text,
                attributes={"作者": text},
                signatures=(DescribedSignature("pades", "intact", signer=text, detail=text, algorithm=text),),
            ),
        ),
        process=(
            DescribedAct(
                action=text,
                time=text,
                actor=text,
                basis=text,
                detail=f"旧值{text}，新值{text}",
                step=text,
                actor_type=text,
                actor_code=text,
                actor_position=text,
                fields={"old": text},
            ),
        ),
        examination=DescribedExamination(
            "GD",
            "accepted",
            "p",
            "f",
            findings=(DescribedFinding("GD-2-1", "fail", path=text, sentence=text, values={"found": text}),),
        ),
        retention=DescribedRetention("Y", "r", "t", "v", text),
        access={"applicant": text},
        relations=(DescribedRelation("follows", "x", name=text, detail=text),),
    )


@given(_identity_numbers)
@settings(max_examples=50)
def test_no_identity_number_stands_in_a_document(number: str) -> None:
    for written in (number, number.lower()):
        document = write_description(_everywhere(written))
        assert written.encode() not in document
        assert written.encode("gb18030").hex().encode() not in document
        assert CONCEALED.encode() in document
        _validate(document)


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=7, max_size=20))
@settings(max_examples=50)
def test_no_concealed_number_stands_in_a_document(secret: str) -> None:
    number = f"#{secret}#"
    described = dataclasses.replace(_everywhere(number), identifiers={"编号": number})
    document = write_description(described, concealed=["无", number])
    assert number.encode() not in document
    assert number.encode().hex().encode() not in document


def test_numbers_that_only_look_alike_stay() -> None:
    """A serial number, a longer number, a digest and a number of the archives' own are no identity numbers."""
    wrong_digit, longer, own = "110105194912310021", "911010519491231002X", "11010519491231002X"
    described = RecordDescription(
        elements={"M7": (own,), "M22": (f"{wrong_digit} {longer}",)}, identifiers={"业务流水号": own}
    )
    assert read_description(write_description(described)) == described
    assert CONCEALED.encode() not in write_description(described)


# -- the round trip --------------------------------------------------------------------------------------------------

# Everything a string can hold, lone surrogates and controls too; digits stay short of an identity number.
_text = st.text(
    st.characters() | st.sampled_from("\x00\x0b\r\n\t\x1f\u241b;<>&\"'\ufffe\uffff\ud800\udfff 档"),
    max_size=12,
)
_hex = st.text("0123456789abcdef", min_size=2, max_size=40)
_digests = st.dictionaries(st.sampled_from(["sha512", "sha256", "sm3"]), _hex)
_pairs: st.SearchStrategy[Mapping[str, str]] = st.dictionaries(_text, _text, max_size=3)
_size = st.integers(0, 2**53)
_signatures = st.builds(
    DescribedSignature,
    kind=st.sampled_from(["pades", "ofd-seal"]),
    integrity=st.sampled_from(["intact", "broken", "unverified"]),
    signer=_text,
    signed_at=_text,
    algorithm=_text,
    trusted=st.sampled_from([None, True, False]),
    detail=_text,
)
_components = st.builds(
    DescribedComponent,
    path=_text,
    size=_size,
    digests=_digests,
    raw_name=st.binary(max_size=20),
    name_encoding=st.sampled_from(["utf-8", "gb18030", "cp437"]),
    offset=st.none() | _size,
    stored_size=_size,
    method=st.sampled_from(["stored", "deflated", "file"]),
    modified=_text,
    format_key=_text,
    format_name=_text,
    format_version=_text,
    puid=_text,
    mime=_text,
    application=_text,
    readable=st.sampled_from([None, True, False]),
    pages=st.none() | st.integers(0, 10_000),
    title=_text,
    stage_code=_text,
    nature=_text,
    share=_text,
    share_basis=_text,
    attributes=_pairs,
    signatures=st.lists(_signatures, max_size=2).map(tuple),
)
_acts = st.builds(
    DescribedAct,
    action=_text,
    time=_text,
    actor=_text,
    status=st.sampled_from(["历史行为", "计划任务"]),
    basis=_text,
    detail=_text,
    step=_text,
    actor_type=_text,
    actor_code=_text,
    actor_position=_text,
    fields=_pairs,
)
_findings = st.builds(
    DescribedFinding,
    code=_text,
    verdict=st.sampled_from(["pass", "fail", "warning", "not-applicable", "manual"]),
    severity=st.sampled_from(["blocking", "warning", "note"]),
    reason=_text,
    path=_text,
    advice=_text,
    sentence=_text,
    values=_pairs,
)
_examinations = st.builds(
    DescribedExamination,
    stage=_text,
    decision=st.sampled_from(["accepted", "rejected", "manual"]),
    rule_pack=_text,
    profile=_text,
    at=_text,
    findings=st.lists(_findings, max_size=3).map(tuple),
    facts=_pairs,
)
_descriptions = st.builds(
    RecordDescription,
    elements=st.dictionaries(
        st.sampled_from(RECORD_ELEMENTS), st.lists(_text, min_size=1, max_size=2).map(tuple), max_size=6
    ),
    fields=_pairs,
    identifiers=_pairs,
    package=st.none() | st.builds(DescribedPackage, _text, _size, _text, _text, _digests),
    components=st.lists(_components, max_size=2).map(tuple),
    process=st.lists(_acts, max_size=2).map(tuple),
    examination=st.none() | _examinations,
    retention=st.none() | st.builds(DescribedRetention, _text, _text, _text, _text, _text),
    access=_pairs,
    relations=st.lists(st.builds(DescribedRelation, _text, _text, _text, _text), max_size=2).map(tuple),
)


@given(_descriptions)
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_again(description: RecordDescription) -> None:
    document = write_description(description)
    _validate(document)
    assert read_description(document) == description


def test_every_element_of_a_record_comes_back() -> None:
    described = RecordDescription(elements={number: (number, "再一次") for number in RECORD_ELEMENTS})
    _validate(write_description(described))
    assert read_description(write_description(described)) == described
