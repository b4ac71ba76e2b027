"""Jobs that only tests queue."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django_tasks import task

from lantai.work.models import Job
from lantai.work.services import ask_pause, current_job

DONE: list[str] = []
PRELUDE = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["LANTAI_TEST_DATABASE_NAME"]
"""


@task()
def note(word: str) -> None:
    DONE.append(word)


@task()
def fail(why: str) -> None:
    raise ValueError(why)


@task()
def fail_once(word: str) -> None:
    DONE.append(word)
    if len(DONE) == 1:
        raise ValueError("第一次")


@task()
def count_with_troubles(until: int) -> None:
    job = current_job()
    assert job is not None
    for each in range(until):
        job.report(done=each + 1, total=until, troubles=["第 2 件不合格"] if each >= 1 else None)


@task()
def count_and_pause(until: int) -> None:
    job = current_job()
    assert job is not None
    for each in range(job.position.get("next", 0), until):
        DONE.append(str(each))
        if each == 2 and not job.position.get("paused"):
            ask_pause(task_id=job.task_id)
        job.report(done=each + 1, total=until, position={"next": each + 1, "paused": each >= 2})


@task()
def lose_the_lease() -> None:
    job = current_job()
    assert job is not None
    DONE.append("before")
    Job.objects.filter(task_id=job.task_id).update(worker="another")
    job.report(done=1)
    DONE.append("after")


@task()
def mark_slowly(path: str) -> None:
    with Path(path).open("a") as marks:
        marks.write("begun\n")
        marks.flush()
        if os.environ.get("LANTAI_TEST_DATABASE_NAME"):
            time.sleep(30)
        marks.write("ended\n")
