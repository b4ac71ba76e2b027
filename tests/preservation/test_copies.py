"""Normalised copies: made by rule and by hand, checked, kept beside originals that stay as they are, or refused."""

from __future__ import annotations

import io
from hashlib import sha256

import pytest
from django.utils import timezone
from pikepdf import pdfa

from lantai.administration.models import Organisation
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.ocfl import check_object
from lantai.catalog.models import Representation
from lantai.ledger.queries import list_entries
from lantai.preservation.models import FormatCount, HeldFormat, RefusedCopy, ReservedBox
from lantai.preservation.services import ask_copies, queue_copies, set_copy_rule
from lantai.storage.models import StoredObject
from lantai.storage.queries import open_content, read_whole
from lantai.storage.roots import location_root
from lantai.work.models import Job, JobState
from lantai.work.services import ask_pause, resume_job, run_jobs
from tests.preservation.holdings import copies, count, originals, take_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
ALL = ("pdf", "ofd", "office", "image")


def by_rule(*families: str, fonds: str = "", classes: str = "") -> None:
    set_copy_rule(fonds_code=fonds, classes=classes, families=families, by=CONSOLE, now=timezone.now())
    queue_copies(now=timezone.now())
    run_jobs(drain=True)
    count()


@pytest.mark.database
def test_by_rule_every_file_gets_a_copy_that_stands_its_check_or_a_reason(body: Organisation) -> None:
    record = take_in(body, 61, office=True)
    before = originals(record)
    by_rule(*ALL)
    made = copies(record)
    assert {"食品经营许可申请书.pdf", "营业执照.jpg", "许可证副本.ofd", "情况说明.docx"} <= set(made)
    assert originals(record) == before
    for name, form in made.items():
        data = read_whole(object_id=form.object_id, path=form.path)
        assert pdfa.validate_written(io.BytesIO(data), "2b").passed, name
        event = form.event
        original = next(digest for path, digest in before.items() if path == form.source)
        assert (event["before"]["sha256"], event["after"]["sha256"]) == (original, sha256(data).hexdigest())
        assert {each["code"] for each in event["checks"]} == {
            "original", "valid", "pages", "text", "pictures", "complete",
        }  # fmt: skip
        assert not [each for each in event["checks"] if each["passed"] is False]
        assert event["agents"][0] == "lantai normalising 1"
        assert len(data) == form.bytes == event["bytes"]
    assert "OpenAction removed" in made["食品经营许可申请书.pdf"].event["parameters"]["changes"]
    assert made["情况说明.docx"].event["agents"][1].startswith("LibreOffice")
    refused = {each.path.rpartition("/")[2]: each for each in RefusedCopy.objects.all()}
    assert set(made) | set(refused) == {
        path.rpartition("/")[2] for path in before if path and not path.endswith(".xml")
    }
    assert all(each.zh and each.en for each in refused.values())
    kept = list_entries(kinds=("record.copy-kept",))
    assert {each.detail["source"].rpartition("/")[2] for each in kept if each.detail} == set(made)
    assert {each.subject for each in list_entries(kinds=("record.copy-refused",))} <= {record.record_code}
    assert not ReservedBox.objects.exists()
    for box in {each.object_id for each in made.values()}:
        row = StoredObject.objects.get(object_id=box)
        assert check_object(location_root(row.location), box, inventory_digest=row.inventory_digest) == []
    with open_content(object_id=form.object_id, path=f"{record.record_code}/copies.json") as told:
        assert b"normalization" in told.read()


def test_a_copy_that_fails_its_check_is_not_kept_and_the_reason_is_told(body: Organisation) -> None:
    record = take_in(body, 62, broken=True)
    by_rule("ofd")
    assert copies(record) == {}
    (refusal,) = RefusedCopy.objects.all()
    assert (refusal.code, "U+0F40" in refusal.en) == ("check-failed", True)
    assert [each["passed"] for each in refusal.checks if each["code"] == "complete"] == [False]
    (told,) = list_entries(kinds=("record.copy-refused",))
    assert told.detail is not None
    assert told.detail["reason"] == refusal.zh
    assert not StoredObject.objects.filter(object_id__startswith="urn:lantai:copies:").exists()
    queue_copies(now=timezone.now())
    assert not Job.objects.filter(key="preservation.copies", state=JobState.WAITING).exists()


def test_rules_say_whose_files_get_copies_and_the_most_particular_counts(body: Organisation) -> None:
    record = take_in(body, 63)
    by_rule(*ALL, fonds="0060")
    assert copies(record) == {}
    by_rule(*ALL)
    by_rule(fonds="0059", classes="ZY·XK")
    assert set(copies(record)) >= {"营业执照.jpg", "许可证副本.ofd"}
    second = take_in(body, 64)
    queue_copies(now=timezone.now())
    run_jobs(drain=True)
    assert copies(second) == {}
    by_rule("image", fonds="0059", classes="ZY·XK")
    assert set(copies(second)) == {"营业执照.jpg"}


def test_by_hand_tries_all_files_of_the_records_named_again(body: Organisation) -> None:
    record, other = take_in(body, 65, broken=True), take_in(body, 66)
    for _time in range(2):
        assert ask_copies(record_codes=[record.record_code], by=CONSOLE, now=timezone.now())
        run_jobs(drain=True)
        count()
    assert set(copies(record)) >= {"食品经营许可申请书.pdf", "营业执照.jpg"}
    assert copies(other) == {}
    assert RefusedCopy.objects.filter(record=record, path__endswith=".ofd").count() == 1
    told = [each for each in list_entries(kinds=("record.copy-refused",)) if each.detail]
    assert len([each for each in told if each.detail["source"].endswith(".ofd")]) == 2
    assert {each.actor for each in told} == {"console"}
    assert len(list_entries(kinds=("preservation.copies-asked",))) == 2
    assert not ask_copies(record_codes=[], by=CONSOLE, now=timezone.now())


def test_the_counts_know_what_has_a_copy_and_what_was_refused(body: Organisation) -> None:
    take_in(body, 67, broken=True)
    by_rule("ofd", "image")
    figures = {each.puid: (each.records, each.files, each.copied, each.refused) for each in FormatCount.objects.all()}
    assert figures["lantai/ofd"] == (1, 1, 0, 1)
    assert HeldFormat.objects.get(puid="lantai/ofd").refused == 1
    (picture,) = [each for each in FormatCount.objects.all() if each.copied]
    assert (picture.files, picture.copied) == (1, 1)


def test_a_paused_job_goes_on_where_it_stood(body: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [take_in(body, number) for number in (68, 69, 70)]
    monkeypatch.setattr("lantai.preservation.services.normalising.AT_ONCE", 1)
    ask_copies(record_codes=[each.record_code for each in records], by=CONSOLE, now=timezone.now())
    job = Job.objects.get(title="制作规范化副本")
    Job.objects.filter(pk=job.pk).update(pause_asked=True)
    run_jobs(drain=True)
    job.refresh_from_db()
    assert (job.state, job.done, job.position) == (JobState.PAUSED, 1, {"at": 1})
    assert [bool(copies(each)) for each in records] == [True, False, False]
    assert not ask_pause(task_id=job.task_id)
    resume_job(task_id=job.task_id)
    run_jobs(drain=True)
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 3)
    assert all(copies(each) for each in records)
    assert Representation.objects.filter(kind="normalised").count() == sum(len(copies(each)) for each in records)
