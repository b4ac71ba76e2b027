"""Every fault of a package is told, with its place, all at once; and reading agrees with a schema processor."""

from __future__ import annotations

import io
import re
from copy import deepcopy
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.archival.eep.eep_samples import AT, FILES, a_file, a_layer, packed, signing, some_contents
from tests.archival.eep.test_eep_round_trip import a_modified

from lantai.archival.eep import Base64Reader, Bounds, EepRefused, Layer, modify_eep, read_eep, schema, write_eep
from lantai.archival.eep.base64_data import Decoder, encoded_lines

_SCHEMA = etree.XMLSchema(etree.fromstring(schema()))
_DATA = {"eep.size", "eep.empty", "eep.keyword", "eep.extension", "eep.external", "eep.refers", "eep.locks-nothing"}
"""Faults that no schema knows of."""
_LENIENT = {"eep.base64", "eep.identifier", "eep.reference"}
"""Faults that a schema knows of and libxml2 does not look for: Base64, and identifiers that stand in elements."""


def faults(data: bytes | str) -> list[tuple[str, str]]:
    """Code and last element of each fault."""
    found = read_eep(io.BytesIO(data.encode() if isinstance(data, str) else data))
    return [(each.code, each.where.rpartition("/")[2]) for each in found.faults]


def told(data: str) -> list[str]:
    found = read_eep(io.BytesIO(data.encode()))
    return [f"{each.code} {each.detail}" for each in found.faults]


def text(**more: bool) -> str:
    return packed(**more).decode()  # type: ignore[arg-type]


def test_a_sound_package_has_none() -> None:
    assert faults(packed(signing=signing())) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("<版本>2009</版本>", "<版本>2010</版本>", ("eep.value", "版本")),
        ('eep版本="2009"', 'eep版本="2008"', ("eep.value", "被签名对象")),
        (' eep版本="2009"', "", ("eep.attribute-missing", "被签名对象")),
        ("<年度>2024</年度>", "<年度>二〇二四</年度>", ("eep.value", "年度")),
        ("<年度>2024</年度>", "", ("eep.element", "保管期限")),
        ("<室编件号>1</室编件号>", "<室编件号>0001号</室编件号>", ("eep.value", "室编件号")),
        ("<室编件号>1</室编件号>", "", ("eep.element-missing", "档号")),
        ("<密级>公开</密级>\n", "", ("eep.element-missing", "内容描述")),
        ("<密级>公开</密级>", "<密级>公开</密级><机密>x</机密>", ("eep.element", "机密")),
        ("<聚合层次>文件</聚合层次>", "<聚合层次>案卷</聚合层次>", ("eep.value", "聚合层次")),
        ("<业务状态>历史行为</业务状态>", "<业务状态>往事</业务状态>", ("eep.value", "业务状态")),
        ("<文档标识符>W2</文档标识符>", "<文档标识符>W1</文档标识符>", ("eep.identifier", "文档标识符")),
        ("<文档标识符>W2</文档标识符>", "<文档标识符>2号</文档标识符>", ("eep.value", "文档标识符")),
        ('编码ID="C2"', '编码ID="C2" 色="红"', ("eep.attribute", "编码")),
        ("<来源>", "<来源>无主的文字", ("eep.text", "来源")),
        ("<题名>申请表</题名>", "<题名>申请表<b/></题名>", ("eep.element", "b")),
        (AT, "2026-02-30T00:00:00", ("eep.value", "封装包创建时间")),
        ("<封装包类型>原始型", "<封装包类型>修改型", ("eep.kind", "被签名对象")),
        ("base64-pdf", "hex-pdf", ("eep.keyword", "编码")),
        ("base64-pdf", "sha256-base64Binary", ("eep.external", "编码")),
        ("base64-pdf", "base64-ofd", ("eep.extension", "编码")),
        (f"<计算机文件大小>{len(FILES['批复.pdf'])}<", "<计算机文件大小>17<", ("eep.size", "编码")),
        ('编码数据ID="D2"', '编码数据ID="D2" 引用编码数据ID="D1"', ("eep.refers", "封装内容")),
        ('编码数据ID="D2"', '编码数据ID="D2" 引用编码数据ID="D9"', ("eep.reference", "编码数据")),
    ],
)
def test_one_change_is_one_fault_at_its_place(before: str, after: str, expected: tuple[str, str]) -> None:
    source = text()
    assert before in source
    assert expected in faults(source.replace(before, after, 1))


def test_all_faults_are_told_at_once() -> None:
    source = (
        text()
        .replace("<版本>2009", "<版本>2010")
        .replace("<年度>2024", "<年度>x")
        .replace("<聚合层次>文件", "<聚合层次>卷")
    )
    source = source.replace("base64-pdf", "rot13").replace("D2", "D1")
    assert {code for code, _where in faults(source)} == {"eep.value", "eep.keyword", "eep.identifier"}
    assert len(faults(source)) == 5


def test_faults_say_line_and_what_was_expected() -> None:
    (fault,) = [each for each in told(text().replace("<密级>公开</密级>\n", "")) if "missing" in each]
    assert "密级" in fault
    assert re.search(r"line \d+: ", fault)


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        ("AAAA*AAA", "character 5: '*'"),
        ("AAAA\nAA AA\r\n*AAA", "character 9: '*'"),
        ("AA=AAAAA", "character 3: '=' before the end"),
        ("AA==AAAA", "character 3: '=' before the end"),
        ("AAAA A", "it ends after 5 characters, in the middle of four"),
        ("AAA甲", "character 4: "),
        ("<![CDATA[AAAA]]>AA&#61;", "it ends after 7 characters"),
    ],
)
def test_base64_that_is_none(data: str, detail: str) -> None:
    source = text()
    begins = source.index('编码数据ID="D2">') + len('编码数据ID="D2">')
    found = told(source[:begins] + data + source[source.index("</编码数据>", begins) :])
    (fault,) = [each for each in found if each.startswith("eep.base64")]
    assert detail in fault


@given(st.binary(max_size=300), st.lists(st.integers(0, 500), max_size=6))
def test_base64_is_decoded_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    lines = b"".join(encoded_lines(io.BytesIO(data)))
    decoder, found = Decoder(), b""
    for first, last in pairwise(sorted({0, len(lines), *(each for each in cuts if each < len(lines))})):
        found += decoder.decode(lines[first:last])
    decoder.finish()
    assert found == data
    assert Base64Reader(io.BytesIO(lines), len(data)).readall() == data


def test_a_truncated_package() -> None:
    whole = packed(signing=signing())
    for length in (0, 5, 60, 900, len(whole) // 2, len(whole) - 20):
        found = read_eep(io.BytesIO(whole[:length]))
        assert [each.code for each in found.faults] == ["eep.malformed"], length
        assert "line" in found.faults[0].detail
    assert read_eep(io.BytesIO(whole[: len(whole) // 2])).eep is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<?xml version="1.0" encoding="GB18030"?><a/>', "eep.encoding"),
        ("<电子文件封装包/>".encode("utf-16"), "eep.encoding"),
        (b"\xff\xd8\xff\xe0", "eep.malformed"),
        (b"<html></html>", "eep.root"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "eep.doctype"),
        (
            b'<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
            b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><lolz>&c;</lolz>',
            "eep.doctype",
        ),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "eep.doctype"),
        ('<电子文件封装包 xmlns="urn:other"/>'.encode(), "eep.namespace"),
    ],
)
def test_what_is_not_read(data: bytes, code: str) -> None:
    found = read_eep(io.BytesIO(data))
    assert found.faults[0].code == code
    assert found.eep is None


def test_namespaces_may_not_be_mixed() -> None:
    source = text().replace("<来源>", '<来源 xmlns="">').replace("<权限管理>", '<权限管理 xmlns="urn:x">')
    assert [code for code, _where in faults(source)].count("eep.namespace") >= 2


def test_a_package_too_large_is_refused() -> None:
    whole = packed()
    for bounds in (Bounds(elements=30), Bounds(depth=4), Bounds(text=100), Bounds(content=100)):
        found = read_eep(io.BytesIO(whole), bounds=bounds)
        assert [each.code for each in found.faults] == ["eep.too-large"]
    assert len(read_eep(io.BytesIO(whole.replace(b"<", b"<\xe4\xb9\xb1")), bounds=Bounds(faults=3)).faults) <= 3


def test_the_original_layer_may_not_be_changed_unseen() -> None:
    original = packed(signing=signing())
    modified, _contents = a_modified(original, sign=True)
    assert read_eep(io.BytesIO(modified)).digests["layer-1"] == read_eep(io.BytesIO(original)).digests["layer-0"]
    altered = modified.replace("<责任者>云岭县市场监督管理局".encode(), "<责任者>云岭县市场监督管理居".encode(), 1)
    assert read_eep(io.BytesIO(altered)).digests["layer-1"] != read_eep(io.BytesIO(original)).digests["layer-0"]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_reading_agrees_with_a_schema_processor(data: st.DataObject) -> None:
    """Elements taken away, doubled, swapped, renamed, values changed: both find a fault, or neither."""
    root = etree.fromstring(packed(signing=signing()))
    elements = [each for each in root.iter() if each is not root]
    chosen = data.draw(st.sampled_from(elements))
    parent = chosen.getparent()
    assert parent is not None
    match data.draw(st.sampled_from(["take", "double", "swap", "rename", "value", "attribute"])):
        case "take":
            parent.remove(chosen)
        case "double":
            parent.insert(parent.index(chosen), deepcopy(chosen))
        case "swap":
            parent.append(chosen)
        case "rename":
            chosen.tag = data.draw(st.sampled_from(elements)).tag
        case "value":
            if not len(chosen):
                values = ["", "x", "0", "12", "2024", "原始型", "2026-01-01T00:00:00Z", "W1", "AAAA"]
                chosen.text = data.draw(st.sampled_from(values))
        case "attribute":
            name = data.draw(st.sampled_from(["编码ID", "编码数据ID", "eep版本", "主题词表名称"]))
            chosen.set(name, data.draw(st.sampled_from(["C1", "N9", "2009", "9"])))
    changed = etree.tostring(root, encoding="utf-8")
    ours = [each for each in read_eep(io.BytesIO(changed)).faults if each.code not in {*_DATA, "eep.kind"}]
    strict = [each for each in ours if each.code not in _LENIENT]
    theirs = _SCHEMA.validate(etree.fromstring(changed))
    assert not strict if theirs else ours, (ours, _SCHEMA.error_log)


def test_what_cannot_be_written_is_refused_before_the_first_byte() -> None:
    contents = some_contents(M11=("廿四",), M22=("响\x07铃",), M67=(), M99=("?",))
    broken = replace(contents, acts=(), documents=(*contents.documents, contents.documents[0]))
    target = io.BytesIO()
    with pytest.raises(EepRefused) as refused:
        write_eep(target, a_layer(broken), open_content=lambda each: io.BytesIO(b""))
    told = {(each.code, each.where) for each in refused.value.faults}
    assert {
        ("eep.value", "年度"), ("eep.character", "题名"), ("eep.element-missing", "存储位置"), ("eep.element", "M99"),
        ("eep.element-missing", "业务实体块"), ("eep.identifier", "W1"),
    } <= told  # fmt: skip
    assert target.getvalue() == b""


def test_what_cannot_be_modified_is_refused() -> None:
    sound = packed()
    layer = Layer(AT, "馆", some_contents({"a.txt": b"a"}, first=90), "X1")
    damaged = sound.replace("<年度>2024".encode(), "<年度>x".encode())
    strange = replace(layer.contents.documents[0].drafts[0], files=(a_file(95, "b.txt", b"", refers_to="D77"),))
    referring = replace(
        layer, contents=replace(layer.contents, documents=(replace(layer.contents.documents[0], drafts=(strange,)),))
    )  # fmt: skip
    for source, made in ((damaged, layer), (sound, referring), (sound, replace(layer, contents=some_contents()))):
        target = io.BytesIO()
        with pytest.raises(EepRefused):
            modify_eep(
                target, made, original=io.BytesIO(source), found=read_eep(io.BytesIO(source)),
                open_content=lambda each: io.BytesIO(b"a"),
            )  # fmt: skip
        assert target.getvalue() == b""
