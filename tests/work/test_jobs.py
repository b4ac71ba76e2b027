"""The queue: a lease, a heartbeat, one job a key, pause and resume, and what a dead worker leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import override
from django_tasks_db.models import DBTaskResult

from lantai.work.models import Job, JobState, Notice
from lantai.work.queries import job as job_view
from lantai.work.queries import list_notices, recent_jobs
from lantai.work.services import ask_pause, forget_finished_jobs, queue_job, resume_job, run_jobs
from lantai.work.services.running import claim_job
from tests.work import tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture(autouse=True)
def _nothing_done_yet() -> None:
    tasks.DONE.clear()


def test_a_job_belongs_to_the_transaction_that_asked_for_it() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        queue_job(task=tasks.note, title="记一笔", arguments={"word": "a"})
        raise RuntimeError
    assert not Job.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_jobs_run_in_order_and_their_end_is_written() -> None:
    for word in "abc":
        queue_job(task=tasks.note, title="记一笔", arguments={"word": word})
    assert run_jobs(drain=True) == 3
    assert tasks.DONE == ["a", "b", "c"]
    assert {each.state for each in Job.objects.all()} == {JobState.DONE}
    assert {each.status for each in DBTaskResult.objects.all()} == {"SUCCESSFUL"}


def test_work_of_one_key_waits_only_once() -> None:
    first = queue_job(task="tests.work.tasks.note", title="记", arguments={"word": "x"}, key="k")
    assert queue_job(task="tests.work.tasks.note", title="记", arguments={"word": "x"}, key="k") is None
    assert first is not None
    assert Job.objects.count() == DBTaskResult.objects.count() == 1


def test_jobs_of_one_key_never_run_at_the_same_time() -> None:
    queue_job(task=tasks.note, title="记", arguments={"word": "1"}, key="k")
    running = claim_job(worker="a", now=timezone.now())
    assert running is not None
    queue_job(task=tasks.note, title="记", arguments={"word": "2"}, key="k")
    assert claim_job(worker="b", now=timezone.now()) is None


def test_a_failed_job_keeps_its_reason_and_is_told() -> None:
    queue_job(task=tasks.fail, title="四性检测", arguments={"why": "缺纸"})
    run_jobs(drain=True)
    ended = Job.objects.get()
    assert ended.state == JobState.FAILED
    assert ended.troubles == ["ValueError: 缺纸"]
    kept = Notice.objects.get()
    assert (kept.text, kept.values) == ("job-failed", {"task": "四性检测"})
    for language, words in (("zh-hans", "后台任务失败：四性检测"), ("en", "Background job failed: Four-nature check")):
        with override(language):
            ((notice,), number) = list_notices(person_id=0, organisation_id=None, archivist=True)
        assert (notice.text, number) == (words, 1)
    stored = DBTaskResult.objects.get()
    assert stored.status == "FAILED"
    assert "缺纸" in stored.traceback


def test_done_with_troubles_is_a_state_of_its_own() -> None:
    queue_job(task=tasks.count_with_troubles, title="数", arguments={"until": 3})
    run_jobs(drain=True)
    (seen,) = recent_jobs()
    assert seen.state == JobState.TROUBLED
    assert seen.troubles == ("第 2 件不合格",)
    assert (seen.done, seen.total, seen.share) == (3, 3, 1.0)


def test_a_paused_job_goes_on_where_it_stopped() -> None:
    task_id = queue_job(task=tasks.count_and_pause, title="数", arguments={"until": 5})
    assert task_id is not None
    run_jobs(drain=True)
    paused = job_view(task_id=task_id)
    assert paused is not None
    assert paused.state == JobState.PAUSED
    assert tasks.DONE == ["0", "1", "2"]
    assert resume_job(task_id=task_id)
    run_jobs(drain=True)
    assert tasks.DONE == ["0", "1", "2", "3", "4"]
    assert Job.objects.get().state == JobState.DONE


def test_a_waiting_job_can_be_paused_and_is_not_run() -> None:
    task_id = queue_job(task=tasks.note, title="记", arguments={"word": "a"})
    assert task_id is not None
    assert ask_pause(task_id=task_id)
    assert run_jobs(drain=True) == 0
    assert resume_job(task_id=task_id)
    assert run_jobs(drain=True) == 1


def test_a_job_whose_lease_ran_out_is_taken_again() -> None:
    queue_job(task=tasks.note, title="记", arguments={"word": "a"})
    now = timezone.now()
    dead = claim_job(worker="dead", now=now)
    assert dead is not None
    assert claim_job(worker="b", now=now + timedelta(seconds=30)) is None
    taken = claim_job(worker="b", now=now + timedelta(seconds=41))
    assert taken is not None
    assert (taken.worker, taken.attempts) == ("b", 2)


def test_a_job_that_kills_its_worker_each_time_is_given_up() -> None:
    queue_job(task=tasks.note, title="记", arguments={"word": "a"})
    Job.objects.update(attempts=6)
    run_jobs(drain=True)
    assert Job.objects.get().state == JobState.FAILED
    assert tasks.DONE == []


def test_a_worker_that_lost_its_lease_stops_and_writes_nothing() -> None:
    queue_job(task=tasks.lose_the_lease, title="丢", arguments={})
    run_jobs(drain=True)
    assert tasks.DONE == ["before"]
    assert Job.objects.get().worker == "another"


def test_old_jobs_are_forgotten_but_failures_stay() -> None:
    queue_job(task=tasks.note, title="记", arguments={"word": "a"})
    queue_job(task=tasks.fail, title="败", arguments={"why": "x"})
    run_jobs(drain=True)
    later = timezone.now() + timedelta(days=8)
    assert forget_finished_jobs(older_than=timedelta(days=7), now=later) == 1
    assert Job.objects.get().state == JobState.FAILED
    assert DBTaskResult.objects.count() == 1


def test_a_killed_worker_leaves_its_job_to_the_next(tmp_path: Path) -> None:
    """kill -9 of a real worker process in the middle of a job; the next one ends it once."""
    marks = tmp_path / "marks"
    queue_job(task=tasks.mark_slowly, title="慢", arguments={"path": str(marks)})
    code = "import django; django.setup(); from lantai.work.services import run_jobs; run_jobs(drain=True)"
    settings = connection.settings_dict
    environment = os.environ | {"LANTAI_TEST_DATABASE_NAME": str(settings["NAME"])}
    worker = subprocess.Popen([sys.executable, "-c", tasks.PRELUDE + code], env=environment)
    deadline = time.monotonic() + 30
    while not marks.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert marks.exists()
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert Job.objects.get().state == JobState.RUNNING
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    run_jobs(drain=True)
    assert marks.read_text() == "begun\nbegun\nended\n"
    assert Job.objects.get().state == JobState.DONE
