"""Our TAR reader sees what tarfile sees, and refuses what it must by name."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from package_samples import CODE, fuzhou_case, read_bytes

from lantai.archival.packages import Limits, load_profile, read_package
from lantai.archival.packages.limits import STANDARD
from lantai.archival.packages.source import Source
from lantai.archival.packages.tar_directory import list_tar

_NAMES = st.text(st.sampled_from("云岭县申请表ab c."), min_size=1, max_size=120).filter(lambda e: e.strip(". ") != "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tar")


@settings(max_examples=60, deadline=None)
@given(
    files=st.dictionaries(_NAMES, st.binary(max_size=1200), min_size=1, max_size=5),
    form=st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
def test_it_sees_what_tarfile_sees(folder: Path, files: dict[str, bytes], form: int) -> None:
    path = folder / "package.tar"
    with tarfile.open(path, "w", format=form, encoding="utf-8") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            entry.mtime = 946684800
            archive.addfile(entry, io.BytesIO(data))
    with Source(path) as source:
        listing = list_tar(source, STANDARD)
        assert listing.problems == []
        assert {each.path: source.at(each.offset or 0, each.size) for each in listing.entries} == files
    assert {each.modified for each in listing.entries} == {"2000-01-01T00:00:00Z"}
    with tarfile.open(path, encoding="utf-8") as archive:
        assert [(e.path, e.size, e.offset) for e in listing.entries] == [
            (e.name, e.size, e.offset_data) for e in archive.getmembers()
        ]


@pytest.mark.parametrize("form", ["ustar", "gnu", "pax", "v7"])
def test_the_tar_of_the_system_is_read(form: str, tmp_path: Path) -> None:
    inner = fuzhou_case().write(tmp_path / "inner", "folder")
    path = tmp_path / "package.tar"
    subprocess.run(["tar", f"--format={form}", "-C", inner, "-cf", path, "."], check=True)
    package = read_package(path, profile=load_profile("fuzhou"), name=CODE)
    assert package.problems == ()
    assert all(each.path for each in package.materials)
    assert set(package.folders) == {"申报文件", "过程文件", "结果文件"}


def test_gbk_names_are_read(tmp_path: Path) -> None:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", format=tarfile.USTAR_FORMAT, encoding="gbk") as archive:
        archive.addfile(tarfile.TarInfo("申报文件/申请表.txt"))
    (component,) = read_bytes(sink.getvalue(), tmp_path).components
    assert (component.path, component.name_encoding) == ("申报文件/申请表.txt", "gb18030")
    assert component.raw_name == "申报文件/申请表.txt".encode("gbk")


def tar(*entries: tarfile.TarInfo, data: bytes = b"") -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w", encoding="utf-8") as archive:
        for entry in entries:
            archive.addfile(entry, io.BytesIO(data) if entry.size else None)
    return sink.getvalue()


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, size
    return made


GOOD = tar(entry("a.txt", size=5), data=b"hello")
FAULTS = {
    "traversal": (tar(entry("../a")), "name.traversal"),
    "absolute": (tar(entry("/a")), "name.absolute"),
    "symbolic link": (tar(entry("a", tarfile.SYMTYPE, "/etc/passwd")), "entry.link"),
    "hard link": (tar(entry("a"), entry("b", tarfile.LNKTYPE, "a")), "entry.link"),
    "device": (tar(entry("a", tarfile.CHRTYPE)), "entry.device"),
    "block device": (tar(entry("a", tarfile.BLKTYPE)), "entry.device"),
    "pipe": (tar(entry("a", tarfile.FIFOTYPE)), "entry.device"),
    "sparse": (tar(entry("a", tarfile.GNUTYPE_SPARSE)), "entry.method"),
    "duplicate": (tar(entry("a"), entry("a")), "name.duplicate"),
    "collision": (tar(entry("a"), entry("A")), "name.collision"),
    "cut in the data": (GOOD[:514], "container.truncated"),
    "cut at the end mark": (GOOD[:1024], "container.truncated"),
    "cut in a header": (GOOD[:1024] + GOOD[:100], "container.truncated"),
    "wrong check sum": (GOOD[:1024] + b"x" + GOOD[1:], "container.truncated"),
    "trailing": (GOOD + b"secret", "container.trailing-data"),
    "empty": (tar(entry("a/", tarfile.DIRTYPE)), "container.empty"),
    "nested": (tar(entry("a.tar.gz")), "entry.nested-archive"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_refused_by_name(fault: str, tmp_path: Path) -> None:
    data, code = FAULTS[fault]
    package = read_bytes(data, tmp_path)
    assert package.container == "tar"
    assert {each.code for each in package.problems} == {code}
    assert all(each.fatal for each in package.problems)


def test_a_header_that_asks_for_much_memory_is_refused(tmp_path: Path) -> None:
    bomb = tarfile.TarInfo("a")
    bomb.pax_headers = {"comment": "x" * 100_000}
    assert {each.code for each in read_bytes(tar(bomb), tmp_path).problems} == {"container.too-large"}


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(entries=0), "container.too-many-entries"),
        (Limits(entry_size=4), "entry.too-large"),
        (Limits(total_size=4), "container.too-large"),
    ],
)
def test_limits_are_kept(limits: Limits, code: str, tmp_path: Path) -> None:
    assert {each.code for each in read_bytes(GOOD, tmp_path, limits=limits).problems} == {code}


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_change_of_a_byte_makes_reading_fail(folder: Path, data: st.DataObject) -> None:
    mutated = bytearray(GOOD[:2048] * 2)
    for _ in range(data.draw(st.integers(1, 6))):
        mutated[data.draw(st.integers(0, 600))] = data.draw(st.integers(0, 255))
    path = folder / "mutant"
    path.write_bytes(mutated)
    assert read_package(path, profile=load_profile("fuzhou")).problems
