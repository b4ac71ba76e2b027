"""Failed jobs tried again; the list of jobs by state."""

from __future__ import annotations

import pytest
from django.urls import reverse

from lantai.administration.models import Role
from lantai.ledger.models import Entry
from lantai.work.models import Job, JobState
from lantai.work.services import queue_job, run_jobs
from tests.make_people import make_person, signed_in
from tests.work import tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def test_a_failed_job_runs_again_and_the_ledger_keeps_why_it_failed() -> None:
    tasks.DONE.clear()
    person = make_person(Role.SYSTEM)
    client = signed_in(person)
    task_id = queue_job(task=tasks.fail_once, title="四性检测", arguments={"word": "a"}, key="k")
    run_jobs(drain=True)
    assert Job.objects.get().state == JobState.FAILED
    page = client.get(reverse("job", args=[task_id])).content.decode()
    assert "重试" in page and "ValueError: 第一次" in page
    for _time in range(2):  # the second press changes nothing
        answer = client.post(reverse("job-retry", args=[task_id]), {"act": "job"})
        assert answer["Location"] == reverse("job", args=[task_id])
    assert Job.objects.get().state == JobState.WAITING
    run_jobs(drain=True)
    ended = Job.objects.get()
    assert (ended.state, ended.troubles, tasks.DONE) == (JobState.DONE, [], ["a", "a"])
    entry = Entry.objects.get(kind="job.retried")
    assert (entry.actor, entry.subject) == (f"person:{person.pk}", f"job:{task_id}")
    assert "第一次" in (entry.text or "")
    assert "没有可以重试的" in client.post(reverse("job-retry", args=[task_id]), follow=True).content.decode()
    assert signed_in(make_person(Role.AUDIT)).post(reverse("job-retry", args=[task_id])).status_code == 403


def test_work_that_waits_already_is_not_queued_beside_itself() -> None:
    task_id = queue_job(task=tasks.fail, title="四性检测", arguments={"why": "缺纸"}, key="k")
    run_jobs(drain=True)
    queue_job(task=tasks.note, title="四性检测", arguments={"word": "b"}, key="k")
    client = signed_in(make_person(Role.ARCHIVIST))
    answer = client.post(reverse("job-retry", args=[task_id]), {"act": "job"}, follow=True)
    assert "没有可以重试的" in answer.content.decode()
    assert Job.objects.filter(state=JobState.WAITING).count() == 1
    assert not Entry.objects.filter(kind="job.retried").exists()


def test_jobs_are_narrowed_by_state_and_troubled_is_never_done() -> None:
    queue_job(task=tasks.fail, title="失败的", arguments={"why": "缺纸"})
    queue_job(task=tasks.count_with_troubles, title="有异常的", arguments={"until": 3})
    queue_job(task=tasks.note, title="完成的", arguments={"word": "a"})
    run_jobs(drain=True)
    queue_job(task=tasks.note, title="等待的", arguments={"word": "a"})
    client = signed_in(make_person(Role.ARCHIVIST))

    def titles(state: str) -> set[str]:
        page = client.get(reverse("jobs"), {"state": state}).content.decode()
        return {title for title in ("失败的", "有异常的", "完成的", "等待的") if f">{title}<" in page}

    assert titles("") == titles("nonsense") == {"失败的", "有异常的", "完成的", "等待的"}
    assert titles("open") == {"等待的"}
    assert titles("troubled") == {"失败的", "有异常的"}
    assert titles("done") == {"完成的"}
    page = client.get(reverse("jobs"), {"state": "troubled"}).content.decode()
    assert (
        "完成但有异常 · 2 处异常" in page.replace("1 处", "2 处") and "lt-tag--ok" not in page.split('id="lt-jobs"')[1]
    )
