"""The stand-alone reader, with nothing of ours on the path: lists, shows, extracts, verifies, tells of damage."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lantai.archival.ocfl import validate_root
from tests.ingest.county import package
from tests.rebuild.lost import Lost, files_of, flip


@pytest.fixture
def shelf(lost: Lost, tmp_path: Path) -> Path:
    """A copy of the storage, as found on a disk of a stranger."""
    shutil.copytree(lost.house.home / "storage", tmp_path / "found")
    return tmp_path / "found"


def read(shelf: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the script that lies in the storage root itself."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", shelf / "read_archive.py", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=shelf.parent,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_reader_lies_in_the_root_and_the_root_stays_valid(shelf: Path) -> None:
    assert (shelf / "read_archive.py").read_bytes() == Path("tools/read_archive.py").read_bytes()
    assert "read_archive.py" in (shelf / "README.md").read_text("utf-8")
    assert [problem for place in validate_root(shelf) for problem in place.problems if problem.is_error] == []


def test_all_records_are_listed_as_the_catalogue_had_them_last(lost: Lost, shelf: Path) -> None:
    code, said, _wrong = read(shelf, "list")
    rows = {line.split("\t")[0]: line.split("\t") for line in said.splitlines()}
    assert (code, set(rows)) == (0, set(lost.records))
    assert rows[lost.records[0]][2] == "关于小餐饮店登记的批复（更正）"
    assert sum(row[3] == "merged" for row in rows.values()) == 1


def test_without_rows_the_description_documents_are_read(lost: Lost, shelf: Path) -> None:
    for each in files_of(shelf, "urn:lantai:rows:"):
        shutil.rmtree(each.parents[2], ignore_errors=True)
    code, said, _wrong = read(shelf, "list")
    boxed = [line.split("\t") for line in said.splitlines()]
    assert (code, len(boxed)) == (0, 8)
    assert all(each[1].startswith("0059-ZY·XK") and each[2] for each in boxed)


def test_packages_come_out_as_they_were_received_and_their_files_too(lost: Lost, shelf: Path) -> None:
    target = shelf.parent / "out"
    code, _said, _wrong = read(shelf, "extract", str(target))
    assert code == 0
    packages = {hashlib.sha512(each.read_bytes()).digest() for each in target.glob("*/package.zip")}
    sent = {hashlib.sha512(package(number)[1]).digest() for number in (*range(1, 8), 21)}
    assert packages == sent
    files = [each for each in target.glob("*/files/**/*") if each.is_file()]
    assert {each.suffix for each in files} >= {".pdf", ".xml", ".jpg"}
    assert all(each.read_bytes()[:5] == b"%PDF-" for each in files if each.suffix == ".pdf")
    assert not [each for each in shelf.parent.iterdir() if each.name not in ("found", "out")]


def test_one_record_is_extracted_by_its_archive_code_and_shown(lost: Lost, shelf: Path) -> None:
    listed = dict(line.split("\t")[:2] for line in read(shelf, "list")[1].splitlines())
    number = lost.records[3]
    target = shelf.parent / "one"
    assert read(shelf, "extract", str(target), listed[number])[0] == 0
    assert [each.name for each in target.iterdir()] == [number]
    code, said, _wrong = read(shelf, "show", listed[number])
    assert code == 0
    assert "食品经营许可证" in said and "record.split" in said and "package.zip" in said
    assert read(shelf, "extract", str(target), "E-nobody")[0] == 1


def test_ledger_and_tables_are_lines_of_json(shelf: Path) -> None:
    code, said, _wrong = read(shelf, "ledger", "nobody")
    entries = [json.loads(line) for line in read(shelf, "ledger")[1].splitlines()]
    assert [each["index"] for each in entries] == list(range(len(entries)))
    assert code == 0 and said == ""
    told = dict(line.split("\t") for line in read(shelf, "tables")[1].splitlines())
    assert int(told["catalog.record"]) == 16
    people = [json.loads(line) for line in read(shelf, "tables", "administration.person")[1].splitlines()]
    assert {each["username"] for each in people} == {"zhou", "qian", "sun"}
    assert not any("password" in each for each in people)


def test_everything_is_verified(shelf: Path) -> None:
    code, said, wrong = read(shelf, "verify")
    assert (code, wrong) == (0, "")
    assert "条账目 entries" in said


@pytest.mark.parametrize("prefix", ["urn:lantai:box:", "urn:lantai:rows:", "urn:lantai:ledger:"])
def test_damage_is_told_where_it_is_and_the_rest_is_read(lost: Lost, shelf: Path, prefix: str) -> None:
    flip(files_of(shelf, prefix)[-1])
    code, _said, wrong = read(shelf, "verify")
    assert code == 1 and prefix in wrong
    code, said, _wrong = read(shelf, "list")
    assert len(said.splitlines()) >= 8
    target = shelf.parent / "out"
    assert read(shelf, "extract", str(target))[0] == (1 if prefix == "urn:lantai:box:" else 0)
    assert len(list(target.glob("*/package.zip"))) >= 7


def test_a_forged_entry_is_found_though_the_digests_were_made_to_fit(shelf: Path) -> None:
    path = next(each for each in files_of(shelf, "urn:lantai:ledger:") if each.name == "entries.jsonl")
    before = path.read_bytes()
    forged = before.replace(b"2026-", b"2025-", 1)
    assert forged != before
    path.write_bytes(forged)
    folder = path.parents[2]
    for name in ("inventory.json", "v1/inventory.json"):
        data = (folder / name).read_text("utf-8")
        data = data.replace(hashlib.sha512(before).hexdigest(), hashlib.sha512(forged).hexdigest())
        (folder / name).write_text(data, "utf-8")
        digest = hashlib.sha512(data.encode()).hexdigest()
        (folder / f"{name}.sha512").write_text(f"{digest} inventory.json\n")
    code, _said, wrong = read(shelf, "verify")
    assert code == 1 and "committed to" in wrong


def test_what_is_no_archive_is_said(tmp_path: Path, shelf: Path) -> None:
    assert read(shelf, str(tmp_path / "nothing"), "list")[0] == 2
    assert read(shelf)[0] == 2
