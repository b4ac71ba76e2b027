"""A returned package is a duty of its department (补正), with reasons and the agreed day, done when it comes again."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from lantai.administration.models import Agreement, Organisation, Person, Role
from lantai.archival.checks.faults import sound_case
from lantai.ingest.models import Submission, SubmissionState
from lantai.ingest.services import NewSubmission, append_content, decide_submissions, open_submission, take_folder
from lantai.work.models import DueWork
from lantai.work.queries import DutyView, open_duties
from tests.ingest.county import OTHER, found_county, package, settle
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]


def bad_package(number: int) -> tuple[str, bytes]:
    """A package that lacks its approval sheet."""
    case = sound_case(number)
    case.remove(3)
    return f"{case.name}.zip", case.write()[0]


def send(body: Organisation, sent: tuple[str, bytes], *, replaces: str = "") -> Submission:
    name, data = sent
    new = NewSubmission(organisation_id=body.pk, name=name, profile="fuzhou", size=len(data), replaces=replaces)
    submission, _new = open_submission(new=new, now=timezone.now())
    append_content(submission=submission, offset=0, stream=BytesIO(data), length=len(data), now=timezone.now())
    submission.refresh_from_db()
    return submission


def duties(body: Organisation) -> list[DutyView]:
    """What the department has to do, as it reads it in Chinese."""
    with translation.override("zh-hans"):
        return open_duties(role="department", organisation_id=body.pk, today=timezone.localdate())


def read(person: Person, name: str, *arguments: str) -> str:
    response = signed_in(person).get(reverse(name, args=arguments))
    assert response.status_code == 200
    return html.unescape(re.sub(r"<[^>]+>", "\n", response.content.decode()))


def test_a_package_the_checks_return_is_a_duty_with_reasons_and_the_agreed_day() -> None:
    body = found_county()
    Agreement.objects.update(limits={"correction_days": 10})
    returned = send(body, bad_package(1))
    settle()
    day = timezone.localdate() + timedelta(days=10)
    (duty,) = duties(body)
    assert (duty.kind, duty.subject, duty.due_on, duty.overdue) == ("correction", returned.record_code, day, False)
    assert duty.title == sound_case(1).metadata["project_name"]
    assert duty.reason.startswith("移交包已退回，检测发现 ")
    assert "业务审批单" in duty.reason
    decision = next(each for each in returned.receipts.all() if each.kind == "decision")
    assert f'"correct_by":"{day.isoformat()}"' in decision.body
    person = make_person(Role.DEPARTMENT, organisation=body)
    page = read(person, "work")
    assert all(each in page for each in ("补正重交", duty.title, "业务审批单", day.isoformat()))
    assert f"请在 {day.isoformat()} 前重新移交。" in read(person, "submission", returned.record_code)
    Person.objects.filter(pk=person.pk).update(language="en")
    english = read(Person.objects.get(pk=person.pk), "work")
    assert "Correct it and send it again: " in english
    assert "移交包已退回" not in english
    other = make_person(Role.DEPARTMENT, "other", organisation=Organisation.objects.get(code=OTHER))
    assert duty.title not in read(other, "work")
    assert duty.title not in read(make_person(Role.ARCHIVIST), "work")


def test_a_package_an_archivist_returns_carries_his_words_and_no_day_where_none_is_agreed() -> None:
    body = found_county("manual")
    waiting = send(body, package(1))
    settle()
    decide_submissions(
        record_codes=[waiting.record_code],
        approve=False,
        reason="第3页须重新盖章",
        by="person:1",
        role="archivist",
        now=timezone.now(),
    )
    (duty,) = duties(body)
    assert duty.reason == "移交包已退回，请补正后重新移交。档案员说明：第3页须重新盖章"
    assert duty.due_on is None
    assert "correct_by" not in waiting.receipts.latest("number").body
    assert "未约定" in read(make_person(Role.DEPARTMENT, organisation=body), "work")


def test_days_agreed_count_for_a_decision_too_and_become_overdue() -> None:
    body = found_county("manual")
    Agreement.objects.update(limits={"correction_days": 3, "files": 100})
    waiting = send(body, package(1))
    settle()
    then = timezone.now() - timedelta(days=9)
    said = {"reason": "缺章", "by": "person:1", "role": "archivist", "now": then}
    decide_submissions(record_codes=[waiting.record_code], approve=False, **said)
    (duty,) = duties(body)
    assert duty.due_on == timezone.localdate(then) + timedelta(days=3)
    assert duty.overdue


def test_a_replacing_submission_ends_the_duty_when_it_arrives() -> None:
    body = found_county()
    first = send(body, bad_package(1))
    settle()
    second = send(body, bad_package(1), replaces=first.record_code)
    assert duties(body) == [], "it is done with its arrival, before anything is checked"
    done = DueWork.objects.get(subject=first.record_code)
    assert done.finished_by == f"submission:{second.record_code}"
    settle()
    (again,) = duties(body)
    assert again.subject == second.record_code, "returned again, it is a duty again"
    third = send(body, package(1), replaces=second.record_code)
    settle()
    assert duties(body) == []
    third.refresh_from_db()
    assert third.state == SubmissionState.ACCESSIONED


def test_half_a_replacing_submission_ends_nothing() -> None:
    body = found_county()
    first = send(body, bad_package(1))
    settle()
    name, data = package(1)
    replacing = NewSubmission(
        organisation_id=body.pk, name=name, profile="fuzhou", size=len(data), replaces=first.record_code
    )
    submission, _new = open_submission(new=replacing, now=timezone.now())
    append_content(submission=submission, offset=0, stream=BytesIO(data[:100]), length=100, now=timezone.now())
    assert len(duties(body)) == 1


def test_through_a_folder_the_same_number_sound_ends_the_duty(tmp_path: Path) -> None:
    body, other = found_county(), Organisation.objects.get(code=OTHER)
    for batch, (name, data) in (("a", bad_package(1)), ("b", bad_package(2)), ("c", package(1))):
        folder = tmp_path / batch
        folder.mkdir()
        (folder / name).write_bytes(data)
        take_folder(folder=folder, organisation_id=body.pk, profile="fuzhou")
        settle()
    assert Submission.objects.filter(state=SubmissionState.ACCESSIONED).count() == 1
    assert [each.title for each in duties(body)] == [sound_case(2).metadata["project_name"]]
    assert duties(other) == []
