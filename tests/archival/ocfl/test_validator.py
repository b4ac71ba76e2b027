"""The validator against the specification's own objects, and against ocfl-py over what we write."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import ocfl as oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocfl.validator import Validator

from lantai.archival import ocfl

NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
FIXTURES = Path("ocfl") / "1.0"
# The fixtures whose folder names a code that we do not give, each with the reason. All are judged rightly.
EXCEPTIONS: dict[str, str] = {}
COUNTS = {"good-objects": 10, "warn-objects": 14, "bad-objects": 52}


def fixtures(corpus: Path, kind: str) -> list[Path]:
    found = sorted(path for path in (corpus / FIXTURES / kind).iterdir() if path.is_dir())
    assert len(found) >= COUNTS[kind]
    return found


def named_codes(path: Path) -> set[str]:
    return {part for part in path.name.split("_") if len(part) == 4 and part[0] in "EW" and part[1:].isdigit()}


@pytest.mark.corpus
def test_good_objects_have_no_problem(corpus):
    assert {path.name: ocfl.validate_object(path) for path in fixtures(corpus, "good-objects")} == {
        path.name: [] for path in fixtures(corpus, "good-objects")
    }


@pytest.mark.corpus
def test_warned_of_objects_have_exactly_their_warnings(corpus):
    for path in fixtures(corpus, "warn-objects"):
        assert {each.code for each in ocfl.validate_object(path)} == named_codes(path), path.name


@pytest.mark.corpus
def test_bad_objects_have_the_errors_of_their_names(corpus):
    for path in fixtures(corpus, "bad-objects"):
        codes = {each.code for each in ocfl.validate_object(path)}
        assert any(code.startswith("E") for code in codes), path.name
        if path.name not in EXCEPTIONS:
            assert named_codes(path) <= codes, path.name


@pytest.mark.corpus
def test_what_only_the_bytes_show_needs_the_digests(corpus):
    damaged = corpus / FIXTURES / "bad-objects" / "E092_content_file_digest_mismatch"
    assert ocfl.validate_object(damaged, digests=False) == []
    assert [each.code for each in ocfl.validate_object(damaged)] == ["E092"]


def test_every_code_has_a_sentence_in_both_languages():
    for code in ocfl.CODES:
        problem = ocfl.Problem(code, "v1/content/a", "detail")
        assert problem.message("zh") != problem.message("en")
        assert "v1/content/a" in problem.message("zh") and "detail" in problem.message("en")


@pytest.fixture
def box(root, make_box) -> Path:
    (written,) = ocfl.write_objects(root, [make_box()])
    ocfl.write_version(
        root, ocfl.NewVersion("urn:lantai:box:1", "v1", NOW, "m", "u", put=(ocfl.Content("new", b"new"),))
    )
    return root.path / written.folder


def codes(path: Path) -> set[str]:
    return {each.code for each in ocfl.validate_object(path)}


def test_every_single_file_that_is_damaged_or_lost_is_noticed(box):
    files = [path for path in box.rglob("*") if path.is_file()]
    assert len(files) == 12
    for path in files:
        data, name = path.read_bytes(), path.relative_to(box)
        path.write_bytes(data[:-2] + b"~" + data[-1:])
        assert codes(box), f"{name} was changed"
        path.unlink()
        assert codes(box), f"{name} was removed"
        path.write_bytes(data)
        assert not codes(box)


def test_every_strange_file_or_folder_is_noticed(box):
    for folder in (box, *(path for path in box.rglob("*") if path.is_dir())):
        (folder / "strange").write_bytes(b"")
        assert codes(box) & {"E001", "E015", "E023"}, folder
        (folder / "strange").unlink()
        (folder / "strange").mkdir()
        assert codes(box) & {"E001", "W002", "E024"}, folder
        (folder / "strange").rmdir()
    assert not codes(box)


def test_a_link_in_place_of_content_is_not_followed(box, tmp_path):
    content = box / "v2/content/new"
    (tmp_path / "elsewhere").write_bytes(content.read_bytes())
    content.unlink()
    content.symlink_to(tmp_path / "elsewhere")
    assert codes(box) == {"L003"}


def test_a_pipe_in_place_of_content_is_noticed_and_not_waited_for(box):
    content = box / "v2/content/new"
    content.unlink()
    os.mkfifo(content)
    assert codes(box) == {"E092"}


def test_the_register_is_believed_more_than_the_shelf(root, make_box):
    (written,) = ocfl.write_objects(root, [make_box()])
    digest = written.inventory_digest
    assert ocfl.check_object(root, "urn:lantai:box:1", inventory_digest=digest) == []
    assert [each.code for each in ocfl.check_object(root, "urn:lantai:box:1", inventory_digest="0")] == ["L002"]
    assert [each.code for each in ocfl.check_object(root, "urn:lantai:box:2")] == ["L001"]


def test_an_object_in_anothers_place_is_noticed(root, make_box):
    ocfl.write_objects(root, [make_box()])
    Path(root.object_path("urn:lantai:box:1")).rename(Path(root.object_path("urn:lantai:box:1")).with_name("x"))
    other = Path(root.object_path("urn:lantai:box:2"))
    other.parent.mkdir(parents=True)
    next(root.path.rglob("x")).rename(other)
    assert [each.code for each in ocfl.check_object(root, "urn:lantai:box:2")] == ["E037"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_inventory_of_any_shape_is_judged_and_never_breaks_the_validator(tmp_path_factory, data):
    """One value anywhere in a good inventory is replaced by something else: there is a verdict, not an exception."""
    root = ocfl.StorageRoot(tmp_path_factory.mktemp("shape") / "s")
    ocfl.create_root(root, archive="x")
    new = ocfl.NewObject("urn:x:1", (ocfl.Content("a/b", b"1"), ocfl.Content("c", b"2")), NOW, "m", "u")
    (written,) = ocfl.write_objects(root, [new])
    folder = root.path / written.folder
    document = json.loads((folder / "inventory.json").read_text())
    holder, key = data.draw(st.sampled_from(list(places(document))), label="place")
    holder[key] = data.draw(
        st.sampled_from([None, 1, "", "x", "../..", [], {}, [1], ["/"], {"a": "b"}, {"v1": []}, True, "v2"]),
        label="value",
    )
    for path in (folder, folder / "v1"):
        (path / "inventory.json").write_text(json.dumps(document))
    assert any(each.code.startswith("E") for each in ocfl.validate_object(folder))


def places(value):
    """Every (container, key) of a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield value, key
        yield from places(each)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_ocfl_py_finds_neither_error_nor_warning_in_what_we_write(root, make_box):
    names = ["结婚登记" * 60 + ".ofd", "深/层/目录/名称 带空格.pdf", "e\u0301", "a%b\"c'd"]
    strange = tuple(ocfl.Content(name, name.encode()) for name in names)
    ocfl.write_objects(
        root,
        [
            make_box(1),
            make_box(2),
            make_box(3),
            ocfl.NewObject("urn:lantai:record:长长长长长长长长长长", strange, NOW, "m", "u"),
        ],
    )
    change = {"put": (ocfl.Content("new", b"new"), ocfl.Content("YL2026000001/description.xml", b"<r/>"))}
    ocfl.write_version(root, ocfl.NewVersion("urn:lantai:box:1", "v1", NOW, "补正", "档案员", **change))
    removal = ocfl.NewVersion(
        "urn:lantai:box:1", "v2", NOW, "移除", "档案员", remove=("new", "YL2026000002/package.zip")
    )
    ocfl.write_version(root, removal)
    ocfl.remove_object(root, "urn:lantai:box:3")
    checked = 0
    for folder in ocfl.object_folders(root):
        validator = Validator(log_warnings=True)
        assert validator.validate_object(str(root.path / folder)), validator.status_str()
        assert validator.log.num_errors == 0 and validator.log.num_warnings == 0, validator.status_str()
        checked += 1
    assert checked == 3
    storage = oracle.StorageRoot(str(root.path))
    assert storage.validate(log_warnings=True), storage.log.status_str()
    assert (storage.num_objects, storage.good_objects, storage.errors) == (3, 3, [])
    assert (storage.log.num_errors, storage.log.num_warnings) == (0, 0), storage.log.status_str()
