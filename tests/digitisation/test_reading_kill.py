"""kill -9 of the worker in the middle of a reading: taken again, every page is read once and the batch is told once."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from django.utils import timezone

from lantai.administration.models import Role
from lantai.digitisation import queries
from lantai.digitisation.area import incoming_folder
from lantai.digitisation.models import ReadPage, ScanBatch
from lantai.digitisation.services import ask_reading, take_folder
from lantai.ledger.queries import list_entries
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs
from tests.digitisation.scans import by, catalogued
from tests.digitisation.specimen_scans import deliver_pages, jpeg_of, scrap
from tests.ingest.county import found_county
from tests.killed_worker import doomed_worker
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
PAGES = 5
POINTS = 3
LOADS = "lantai.digitisation.services.reading"
WATCHED = ("/digitisation/services/", "/common/durability.py")


def test_kill_at_steps_of_a_reading() -> None:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    found_county()
    archivist = make_person(Role.ARCHIVIST)
    catalogued((PAGES, None, None))

    def asked_for(turn: int) -> ScanBatch:
        deliver_pages(*(jpeg_of(scrap(91 + number % 2)) for number in range(PAGES)), folder=f"柜{turn}")
        batch = take_folder(folder=f"柜{turn}", name="", profile="text", by=by(archivist), now=timezone.now())
        run_jobs(drain=True)
        Job.objects.all().delete()
        ask_reading(batch_id=batch.pk, mode="fast", by=by(archivist), now=timezone.now())
        return batch

    def every_page_is_read_once(batch: ScanBatch) -> None:
        batch.refresh_from_db()
        assert batch.read_at is not None
        view = queries.batch_view(batch_id=batch.pk).reading
        assert (view.read, view.left, view.unreadable) == (PAGES, 0, 0)
        assert len({each.lines[0]["text"] for each in ReadPage.objects.filter(page__batch=batch)}) == 2
        told = [each for each in list_entries(kinds=["scans.read"], limit=99) if each.subject == f"scans:{batch.pk}"]
        assert len(told) == 1

    first = asked_for(0)
    dry = doomed_worker(0, loads=LOADS, watched=WATCHED)
    assert dry.returncode == 0, dry.stderr
    every_page_is_read_once(first)
    calls, killed = int(dry.stdout), 0
    for turn, last in enumerate(range(calls // POINTS // 2, calls, calls // POINTS), 1):
        batch = asked_for(turn)
        killed += doomed_worker(last, loads=LOADS, watched=WATCHED).returncode == -9
        Job.objects.filter(state=JobState.RUNNING).update(leased_until=timezone.now() - timedelta(seconds=1))
        run_jobs(drain=True)
        every_page_is_read_once(batch)
    assert killed >= POINTS - 1
