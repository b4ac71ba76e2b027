"""kill -9 of the indexer in the middle of following or of a rebuild, and two readers beside a writer.

The indexer is a real process: it counts the calls it makes into the search room and kills itself with SIGKILL at the
one it was told. Then another goes on, and every record is found once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from lantai.catalog.models import Record
from lantai.catalog.services import register_records
from lantai.finding import queries
from lantai.finding.models import IndexBuild
from lantai.finding.queries import search_records
from lantai.finding.search import index_folder
from lantai.finding.services import follow_ledger, rebuild_index
from lantai.finding.services.indexing import release_writers
from lantai.ledger.services import sequence_entries
from tests.catalog.records import ARCHIVIST, new_record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
POINTS = 3
BEGIN = """
import os, signal, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["LANTAI_TEST_DATABASE_NAME"]
import django; django.setup()
from django.utils import timezone
from lantai.finding.search import parts
parts.PART_RECORDS = 20
"""
KILLER = (
    BEGIN
    + """
from lantai.finding.services import indexing
indexing.COMMIT_EVERY = 10
indexing.record_ids_after = lambda of=indexing.record_ids_after, **asked: of(**(asked | {"limit": 5}))
count, last = 0, int(sys.argv[2])
def watch(frame, event, _argument):
    global count
    if event in ("call", "c_call") and "/finding/" in frame.f_code.co_filename:
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(watch)
if sys.argv[1] == "follow":
    while indexing.follow_ledger(limit=20, now=timezone.now()):
        pass
else:
    indexing.rebuild_index.call(now=timezone.now().isoformat())
sys.setprofile(None)
print(count)
"""
)
READER = (
    BEGIN
    + """
import json, time
from lantai.finding.queries import search_records
from tests.catalog.records import ARCHIVIST
seen = []
print("ready", flush=True)
while not os.path.exists(sys.argv[1]):
    seen.append(search_records(question="", reader=ARCHIVIST, limit=5).total)
    time.sleep(0.02)
time.sleep(1.2)
seen.append(search_records(question="", reader=ARCHIVIST, limit=5).total)
print(json.dumps(seen))
"""
)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(queries, "_RELOAD_SECONDS", 0.0)
    yield
    release_writers()


def environment() -> dict[str, str]:
    return os.environ | {"LANTAI_TEST_DATABASE_NAME": str(connection.settings_dict["NAME"])}


def doomed(what: str, last: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", KILLER, what, str(last)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def enter(first: int, count: int) -> None:
    with transaction.atomic():
        register_records(
            records=[
                new_record(n, formed_on=date(2000 + n % 20, 1, 1), year=2000 + n % 20, title=f"第{n}件批复")
                for n in range(first, first + count)
            ],
            by="t",
            now=NOW,
        )
    while sequence_entries():
        pass


def catch_up() -> None:
    while follow_ledger(now=timezone.now()):
        pass


def all_found_once() -> None:
    found = search_records(question="批复", reader=ARCHIVIST, limit=500)
    ids = [each.record.id for each in found.hits]
    assert sorted(ids) == sorted(Record.objects.values_list("pk", flat=True))
    assert found.total == len(ids)
    assert search_records(question="", reader=ARCHIVIST).total == len(ids)


@pytest.mark.parametrize("what", ["follow", "rebuild"])
def test_a_killed_indexer_harms_nothing(what: str) -> None:
    enter(1, 40)
    catch_up()
    release_writers()
    enter(41, 40)
    whole = doomed(what, 0)
    assert whole.returncode == 0, whole.stderr
    calls = int(whole.stdout)
    assert calls > 200
    for point in range(1, POINTS + 1):
        enter(100 * point, 30)
        killed = doomed(what, calls * point // (POINTS + 1))
        assert killed.returncode in (-signal.SIGKILL, 0), killed.stderr
        total = search_records(question="批复", reader=ARCHIVIST).total
        assert 40 <= total <= Record.objects.count()
        if what == "rebuild":
            rebuild_index.call(now=timezone.now().isoformat())
        catch_up()
        all_found_once()
        release_writers()
    kept = [each.name for each in index_folder("").iterdir()]
    assert IndexBuild.objects.get(current=True).name in kept
    assert IndexBuild.objects.filter(filled=False).count() == 0


def test_two_processes_read_while_one_writes(tmp_path: Path) -> None:
    enter(1, 30)
    catch_up()
    done = tmp_path / "done"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(done)], env=environment(), stdout=subprocess.PIPE, text=True
        )
        for _each in range(2)
    ]
    for each in readers:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for number in range(10):
        enter(1000 + 10 * number, 10)
        catch_up()
    rebuild_index.call(now=timezone.now().isoformat())
    done.touch()
    for each in readers:
        told, _errors = each.communicate(timeout=60)
        seen = json.loads(told)
        assert each.returncode == 0
        assert seen == sorted(seen)
        assert (seen[0] >= 30, seen[-1]) == (True, 130)
