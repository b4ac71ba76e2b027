"""The storage root: where objects lie, and how a root is made."""

from __future__ import annotations

import json
import threading

import pytest
from tests.archival.ocfl.faulty import Died, Faulty

from lantai.archival import ocfl

LONG = "abcdefghijklmnopqrstuvwxyz" * 4


@pytest.mark.parametrize(
    ("object_id", "folder"),
    [
        ("object-01", "3c0/ff4/240/object-01"),
        ("..hor/rib:le-$id", "487/326/d8c/%2e%2ehor%2frib%3ale-%24id"),
        ("..Hor/rib:lè-$id", "373/529/21a/%2e%2eHor%2frib%3al%c3%a8-%24id"),
    ],
)
def test_the_examples_of_the_extension(object_id, folder):
    assert ocfl.object_folder(object_id) == folder


def test_a_long_identifier_is_cut_and_bears_its_digest():
    *tuples, name = ocfl.object_folder(LONG).split("/")
    assert len(name) == 100 + 1 + 64
    assert name.startswith(LONG[:100] + "-")
    assert name.endswith(name[101:]) and name[101:].startswith("".join(tuples))


def test_a_stranger_finds_a_readme_and_the_layout_in_the_root(root):
    readme = (root.path / "README.md").read_text(encoding="utf-8")
    assert "云岭县档案馆" in readme and "sha512sum" in readme and "{archive}" not in readme
    layout = json.loads((root.path / "ocfl_layout.json").read_text())
    config = json.loads((root.path / "extensions" / layout["extension"] / "config.json").read_text())
    assert config == {
        "extensionName": "0003-hash-and-id-n-tuple-storage-layout",
        "digestAlgorithm": "sha256",
        "tupleSize": 3,
        "numberOfTuples": 3,
    }
    assert (root.path / "0=ocfl_1.1").read_text() == "ocfl_1.1\n"


def test_making_a_root_again_changes_nothing(root):
    before = {path: path.stat().st_mtime_ns for path in root.path.rglob("*")}
    ocfl.create_root(root, archive="another")
    assert {path: path.stat().st_mtime_ns for path in root.path.rglob("*")} == before


def test_a_folder_of_something_else_does_not_become_a_root(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "holiday.jpg").write_bytes(b"")
    with pytest.raises(ocfl.RootUnusable, match=r"holiday\.jpg"):
        ocfl.create_root(ocfl.StorageRoot(tmp_path / "photos"), archive="x")


def test_a_root_with_other_parameters_is_refused(root):
    config = next(root.path.rglob("config.json"))
    config.write_text(config.read_text().replace("3", "2"))
    with pytest.raises(ocfl.RootUnusable, match="parameters"):
        ocfl.create_root(root, archive="x")


def test_making_a_root_is_mended_wherever_it_broke_off(tmp_path):
    counting = Faulty()
    ocfl.create_root(ocfl.StorageRoot(tmp_path / "counted", counting), archive="x")
    for at in range(counting.calls):
        path = tmp_path / f"root-{at}"
        with pytest.raises(Died):
            ocfl.create_root(ocfl.StorageRoot(path, Faulty(at, Died(), dead=True)), archive="x")
        ocfl.create_root(ocfl.StorageRoot(path), archive="x")
        assert sorted(each.name for each in path.iterdir()) == [
            "0=ocfl_1.1",
            "README.md",
            "extensions",
            "ocfl_layout.json",
        ]


def test_two_processes_make_one_root(tmp_path):
    problems: list[Exception] = []

    def make() -> None:
        try:
            ocfl.create_root(ocfl.StorageRoot(tmp_path / "storage"), archive="x")
        except (OSError, ocfl.RootUnusable) as error:
            problems.append(error)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert problems == []
    assert len(list((tmp_path / "storage").iterdir())) == 4


def test_objects_are_walked_in_order_and_from_any_place_on(root, make_box):
    ocfl.write_objects(root, [make_box(number) for number in range(12)])
    folders = list(ocfl.object_folders(root))
    assert folders == sorted(ocfl.object_folder(f"urn:lantai:box:{number}") for number in range(12))
    for at, folder in enumerate(folders):
        assert list(ocfl.object_folders(root, after=folder)) == folders[at + 1 :]
