"""Strangers' EEP files at the command line: ``lantai verify`` judges structure and signatures, ``lantai check`` the
record.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from lantai.site.cli.alone import add_commands
from tests.archival.eep.eep_samples import a_signer, packed, signing
from tests.archival.eep.test_eep_round_trip import a_modified

app = typer.Typer()
add_commands(app)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def answer(*arguments: str | Path) -> tuple[dict[str, Any], int]:
    result = run(*arguments, "--json")
    assert result.stdout.count("\n") == 1, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found, result.exit_code


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    folder = tmp_path / "trusted"
    folder.mkdir()
    for number, name in enumerate(("云岭县档案馆", "馆长")):
        (folder / f"{number}.cer").write_bytes(a_signer(name).certificates[0])
    return folder


@pytest.mark.parametrize("name", ["件.eep", "件.xml", "件"])
def test_a_sound_package_is_valid(tmp_path: Path, trusted: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(packed(signing=signing()))
    found, code = answer("verify", path, "--trust", trusted)
    assert (found["kind"], found["verdict"], found["findings"], code) == ("eep", "valid", [], 0)
    assert [(each["kind"], each["verdict"]) for each in found["signatures"]] == [
        ("eep-sign", "valid"), ("eep-lock", "valid"),
    ]  # fmt: skip


def test_who_is_not_trusted_is_told_and_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "件.eep"
    path.write_bytes(packed(signing=signing()))
    found, code = answer("verify", path)
    assert (found["verdict"], code) == ("valid", 0)
    assert {each["severity"] for each in found["findings"]} == {"warning"}
    said = run("verify", path, "--language", "en").stdout
    assert "valid, but not trusted" in said and "EEP" in said


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("<责任者>云岭", "<责任者>白云", "eep.signature-invalid"),
        ("<年度>2024", "<年度>x", "eep.value"),
        ("</封装内容>", "", "eep.malformed"),
        ('?>\n', '?><!DOCTYPE a [<!ENTITY b "c">]>', "eep.doctype"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_both_languages(tmp_path: Path, before: str, after: str, code: str) -> None:
    path = tmp_path / "件.eep"
    path.write_bytes(packed(signing=signing()).replace(before.encode(), after.encode(), 1))
    found, exit_code = answer("verify", path)
    assert (found["verdict"], exit_code) == ("invalid", 1)
    (fault,) = [each for each in found["findings"] if each["code"] == code]
    assert all(fault[each] for each in ("message_zh", "message_en", "advice_zh", "advice_en"))
    assert code in run("verify", path).stdout


def test_the_layer_below_is_judged_as_well(tmp_path: Path, trusted: Path) -> None:
    path = tmp_path / "改.eep"
    modified, _contents = a_modified(packed(signing=signing()), sign=True)
    path.write_bytes(modified)
    found, code = answer("verify", path, "--trust", trusted)
    assert (found["verdict"], code, len(found["signatures"])) == ("valid", 0, 3)


def test_a_record_is_examined_by_the_rules(tmp_path: Path) -> None:
    (tmp_path / "甲.eep").write_bytes(packed(signing=signing()))
    (tmp_path / "乙.xml").write_bytes(packed().replace("<年度>2024".encode(), "<年度>x".encode()))
    (tmp_path / "其他.xml").write_bytes(b"<a/>")
    result = run("check", tmp_path, "--json")
    found = {Path(each["path"]).name: each for each in map(json.loads, result.stdout.splitlines())}
    assert set(found) == {"甲.eep", "乙.xml"}
    assert {each["package"]["container"] for each in found.values()} == {"eep"}
    assert {each["package"]["profile"] for each in found.values()} == {"eep/2026-01-01"}
    reasons = {each["reason"]: each for each in found["乙.xml"]["findings"] if each["verdict"] == "fail"}
    assert reasons["eep.value"]["code"] == "GD-2-10"
    assert found["乙.xml"]["decision"] == "rejected"
    passed = {each["code"] for each in found["甲.eep"]["findings"] if each["verdict"] == "pass"}
    assert {"GD-1-11", "GD-1-12", "GD-1-13", "GD-2-5", "GD-2-9", "GD-2-10", "GD-3-1"} <= passed
