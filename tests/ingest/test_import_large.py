"""A large catalogue is kept at once, then scanned and recognised in the background; a refused one leaves its reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import Person, Role
from lantai.ingest.area import import_path
from lantai.ingest.models import CatalogueImport, ImportState
from lantai.ingest.services.imports import look_into_catalogue, opening
from lantai.ledger.models import Entry
from lantai.work.models import Job, JobState, Notice
from lantai.work.services import run_jobs
from tests.ingest.county import found_county
from tests.ingest.importing import as_csv, as_zip, check, row
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def archivist(monkeypatch: pytest.MonkeyPatch) -> Person:
    found_county()
    monkeypatch.setattr(opening, "LOOK_AT_ONCE", 100)
    return make_person(Role.ARCHIVIST)


def upload(client: Client, data: bytes, **more: Any) -> str:
    sent = {"table": SimpleUploadedFile("大目录.csv", data), **more}
    response = client.post(reverse("import-new"), sent)
    assert response.status_code == 302
    return str(response["Location"])


def page(client: Client, place: str) -> str:
    response = client.get(place)
    assert response.status_code == 200
    return response.content.decode()


def test_the_upload_answers_at_once_and_the_preview_follows(
    archivist: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(archivist)
    files = SimpleUploadedFile("扫描件.zip", as_zip({"a.pdf": b"%PDF-1.4"}))
    place = upload(client, as_csv([row(1), row(2)]), attached=files)
    catalogue = CatalogueImport.objects.get()
    assert place == reverse("import", args=[catalogue.pk]), "the page of its progress"
    assert (catalogue.state, catalogue.columns, len(catalogue.sha256)) == ("looking", [], 64)
    with django_assert_max_num_queries(12):
        shown = page(client, place)
    assert all(each in shown for each in ("识别中", "第 1 步，共 3 步：查毒", "刷新进度", "every 3s"))
    crosswalk = reverse("import-crosswalk", args=[catalogue.pk])
    assert client.get(crosswalk)["Location"] == place, "there is nothing to map yet"
    assert "识别中" in page(client, reverse("imports"))
    run_jobs(drain=True)
    catalogue.refresh_from_db()
    assert (catalogue.state, catalogue.attached_files) == ("mapping", 1)
    shown = page(client, place)
    assert "核对对照" in shown and "every 3s" not in shown
    assert "云审〔2011〕1号" in page(client, crosswalk)
    assert Notice.objects.filter(text="import-recognised", person_id=archivist.pk).count() == 1
    assert Entry.objects.filter(kind="import.opened").count() == 1
    assert look_into_catalogue.func(catalogue_id=catalogue.pk) == 0, "done once"
    assert check(archivist, catalogue).state == ImportState.CHECKED


def test_what_is_refused_later_keeps_its_row_with_the_reason_and_no_file(archivist: Person) -> None:
    client = signed_in(archivist)
    place = upload(client, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    run_jobs(drain=True)
    catalogue = CatalogueImport.objects.get()
    assert catalogue.state == ImportState.REFUSED
    assert not import_path(catalogue.pk, "table").parent.exists()
    shown = page(client, place)
    assert "另存为 .xlsx" in shown and "重新上传" in shown and "文件没有保留" in shown
    client.post(reverse("language"), {"language": "en"})
    assert "The file was not kept." in page(client, place) and "Not taken" in page(client, reverse("imports"))
    assert Entry.objects.filter(kind="import.refused").count() == 1
    assert Notice.objects.filter(text="import-refused").count() == 1
    assert client.post(reverse("import-run", args=[catalogue.pk])).status_code == 200
    for name in ("import-lines", "import-crosswalk"):
        assert client.get(reverse(name, args=[catalogue.pk])).status_code in (200, 302)


def test_a_look_that_failed_is_taken_up_again_and_a_lost_upload_is_told(archivist: Person) -> None:
    client = signed_in(archivist)
    place = upload(client, as_csv([row(1), row(2)]))
    catalogue = CatalogueImport.objects.get()
    Job.objects.filter(key=f"import.look:{catalogue.pk}").update(state=JobState.FAILED, finished_at=timezone.now())
    assert "可以从中断的地方接着做" in page(client, place)
    for _press in range(2):
        assert client.post(reverse("import-run", args=[catalogue.pk])).status_code == 302
    assert Job.objects.filter(key=f"import.look:{catalogue.pk}", state=JobState.WAITING).count() == 1
    run_jobs(drain=True)
    catalogue.refresh_from_db()
    assert catalogue.state == ImportState.MAPPING
    lost = CatalogueImport.objects.create(
        name="断.csv", sha256="", bytes=0, form=catalogue.form, by="", at=timezone.now()
    )
    assert "可以从中断的地方接着做" in page(client, reverse("import", args=[lost.pk]))
    client.post(reverse("import-run", args=[lost.pk]))
    run_jobs(drain=True)
    lost.refresh_from_db()
    assert lost.state == ImportState.REFUSED


def test_small_ones_are_recognised_while_one_waits(archivist: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LOOK_AT_ONCE", 10_000)
    place = upload(signed_in(archivist), as_csv([row(1)]))
    assert place.endswith("/crosswalk/")
    assert not Job.objects.filter(key__startswith="import.look").exists()
