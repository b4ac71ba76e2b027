"""A whole archive leaves and another Lantai takes it in: the same rows, the same digests, whatever breaks off."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lantai.site.moving.manifest import Manifest, NotAnExport, read_manifest, write_manifest
from tests.flows.house import House, living_house
from tests.rebuild.lost import Lost, compared, files_of, flip, run

pytestmark = pytest.mark.xdist_group("rebuild")
KILLED = """
import signal
from pathlib import Path
from django.db import connections
from django.utils import timezone
from lantai.site.moving import arriving, copying, leaving
from lantai.site.rebuilding import leading

def run(before):
    connections.close_all()
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    def dying(real):
        def die(*arguments, **named):
            if before:
                os.kill(os.getpid(), signal.SIGKILL)
            real(*arguments, **named)
            os.kill(os.getpid(), signal.SIGKILL)
        return die
    copying.write_durably = dying(copying.write_durably)
    leading._keep = dying(leading._keep)
    copying.AT_ONCE = leading.AT_ONCE = 3
    if sys.argv[1] == "out":
        leaving.export_archive(target=Path(sys.argv[2]), now=timezone.now())
    else:
        arriving.import_archive(source=Path(sys.argv[2]), now=timezone.now())
    os._exit(0)

deaths = 0
while os.WIFSIGNALED(ended := run(before=deaths % 2 == 0)):
    deaths += 1
assert ended == 0, ended
answer = deaths
"""
HISTORY = """
from lantai.ledger.queries import latest_checkpoint, list_entries
told = list_entries(kinds=["archive.exported"], limit=100)
answer = [[each.detail for each in told], latest_checkpoint().note]
"""


@pytest.fixture
def other(lost: Lost, tmp_path: Path) -> Iterator[House]:
    """Another, empty Lantai with storage of its own; the keys were handed over apart."""
    home = tmp_path / "other"
    shutil.copytree(lost.house.home / "keys", home / "keys")
    with living_house(home, prepared=False, LANTAI_STORAGE=str(tmp_path / "shelf")) as house:
        yield house


def exported(lost: Lost, folder: Path) -> dict[str, Any]:
    code, said = run(lost.house, "export", "--all", str(folder), "--json")
    assert code == 0, said
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def taken(other: House, folder: Path) -> tuple[int, dict[str, Any]]:
    code, said = run(other, "import-archive", str(folder), "--json")
    return code, json.loads(said.splitlines()[-1])


@pytest.mark.database
def test_another_archive_has_the_same_rows_and_digests(lost: Lost, other: House, tmp_path: Path) -> None:
    told = exported(lost, tmp_path / "out")
    assert told["findings"] == []
    assert told["receiving"] == len(list((lost.house.home / "receiving").glob("*/*"))) > 0
    assert told["objects"] == len((tmp_path / "out" / "objects.txt").read_text().splitlines())
    code, arrived = taken(other, tmp_path / "out")
    assert (code, arrived["findings"], arrived["absent_packages"]) == (0, [], 0)
    assert arrived["counts"]["objects"] == told["objects"]
    *differences, total = compared(lost, other)
    assert (differences, total["same"]) == ([], True)
    exports, checkpoint = other.ask(HISTORY)
    assert exports[0] == {"target": "out"}
    assert lost.house.ask(HISTORY)[1] == checkpoint
    assert run(other, "import-archive", str(tmp_path / "out"))[0] == 2  # it is not empty any more
    assert run(lost.house, "export", "--all", str(tmp_path / "out"))[0] == 2  # a finished export is left alone
    code, said = run(other, "verify", str(tmp_path / "out" / "storage"), "--json")
    assert code == 0, said


def test_killed_again_and_again_both_go_on(lost: Lost, other: House, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert lost.house.ask(KILLED, "out", str(out)) > 3
    code, said = run(other, "import-archive", str(out))
    if code == 2:
        pytest.fail(said)
    *differences, total = compared(lost, other)
    assert (code, differences, total["same"]) == (0, [], True)


def test_an_import_killed_again_and_again_goes_on(lost: Lost, other: House, tmp_path: Path) -> None:
    exported(lost, tmp_path / "out")
    other.command("prepare")
    assert other.ask(KILLED, "in", str(tmp_path / "out")) > 10
    *differences, total = compared(lost, other)
    assert (differences, total["same"]) == ([], True)


def test_what_is_damaged_on_the_way_is_told_and_the_rest_comes_in(lost: Lost, other: House, tmp_path: Path) -> None:
    out = tmp_path / "out"
    exported(lost, out)
    package = files_of(out / "storage", "urn:lantai:box:")[0]
    flip(package)
    flip(next((out / "receiving").iterdir()))
    code, arrived = taken(other, out)
    assert code == 1
    codes = {(each["code"], each["where"].partition("/")[0].partition(":box:")[0]) for each in arrived["findings"]}
    assert {("E092", "receiving"), ("E092", "urn:lantai")} <= codes
    *differences, _total = compared(lost, other)
    assert {each["table"] for each in differences} == {"storage.storedobject"}


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    made = Manifest("馆", "origin", "2026-11-22T00:00:00+00:00", "0", 7, "", {"urn:a": "0" * 128}, {"E1": "1" * 128})
    write_manifest(tmp_path, made)
    assert read_manifest(tmp_path) == made
    manifest, listed = tmp_path / "lantai-export.json", tmp_path / "objects.txt"
    told, lines = json.loads(manifest.read_text()), listed.read_bytes()
    for wrong, objects in (
        (None, lines),
        (told, lines[1:]),
        (told | {"format": "lantai-export/9"}, lines),
        (told | {"receiving": {"../x": "0" * 128}}, lines),
        (told | {"receiving": {"x": "short"}}, lines),
        ({"format": told["format"]}, lines),
        ([], lines),
    ):
        manifest.unlink(missing_ok=True)
        if wrong is not None:
            manifest.write_text(json.dumps(wrong))
        listed.write_bytes(objects)
        with pytest.raises(NotAnExport):
            read_manifest(tmp_path)


def test_a_folder_that_holds_something_else_is_not_written_to(lost: Lost, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    for target in (tmp_path, lost.house.home / "storage" / "out"):
        code, said = run(lost.house, "export", "--all", str(target))
        assert code == 2 and "cannot export" in said
    assert sorted(each.name for each in tmp_path.iterdir()) == ["mine.txt"]
