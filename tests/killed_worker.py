"""A worker that kills itself with SIGKILL at a call it was told: a real process, for tests of what a crash leaves.

It counts the calls it makes into the files that are watched. With 0 it runs to its end and says how many there were.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from django.conf import settings
from django.db import connection

SCRIPT = """
import os, signal, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
from importlib import import_module
from pathlib import Path
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["LANTAI_TEST_DATABASE_NAME"]
settings.LANTAI_STORAGE_ROOT = Path(os.environ["LANTAI_TEST_STORAGE"])
import django; django.setup()
from django.utils import timezone
from lantai.work.services.running import claim_job, _run
import_module(sys.argv[2])
watched = sys.argv[3:]
count, last = 0, int(sys.argv[1])
def watch(frame, event, _argument):
    global count
    if event == "call" and any(each in frame.f_code.co_filename for each in watched):
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)
job = claim_job(worker="doomed", now=timezone.now())
sys.setprofile(watch)
_run(job, "doomed")
sys.setprofile(None)
print(count)
"""
ALWAYS = ("/ledger/services/", "/db/backends/utils.py", "/work/services/jobs.py")


def doomed_worker(last: int, *, loads: str, watched: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Let a worker run the job that waits and kill itself at call number *last* (0: never) into the files whose paths
    hold one of *watched*, the ledger, the jobs or the database. *loads* is the module of the job's task.
    """
    environment = os.environ | {
        "LANTAI_TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "LANTAI_TEST_STORAGE": str(settings.LANTAI_STORAGE_ROOT),
    }
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(last), loads, *watched, *ALWAYS],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
