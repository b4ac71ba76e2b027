"""Every forbidden ZIP file is refused by name, before a byte of content is looked at."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from package_samples import FILE, fuzhou_case, read_bytes

from lantai.archival.packages import RawEntry, load_profile, read_package, write_raw_zip
from lantai.archival.packages.limits import STANDARD, Limits

ZEROS = bytes(6 * 1024 * 1024)
E = RawEntry


def _named(name: str) -> bytes:
    return write_raw_zip([FILE, E(name.encode(), b"x", flags=0x800)])


def _lie(**lies: int) -> bytes:
    return write_raw_zip([FILE, E(b"b.txt", b"hello", **lies)])


def _with_end(data: bytes, at: int, value: int) -> bytes:
    """*data* with the two bytes at *at* of its end record replaced."""
    end = data.rfind(b"PK\5\6") + at
    return data[:end] + struct.pack("<H", value) + data[end + 2 :]


FAULTS = {
    "traversal": (_named("../evil"), "name.traversal"),
    "traversal inside": (_named("a/../../evil"), "name.traversal"),
    "absolute": (_named("/etc/passwd"), "name.absolute"),
    "drive": (_named("C:/windows"), "name.drive"),
    "backslash": (_named("..\\evil"), "name.backslash"),
    "share": (_named("\\\\host\\share"), "name.backslash"),
    "control": (_named("a\nb"), "name.control"),
    "nul": (_named("a.txt\0.exe"), "name.control"),
    "direction": (_named("a\u202egpj.exe"), "name.control"),
    "empty name": (_named(""), "name.empty"),
    "empty part": (_named("a//b"), "name.empty-part"),
    "point": (_named("./a"), "name.empty-part"),
    "long part": (_named("长" * 256), "name.too-long"),
    "long path": (_named("/".join(["长" * 200] * 6)), "name.too-long"),
    "deep": (_named("a/" * 17 + "b"), "name.too-deep"),
    "not utf-8": (write_raw_zip([E(b"\xff\xfe", flags=0x800)]), "name.undecodable"),
    "duplicate": (write_raw_zip([FILE, FILE]), "name.duplicate"),
    "case": (write_raw_zip([FILE, E(b"A.TXT")]), "name.collision"),
    "composition": (write_raw_zip([E(b"\xc3\xa9", flags=0x800), E(b"e\xcc\x81", flags=0x800)]), "name.collision"),
    "file and folder": (write_raw_zip([FILE, E(b"a.txt/b")]), "name.collision"),
    "folder and file": (write_raw_zip([E(b"a.txt/b"), FILE]), "name.collision"),
    "folders by case": (write_raw_zip([E(b"Docs/1"), E(b"docs/2")]), "name.collision"),
    "symbolic link": (write_raw_zip([E(b"link", b"/etc/passwd", mode=0o120777)]), "entry.link"),
    "device": (write_raw_zip([E(b"null", mode=0o020666)]), "entry.device"),
    "pipe": (write_raw_zip([E(b"pipe", mode=0o010666)]), "entry.device"),
    "encrypted": (write_raw_zip([E(b"a", b"secret", flags=1)]), "entry.encrypted"),
    "strongly encrypted": (write_raw_zip([E(b"a", b"secret", flags=0x41)]), "entry.encrypted"),
    "aes": (write_raw_zip([E(b"a", b"secret", method=99)]), "entry.encrypted"),
    "bzip2": (write_raw_zip([E(b"a", b"x", method=12)]), "entry.method"),
    "lzma": (write_raw_zip([E(b"a", b"x", method=14)]), "entry.method"),
    "patch": (write_raw_zip([E(b"a", b"x", flags=0x20)]), "entry.method"),
    "ratio": (write_raw_zip([FILE, E(b"zeros", ZEROS)]), "entry.ratio"),
    "ratio of all": (write_raw_zip([E(b"%d" % each, bytes(600_000)) for each in range(8)]), "container.ratio"),
    "stored lies": (_lie(told_size=1, method=0), "entry.size-lies", "entry.header-disagrees"),
    "much for little": (write_raw_zip([E(b"a", b"x", stored=bytes(5000))]), "entry.size-lies"),
    "folder with content": (write_raw_zip([FILE, E(b"b/", b"hidden", method=0)]), "entry.size-lies"),
    "nested": (_named("附件.zip"), "entry.nested-archive"),
    "nested rar": (_named("附件.RAR"), "entry.nested-archive"),
    "another name": (write_raw_zip([E(b"a.txt", b"x", told_name=b"b.txt")]), "entry.header-disagrees"),
    "another size": (write_raw_zip([E(b"a.txt", b"xyz", told_size=2)]), "entry.header-disagrees"),
    "another sum": (write_raw_zip([E(b"a.txt", b"xyz", told_crc=2)]), "entry.header-disagrees"),
    "no local header": (write_raw_zip([FILE, E(b"b", b"x", told_offset=3)]), "entry.overlap", "entry.header-disagrees"),
    "overlap": (_lie(told_offset=0), "entry.overlap", "entry.header-disagrees", "container.hidden-data"),
    "prefix": (write_raw_zip([FILE], prefix=b"MZ" + bytes(100)), "container.prefix-data"),
    "between": (write_raw_zip([FILE], between=b"secret"), "container.hidden-data"),
    "suffix": (write_raw_zip([FILE], suffix=b"more"), "container.trailing-data"),
    "count": (write_raw_zip([FILE, E(b"b")], count=1), "container.disagreement"),
    "count more": (write_raw_zip([FILE], count=2), "container.disagreement"),
    "disk": (write_raw_zip([FILE], disk=1), "container.multi-disk"),
    "here": (_with_end(write_raw_zip([FILE]), 8, 7), "container.multi-disk"),
    "cut": (write_raw_zip([FILE])[:-30], "container.truncated"),
    "cut comment": (write_raw_zip([FILE], comment=b"0123456789")[:-3], "container.truncated"),
    "zip64 missing": (_with_end(write_raw_zip([FILE]), 10, 0xFFFF), "container.truncated"),
    "empty": (write_raw_zip([]), "container.empty"),
    "folders only": (write_raw_zip([E(b"a/")]), "container.empty"),
    "nothing": (b"", "container.empty"),
    "gzip": (b"\x1f\x8b\x08" + bytes(50), "container.unsupported"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(50), "container.unsupported"),
    "text": (b"hello", "container.unreadable"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_refused_by_name(fault: str, tmp_path: Path) -> None:
    data, *expected = FAULTS[fault]
    code = expected[0]
    package = read_bytes(data, tmp_path)
    codes = [each.code for each in package.problems]
    assert codes[0] == code, package.problems
    assert set(codes) == set(expected)
    assert all(each.fatal for each in package.problems)
    assert package.components == ()
    assert package.unread == {"components": code, "base": code, "process": code}


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(entries=1), "container.too-many-entries"),
        (Limits(entry_size=4), "entry.too-large"),
        (Limits(total_size=9), "container.too-large"),
        (Limits(path_length=4), "name.too-long"),
        (Limits(ratio=0, ratio_floor=1), "entry.ratio"),
    ],
)
def test_limits_are_kept(limits: Limits, code: str, tmp_path: Path) -> None:
    data = write_raw_zip([FILE, E(b"b.txt", b"hello")])
    assert code in {each.code for each in read_bytes(data, tmp_path, limits=limits).problems}
    assert not any(each.fatal for each in read_bytes(data, tmp_path).problems)


def test_all_faults_are_told_at_once_but_not_without_end(tmp_path: Path) -> None:
    data = write_raw_zip([E(b"../a"), E(b"/b"), E(b"c", b"x", flags=1), E(b"d", mode=0o120777)])
    assert [each.code for each in read_bytes(data, tmp_path).problems] == [
        "name.traversal", "name.absolute", "entry.encrypted", "entry.link",
    ]  # fmt: skip
    many = write_raw_zip([E(b"../%d" % each) for each in range(1000)])
    assert len(read_bytes(many, tmp_path).problems) == STANDARD.problems


def test_a_nested_archive_under_another_name_is_found_by_its_content(tmp_path: Path) -> None:
    inner = write_raw_zip([FILE])
    package = read_bytes(
        write_raw_zip([E(b"a.pdf", inner), E(b"b.ofd", inner), E(b"c.doc", b"Rar!\x1a\x07\x00")]), tmp_path
    )
    assert [(e.code, e.path) for e in package.problems if e.code.startswith("entry")] == [
        ("entry.nested-archive", "a.pdf"), ("entry.nested-archive", "c.doc"),
    ]  # fmt: skip


BAD_CONTENT = {
    "shorter than told": E(b"a", b"hello", told_size=6, told_crc=0, descriptor=True),
    "check sum": E(b"a", b"hello", told_crc=7, descriptor=True),
    "not deflated": E(b"a", b"hello", stored=b"\xff" * 10),
    "cut": E(b"a", b"hello" * 9, stored=zipfile.zlib.compress(b"hello" * 9)[2:-6]),
    "left over": E(b"a", b"hello", stored=b"\xcb\x48\xcd\xc9\xc9\x07\x00" + b"secret"),
    "longer than told": E(b"a", b"hell", stored=b"\xcb\x48\xcd\xc9\xc9\x07\x00"),
}


@pytest.mark.parametrize("fault", BAD_CONTENT)
def test_damaged_content_is_told_and_the_rest_is_read(fault: str, tmp_path: Path) -> None:
    entry = BAD_CONTENT[fault]
    if entry.descriptor:  # the descriptor must say the same as the directory, or the layout is refused already
        stored = b"\xcb\x48\xcd\xc9\xc9\x07\x00"
        told = struct.pack("<IIII", 0x08074B50, entry.told_crc or 0, len(stored), entry.told_size or 5)
        data = write_raw_zip([entry, FILE]).replace(struct.pack("<I", 0x08074B50) + _descriptor(entry, stored), told)
    else:
        data = write_raw_zip([entry, FILE])
    package = read_bytes(data, tmp_path)
    assert [(each.code, each.path) for each in package.problems if each.code.startswith("entry")] == [
        ("entry.damaged", "a")
    ]
    assert package.unread["a"] == "entry.damaged"
    damaged, whole = package.components
    assert damaged.digests == {}
    assert set(whole.digests) == {"sha512", "sha256", "sm3"}


def _descriptor(entry: RawEntry, stored: bytes) -> bytes:
    return struct.pack("<III", zipfile.zlib.crc32(entry.data), len(stored), len(entry.data))


def test_a_bomb_that_lies_about_its_size_is_stopped_at_its_lie(tmp_path: Path) -> None:
    deflated = zipfile.zlib.compress(bytes(200_000_000))[2:-4]
    lie = E(b"a", b"x" * 500_000, stored=deflated)
    package = read_bytes(write_raw_zip([lie]), tmp_path)
    assert package.problems[0].code == "entry.damaged"
    assert "longer" in package.problems[0].detail


def test_data_descriptors_and_streamed_archives_are_read(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        """Where zipfile cannot seek, it writes descriptors."""

        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"hello")
        with archive.open(zipfile.ZipInfo("b.txt"), "w", force_zip64=True) as entry:
            entry.write(b"wide")
    for data in (pipe.data, write_raw_zip([E(b"a", b"x", descriptor=True), FILE])):
        package = read_bytes(data, tmp_path)
        assert not any(each.fatal for each in package.problems), package.problems
        assert len(package.components) == 2


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fuzhou_case().write(tmp_path_factory.mktemp("mutant") / "package.zip")


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_change_of_a_byte_makes_reading_fail(whole: Path, data: st.DataObject) -> None:
    """Whatever happens to a ZIP file: reading ends, raises nothing, and content read is content declared."""
    mutated = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    mutant = whole.with_suffix(".mutant")
    mutant.write_bytes(mutated[: data.draw(st.integers(len(mutated) - 200, len(mutated)))])
    package = read_package(mutant, profile=load_profile("fuzhou"))
    for component in package.components:
        assert len(component.digests) in (0, 3)
