"""Copies as the workers make them: queued by the steward, by location, by the records' classes; killed, and again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from tests.flows.house import House
from tests.pages.archive import make_archive
from tests.storage.places import add, other_device

from lantai.administration.services.people_access import CONSOLE
from lantai.archival import ocfl
from lantai.ledger.services import sequence_entries
from lantai.site.copying import Pace, queue_copying
from lantai.storage import services
from lantai.storage.models import Copy, Location, StoredObject
from lantai.storage.policy import Demand
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs

NOW = timezone.now()
DEPOSIT = """
from datetime import datetime, UTC
from lantai.administration.services.people_access import CONSOLE
from lantai.storage import services
from lantai.storage.models import StoredObject
services.deposit_objects(objects=[
    services.NewObject(
        object_id=f"urn:lantai:box:{number}",
        contents=tuple(services.Content(f"{part}/package.zip", bytes([number]) * 60_000) for part in range(5)),
        created=datetime.now(UTC), message="x", user="x",
    ) for number in range(20)
])
services.add_location(
    new=services.NewLocation("second", "posix", sys.argv[1]), by=CONSOLE, now=datetime.now(UTC)
)
answer = StoredObject.objects.count()
"""


@pytest.fixture
def memory() -> Iterator[Path]:
    with other_device() as folder:
        yield folder


@pytest.mark.django_db(transaction=True)
@pytest.mark.xdist_group("index")
def test_the_steward_has_copies_made_by_policy_of_the_records_class(tmp_path: Path, memory: Path, settings) -> None:
    settings.LANTAI_HOME = tmp_path
    archive = make_archive()
    add("second", memory / "second", medium="tape", place="省馆")
    record = archive.record
    scope = (record.fonds_code, record.category_code)
    services.set_policy(fonds_code="", class_code="", demand=Demand(1, 0, 0), by=CONSOLE, now=NOW)
    services.set_policy(fonds_code=scope[0], class_code=scope[1], demand=Demand(2, 1, 0), by=CONSOLE, now=NOW)
    sequence_entries()
    for _round in range(3):
        queue_copying(now=timezone.now())
        run_jobs(drain=True)
    assert not Job.objects.filter(state=JobState.FAILED).exists()
    boxes = StoredObject.objects.filter(object_id__startswith="urn:lantai:box:")
    assert boxes.exists()
    assert {(each.safe, each.demand["copies"]) for each in boxes} == {(True, 2)}
    assert set(Copy.objects.values_list("location__code", "state")) >= {("main", "verified"), ("second", "verified")}
    Location.objects.filter(code="second").update(looked_at=timezone.now() - timedelta(hours=1))
    (memory / "second").rename(memory / "unplugged")
    queue_copying(now=timezone.now())
    run_jobs(drain=True)
    assert Location.objects.get(code="second").away_since is not None
    queue_copying(now=timezone.now())
    run_jobs(drain=True)
    assert not boxes.filter(safe=True).exists()


@pytest.mark.slow
def test_a_copying_killed_in_the_middle_is_done_by_the_next(tmp_path: Path) -> None:
    house = House(tmp_path / "home", LANTAI_COPY_RATE="2")
    house.home.mkdir()
    house.command("prepare")
    second = tmp_path / "second"
    assert house.ask(DEPOSIT, str(second)) == 20
    copying = subprocess.Popen([sys.executable, "-m", "lantai", "storage", "copy"], env=house.environment, cwd=tmp_path)
    until = time.monotonic() + 60
    while not any(Path(f"{second}.deposit").glob("*/*/*/*/*/*/v1/content/*/package.zip")) and time.monotonic() < until:
        time.sleep(0.02)
    copying.send_signal(signal.SIGKILL)
    copying.wait()
    root = ocfl.StorageRoot(second)
    assert list(ocfl.object_folders(root)) == []
    assert list(Path(root.deposit).iterdir())  # it died in the middle of its work
    house.environment["LANTAI_COPY_RATE"] = "0"
    done = subprocess.run(
        [sys.executable, "-m", "lantai", "storage", "copy", "--json"],
        env=house.environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr  # one location more is not yet the policy of three
    told = json.loads(done.stdout)
    assert (told["copied"], told["failed"], told["safety"]["wanted"], told["safety"]["bad"]) == (20, {}, 0, 0)
    assert len(list(ocfl.object_folders(root))) == 20
    assert [each for each in ocfl.validate_root(root.path) if each.problems] == []
    assert list(Path(root.deposit).iterdir()) == []


def test_the_pace_is_kept() -> None:
    pace, begun = Pace(1_000_000), time.monotonic()
    for _part in range(4):
        pace(100_000)
    assert time.monotonic() - begun >= 0.3
    begun = time.monotonic()
    Pace(0)(10**12)
    assert time.monotonic() - begun < 0.2
