"""Two gibibytes in one file, and ten thousand files: taken in whole, in memory that does not grow with them."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import struct
import time
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import pytest

from lantai.archival.checks.faults import sound_case
from tests.flows.house import House

pytestmark = [pytest.mark.database, pytest.mark.slow, pytest.mark.xdist_group("house")]
GIBIBYTE = 1 << 30
PIECE = 512 << 20
MOST_MEMORY = 600  # MiB, of any one process
ZEROS = bytes(1 << 20)


class Sparse(io.FileIO):
    """A file that keeps no zeros."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if len(data) == len(ZEROS) and data == ZEROS:
            self.seek(len(data), io.SEEK_CUR)
            return len(data)
        return super().write(data)


class Part:
    """The next *length* bytes of an open file, as a body."""

    def __init__(self, source: BinaryIO, length: int) -> None:
        self.source, self.left = source, length

    def read(self, size: int = -1) -> bytes:
        piece = self.source.read(min(self.left, size if size >= 0 else self.left))
        self.left -= len(piece)
        return piece


def recording_package(target: Path, number: int, size: int) -> str:
    """A sound package with a recording of *size* bytes of silence in it; its name."""
    case = sound_case(number)
    header = b"RIFF" + struct.pack("<I", size - 8) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    header += b"data" + struct.pack("<I", size - 44)
    case.add("过程文件", "B9", "听证录音", "听证录音.wav", header, "WAV")
    case.change(len(case.materials) - 1, size=str(size))
    case.metadata["total_number"] = str(len(case.materials))
    with (
        ZipFile(io.BytesIO(case.write()[0])) as small,
        Sparse(target, "w") as sparse,
        ZipFile(sparse, "w", ZIP_STORED) as large,  # type: ignore[arg-type]
    ):
        for each in small.infolist():
            if not each.filename.endswith(".wav"):
                large.writestr(each, small.read(each))
        entry = ZipInfo("过程文件/听证录音.wav", (2025, 3, 10, 10, 0, 0))
        with large.open(entry, "w", force_zip64=True) as sink:
            sink.write(header.ljust(1 << 20, b"\0"))
            for _mebibyte in range((size >> 20) - 1):
                sink.write(ZEROS)
    return f"{case.name}.zip"


def push_in_pieces(house: House, path: Path, name: str) -> str:
    """Announce the file with its digest and send it piece by piece."""
    size = path.stat().st_size
    with path.open("rb") as source:
        digest = {"algorithm": "sha256", "value": hashlib.file_digest(source, "sha256").hexdigest()}
    code = house.create(name, size, digest=digest)
    with path.open("rb") as source:
        for first in range(0, size, PIECE):
            length = min(PIECE, size - first)
            caller = http.client.HTTPConnection("127.0.0.1", house.port, timeout=300, blocksize=1 << 20)
            caller.request(
                "PUT",
                f"/api/v1/submissions/{code}/content",
                Part(source, length),
                {
                    "Authorization": f"Bearer {house.secret}",
                    "Content-Type": "application/octet-stream",
                    "Content-Length": str(length),
                    "Content-Range": f"bytes {first}-{first + length - 1}/{size}",
                },
            )
            answer = caller.getresponse()
            told = answer.read()
            caller.close()
            assert answer.status == (202 if first + length == size else 200), told
    return code


def tell(what: str, house: House, began: float) -> None:
    """State the figures."""
    memory = house.most_memory()
    print(json.dumps({"what": what, "seconds": round(time.monotonic() - began, 1), "MiB": memory}))
    assert memory
    assert max(memory.values()) <= MOST_MEMORY, memory


def test_a_file_of_two_gibibytes(house: House, tmp_path: Path) -> None:
    name = recording_package(tmp_path / "large.zip", 901, 2 * GIBIBYTE)
    assert (tmp_path / "large.zip").stat().st_size > 2 * GIBIBYTE
    began = time.monotonic()
    code = push_in_pieces(house, tmp_path / "large.zip", name)
    state = house.wait_for_state(code, "accessioned", "rejected", "examined", seconds=240)
    assert state["state"] == "accessioned", state["receipts"][1]["body"]
    tell("2 GiB file", house, began)


def test_ten_thousand_files(house: House) -> None:
    case = sound_case(902)
    for number in range(10_000):
        text = f"现场核查记录第{number}页，无异常。".encode()
        case.add("过程文件", "B9", f"现场核查记录{number}", f"现场核查记录{number:05}.txt", text, "TXT")
    case.metadata["total_number"] = str(len(case.materials))
    data = case.write()[0]
    began = time.monotonic()
    code = house.push(f"{case.name}.zip", data)
    state = house.wait_for_state(code, "accessioned", "rejected", "examined", seconds=240)
    assert state["state"] == "accessioned", state["receipts"][1]["body"][:2000]
    tell("10,000 files", house, began)
