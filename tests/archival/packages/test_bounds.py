"""Large packages pass in bounded memory: measured in a process of its own, by what the kernel says it ever held."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from package_samples import fuzhou_case

from lantai.archival.formats.model import FileFacts
from lantai.archival.packages import (
    Component,
    Material,
    load_profile,
    open_component,
    read_package,
    write_package,
    write_process,
)
from lantai.archival.packages.limits import STANDARD
from lantai.archival.packages.source import Source
from lantai.archival.packages.zip_directory import list_zip

MEBIBYTE = 1024 * 1024
MOST_MEBIBYTES = 200
TWO_GIBIBYTES = 2048 * MEBIBYTE

MEASURE = """
import json, re, sys
from pathlib import Path
from lantai.archival.packages import load_profile, read_package
package = read_package(
    Path(sys.argv[1]),
    profile=load_profile("fuzhou"),
    digests=sys.argv[2].split(","),
    known_digests={"sha256": "known from receiving"},
)
print(json.dumps({
    "mebibytes": int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024,
    "components": len(package.components),
    "digested": sum(1 for each in package.components if each.digests),
    "matched": sum(1 for each in package.materials if each.path),
    "sizes": sum(each.size for each in package.components),
    "problems": [[each.code, each.path] for each in package.problems],
}))
"""


def measure(path: Path, digests: str) -> dict[str, object]:
    """What reading *path* in a fresh process found and held."""
    done = subprocess.run([sys.executable, "-c", MEASURE, path, digests], check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_ten_thousand_files(tmp_path: Path) -> None:
    profile = load_profile("fuzhou")
    files = {f"申报文件/{number // 500}/材料{number}.txt": b"%d" % number * 200 for number in range(10_000)}
    materials = [
        Material(
            str(index),
            "申报文件",
            "A",
            "B",
            f"材料{index}",
            "x",
            declared_path=path.removeprefix("申报文件/"),
            size="1",
        )
        for index, path in enumerate(files)
    ]
    path = tmp_path / "many.zip"
    write_package(target=path, profile=profile, metadata={}, materials=materials, process=[], files=files)
    found = measure(path, "sha512,sha256,sm3")
    assert (found["components"], found["digested"], found["matched"], found["problems"]) == (10_002, 10_002, 10_000, [])
    assert isinstance(found["mebibytes"], int)
    assert found["mebibytes"] <= MOST_MEBIBYTES


def sparse_zip(path: Path, size: int, crc: int) -> Path:
    """A package whose one large file, stored, is a hole of *size* bytes: no disk is used and no time to write it."""
    profile = load_profile("fuzhou")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(profile.base.files[0], b"<base_info/>")
        archive.writestr(profile.process.files[0], write_process(profile, []))
        entry = zipfile.ZipInfo("过程文件/现场录像.mp4")
        entry.file_size = size
        with archive.open(entry, "w") as sink:
            sink.write(b"")
        # The zeros are told, not written: sizes and check sum of a hole, then the directory after it.
        entry.file_size = entry.compress_size = size
        entry.CRC = crc
        stream = archive.fp
        assert stream is not None
        stream.seek(entry.header_offset)
        stream.write(entry.FileHeader(zip64=size * 1.05 > zipfile.ZIP64_LIMIT))
        stream.seek(size, 1)
        archive.start_dir = stream.tell()
    return path


def crc_of_zeros(size: int) -> int:
    crc, piece = 0, bytes(64 * MEBIBYTE)
    for _ in range(size // len(piece)):
        crc = zipfile.crc32(piece, crc)
    return zipfile.crc32(piece[: size % len(piece)], crc)


@pytest.mark.slow
def test_a_file_of_two_gibibytes(tmp_path: Path) -> None:
    path = sparse_zip(tmp_path / "big.zip", TWO_GIBIBYTES, crc_of_zeros(TWO_GIBIBYTES))
    found = measure(path, "sha256")
    assert (found["components"], found["digested"], found["problems"]) == (3, 3, [])
    assert isinstance(found["sizes"], int)
    assert found["sizes"] > TWO_GIBIBYTES
    assert isinstance(found["mebibytes"], int)
    assert found["mebibytes"] <= MOST_MEBIBYTES


def test_a_file_beyond_four_gibibytes_is_listed_and_opened_in_place(tmp_path: Path) -> None:
    size = 5 * 1024 * MEBIBYTE
    path = sparse_zip(tmp_path / "wide.zip", size, crc=0)
    with Source(path) as source:
        listing = list_zip(source, STANDARD)
    assert listing.problems == []
    name, raw_name, encoding, listed, stored_size, offset, method, *_ = listing.entries[2]
    assert (name, listed, stored_size) == ("过程文件/现场录像.mp4", size, size)
    component = Component(name, raw_name, encoding, listed, stored_size, offset, method)
    with open_component(path, component) as stream:
        stream.seek(-3, 2)
        assert stream.read() == bytes(3)


@pytest.mark.parametrize("suffix", [".mp4", ".txt"])
def test_a_large_component_is_characterised_as_a_seekable_stream(suffix: str, tmp_path: Path) -> None:
    data = b"".join(b"%09d\n" % each for each in range(600_000))
    path = tmp_path / "p.zip"
    profile = load_profile("fuzhou")
    name = f"过程文件/记录{suffix}"
    write_package(target=path, profile=profile, metadata={}, materials=[], process=[], files={name: data})
    seen: dict[str, bytes] = {}

    def characterise(content: object, path: str) -> FileFacts:
        if isinstance(content, bytes):
            seen[path] = content[:10]
        else:
            content.seek(-10, 2)  # type: ignore[attr-defined]
            seen[path] = content.read()  # type: ignore[attr-defined]
            content.seek(0)  # type: ignore[attr-defined]
            seen[path] += content.read(10)  # type: ignore[attr-defined]
        return FileFacts(None)

    package = read_package(path, profile=profile, characterise=characterise)
    assert seen[name] == b"000599999\n000000000\n"
    assert len(seen) == 3
    assert all(each.facts == FileFacts(None) for each in package.components)


def test_a_damaged_large_component_is_told(tmp_path: Path) -> None:
    path = fuzhou_case().write(tmp_path / "p.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("过程文件/大.txt", bytes(range(256)) * 20_000)
    data = bytearray(path.read_bytes())
    at = data.index("过程文件/大.txt".encode()) + 60
    data[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    package = read_package(path, profile=load_profile("fuzhou"))
    assert [(each.code, each.path) for each in package.problems] == [("entry.damaged", "过程文件/大.txt")]
