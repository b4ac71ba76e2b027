"""Every package of the fault library through the real channels: its fault is told first, it lies quarantined whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import lantai.archival.checks.sandbox as sandbox_module
from lantai.archival.checks import Sandbox
from lantai.archival.checks.faults import Fault, build_fault_library, sound_case
from lantai.archival.packages import RawEntry
from lantai.catalog.models import Record
from lantai.ingest.area import receiving_path
from lantai.ingest.models import Submission, SubmissionState
from lantai.ingest.queries import report_of
from lantai.ingest.services import examine_submissions, examining, take_folder
from lantai.work.models import Job, JobState
from tests.catalog.records import ARCHIVIST
from tests.ingest.county import found_county, key_of, lay_down, package, settle
from tests.ingest.test_http import Department

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Fault]]:
    folder = tmp_path_factory.mktemp("library")
    return folder, build_fault_library(folder)


def verdict_of(submission: Submission) -> dict[str, Any]:
    """What the verdict receipt says."""
    body = submission.receipts.get(kind="verdict").body
    content: dict[str, Any] = json.loads(body)["content"]
    return content


def told_by(submission: Submission) -> list[str]:
    """``check:reason`` of each fault in the verdict receipt."""
    return [f"{fault['check']}:{fault['reason']}" for fault in verdict_of(submission)["faults"]]


def in_a_batch_of_its_own(source: Path, target: Path, number: int) -> Path:
    """A fault's folder, its hand-over list naming another batch."""
    target.mkdir()
    for each in source.iterdir():
        data = each.read_bytes()
        batch = f"2025{number:04}".encode()
        (target / each.name).write_bytes(data.replace(b"20250312", batch) if each.suffix == ".xml" else data)
    return target


def quarantined(submission: Submission, data: bytes) -> bool:
    """Whether the package lies where it was received, as it was received."""
    return receiving_path(submission.record_code).read_bytes() == data


def test_through_the_folder(library: tuple[Path, list[Fault]], tmp_path: Path) -> None:
    folder, faults = library
    body = found_county()
    submissions = {}
    for number, each in enumerate(faults):
        place = in_a_batch_of_its_own((folder / each.package).parent, tmp_path / each.name, number)
        take_folder(folder=place, organisation_id=body.pk, profile=each.profile)
        submissions[each.name] = Submission.objects.latest("pk")
    settle()
    assert not Job.objects.filter(state=JobState.FAILED).exists()
    told = {name: tuple(told_by(each)) for name, each in submissions.items()}
    assert told == {each.name: each.expected for each in faults}
    for each in faults:
        submission = Submission.objects.get(pk=submissions[each.name].pk)
        verdict = verdict_of(submission)
        if not each.check:
            assert submission.state == SubmissionState.ACCESSIONED
            continue
        assert verdict["faults"][0]["check"] == each.check
        assert verdict["faults"][0]["advice"], each.name
        assert submission.state == (
            SubmissionState.EXAMINED if verdict["decision"] == "manual" else SubmissionState.REJECTED
        )
        assert quarantined(submission, (folder / each.package).read_bytes()), each.name
    assert Record.objects.count() == 1


def test_through_http(library: tuple[Path, list[Fault]]) -> None:
    folder, faults = library
    found_county()
    department = Department(key_of())
    codes = {}
    for each in faults:
        data = (folder / each.package).read_bytes()
        codes[each.name] = department.create(Path(each.package).name, data).json()["record_code"]
        assert department.send(codes[each.name], data).status_code == 202
    settle()
    assert not Job.objects.filter(state=JobState.FAILED).exists()
    of_the_list = {"batch-short", "bytes-differ", "package-changed"}
    for each in faults:
        state = department.state(codes[each.name])
        verdict = json.loads(state["receipts"][1]["body"])["content"]
        told = tuple(f"{fault['check']}:{fault['reason']}" for fault in verdict["faults"])
        if each.name in of_the_list or not each.check:
            assert state["state"] == "accessioned", each.name  # what only the hand-over list can say
            continue
        expected = tuple(fault for fault in each.expected if not fault.startswith("GD-1-1:no-fixing"))
        assert tuple(fault for fault in told if not fault.startswith("GD-1-1:no-fixing")) == expected, each.name
        report = department.client.get(f"/api/v1/submissions/{codes[each.name]}/report").json()["report"]
        assert report["decision"] == verdict["decision"] != "accepted"


def test_nothing_of_a_package_is_executed_or_fetched(tmp_path: Path) -> None:
    body = found_county()
    secret, trace = tmp_path / "secret", tmp_path / "trace"
    secret.write_text("geheim-3c1f", encoding="utf-8")
    folder = tmp_path / "b"
    folder.mkdir()
    doctypes = (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>',
        f'<!DOCTYPE x SYSTEM "file://{secret}">',
        f'<!DOCTYPE x [<!ENTITY % p SYSTEM "file://{secret}"> %p;]>',
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(12))
        + "]>",
    )
    for number, doctype in enumerate(doctypes, start=1):
        case = sound_case(number)
        base = f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<x>&e;&m;</x>'.encode()
        case.descriptions["基本信息元数据.xml"] = None
        case.extra_entries.append(RawEntry("基本信息元数据.xml".encode(), base, flags=0x800))
        (folder / f"{case.name}.zip").write_bytes(case.write()[0])
    for number, name in enumerate(
        (f"$(touch {trace})", f"`touch {trace}`", f"; touch {trace};", "=cmd|'/c calc'!A1"), 11
    ):
        case = sound_case(number)
        case.add("过程文件", "B9", "附件", name.replace("/", "_") + ".txt", b"x", "TXT")
        (folder / f"{case.name}.zip").write_bytes(case.write()[0])
    take_folder(folder=folder, organisation_id=body.pk, profile="fuzhou")
    settle()
    assert not Job.objects.filter(state=JobState.FAILED).exists()
    assert Submission.objects.filter(state=SubmissionState.RECEIVED).count() == 0
    assert not trace.exists()
    for each in Submission.objects.all():
        report, _signature = report_of(record_code=each.record_code, reader=ARCHIVIST)
        assert "geheim" not in json.dumps(report)
    for number in range(1, 5):
        submission = Submission.objects.get(name=f"{sound_case(number).name}.zip")
        assert told_by(submission)[0] == "GD-3-1:xml.doctype"


@pytest.mark.parametrize("code", ["parser.crashed", "parser.timeout", "parser.memory"])
def test_a_file_that_ends_its_parser_stands_alone(tmp_path: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = found_county()
    lay_down(tmp_path / "b", range(1, 6))
    guilty = sound_case(3).name
    harm = {"parser.crashed": "crash", "parser.timeout": "sleep", "parser.memory": "eat"}[code]
    with Sandbox(workers=1, seconds=6, memory_bytes=700 << 20, modules=("tests.ingest.misreading",)) as box:
        monkeypatch.setattr(examining, "sandbox", lambda: box)
        monkeypatch.setattr(sandbox_module, "_READER", f"tests.ingest.misreading:{harm}")
        take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
        examine_submissions.call()
    states = dict(Submission.objects.values_list("name", "state"))
    assert {name for name, state in states.items() if state != SubmissionState.APPROVED} == {f"{guilty}.zip"}
    submission = Submission.objects.get(name=f"{guilty}.zip")
    assert submission.state in (SubmissionState.REJECTED, SubmissionState.EXAMINED)
    assert any(fault.endswith(code) for fault in told_by(submission))
    assert quarantined(submission, package(3)[1])
