"""A storage root, and a box like those of an accession."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lantai.archival import ocfl

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
MakeBox = Callable[..., ocfl.NewObject]


@pytest.fixture
def root(tmp_path: Path) -> ocfl.StorageRoot:
    made = ocfl.StorageRoot(tmp_path / "storage")
    ocfl.create_root(made, archive="云岭县档案馆")
    return made


@pytest.fixture
def make_box(tmp_path: Path) -> MakeBox:
    """Boxes of records: bytes, a file to copy, a file to link, a big file to stream, and two equal files."""

    def make(number: int = 1, **more: bytes) -> ocfl.NewObject:
        received = tmp_path / f"received-{number}"
        received.mkdir(exist_ok=True)
        for name, data in (("copied", b"copied"), ("linked", b"linked"), ("big", os.urandom(16) * 100_000)):
            path = received / name
            if not path.exists():
                path.write_bytes(data + str(number).encode())
        contents = (
            ocfl.Content("YL2026000001/package.zip", received / "copied"),
            ocfl.Content("YL2026000001/description.xml", b"<record/>"),
            ocfl.Content("YL2026000002/package.zip", received / "linked", link=True),
            ocfl.Content("YL2026000002/description.xml", b"<record/>"),
            ocfl.Content("YL2026000003/深/层/结婚登记审查处理表.ofd", received / "big"),
            *(ocfl.Content(path, data) for path, data in more.items()),
        )
        return ocfl.NewObject(f"urn:lantai:box:{number}", contents, NOW, "归档", "档案员")

    return make
