"""Bags written here satisfy the library of the Library of Congress; every single fault is named."""

from __future__ import annotations

import bagit
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.archival.bagit import read_bag, verify_bag, write_tag_files
from lantai.archival.fixity import digest_bytes

_PART = st.text(st.characters(exclude_characters="/\x00", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
_FILES = st.dictionaries(_PART.filter(lambda each: each.strip(". ") != ""), st.binary(max_size=30), max_size=5)


def a_bag(payload: dict[str, bytes]) -> dict[str, bytes]:
    files = {f"data/{path}": data for path, data in payload.items()}
    digests = {path: digest_bytes(data) for path, data in files.items()}
    sizes = {path: len(data) for path, data in files.items()}
    return write_tag_files(sizes, digests, information={"Source-Organization": "云岭县市场监督管理局"}) | files


def faults(files: dict[str, bytes]) -> dict[str, str]:
    """Path of each fault by its code."""
    sizes = {path: len(data) for path, data in files.items()}
    bag = read_bag(sizes, files.__getitem__)
    digests = {path: digest_bytes(data, bag.algorithms) for path, data in files.items()}
    return {each.code: each.path for each in verify_bag(bag, sizes, digests)}


@given(_FILES)
def test_what_is_written_verifies(payload: dict[str, bytes]) -> None:
    assert faults(a_bag(payload)) == {}


@given(payload=_FILES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_library_accepts_what_is_written(
    payload: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    # A name the library itself would look for in another case or form is not what is tested here.
    payload = {path: data for path, data in payload.items() if path.isascii() and "%" not in path and path[0] != "*"}
    payload = {path: data for path, data in payload.items() if path == path.strip()}
    folder = tmp_path_factory.mktemp("bag")
    (folder / "data").mkdir()
    for path, data in a_bag(payload).items():
        (folder / path).write_bytes(data)
    assert bagit.Bag(str(folder)).validate()


PAYLOAD = {"一.txt": b"one", "folder/two.txt": b"two"}


def _without(path: str) -> dict[str, bytes]:
    return {each: data for each, data in a_bag(PAYLOAD).items() if each != path}


def _with(path: str, data: bytes) -> dict[str, bytes]:
    return a_bag(PAYLOAD) | {path: data}


def _edited(path: str, old: bytes, new: bytes) -> dict[str, bytes]:
    files = a_bag(PAYLOAD)
    assert old in files[path]
    # Only the fault in question: the tag manifests are left out, or they would notice every edit.
    kept = {each: data for each, data in files.items() if not each.startswith("tagmanifest")}
    return kept | {path: files[path].replace(old, new)}


@pytest.mark.parametrize(
    ("files", "code", "path"),
    [
        (_without("data/一.txt"), "bag.missing-file", "data/一.txt"),
        (_with("data/一.txt", b"One"), "bag.digest", "data/一.txt"),
        (_with("data/more.txt", b"more"), "bag.unlisted-file", "data/more.txt"),
        (_with("bag-info.txt", b"Contact-Name: x\n"), "bag.digest", "bag-info.txt"),
        (_edited("bag-info.txt", b"6.2", b"7.2"), "bag.oxum", "bag-info.txt"),
        (_edited("bag-info.txt", b"Source-Organization:", b"Source-Organization"), "bag.information", "bag-info.txt"),
        (_edited("bagit.txt", b"BagIt-Version: 1.0", b"BagIt-Version:  1.0"), "bag.declaration", "bagit.txt"),
        (_edited("bagit.txt", b"BagIt", b"\xef\xbb\xbfBagIt"), "bag.declaration", "bagit.txt"),
        (_edited("bagit.txt", b"UTF-8", b"KLINGON"), "bag.encoding", "bagit.txt"),
        (_edited("manifest-sha256.txt", b"data/folder", b"data/../folder"), "bag.unsafe-path", "manifest-sha256.txt"),
        (_edited("manifest-sha256.txt", b"data/folder", b"/data/folder"), "bag.unsafe-path", "manifest-sha256.txt"),
        (_edited("manifest-sha256.txt", b"data/folder", b"folder"), "bag.unsafe-path", "manifest-sha256.txt"),
        (_edited("manifest-sha256.txt", b"  data/folder", b"xx data/folder"), "bag.manifest", "manifest-sha256.txt"),
        (_edited("manifest-sha256.txt", "一".encode(), b"\xff"), "bag.encoding", "manifest-sha256.txt"),
        (_with("manifest-whirlpool.txt", b""), "bag.algorithm", "manifest-whirlpool.txt"),
        (_with("fetch.txt", b"http://example.org/x - ../x\n"), "bag.unsafe-path", "fetch.txt"),
    ],
)  # fmt: skip
def test_each_fault_is_named(files: dict[str, bytes], code: str, path: str) -> None:
    found = faults(files)
    assert code in found
    assert found[code] == path


def test_a_bag_needs_a_manifest() -> None:
    files = {path: data for path, data in a_bag(PAYLOAD).items() if "manifest" not in path}
    assert faults(files) == {"bag.no-manifest": ""}


def test_a_file_to_be_fetched_is_missing_until_it_is_there() -> None:
    files = _without("data/一.txt") | {"fetch.txt": "http://example.org/1 3 data/一.txt\n".encode()}
    assert faults(files)["bag.missing-file"] == "data/一.txt"


@pytest.mark.parametrize(("label", "value"), [("A:B", "x"), ("A", "x\ny"), ("", "x"), (" A", "x"), ("A", "x\u2028y")])
def test_what_bag_info_cannot_hold_is_refused(label: str, value: str) -> None:
    with pytest.raises(ValueError, match="bag-info"):
        write_tag_files({}, {}, information={label: value})
