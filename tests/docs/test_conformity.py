"""The conformity matrix: complete, honest about its tests, and in step with its source."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.conformity import Outcomes, bare
from tools import write_conformity

ROOT = Path(__file__).parents[2]
SOURCE: dict[str, Any] = tomllib.loads(write_conformity.SOURCE.read_text(encoding="utf-8"))
REQUIREMENTS = [pytest.param(each, id=str(each["number"])) for each in SOURCE["requirement"]]


@cache
def functions_of(path: str) -> frozenset[str]:
    """The test functions of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
    )


def test_every_number_of_every_section_is_listed_once() -> None:
    numbers = [each["number"] for each in SOURCE["requirement"]]
    sections = [number for each in SOURCE["section"] for number in range(each["first"], each["last"] + 1)]
    assert numbers == sections == list(range(1, 108))
    assert [each["number"] for each in SOURCE["section"]] == [f"13.{number}" for number in range(1, 13)]


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_a_requirement_says_what_shows_it_or_what_is_missing(requirement: dict[str, Any]) -> None:
    tests = requirement.get("tests", [])
    assert requirement["words"].endswith(".")
    match requirement["state"]:
        case "met":
            assert tests, "what is met is shown by a test"
            assert "why" not in requirement
        case "partly":
            assert tests, "what is partly met is shown by a test"
            assert requirement["why"], "say what is missing"
        case other:
            assert other == "later"
            assert not tests
    for each in tests:
        path, _, function = each.partition("::")
        assert (ROOT / path).is_file(), f"there is no {path}"
        assert functions_of(path), f"{path} holds no test"
        assert not function or function in functions_of(path), f"{path} holds no {function}"


def test_the_page_is_written_from_its_source() -> None:
    written = write_conformity.PAGE.read_text(encoding="utf-8")
    assert written == write_conformity.page(SOURCE, write_conformity.held_results()), "run `make docs`"


def test_results_come_from_the_outcomes_of_a_run(tmp_path: Path) -> None:
    first = Outcomes(tmp_path)
    first.counts = {"tests/a.py::test_x": Counter(passed=3), "tests/a.py::test_y": Counter(passed=1, skipped=1)}  # type: ignore[assignment]
    first.database = "SQLite"
    first.pytest_sessionfinish()
    second = Outcomes(tmp_path)
    second.counts = {"tests/a.py::test_x": Counter(passed=2), "tests/b.py::test_z": Counter(failed=1)}  # type: ignore[assignment]
    second.database = "PostgreSQL"
    second.pytest_sessionfinish()
    found = write_conformity.read_results(tmp_path)
    assert write_conformity.result_of(["tests/a.py"], found) == "passed (4, PostgreSQL 2, skipped 1)"
    assert write_conformity.result_of(["tests/a.py::test_y"], found) == "passed (1, skipped 1)"
    assert write_conformity.result_of(["tests/a.py", "tests/b.py"], found) == "**failed** (1)"
    assert write_conformity.result_of(["tests/a.py", "tests/c.py"], found) == "not run"
    assert write_conformity.result_of(["tests/a"], found) == "not run"
    assert write_conformity.result_of([], found) == "–"


def test_a_run_counts_tests_without_parameters_and_groups(tmp_path: Path) -> None:
    made = tmp_path / "test_made.py"
    made.write_text(
        """
import pytest
@pytest.mark.parametrize("text", ["a@b", "c[d"])
def test_many(text): assert text
def test_skips(): pytest.skip("why")
def test_fails(): assert False
@pytest.fixture
def broken(): raise RuntimeError
def test_never_called(broken): pass
""",
        encoding="utf-8",
    )
    environment = {each: value for each, value in os.environ.items() if each != "LANTAI_DATABASE"}
    environment |= {"LANTAI_CONFORMITY": str(tmp_path / "outcomes"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conformity", "-p", "no:cacheprovider", str(made)]
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    (path,) = (tmp_path / "outcomes").glob("SQLite-*.json")
    assert json.loads(path.read_text(encoding="utf-8"))["tests"] == {
        "test_made.py::test_many": {"passed": 2},
        "test_made.py::test_skips": {"skipped": 1},
        "test_made.py::test_fails": {"failed": 1},
        "test_made.py::test_never_called": {"failed": 1},
    }
    assert bare("tests/a.py::test_x[1@2]@index") == "tests/a.py::test_x"
