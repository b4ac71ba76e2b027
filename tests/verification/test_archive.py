"""`lantai verify` over a whole archive: what is sound is sound, every damage and every lying row is named."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from django.db import transaction
from django.utils import timezone, translation
from typer.testing import CliRunner, Result

from lantai.administration.models import Role
from lantai.archival.codes import rule_from_data
from lantai.catalog.models import CodeAssignment, Record, Representation
from lantai.catalog.services import change_archive_code
from lantai.ingest.models import ExaminationReport, Receipt, Submission
from lantai.ingest.services import take_folder
from lantai.ledger.models import Checkpoint, Entry, Tile
from lantai.ledger.queries import list_entries
from lantai.site import verifying
from lantai.site.cli.verify import verify
from lantai.site.verifying import STEWARD, queue_verification, verify_round
from lantai.storage import shelves
from lantai.storage.models import StoredObject, VerificationFinding, VerificationRound
from lantai.storage.queries import _read_inventory, content_path
from lantai.storage.rounds import count_findings, last_round, open_findings
from lantai.storage.services import begin_round, check, keep_ledger_batches
from lantai.work.models import DueWork, Job, JobState, Notice
from lantai.work.queries import open_duties
from lantai.work.services import queue_job, run_jobs
from tests.ingest.county import county_data, found_county, lay_down, settle
from tests.make_people import make_person
from tests.work import tasks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
app = typer.Typer()
app.command()(verify)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is young counts as settled, and a doubt is resolved at once."""
    monkeypatch.setattr(shelves, "SETTLED", -1.0)
    monkeypatch.setattr(check, "_MOMENT", 0.0)


@pytest.fixture
def archive(tmp_path: Path) -> list[Record]:
    """Three records, taken in, with the ledger's copy in storage."""
    body = found_county()
    lay_down(tmp_path / "b", range(1, 4))
    take_folder(folder=tmp_path / "b", organisation_id=body.pk, profile="fuzhou")
    settle()
    keep_ledger_batches()
    return list(Record.objects.order_by("pk"))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def told(result: Result) -> dict[str, Any]:
    (line,) = result.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def codes() -> list[str]:
    """``area:code`` of everything a whole verification finds."""
    result = run("--json")
    answer = told(result)
    assert result.exit_code == (1 if answer["findings"] else 0)
    assert answer["verdict"] == ("invalid" if answer["findings"] else "valid")
    return [f"{each['area']}:{each['code']}" for each in answer["findings"]]


def test_a_sound_archive_is_sound(archive: list[Record]) -> None:
    result = run("--json")
    answer = told(result)
    assert (result.exit_code, answer["kind"], answer["verdict"], answer["findings"]) == (0, "archive", "valid", [])
    looked_at = answer["looked_at"]
    assert looked_at["ledger"] == looked_at["copies"] == Checkpoint.objects.latest("size").size
    assert (looked_at["receipts"], looked_at["records"]) == (3, 3)
    assert looked_at["objects"] == StoredObject.objects.count() == 2
    assert looked_at["shelf"] == 3, "the root and its two objects"
    found = last_round(by="console")
    assert found is not None
    assert found.figures == looked_at
    shown = run()
    assert shown.exit_code == 0
    assert "✓ 账本" in shown.stdout
    assert "核验完成：一切与登记时相同" in shown.stdout
    assert "Verified: everything is what it was" in run("--language", "en").stdout
    assert list_entries(kinds=["verification.finished"])[0].result == "sound"
    assert not DueWork.objects.filter(kind="verification").exists()


def test_an_empty_archive_is_sound(db: None) -> None:
    assert codes() == []


def package_of(record: Record) -> Path:
    stored = record.representations.get()
    path = content_path(object_id=stored.object_id, path=stored.path)
    path.chmod(0o644)
    return path


def flip(archive: list[Record]) -> None:
    path = package_of(archive[1])
    path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))


def truncate(archive: list[Record]) -> None:
    path = package_of(archive[1])
    os.truncate(path, path.stat().st_size // 2)


def lose(archive: list[Record]) -> None:
    package_of(archive[1]).unlink()


def add_inside(archive: list[Record]) -> None:
    (package_of(archive[1]).parent / "extra").write_bytes(b"x")


def add_between(archive: list[Record]) -> None:
    (package_of(archive[1]).parents[4] / "stray").write_bytes(b"x")


def lose_object(archive: list[Record]) -> None:
    shutil.rmtree(package_of(archive[1]).parents[3])


def copy_object(archive: list[Record]) -> None:
    found = package_of(archive[1]).parents[3]
    shutil.copytree(found, found.parents[3] / "000/000/000" / "urn%3alantai%3abox%3aforeign")


def undeclare_root(archive: list[Record]) -> None:
    (package_of(archive[1]).parents[7] / "0=ocfl_1.1").write_bytes(b"ocfl_9.9\n")


def rewrite_object(archive: list[Record]) -> None:
    """Somebody who can write the shelf makes inventory and sidecar fit: only the register knows."""
    folder = package_of(archive[1]).parents[3]
    StoredObject.objects.filter(object_id=archive[1].representations.get().object_id).update(inventory_digest="0" * 128)
    assert folder.is_dir()


SHELF = {
    flip: ["objects:E092"],
    truncate: ["objects:E092"],
    lose: ["objects:E092"],
    add_inside: ["objects:E023"],
    add_between: ["shelf:E072"],
    copy_object: ["shelf:object.unregistered"],
    undeclare_root: ["shelf:E080"],
    lose_object: ["records:record.no-object"] * 3 + ["objects:L001", "shelf:E073"],
    rewrite_object: ["records:record.no-object"] * 3 + ["objects:L002"],
}


def test_damage_on_the_shelf_is_named(archive: list[Record], storage_root: Path, tmp_path: Path) -> None:
    shutil.copytree(storage_root, tmp_path / "sound")
    found = {}
    for harm in SHELF:
        with transaction.atomic():
            harm(archive)
            _read_inventory.cache_clear()  # a fresh process remembers no inventory
            found[harm] = codes()
            transaction.set_rollback(True)
        shutil.rmtree(storage_root)
        shutil.copytree(tmp_path / "sound", storage_root)
    assert found == SHELF
    assert codes() == []


def lie_title(record: Record) -> None:
    Record.objects.filter(pk=record.pk).update(title="别的题名")


def lie_description(record: Record) -> None:
    Record.objects.filter(pk=record.pk).update(description=record.description | {"apply_name": "别人"})


def lie_code(record: Record) -> None:
    code = f"{str(record.archive_code)[:-6]}999999"
    Record.objects.filter(pk=record.pk).update(archive_code=code)


def lie_secrecy(record: Record) -> None:
    Record.objects.filter(pk=record.pk).update(secrecy=2, open_state="open")


def lie_digest(record: Record) -> None:
    record.representations.update(sha512="0" * 128)


def lie_place(record: Record) -> None:
    record.representations.update(path=f"{record.record_code}/other.zip")


def forge_record(record: Record) -> None:
    Record.objects.create(
        **{
            field.name: getattr(record, field.name)
            for field in Record._meta.concrete_fields
            if field.name not in ("id", "record_code", "archive_code", "source_code", "parent")
        },
        record_code="E" + "9" * 26,
        archive_code="0059-ZY·XK·2025·D30-000777",
    )


def drop_record(record: Record) -> None:
    record.identity_keys.all().delete()
    record.representations.all().delete()
    Record.objects.filter(pk=record.pk).delete()


LIES = {
    lie_title: (["records:record.document"], "title"),
    lie_description: (["records:record.document"], "description"),
    lie_code: (["records:record.columns"], "archive_code"),
    lie_secrecy: (["records:record.columns"], "open_state, secrecy"),
    lie_digest: (["records:record.representation", "records:record.content"], "sha512"),
    lie_place: (["records:record.representation", "records:record.no-content"], "path"),
    forge_record: (["records:record.no-entry"], ""),
    drop_record: (["objects:object.unclaimed"], "the record's folder"),
}


def test_a_lying_row_of_the_catalogue_is_named(archive: list[Record]) -> None:
    found = {}
    for lie in LIES:
        with transaction.atomic():
            lie(archive[1])
            findings = told(run("--json"))["findings"]
            transaction.set_rollback(True)
        first = findings[0]
        detail = first["values"].get("detail_en", first["values"].get("detail", ""))
        told_as = "the record's folder" if detail == archive[1].record_code else detail
        found[lie] = ([f"{each['area']}:{each['code']}" for each in findings], told_as)
        assert all(first[name] for name in ("where", "message_zh", "message_en", "advice_zh", "advice_en"))
        assert first["message_zh"] != first["message_en"]
    assert found == LIES


def change_receipt(submission: Submission) -> None:
    row = submission.receipts.get(number=2)
    Receipt.objects.filter(pk=row.pk).update(body=row.body.replace("accepted", "rejected", 1))


def forge_receipt(submission: Submission) -> None:
    """Body and digest made to fit by somebody without the key."""
    row = submission.receipts.get(number=4)
    body = row.body.replace("000002", "000009")
    Receipt.objects.filter(pk=row.pk).update(body=body, digest=hashlib.sha256(body.encode()).hexdigest())


def lose_receipt(submission: Submission) -> None:
    submission.receipts.filter(number=3).delete()


def lose_last_receipt(submission: Submission) -> None:
    submission.receipts.filter(number=4).delete()


def swap_receipts(submission: Submission) -> None:
    Receipt.objects.filter(submission=submission, number=3).update(kind="accession")


def relink_receipts(submission: Submission) -> None:
    """A link cut out of the middle, the rest numbered anew."""
    row = submission.receipts.get(number=3)
    Receipt.objects.filter(pk=row.pk).update(body=re.sub('"previous":"[0-9a-f]+"', '"previous":""', row.body))


def change_report(submission: Submission) -> None:
    row = ExaminationReport.objects.get(pk=submission.pk)
    body = zlib.decompress(bytes(row.body)).replace(b"accepted", b"rejected", 1)
    ExaminationReport.objects.filter(pk=row.pk).update(body=zlib.compress(body))


def exchange_report(submission: Submission) -> None:
    """The signed report of another submission: genuine, and not this one's."""
    other = ExaminationReport.objects.exclude(pk=submission.pk)[0]
    ExaminationReport.objects.filter(pk=submission.pk).update(body=other.body, signature=other.signature)


RECEIPTS = {
    change_receipt: ["receipt.digest", "receipt.signature"],
    forge_receipt: ["receipt.signature"],
    lose_receipt: ["receipt.missing", "receipt.lacking"],
    lose_last_receipt: ["receipt.lacking"],
    swap_receipts: ["receipt.columns", "receipt.lacking"],
    relink_receipts: ["receipt.link", "receipt.digest", "receipt.signature"],
    change_report: ["report.signature"],
    exchange_report: ["report.signature", "report.receipt", "report.ledger"],
}


def test_what_is_wrong_with_receipts_and_reports_is_named(archive: list[Record]) -> None:
    found = {}
    for harm in RECEIPTS:
        with transaction.atomic():
            harm(Submission.objects.order_by("pk")[1])
            found[harm] = sorted(each.removeprefix("receipts:") for each in codes())
            transaction.set_rollback(True)
    assert found == {harm: sorted(expected) for harm, expected in RECEIPTS.items()}


def change_entry() -> None:
    row = Entry.objects.get(index=2)
    Entry.objects.filter(pk=row.pk).update(text=str(row.text).replace('"at":"20', '"at":"19'))


def change_tile() -> None:
    row = Tile.objects.get(level=0, index=0)
    Tile.objects.filter(pk=row.pk).update(hashes=bytes(32) + bytes(row.hashes)[32:])


def forge_checkpoint() -> None:
    row = Checkpoint.objects.latest("size")
    Checkpoint.objects.filter(pk=row.pk).update(note=row.note[:-6] + "AAAA=\n")


def test_what_is_wrong_with_the_ledger_is_named(archive: list[Record]) -> None:
    expected = {
        change_entry: "ledger:ledger.entry.commitment",
        change_tile: "ledger:ledger.tile.differs",
        forge_checkpoint: "ledger:ledger.checkpoint.signature",
    }
    found = {}
    for harm in expected:
        with transaction.atomic():
            harm()
            found[harm] = codes()[0]
            transaction.set_rollback(True)
    assert found == expected


def test_the_ledgers_copy_is_compared_with_the_ledger(archive: list[Record]) -> None:
    """Whoever can write shelf and register makes the copy fit itself; the ledger knows better."""
    row = StoredObject.objects.get(object_id__startswith="urn:lantai:ledger:")
    path = content_path(object_id=row.object_id, path="entries.jsonl")
    path.chmod(0o644)
    path.write_text(path.read_text().replace("submission.received", "submission.refused_", 1))
    assert codes() == ["copies:copy.differs", "objects:E092"]
    path.write_text("no json\n")
    assert codes() == ["copies:copy.unreadable", "objects:E092"]
    StoredObject.objects.filter(pk=row.pk).delete()
    assert codes()[0] == "copies:copy.missing"


def test_a_finding_is_a_duty_a_notice_and_an_entry_until_it_is_mended(archive: list[Record]) -> None:
    system, archivist = make_person(Role.SYSTEM), make_person(Role.ARCHIVIST)
    path = package_of(archive[1])
    sound = path.read_bytes()
    flip(archive)
    assert codes() == ["objects:E092"]
    duty = DueWork.objects.get(finished_at=None, kind="verification")
    assert (duty.subject, duty.role) == ("objects", "archivist")
    with translation.override("zh-hans"):
        (shown,) = open_duties(role="archivist", today=timezone.localdate())
    stored = archive[1].representations.get()
    assert shown.reason.startswith("核验存储对象时发现 1 处与应有的不符，例如：文件缺失，或内容与摘要不符")
    assert stored.object_id in shown.reason
    assert list(Notice.objects.values_list("person_id", "link")) == [(system.pk, "/verification/objects/")]
    (entry,) = list_entries(kinds=["verification.found"])
    assert entry.subject == "verification:objects"
    assert entry.detail is not None
    assert entry.detail["findings"][0]["code"] == "E092"
    assert codes() == ["objects:E092"]
    assert len(list_entries(kinds=["verification.found"])) == 1, "what is known is not told again"
    assert count_findings() == {"objects": 1}
    assert open_findings()[0].seen_at > open_findings()[0].found_at
    path.write_bytes(sound)
    assert codes() == []
    duty.refresh_from_db()
    assert duty.finished_by == "system:verification"
    assert count_findings() == {}
    assert VerificationFinding.objects.get().mended_at is not None
    finished = list_entries(kinds=["verification.finished"])
    assert [each.result for each in finished] == ["sound", "failed", "failed"]
    assert finished[0].detail is not None
    assert finished[0].detail["mended"] == 1
    assert [each.kind for each in list_entries(subject=stored.object_id)] == [
        "storage.object-mended",
        "storage.object-damaged",
    ]
    assert archivist.is_active


def test_a_box_that_is_being_filled_is_not_unclaimed(archive: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    drop_record(archive[1])
    monkeypatch.setattr(
        verifying, "open_boxes", lambda: set(Representation.objects.values_list("object_id", flat=True))
    )
    assert codes() == []


def test_what_was_just_laid_down_is_not_yet_strange(archive: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "SETTLED", 3600.0)
    copy_object(archive)
    add_between(archive)
    assert codes() == []


def test_a_changed_archive_code_is_what_the_ledger_last_says(archive: list[Record]) -> None:
    values = {"fonds": "0059", "category": "ZY", "class2": "XK", "year": "2025", "retention": "Y"}
    said = {"reason": "改为永久", "by": "person:1", "now": timezone.now()}
    scheme = county_data()["code_scheme"][0]["rule"]
    change_archive_code(record_code=archive[0].record_code, rule=rule_from_data(scheme), values=values, **said)
    settle()
    assert codes() == []
    assert CodeAssignment.objects.count() == 4


def test_a_round_broken_off_anywhere_goes_on_there(archive: list[Record]) -> None:
    flip(archive)
    round_id = begin_round(by=STEWARD, now=timezone.now())
    runs = 0
    while (going := last_round(by=STEWARD, finished=False)) is not None:
        steps: list[str] = []
        verify_round(
            round_id=going.id,
            position=going.position,
            until=lambda steps=steps: len(steps) >= 1,
            step_done=lambda area, _step, steps=steps: steps.append(area),
        )
        runs += 1
        assert runs < 30
    done = last_round(by=STEWARD)
    assert done is not None
    assert done.id == round_id
    assert runs == 7, "one step an area"
    assert (done.figures["records"], done.figures["objects"]) == (3, 2)
    assert count_findings() == {"objects": 1}


def test_the_steward_has_a_round_made_every_day_in_the_background(archive: list[Record]) -> None:
    flip(archive)
    now = timezone.now()
    assert queue_verification(now=now)
    assert not queue_verification(now=now), "one piece at a time"
    job = Job.objects.get(key="site.verify")
    assert (job.background, job.title) == (True, "核验")
    run_jobs(drain=True)
    assert Job.objects.get(pk=job.pk).state == JobState.DONE
    done = last_round(by=STEWARD)
    assert done is not None
    assert count_findings() == {"objects": 1}
    assert not queue_verification(now=now + timedelta(hours=23))
    assert queue_verification(now=now + timedelta(hours=25))


def test_a_piece_makes_room_for_other_work_and_for_the_budget(archive: list[Record], settings: Any) -> None:
    now = timezone.now()
    begin_round(by=STEWARD, now=now)
    queue_job(task=tasks.note, title="四性检测", arguments={"word": "x"})
    assert verifying.verify_piece.call() == 1
    going = last_round(by=STEWARD, finished=False)
    assert going is not None
    assert going.position["area"] == "copies"
    VerificationRound.objects.update(seconds=60 * settings.LANTAI_VERIFY_MINUTES)
    Job.objects.all().delete()
    assert not queue_verification(now=now + timedelta(hours=1))
    assert queue_verification(now=now + timedelta(hours=25)), "the next day has minutes of its own"
    settings.LANTAI_VERIFY_MINUTES = 0
    Job.objects.all().delete()
    assert not queue_verification(now=now + timedelta(days=9))


def test_a_failed_piece_is_tried_again_after_an_hour(archive: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_after: Any) -> None:
        raise OSError("the device is gone")

    monkeypatch.setattr(verifying, "_STEPS", {**verifying._STEPS, "receipts": fail})
    now = timezone.now()
    assert queue_verification(now=now)
    run_jobs(drain=True)
    assert Job.objects.get(key="site.verify").state == JobState.FAILED
    going = last_round(by=STEWARD, finished=False)
    assert going is not None
    assert going.position["area"] == "receipts"
    assert not queue_verification(now=now + timedelta(minutes=5))
    assert queue_verification(now=timezone.now() + timedelta(minutes=61))


def test_a_round_given_up_writes_nothing_more(archive: list[Record]) -> None:
    first = begin_round(by="console", now=timezone.now())
    second = begin_round(by="console", now=timezone.now())
    assert VerificationRound.objects.get().pk == second
    verifying.note_round(
        round_id=first, area="objects", position={}, looked_at=1, seconds=1.0, findings=(), now=timezone.now()
    )
    assert VerificationRound.objects.get(pk=second).figures == {}
