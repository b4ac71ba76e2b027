"""From a folder of packages to receipts, records, ledger and search: the flow, with state and ledger asserted."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils import timezone

from lantai.archival.checks.faults import sound_case
from lantai.archival.description import read_description
from lantai.catalog.models import Record
from lantai.catalog.queries import record_by_code
from lantai.finding import queries as finding_queries
from lantai.finding.queries import search_records
from lantai.finding.services.indexing import release_writers
from lantai.ingest.area import receiving_path
from lantai.ingest.models import ChannelKind, Submission, SubmissionState
from lantai.ingest.queries import receipt_key, submission_state
from lantai.ingest.services import decide_submissions, take_folder
from lantai.ledger.queries import entries_about
from lantai.storage.queries import open_content
from lantai.work.models import DueWork
from tests.catalog.records import ARCHIVIST, LEADER
from tests.ingest.county import found_county, lay_down, settle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]


@pytest.fixture(autouse=True)
def _fresh_index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(finding_queries, "_RELOAD_SECONDS", 0.0)
    yield
    release_writers()


def test_a_folder_becomes_proven_findable_records(tmp_path: Path) -> None:
    body = found_county()
    lay_down(tmp_path / "批次一", range(1, 6))
    report = take_folder(
        folder=tmp_path / "批次一", organisation_id=body.pk, profile="fuzhou", channel=ChannelKind.FOLDER
    )
    assert (report.taken, report.known) == (5, 0)
    settle()
    assert set(Submission.objects.values_list("state", flat=True)) == {SubmissionState.ACCESSIONED}
    records = list(Record.objects.order_by("item_number"))
    assert [each.item_number for each in records] == [1, 2, 3, 4, 5]
    first = records[0]
    assert first.archive_code is not None
    assert first.archive_code.startswith("0059-ZY·XK·")
    seen = submission_state(record_code=first.record_code, reader=ARCHIVIST)
    assert [each.kind for each in seen.receipts] == ["received", "verdict", "decision", "accession"]
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(receipt_key()))
    previous = ""
    for receipt in seen.receipts:
        body_text = json.loads(receipt.body)
        assert body_text["previous"] == previous
        assert hashlib.sha256(receipt.body.encode()).hexdigest() == receipt.digest
        key.verify(base64.b64decode(receipt.signature), receipt.body.encode())
        previous = receipt.digest
    assert seen.receipts[-1].content["archive_code"] == first.archive_code
    kinds = [each.kind for each in entries_about(subject=first.record_code)]
    assert kinds[:3] == ["submission.received", "submission.examined", "record.accessioned"]
    assert not receiving_path(first.record_code).exists()


def test_the_record_is_described_stored_and_found(tmp_path: Path) -> None:
    body = found_county()
    lay_down(tmp_path / "b", range(1, 3))
    take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
    settle()
    row = Record.objects.order_by("pk").first()
    assert row is not None
    record = record_by_code(code=row.record_code, reader=ARCHIVIST)
    assert record.package is not None
    stored = record.package
    with open_content(object_id=stored.object_id, path=stored.path) as stream:
        assert hashlib.sha512(stream.read()).hexdigest() == stored.sha512
    with open_content(object_id=stored.object_id, path=f"{row.record_code}/description.xml") as stream:
        document = stream.read()
    described = read_description(document)
    assert described.elements["M8"] == (row.archive_code,)
    assert described.elements["M22"] == (row.title,)
    accessioned = next(each for each in entries_about(subject=row.record_code) if each.kind == "record.accessioned")
    assert accessioned.detail is not None
    assert accessioned.detail["description_sha512"] == hashlib.sha512(document).hexdigest()
    assert stored.confirmed_at is not None
    assert all(each.puid for each in stored.components)
    half = row.applicant[:2]
    assert row.record_code in {hit.record.record_code for hit in search_records(question=half, reader=ARCHIVIST).hits}


def test_identity_numbers_stand_nowhere_in_clear(tmp_path: Path) -> None:
    body = found_county()
    lay_down(tmp_path / "b", range(1, 2))
    take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
    settle()
    row = Record.objects.get()
    number = sound_case(1).metadata["contacted_card"]
    assert number not in json.dumps(row.description, ensure_ascii=False)
    assert row.sealed is not None
    assert number.encode() not in bytes(row.sealed)
    assert row.identity_keys.count() == 1
    with open_content(
        object_id=row.representations.get().object_id, path=f"{row.record_code}/description.xml"
    ) as stream:
        assert number.encode() not in stream.read()
    for entry in entries_about(subject=row.record_code):
        assert number not in json.dumps(entry.detail)
    by_number = search_records(question=number, reader=ARCHIVIST)
    assert [hit.record.record_code for hit in by_number.hits] == [row.record_code]
    assert search_records(question=number[:17], reader=ARCHIVIST).total == 0
    assert search_records(question=number, reader=LEADER).total == 0


def test_taking_the_same_folder_again_changes_nothing(tmp_path: Path) -> None:
    body = found_county()
    lay_down(tmp_path / "b", range(1, 4))
    take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
    again = take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
    assert (again.taken, again.known) == (0, 3)
    settle()
    assert Record.objects.count() == 3


def test_without_automatic_policy_a_person_decides(tmp_path: Path) -> None:
    body = found_county("manual")
    lay_down(tmp_path / "b", range(1, 3))
    take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
    settle()
    assert not Record.objects.exists()
    codes = list(Submission.objects.filter(state=SubmissionState.EXAMINED).values_list("record_code", flat=True))
    assert DueWork.objects.filter(finished_at=None).count() == 2
    decide_submissions(
        record_codes=codes[:1], approve=True, reason="", by="person:1", role="archivist", now=timezone.now()
    )
    decide_submissions(
        record_codes=codes[1:],
        approve=False,
        reason="材料须重新盖章",
        by="person:1",
        role="archivist",
        now=timezone.now(),
    )
    settle()
    assert Record.objects.get().record_code == codes[0]
    returned = submission_state(record_code=codes[1], reader=ARCHIVIST)
    assert returned.state == SubmissionState.REJECTED
    assert returned.receipts[-1].content == {"by": "archivist", "decision": "rejected", "reason": "材料须重新盖章"}
    assert not DueWork.objects.filter(finished_at=None, role="archivist").exists()
