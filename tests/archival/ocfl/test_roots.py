"""Whole storage roots: what lies between the objects is judged, too; ocfl-py is asked beside us."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import ocfl as oracle
import pytest

from lantai.archival import ocfl
from lantai.archival.ocfl.layout import LAYOUT


@pytest.fixture
def shelf(root: ocfl.StorageRoot, make_box: Callable[..., ocfl.NewObject]) -> Path:
    ocfl.write_objects(root, [make_box(number) for number in (1, 2, 3)])
    return root.path


def codes(shelf: Path) -> dict[str, list[str]]:
    """Places that are not sound, with their codes."""
    return {each.folder: [found.code for found in each.problems] for each in ocfl.validate_root(shelf) if each.problems}


def first_object(shelf: Path) -> Path:
    return next(shelf / each.folder for each in ocfl.walk_root(shelf) if each.is_object)


def theirs(shelf: Path) -> bool:
    """What ocfl-py says of the root."""
    root = oracle.StorageRoot(root=str(shelf))
    return bool(root.validate(validate_objects=True, check_digests=True)) and root.num_objects == root.good_objects


def test_a_sound_root_has_no_problem(shelf: Path) -> None:
    places = list(ocfl.validate_root(shelf))
    assert [each.is_object for each in places] == [False, True, True, True]
    assert codes(shelf) == {}
    assert theirs(shelf)


def test_a_walk_goes_on_where_it_was_broken_off(shelf: Path) -> None:
    places = [each.folder for each in ocfl.walk_root(shelf)]
    for at, folder in enumerate(places[1:], 1):
        assert [each.folder for each in ocfl.walk_root(shelf, after=folder)] == places[at + 1 :]


def flip(shelf: Path) -> None:
    path = first_object(shelf) / "v1/content/YL2026000001/package.zip"
    path.chmod(0o644)
    path.write_bytes(b"X" + path.read_bytes()[1:])


def cut(shelf: Path) -> None:
    path = first_object(shelf) / "v1/content/YL2026000001/package.zip"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1])


def lose(shelf: Path) -> None:
    (first_object(shelf) / "v1/content/YL2026000001/package.zip").unlink()


def add(shelf: Path) -> None:
    (first_object(shelf) / "v1/content/strange").write_bytes(b"x")


@pytest.mark.parametrize(
    ("harm", "expected"),
    [(flip, ["E092"]), (cut, ["E092"]), (lose, ["E092"]), (add, ["E023"])],
)
def test_a_damaged_object_is_told_with_its_place(
    shelf: Path, harm: Callable[[Path], None], expected: list[str]
) -> None:
    folder = str(first_object(shelf).relative_to(shelf))
    harm(shelf)
    (found,) = [each for each in ocfl.validate_root(shelf) if each.problems]
    assert (found.folder, [each.code for each in found.problems]) == (folder, expected)
    assert found.problems[0].path.startswith(f"{folder}/v1/content/")
    assert not theirs(shelf)


def undeclare(shelf: Path) -> None:
    (shelf / "0=ocfl_1.1").unlink()


def declare_twice(shelf: Path) -> None:
    (shelf / "0=ocfl_1.0").write_bytes(b"ocfl_1.0\n")


def declare_wrongly(shelf: Path) -> None:
    (shelf / "0=ocfl_1.1").write_bytes(b"ocfl_1.1")


def halve_layout(shelf: Path) -> None:
    (shelf / "ocfl_layout.json").write_text('{"extension": "x"}')


def unknown_layout(shelf: Path) -> None:
    (shelf / "ocfl_layout.json").write_text('{"extension": "9999-x", "description": "x"}')


def stray_file(shelf: Path) -> None:
    (first_object(shelf).parent / "stray").write_bytes(b"")


def empty_folder(shelf: Path) -> None:
    (shelf / "abc").mkdir()


def file_in_extensions(shelf: Path) -> None:
    (shelf / "extensions" / "x").write_bytes(b"")


def older_root(shelf: Path) -> None:
    (shelf / "0=ocfl_1.1").unlink()
    declare_twice(shelf)


def moved(shelf: Path) -> None:
    found = first_object(shelf)
    target = shelf / "000/000/000" / found.name
    target.parent.mkdir(parents=True)
    found.rename(target)
    for folder in (found.parent, found.parent.parent, found.parent.parent.parent):
        folder.rmdir()


def copied(shelf: Path) -> None:
    found = first_object(shelf)
    shutil.copytree(found, shelf / "zzz/zzz/zzz" / found.name)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (undeclare, "E069"),
        (declare_twice, "E069"),
        (declare_wrongly, "E080"),
        (halve_layout, "E070"),
        (unknown_layout, "E071"),
        (stray_file, "E072"),
        (empty_folder, "E073"),
        (file_in_extensions, "E112"),
        (older_root, "E081"),
        (moved, "E083"),
        (copied, "E110"),
    ],
)
def test_a_root_that_is_not_whole_is_told_by_code(shelf: Path, harm: Callable[[Path], None], code: str) -> None:
    harm(shelf)
    found = codes(shelf)
    assert code in {each for told in found.values() for each in told}
    assert all(
        each.message("zh") != each.message("en") for place in ocfl.validate_root(shelf) for each in place.problems
    )
    if code not in ("E080", "E081", "E083", "E110"):  # what ocfl-py does not look at, or takes
        with suppress(oracle.StorageRootException):
            assert not theirs(shelf)


def test_an_unregistered_extension_is_a_warning(shelf: Path) -> None:
    (shelf / "extensions" / "own").mkdir()
    (found,) = [each for place in ocfl.validate_root(shelf) for each in place.problems]
    assert (found.code, found.is_error) == ("W013", False)


def test_strange_json_is_a_problem_and_no_exception(shelf: Path) -> None:
    for text in ("[]", '"x"', "{", "null", '{"extension": 1, "description": "x"}', '{"extension": null}'):
        (shelf / "ocfl_layout.json").write_text(text)
        assert codes(shelf)[""] == ["E070"], text
    (shelf / "extensions" / LAYOUT / "config.json").write_text(json.dumps([1]))
    (first_object(shelf) / "inventory.json").write_text("[1]")
    assert len(codes(shelf)) == 2


def test_a_link_between_objects_is_not_followed(shelf: Path, tmp_path: Path) -> None:
    (shelf / "abc").symlink_to(tmp_path)
    (first_object(shelf).parent / "link").symlink_to(tmp_path)
    assert [each for told in codes(shelf).values() for each in told] == ["E072"]


@pytest.mark.corpus
def test_roots_of_the_specifications_own_objects(corpus: Path, tmp_path: Path) -> None:
    for kind in ("good-objects", "bad-objects"):
        root = tmp_path / kind
        shutil.copytree(corpus / "ocfl" / "1.0" / kind, root)
        (root / "0=ocfl_1.0").write_bytes(b"ocfl_1.0\n")
        told = {
            each.path.partition("/")[0]
            for place in ocfl.validate_root(root)
            for each in place.problems
            if each.is_error and each.code != "E110"  # objects of the corpus share their ids
        }
        assert told == (set() if kind == "good-objects" else {each.name for each in root.iterdir() if each.is_dir()})
