"""kill -9 of the worker in the middle of a check: taken again, every page is there once, every file whole."""

from __future__ import annotations

import hashlib
import shutil
from datetime import timedelta

import pytest
from django.utils import timezone

from lantai.administration.models import Role
from lantai.digitisation import queries
from lantai.digitisation.area import batch_folder, incoming_folder
from lantai.digitisation.models import ScanBatch, ScanState
from lantai.digitisation.services import take_folder
from lantai.ledger.queries import list_entries
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs
from tests.digitisation.scans import by, catalogued, deliver
from tests.ingest.county import found_county
from tests.killed_worker import doomed_worker
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
POINTS = 6
WATCHED = ("/digitisation/services/", "/common/durability.py")


def everything_is_there_once(batch: ScanBatch) -> None:
    batch.refresh_from_db()
    assert (batch.state, batch.pages, batch.fault_count) == (ScanState.CHECKED, 6, 0)
    assert sorted(batch.units.values_list("pages", flat=True)) == [1, 2, 3]
    assert queries.list_pages(batch_id=batch.pk, portion="all", offset=0, limit=99)[1] == 6
    for each in batch.scans.all():
        held = (batch_folder(batch.pk) / each.path).read_bytes()
        assert hashlib.sha256(held).hexdigest() == each.sha256
    checked = [each for each in list_entries(kinds=["scans.checked"], limit=99) if each.subject == f"scans:{batch.pk}"]
    assert len(checked) == 1


def test_kill_at_every_step_of_a_check() -> None:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    found_county()
    archivist = make_person(Role.ARCHIVIST)
    catalogued()

    def asked_for(turn: int) -> ScanBatch:
        Job.objects.all().delete()
        deliver(f"柜{turn}")
        return take_folder(folder=f"柜{turn}", name="", profile="ocr", by=by(archivist), now=timezone.now())

    first = asked_for(0)
    dry = doomed_worker(0, loads="lantai.digitisation.services.checking", watched=WATCHED)
    assert dry.returncode == 0, dry.stderr
    everything_is_there_once(first)
    calls, killed = int(dry.stdout), 0
    for turn, last in enumerate(range(calls // POINTS, calls, calls // POINTS), 1):
        batch = asked_for(turn)
        killed += doomed_worker(last, loads="lantai.digitisation.services.checking", watched=WATCHED).returncode == -9
        Job.objects.filter(state=JobState.RUNNING).update(leased_until=timezone.now() - timedelta(seconds=1))
        run_jobs(drain=True)
        everything_is_there_once(batch)
    assert killed >= POINTS - 2
