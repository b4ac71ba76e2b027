"""Does a batch of a thousand pages survive kill -9, and how many pages an hour does the job read beside that?

Small pages (the head of a document, 75 dpi) are delivered as one folder, checked and read in fast mode by a worker that
is killed (SIGKILL) again and again at moments left to chance; each time another takes the job over, as it would once
the lease has run out. In the end every page must be read and the ledger be told once.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from report import ROOT, Bar, arguments, finish, lantai_home, say

PAGES, QUICK_PAGES, KILLS, QUICK_KILLS, KINDS = 1_000, 40, 8, 2, 10
WORKER = """
import django
django.setup()
from lantai.work.services import run_jobs
run_jobs(drain=True)
"""


def main() -> int:
    """Run the bench."""
    chosen = arguments(__doc__ or "")
    pages, kills = (QUICK_PAGES, QUICK_KILLS) if chosen.quick else (PAGES, KILLS)
    with lantai_home(chosen.folder) as home:
        batch = delivered(home, pages)
        from django.utils import timezone

        from lantai.administration.services.people_access import CONSOLE
        from lantai.digitisation.services import ask_reading

        ask_reading(batch_id=batch, mode="fast", by=CONSOLE, now=timezone.now())
        chance, killed, begun = random.Random(5), 0, time.perf_counter()
        while killed < kills and read(batch) < pages:
            killed += killed_at(batch, min(pages, read(batch) + chance.randint(1, max(2, pages // kills))))
            abandon()
        work()
        seconds = time.perf_counter() - begun
        figures = judged(batch, pages) | {"kills": float(killed), "pages_per_hour": pages / seconds * 3600}
    bars = [Bar("read_share", 1.0), Bar("told_once", 1.0), Bar("kills", kills)]
    return finish(question="Does a batch of scans survive kill -9?", figures=figures, bars=bars)


def delivered(home: Path, pages: int) -> int:
    """A folder of pages, registered and checked; the batch's number."""
    from django.utils import timezone
    from PIL import Image

    from lantai.administration.services.people_access import CONSOLE
    from lantai.archival.imaging.specimens import make_specimen, worn
    from lantai.digitisation.services import take_folder
    from lantai.work.services import run_jobs

    folder = home / "scans" / "incoming" / "bench"
    folder.mkdir(parents=True)
    heads = [
        worn(make_specimen(7_000 + seed, "redhead"), "clean", seed=seed, dpi=75).picture[75:210].copy()
        for seed in range(KINDS)
    ]
    for number in range(pages):
        Image.fromarray(heads[number % KINDS]).save(folder / f"{number:05}.jpg", "JPEG", quality=88, dpi=(75, 75))
    batch = take_folder(folder="bench", name="", profile="text", by=CONSOLE, now=timezone.now())
    run_jobs(drain=True)
    say(f"{pages} pages delivered and checked")
    return int(batch.pk)


def read(batch: int) -> int:
    """How many pages are read."""
    from lantai.digitisation.models import ReadPage

    return ReadPage.objects.filter(page__batch=batch).count()


def worker() -> subprocess.Popen[bytes]:
    """A worker that does what waits, in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen([sys.executable, "-c", WORKER], env=environment)


def killed_at(batch: int, count: int) -> bool:
    """Let a worker read until so many pages are there, then kill it; whether it was still at work."""
    running = worker()
    while running.poll() is None and read(batch) < count:
        time.sleep(0.05)
    alive = running.poll() is None
    running.send_signal(signal.SIGKILL)
    running.wait()
    say(f"killed with {read(batch)} pages read")
    return alive


def abandon() -> None:
    """The dead worker's lease has run out."""
    from django.utils import timezone

    from lantai.work.models import Job, JobState

    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(state=JobState.RUNNING).update(leased_until=past, attempts=1)


def work() -> None:
    """Let a worker do what is left."""
    if worker().wait():
        raise SystemExit("the last worker failed")


def judged(batch: int, pages: int) -> dict[str, float]:
    """What the batch is like in the end."""
    from lantai.digitisation.models import ReadPage
    from lantai.ledger.queries import list_entries

    found = ReadPage.objects.filter(page__batch=batch, problem=[])
    texts = {"".join(line["text"] for line in each.lines) for each in found}
    told = [each for each in list_entries(kinds=["scans.read"], limit=9) if each.subject == f"scans:{batch}"]
    return {
        "pages": float(pages),
        "read_share": found.count() / pages,
        "texts": float(len(texts)),
        "told_once": float(len(told) == 1),
        "cpu_s_a_page": sum(found.values_list("cpu_seconds", flat=True)) / pages,
    }


if __name__ == "__main__":
    sys.exit(main())
