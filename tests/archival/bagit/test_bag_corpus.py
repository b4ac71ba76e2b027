"""The Library of Congress' conformance bags are judged rightly, in a folder and in a ZIP file."""

from __future__ import annotations

from pathlib import Path

import bagit
import pytest

from lantai.archival.bagit import BagFault, read_bag, verify_bag
from lantai.archival.fixity import digest_bytes
from lantai.archival.packages import profile_from_data, read_package, write_container

# The invalid bags of the corpus with the faults that must be found; the rest are valid. Two of those that list a file
# twice have been edited since their tag manifests were made, or have a space after the version.
INVALID = {
    "bagit-with-invalid-whitespace": {"bag.declaration"},
    "notAllManifestsListAllFiles": {"bag.unlisted-file"},
    "same-filename-listed-twice-with-different-hashes": {"bag.declaration", "bag.listed-twice", "bag.digest"},
    "same-filename-listed-twice-with-the-same-hash": {"bag.listed-twice", "bag.digest"},
}

# Where the library `bagit` judges otherwise, and why ours is right.
OTHERWISE = {"bagit-with-invalid-whitespace": "it takes 'BagIt-Version : 1.0', which RFC 8493 2.1.1 does not allow"}


def judge(folder: Path) -> list[BagFault]:
    """All faults of the bag in *folder*."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    sizes = {path: len(data) for path, data in files.items()}
    bag = read_bag(sizes, files.__getitem__)
    return verify_bag(bag, sizes, {path: digest_bytes(data, bag.algorithms) for path, data in files.items()})


def bags(corpus: Path) -> list[Path]:
    return sorted({path.parent for path in corpus.glob("bagit/v*/*/*/bagit.txt")})


@pytest.mark.corpus
def test_every_bag_is_judged_rightly(corpus: Path) -> None:
    judged = {path: {each.code for each in judge(path)} for path in bags(corpus)}
    assert len(judged) == 19
    expected = {path: INVALID[path.name] if path.parent.name == "invalid" else set() for path in judged}
    assert judged == expected


@pytest.mark.corpus
def test_the_library_agrees_but_for_the_listed_exceptions(corpus: Path) -> None:
    for path in bags(corpus):
        try:
            theirs = bool(bagit.Bag(str(path)).validate())
        except bagit.BagError:
            theirs = False
        ours = not judge(path)
        assert (ours == theirs) == (path.name not in OTHERWISE), path


@pytest.mark.corpus
def test_a_zipped_bag_is_judged_like_its_folder(corpus: Path, tmp_path: Path) -> None:
    profile = profile_from_data(
        {
            "code": "anything", "version": "1", "name": "任意", "name_en": "anything", "nested_archives": True,
            "base": {"files": ["none.xml"], "root": "none"},
            "process": {"files": ["no.xml"], "root": "none", "record": "none", "required": False},
        }
    )  # fmt: skip
    for path in bags(corpus):
        files = {str(each.relative_to(path)): each for each in sorted(path.rglob("*")) if each.is_file()}
        zipped = tmp_path / f"{path.parts[-3]}-{path.name}.zip"
        write_container(zipped, {f"{path.name}/{name}": each for name, each in files.items()})
        for each in (path, zipped):
            package = read_package(each, profile=profile)
            codes = {problem.code for problem in package.problems} - {"metadata.missing"}
            assert package.container == "bag"
            assert codes == (INVALID[path.name] if path.parent.name == "invalid" else set()), each
