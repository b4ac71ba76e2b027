"""A job that takes its time."""

from __future__ import annotations

import time

from django_tasks import task


@task()
def nap(seconds: float) -> None:
    time.sleep(seconds)
