"""Policy, schedule, register and pages of backups."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Person, Role
from lantai.administration.services.people_access import CONSOLE
from lantai.common.errors import Refused
from lantai.ledger.queries import entries_about
from lantai.site.backups import taking
from lantai.site.backups.expiring import expire_backups
from lantai.site.backups.places import BackupFailed
from lantai.site.backups.reports import Line, Report
from lantai.site.backups.schedule import queue_backups
from lantai.storage.backup_queries import backup_rules, completion_of, kept_backups
from lantai.storage.models import Backup, BackupPolicy, KeyDestruction
from lantai.storage.services import BackupRefused, PolicyAsked, complete_destructions, decide_backups, keep_drill
from lantai.work.models import DueWork, Job
from lantai.work.services import run_jobs
from tests.make_people import actor, make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
ASKED = PolicyAsked(12, 2, 3, 7, 24, 60, 180)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, settings):
    settings.LANTAI_BACKUPS, settings.LANTAI_KEY_BACKUPS = tmp_path / "backups", tmp_path / "keys"
    settings.LANTAI_KEYS = tmp_path / "vault"
    settings.LANTAI_STORAGE_ROOT = tmp_path / "storage"


def test_a_person_signs_the_policy_and_no_other_role(client) -> None:
    system = make_person(Role.SYSTEM)
    assert backup_rules().by == ""
    decide_backups(asked=ASKED, reason="馆务会 9", by=actor(system), now=timezone.now())
    assert (backup_rules().key_days, backup_rules().by) == (7, f"person:{system.pk}")
    entry = entries_about(subject="backups")[-1]
    assert (entry.kind, entry.detail["before"], entry.detail["after"]["generations"]) == (
        "backup.policy-decided",
        {},
        3,
    )
    with pytest.raises(Refused):
        decide_backups(asked=ASKED, reason="x", by=actor(make_person(Role.ARCHIVIST)), now=timezone.now())
    with pytest.raises(BackupRefused):
        decide_backups(asked=PolicyAsked(48, 2, 3, 7, 24, 60, 180), reason="x", by=CONSOLE, now=timezone.now())
    page = signed_in(system).post(
        reverse("backup-policy"),
        {"every_hours": 6, "key_hours": 1, "generations": 9, "key_days": 0, "point_hours": 24, "time_minutes": 60,
         "drill_days": 365, "reason": "y"},
    )  # fmt: skip
    assert page.status_code == 200 and BackupPolicy.objects.count() == 1, "no day is no period"


def test_the_steward_has_one_made_when_it_is_due_and_old_ones_go(settings) -> None:
    now = timezone.now()
    decide_backups(asked=PolicyAsked(24, 1, 2, 7, 24, 60, 180), reason="r", by=CONSOLE, now=now)
    queue_backups(now=now)
    queue_backups(now=now)
    assert Job.objects.filter(key="backup.database").count() == 1
    run_jobs(drain=True)
    (first,) = kept_backups(kind="database")
    assert Path(first.place).is_dir() and first.digest and first.files >= 3
    queue_backups(now=now + timedelta(hours=23))
    assert not Job.objects.filter(key="backup.database", state="waiting").exists()
    for _time in range(2):
        taking.take_backup(by="t", now=timezone.now())
    expire_backups(now=timezone.now())
    assert [each.name for each in kept_backups(kind="database")][-1] != first.name
    assert Backup.objects.get(name=first.name).state == "gone" and not Path(first.place).exists()
    assert entries_about(subject=first.name)[-1].detail["reason"] == "generations"


def test_what_was_removed_by_hand_is_noted_and_a_disk_that_is_away_is_not(settings) -> None:
    name = taking.take_backup(by="t", now=timezone.now())
    place = Path(Backup.objects.get(name=name).place)
    away = place.parent.rename(place.parent.with_name("away"))
    expire_backups(now=timezone.now())
    assert Backup.objects.get(name=name).state == "kept"
    with pytest.raises(BackupFailed, match="is its disk connected"):
        taking.take_backup(by="t", now=timezone.now())
    (settings.LANTAI_BACKUPS / "destroyed.jsonl").unlink(missing_ok=True)
    settings.LANTAI_BACKUPS.rmdir()
    away.rename(place.parent)
    place.rename(place.with_name("elsewhere"))
    expire_backups(now=timezone.now())
    assert Backup.objects.get(name=name).state == "gone"
    assert entries_about(subject=name)[-1].detail["reason"] == "missing"


def test_a_failure_is_a_duty_until_the_next_one_succeeds(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LANTAI_BACKUPS.mkdir(parents=True)

    def full(**_named: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(taking, "copy_database", full)
        with pytest.raises(BackupFailed, match="No space left"):
            taking.take_backup(by="t", now=timezone.now())
    row = Backup.objects.get()
    assert (row.state, "No space left" in row.trouble) == ("failed", True)
    assert DueWork.objects.filter(kind="backup", finished_at=None).count() == 1
    assert entries_about(subject=row.name)[-1].kind == "backup.failed"
    assert not list(settings.LANTAI_BACKUPS.glob(".making*"))
    taking.take_backup(by="t", now=timezone.now())
    assert not DueWork.objects.filter(kind="backup", finished_at=None).exists()


def test_a_destruction_is_complete_when_the_last_holder_is_gone() -> None:
    now = timezone.now()
    row = KeyDestruction.objects.create(
        object_id="urn:x", unit="E1", subject="E1", reason="r", by="t", begun_at=now, finished_at=now
    )
    before = Backup.objects.create(
        name="k1", kind="keys", state="kept", by="t", begun_at=now - timedelta(days=2), place="/k1"
    )
    held = Backup.objects.create(
        name="d1", kind="database", state="kept", by="t", begun_at=now - timedelta(days=1), place="/d1", transit=True
    )
    Backup.objects.create(name="k2", kind="keys", state="kept", by="t", begun_at=now + timedelta(days=1), place="/k2")
    assert complete_destructions(now=now) == 0
    told = completion_of(rows=[row])[row.pk]
    assert (told.holders, told.expected) == (2, held.begun_at + timedelta(days=30))
    Backup.objects.filter(pk=before.pk).update(state="gone")
    assert complete_destructions(now=now) == 0, "a package on its way in may be the record"
    Backup.objects.filter(pk=held.pk).update(transit=False)
    assert complete_destructions(now=now) == 1
    row.refresh_from_db()
    assert row.complete_at == now
    entry = entries_about(subject="E1")[-1]
    assert (entry.kind, entry.result) == ("keys.destruction-complete", "complete")


def test_the_pages_say_it_in_both_languages(client) -> None:
    now = timezone.now()
    Backup.objects.create(
        name="20261122T080000Z-ab12", kind="database", state="kept", by="t", begun_at=now, place="/b", bytes=1 << 20,
        files=4, entries=12, facts={"records": 3, "transit_files": 1},
    )  # fmt: skip
    lines = [Line("记录数", "records", "3", "3", True), Line("账本", "the ledger", "12", "11", False)]
    report = Report("恢复演练报告", "Restore drill", "云岭县档案馆", now.isoformat(), now.isoformat(),
                    [("备份", "backup", "b")], lines)  # fmt: skip
    drill = keep_drill(backup="b", report=report.as_data(), met=report.met, by="t", begun_at=now, now=now)
    person = make_person(Role.SYSTEM)
    system = signed_in(person)
    for english in (False, True):
        Person.objects.filter(pk=person.pk).update(language="en" if english else "zh-hans")
        if english:
            system = signed_in(Person.objects.get(pk=person.pk))
        said = system.get(reverse("backups")).content.decode()
        assert ("Register of backups" if english else "备份登记") in said
        assert ("Nobody has signed" if english else "还没有人签署") in said
        said = system.get(reverse("restore-drills")).content.decode()
        assert ("1 of 2 met" if english else "1/2 项符合") in said
        said = system.get(reverse("restore-drill", args=[drill.pk])).content.decode()
        assert ("the ledger" if english else "账本") in said and ("Not met" if english else "未达到") in said
    paper = system.get(reverse("restore-drill-pdf", args=[drill.pk]))
    assert paper["Content-Type"] == "application/pdf" and paper.content[:5] == b"%PDF-"
    assert system.get(reverse("restore-drill", args=[drill.pk + 1])).status_code == 404
    assert system.post(reverse("backup-make")).status_code == 302
    assert Job.objects.filter(key="backup.database").count() == 1
    archivist = signed_in(make_person(Role.ARCHIVIST))
    assert archivist.post(reverse("backup-make")).status_code == 403


def test_everything_in_the_home_is_in_a_backup_or_left_out_for_a_reason() -> None:
    """Whoever lets the program write something new into LANTAI_HOME says here what becomes of it."""
    named = set()
    for path in (Path(taking.__file__).parents[2]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and isinstance(node.right, ast.Constant):
                left = ast.unparse(node.left)
                if left.endswith("settings.LANTAI_HOME") or left in ("Path(settings.LANTAI_HOME)", "HOME", "home()"):
                    named.add(str(node.right.value))
    known = {*taking.ON_THE_WAY, *taking.SMALL, *taking.LEFT_OUT, "lantai.sqlite3", "test.sqlite3", "maintenance"}
    assert {each for each in named if not each.endswith(".lock")} <= known
