"""A batch: problems by check, and one decision on all that waits, done once, with a list of what could not be done."""

from __future__ import annotations

import html
import re
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import Organisation, Person, Role
from lantai.archival.checks.faults import sound_case
from lantai.ingest.models import Batch, BatchDecision, CorrectionRequest, ReportedFault, Submission
from lantai.ingest.services import NewSubmission, append_content, decide_submissions, open_batch, open_submission
from lantai.ingest.services.deciding_batches import BatchChanged, Choice, carry_out_decision, decide_batch
from lantai.ledger.models import Entry
from lantai.work.models import Job, Notice
from lantai.work.services import run_jobs
from tests.ingest.county import OTHER, found_county, package, settle
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]


def send_into(batch: Batch, body: Organisation, sent: tuple[str, bytes]) -> Submission:
    name, data = sent
    new = NewSubmission(
        organisation_id=body.pk, name=name, profile="fuzhou", size=len(data), channel="http", batch_id=batch.pk
    )
    submission, _new = open_submission(new=new, now=timezone.now())
    append_content(submission=submission, offset=0, stream=BytesIO(data), length=len(data), now=timezone.now())
    return submission


@pytest.fixture
def body() -> Organisation:
    return found_county("manual")


@pytest.fixture
def batch(body: Organisation) -> Batch:
    """Four sound packages that wait for a person, and one the checks returned."""
    found = open_batch(
        organisation_id=body.pk,
        channel="http",
        number=f"{body.pk}-2026-11",
        name="十一月移交",
        count=6,
        now=timezone.now(),
    )
    for number in (1, 2, 3, 4):
        send_into(found, body, package(number))
    case = sound_case(5)
    case.remove(3)
    send_into(found, body, (f"{case.name}.zip", case.write()[0]))
    settle()
    return found


@pytest.fixture
def archivist(body: Organisation) -> Person:
    return make_person(Role.ARCHIVIST)


def waiting(batch: Batch) -> list[str]:
    return list(batch.submissions.filter(state="examined").order_by("pk").values_list("record_code", flat=True))


def decided(batch: Batch, by: Person, **more: Any) -> BatchDecision:
    choice = Choice(batch_id=batch.pk, **more)
    return decide_batch(choice=choice, token=uuid4(), by=f"person:{by.pk}", role="archivist", now=timezone.now())


def text(client: Client, address: str, data: dict[str, Any] | None = None) -> str:
    response = client.post(address, data, follow=True) if data is not None else client.get(address)
    assert response.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_the_page_says_what_came_and_what_is_wrong_by_check(
    batch: Batch, archivist: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client, here = signed_in(archivist), reverse("batch", args=[batch.pk])
    client.get(here)  # a session is written once
    with django_assert_max_num_queries(12):
        page = text(client, here)
    faulty = set(ReportedFault.objects.values_list("code", flat=True))
    assert faulty
    assert all(code in page for code in faulty)
    assert "处理待定的 4 件" in page
    assert "清单所列还缺 1 件" in page
    assert "十一月移交" in page
    code = ReportedFault.objects.filter(severity="blocking").values_list("code", flat=True)[0]
    only = text(client, f"{here}?check={code}")
    assert sound_case(5).metadata["project_name"] in only
    assert waiting(batch)[0] not in only
    with django_assert_max_num_queries(12):
        listed = text(client, reverse("batches"))
    assert "十一月移交" in listed
    assert batch.number in listed


def test_some_are_taken_in_and_some_go_back_after_check_answers(batch: Batch, archivist: Person) -> None:
    client, here = signed_in(archivist), reverse("batch-decide", args=[batch.pk])
    first, *rest = waiting(batch)
    ReportedFault.objects.create(
        submission=Submission.objects.get(record_code=first),
        code="GD-1-9",
        reason="x",
        verdict="warning",
        severity="warning",
    )
    given = {"checks": ["GD-1-9"], "note": "封面须重新盖章", "decide": "check"}
    page = text(client, here, given)
    assert "接收 3 件，退回 1 件" in page
    assert all(each in page for each in ("告知谁", "能否撤回", "云岭县行政审批局"))
    assert BatchDecision.objects.count() == 0
    assert waiting(batch) == [first, *rest]
    sent = given | {"confirmed": "yes", "token": str(uuid4()), "accept": "3", "back": "1"}
    again = text(client, here, sent | {"accept": "4", "back": "0"})
    assert "待处理的移交包有变化" in again
    assert BatchDecision.objects.count() == 0
    for _twice in range(2):
        text(client, here, sent)
    assert BatchDecision.objects.count() == 1
    settle()
    states = dict(Submission.objects.filter(record_code__in=[first, *rest]).values_list("record_code", "state"))
    assert states == {first: "rejected"} | dict.fromkeys(rest, "accessioned")
    assert CorrectionRequest.objects.get(submission__record_code=first).note == "封面须重新盖章"
    (entry,) = [each for each in Entry.objects.all() if each.kind == "batch.decided"]
    assert entry.subject == batch.number
    decisions = [each for each in Entry.objects.all() if each.kind == "submission.decided"]
    assert len(decisions) == 4
    assert Notice.objects.filter(person=archivist, text="batch-decided").count() == 1
    done = text(client, reverse("batch", args=[batch.pk]))
    assert "接收 3 件，退回 1 件" in done
    assert "处理待定的" not in done


def test_a_decision_names_what_it_could_not_do_and_goes_on(batch: Batch, archivist: Person) -> None:
    codes = waiting(batch)
    decision = decided(batch, archivist, shown=(4, 0))
    said = {"reason": "先退回", "by": "person:1", "role": "archivist", "now": timezone.now()}
    decide_submissions(record_codes=codes[:1], approve=False, **said)
    run_jobs(drain=True)
    decision.refresh_from_db()
    assert (decision.accepted, decision.returned, decision.position) == (3, 0, 4)
    assert len(decision.troubles) == 1
    assert codes[0] in decision.troubles[0]
    assert Job.objects.get(task_id=decision.job_id).state == "troubled"
    assert Submission.objects.get(record_code=codes[0]).state == "rejected"


def test_a_decision_that_was_carried_out_changes_nothing_when_it_runs_again(batch: Batch, archivist: Person) -> None:
    decision = decided(batch, archivist, shown=(4, 0))
    run_jobs(drain=True)
    before = Entry.objects.count()
    assert carry_out_decision.call(decision_id=decision.pk) == 4
    assert Entry.objects.count() == before


def test_what_goes_back_needs_a_reason_and_the_numbers_shown_must_hold(batch: Batch, archivist: Person) -> None:
    code = waiting(batch)[0]
    with pytest.raises(ValueError, match="reason"):
        decided(batch, archivist, packages=[code], attach=False, shown=(3, 1))
    with pytest.raises(BatchChanged):
        decided(batch, archivist, packages=[code], note="缺页", shown=(4, 0))
    page = text(
        signed_in(archivist), reverse("batch-decide", args=[batch.pk]), {"due_on": "2001-01-01", "decide": "check"}
    )
    assert "期限不能早于今天。" in page
    assert BatchDecision.objects.count() == 0


def test_a_batch_is_its_departments_and_the_archivists(batch: Batch, body: Organisation) -> None:
    here = reverse("batch", args=[batch.pk])
    own = make_person(Role.DEPARTMENT, organisation=body)
    other = make_person(Role.DEPARTMENT, "other", organisation=Organisation.objects.get(code=OTHER))
    assert "十一月移交" in text(signed_in(own), here)
    assert "处理待定的" not in text(signed_in(own), here)
    assert signed_in(other).get(here).status_code == 404
    assert "十一月移交" not in text(signed_in(other), reverse("batches"))
    assert signed_in(own).get(reverse("batch-decide", args=[batch.pk])).status_code == 403
    assert signed_in(make_person(Role.ARCHIVIST)).get(reverse("batch", args=[batch.pk + 99])).status_code == 404
