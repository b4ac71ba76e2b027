"""Strangers' descriptions: every attack and every slip is an exact problem, nothing is raised, nothing is executed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from package_samples import fuzhou_case, read_bytes

from lantai.archival.packages import Limits, Package, RawEntry, write_raw_zip
from lantai.archival.packages.limits import STANDARD
from lantai.archival.packages.xml_documents import parse_xml

BASE = "基本信息元数据.xml"
PROCESS = b"<archive_metadata_records/>"


def described(base: bytes, folder: Path, limits: Limits = STANDARD, process: bytes = PROCESS) -> Package:
    entries = [
        RawEntry(BASE.encode(), base, flags=0x800),
        RawEntry("管理过程元数据.xml".encode(), process, flags=0x800),
    ]
    return read_bytes(write_raw_zip(entries), folder, limits=limits)


LAUGHS = b"<!DOCTYPE base_info [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + each, b"&%c;" % (97 + each) * 10) for each in range(9)
)
ENTITY = b"<!DOCTYPE b [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
PARAMETER = b"<!DOCTYPE b [<!ENTITY % x SYSTEM 'file:///etc/passwd'>%x;]>"
FAULTS = {
    "external entity": (ENTITY + b"<base_info>&x;</base_info>", "xml.doctype", "line 1"),
    "external dtd": (b"\n<!DOCTYPE b SYSTEM 'http://127.0.0.1:9/x'><base_info/>", "xml.doctype", "line 2"),
    "parameter entity": (PARAMETER + b"<base_info/>", "xml.doctype", "line 1"),
    "billion laughs": (LAUGHS + b"]><base_info>&j;</base_info>", "xml.doctype", "line 1"),
    "doctype after a comment": (b"<?xml?>\n<!-- > -->\n<!DOCTYPE b []><base_info/>", "xml.doctype", "line 3"),
    "not closed": (b"<base_info>\n  <title>x</titel>\n</base_info>", "xml.malformed", "line 2, column 19"),
    "cut": (b"<base_info><title>", "xml.malformed", "line 1"),
    "undeclared entity": (b"<base_info>&nbsp;</base_info>", "xml.malformed", "line 1, column 18"),
    "control character": (b"<base_info>a\x00b</base_info>", "xml.malformed", "line 1"),
    "bell": (b"<base_info>\n\x07</base_info>", "xml.malformed", "line 2"),
    "two roots": (b"<base_info/><base_info/>", "xml.malformed", "line 1"),
    "empty": (b"", "xml.malformed", "line 1"),
    "not xml": ("这不是 XML".encode(), "xml.malformed", "line 1"),
    "attribute twice": (b"<base_info a='1' a='2'/>", "xml.malformed", "line 1"),
    "deep": (b"<base_info>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</base_info>", "xml.malformed", "line 1"),
    "not utf-8": (b"<base_info>\n<a>\xb9\xe3</a></base_info>", "xml.encoding", "line 2, column 4: not utf-8"),
    "unknown encoding": (b"<?xml version='1.0' encoding='klingon'?><base_info/>", "xml.encoding", "klingon"),
    "encoding that is none": (b"<?xml version='1.0' encoding='rot13'?><base_info/>", "xml.encoding", "rot13"),
    "half a utf-16": (b"\xff\xfe<", "xml.encoding", "utf-16"),
    "another root": (b"<html/>", "metadata.wrong-root", "html where base_info is expected"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_an_exact_problem(fault: str, tmp_path: Path) -> None:
    data, code, detail = FAULTS[fault]
    package = described(data, tmp_path)
    (problem,) = package.problems
    assert (problem.code, problem.path, problem.fatal) == (code, BASE, False)
    assert detail in problem.detail
    assert package.unread == {"base": code}
    assert package.metadata == {}
    assert len(package.components) == 2
    assert "root:" not in str(package)


@pytest.mark.parametrize("encoding", ["gb2312", "GBK", "gb18030", "utf-16"])
def test_another_encoding_is_told_and_yet_read(encoding: str, tmp_path: Path) -> None:
    text = (
        f"<?xml version='1.0' encoding='{encoding}'?><base_info><project_name>食品经营许可</project_name></base_info>"
    )
    package = described(text.encode(encoding), tmp_path)
    assert package.metadata == {"project_name": "食品经营许可"}
    (problem,) = package.problems
    assert problem.code == "xml.encoding"
    assert "not UTF-8" in problem.detail


def test_a_mark_of_byte_order_and_a_namespace_do_no_harm(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf<x:base_info xmlns:x='urn:x'><x:project_name>\xe9\xa3\x9f</x:project_name></x:base_info>"
    package = described(data, tmp_path)
    assert package.metadata == {"project_name": "食"}
    assert package.problems == ()


def test_the_spelling_of_the_wild_is_accepted(tmp_path: Path) -> None:
    data = b"<base_info><information_system_dcscription>x</information_system_dcscription></base_info>"
    package = described(data, tmp_path)
    assert package.metadata == {"information_system_description": "x"}
    assert package.problems == ()


def test_unknown_and_repeated_elements_are_kept_and_told(tmp_path: Path) -> None:
    data = (
        b"<base_info><odd>1</odd>\n<project_name>a</project_name>\n<project_name>b</project_name>"
        b"<contacted_card>110101199003070011</contacted_card><contacted_card>2</contacted_card>"
        b"<fileset><odd/><folder title='x'><odd/><file id='7'><odd>z</odd><file_code>A</file_code></file></folder>"
        b"</fileset>"
        b"</base_info>"
    )
    package = described(
        data,
        tmp_path,
        process=b"<archive_metadata_records><odd/><record><more>1</more></record></archive_metadata_records>",
    )
    assert package.metadata == {"odd": "1", "project_name": "a", "contacted_card": "110101199003070011"}
    assert [(each.code, each.detail) for each in package.problems] == [
        ("metadata.unknown-element", "line 1: odd"),
        ("metadata.duplicate-element", "line 3: project_name = b"),
        ("metadata.duplicate-element", "line 3: contacted_card"),
        ("metadata.unknown-element", "line 3: odd = "),
        ("metadata.unknown-element", "line 3: odd = "),
        ("metadata.unknown-element", "line 3: odd = z"),
        ("metadata.unknown-element", "line 1: odd"),
        ("metadata.unknown-element", "line 1: more"),
    ]  # fmt: skip
    assert [each.identifier for each in package.materials] == ["7"]
    assert package.process[0].fields == {"more": "1"}


def test_a_missing_description_is_told(tmp_path: Path) -> None:
    package = read_bytes(write_raw_zip([RawEntry(b"a.txt", b"x")]), tmp_path)
    assert [(each.code, each.path) for each in package.problems] == [
        ("metadata.missing", BASE), ("metadata.missing", "管理过程元数据.xml"),
    ]  # fmt: skip
    assert package.unread == {"base": "metadata.missing", "process": "metadata.missing"}


def test_a_description_beyond_the_limit_is_not_parsed(tmp_path: Path) -> None:
    package = described(b"<base_info>" + b" " * 2000 + b"</base_info>", tmp_path, Limits(metadata_size=1000))
    assert [each.code for each in package.problems] == ["xml.too-large"]


def test_naughty_strings_come_back_as_they_were(tmp_path: Path) -> None:
    for text in (
        "<script>alert(1)</script>",
        "'; DROP TABLE record;--",
        "${jndi:ldap://x}",
        "=1+1",
        "\u200b\u202e",
        "Ω≈ç√∫",
        "",
        " \t\n",
    ):
        escaped = text.replace("&", "&amp;").replace("<", "&lt;")
        package = described(f"<base_info><project_name>{escaped}</project_name></base_info>".encode(), tmp_path)
        assert package.metadata == {"project_name": text}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_change_of_a_byte_makes_parsing_fail(data: st.DataObject) -> None:
    whole = bytearray(
        b"<?xml version='1.0' encoding='UTF-8'?>\n<!-- x -->\n<base_info><a b='c'>\xe4\xb8\x80&amp;</a></base_info>"
    )
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    root, problems = parse_xml(bytes(whole), "x", STANDARD)
    assert root is not None or problems
    assert all(re.match(r"line \d+", each.detail) for each in problems)


def test_the_search_for_a_document_type_cannot_be_made_slow() -> None:
    root, problems = parse_xml(b"<!-- a -->" * 100_000 + b"<base_info/>", "x", STANDARD)
    assert root is not None
    assert problems == []


def test_a_case_with_all_elements_has_no_problem(tmp_path: Path) -> None:
    case = fuzhou_case()
    package = read_bytes(case.write(tmp_path / "p.zip").read_bytes(), tmp_path)
    assert package.problems == ()
    assert package.metadata == case.metadata
