"""Memo files of DBF tables, several transforms a column, and uploaded files that are swept."""

from __future__ import annotations

import io
import os
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from lantai.administration.models import Role
from lantai.ingest.area import import_path
from lantai.ingest.import_forms import CrosswalkForm, initial_of
from lantai.ingest.models import CatalogueImport, ImportState
from lantai.ingest.services import sweep_imports
from lantai.ingest.services.imports import ImportRefused, open_catalogue
from tests.archival.tables.test_reading import dbf, memo_file
from tests.ingest.county import found_county
from tests.ingest.importing import as_csv, bring, by, row
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


def table_with_memo() -> tuple[bytes, bytes]:
    beside, (block,) = memo_file("three", ["备注里的提要".encode("gb18030")])
    data = bytearray(
        dbf([("题名", "C", 10), ("提要", "M", 10)], [(" ", b"x".ljust(10) + str(block).rjust(10).encode())])
    )
    data[0] = 0x83
    return bytes(data), beside


def test_a_memo_file_comes_with_its_table() -> None:
    found_county()
    person = make_person(Role.ARCHIVIST)
    table, beside = table_with_memo()
    client = signed_in(person)
    given: dict[str, Any] = {
        "table": SimpleUploadedFile("目录.dbf", table),
        "memo": SimpleUploadedFile("目录.dbt", beside),
    }
    place = client.post(reverse("import-new"), given)["Location"]
    assert "备注里的提要" in client.get(place).content.decode()
    wrong = client.post(
        reverse("import-new"),
        {"table": SimpleUploadedFile("a.csv", as_csv([row(1)])), "memo": SimpleUploadedFile("a.dbt", beside)},
    )
    assert "备注文件只随 DBF 表上传" in wrong.content.decode()
    assert CatalogueImport.objects.count() == 1
    with pytest.raises(ImportRefused):
        open_catalogue(
            name="a.csv",
            stream=io.BytesIO(as_csv([row(1)])),
            memo=io.BytesIO(beside),
            by=by(person),
            now=timezone.now(),
        )


def test_a_column_goes_through_several_transforms() -> None:
    found_county()
    person = make_person(Role.ARCHIVIST)
    catalogue = bring(person, as_csv([row(1)]))
    columns = catalogue.columns
    steps = [
        {"act": "trim", "marks": "《》"},
        {"act": "split", "by": "/", "part": 2},
        {"act": "part", "pattern": "([0-9]+)"},
    ]
    rules = [{"target": "note", "columns": [columns[0]], "steps": steps}]
    initial = initial_of(rules, columns)
    form = CrosswalkForm(initial, columns=columns)
    assert form.is_valid() and form.rules() == rules
    two = [{"target": "note", "columns": columns[:2], "steps": steps}]
    form = CrosswalkForm(initial_of(two, columns), columns=columns)
    assert form.is_valid() and form.rules() == two
    page = signed_in(person).get(reverse("import-crosswalk", args=[catalogue.pk])).content.decode()
    assert page.count('name="act-0-') == 4 and "再加转换" in page


def test_uploaded_files_are_swept_after_their_days(settings: Settings) -> None:
    found_county()
    person, now = make_person(Role.ARCHIVIST), timezone.now()
    old, busy, fresh = (bring(person, as_csv([row(number)])) for number in (1, 2, 3))
    long_ago = now - timedelta(days=91)
    for each in (old, busy):
        CatalogueImport.objects.filter(pk=each.pk).update(at=long_ago)
        os.utime(import_path(each.pk, "table").parent, (long_ago.timestamp(), long_ago.timestamp()))
    CatalogueImport.objects.filter(pk=busy.pk).update(state=ImportState.RUNNING)
    left = import_path(987654, "table")
    left.parent.mkdir(parents=True)
    left.write_bytes(b"x")
    os.utime(left.parent, (long_ago.timestamp(), long_ago.timestamp()))
    assert sweep_imports(now=now) == 2
    assert not import_path(old.pk, "table").exists() and not left.exists()
    assert import_path(busy.pk, "table").exists() and import_path(fresh.pk, "table").exists()
    client = signed_in(person)
    for name in ("import", "import-crosswalk"):
        assert client.get(reverse(name, args=[old.pk])).status_code == 200
    settings.LANTAI_KEEP_IMPORTS = 365
    CatalogueImport.objects.filter(pk=busy.pk).update(state=ImportState.DONE)
    assert sweep_imports(now=now) == 0
