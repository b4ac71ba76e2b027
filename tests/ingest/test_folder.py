"""A folder as departments leave it: lists, gaps, odd names, empty files, links; the batch goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.utils import timezone

from lantai.archival.checks.faults import sound_case
from lantai.archival.fixity import digest_bytes
from lantai.archival.packages import HandoverLine, load_profile, read_package, write_handover_list
from lantai.catalog.models import Record
from lantai.ingest.area import receiving_path
from lantai.ingest.models import ExaminationReport, Submission, SubmissionState
from lantai.ingest.queries import report_of
from lantai.ingest.services import examine_submissions, examining, take_folder, watching
from lantai.site.cli.intake import watch
from tests.catalog.records import ARCHIVIST
from tests.ingest.county import BODY, found_county, lay_down, package, settle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]


def list_of(folder: Path, *more: HandoverLine) -> None:
    """The hand-over list of what lies in *folder*, and of *more*."""
    lines = [
        HandoverLine(
            path.stem,
            path.stat().st_size,
            digest_algorithm="SM3",
            digest=digest_bytes(path.read_bytes(), ("sm3",))["sm3"],
            batch="20260301",
        )
        for path in sorted(folder.glob("*.zip"))
    ]
    (folder / "移交清单.xml").write_bytes(write_handover_list([*lines, *more], head={"batch_name": "20260301"}))


def faults_of(submission: Submission) -> list[str]:
    """``check:reason`` of every fault of a submission."""
    report, _signature = report_of(record_code=submission.record_code, reader=ARCHIVIST)
    return [f"{each['code']}:{each['reason']}" for each in report["findings"] if each["verdict"] in ("fail", "warning")]


def test_a_listed_batch_is_judged_when_all_of_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = found_county()
    lay_down(tmp_path / "b", range(1, 8))
    list_of(tmp_path / "b")
    monkeypatch.setattr(watching, "AT_ONCE", 3)
    seen = []

    def a_worker_is_quick(_done: int, _total: int) -> None:
        seen.append(examine_submissions.call())

    report = take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou", progress=a_worker_is_quick)
    assert (report.missing, report.unlisted, seen) == ((), (), [0, 0, 0])
    settle()
    assert set(Submission.objects.values_list("state", flat=True)) == {SubmissionState.ACCESSIONED}


def test_what_the_list_and_the_folder_do_not_share_is_told(tmp_path: Path) -> None:
    body = found_county()
    lay_down(tmp_path / "b", range(1, 3))
    missing = HandoverLine(sound_case(9).name, batch="20260301")
    list_of(tmp_path / "b", missing)
    lay_down(tmp_path / "b", range(4, 5))
    report = take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
    assert report.missing == (missing.name,)
    assert report.unlisted == (package(4)[0],)
    settle()
    for each in Submission.objects.all():
        assert "GD-2-6:serial-gap" in faults_of(each), "1, 2 and 4 came"


def test_odd_files_do_not_stop_the_batch(tmp_path: Path) -> None:
    body = found_county()
    folder = tmp_path / "b"
    lay_down(folder, range(1, 3))
    (folder / "empty.zip").touch()
    (folder / "link.zip").symlink_to("/etc/hostname")
    (folder / "folder.zip").mkdir()
    os.mkfifo(folder / "pipe.zip")
    chinese = os.fsencode(folder) + b"/" + "办件归档包".encode("gb18030") + b".zip"
    with open(chinese, "wb") as file:  # noqa: PTH123  # a name that is no text
        file.write(b"PK\x05\x06" + bytes(18))
    long = ["x" * 240 + f"{number}.zip" for number in range(3)]
    for each in long:
        (folder / each).write_bytes(b"no archive")
    report = take_folder(folder=folder, organisation_id=body.pk, profile="fuzhou")
    assert report.taken == 7
    assert take_folder(folder=folder, organisation_id=body.pk, profile="fuzhou").known == 7
    settle()
    states = dict(Submission.objects.values_list("name", "state"))
    assert {name for name, state in states.items() if state == SubmissionState.ACCESSIONED} == {
        package(1)[0],
        package(2)[0],
    }
    assert {name for name, state in states.items() if state == SubmissionState.REJECTED} == {
        "empty.zip",
        "办件归档包.zip",
        *long,
    }


def test_the_record_of_a_case_that_comes_again_is_seen(tmp_path: Path) -> None:
    body = found_county()
    lay_down(tmp_path / "a", range(1, 2))
    take_folder(folder=tmp_path / "a", organisation_id=body.pk, profile="fuzhou")
    settle()
    assert Record.objects.count() == 1
    first, again = sound_case(1), sound_case(2)
    for name in ("project_id", "result_code", "project_name", "transact_time"):
        again.metadata[name] = first.metadata[name]
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / f"{again.name}.zip").write_bytes(again.write()[0])
    take_folder(folder=tmp_path / "c", organisation_id=body.pk, profile="fuzhou")
    settle()
    second = Submission.objects.order_by("pk").last()
    assert second is not None
    report, _signature = report_of(record_code=second.record_code, reader=ARCHIVIST)
    keys = {each["values"]["key_en"] for each in report["findings"] if each["reason"].startswith("key-")}
    assert keys == {"unit and case number", "document number", "title and date"}
    found = {each["code"]: each["reason"] for each in report["findings"] if each["code"].startswith("GD-4-")}
    assert found["GD-4-4"] == found["GD-4-5"] == found["GD-4-6"] == "no-carrier", "it came over the network"


def test_twins_in_one_batch_are_seen(tmp_path: Path) -> None:
    body = found_county()
    (tmp_path / "b").mkdir()
    data = package(1)[1]
    for name in ("a.zip", "b.zip", "c.zip"):
        (tmp_path / "b" / name).write_bytes(data)
    take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
    examine_submissions.call()
    known = [
        any(fault.endswith("package-known") for fault in faults_of(each)) for each in Submission.objects.order_by("pk")
    ]
    assert known == [False, True, True]
    assert ExaminationReport.objects.count() == 3
    for each in Submission.objects.all():
        assert receiving_path(each.record_code).read_bytes() == data
        assert each.digests == digest_bytes(data, tuple(each.digests))


def test_one_bad_folder_does_not_stop_the_watch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found_county()
    nobody, broken, good = (tmp_path / place for place in ("NOBODY/fuzhou/b", f"{BODY}/fuzhou/a", f"{BODY}/fuzhou/b"))
    for folder, numbers in ((nobody, range(1, 2)), (broken, range(2, 3)), (good, range(3, 5))):
        lay_down(folder, numbers)
        (folder / "ready").touch()
    (broken / "移交清单.xml").write_bytes(b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>")
    watch(root=tmp_path, once=True)
    said = capsys.readouterr().out
    assert "NOBODY" in said
    assert "接收 2 件" in said
    assert (nobody.exists(), broken.exists(), good.exists()) == (True, True, False)
    lay_down(good, range(5, 6))
    (good / "ready").touch()
    watch(root=tmp_path, once=True)
    assert sorted(each.name for each in good.parent.iterdir()) == ["a", "b.taken", "b.taken-1"]
    watch(root=tmp_path, once=True)
    assert sorted(each.name for each in good.parent.iterdir()) == ["a", "b.taken", "b.taken-1"]
    settle()
    assert Record.objects.count() == 3


def test_a_worker_that_comes_too_late_writes_nothing(tmp_path: Path) -> None:
    body = found_county()
    lay_down(tmp_path / "b", range(1, 3))
    take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
    waiting = list(Submission.objects.order_by("pk"))
    profile = load_profile("fuzhou")
    read = [(each, read_package(receiving_path(each.record_code), profile=profile, name=each.name)) for each in waiting]
    assert len(examining.judge_packages(read=read[:1], now=timezone.now())) == 1
    assert len(examining.judge_packages(read=read, now=timezone.now())) == 1
    assert examining.judge_packages(read=read, now=timezone.now()) == []
    for each in waiting:
        assert [receipt.number for receipt in each.receipts.order_by("number")][:2] == [1, 2]
        assert each.receipts.filter(kind="verdict").count() == 1
