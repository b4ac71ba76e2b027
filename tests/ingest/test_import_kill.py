"""kill -9 of the worker in the middle of an import: taken again, there is exactly one record a line.

The worker is a real process. It counts the calls it makes into import, catalogue, storage, OCFL writer and database,
and kills itself with SIGKILL at the one it was told. Then another worker takes the job up.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from lantai.administration.models import Person, Role
from lantai.archival.ocfl import check_object
from lantai.catalog.models import CodeAssignment, Record
from lantai.catalog.queries import verify_records
from lantai.ingest.models import CatalogueImport, ImportState
from lantai.ingest.services.imports import queue_import
from lantai.ledger.queries import list_entries
from lantai.storage.models import StoredObject
from lantai.storage.roots import location_root
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs
from tests.ingest.county import found_county
from tests.ingest.importing import as_csv, as_zip, bring, by, check, row
from tests.killed_worker import doomed_worker
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
POINTS = 10
CODE = "0059-ZY·XK·2011·Y-{:06}"
WATCHED = ("/services/imports/", "/catalog/services/", "/storage/services/deposit.py", "/archival/ocfl/")


def prepared(person: Person, turn: int) -> CatalogueImport:
    """An import checked and asked for: lines with new codes, with their own, with files, and a volume with its item."""
    at = turn * 100
    rows = [
        row(at + 1),
        row(at + 2, 档号=CODE.format(5000 + at)),
        row(at + 3),
        row(at + 4, 档号=CODE.format(5001 + at)),
        row(at + 5, 保管期限="30年"),
    ]
    name = CODE.format(5001 + at).replace("·", ".")
    files = as_zip({f"{name}-001.jpg": b"page one" * 99, f"{name}-002.jpg": b"page two" * 99, "多余.txt": b"x"})
    catalogue = check(person, bring(person, as_csv(rows), files=files))
    Job.objects.all().delete()
    queue_import(catalogue_id=catalogue.pk, by=by(person), now=timezone.now())
    return catalogue


def everything_is_there_once(catalogue: CatalogueImport) -> None:
    catalogue.refresh_from_db()
    assert catalogue.state == ImportState.DONE
    lines = list(catalogue.lines.order_by("number"))
    assert {each.state for each in lines} == {"taken"}
    codes = [each.record_code for each in lines]
    assert Record.objects.filter(record_code__in=codes).count() == len(set(codes)) == 5
    assert Record.objects.count() == CatalogueImport.objects.count() * 5
    states = Counter(CodeAssignment.objects.values_list("state", flat=True))
    assert states == {"used": Record.objects.count()}
    entries = Counter(each.subject for each in list_entries(kinds=["record.accessioned"], limit=10_000))
    assert entries == Counter(Record.objects.values_list("record_code", flat=True))
    assert len(list_entries(kinds=["import.finished"], limit=99)) == CatalogueImport.objects.count()
    for each in StoredObject.objects.filter(object_id__startswith="urn:lantai:box:"):
        assert check_object(location_root(each.location), each.object_id, inventory_digest=each.inventory_digest) == []
    shelf = Path(settings.LANTAI_STORAGE_ROOT)
    on_shelf = Counter(path.parent.name for path in shelf.rglob("package.zip") if path.parent.name in codes)
    assert on_shelf == {lines[3].record_code: 1}
    assert verify_records(limit=1000).findings == ()


def test_kill_at_every_step_of_an_import() -> None:
    found_county()
    archivist = make_person(Role.ARCHIVIST)
    first = prepared(archivist, 0)
    dry = doomed_worker(0, loads="lantai.ingest.services.imports.running", watched=WATCHED)
    assert dry.returncode == 0, dry.stderr
    everything_is_there_once(first)
    calls = int(dry.stdout)
    killed = 0
    for turn, last in enumerate(range(calls // POINTS, calls, calls // POINTS), 1):
        catalogue = prepared(archivist, turn)
        killed += doomed_worker(last, loads="lantai.ingest.services.imports.running", watched=WATCHED).returncode == -9
        Job.objects.filter(state=JobState.RUNNING).update(leased_until=timezone.now() - timedelta(seconds=1))
        run_jobs(drain=True)
        everything_is_there_once(catalogue)
    assert killed >= POINTS - 2
