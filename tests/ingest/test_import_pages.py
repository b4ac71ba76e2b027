"""The pages of catalogue imports: upload, crosswalk, dry run, import, files, export; without script, in English."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import Person, Role
from lantai.archival.tables import look_at_table
from lantai.catalog.models import Record
from lantai.ingest.models import CatalogueImport, Crosswalk
from lantai.ingest.services.imports import queue_check, queue_import
from lantai.ledger.queries import list_entries
from lantai.ledger.services import append_noted_entries
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs
from tests.ingest.county import found_county
from tests.ingest.importing import HEAD, as_csv, bring, by, row, take
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]


@pytest.fixture
def archivist() -> Person:
    found_county()
    return make_person(Role.ARCHIVIST)


def text_of(response: HttpResponse) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def body_of(response: Any) -> bytes:
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the crosswalk form as it stands."""
    sent: dict[str, str] = {}
    form = page[page.index("hx-trigger") :]
    for tag, name in re.findall(r'(<(?:input|select)[^>]*name="([^"]+)"[^>]*>)', form):
        if tag.startswith("<input"):
            found = re.search(r'value="([^"]*)"', tag)
            sent[name] = found[1] if found else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        found = re.search(r'value="([^"]*)" selected', options)
        sent[name] = found[1] if found else ""
    return sent


def upload(client: Client, data: bytes, name: str = "目录.csv") -> str:
    response = client.post(reverse("import-new"), {"table": SimpleUploadedFile(name, data)})
    assert response.status_code == 302
    return str(response["Location"])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_whole_way_without_script(archivist: Person, language: str) -> None:
    client = signed_in(archivist)
    client.post(reverse("language"), {"language": language})
    bad = "<b>" + "长" * 197
    place = upload(client, as_csv([row(1), row(2, 成文日期="不详"), row(3, 题名=bad)]), "目" * 200 + ".csv")
    page = text_of(client.get(place))
    assert "云审〔2011〕1号" in page
    assert "20110503" in page
    assert ("Not recognised as a date" if language == "en" else "不能识别为日期") in page
    assert "<b>长" not in page
    sent = fields_of(page)
    assert sent["target-0"] == "archive_code"
    preview = text_of(client.post(place, sent | {"act": "preview", "target-5": ""}))
    assert ("Required elements are missing." if language == "en" else "还缺少必填的著录项。") in preview
    refused = text_of(client.post(place, sent | {"act": "check", "target-5": ""}))
    assert ("Title" if language == "en" else "题名") in refused
    saved = client.post(place, sent | {"act": "save", "name": "老目录"})
    assert saved.status_code == 302
    assert Crosswalk.objects.get().name == "老目录"
    checked = client.post(place, sent | {"act": "check", "name": "老目录"})
    assert checked["Location"] == place.replace("crosswalk/", "")
    run_jobs(drain=True)
    one = checked["Location"]
    page = text_of(client.get(one))
    assert "I3" in page
    assert ("Import 2 lines" if language == "en" else "导入 2 行") in page
    assert client.post(f"{one}run/").status_code == 302
    assert client.post(f"{one}run/").status_code == 302
    text_of(client.get(f"{one}progress/"))
    run_jobs(drain=True)
    page = text_of(client.get(one))
    assert ("Finished with problems." if language == "en" else "完成但有异常。") in page
    assert Record.objects.count() == 2
    lines = text_of(client.get(f"{one}lines/", {"state": "faulty"}))
    assert "I3 成文日期" in lines
    text_of(client.get(f"{one}lines/"))
    text_of(client.get(reverse("imports")))
    assert "老目录" in text_of(client.get(reverse("crosswalks")))
    assert client.get(place).status_code == 302
    assert client.post(f"{one}run/").status_code == 200
    record = Record.objects.order_by("pk")[0]
    assert "关于第1号事项的批复" in text_of(client.get(reverse("record", args=[record.record_code])))


def test_what_stayed_out_comes_back_as_it_was_and_is_taken_when_mended(archivist: Person) -> None:
    client = signed_in(archivist)
    catalogue = take(archivist, bring(archivist, as_csv([row(1), row(2, 成文日期="不详"), row(3, 页数="若干")])))
    data = body_of(client.get(reverse("import-file", args=[catalogue.pk, "refused", "csv"])))
    assert (
        data.decode("utf-8-sig").splitlines()
        == as_csv([row(2, 成文日期="不详"), row(3, 页数="若干")]).decode("utf-8-sig").splitlines()
    )
    mended = data.replace("不详".encode(), b"2011.6").replace("若干".encode(), b"3")
    again = take(archivist, bring(archivist, mended))
    assert Record.objects.count() == 3
    assert again.rules == catalogue.rules
    report = body_of(client.get(reverse("import-file", args=[catalogue.pk, "report", "xlsx"])))
    sheet = openpyxl.load_workbook(io.BytesIO(report)).active
    assert sheet is not None
    assert [each[1] for each in sheet.iter_rows(values_only=True)] == ["结果", "已导入", "有错误", "有错误"]
    faults = body_of(client.get(reverse("import-file", args=[catalogue.pk, "faults", "csv"]))).decode("utf-8-sig")
    assert "3,I,成文日期,I3,日期,不导入,不能识别为日期,不详" in faults
    for which, kind in (("faults", "pdf"), ("others", "csv"), ("report", "xml")):
        assert client.get(reverse("import-file", args=[catalogue.pk, which, kind])).status_code == 404


def test_a_catalogue_goes_out_and_the_ledger_knows(archivist: Person, tmp_path: Any) -> None:
    append_noted_entries()
    take(archivist, bring(archivist, as_csv([row(1), row(2)])))
    client = signed_in(archivist)
    text_of(client.get(reverse("export")))
    assert "没有符合条件的档案。" in text_of(client.post(reverse("export"), {"kind": "csv", "text": "没有"}))
    for kind in ("csv", "xlsx", "xml"):
        data = body_of(client.post(reverse("export"), {"kind": kind, "fonds": "0059", "year_from": "2011"}))
        (tmp_path / kind).write_bytes(data)
        look = look_at_table(tmp_path / kind)
        assert "关于第2号事项的批复" in str(look.lines)
    code = Record.objects.order_by("pk")[0].archive_code
    one = body_of(client.post(reverse("export"), {"kind": "csv", "codes": f"{code}\n没有\n"})).decode("utf-8-sig")
    assert len(one.splitlines()) == 2
    append_noted_entries()
    told = list_entries(kinds=["catalogue.exported"], limit=9)
    assert [each.detail["records"] for each in told] == [1, 2, 2, 2]
    assert told[0].actor == f"person:{archivist.pk}"


def test_wrong_input_is_told_and_kept_nowhere(archivist: Person) -> None:
    client = signed_in(archivist)
    assert "请选择目录文件。" in text_of(client.post(reverse("import-new"), {}))
    old = SimpleUploadedFile("旧.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert "另存为 .xlsx" in text_of(client.post(reverse("import-new"), {"table": old}))
    assert not CatalogueImport.objects.exists()
    catalogue = bring(archivist, as_csv([row(1)]))
    place = reverse("import-crosswalk", args=[catalogue.pk])
    sent = fields_of(text_of(client.get(place)))
    slow = sent | {"act": "check", "act-5-0": "part", "option-5-0": "(a+)+$"}
    assert "嵌套的重复" in text_of(client.post(place, slow))
    assert "代码对照”应写成" in text_of(
        client.post(place, sent | {"act": "check", "act-4-0": "codes", "option-4-0": "x"})
    )
    assert client.post(place, sent | {"act": "check", "target-0": "nothing"}).status_code == 200
    header = reverse("import-header", args=[catalogue.pk])
    assert client.post(header, {"head-first": "x", "head-last": "1"}).status_code == 302
    assert client.post(header, {"head-first": "0", "head-last": "0"}).status_code == 302
    catalogue.refresh_from_db()
    assert catalogue.columns[:3] == ["A", "B", "C"]
    for name in ("import", "import-lines", "import-crosswalk", "import-progress"):
        assert client.get(reverse(name, args=[catalogue.pk + 999])).status_code == 404


def test_a_failed_job_is_taken_up_where_it_stopped(archivist: Person) -> None:
    client = signed_in(archivist)
    catalogue = bring(archivist, as_csv([row(1), row(2)]))
    place, run = (reverse(name, args=[catalogue.pk]) for name in ("import", "import-run"))
    queue_check(catalogue_id=catalogue.pk, by=by(archivist))
    assert "可以从中断的地方接着做" not in text_of(client.get(place))
    assert client.post(run).status_code == 302
    for key in ("import.check", "import.run"):
        Job.objects.filter(key=f"{key}:{catalogue.pk}").update(state=JobState.FAILED, finished_at=timezone.now())
        assert "可以从中断的地方接着做" in text_of(client.get(place))
        for _press in range(2):
            assert client.post(run).status_code == 302
        assert Job.objects.filter(key=f"{key}:{catalogue.pk}", state=JobState.WAITING).count() == 1
        run_jobs(drain=True)
        if key == "import.check":
            queue_import(catalogue_id=catalogue.pk, by=by(archivist), now=timezone.now())
    assert Record.objects.count() == 2


def test_pages_ask_little_of_the_database(
    archivist: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    catalogue = take(archivist, bring(archivist, as_csv([row(1), row(2, 成文日期="不详")], head=HEAD)))
    other = bring(archivist, as_csv([row(9)]))
    client = signed_in(archivist)
    client.get(reverse("imports"))
    pages = [reverse(name) for name in ("imports", "import-new", "crosswalks", "export")]
    pages += [reverse(name, args=[catalogue.pk]) for name in ("import", "import-lines")]
    pages.append(reverse("import-crosswalk", args=[other.pk]))
    for page in pages:
        with django_assert_max_num_queries(12):
            response = client.get(page)
        assert response.status_code == 200
        assert len(response.content) < 120_000, (page, len(response.content))
