"""kill -9 of the worker while a batch is taken over: every record has its scans once, whole, and one entry tells it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from lantai.administration.models import Role
from lantai.archival import ocfl
from lantai.catalog.models import Record, Representation
from lantai.digitisation.area import batch_folder, derived_folder, incoming_folder
from lantai.digitisation.models import ScanBatch
from lantai.digitisation.services import ask_filing
from lantai.ledger.queries import list_entries
from lantai.storage.models import Location, StoredObject
from lantai.storage.queries import open_content
from lantai.storage.roots import location_root
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs
from tests.digitisation.accepting import accept
from tests.digitisation.read_batches import as_read, catalogue, checked, deliver
from tests.digitisation.scans import by
from tests.ingest.county import found_county
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
POINTS = 5
KILLER = """
import os, signal, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["LANTAI_TEST_DATABASE_NAME"]
import django; django.setup()
from lantai.digitisation.services import filing
WATCHED = ("/digitisation/services/filing.py", "/ledger/services/", "/catalog/services/scanning.py",
           "/archival/ocfl/", "/storage/services/deposit.py", "/db/transaction.py")
count, last = 0, int(sys.argv[1])
def watch(frame, event, _argument):
    global count
    if event == "call" and any(each in frame.f_code.co_filename for each in WATCHED):
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
from lantai.work.services.running import claim_job, _run
from django.utils import timezone
job = claim_job(worker="doomed", now=timezone.now())
filing.children().start()
sys.setprofile(watch)
_run(job, "doomed")
sys.setprofile(None)
print(count)
"""


def doomed_worker(last: int) -> subprocess.CompletedProcess[str]:
    """A worker that runs the waiting job and kills itself at call number *last* (0: never)."""
    environment = os.environ | {"LANTAI_TEST_DATABASE_NAME": str(connection.settings_dict["NAME"])}
    return subprocess.run(
        [sys.executable, "-c", KILLER, str(last)], env=environment, capture_output=True, text=True, check=False
    )


def everything_is_there_once(batch: ScanBatch, records: list[int], turn: int) -> None:
    batch.refresh_from_db()
    assert batch.filed_at is not None
    assert not derived_folder(batch.pk).joinpath("filing").exists()
    for pk in records:
        forms = {each.kind: each for each in Representation.objects.filter(record_id=pk)}
        assert forms.keys() == {"scanned", "access"}
        masters = forms["scanned"]
        code = Record.objects.values_list("archive_code", flat=True).get(pk=pk)
        with open_content(object_id=masters.object_id, path=masters.path) as stream:
            assert hashlib.file_digest(stream, "sha512").hexdigest() == masters.sha512
            stream.seek(0)
            with zipfile.ZipFile(stream) as packed:
                held = {name: packed.read(name) for name in packed.namelist()}
        source = {
            f"0{path.stem.rpartition('-')[2]}.jpg": path.read_bytes()
            for path in batch_folder(batch.pk).glob(f"{code}-*.jpg")
        }
        assert held == source
        place = Path(location_root(Location.objects.get()).object_path(masters.object_id))
        assert not [each for each in ocfl.validate_object(place) if each.is_error]
        told = [
            each
            for each in list_entries(kinds=["record.digitised"], limit=99)
            if each.detail
            and each.detail["batch"] == batch.pk
            and each.detail["after"]["scanned"]["object"] == masters.object_id
        ]
        assert len(told) == 1
        assert StoredObject.objects.get(object_id=masters.object_id).head == f"v{turn + 1}"
    filed = [each for each in list_entries(kinds=["scans.filed"], limit=99) if each.subject == f"scans:{batch.pk}"]
    assert len(filed) == 1


def test_kill_at_every_step_of_taking_over() -> None:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    found_county()
    archivist = make_person(Role.ARCHIVIST)
    records = catalogue()
    run_jobs(drain=True)

    def asked_for(turn: int) -> ScanBatch:
        made = deliver(f"柜{turn}", turn)
        batch = checked(archivist, f"柜{turn}")
        as_read(batch, made)
        accept(batch, archivist)
        Job.objects.all().delete()
        assert ask_filing(batch_id=batch.pk, by=by(archivist), now=timezone.now())
        return batch

    first = asked_for(0)
    dry = doomed_worker(0)
    assert dry.returncode == 0, dry.stderr
    everything_is_there_once(first, records, 0)
    calls, killed = int(dry.stdout), 0
    for turn, last in enumerate(range(calls // POINTS, calls, calls // POINTS), 1):
        batch = asked_for(turn)
        killed += doomed_worker(last).returncode == -9
        Job.objects.filter(state=JobState.RUNNING).update(leased_until=timezone.now() - timedelta(seconds=1))
        run_jobs(drain=True)
        everything_is_there_once(batch, records, turn)
    assert killed >= POINTS - 2
