"""Manifests are what coreutils reads and writes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.fixity import ManifestRefused, digest_bytes, read_manifest, write_manifest

_NAMES = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=40)


@given(st.dictionaries(_NAMES, st.binary(max_size=20), max_size=8))
def test_what_is_written_is_read(files: dict[str, bytes]) -> None:
    digests = {path: digest_bytes(data, ["sha256"])["sha256"] for path, data in files.items()}
    assert read_manifest(write_manifest(digests), "sha256") == digests


def test_coreutils_agrees(tmp_path: Path) -> None:
    files = {"申请表.pdf": b"1", "two words": b"2", "line\nbreak": b"3", "back\\slash": b"4"}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    digests = {name: digest_bytes(data, ["sha512"])["sha512"] for name, data in files.items()}
    (tmp_path / "manifest").write_bytes(write_manifest(digests))
    subprocess.run(["sha512sum", "--check", "--strict", "--quiet", "manifest"], cwd=tmp_path, check=True)
    theirs = subprocess.run(["sha512sum", "--binary", *files], cwd=tmp_path, check=True, capture_output=True).stdout
    assert read_manifest(theirs, "sha512") == digests


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"abc  a\n", 1, "not a digest"),
        (b"a" * 64 + b"  a\n" + b"a" * 64 + b" a\n", 2, "two characters"),
        (b"a" * 64 + b"  a\n" + b"b" * 64 + b"  a\n", 2, "second time"),
        (b"\\" + b"a" * 64 + b"  a\\tb\n", 1, "escape"),
        (b"a" * 64 + b"  \n", 1, "two characters"),
        (b"a" * 64 + b"  a\n\xff\n", 2, "UTF-8"),
    ],
)
def test_a_line_of_another_form_is_refused_with_its_number(data: bytes, line: int, reason: str) -> None:
    with pytest.raises(ManifestRefused, match=reason) as refusal:
        read_manifest(data, "sha256")
    assert refusal.value.line == line
