"""How quick are search and record pages while packages keep coming in?

Eight archivists ask for one page a second each, search and record in turn, every record once: nothing of these pages
was made before. Beside them packages are taken in at a paced rate, with Lantai's own workers, steward and web server on
the same two cores. Every look at a record must be in the ledger at the end. Page weights are what a browser transfers
for the page and the scripts, styles and icons it names, compressed. Afterwards every page there is is asked
for, one after the other, by the first role that may see it; the archivists' queue has a line for each record then,
and is asked for once more when it has ten times as many (work_long_ms).
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.every_page import p95_of, walk
from bench.examples import make_examples, raise_duties
from bench.ingest import PROGRAMS, catch_up, fill, running, take, wait_until_processed
from bench.packages import BODY, FONDS, PLACES, SURNAMES, TRADES, bench_county_data, make_on_all_cores
from bench.report import Bar, arguments, finish, lantai_home, say

CLIENTS = 8
PACE = 65
"""Packages a second beside the pages: half of the bar of bench/ingest.py (125) or more."""
PATIENCE = 30
WARM = 2
"""Seconds in which each web process loads its templates; not counted. No page that is counted was made before."""
STATIC = re.compile(r'(?:href|src)="(/static/[^"#]+)')


@dataclass
class Taken:
    """Milliseconds of every page, by kind."""

    search: list[float] = field(default_factory=list)
    record: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    looks: int = 0
    slow: list[tuple[float, str]] = field(default_factory=list)


def sign_in(roles: Sequence[str]) -> list[str]:
    """Session cookies of one new person for each of *roles*."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from lantai.administration.models import Organisation, Person, Role
    from lantai.administration.models.people import ADMINISTRATOR_ROLES

    cookies = []
    for number, role in enumerate(roles):
        person = Person.objects.create(
            username=f"bench-{role}-{number}",
            person_number=f"B-{role}-{number}",
            name=f"档案员{number}",
            role=role,
            clearance=0 if role in ADMINISTRATOR_ROLES else 1,
            organisation=Organisation.objects.get(code=BODY) if role == Role.DEPARTMENT else None,
            is_active=True,
            created_at=timezone.now(),
            password_changed_at=timezone.now(),
            must_change_password=False,
            password="!",
        )
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session["role"], session["seen"] = person.role, int(time.time())
        session.save()
        cookies.append(f"sessionid={session.session_key}")
    return cookies


def browse(number: int, cookie: str, port: int, codes: list[str], seconds: int, taken: Taken) -> None:
    """One archivist: a page a second, search and record in turn."""
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Cookie": cookie, "Accept": "text/html", "Accept-Encoding": "gzip"}
    began = time.perf_counter() + number / CLIENTS
    for turn in range(seconds):
        time.sleep(max(0.0, began + turn - time.perf_counter()))
        looks = (turn + number) % 2
        word = (TRADES[turn % len(TRADES)], PLACES[number], SURNAMES[turn % len(SURNAMES)] + "伟")[turn % 3]
        path = f"/records/{codes.pop()}/" if looks else f"/search/?q={quote(word)}"
        start = time.perf_counter()
        caller.request("GET", path, headers=headers)
        answer = caller.getresponse()
        answer.read()
        spent = (time.perf_counter() - start) * 1000
        if answer.status != 200:
            taken.wrong.append(f"{answer.status} {path}")
        taken.looks += looks
        if turn < WARM:
            continue
        (taken.record if looks else taken.search).append(spent)
        taken.slow.append((spent, f"client {number}, second {turn}, {path[:9]}"))


def feed(folder: Path, organisation_id: int, seconds: int) -> None:
    """Hand over PACE packages a second, in folders of one second each; in a process of its own, behind the pages."""
    import django

    os.nice(19)
    django.setup()
    began = time.perf_counter()
    for turn, part in enumerate(sorted(folder.iterdir())[:seconds]):
        time.sleep(max(0.0, began + turn - time.perf_counter()))
        take(part, organisation_id)


def weight(port: int, cookie: str, path: str) -> float:
    """What a browser transfers for a page, in KiB: the page and all it names, compressed."""
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Cookie": cookie, "Accept": "text/html", "Accept-Encoding": "br, gzip"}

    def sent(what: str, accept: str) -> tuple[int, bytes]:
        caller.request("GET", what, headers=headers | {"Accept-Encoding": accept})
        answer = caller.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {what}")
        return len(body), body

    page = sent(path, "identity")[1].decode()
    assets = set(STATIC.findall(page)) | set(re.findall(r'href="(/static/[^"#]+icons[^"#]*)#', page))
    return (sent(path, "br, gzip")[0] + sum(sent(each, "br, gzip")[0] for each in assets)) / 1024


def samples_of(code: str) -> dict[str, object]:
    """What stands in addresses that no page links to: those of forms that only take, and of what scripts ask for."""
    from lantai.administration.models import ItemImport, Organisation, Person
    from lantai.catalog.models import Arrangement
    from lantai.catalog.queries.describing import DESCRIBED
    from lantai.ingest.models import Batch, CatalogueImport
    from lantai.ledger.models import Entry
    from lantai.work.models import BulkOrder, Job

    return {
        "code": code,
        "number": Arrangement.objects.values_list("pk", flat=True)[0],
        "file": 0,
        "page": 1,
        "width": 800,
        "person_id": Person.objects.filter(username__startswith="bench").values_list("pk", flat=True)[0],
        "task_id": Job.objects.values_list("pk", flat=True)[0],
        "batch_id": Batch.objects.order_by("-pk").values_list("pk", flat=True)[0],
        "catalogue_id": CatalogueImport.objects.values_list("pk", flat=True)[0],
        "import_id": ItemImport.objects.values_list("pk", flat=True)[0],
        "organisation_id": Organisation.objects.get(code=BODY).pk,
        "fonds": FONDS,
        "key": "none",
        "path": "0/000",
        "prefix": "none",
        "view": 1,
        "size": 1,
        "part": "token",
        "conflict_id": 1,
        "side": "ours",
        "witness_id": 1,
        "order": BulkOrder.objects.values_list("pk", flat=True)[0],
        "entry": Entry.objects.filter(kind=DESCRIBED, subject=code).values_list("pk", flat=True)[0],
        "listing": "duties",
        "form": "catalogue",
        "which": "faults",
        "kind": "csv",
    }


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def main() -> int:
    """Fill, start everything, browse beside the intake, count the entries."""
    options = arguments(__doc__ or "")
    records, real, seconds, duties = (2_000, 120, 14, 2_000) if options.quick else (20_000, 1_000, 60, 20_000)
    with lantai_home(options.folder) as home:
        from django.core.management import call_command
        from django.utils import timezone

        from lantai.administration.models import Organisation, Role
        from lantai.administration.services import load_reference_data
        from lantai.administration.services.people_access import CONSOLE
        from lantai.catalog.models import Record
        from lantai.common.translations import compile_translations
        from lantai.ledger.models import Entry

        compile_translations()
        call_command("collectstatic", verbosity=0, interactive=False)
        load_reference_data(data=bench_county_data(), by=CONSOLE, now=timezone.now())
        body = Organisation.objects.get(code=BODY)
        say("making packages")
        make_on_all_cores(count=real, target=home / "made" / "held")
        make_on_all_cores(count=PACE * seconds, target=home / "made" / "all", first=real + 1)
        for at, path in enumerate(sorted((home / "made" / "all").iterdir())):
            part = home / "made" / "fed" / f"{at // PACE:05}"
            part.mkdir(parents=True, exist_ok=True)
            shutil.move(path, part / path.name)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        os.environ["LANTAI_ADDRESS"] = f"127.0.0.1:{port}"
        say(f"filling {records} records, {real} of them with their packages")
        fill(records - real, body.pk, 1)
        catch_up()
        with running("serve", *PROGRAMS):
            take(home / "made" / "held", body.pk)
            while Record.objects.filter(files__gt=0).count() < real:
                time.sleep(0.2)
            wait_until_processed(real)
            cookies = sign_in([Role.ARCHIVIST] * CLIENTS)
            codes = list(Record.objects.filter(files__gt=0).values_list("record_code", flat=True))
            known = codes[0]
            make_examples(known, f"bench-{Role.ARCHIVIST.value}-0", duties)
            weights = {
                name: weight(port, cookies[0], path)
                for name, path in (
                    ("work_kib", "/work/"),
                    ("search_kib", f"/search/?q={quote('备案')}"),
                    ("record_kib", f"/records/{codes[0]}/"),
                    ("submissions_kib", "/submissions/"),
                    ("submission_kib", f"/submissions/{codes[0]}/"),
                )
            }
            codes = (codes[1:] * (1 + CLIENTS * seconds // len(codes)))[: CLIENTS * seconds]
            taken = Taken()
            before, began = Record.objects.count(), time.perf_counter()
            feeder = get_context("spawn").Process(target=feed, args=(home / "made" / "fed", body.pk, seconds))
            feeder.start()
            time.sleep(4)
            looks = Entry.objects.filter(kind="record.viewed").count()
            with ThreadPoolExecutor(CLIENTS) as clients:
                for each in [
                    clients.submit(browse, number, cookie, port, codes, seconds - 4, taken)
                    for number, cookie in enumerate(cookies)
                ]:
                    each.result()
            intake = (Record.objects.count() - before) / (time.perf_counter() - began)
            feeder.terminate()
            feeder.join()
            deadline = time.monotonic() + PATIENCE
            while (told := Entry.objects.filter(kind="record.viewed").count() - looks) < taken.looks:
                if time.monotonic() > deadline:
                    break
                time.sleep(0.2)
            wait_until_processed(Record.objects.filter(files__gt=0).count())
            watchers = [each.value for each in Role if each not in (Role.ARCHIVIST, Role.PUBLIC)]
            others = dict(zip(watchers, sign_in(watchers), strict=True))
            walked = walk(port=port, cookies={Role.ARCHIVIST.value: cookies[0]} | others, samples=samples_of(known))
            raise_duties(duties, 10 * duties)
            long_queue = p95_of(port=port, path="/work/", cookie=cookies[0])
        for name, spent in sorted(walked.p95_ms.items(), key=lambda each: -each[1])[:12]:
            say(f"  {name}: p95 {spent:.0f} ms")
        for each in walked.left_out:
            say(f"  not walked, no sample for it: {each}")
        for each in taken.wrong[:5]:
            say(f"  wrong answer: {each}")
    for spent, what in sorted(taken.slow)[-6:]:
        say(f"  slowest: {spent:.0f} ms, {what}")
    figures = {
        "search_p95_ms": p95(taken.search),
        "record_p95_ms": p95(taken.record),
        "search_median_ms": statistics.median(taken.search),
        "record_median_ms": statistics.median(taken.record),
        "intake_per_s": intake,
        "wrong_answers": float(len(taken.wrong)),
        "looks_told_share": told / max(1, taken.looks),
        "every_page_p95_ms": max(walked.p95_ms.values()),
        "pages_walked": float(len(walked.p95_ms)),
        "work_long_ms": long_queue,
        "pages_left_out": float(len(walked.left_out)),
        **weights,
        "heaviest_kib": max(weights.values()),
    }
    bars = [
        Bar("search_p95_ms", 100, at_least=False),
        Bar("record_p95_ms", 100, at_least=False),
        Bar("every_page_p95_ms", 100, at_least=False),
        Bar("pages_left_out", 0, at_least=False),
        Bar("wrong_answers", 0, at_least=False),
        Bar("looks_told_share", 1),
        Bar("heaviest_kib", 120, at_least=False),
    ]
    return finish(
        question="How quick are search and record pages while packages keep coming in?", figures=figures, bars=bars
    )


if __name__ == "__main__":
    sys.exit(main())
