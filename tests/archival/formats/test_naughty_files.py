"""No bytes whatever make characterisation raise."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
from format_samples import make_zip, samples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.archival.sealing.sm2_signer import ofd_members, pack
from tests.archival.sealing.test_inner_signatures import sealed, signed_pdf

from lantai.archival.formats import FileFacts, characterise, identify_quickly

CALM = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@functools.cache
def victims() -> list[tuple[str, bytes]]:
    made = [(name, data) for name, data in samples().values() if len(data) < 60_000]
    return [*made, ("a.ofd", pack(ofd_members())), ("s.ofd", pack(sealed())), ("s.pdf", signed_pdf())]


@functools.cache
def whole_ofd() -> dict[str, bytes]:
    return sealed()


def check(data: bytes, name: str) -> None:
    facts = characterise(data, name, text=True)
    assert isinstance(facts, FileFacts)
    assert facts.readable is True or facts.fault
    if facts.text is not None:
        assert not set(facts.text) & set("\0\x01\x08\x1b\x7f\ufeff")
        facts.text.encode()


@CALM
@given(st.binary(max_size=400), st.sampled_from(["a.pdf", "a.ofd", "a.docx", "a.txt", ""]))
def test_random_bytes(data: bytes, name: str) -> None:
    check(data, name)


STARTS = [
    b"%PDF-1.7\n",
    b"PK\x03\x04",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"II*\0",
    b"RIFF",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"ID3",
    b"<?xml version='1.0'?>",
    b"{\\rtf1\\ansi",
    b"MZ",
    b"Rar!\x1a\x07",
    b"\0\0\0\x18ftypisom",
    b"FLV\x01",
    b"BM",
    b"GIF89a",
]


@CALM
@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_random_bytes_behind_a_real_start(start: bytes, rest: bytes) -> None:
    check(start + rest, "a.bin")


@pytest.mark.parametrize("length", range(64))
def test_real_files_cut_within_their_head(length: int) -> None:
    for name, whole in victims():
        identify_quickly(whole[:length], name)


@CALM
@given(st.data())
def test_real_files_cut_short(data: st.DataObject) -> None:
    name, whole = data.draw(st.sampled_from(victims()))
    check(whole[: data.draw(st.integers(0, len(whole)))], name)


@CALM
@given(st.data())
def test_real_files_with_changed_bytes(data: st.DataObject) -> None:
    name, whole = data.draw(st.sampled_from(victims()))
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    check(bytes(changed), name)


@CALM
@given(st.data())
def test_ofd_members_with_changed_bytes(data: st.DataObject) -> None:
    """Inside the ZIP, where its checksum does not protect the reader."""
    members = whole_ofd()
    name = data.draw(st.sampled_from(sorted(members)))
    changed = bytearray(members[name])
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    check(pack(members | {name: bytes(changed)}), "a.ofd")


NAUGHTY = [
    "",
    "  ",
    "\ud7ff",
    "NaN",
    "1e999",
    "-1",
    "g",
    "g 99999999999 1",
    "g -5 1",
    "0x10",
    "1,2,3,4",
    "٣",
    "1 " * 5000,
]


@pytest.mark.parametrize("value", NAUGHTY)
def test_numbers_in_ofd_that_are_none(value: str) -> None:
    page = "Doc_0/Pages/Page_0/Content.xml"
    for old in (b"30 40 150 8", b'Size="6"', b"g 8 6", b'X="0"'):
        members = ofd_members()
        before, _, after = old.partition(b'"') if b'"' in old else (old, b"", b"")
        new = before + b'"' + value.encode() + b'"' if after else value.encode()
        members[page] = members[page].replace(old, new)
        check(pack(members), "a.ofd")


def test_a_page_that_names_itself_as_template() -> None:
    members = ofd_members()
    page = "Doc_0/Pages/Page_0/Content.xml"
    members[page] = members[page].replace(b"<ofd:Content>", b'<ofd:Template TemplateID="77"/><ofd:Content>')
    facts = characterise(pack(members), "a.ofd")
    assert (facts.readable, facts.fault) == (False, "part-missing: TemplatePage 77")


def test_a_billion_laughs_inside_ofd_are_refused() -> None:
    members = ofd_members()
    bomb = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>'
    facts = characterise(pack(members | {"Doc_0/Document.xml": bomb}), "a.ofd")
    assert facts.readable is False
    assert "declares entities" in facts.fault


def test_a_zip_bomb_named_docx_is_not_unpacked() -> None:
    data = make_zip({"[Content_Types].xml": b" " * 100, "word/document.xml": b"\0" * (80 << 20)})
    kinds = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    data = make_zip({"[Content_Types].xml": kinds, "word/document.xml": b"\0" * (80 << 20)})
    facts = characterise(data, "a.docx")
    assert facts.readable is False
    assert "unpacks to more than" in facts.fault


@pytest.mark.corpus
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_real_ofd_with_changed_bytes(corpus: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(p for p in (corpus / "ofd").glob("*.ofd") if p.stat().st_size < 60_000)))
    whole = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 10))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    check(bytes(whole), "a.ofd")


@CALM
@given(st.binary(max_size=200), st.text(max_size=20))
def test_quick_identification_never_raises(data: bytes, name: str) -> None:
    identify_quickly(data, name)
