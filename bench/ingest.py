"""How many packages a second does one machine with two cores take in, from a folder and over HTTP?

Accepted: examined by all checks, numbered, deposited durably, registered, in the ledger, found by its description.
Processed: also confirmed by PRONOM and its documents' text searchable. Packages: see bench/packages.py. Everything runs
as it does in service: two workers with their limited reading children, the steward, and for HTTP the web server; the
packages are made before the clock starts. The clients of the HTTP run on the same two cores.
"""

from __future__ import annotations

import http.client
import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.packages import BODY, bench_county_data, make_on_all_cores
from bench.report import Bar, arguments, clock, finish, lantai_home, say, workplace

PROGRAMS = ("work", "work", "follow")
CLIENTS = 4


@contextmanager
def running(*programs: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Lantai's own programs, ended when the block ends."""
    started = [subprocess.Popen([sys.executable, "-m", "lantai", name]) for name in programs]
    try:
        yield started
    finally:
        for each in started:
            each.terminate()
        for each in started:
            try:
                each.wait(timeout=30)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


def cpu_of(pid: int) -> float:
    """Processor seconds of a process and of its ended children, from /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(int(each) for each in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def descendants(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except FileNotFoundError:
                continue
    return found


def wait_until_accepted(count: int) -> float:
    """Wait until *count* records are in the catalogue, in the ledger and in the index; the moment it was so."""
    from lantai.catalog.models import Record
    from lantai.finding.models import IndexBuild
    from lantai.ledger.models import Entry

    while Record.objects.count() < count:
        time.sleep(0.05)
    last = Entry.objects.filter(kind="record.accessioned").order_by("-id").first()
    assert last is not None
    while True:
        last.refresh_from_db()
        build = IndexBuild.objects.filter(current=True).first()
        if last.index is not None and build is not None and build.position > last.index:
            return time.perf_counter()
        time.sleep(0.05)


def wait_until_processed(count: int) -> float:
    """Wait until the texts of *count* records are extracted, their formats confirmed, and the index has followed."""
    from lantai.catalog.models import ComponentText
    from lantai.finding.models import IndexBuild
    from lantai.ledger.models import Entry

    while ComponentText.objects.count() < count:
        time.sleep(0.05)
    last = Entry.objects.filter(kind="record.confirmed").order_by("-id").first()
    assert last is not None
    while True:
        last.refresh_from_db()
        build = IndexBuild.objects.filter(current=True).first()
        if last.index is not None and build is not None and build.position > last.index:
            return time.perf_counter()
        time.sleep(0.05)


def warm_up(folder: Path, organisation_id: int) -> None:
    """Let every program load what it needs: a few packages all the way."""
    from lantai.catalog.models import ComponentText, Record

    count = len(list(folder.glob("*.zip")))
    records, texts = Record.objects.count(), ComponentText.objects.count()
    take(folder, organisation_id)
    wait_until_accepted(records + count)
    wait_until_processed(texts + count)


def take(folder: Path, organisation_id: int) -> None:
    """Receive a folder of packages, as the watch folder does."""
    from lantai.ingest.services import take_folder

    take_folder(folder=folder, organisation_id=organisation_id, profile="fuzhou")


def folder_run(packages: Path, count: int, organisation_id: int, warm: Path) -> tuple[float, float]:
    """Accepted and processed packages a second, from a folder, by programs that are up and have read some packages."""
    from lantai.catalog.models import ComponentText, Record

    with running(*PROGRAMS) as programs:
        warm_up(warm, organisation_id)
        before, texts = Record.objects.count(), ComponentText.objects.count()
        pids = {name: each.pid for name, each in zip(("worker a", "worker b", "steward"), programs, strict=True)}
        at_start = {name: sum(cpu_of(each) for each in descendants(pid)) for name, pid in pids.items()}
        began, own = time.perf_counter(), time.process_time()
        take(packages, organisation_id)
        received = time.perf_counter()
        accepted = wait_until_accepted(before + count)
        say(f"  received {count / (received - began):.0f}/s, accepted {count / (accepted - began):.0f}/s")
        processed = wait_until_processed(texts + count)
        say(f"  processed {count / (processed - began):.0f}/s")
        for name, pid in pids.items():
            spent = sum(cpu_of(each) for each in descendants(pid)) - at_start[name]
            say(f"  {name}: {spent / count * 1000:.1f} ms CPU a package with its children")
        say(f"  receiving process: {(time.process_time() - own) / count * 1000:.1f} ms CPU a package")
    return count / (accepted - began), count / (processed - began)


def http_run(packages: Sequence[Path], secret: str, organisation_id: int, warm: Path) -> float:
    """Accepted packages a second, pushed by CLIENTS clients over loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ["LANTAI_ADDRESS"] = f"127.0.0.1:{port}"
    from lantai.catalog.models import Record

    with running("serve", *PROGRAMS):
        _wait_for_server(port)
        warm_up(warm, organisation_id)
        before = Record.objects.count()
        waiting = list(packages)
        lock = threading.Lock()
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as clients:
            for each in [clients.submit(_push, waiting, lock, port, secret) for _client in range(CLIENTS)]:
                each.result()
        pushed = time.perf_counter()
        accepted = wait_until_accepted(before + len(packages))
        say(f"  pushed {len(packages) / (pushed - began):.0f}/s, accepted {len(packages) / (accepted - began):.0f}/s")
    return len(packages) / (accepted - began)


def _wait_for_server(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            caller = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            caller.request("GET", "/api/v1/keys/receipts")
            if caller.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not answer within 30 s")


def _push(waiting: list[Path], lock: threading.Lock, port: int, secret: str) -> None:
    """One client: send packages, each in one request, until none is left."""
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    authority = {"Authorization": f"Bearer {secret}"}
    while True:
        with lock:
            if not waiting:
                return
            path = waiting.pop()
        caller.request(
            "POST",
            f"/api/v1/packages?{urlencode({'name': path.name, 'profile': 'fuzhou'})}",
            path.read_bytes(),
            authority | {"Content-Type": "application/zip", "Idempotency-Key": path.name},
        )
        answer = caller.getresponse()
        told = answer.read()
        if answer.status != 202:
            raise RuntimeError(f"{answer.status} {told.decode()}")


def stages(packages: Path, count: int, organisation_id: int) -> dict[str, float]:
    """CPU milliseconds a package of each stage, one after the other in one process and its reading children."""
    from django.utils import timezone

    from lantai.archival.checks.sandbox import ReadRequest
    from lantai.finding.services import follow_ledger
    from lantai.finding.services.indexing import release_writers
    from lantai.ingest.area import receiving_path
    from lantai.ingest.models import Submission, SubmissionState
    from lantai.ingest.services import accession_submissions, confirm_records
    from lantai.ingest.services.examining import judge_packages
    from lantai.ingest.services.sandboxes import sandbox
    from lantai.ledger.services import sequence_entries

    spent: dict[str, float] = {}

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        children = sum(cpu_of(each) for each in descendants(os.getpid())[1:])
        with clock() as taken:
            yield
        grown = sum(cpu_of(each) for each in descendants(os.getpid())[1:]) - children
        spent[name] = (taken.cpu + grown) / count * 1000

    sandbox().start()
    with stage("receive"):
        take(packages, organisation_id)
    waiting = list(Submission.objects.filter(state=SubmissionState.RECEIVED).select_related("batch").order_by("pk"))
    with stage("read (children)"):
        requests = [
            ReadRequest(path=receiving_path(each.record_code), profile=each.profile, name=each.name) for each in waiting
        ]
        read = list(zip(waiting, sandbox().read_many(requests), strict=True))
    with stage("check, report, receipts"):
        for start in range(0, len(read), 50):
            judge_packages(read=read[start : start + 50], now=timezone.now())
    with stage("number, deposit, register"):
        accession_submissions.call()
    with stage("sequence"):
        while sequence_entries():
            pass
    with stage("index the description"):
        while follow_ledger(now=timezone.now()):
            pass
    with stage("PRONOM and text (children)"):
        confirm_records.call()
    with stage("index the text"):
        while sequence_entries() or follow_ledger(now=timezone.now()):
            pass
    release_writers()
    return spent


def deposit_ratio(packages: Sequence[Path]) -> float:
    """CPU of bagit validation and ocfl-py creation over ours, for the same files with SHA-512, in the same run."""
    import zipfile
    from datetime import UTC, datetime

    import bagit
    import ocfl

    from lantai.archival.ocfl import Content, NewObject
    from lantai.storage.services import deposit_objects

    logging.getLogger("bagit").setLevel(logging.WARNING)
    with workplace() as folder:
        (folder / "objects").mkdir()
        bags = []
        for each in packages:
            bag = folder / "bags" / each.stem
            with zipfile.ZipFile(each) as archive:
                archive.extractall(bag)
            bagit.make_bag(str(bag), checksums=["sha512"])
            bags.append(bag)
        with clock() as theirs:
            for bag in bags:
                bagit.Bag(str(bag)).validate()
                ocfl.Object(identifier=f"urn:x:{bag.name}", digest_algorithm="sha512").create(
                    srcdir=str(bag / "data"), objdir=str(folder / "objects" / bag.name)
                )
        contents = []
        for bag in bags:
            for path in sorted((bag / "data").rglob("*")):
                if path.is_file():
                    contents.append(Content(f"{bag.name}/{path.relative_to(bag / 'data')}", path))
        with clock() as ours:
            deposit_objects(
                objects=[
                    NewObject(
                        object_id="urn:lantai:box:bench",
                        contents=tuple(contents),
                        created=datetime.now(UTC),
                        message="bench",
                        user="bench",
                    )
                ]
            )
    say(f"  theirs {theirs.cpu / len(bags) * 1000:.2f} ms CPU a package, ours {ours.cpu / len(bags) * 1000:.2f} ms")
    return theirs.cpu / ours.cpu


def fill(count: int, organisation_id: int, first: int) -> None:
    """Bulk records, as an imported catalogue brings them."""
    from django.db import transaction
    from django.utils import timezone

    from lantai.catalog.services import NewRecord, register_records

    for start in range(first, first + count, 1000):
        with transaction.atomic():
            register_records(
                records=[
                    NewRecord(
                        record_code=f"F{number:026d}",
                        archive_code=f"0059-ZY·BA·1999·Y-{number:08d}",
                        fonds_code="0059",
                        category_code="ZY",
                        class_code="BA",
                        year=1999,
                        retention="Y",
                        title=f"一九九九年第 {number} 号登记",
                        creator="云岭县人民政府办公室",
                        formed_on=date(1999, 1 + number % 12, 1 + number % 28),
                        organisation_id=organisation_id,
                        applicant=f"王{number}",
                    )
                    for number in range(start, min(start + 1000, first + count))
                ],
                by="bench",
                now=timezone.now(),
            )


def catch_up() -> None:
    """Sequence and index all there is."""
    from django.utils import timezone

    from lantai.finding.services import follow_ledger
    from lantai.finding.services.indexing import release_writers
    from lantai.ledger.services import sequence_entries

    while sequence_entries() or follow_ledger(limit=20_000, now=timezone.now()):
        pass
    release_writers()


def main() -> int:
    """Run all parts and report."""
    options = arguments(__doc__ or "")
    count, http_count, table_count, ratio_count = (700, 400, 200, 60) if options.quick else (6000, 3000, 1000, 300)
    grown = 10_000 if options.quick else 100_000
    with lantai_home(options.folder) as home:
        from django.db import connection
        from django.utils import timezone

        from lantai.administration.models import Organisation
        from lantai.administration.services import issue_credential, load_reference_data
        from lantai.administration.services.people_access import CONSOLE
        from lantai.catalog.models import Record

        load_reference_data(data=bench_county_data(), by=CONSOLE, now=timezone.now())
        body = Organisation.objects.get(code=BODY)
        secret = issue_credential(
            organisation=BODY, name="bench", by=CONSOLE, now=timezone.now(), calls_per_minute=1_000_000
        ).secret
        made = home / "made"
        say("making packages")
        parts = {"table": table_count, "folder": count, "http": http_count, "grown": count}
        parts |= {f"warm {each}": 40 for each in "abc"}
        first = 1
        paths: dict[str, list[Path]] = {}
        for name, size in parts.items():
            paths[name] = make_on_all_cores(count=size, target=made / name, first=first)
            first += size
        say("stages, one after the other")
        table = stages(made / "table", table_count, body.pk)
        for name, spent in table.items():
            say(f"  {name:32} {spent:6.2f} ms CPU a package")
        say(f"  {'in all':32} {sum(table.values()):6.2f} ms CPU a package")
        say("from a folder")
        fill(max(0, 1000 - table_count), body.pk, 0)
        catch_up()
        accepted, processed = folder_run(made / "folder", count, body.pk, made / "warm a")
        say("over HTTP")
        over_http = http_run(paths["http"], secret, body.pk, made / "warm b")
        say("deposit against bagit and ocfl-py")
        ratio = deposit_ratio(paths["folder"][:ratio_count])
        say(f"growing to {grown} records")
        fill(grown - Record.objects.count(), body.pk, 1_000_000)
        catch_up()
        later, _processed = folder_run(made / "grown", count, body.pk, made / "warm c")
        connection.close()
        shutil.rmtree(made, ignore_errors=True)
    figures = {
        "accepted_per_s_folder": accepted,
        "accepted_per_s_http": over_http,
        "processed_per_s_folder": processed,
        "deposit_ratio": ratio,
        "growth_100k": later / accepted,
        "records_when_grown": float(grown),
    } | {f"cpu_ms_{name}": spent for name, spent in table.items()}
    return finish(
        question="How many packages a second does one two-core machine take in?",
        figures=figures,
        bars=[
            Bar("accepted_per_s_folder", 125),
            Bar("accepted_per_s_http", 90),
            Bar("processed_per_s_folder", 75),
            Bar("deposit_ratio", 2.5),
            Bar("growth_100k", 0.8),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
