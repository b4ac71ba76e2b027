"""The demo county in an archive: filled once, every state reached, faults found, the storage root sound."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import ocfl
import pytest
from django.test import Client
from django.utils import timezone
from rich.console import Console

from lantai.administration.models import Person, Role
from lantai.administration.queries.people import Clearance, Reader
from lantai.administration.services import load_reference_data
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.checks.faults import PLANTS
from lantai.catalog.models import Level, Record, Relation
from lantai.digitisation.models import ScanBatch, ScanState
from lantai.finding import queries as finding_queries
from lantai.finding.queries import search_records
from lantai.finding.services.indexing import release_writers
from lantai.ingest.models import CaseProgress, ExaminationReport, Submission, SubmissionState
from lantai.ingest.queries import report_of
from lantai.site.demo.accounts import PASSWORD
from lantai.site.demo.county import reference_data
from lantai.site.demo.faulty import FAULTS_FIRST, is_faulty, plant_of
from lantai.site.demo.loading import CountyMissing, load_cases, load_county_once
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
QUIET = Console(quiet=True)
NOT_GOOD = ("fail", "manual", "warning")
ARCHIVIST = Reader(person_id=1, username="a", name="档案员", role=Role.ARCHIVIST, clearance=Clearance.RESTRICTED)


@pytest.fixture(autouse=True)
def _own_archive(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.LANTAI_HOME = tmp_path
    settings.LANTAI_STORAGE_ROOT = tmp_path / "storage"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(finding_queries, "_RELOAD_SECONDS", 0.0)
    yield
    release_writers()


def test_the_county_fills_an_empty_archive_once(tmp_path: Path) -> None:
    accounts = load_county_once(cases=36, console=QUIET)
    assert {Person.objects.get(username=each.username).role for each in accounts} == set(Role.values)
    for each in accounts:
        person = Person.objects.get(username=each.username)
        assert each.password == PASSWORD
        assert person.is_active
        assert not person.must_change_password
        assert person.check_password(PASSWORD)
    assert not Job.objects.filter(state=JobState.FAILED).exists()

    states = Counter(Submission.objects.values_list("state", flat=True))
    assert states[SubmissionState.ACCESSIONED] > 26
    for state in ("examined", "rejected", "superseded", "receiving"):
        assert states[state], f"nothing is {state}: {states}"
    names = json.loads((tmp_path / "demo" / "county.json").read_text())["faulty"]
    assert {int(number) for number in names} == {number for number in range(1, 37) if is_faulty(number)}
    for number, name in names.items():
        row = Submission.objects.get(name=name, replaces="")
        report, _signature = report_of(record_code=row.record_code, reader=ARCHIVIST)
        found = {each["code"] for each in report["findings"] if each["verdict"] in NOT_GOOD}
        assert plant_of(int(number)).check in found, plant_of(int(number)).name
    sound = ExaminationReport.objects.exclude(submission__name__in=names.values(), submission__replaces="")
    assert set(sound.values_list("decision", flat=True)) == {"accepted"}

    assert Record.objects.filter(level=Level.VOLUME).get().children.count() == 8
    assert Record.objects.filter(representations=None).count() == 9 + 2, "on paper: a volume, and what was scanned"
    batch = ScanBatch.objects.get()
    assert (batch.state, batch.pages, batch.units.count(), batch.link_faults) == (ScanState.CHECKED, 10, 2, [])
    assert Relation.objects.filter(kind="replaces").exists()
    assert Relation.objects.filter(kind="follows").exists()
    assert CaseProgress.objects.count() > 12
    assert {"fuzhou", "wenshu"} <= set(Record.objects.values_list("profile", flat=True))
    row = (
        Record.objects.filter(item_name="结婚登记").exclude(profile="").first()
        or Record.objects.exclude(applicant="")[0]
    )
    found = search_records(question=row.applicant[:2], reader=ARCHIVIST)
    assert row.record_code in {hit.record.record_code for hit in found.hits} or found.total > len(found.hits)

    root = ocfl.StorageRoot(root=str(tmp_path / "storage"))
    assert root.validate(validate_objects=True, check_digests=True, log_warnings=True)
    assert root.num_objects == root.good_objects > 0
    assert root.errors == []
    assert not list((tmp_path / "demo").glob("laying/*"))
    assert (tmp_path / "demo" / "approval-bureau.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "demo" / "sample.zip").stat().st_size > 10_000

    before = (Record.objects.count(), Submission.objects.count(), Person.objects.count())
    assert load_county_once(cases=36, console=QUIET) == accounts
    assert (Record.objects.count(), Submission.objects.count(), Person.objects.count()) == before

    more = load_cases(cases=7, seed=2, console=QUIET)
    assert more.packages == 7
    assert Submission.objects.count() == before[1] + 7


def test_without_cases_there_are_bodies_and_people_and_no_record() -> None:
    assert load_county_once(cases=0, console=QUIET)
    assert Person.objects.count() == 11
    assert not Record.objects.exists()
    assert not Submission.objects.exists()


def test_the_sample_package_can_be_pushed_as_the_page_says(tmp_path: Path, client: Client) -> None:
    load_county_once(cases=0, console=QUIET)
    folder = tmp_path / "demo"
    key = {"HTTP_AUTHORIZATION": f"Bearer {(folder / 'approval-bureau.key').read_text().strip()}"}
    begun = client.post(
        "/api/v1/submissions", (folder / "sample.json").read_text(), content_type="application/json", **key
    )
    assert begun.status_code == 201, begun.content
    code = begun.json()["record_code"]
    sent = client.put(
        f"/api/v1/submissions/{code}/content",
        (folder / "sample.zip").read_bytes(),
        content_type="application/octet-stream",
        **key,
    )
    assert sent.status_code == 202, sent.content
    run_jobs(drain=True)
    told = client.get(f"/api/v1/submissions/{code}", **key).json()
    assert (told["state"], told["decision"]) == ("accessioned", "accepted")
    assert [each["kind"] for each in told["receipts"]] == ["received", "verdict", "decision", "accession"]


def test_a_filling_that_was_interrupted_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(Exception):
        pass

    def stop(**_named: object) -> None:
        raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr("lantai.site.demo.loading.create_people", stop)
        with pytest.raises(Stopped):
            load_county_once(cases=0, console=QUIET)
    assert not Person.objects.exists()
    assert load_county_once(cases=0, console=QUIET)
    assert Person.objects.count() == 11


def test_an_archive_of_real_bodies_is_not_touched() -> None:
    load_reference_data(data={"organisation": [{"code": "X", "name": "某局"}]}, by=CONSOLE, now=timezone.now())
    assert load_county_once(cases=5, console=QUIET) == ()
    with pytest.raises(CountyMissing):
        load_cases(cases=5, seed=1, console=QUIET)
    assert not Submission.objects.exists()
    assert not Person.objects.exists()


def test_the_reference_data_loads_twice_without_effect() -> None:
    first = load_reference_data(data=reference_data(), by=CONSOLE, now=timezone.now())
    assert first.counts["item"] >= 40
    assert first.rule_pack
    again = load_reference_data(data=reference_data(), by=CONSOLE, now=timezone.now())
    assert not any(again.counts.values())


def test_three_hundred_cases_bear_every_fault_there_is() -> None:
    assert {plant_of(number).name for number in range(1, 301) if is_faulty(number)} == {each.name for each in PLANTS}
    assert FAULTS_FIRST * len(PLANTS) <= 300
    late = [number for number in range(1201, 2401) if is_faulty(number)]
    assert len(late) == 100
