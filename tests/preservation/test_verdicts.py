"""Signatures are updated: every file is named again, what differs is for a person, and what he decides is an event."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import timezone

from lantai.administration.models import Organisation
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.formats import edition_key
from lantai.catalog.components import pack_components, unpack_components
from lantai.catalog.models import Record, Representation, SignatureEdition
from lantai.ledger.queries import list_entries
from lantai.preservation.models import FormatCount, NewVerdict
from lantai.preservation.queries import undecided_count, verdict_groups
from lantai.preservation.services import VerdictsRefused, order_verdicts, queue_identification
from lantai.work.models import DueWork, Job, JobState
from lantai.work.services import resume_job, run_jobs
from tests.preservation.holdings import count, originals, take_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
JPEG = "fmt/43"


def named_by_others(record: Record, *, picture: str = "") -> str:
    """As if older signatures had named the files of a record, its picture as *picture*; returns its true name."""
    old, _made = SignatureEdition.objects.get_or_create(
        key="pygfried 1.0, lantai 2020", defaults={"told": "siegfried 1.8.0", "noted_at": timezone.now()}
    )
    form = Representation.objects.get(record=record, kind="received")
    files = list(unpack_components(bytes(form.components)))
    at = next(place for place, each in enumerate(files) if each.path.endswith(".jpg"))
    true = files[at].puid
    if picture:
        files[at] = replace(files[at], puid=picture, format_name="Older name", format="jpeg")
    Representation.objects.filter(pk=form.pk).update(edition=old, components=pack_components(files))
    return true


def picture_of(record: Record) -> str:
    form = Representation.objects.get(record=record, kind="received")
    return next(each.puid for each in unpack_components(bytes(form.components)) if each.path.endswith(".jpg"))


def edition_of(record: Record) -> str:
    form = Representation.objects.select_related("edition").get(record=record, kind="received")
    assert form.edition is not None
    return form.edition.key


def again() -> None:
    queue_identification(now=timezone.now())
    run_jobs(drain=True)
    count()


def test_what_came_in_says_by_which_signatures_it_was_named(body: Organisation) -> None:
    record = take_in(body, 81)
    assert edition_of(record) == edition_key()
    assert "siegfried" in SignatureEdition.objects.get().told
    assert not queue_identification(now=timezone.now())


@pytest.mark.database
def test_a_new_name_waits_for_a_decision_and_the_same_name_is_noted(body: Organisation) -> None:
    changed, same = take_in(body, 82), take_in(body, 83)
    before = originals(changed)
    true = named_by_others(changed, picture="x-fmt/391")
    named_by_others(same)
    again()
    assert (edition_of(changed), edition_of(same)) == (edition_key(), edition_key())
    assert picture_of(changed) == "x-fmt/391"  # until somebody decides
    (verdict,) = NewVerdict.objects.all()
    assert (verdict.record_code, verdict.before, verdict.after) == (changed.record_code, "x-fmt/391", true)
    assert DueWork.objects.filter(kind="preservation-verdicts", finished_at=None).count() == 1
    (told,) = list_entries(kinds=("record.verdict-changed",))
    assert told.subject == changed.record_code
    (noted,) = list_entries(kinds=("record.identified-again",))
    assert noted.detail is not None
    assert set(noted.detail["records"]) == {changed.record_code, same.record_code}
    assert noted.detail["changed"] == {changed.record_code: 1}
    with pytest.raises(VerdictsRefused):
        order_verdicts(before="x-fmt/391", after=true, accept=True, reason=" ", by=CONSOLE, now=timezone.now())
    assert (
        order_verdicts(before="x-fmt/391", after=true, accept=True, reason="更准", by=CONSOLE, now=timezone.now()) == 1
    )
    run_jobs(drain=True)
    count()
    assert picture_of(changed) == true
    (corrected,) = list_entries(kinds=("record.format-corrected",))
    assert corrected.detail is not None
    assert corrected.detail["files"] == [{"path": verdict.path, "before": "x-fmt/391", "after": true}]
    verdict.refresh_from_db()
    assert (verdict.state, verdict.decided_by, undecided_count()) == ("accepted", "console", 0)
    assert not DueWork.objects.filter(kind="preservation-verdicts", finished_at=None).exists()
    assert {each.puid for each in FormatCount.objects.filter(files__gt=0)} >= {true}
    assert not FormatCount.objects.filter(puid="x-fmt/391", files__gt=0).exists()
    assert originals(changed) == before
    with pytest.raises(VerdictsRefused):
        order_verdicts(before="x-fmt/391", after=true, accept=True, reason="再", by=CONSOLE, now=timezone.now())


def test_the_old_name_can_be_kept(body: Organisation) -> None:
    record = take_in(body, 84)
    true = named_by_others(record, picture="x-fmt/391")
    again()
    order_verdicts(
        before="x-fmt/391", after=true, accept=False, reason="旧结果经人工核实", by=CONSOLE, now=timezone.now()
    )
    run_jobs(drain=True)
    assert picture_of(record) == "x-fmt/391"
    assert NewVerdict.objects.get().state == "kept"
    assert not list_entries(kinds=("record.format-corrected",))
    (told,) = list_entries(kinds=("preservation.verdicts-decided",))
    assert (told.result, told.detail and told.detail["reason"]) == ("kept", "旧结果经人工核实")
    assert not queue_identification(now=timezone.now())


def test_a_paused_round_goes_on_and_names_no_package_twice(body: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [take_in(body, number) for number in (85, 86, 87)]
    for each in records:
        named_by_others(each, picture="x-fmt/391")
    monkeypatch.setattr("lantai.preservation.services.identifying.CHUNK", 1)
    queue_identification(now=timezone.now())
    job = Job.objects.get(key="preservation.identify")
    assert job.total == 3
    Job.objects.filter(pk=job.pk).update(pause_asked=True)
    run_jobs(drain=True)
    job.refresh_from_db()
    assert (job.state, job.done, undecided_count()) == (JobState.PAUSED, 1, 1)
    resume_job(task_id=job.task_id)
    run_jobs(drain=True)
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 3)
    (group,) = verdict_groups()
    assert (group.files, group.records) == (3, 3)
    assert len(list_entries(kinds=("record.identified-again",))) == 3
