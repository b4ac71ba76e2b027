"""Packages ticked in the queue are taken in or returned together: shown before, done one by one, failures listed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Person, Role
from lantai.ingest.models import Receipt, Submission
from lantai.ingest.services import decide_submissions
from lantai.ledger.models import Entry
from lantai.work.models import BulkItem, BulkOrder, DueWork, Job
from lantai.work.services.ordering import perform_bulk
from tests.make_people import signed_in
from tests.pages.archive import Archive

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.xdist_group("index")]


def chosen(client: Client, act: str, *keys: str) -> str:
    """Tick *keys* in the queue and go on to what *act* would do; returns the address of that page."""
    given: dict[str, Any] = {"act": act, "shown": keys, "selected": keys}
    response = client.post(reverse("selection", args=["duties"]), given)
    assert response.status_code == 302
    return str(response["Location"])


def test_what_waits_is_taken_in_and_what_cannot_be_is_left_out(archive: Archive) -> None:
    client = signed_in(archive.people[Role.ARCHIVIST])
    code, back = archive.waiting.record_code, archive.returned.record_code
    place = chosen(client, "submission-approve", f"submission:{code}", f"submission:{back}", "verification:objects")
    told = client.get(place).content.decode()
    assert "将办理 1 项" in told and "不包括 2 项" in told and archive.body.name in told
    assert "不在待处理状态：已退回" in told and "不是移交包，请在它自己的页面办理" in told
    assert "将赋予档号并进馆 1 件" in told and "接收 1 件" in told
    assert Submission.objects.get(record_code=code).state == "examined"
    person = archive.people[Role.ARCHIVIST]
    Person.objects.filter(pk=person.pk).update(language="en")
    english = signed_in(Person.objects.get(pk=person.pk)).get(place).content.decode()
    Person.objects.filter(pk=person.pk).update(language="zh-hans")
    assert "Does not wait for a decision: Returned" in english and "1 item to be done" in english
    jobs = Job.objects.filter(title="批量接收")
    answers = {client.post(place, {})["Location"] for _time in range(2)}
    assert len(answers) == 1 and jobs.count() == 1
    order = BulkOrder.objects.get()
    for _time in range(2):  # a job that is taken again does nothing twice
        perform_bulk.call(order=str(order.pk))
    assert Submission.objects.get(record_code=code).state == "approved"
    assert Submission.objects.get(record_code=back).state == "rejected"
    entry = Entry.objects.get(kind="submission.decided", subject=code)
    assert (entry.actor, entry.role) == (f"person:{person.pk}", "archivist")
    assert not DueWork.objects.filter(kind="submission", subject=code, finished_at=None).exists()


def test_a_return_needs_a_reason_and_says_what_was_decided_meanwhile(archive: Archive) -> None:
    client = signed_in(archive.people[Role.ARCHIVIST])
    code = archive.waiting.record_code
    place = chosen(client, "submission-return", f"submission:{code}")
    assert "理由写入回执" in client.get(place).content.decode()
    assert "lt-field--error" in client.post(place, {"reason": "  "}).content.decode()
    assert BulkOrder.objects.get().task_id is None
    decide_submissions(
        record_codes=[code], approve=True, reason="", by="person:0", role="archivist", now=timezone.now()
    )
    client.post(place, {"reason": "缺少申请表原件"})
    order = BulkOrder.objects.get()
    perform_bulk.call(order=str(order.pk))
    item = order.items.get()
    assert (item.state, item.why, item.values) == (BulkItem.State.FAILED, "act-decided", {"state": "待进馆"})
    page = client.get(reverse("job", args=[order.task_id])).content.decode()
    assert "不在待处理状态：待进馆" in page and f'href="/submissions/{code}/"' in page
    assert Submission.objects.get(record_code=code).state == "approved"


def test_a_return_of_many_is_read_by_the_department(archive: Archive) -> None:
    client = signed_in(archive.people[Role.ARCHIVIST])
    code = archive.waiting.record_code
    client.post(chosen(client, "submission-return", f"submission:{code}"), {"reason": "缺少申请表原件"})
    perform_bulk.call(order=str(BulkOrder.objects.get().pk))
    assert Submission.objects.get(record_code=code).state == "rejected"
    receipt = Receipt.objects.filter(submission__record_code=code).order_by("-number")[0]
    assert "缺少申请表原件" in receipt.body
    asked = DueWork.objects.get(kind="correction", subject=code, finished_at=None)
    assert asked.role == "department"


def test_nobody_else_decides_many(archive: Archive) -> None:
    key = f"submission:{archive.waiting.record_code}"
    for role, status in ((Role.DEPARTMENT, 404), (Role.SUPERVISOR, 404), (Role.SYSTEM, 403), (Role.PUBLIC, 403)):
        client = signed_in(archive.people[role])
        data = {"act": "submission-approve", "shown": [key], "selected": [key]}
        assert client.post(reverse("selection", args=["duties"]), data).status_code == status, role
    assert not BulkOrder.objects.exists()


def test_deciding_goes_on_within_the_queue_one_came_from(archive: Archive) -> None:
    client = signed_in(archive.people[Role.ARCHIVIST])
    code = archive.waiting.record_code
    later = DueWork.objects.create(
        kind="verification",
        subject="objects",
        title="核验发现问题",
        reason="agreement-asks",
        role="archivist",
        raised_at=timezone.now(),
    )
    query = "queue=duties&within=sort%3Doldest"
    page = client.get(f"{reverse('submission', args=[code])}?{query}").content.decode()
    assert "第 1 件，共 2 件" in page and 'href="/work/?sort=oldest"' in page
    assert f'action="/submissions/{code}/decide/?queue=duties&amp;within=sort%3Doldest"' in page
    assert f'href="{reverse("verification", args=[later.subject])}?queue=duties&amp;within=sort%3Doldest"' in page
    decided = client.post(f"{reverse('submission-decide', args=[code])}?{query}", {"decision": "approve"})
    assert decided["Location"] == f"{reverse('verification', args=['objects'])}?{query}"
    for nonsense in ("queue=nothing", "queue=duties&within=%00%ff", "queue=duties&within=" + "x" * 3000):
        assert client.get(f"{reverse('submission', args=[code])}?{nonsense}").status_code == 200
