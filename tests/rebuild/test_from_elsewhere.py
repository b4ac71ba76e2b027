"""The first copies are lost with the database; another location has them: a bucket, or another disk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lantai.archival import ocfl
from lantai.storage.bucket import ServiceBucket
from tests.flows.house import House
from tests.rebuild.lost import Lost, compared, files_of, flip, run, storage_of
from tests.storage.s3_service import KEY, SECRET, address, rclone

pytestmark = pytest.mark.xdist_group("rebuild")


@dataclass(frozen=True)
class Elsewhere:
    """A bucket with a copy of everything that was in storage; *folder* is where the service keeps it."""

    endpoint: str
    folder: Path
    objects: int


@pytest.fixture
def elsewhere(lost: Lost, fresh: House, tmp_path: Path) -> Iterator[Elsewhere]:
    """The storage of the lost archive in a bucket alone: of the first copies nothing is left."""
    root = storage_of(fresh)
    (tmp_path / "s3" / "copies").mkdir(parents=True)
    with rclone(tmp_path / "s3") as endpoint:
        bucket = ocfl.S3Store(ServiceBucket(address(endpoint, "copies", "archive")), "archive")
        ocfl.create_bucket_root(bucket, archive="测试档案馆")
        source = ocfl.PosixStore(ocfl.StorageRoot(root))
        inventories = [
            ocfl.parse_inventory(ocfl.read_whole(source, each, "inventory.json")) for each in source.folders()
        ]
        wanted = [ocfl.Wanted(each.object_id, each.digest) for each in inventories]
        assert not any(each.fault for each in ocfl.copy_objects(source, bucket, wanted))
        shutil.rmtree(root)
        yield Elsewhere(endpoint, tmp_path / "s3" / "copies" / "archive", len(wanted))


def from_bucket(fresh: House, place: Elsewhere, key: str = KEY) -> tuple[int, str]:
    """What the operator types."""
    words = ("rebuild", "--from", "s3://copies/archive", "--endpoint", place.endpoint, "--json")
    return run(fresh, *words, "--key-id", key, "--secret", SECRET)


def test_an_archive_comes_back_out_of_a_bucket(lost: Lost, fresh: House, elsewhere: Elsewhere) -> None:
    code, said = from_bucket(fresh, elsewhere, key="somebody")
    assert code == 2 and "不能重建" in said
    code, said = from_bucket(fresh, elsewhere)
    told = json.loads(said.splitlines()[-1])
    assert (code, told["findings"], told["counts"]["fetched"]) == (0, [], elsewhere.objects)
    assert told["source"] == "s3://copies/archive"
    *differences, total = compared(lost, fresh)
    assert (differences, total["same"]) == ([], True)
    assert [each for each in ocfl.validate_root(storage_of(fresh)) if each.problems] == []


def test_broken_off_while_it_fetches_it_goes_on(lost: Lost, fresh: House, elsewhere: Elsewhere) -> None:
    words = ["rebuild", "--from", "s3://copies/archive", "--endpoint", elsewhere.endpoint, "--key-id", KEY, "--secret"]
    dying = (
        "import os, signal\nfrom lantai.storage.services import fetching\nfetching.AT_ONCE = 3\n"
        "real, calls = fetching._stays, []\n"
        "def stays(*given):\n    calls.append(1)\n    len(calls) > 5 and os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(*given)\nfetching._stays = stays\n"
    )
    program = (
        "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'lantai.site.settings')\n"
        f"import django\ndjango.setup()\n{dying}from lantai.site.cli.main import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words, SECRET], env=fresh.environment, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    here = len(list(ocfl.PosixStore(ocfl.StorageRoot(storage_of(fresh))).folders()))
    assert 0 < here < elsewhere.objects
    kept = next(iter(files_of(storage_of(fresh), "urn:lantai:")))
    os.utime(kept, (1, 1))
    assert from_bucket(fresh, elsewhere)[0] == 0
    assert kept.stat().st_mtime == 1, "what came before is not fetched again"
    *differences, total = compared(lost, fresh)
    assert (differences, total["same"]) == ([], True)


def test_what_is_damaged_elsewhere_is_told_and_not_brought(lost: Lost, fresh: House, elsewhere: Elsewhere) -> None:
    package = files_of(elsewhere.folder, "urn:lantai:box:")[0]
    flip(package)
    code, said = from_bucket(fresh, elsewhere)
    told = json.loads(said.splitlines()[-1])
    assert code == 1
    assert "E092" in {each["code"] for each in told["findings"]}
    assert told["counts"]["fetched"] == elsewhere.objects - 1


def test_another_disk_becomes_the_first_location(lost: Lost, fresh: House, tmp_path: Path) -> None:
    storage_of(fresh).rename(tmp_path / "second")
    code, said = run(fresh, "rebuild", "--from", str(tmp_path / "second"), "--json")
    assert (code, json.loads(said.splitlines()[-1])["findings"]) == (0, [])
    *differences, _total = compared(lost, fresh)
    assert [(each["table"], each["column"]) for each in differences] == [("storage.location", "path")]
    assert fresh.ask(
        "from lantai.storage.models import Location; answer = Location.objects.get(code='main').path"
    ) == str(tmp_path / "second")
