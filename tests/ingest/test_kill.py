"""kill -9 of the worker at every step of accession: the job is taken again, and nothing is doubled or lost.

The worker is a real process. It counts the calls it makes into intake, catalogue, storage, OCFL writer and database,
and kills itself with SIGKILL at the one it was told. Then another worker takes the job up.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from lantai.archival.ocfl import check_object
from lantai.catalog.models import CodeAssignment, Record
from lantai.ingest.models import Accession, Receipt, Submission, SubmissionState
from lantai.ingest.services import examine_submissions, take_folder
from lantai.ledger.queries import list_entries
from lantai.storage.models import StoredObject
from lantai.storage.roots import location_root
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs
from tests.ingest.county import found_county, lay_down
from tests.killed_worker import doomed_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
POINTS = 14
WATCHED = (
    "/ingest/services/accessioning.py",
    "/ingest/services/receipts.py",
    "/catalog/services/codes.py",
    "/catalog/services/registering.py",
    "/storage/services/deposit.py",
    "/archival/ocfl/",
)


def approve(folder: Path, numbers: range, organisation_id: int) -> None:
    """Receive and examine packages in this process; what waits then is their accession."""
    lay_down(folder, numbers)
    take_folder(folder=folder, organisation_id=organisation_id, profile="fuzhou")
    examine_submissions.call()
    Job.objects.filter(key="ingest.examine").update(state=JobState.DONE)
    Job.objects.filter(key="ingest.accession").update(run_after=None)  # due now, without waiting for company


def everything_is_there_once() -> None:
    """One record, one code, one stored package and one accession entry for each submission, and no gap."""
    submissions = list(Submission.objects.all())
    assert {each.state for each in submissions} == {SubmissionState.ACCESSIONED}
    codes = {each.record_code for each in submissions}
    assert set(Record.objects.values_list("record_code", flat=True)) == codes
    numbers = sorted(CodeAssignment.objects.values_list("number", flat=True))
    assert numbers == list(range(1, len(codes) + 1))
    assert set(CodeAssignment.objects.values_list("state", flat=True)) == {CodeAssignment.State.USED}
    entries = Counter(each.subject for each in list_entries(kinds=["record.accessioned"], limit=10_000))
    assert entries == Counter(codes)
    receipts = Counter(
        Receipt.objects.filter(kind=Receipt.Kind.ACCESSION).values_list("submission__record_code", flat=True)
    )
    assert receipts == Counter(codes)
    assert not Accession.objects.exclude(state=Accession.State.DONE).exists()
    stored: Counter[str] = Counter()
    for each in StoredObject.objects.filter(object_id__startswith="urn:lantai:box:"):
        assert check_object(location_root(each.location), each.object_id, inventory_digest=each.inventory_digest) == []
    on_shelf = [path.parent.name for path in Path(settings.LANTAI_STORAGE_ROOT).rglob("package.zip")]
    stored.update(each for each in on_shelf if each in codes)
    assert stored == Counter(codes)


def test_kill_at_every_step_of_accession(tmp_path: Path) -> None:
    body = found_county()
    approve(tmp_path / "dry", range(1, 3), body.pk)
    dry = doomed_worker(0, loads="lantai.ingest.services", watched=WATCHED)
    assert dry.returncode == 0, dry.stderr
    calls = int(dry.stdout)
    everything_is_there_once()
    step = max(1, calls // POINTS)
    killed = 0
    for place, last in enumerate(range(1, calls + step, step), 1):
        approve(tmp_path / f"point-{place}", range(place * 2 + 1, place * 2 + 3), body.pk)
        doomed = doomed_worker(last, loads="lantai.ingest.services", watched=WATCHED)
        killed += doomed.returncode == -9
        Job.objects.filter(state=JobState.RUNNING).update(leased_until=timezone.now() - timedelta(seconds=1))
        Job.objects.exclude(key="ingest.accession").delete()
        run_jobs(drain=True)
        everything_is_there_once()
    assert killed >= POINTS * 3 // 4, json.dumps({"calls": calls, "killed": killed})
