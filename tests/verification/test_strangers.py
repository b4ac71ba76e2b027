"""`lantai verify PATH`: a stranger's storage root, object, bag or proof, judged whole; one JSON line an input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bagit
import pytest
import typer
from typer.testing import CliRunner, Result

from lantai.archival import ocfl
from lantai.archival.packages import RawEntry, write_container, write_raw_zip
from lantai.archival.verification import Found, known_codes, verify_path
from lantai.ingest.services import take_folder
from lantai.site.cli.verify import verify
from lantai.site.proofs import proof_of
from tests.archival.bagit.test_bag_corpus import INVALID, bags
from tests.ingest.county import found_county, lay_down, settle

app = typer.Typer()
app.command()(verify)
NOW = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
Harm = Callable[[Path], object]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def judged(path: Path) -> tuple[str, str, list[str], int]:
    """Kind, verdict, codes and exit code of one input; the shape of its line is looked at on the way."""
    result = run(path, "--json")
    (text,) = result.stdout.splitlines()
    line: dict[str, Any] = json.loads(text)
    assert line["input"] == str(path)
    for each in line["findings"]:
        assert set(each) == {
            *("code", "severity", "where", "message_zh", "message_en", "advice_zh", "advice_en", "values"),
        }
        assert each["message_zh"] and each["message_zh"] != each["message_en"]
        assert each["advice_zh"] and each["advice_zh"] != each["advice_en"]
    return line["kind"], line["verdict"], [each["code"] for each in line["findings"]], result.exit_code


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = ocfl.StorageRoot(tmp_path / "root")
    ocfl.create_root(made, archive="某馆")
    objects = [
        ocfl.NewObject(
            f"urn:x:{number}", (ocfl.Content("题名.txt", b"%d" % number), ocfl.Content("b", b"b")), NOW, "m", "u"
        )
        for number in (1, 2)
    ]
    ocfl.write_objects(made, objects)
    return made.path


def content_of(root: Path) -> Path:
    path = sorted(root.rglob("题名.txt"))[0]
    path.chmod(0o644)
    return path


def flip(path: Path) -> None:
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def lose(path: Path) -> None:
    path.unlink()


def add(path: Path) -> None:
    (path.parent / "extra").write_bytes(b"x")


HARMS: dict[Harm, tuple[str, str]] = {
    flip: ("E092", "bag.digest"),
    cut: ("E092", "bag.digest"),
    lose: ("E092", "bag.missing-file"),
    add: ("E023", "bag.unlisted-file"),
}
"""What each damage is called in an OCFL object, and in a bag."""


def test_a_storage_root_and_its_objects(root: Path) -> None:
    assert judged(root) == ("ocfl-root", "valid", [], 0)
    line = json.loads(run(root, "--json").stdout)
    assert line["objects"] == 2
    assert judged(content_of(root).parents[2]) == ("ocfl-object", "valid", [], 0)


@pytest.mark.parametrize("harm", HARMS, ids=lambda each: each.__name__)
def test_a_damaged_object_is_told_alone_and_in_its_root(root: Path, harm: Harm) -> None:
    content = content_of(root)
    harm(content)
    code = HARMS[harm][0]
    assert judged(content.parents[2]) == ("ocfl-object", "invalid", [code], 1)
    assert judged(root) == ("ocfl-root", "invalid", [code], 1)
    found = json.loads(run(root, "--json").stdout)["findings"][0]
    folder = content.parents[2].relative_to(root)
    assert found["where"] == f"{folder}/v1/content/{'extra' if harm is add else content.name}"
    assert found["where"] in found["message_zh"]


def test_a_root_or_object_without_declaration_is_still_known(root: Path) -> None:
    content = content_of(root)
    (content.parents[2] / "0=ocfl_object_1.1").unlink()
    assert judged(content.parents[2]) == ("ocfl-object", "invalid", ["E003"], 1)
    assert judged(root)[:2] == ("ocfl-root", "invalid")
    (root / "0=ocfl_1.1").unlink()
    assert "E069" in judged(root)[2]


def test_a_warning_is_told_and_the_object_is_valid(tmp_path: Path) -> None:
    made = ocfl.StorageRoot(tmp_path / "r")
    ocfl.create_root(made, archive="x")
    (written,) = ocfl.write_objects(made, [ocfl.NewObject("no uri", (ocfl.Content("a", b"a"),), NOW, "m", "u")])
    kind, verdict, codes, exit_code = judged(made.path / written.folder)
    assert (kind, verdict, exit_code) == ("ocfl-object", "valid", 0)
    assert "W005" in codes


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    folder = tmp_path / "bag"
    folder.mkdir()
    (folder / "题名.txt").write_bytes(b"one")
    (folder / "b.zip").write_bytes(write_raw_zip([RawEntry(b"inside", b"x")]))
    bagit.make_bag(str(folder), checksums=["sha512"])
    return folder


@pytest.mark.parametrize("harm", HARMS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("container", ["folder", "zip", "tar"])
def test_a_bag_and_its_damages(bag: Path, harm: Harm, container: str, tmp_path: Path) -> None:
    def wrapped(name: str) -> Path:
        if container == "folder":
            return bag
        files: dict[str, Any] = {
            str(each.relative_to(tmp_path)): each for each in sorted(bag.rglob("*")) if each.is_file()
        }
        target = tmp_path / f"{name}.{container}"
        write_container(target, files, container=container)  # type: ignore[arg-type]
        return target

    assert judged(wrapped("sound")) == ("bag", "valid", [], 0)
    harm(bag / "data" / "题名.txt")
    kind, verdict, codes, exit_code = judged(wrapped("harmed"))
    assert (kind, verdict, exit_code) == ("bag", "invalid", 1)
    assert HARMS[harm][1] in codes
    with pytest.raises(bagit.BagError):
        bagit.Bag(str(bag)).validate()


def test_a_bag_without_its_declaration(bag: Path) -> None:
    (bag / "bagit.txt").unlink()
    assert judged(bag) == ("bag", "invalid", ["bag.declaration"], 1)


def test_an_archive_cut_short_is_told_and_not_thrown(bag: Path, tmp_path: Path) -> None:
    files: dict[str, Any] = {f"bag/{each.relative_to(bag)}": each for each in bag.rglob("*") if each.is_file()}
    write_container(tmp_path / "b.zip", files)
    data = (tmp_path / "b.zip").read_bytes()
    for at in range(0, len(data), 97):
        (tmp_path / "b.zip").write_bytes(data[:at])
        assert judged(tmp_path / "b.zip")[1] in ("invalid", "unreadable"), at


def test_an_archive_that_leaves_its_folder_is_refused_by_name(tmp_path: Path) -> None:
    data = write_raw_zip([RawEntry(b"bagit.txt", b"x"), RawEntry(b"../../etc/x", b"x")])
    (tmp_path / "evil.zip").write_bytes(data)
    assert judged(tmp_path / "evil.zip") == ("bag", "invalid", ["name.traversal"], 1)


@pytest.mark.corpus
def test_the_bags_and_objects_of_the_corpus(corpus: Path) -> None:
    for path in bags(corpus):
        kind, verdict, codes, _exit = judged(path)
        expected = INVALID[path.name] if path.parent.name == "invalid" else set()
        assert (kind, verdict, set(codes)) == ("bag", "invalid" if expected else "valid", expected), path
    for kind, verdict in (("good-objects", "valid"), ("warn-objects", "valid"), ("bad-objects", "invalid")):
        for path in sorted((corpus / "ocfl" / "1.0" / kind).iterdir()):
            if path.is_dir() and path.name not in NO_OBJECTS:
                assert judged(path)[:2] == ("ocfl-object", verdict), path.name


NO_OBJECTS = {"E003_E063_empty"}
"""An empty folder: nothing says that it should be an object."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
@pytest.mark.xdist_group("index")
def test_a_proof_bundle(tmp_path: Path) -> None:
    body = found_county()
    lay_down(tmp_path / "b", range(1, 2))
    take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
    settle()
    bundle = proof_of(code="0059-ZY·XK·2025·D30-000001")
    path = tmp_path / "proof.json"
    path.write_text(json.dumps(bundle), encoding="utf-8")
    assert judged(path) == ("proof", "valid", [], 0)
    assert "PROVEN" in run(path).stdout
    altered = json.loads(json.dumps(bundle))
    altered["entries"][0]["entry"] = altered["entries"][0]["entry"].replace("organisation", "somebody")
    path.write_text(json.dumps(altered), encoding="utf-8")
    assert judged(path) == ("proof", "invalid", ["proof.not-proven"], 1)
    line = json.loads(run(path, "--json").stdout)
    assert line["findings"][0]["message_zh"].startswith("证明不成立：第 ")
    assert line["findings"][0]["message_en"].startswith("Not proven: entry ")
    path.write_text('{"format": "lantai-proof/1"}', encoding="utf-8")
    assert judged(path) == ("proof", "unreadable", ["proof.unreadable"], 2)
    path.write_text(json.dumps(bundle | {"vkey": "x+00000000+AAAA"}), encoding="utf-8")
    assert judged(path)[3] == 2
    result = run(path, "--vkey", bundle["vkey"], "--json")
    assert result.exit_code == 0, "the key given counts, not the bundle's own"


def test_what_cannot_be_judged_says_so(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("no bag", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("letter.txt", "empty", "pipe"):
        assert judged(tmp_path / name) == ("unknown", "unreadable", ["input.unknown"], 2)
    assert judged(tmp_path / "absent") == ("unknown", "unreadable", ["input.unreadable"], 2)


def test_many_inputs_are_a_line_each_and_a_fault_decides_the_exit_code(root: Path, bag: Path, tmp_path: Path) -> None:
    result = run(root, tmp_path / "absent", bag, "--json")
    assert [json.loads(line)["verdict"] for line in result.stdout.splitlines()] == ["valid", "unreadable", "valid"]
    assert result.exit_code == 2
    flip(content_of(root))
    assert run(root, tmp_path / "absent", bag).exit_code == 1


def test_a_reader_sees_what_and_what_to_do_in_either_language(root: Path) -> None:
    flip(content_of(root))
    chinese, english = run(root).stdout, run(root, "--language", "en").stdout
    assert "不通过" in chinese
    assert "OCFL 存储根  2 个对象" in chinese
    assert "✗ E092  文件缺失，或内容与摘要不符：" in chinese
    assert "→ 请停止在此存储位置写入" in chinese
    assert "invalid" in english
    assert "✗ E092  A file is missing or is not what its digest says: " in english
    assert "→ Stop writing to this storage" in english
    assert run(root, "--language", "fr").exit_code == 2


def test_names_of_strangers_steer_no_terminal(root: Path) -> None:
    (content_of(root).parent / "\x1b[31mred\n").write_bytes(b"x")
    assert "\x1b" not in run(root).stdout
    (content_of(root).parent / os.fsdecode(b"\xff")).write_bytes(b"x")
    assert len(judged(root)[2]) == 2


def test_strange_inventories_are_judged_and_never_thrown(root: Path) -> None:
    folder = content_of(root).parents[2]
    for text in (
        r'{"id": "\ud800"}',
        "[" * 100_000,
        "null",
        "{}",
        '{"manifest": [], "versions": 1}',
        "\ufeff{}",
        '{"id": "\ud800"}',
    ):
        (folder / "inventory.json").write_bytes(text.encode("utf-8", "surrogatepass"))
        assert judged(folder)[:2] == ("ocfl-object", "invalid"), text[:20]
        assert judged(root)[:2] == ("ocfl-root", "invalid"), text[:20]
    (root / "ocfl_layout.json").write_text("[" * 100_000, encoding="utf-8")
    assert "E070" in judged(root)[2]


def test_it_needs_no_archive(bag: Path, tmp_path: Path) -> None:
    """A stranger's computer has no settings, no database and no home that could be written to."""
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", "lantai", "verify", str(bag), "--json"],
        env={"PATH": os.environ["PATH"], "LANTAI_HOME": str(home), "LANTAI_DATABASE": "nonsense"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "valid"), done.stderr
    assert not home.exists()


@pytest.mark.parametrize("code", [*known_codes(), *ocfl.CODES])
def test_every_finding_can_be_said_with_what_to_do_in_both_languages(code: str) -> None:
    names = ("detail", "number", "kind", "object", "path", "index", "shelf", "n", "unit", "count")
    found = Found(code, "E1", dict.fromkeys(names, "7"))
    for language in ("zh", "en"):
        assert "{" not in found.what(language)  # type: ignore[arg-type]
        assert found.todo(language)  # type: ignore[arg-type]
    assert found.what("zh") != found.what("en")
    assert found.todo("zh") != found.todo("en")


def test_a_root_is_judged_place_by_place(root: Path) -> None:
    seen: list[int] = []
    assert verify_path(root, progress=seen.append).objects == 2
    assert seen == [0, 1, 2]
