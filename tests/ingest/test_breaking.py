"""A disk that is full, a server that dies before its answer, files nobody needs: intake goes on by itself."""

from __future__ import annotations

import errno
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from lantai.archival import ocfl
from lantai.archival.fixity import digest_bytes
from lantai.catalog.models import CodeAssignment, Record
from lantai.ingest.area import receiving_path
from lantai.ingest.models import Accession, Submission, SubmissionState
from lantai.ingest.services import finish_interrupted_receipts, resume_waiting, sweep_receiving_area, take_folder
from lantai.storage.models import StoredObject
from lantai.storage.services import deposit
from lantai.work.models import Job, JobState, Notice
from lantai.work.services import run_jobs
from tests.ingest.county import found_county, key_of, lay_down, package, settle
from tests.ingest.test_http import Department

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
MEBIBYTE = 1 << 20


@pytest.fixture
def department() -> Department:
    found_county()
    return Department(key_of())


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process may grow beyond *size* bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_while_receiving(department: Department) -> None:
    data = os.urandom(40 * MEBIBYTE)
    code = department.create("large.zip", data).json()["record_code"]
    with room_for(32 * MEBIBYTE + 12345):
        full = department.send(code, data)
    assert full.status_code == 507
    assert full["Content-Type"] == "application/problem+json"
    assert int(full["Retry-After"]) > 0
    offset = department.offset(code)
    assert offset == 32 * MEBIBYTE + 12345, "what was written stays"
    assert department.state(code)["state"] == "receiving"
    assert department.send(code, data[offset:], offset, len(data)).status_code == 202
    assert receiving_path(code).read_bytes() == data
    assert Submission.objects.get().sha512 == digest_bytes(data, ("sha512",))["sha512"]


def test_a_package_the_disk_has_no_room_for_is_not_begun(department: Department) -> None:
    body = {"name": "huge.zip", "size": 1 << 40}
    code = department.client.post("/api/v1/submissions", body, content_type="application/json").json()["record_code"]
    refused = department.send(code, b"x" * 1000, 0, 1 << 40)
    assert refused.status_code == 507
    assert "Retry-After" in refused
    assert department.offset(code) == 0


class FullDisk(ocfl.FileSystem):
    """A disk without room for a byte."""

    def write_file(self, path: str, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)


def test_a_disk_that_is_full_while_depositing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = found_county()
    lay_down(tmp_path / "b", range(1, 4))
    take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
    true = deposit.location_root
    with monkeypatch.context() as patched:
        patched.setattr(deposit, "location_root", lambda place: ocfl.StorageRoot(true(place).path, FullDisk()))
        settle()
    failed = Job.objects.get(state=JobState.FAILED)
    assert "No space left" in failed.troubles[-1]
    assert Notice.objects.filter(link=f"/jobs/{failed.task_id}").exists()
    assert set(Submission.objects.values_list("state", flat=True)) == {SubmissionState.APPROVED}
    assert not StoredObject.objects.filter(object_id__startswith="urn:lantai:box:").exists()
    now = timezone.now()
    assert resume_waiting(now=now) == 0, "not at once: the disk is still full"
    assert resume_waiting(now=now + timedelta(minutes=11)) == 1
    assert resume_waiting(now=now + timedelta(minutes=11)) == 0, "it waits already"
    settle()
    assert Record.objects.count() == 3
    assert sorted(CodeAssignment.objects.values_list("number", "state")) == [(each, "used") for each in (1, 2, 3)]
    assert set(Accession.objects.values_list("state", flat=True)) == {Accession.State.DONE}


@pytest.mark.parametrize("way", ["sweep", "asking again"])
def test_bytes_complete_but_the_server_died_before_its_answer(department: Department, way: str) -> None:
    name, data = package(1)
    code = department.create(name, data).json()["record_code"]
    half = len(data) // 2
    department.send(code, data[:half], 0, len(data))
    with receiving_path(code).open("ab") as file:  # the dead server wrote the rest, and nothing else
        file.write(data[half:])
    assert department.offset(code) == len(data)
    assert department.state(code)["state"] == "receiving"
    if way == "sweep":
        assert finish_interrupted_receipts(now=timezone.now()) == 1
        assert finish_interrupted_receipts(now=timezone.now()) == 0
    else:
        answer = department.client.put(
            f"/api/v1/submissions/{code}/content",
            b"",
            content_type="application/octet-stream",
            headers={"content-range": f"bytes */{len(data)}"},
        )
        assert answer.status_code == 202, answer.content
    settle()
    assert department.state(code)["state"] == "accessioned"
    assert department.state(code)["receipts"][0]["kind"] == "received"


def test_the_sweep_leaves_what_is_being_sent_and_what_is_not_as_declared(department: Department) -> None:
    name, data = package(2)
    partly = department.create(name, data).json()["record_code"]
    department.send(partly, data[:100], 0, len(data))
    wrong = department.create(name, data, digest={"algorithm": "sha256", "value": "0" * 64}).json()["record_code"]
    department.send(wrong, data[:100], 0, len(data))
    receiving_path(wrong).write_bytes(data)
    assert finish_interrupted_receipts(now=timezone.now()) == 0
    assert department.offset(partly) == 100
    assert department.offset(wrong) == 0, "it is to be sent again"


def test_a_submission_no_job_waits_for_is_taken_up(department: Department) -> None:
    name, data = package(3)
    code = department.create(name, data).json()["record_code"]
    department.send(code, data)
    Job.objects.all().delete()
    assert resume_waiting(now=timezone.now()) == 1
    settle()
    assert department.state(code)["state"] == "accessioned"
    assert resume_waiting(now=timezone.now()) == 0


def test_the_receiving_area_keeps_what_is_needed_and_nothing_else(department: Department) -> None:
    name, data = package(4)
    waiting = department.create(name, data).json()["record_code"]
    department.send(waiting, data[:100], 0, len(data))
    accessioned = department.create(name, data).json()["record_code"]
    department.send(accessioned, data)
    settle()
    orphans = [receiving_path(each) for each in ("E" + "0" * 26, accessioned, "E" + "1" * 26)]
    for each in orphans:
        each.parent.mkdir(parents=True, exist_ok=True)
        each.write_bytes(b"x")
    long_ago = time.time() - 90_000
    for each in [*orphans[:2], receiving_path(waiting)]:
        os.utime(each, (long_ago, long_ago))
    assert sweep_receiving_area(now=timezone.now()) == 2
    assert [each.exists() for each in orphans] == [False, False, True]
    assert receiving_path(waiting).exists()
    orphans[2].unlink()


def test_a_worker_that_dies_of_it_is_not_asked_for_ever(department: Department) -> None:
    name, data = package(5)
    code = department.create(name, data).json()["record_code"]
    department.send(code, data)
    Job.objects.update(attempts=6)
    run_jobs(drain=True)
    if not Job.objects.filter(state=JobState.FAILED).exists():
        time.sleep(0.5)
        run_jobs(drain=True)
    assert Job.objects.filter(state=JobState.FAILED).count() == 1
    assert department.state(code)["state"] == "received"
    assert resume_waiting(now=timezone.now() + timedelta(minutes=11)) == 1
    settle()
    assert department.state(code)["state"] == "accessioned"
