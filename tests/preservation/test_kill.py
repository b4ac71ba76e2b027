"""kill -9 of the worker while copies are made: the job is taken again, nothing is doubled, lost or left on the shelf.

The worker is a real process. It counts its calls into preservation, catalogue, storage and ledger, and kills itself at
the one it was told. Then another worker takes the job up.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from lantai.administration.models import Organisation
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.ocfl import check_object, walk_root
from lantai.catalog.models import Record, Representation
from lantai.ledger.queries import list_entries
from lantai.preservation.models import RefusedCopy, ReservedBox
from lantai.preservation.services import ask_copies
from lantai.storage.models import StoredObject
from lantai.storage.roots import location_root
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs
from tests.killed_worker import doomed_worker
from tests.preservation.holdings import originals, take_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
SHARES = (0.5, 0.8, 0.97)
"""How far into its work the worker dies: while it converts, deposits, tells."""
WATCHED = (
    "/preservation/services/",
    "/catalog/services/representing.py",
    "/storage/services/deposit.py",
    "/archival/ocfl/",
)


def everything_is_there_once(record: Record, before: dict[str, str]) -> None:
    """A copy or a reason for every file that has a way, each told once; no object but those that are known."""
    forms = list(Representation.objects.filter(record=record, kind="normalised"))
    refused = set(RefusedCopy.objects.filter(record=record).values_list("path", flat=True))
    assert {each.source for each in forms} | refused == {each for each in before if each and not each.endswith(".xml")}
    told = Counter(
        each.detail["source"]
        for each in list_entries(kinds=("record.copy-kept",), subject=record.record_code)
        if each.detail
    )
    assert told == Counter(each.source for each in forms)
    assert not ReservedBox.objects.exists()
    boxes = {each.object_id for each in Representation.objects.filter(kind="normalised")}
    rows = {each.object_id: each for each in StoredObject.objects.filter(object_id__startswith="urn:lantai:copies:")}
    assert set(rows) == boxes
    for each in rows.values():
        assert check_object(location_root(each.location), each.object_id, inventory_digest=each.inventory_digest) == []
    root = Path(settings.LANTAI_STORAGE_ROOT)
    on_shelf = [each for each in walk_root(root) if each.is_object and "copies" in each.folder]
    assert len(on_shelf) == len(boxes)
    assert originals(record) == before
    left = Path(settings.LANTAI_HOME) / "cache" / "normalising"
    assert not left.exists() or not list(left.rglob("*.pdf"))


def test_kill_while_copies_are_made(body: Organisation) -> None:
    first = take_in(body, 91)
    ask_copies(record_codes=[first.record_code], by=CONSOLE, now=timezone.now())
    before = originals(first)
    dry = doomed_worker(0, loads="lantai.preservation.services", watched=WATCHED)
    assert dry.returncode == 0, dry.stderr
    everything_is_there_once(first, before)
    calls, killed = int(dry.stdout), 0
    for number, share in enumerate(SHARES, 92):
        record = take_in(body, number)
        before = originals(record)
        ask_copies(record_codes=[record.record_code], by=CONSOLE, now=timezone.now())
        doomed = doomed_worker(int(calls * share), loads="lantai.preservation.services", watched=WATCHED)
        killed += doomed.returncode == -9
        Job.objects.filter(state=JobState.RUNNING).update(leased_until=timezone.now() - timedelta(seconds=1))
        run_jobs(drain=True)
        everything_is_there_once(record, before)
    assert killed == len(SHARES)
