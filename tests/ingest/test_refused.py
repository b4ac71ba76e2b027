"""What the catalogue refuses stands alone: the rest of its box is registered, nothing of it is lost or left over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from lantai.archival.checks.faults import Case, sound_case
from lantai.archival.ocfl import check_object
from lantai.catalog.models import CodeAssignment, CodeScope, Record
from lantai.catalog.services import registering
from lantai.ingest.area import receiving_path
from lantai.ingest.models import Accession, AccessionLine, Submission, SubmissionState
from lantai.ingest.services import (
    accession_submissions,
    accessioning,
    decide_submissions,
    examine_submissions,
    take_folder,
)
from lantai.ledger.queries import entries_about, list_entries
from lantai.storage.models import StoredObject
from lantai.storage.queries import content_digests
from lantai.storage.roots import location_root
from lantai.work.models import DueWork
from tests.ingest.county import found_county

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]
Change = Callable[[Case], None]


@pytest.fixture(autouse=True)
def _narrow_column(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the catalogue's column be narrower than what the checks let pass."""
    monkeypatch.setitem(registering._LIMITS, "address", 100)


def too_long(case: Case) -> None:
    """An address longer than the column."""
    case.metadata["address"] = "云岭县青石镇东门路" * 20


def receive(folder: Path, numbers: range, organisation_id: int, change: dict[int, Change]) -> None:
    """Receive and examine packages, some of them changed."""
    folder.mkdir()
    for number in numbers:
        case = sound_case(number)
        change.get(number, lambda _case: None)(case)
        (folder / f"{case.name}.zip").write_bytes(case.write()[0])
    take_folder(folder=folder, organisation_id=organisation_id, profile="fuzhou")
    examine_submissions.call()


def whole_shelf() -> set[str]:
    """Every box checked; the codes that lie in the newest versions."""
    found: set[str] = set()
    for each in StoredObject.objects.filter(object_id__startswith="urn:lantai:box:"):
        assert check_object(location_root(each.location), each.object_id, inventory_digest=each.inventory_digest) == []
        found |= {path.partition("/")[0] for path in content_digests(object_id=each.object_id)}
    return found


def test_one_refused_record_goes_to_a_person_and_leaves_the_box(tmp_path: Path) -> None:
    body = found_county()
    receive(tmp_path / "b", range(1, 8), body.pk, {4: too_long})
    assert accession_submissions.call() == 6
    refused = Submission.objects.get(state=SubmissionState.EXAMINED)
    assert Submission.objects.filter(state=SubmissionState.ACCESSIONED).count() == 6
    duty = DueWork.objects.get(finished_at=None)
    assert (duty.subject, duty.role) == (refused.record_code, "archivist")
    assert (duty.reason, duty.values["field"], duty.values["limit"]) == ("record-too-long", "地址", 100)
    gap = CodeAssignment.objects.get(record_code=refused.record_code)
    assert gap.state == CodeAssignment.State.VOID
    assert "目录拒绝登记：地址有" in gap.reason
    assert sorted(CodeAssignment.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6, 7]
    assert [each.kind for each in entries_about(subject=refused.record_code)][-2:] == [
        "code.voided",
        "submission.stopped",
    ]
    assert receiving_path(refused.record_code).is_file()
    assert whole_shelf() == set(Record.objects.values_list("record_code", flat=True))
    removed = list_entries(kinds=["storage.contents-removed"])
    assert len(removed) == 1
    assert removed[0].detail is not None
    assert removed[0].detail["paths"] == [
        f"{refused.record_code}/{each}" for each in ("description.xml", "package.zip")
    ]
    assert not Accession.objects.exclude(state=Accession.State.DONE).exists()


def test_a_refused_package_can_be_decided_again(tmp_path: Path) -> None:
    body = found_county()
    receive(tmp_path / "b", range(1, 2), body.pk, {1: too_long})
    assert accession_submissions.call() == 0
    assert not StoredObject.objects.filter(object_id__startswith="urn:lantai:box:").exists()
    refused = Submission.objects.get()
    decide_submissions(
        record_codes=[refused.record_code],
        approve=True,
        reason="",
        by="person:1",
        role="archivist",
        now=timezone.now(),
    )
    assert accession_submissions.call() == 0, "it is refused again, and nothing else stands still"
    assert receiving_path(refused.record_code).is_file()
    receive(tmp_path / "c", range(2, 4), body.pk, {})
    assert accession_submissions.call() == 2
    assert whole_shelf() == set(Record.objects.values_list("record_code", flat=True))


def test_a_code_that_is_taken_stops_its_package_only(tmp_path: Path) -> None:
    body = found_county()
    receive(tmp_path / "a", range(1, 2), body.pk, {})
    accession_submissions.call()
    first = Record.objects.get()
    assert first.archive_code is not None
    Record.objects.update(archive_code=f"{first.archive_code[:-6]}000003")
    receive(tmp_path / "b", range(2, 6), body.pk, {})
    assert accession_submissions.call() == 3
    refused = Submission.objects.get(state=SubmissionState.EXAMINED)
    assert CodeAssignment.objects.get(record_code=refused.record_code).code.endswith("000003")
    assert whole_shelf() == set(Record.objects.values_list("record_code", flat=True))


def first_code() -> str:
    """The first archive code that the county's scheme writes, with its scope made."""
    return CodeAssignment.objects.get(number=1).code


def test_a_code_of_another_scheme_stops_its_package_only(tmp_path: Path) -> None:
    body = found_county()
    receive(tmp_path / "a", range(1, 2), body.pk, {})
    accession_submissions.call()
    taken = f"{first_code()[:-1]}3"
    other = CodeAssignment(code=taken, record_code="E" + "9" * 26, scope="another scheme", number=3, by="t")
    other.at = timezone.now()
    other.save()
    receive(tmp_path / "b", range(2, 6), body.pk, {})
    assert accession_submissions.call() == 3
    refused = Submission.objects.get(state=SubmissionState.EXAMINED)
    duty = DueWork.objects.get(finished_at=None)
    assert (duty.kind, duty.subject, duty.role) == ("submission", refused.record_code, "archivist")
    assert (duty.reason, duty.values["code"], duty.values["holder"]) == ("code-taken", taken, other.record_code)
    assert [each.kind for each in entries_about(subject=refused.record_code)][-2:] == [
        "code.passed-over",
        "submission.stopped",
    ]
    said = entries_about(subject=refused.record_code)[-1].detail
    assert said is not None
    assert (said["why"], said["values"]) == (duty.reason, duty.values)
    assert "请核对两个编号方案是否会编出相同的档号，改正后再次接收" in said["reason"]
    assert not CodeAssignment.objects.filter(record_code=refused.record_code).exists()
    numbers = CodeAssignment.objects.exclude(scope="another scheme").values_list("number", flat=True)
    assert sorted(numbers) == [1, 2, 4, 5]
    assert receiving_path(refused.record_code).is_file()
    assert whole_shelf() == set(Record.objects.values_list("record_code", flat=True))
    decide_submissions(
        record_codes=[refused.record_code], approve=True, reason="", by="person:1", role="archivist", now=timezone.now()
    )
    assert accession_submissions.call() == 1
    assert CodeAssignment.objects.get(record_code=refused.record_code).number == 6


def test_a_number_too_wide_stops_its_package_only(tmp_path: Path) -> None:
    body = found_county()
    receive(tmp_path / "a", range(1, 2), body.pk, {})
    accession_submissions.call()
    CodeScope.objects.update(last=999_997)
    receive(tmp_path / "b", range(2, 6), body.pk, {})
    assert accession_submissions.call() == 2
    assert CodeScope.objects.get().last == 999_999
    stopped = list(Submission.objects.filter(state=SubmissionState.EXAMINED).order_by("pk"))
    assert [each.name for each in stopped] == [f"{sound_case(number).name}.zip" for number in (4, 5)]
    duties = DueWork.objects.filter(finished_at=None)
    assert {each.subject for each in duties} == {each.record_code for each in stopped}
    assert {each.reason for each in duties} == {"code-run-out"}
    assert all("1000000超出规则的位数" in each.values["detail"] for each in duties)
    assert whole_shelf() == set(Record.objects.values_list("record_code", flat=True))
    assert not Accession.objects.exclude(state=Accession.State.DONE).exists()


def test_a_box_of_many_chunks_is_taken_up_after_a_crash_between_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        """The process ends here."""

    body = found_county()
    receive(tmp_path / "b", range(1, 10), body.pk, {2: too_long})
    monkeypatch.setattr(accessioning, "CHUNK", 3)
    true, calls = accessioning._register, []

    def dying(*arguments: object) -> int:
        calls.append(arguments)
        if len(calls) == 6:  # a chunk of three whose halves and their halves were tried, then the second chunk
            raise Died
        return true(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(accessioning, "_register", dying)
    with pytest.raises(Died):
        accession_submissions.call()
    assert 0 < Record.objects.count() < 8
    monkeypatch.undo()
    accession_submissions.call()
    assert Record.objects.count() == 8
    assert AccessionLine.objects.count() == 8
    assert whole_shelf() == set(Record.objects.values_list("record_code", flat=True))
    assert len(list_entries(kinds=["record.accessioned"])) == 8
    left = {path.name for path in (settings.LANTAI_HOME / "receiving").rglob("E*")}
    assert left & set(Submission.objects.values_list("record_code", flat=True)) == set(
        Submission.objects.filter(state=SubmissionState.EXAMINED).values_list("record_code", flat=True)
    )
