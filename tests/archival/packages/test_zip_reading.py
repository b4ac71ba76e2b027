"""Our directory reader sees what zipfile sees, reads names as their writers meant them, and reads wide files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from package_samples import FILE, read_bytes, unicode_extra

from lantai.archival.packages import Component, RawEntry, load_profile, open_component, read_package, write_raw_zip
from lantai.archival.packages.limits import STANDARD, Limits
from lantai.archival.packages.source import Source
from lantai.archival.packages.zip_directory import list_zip

_NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Cn", "Co"], exclude_characters="/\\:"),
    min_size=1,
    max_size=30,
).filter(lambda each: each not in (".", ".."))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("zip")


@settings(max_examples=60, deadline=None)
@given(
    files=st.dictionaries(_NAMES, st.tuples(st.binary(max_size=200), st.booleans()), max_size=6),
    comment=st.binary(max_size=40),
)
def test_it_sees_what_zipfile_sees(folder: Path, files: dict[str, tuple[bytes, bool]], comment: bytes) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, (data, deflate) in files.items():
            archive.writestr(name, data, zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED)
        archive.comment = comment
    path = folder / "package.zip"
    path.write_bytes(sink.getvalue())
    with Source(path) as source:
        listing = list_zip(source, STANDARD)
    assert {each.code for each in listing.problems} <= {"name.collision"}
    with zipfile.ZipFile(path) as archive:
        theirs = archive.infolist()
        assert [(e.path, e.size, e.stored_size, e.crc) for e in listing.entries] == [
            (e.filename, e.file_size, e.compress_size, e.CRC) for e in theirs
        ]
        for entry in listing.entries:
            component = Component(
                entry.path, entry.raw_name, "", entry.size, entry.stored_size, entry.offset, entry.method
            )  # fmt: skip
            with open_component(path, component) as stream:
                assert stream.read() == archive.read(entry.path) == files[entry.path][0]


def names(entries: list[RawEntry], folder: Path) -> dict[bytes, tuple[str, str]]:
    package = read_bytes(write_raw_zip(entries), folder)
    assert not any(each.fatal for each in package.problems), package.problems
    return {each.raw_name: (each.path, each.name_encoding) for each in package.components}


@pytest.mark.parametrize(
    "name",
    [
        "申请表.pdf",
        "云岭县市场监督管理局关于准予食品经营许可的决定书〔2024〕12号.pdf",
        "龘靐.txt",
        "联通.txt",
        "①—Ⅳ.txt",
        "a申.txt",
    ],
)
def test_a_gbk_name_is_read_as_it_was_meant(name: str, tmp_path: Path) -> None:
    raw = name.encode("gb18030")
    assert names([RawEntry(raw, b"x")], tmp_path) == {raw: (name, "gb18030")}


@pytest.mark.parametrize("name", ["申请表.pdf", "résumé.txt", "𠮷野家.txt", "ёлка.txt"])
@pytest.mark.parametrize("flags", [0, 0x800])
def test_a_utf8_name_is_read_with_and_without_its_flag(name: str, flags: int, tmp_path: Path) -> None:
    assert names([RawEntry(name.encode(), b"x", flags=flags)], tmp_path) == {name.encode(): (name, "utf-8")}


def test_a_name_that_is_neither_is_cp437(tmp_path: Path) -> None:
    raw = "naïve.txt".encode("cp437")
    assert names([RawEntry(raw, b"x")], tmp_path) == {raw: ("naïve.txt", "cp437")}


def test_a_gbk_name_that_happens_to_be_utf8_is_still_chinese(tmp_path: Path) -> None:
    raw = "模".encode("gb18030") + b".txt"  # 0xC4 0xA3, which is also the Latin letter g with cedilla
    assert raw.decode("utf-8") == "ģ.txt"
    assert names([RawEntry(raw, b"x")], tmp_path) == {raw: ("模.txt", "gb18030")}


def test_one_reading_holds_for_all_names_of_a_package(tmp_path: Path) -> None:
    raws = ["模.txt".encode("gbk"), "申请表.txt".encode("gbk")]
    assert [path for path, _ in names([RawEntry(each) for each in raws], tmp_path).values()] == ["模.txt", "申请表.txt"]


def test_a_gbk_letter_may_hold_the_byte_of_a_backslash(tmp_path: Path) -> None:
    raw = "乗誠.txt".encode("gbk") + "申请表".encode("gbk")
    assert b"\\" in raw or b"\\" in "誠".encode("gbk")
    assert names([RawEntry(raw, b"x")], tmp_path)[raw][0] == "乗誠.txt申请表"


def test_the_unicode_path_field_is_honoured_unless_stale(tmp_path: Path) -> None:
    raw = b"____.pdf"
    fresh = RawEntry(raw, b"x", extra=unicode_extra(raw, "申请表.pdf"))
    assert names([fresh], tmp_path) == {raw: ("申请表.pdf", "utf-8")}
    stale = RawEntry(raw, b"x", extra=unicode_extra(raw, "申请表.pdf", crc=1))
    assert names([stale], tmp_path) == {raw: ("____.pdf", "utf-8")}


def test_the_unicode_path_field_is_judged_like_any_name(tmp_path: Path) -> None:
    evil = RawEntry(b"good.txt", b"x", extra=unicode_extra(b"good.txt", "../evil.txt"))
    assert [each.code for each in read_bytes(write_raw_zip([evil]), tmp_path).problems] == ["name.traversal"]


@pytest.mark.parametrize("length", [85, 200, 255])
def test_long_chinese_names_are_kept_whole(length: int, tmp_path: Path) -> None:
    name = "准" * length
    assert names([RawEntry(name.encode(), b"x", flags=0x800)], tmp_path)[name.encode()][0] == name


def test_a_comment_that_holds_an_end_record_fools_nobody(tmp_path: Path) -> None:
    inner = write_raw_zip([RawEntry(b"other.txt", b"other")])
    package = read_bytes(write_raw_zip([FILE], comment=inner), tmp_path)
    assert package.problems[0].code in ("container.prefix-data", "container.hidden-data")


def test_more_than_65535_entries_need_zip64(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(65_600):
            archive.writestr(zipfile.ZipInfo(f"{number // 1000}/{number}"), b"")
    with Source(path) as source:
        listing = list_zip(source, STANDARD)
        assert [each.code for each in listing.problems] == ["container.too-many-entries"]
        listing = list_zip(source, Limits(entries=70_000))
    assert listing.problems == []
    assert len(listing.entries) == 65_600
    assert len(listing.folders) == 66


def test_a_range_can_be_read_out_of_a_stored_and_of_a_deflated_component(tmp_path: Path) -> None:
    data = b"".join(b"%07d\n" % each for each in range(200_000))
    path = tmp_path / "package.zip"
    path.write_bytes(write_raw_zip([RawEntry(b"stored", data, method=0), RawEntry(b"deflated", data)]))
    package = read_package(path, profile=load_profile("fuzhou"))
    for component in package.components:
        with open_component(path, component) as stream:
            for at in (1_000_000, 8, 1_599_992, 0, 500_000):
                assert stream.seek(at) == at
                assert stream.read(8) == data[at : at + 8]
            assert stream.seek(-8, 2) == len(data) - 8
            assert stream.read() == b"0199999\n"
            assert stream.read() == b""
