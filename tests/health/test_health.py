"""Health: every figure by one query, every warning in words with what to do, on the page and at the command line."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from typer.testing import CliRunner, Result

from lantai.administration.models import Person, Role
from lantai.archival.verification import Found
from lantai.catalog.models import Representation
from lantai.finding.models import IndexBuild
from lantai.ingest.models import Submission, SubmissionState
from lantai.ledger.models import Checkpoint, Entry, Witness, WitnessConflict, WitnessPolicy
from lantai.ledger.services import NewEntry, append_entries
from lantai.site import health as health_module
from lantai.site.cli.status import status
from lantai.site.health import Health, Warned, health, written_span
from lantai.site.steward import keep_following
from lantai.storage.models import Backup, Copy, Location, StoredObject, VerificationRound
from lantai.storage.services import begin_round, finish_round, note_round
from lantai.work.models import Dispatch, Heartbeat, Job, JobState, Notice
from lantai.work.services import beat, forget_heartbeats, queue_job, run_jobs, stop_beating
from tests.health.tasks import nap
from tests.make_people import make_person, signed_in
from tests.pages.archive import make_archive
from tests.work import tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
app = typer.Typer()
app.command()(status)
Usage = namedtuple("Usage", "total used free")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A house in which everything is as it should be, with nothing in it: programs, room, a round of verification."""
    monkeypatch.setattr(health_module.shutil, "disk_usage", lambda _path: Usage(1 << 40, 1 << 39, 1 << 39))
    for program in ("work", "follow"):
        Heartbeat.objects.create(program=program, name="h:1", started_at=timezone.now(), beat_at=timezone.now())
    finish_round(round_id=begin_round(by="console", now=timezone.now()), now=timezone.now())
    Backup.objects.create(name="b", kind="database", state="kept", by="t", begun_at=timezone.now(), place="/b")


@pytest.fixture
def well(quiet: None) -> None:
    """The same with an archive: records, packages in every state, people of every role."""
    make_archive()


def now_found() -> Health:
    return health(now=timezone.now())


def codes() -> set[str]:
    return {each.code for each in now_found().warnings}


def test_what_is_well_is_said_to_be(well: None) -> None:
    found = now_found()
    assert found.warnings == ()
    assert (found.programs["work"].alive, found.programs["follow"].alive) == (1, 1)
    assert found.intake["examined"].count == 1
    assert found.checkpoint is not None
    assert found.index == (0, None)
    result = run()
    assert result.exit_code == 0
    assert result.stdout.startswith("✓ 一切正常")
    told = json.loads(run("--json").stdout)
    assert (told["sound"], told["warnings"], told["programs"]["work"]["alive"]) == (True, [], 1)
    assert told["intake"]["examined"]["count"] == 1
    assert told["checkpoint"]["size"] == found.checkpoint.size


def test_every_figure_is_one_query(quiet: None, django_assert_num_queries: Callable[..., Any]) -> None:
    with django_assert_num_queries(8):
        health(now=timezone.now())


def age_jobs(by: timedelta) -> None:
    queue_job(task=tasks.note, title="四性检测", arguments={"word": "x"})
    Job.objects.filter(state=JobState.WAITING).update(asked_at=timezone.now() - by)


def fail_job() -> None:
    queue_job(task=tasks.fail, title="进馆", arguments={"why": "x"})
    Job.objects.filter(state=JobState.WAITING).update(state=JobState.FAILED, finished_at=timezone.now())


def silent(program: str) -> None:
    Heartbeat.objects.filter(program=program).update(beat_at=timezone.now() - timedelta(seconds=61))


def submissions(state: str, age: timedelta) -> None:
    Submission.objects.filter(state=SubmissionState.EXAMINED).update(state=state, received_at=timezone.now() - age)


def behind(index: int) -> None:
    IndexBuild.objects.update(position=index)
    Entry.objects.update(at=timezone.now() - timedelta(minutes=5))


def unsequenced() -> None:
    with transaction.atomic():
        at = timezone.now() - timedelta(minutes=3)
        append_entries(entries=[NewEntry(kind="test.waits", subject="x", actor="y", at=at)])


def dispatch(state: str, due: timedelta) -> None:
    Dispatch.objects.create(
        subject="E", address="http://x.example/", body="{}", state=state, next_try_at=timezone.now() - due
    )


def find() -> None:
    note_round(
        round_id=begin_round(by="console", now=timezone.now()),
        area="objects",
        position={},
        looked_at=1,
        seconds=1.0,
        findings=[Found("E092", "urn:lantai:box:1 v1/content/a", {"detail": "x"})],
        now=timezone.now(),
    )


def forge_checkpoint() -> None:
    row = Checkpoint.objects.latest("size")
    Checkpoint.objects.filter(pk=row.pk).update(note=row.note.replace("— ", "— other", 1))


def unconfirmed() -> None:
    Representation.objects.update(confirmed_at=None)
    for row in Representation.objects.select_related("record"):
        type(row.record).objects.filter(pk=row.record_id).update(accessioned_at=timezone.now() - timedelta(hours=25))


def witness_holds_another() -> None:
    row = Witness.objects.create(name="w.example", body="邻县档案馆", address="https://w.example")
    WitnessConflict.objects.create(witness=row, kind="fork", ours="x", found_at=timezone.now())


def unwitnessed() -> None:
    WitnessPolicy.objects.create(least=1, by="person:1", at=timezone.now())
    Checkpoint.objects.update(at=timezone.now() - timedelta(minutes=20))


def age_objects() -> None:
    StoredObject.objects.update(deposited_at=timezone.now() - timedelta(hours=25))


MATTERS: dict[str, tuple[Callable[[], object], dict[str, Any]]] = {
    "no-worker": (lambda: silent("work"), {}),
    "no-steward": (lambda: silent("follow"), {}),
    "jobs-wait": (lambda: age_jobs(timedelta(minutes=20)), {"count": 1}),
    "jobs-failed": (fail_job, {"count": 1}),
    "received-wait": (lambda: submissions("received", timedelta(minutes=16)), {"count": 1}),
    "approved-wait": (lambda: submissions("approved", timedelta(hours=2)), {"count": 1}),
    "unconfirmed-wait": (unconfirmed, {"count": 2}),
    "index-behind": (lambda: behind(0), {}),
    "ledger-behind": (unsequenced, {"count": 1}),
    "checkpoint-unsigned": (forge_checkpoint, {}),
    "witness-conflict": (witness_holds_another, {"count": 1}),
    "witness-behind": (unwitnessed, {"least": 1}),
    "findings": (find, {"count": 1}),
    "verification-old": (
        lambda: VerificationRound.objects.update(finished_at=timezone.now() - timedelta(days=31)),
        {},
    ),
    "never-verified": (lambda: VerificationRound.objects.all().delete(), {}),
    "below-policy": (age_objects, {"count": 1, "objects": 1}),
    "copies-bad": (lambda: Copy.objects.update(state=Copy.State.DAMAGED), {"count": 1}),
    "location-away": (lambda: Location.objects.update(away_since=timezone.now()), {"names": "main"}),
    "backup-failed": (
        lambda: Backup.objects.create(
            name="c", kind="database", state="failed", by="t", begun_at=timezone.now(), place="/c"
        ),
        {},
    ),
    "backup-old": (lambda: Backup.objects.update(begun_at=timezone.now() - timedelta(days=40)), {}),
    "never-backed-up": (lambda: Backup.objects.all().delete(), {}),
    "webhooks-given-up": (lambda: dispatch("given-up", timedelta(0)), {"count": 1}),
    "webhooks-wait": (lambda: dispatch("waiting", timedelta(minutes=40)), {"count": 1}),
}


def test_every_matter_is_one_warning_with_words_and_advice(well: None) -> None:
    found: dict[str, set[str]] = {}
    for code, (matter, values) in MATTERS.items():
        with transaction.atomic():
            matter()
            warnings = now_found().warnings
            found[code] = {each.code for each in warnings}
            transaction.set_rollback(True)
        warned = next(each for each in warnings if each.code == code)
        assert {name: warned.values[name] for name in values} == values, code
        for language in ("zh", "en"):
            assert "{" not in warned.what(language)  # type: ignore[arg-type]
            assert warned.todo(language)  # type: ignore[arg-type]
        assert warned.what("zh") != warned.what("en")
    assert found == {code: {code} for code in MATTERS}
    assert set(health_module._texts()) == {*MATTERS, "disk-low", "disk-full"}


def test_what_waits_for_a_short_while_is_no_matter(quiet: None) -> None:
    age_jobs(timedelta(minutes=5))
    dispatch("waiting", timedelta(minutes=9))
    assert codes() == set()
    queue_job(task=tasks.note, title="x", arguments={"word": "x"}, background=True)
    Job.objects.filter(background=True).update(asked_at=timezone.now() - timedelta(hours=9))
    assert codes() == set(), "background work lets all other go first"
    assert now_found().jobs.background == 1


@pytest.mark.parametrize(
    ("total", "free", "expected"),
    [
        (1 << 40, 1 << 39, set()),
        (1 << 40, 50 << 30, {"disk-low"}),
        (20 << 40, 1 << 40, set()),
        (1 << 40, 1 << 29, {"disk-full"}),
        (4 << 30, 3 << 30, set()),
    ],
)
def test_room(quiet: None, monkeypatch: pytest.MonkeyPatch, total: int, free: int, expected: set[str]) -> None:
    monkeypatch.setattr(health_module.shutil, "disk_usage", lambda _path: Usage(total, total - free, free))
    assert codes() == expected
    for each in now_found().warnings:
        assert "GiB" in each.what("zh") or "MiB" in each.what("zh")


def test_room_is_that_of_the_disks(quiet: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    (room,) = now_found().rooms
    assert room.total == shutil.disk_usage(room.path).total


def read(person: Person, name: str, *arguments: str) -> str:
    response = signed_in(person).get(reverse(name, args=arguments))
    assert response.status_code == 200
    return html.unescape(re.sub(r"<[^>]+>", "\n", response.content.decode()))


def test_the_page_says_what_is_the_matter_and_what_to_do_in_both_languages(well: None) -> None:
    person = make_person(Role.SYSTEM, "operator")
    assert "一切正常。" in read(person, "health")
    assert signed_in(person).get(reverse("home"))["Location"] == reverse("health")
    silent("work")
    find()
    page = read(person, "health")
    assert "没有后台程序在运行：新到的移交包不会被检测和进馆" in page
    assert "请启动 lantai work" in page
    assert "核验发现 1 处与应有的不符" in page
    assert "0 个在运行" in page
    Person.objects.filter(pk=person.pk).update(language="en")
    english = read(Person.objects.get(pk=person.pk), "health")
    assert "No worker runs" in english
    assert "Start lantai work" in english
    assert "后台" not in english


def test_findings_are_a_page_with_advice_in_both_languages(well: None) -> None:
    person = make_person(Role.ARCHIVIST, "keeper")
    assert "没有待处理的发现" in read(person, "verifications")
    find()
    for arguments in ((), ("objects",)):
        page = read(person, "verification" if arguments else "verifications", *arguments)
        assert "文件缺失，或内容与摘要不符：urn:lantai:box:1 v1/content/a x" in page
        assert "请停止在此存储位置写入" in page
        assert "E092" in page
    assert "E092" not in read(person, "verification", "ledger")
    assert signed_in(person).get(reverse("verification", args=["nonsense"])).status_code == 404
    assert "核验发现问题" in read(person, "work")
    Person.objects.filter(pk=person.pk).update(language="en")
    english = Person.objects.get(pk=person.pk)
    assert "Verification found something wrong" in read(english, "work")
    assert "A file is missing or is not what its digest says" in read(english, "verifications")
    system = Person.objects.get(role=Role.SYSTEM)
    notice = Notice.objects.get(person=system)
    assert signed_in(system).get(notice.link).status_code == 200


def test_the_command_line_ends_with_1_and_tells_both(quiet: None) -> None:
    silent("work")
    result = run()
    assert result.exit_code == 1
    assert "✗ 没有后台程序在运行" in result.stdout
    assert "→ 请启动 lantai work" in result.stdout
    assert "✗ No worker runs" in run("--language", "en").stdout
    told = json.loads(run("--json").stdout)
    assert told["sound"] is False
    assert [(each["code"], each["tone"]) for each in told["warnings"]] == [("no-worker", "bad")]
    assert run("--language", "fr").exit_code == 2


def test_an_archive_that_was_never_prepared_cannot_be_asked(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lantai", "status", "--json"],
        env={"PATH": "/usr/bin:/bin", "LANTAI_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "无法得知运行状态" in done.stderr


def test_programs_give_signs_of_life_and_end_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_beating(program="work")
    beat(program="work")
    row = Heartbeat.objects.get(program="work")
    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(hours=1))
    beat(program="work")
    assert Heartbeat.objects.get().beat_at < timezone.now() - timedelta(minutes=59), "not at every turn"
    monkeypatch.setattr("lantai.work.services.heartbeats.BEAT_SECONDS", 0.0)
    beat(program="work")
    assert Heartbeat.objects.get(pk=row.pk).beat_at > timezone.now() - timedelta(seconds=5)
    stop_beating(program="work")
    assert not Heartbeat.objects.exists()
    beat(program="work")
    assert forget_heartbeats(older_than=timedelta(days=1), now=timezone.now() + timedelta(days=2)) == 1
    stop_beating(program="work")


def test_the_steward_and_a_long_job_give_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_beating(program="follow")
    rounds = iter([False, False, False, True, True, True])
    keep_following(until=lambda: next(rounds), pause_seconds=0.0)
    assert Heartbeat.objects.filter(program="follow").count() == 1
    stop_beating(program="follow")
    stop_beating(program="work")
    monkeypatch.setattr("lantai.work.services.running.HEARTBEAT_SECONDS", 0.05)
    queue_job(task=nap, title="久", arguments={"seconds": 0.5})
    run_jobs(drain=True)
    assert Heartbeat.objects.filter(program="work").count() == 1
    stop_beating(program="work")


@pytest.mark.parametrize(
    ("span", "zh", "en"),
    [
        (timedelta(seconds=90), "90 秒", "90 seconds"),
        (timedelta(minutes=5), "5 分钟", "5 minutes"),
        (timedelta(minutes=119), "119 分钟", "119 minutes"),
        (timedelta(hours=47), "47 小时", "47 hours"),
        (timedelta(days=31), "31 天", "31 days"),
    ],
)
def test_spans_are_said_in_whole_units(span: timedelta, zh: str, en: str) -> None:
    assert (written_span(span, "zh"), written_span(span, "en")) == (zh, en)
    warned = Warned("verification-old", {"span": span})
    assert zh in warned.what("zh")
    assert en in warned.what("en")
