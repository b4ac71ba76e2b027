"""`lantai check`: the server's verdict on any machine, in order, in both languages, with its exit codes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from lantai.archival.checks import Holdings, Sandbox, default_pack, examine, report, write_rule_pack
from lantai.archival.checks.faults import Fault, sound_case
from lantai.archival.packages import Package, Profile, load_profile, write_package
from lantai.site.cli.check import check

app = typer.Typer()
app.command()(check)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "120"})


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(each) for each in result.stdout.splitlines()]


def faults(line: dict[str, Any]) -> tuple[str, ...]:
    order = {"blocking": 0, "warning": 1, "note": 2}
    bad = [each for each in line["findings"] if each["verdict"] in ("fail", "warning")]
    return tuple(f"{each['code']}:{each['reason']}" for each in sorted(bad, key=lambda each: order[each["severity"]]))


def test_every_package_of_the_library_by_an_exported_rule_pack(
    library: tuple[Path, list[Fault]], tmp_path: Path
) -> None:
    folder, known = library
    rules = tmp_path / "rules.json"
    rules.write_bytes(write_rule_pack(default_pack()))
    result = run(folder, "--rules", rules, "--json")
    found = {str(Path(each["path"]).relative_to(folder)): each for each in lines(result)}
    assert set(found) == {each.package for each in known}
    for each in known:
        assert faults(found[each.package]) == each.expected, each.name
    assert result.exit_code == 1


def test_it_says_what_the_server_says(
    read_library: list[tuple[Fault, Package, Holdings]], library: tuple[Path, list[Fault]], profile: Profile
) -> None:
    fault, package, holdings = read_library[1]
    (line,) = lines(run(library[0] / fault.package, "--json"))
    server = report(examine(package, profile=profile, pack=default_pack(), holdings=holdings), package)
    assert faults(line) == faults(server) and line["decision"] == server["decision"]
    assert line["package"]["digests"] == server["package"]["digests"]


@pytest.mark.parametrize(("name", "code"), [("sound", 0), ("closed-before-accepted", 3), ("traversal", 1)])
def test_exit_codes(library: tuple[Path, list[Fault]], name: str, code: int) -> None:
    folder, known = library
    package = next(each.package for each in known if each.name == name)
    assert run(folder / package).exit_code == code


def test_a_reader_sees_problems_first_in_either_language(library: tuple[Path, list[Fault]]) -> None:
    folder, known = library
    package = next(each.package for each in known if each.name == "size-differs")
    chinese = run(folder / package).stdout
    assert chinese.index("退回") < chinese.index("GD-1-10") < chinese.index("GD-4-1")
    assert "食品经营许可申请书.pdf" in chinese and "→" in chinese and "本机无法知道" in chinese
    english = run(folder / package, "--language", "en").stdout
    assert "rejected" in english and "Agreement of electronic attributes" in english
    assert "Not to be known on this machine" in english
    everything = run(folder / package, "--all").stdout
    assert "GD-3-4" in everything and "GD-3-4" not in chinese


@pytest.mark.parametrize(
    "arguments",
    [
        ("/no/such/file",),
        (".", "--language", "fr"),
        (".", "--profile", "x"),
        (".", "--rules", "/no/such/pack"),
        ("/dev/null",),
    ],
)
def test_wrong_usage_is_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_wrong_rule_pack_tells_every_fault(tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text('{"format": "lantai/rule-pack/1", "code": "x", "surprise": 1}')
    result = run(tmp_path, "--rules", rules)
    assert result.exit_code == 2
    assert "surprise" in result.output and "effective_from" in result.output


@pytest.mark.parametrize("container", ["zip", "tar", "folder", "bag"])
def test_any_container_and_a_folder_that_is_a_package(container: str, tmp_path: Path, profile: Profile) -> None:
    case = sound_case(5)
    target = tmp_path / (case.name + {"zip": ".zip", "tar": ".tar"}.get(container, ""))
    write_package(
        target=target,
        profile=profile,
        metadata=case.metadata,
        materials=case.materials,
        process=case.process,
        files=case.files,
        container=container,  # type: ignore[arg-type]
    )
    for asked in (target, tmp_path):
        (line,) = lines(run(asked, "--json"))
        assert line["decision"] == "accepted", [each for each in line["findings"] if each["verdict"] == "fail"]
        assert line["package"]["container"] == container
        assert Path(line["path"]).name == target.name


def test_an_empty_folder_has_no_package(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 0 and "没有找到信息包" in result.stdout


def test_a_batch_is_compared_with_its_list(tmp_path: Path) -> None:
    for number in (1, 2, 4):
        case = sound_case(number)
        (tmp_path / f"{case.name}.zip").write_bytes(case.write()[0])
    heads = "unique_identifier,send_number\n" + "".join(f"{sound_case(number).name},3\n" for number in (1, 2, 4))
    (tmp_path / "移交清单.csv").write_text(heads, encoding="utf-8")
    found = lines(run(tmp_path, "--json"))
    assert len(found) == 3
    for each in found:
        by_code = {finding["code"]: finding for finding in each["findings"]}
        assert by_code["GD-2-1"]["verdict"] == "pass"
        assert by_code["GD-2-6"]["reason"] == "serial-gap" and by_code["GD-2-6"]["values"]["gaps"] == "3"
        assert each["decision"] == "rejected" and by_code["GD-1-14"]["reason"] == "no-digest"


def test_the_same_number_twice_in_one_delivery(tmp_path: Path) -> None:
    case = sound_case(1)
    (tmp_path / f"{case.name}.zip").write_bytes(case.write()[0])
    (tmp_path / f"z{case.name}.zip").write_bytes(case.write()[0])
    first, second = lines(run(tmp_path, "--json"))
    assert first["decision"] == "accepted"
    assert "record-known" in [each["reason"] for each in second["findings"]]


def test_a_list_that_cannot_be_read_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    case = sound_case(1)
    (tmp_path / f"{case.name}.zip").write_bytes(case.write()[0])
    (tmp_path / "移交清单.xml").write_text("<transfer_info>")
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "移交清单无法读取" in result.output


def test_garbage_never_crashes_it(tmp_path: Path, library: tuple[Path, list[Fault]]) -> None:
    sound = (library[0] / library[1][0].package).read_bytes()
    hostile = tmp_path / "坏 \x1b[31m红\n.zip"
    hostile.write_bytes(os.urandom(4096))
    raw = os.fsencode(tmp_path) + b"/\xff\xfe.zip"
    Path(os.fsdecode(raw)).write_bytes(b"PK\x03\x04" + bytes(200))
    (tmp_path / "empty.zip").touch()
    (tmp_path / "half.zip").write_bytes(sound[: len(sound) // 2])
    (tmp_path / "flipped.zip").write_bytes(bytes(each ^ (0x55 if at % 97 == 5 else 0) for at, each in enumerate(sound)))
    (tmp_path / "dangling.zip").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.zip")
    shutil.copytree(library[0] / "GD-3-1-external-entity", tmp_path / "deeper" / "still")
    result = run(tmp_path, "--seconds", "20")
    assert (result.exit_code == 1 and result.exception is None) or isinstance(result.exception, SystemExit)
    assert "\x1b[31m红" not in result.stdout
    found = lines(run(tmp_path, "--json"))
    assert len(found) == 6
    assert {each["decision"] for each in found} == {"rejected"}


def test_the_profile_is_recognised(tmp_path: Path, box: Sandbox) -> None:
    for code in ("fuzhou", "generic", "wenshu"):
        path = tmp_path / f"{code}.zip"
        write_package(
            target=path, profile=load_profile(code), metadata={"title": "x"}, materials=(), process=(), files={}
        )
        assert box.call("lantai.archival.checks.reading:recognise_profile", path) == code
