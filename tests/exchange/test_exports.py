"""Records leave as EEP and BagIt: rights for each, entries for each, resumable; and they come in again elsewhere."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import bagit
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import etree

from lantai.administration.models import Agreement, Role
from lantai.archival.eep import ReadEep, judge_eep, read_eep, schema
from lantai.archival.sealing import Trust
from lantai.catalog.components import unpack_components
from lantai.catalog.models import Record, Relation, Secrecy
from lantai.exchange.area import export_folder
from lantai.exchange.models import Export
from lantai.exchange.services import making, sweep_exports
from lantai.ingest.models import ReportedFault, SubmissionState
from lantai.ingest.services import decide_submissions
from lantai.ingest.services.uploading import open_upload, take_upload
from lantai.ledger.queries import EntryView, list_entries
from lantai.ledger.services import append_noted_entries
from lantai.storage.queries import read_whole
from lantai.work.models import Notice
from lantai.work.services import run_jobs
from tests.make_people import signed_in
from tests.pages.archive import Archive, make_archive

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
_SCHEMA = etree.XMLSchema(etree.fromstring(schema()))


@pytest.fixture
def archive() -> Archive:
    return make_archive()


@pytest.fixture
def archivist(archive: Archive) -> Client:
    return signed_in(archive.people[Role.ARCHIVIST])


def codes(archive: Archive) -> list[str]:
    return [archive.record.record_code, archive.open_record.record_code]


def asked(client: Client, kind: str, *, fonds: str = "0059", code: str = "") -> Export:
    address = reverse("export-packages") + (f"?code={code}" if code else "")
    answer = client.post(address, {"kind": kind, **({} if code else {"fonds": fonds})})
    assert answer.status_code == 302, answer.content.decode()
    run_jobs(drain=True)
    append_noted_entries()
    return Export.objects.order_by("-pk")[0]


def fetched(client: Client, export: Export) -> bytes:
    answer = client.get(reverse("export-file", args=[export.pk]))
    assert answer.status_code == 200
    data = b"".join(answer)  # type: ignore[arg-type]
    append_noted_entries()
    return data


def entries(kind: str) -> list[EntryView]:
    """The entries of a kind, the oldest first."""
    return list_entries(kinds=[kind], limit=100)[::-1]


def eep_of(data: bytes) -> tuple[ReadEep, dict[str, bytes]]:
    sinks: dict[str, io.BytesIO] = {}
    found = read_eep(io.BytesIO(data), take=lambda file: sinks.setdefault(file.name, io.BytesIO()))
    assert found.faults == ()
    _SCHEMA.assertValid(etree.fromstring(data))
    return found, {name: each.getvalue() for name, each in sinks.items()}


def original_files(record: Record) -> dict[str, bytes]:
    """What came in: the files of the received ZIP by their names."""
    kept = record.representations.get()
    with zipfile.ZipFile(io.BytesIO(read_whole(object_id=kept.object_id, path=kept.path))) as package:
        return {each: package.read(each) for each in package.namelist() if not each.endswith("/")}


def test_one_record_leaves_as_a_signed_eep(archive: Archive, archivist: Client) -> None:
    record = archive.record
    Relation.objects.create(record=record, kind="refers", target_code="X-1", basis="同案")
    export = asked(archivist, "eep", code=record.record_code)
    assert (export.state, export.done, export.left_out) == ("ready", 1, [])
    assert export.name == f"{record.archive_code}.eep"
    data = fetched(archivist, export)
    assert len(data) == export.bytes
    found, files = eep_of(data)
    assert found.eep is not None
    elements = found.eep.layer.contents.elements
    assert elements["M7"] == (record.record_code,)
    assert elements["M8"] == (record.archive_code,)
    assert elements["M22"] == (record.title,)
    assert elements["M12"] == ("30年",)
    (relation,) = found.eep.layer.contents.relations
    assert (relation.subject, relation.target, relation.kind, relation.detail) == (
        record.record_code, "X-1", "参见", "同案",
    )  # fmt: skip
    expected = {Path(name).name: data for name, data in original_files(record).items()}
    described = {
        "基本信息元数据.xml",
        "管理过程元数据.xml",
    }  # in these stand numbers of persons; an EEP describes by itself
    assert files == {name: data for name, data in expected.items() if name not in described}
    assert described <= set(expected)
    assert [each.verdict for each in judge_eep(found, Trust())] == ["untrusted", "untrusted"]
    (told,) = entries("record.exported")
    assert (told.subject, told.result, told.detail["kind"]) == (record.record_code, "done", "eep")
    assert [each.detail["sha256"] for each in entries("export.finished")] == [export.sha256]
    assert [each.detail["sha256"] for each in entries("export.fetched")] == [export.sha256]
    assert entries("export.asked")[0].detail["records"] == 1
    assert Notice.objects.filter(link=f"/exports/{export.pk}/", person=archive.people[Role.ARCHIVIST]).exists()


def test_a_fonds_leaves_as_bags_that_others_find_sound(archive: Archive, archivist: Client, tmp_path: Path) -> None:
    export = asked(archivist, "bag")
    with zipfile.ZipFile(io.BytesIO(fetched(archivist, export))) as joined:
        joined.extractall(tmp_path)
    bags = sorted(tmp_path.glob("*.zip"))
    assert len(bags) == Record.objects.filter(fonds_code="0059").count() == 2
    listed = etree.parse(tmp_path / "transfer_info.xml")
    assert {each.text for each in listed.iter("unique_identifier")} == {each.stem for each in bags}
    for path in bags:
        with zipfile.ZipFile(path) as packed:
            packed.extractall(tmp_path / path.stem)
        (folder,) = (tmp_path / path.stem).iterdir()
        bag = bagit.Bag(str(folder))
        assert bag.validate()
        record = Record.objects.get(archive_code=path.stem)
        assert bag.info["External-Identifier"] == record.record_code
        payload = [each for each in (folder / "data").rglob("*") if each.is_file()]
        assert {str(each.relative_to(folder / "data")): each.read_bytes() for each in payload} == original_files(record)


def came_in(archive: Archive, data: bytes, *, name: str, profile: str) -> Record:
    """A package that is handed over, decided by a person where it waits for one, and is a record then."""
    submission = open_upload(
        organisation_id=archive.body.pk, name=name, profile=profile, size=len(data), key=f"1-{name}", now=timezone.now()
    )
    take_upload(submission=submission, stream=io.BytesIO(data), now=timezone.now())
    run_jobs(drain=True)
    submission.refresh_from_db()
    if submission.state == SubmissionState.EXAMINED:
        decide_submissions(
            record_codes=[submission.record_code],
            approve=True,
            reason="",
            by="person:1",
            role="archivist",
            now=timezone.now(),
        )
        run_jobs(drain=True)
    submission.refresh_from_db()
    assert submission.state == SubmissionState.ACCESSIONED, [
        (each.code, each.reason) for each in ReportedFault.objects.filter(submission=submission)
    ]
    return Record.objects.get(record_code=submission.record_code)


def test_an_eep_comes_in_with_the_same_files_and_leaves_with_its_layer_intact(
    archive: Archive, archivist: Client
) -> None:
    Agreement.objects.update(profile="eep")  # what comes from whom is agreed
    sent = fetched(archivist, asked(archivist, "eep", code=archive.open_record.record_code))
    record = came_in(archive, sent, name="来件.eep", profile="eep")
    assert (record.title, record.creator) == (archive.open_record.title, archive.body.name)
    assert (record.formed_on, record.retention) == (archive.open_record.formed_on, archive.open_record.retention)
    _first, files = eep_of(sent)
    kept = {each.path: each for each in unpack_components(bytes(record.representations.get().components))}
    assert {name: each.sha256 for name, each in kept.items()} == {
        name: sha256(data).hexdigest() for name, data in files.items()
    }
    again = fetched(archivist, asked(archivist, "eep", code=record.record_code))
    found, _files = eep_of(again)
    assert found.eep is not None and found.eep.layer.original is not None
    first, last = read_eep(io.BytesIO(sent)).spans["layer-0"]
    assert sent[first:last] in again
    assert [each.kind for each in judge_eep(found, Trust())] == ["eep-sign", "eep-lock", "eep-sign"]
    assert {each.integrity for each in judge_eep(found, Trust())} == {"intact"}
    assert all(each.refers_to for each in found.eep.layer.contents.files)


def test_rights_are_asked_for_each_record(archive: Archive) -> None:
    department = signed_in(archive.people[Role.DEPARTMENT])
    Record.objects.filter(pk=archive.open_record.pk).update(organisation_id=archive.other.pk)
    export = asked(department, "eep")
    assert export.state == "ready"
    assert [(code, why) for code, why, _values in export.left_out] == [
        (archive.open_record.record_code, "export-not-allowed")
    ]
    assert {each.subject: each.result for each in entries("record.exported")} == {
        archive.record.record_code: "done", archive.open_record.record_code: "refused",
    }  # fmt: skip
    page = department.get(reverse("export-one", args=[export.pk])).content.decode()
    assert archive.open_record.record_code in page and "不得复制" in page
    Record.objects.filter(pk=archive.record.pk).update(secrecy=Secrecy.SECRET)
    unknown = department.post(f"{reverse('export-packages')}?code={archive.record.record_code}", {"kind": "eep"})
    assert unknown.status_code == 200 and "没有符合条件的档案" in unknown.content.decode()


def test_an_account_switched_off_meanwhile_takes_nothing(archive: Archive, archivist: Client) -> None:
    archivist.post(reverse("export-packages"), {"kind": "eep", "fonds": "0059"})
    type(archive.people[Role.ARCHIVIST]).objects.filter(pk=archive.people[Role.ARCHIVIST].pk).update(is_active=False)
    run_jobs(drain=True)
    export = Export.objects.get()
    assert export.state == "empty"
    assert {why for _code, why, _values in export.left_out} == {"export-no-account"}


def test_broken_off_it_goes_on_and_does_nothing_twice(
    archive: Archive, archivist: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    archivist.post(reverse("export-packages"), {"kind": "eep", "fonds": "0059"})
    real, calls = making._note, iter(range(9))

    def dies(*arguments: object) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(making, "_note", dies)
    export = Export.objects.get()
    with pytest.raises(KeyboardInterrupt):
        making.make_export.call(export=export.pk)
    assert Export.objects.get().done == 1
    assert making.make_export.call(export=export.pk) == 2
    assert making.make_export.call(export=export.pk) == 0
    append_noted_entries()
    assert [each.subject for each in entries("record.exported")] == codes(archive)
    assert len(entries("export.finished")) == 1
    assert sorted(each.name for each in export_folder(export.pk).iterdir()) == [Export.objects.get().name]


def test_exports_are_their_askers_own_and_do_not_stay(archive: Archive, archivist: Client) -> None:
    export = asked(archivist, "eep", code=archive.record.record_code)
    other = signed_in(archive.people[Role.DEPARTMENT])
    for name in ("export-one", "export-file"):
        assert other.get(reverse(name, args=[export.pk])).status_code == 404
    assert sweep_exports(now=timezone.now()) == 0
    assert sweep_exports(now=timezone.now() + timedelta(days=8)) == 1
    assert not export_folder(export.pk).exists()
    assert archivist.get(reverse("export-file", args=[export.pk])).status_code == 404
    page = archivist.get(reverse("exports")).content.decode()
    assert "已清除" in page and export.name in page
    assert len(entries("export.expired")) == 1


def test_pages_in_both_languages_and_wrong_input(archive: Archive, archivist: Client) -> None:
    person = archive.people[Role.ARCHIVIST]
    for language, words in (("en", "Export packages"), ("zh-hans", "导出封装包")):
        type(person).objects.filter(pk=person.pk).update(language=language)
        for name in ("exports", "export-packages"):
            assert words in archivist.get(reverse(name)).content.decode()
    assert archivist.get(f"{reverse('export-packages')}?selection=duties").status_code == 404
    empty = archivist.post(f"{reverse('export-packages')}?code=E0NOTHING", {"kind": "eep"})
    assert empty.status_code == 200 and "没有符合条件的档案" in empty.content.decode()
    assert archivist.post(reverse("export-packages"), {"kind": "rar", "fonds": "0059"}).status_code == 200
    assert archivist.post(reverse("export-packages"), {"kind": "eep"}).status_code == 200
    assert archivist.get("/exports/999/").status_code == 404
    assert Export.objects.count() == 0
    record = archivist.get(reverse("record", args=[archive.record.record_code])).content.decode()
    assert f"{reverse('export-packages')}?code={archive.record.record_code}" in record
