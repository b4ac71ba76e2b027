"""The tree, the codes, the schemes and the printed forms as pages: fast with many, for each reader what he may see."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from lantai.administration.models import CodeScheme, Person, RecordClass, Role
from lantai.catalog.models import Grant, Level, Record, RecordState
from lantai.ledger.models import Entry
from lantai.ledger.services import append_noted_entries
from tests.catalog.arranged import FONDS, OTHER_FONDS, body_of, found_fonds, put
from tests.make_people import make_person, signed_in
from tests.pages.test_staff_pages import NAUGHTY

pytestmark = [pytest.mark.django_db, pytest.mark.database]
READERS = (Role.ARCHIVIST, Role.DEPARTMENT, Role.LEADER, Role.SUPERVISOR)
LONG = "关于" + "很长的题名" * 39 + "的批复"


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Mapping[Role, Person]]:
    """Two fonds with records of three classes, a volume, a restricted record; made once."""
    with django_db_blocker.unblock():
        made = found_fonds(*READERS)
        for number in range(1, 61):
            put(number, 1, archive_code=f"J019-ZY·XK·2026·D30-{number:06d}")
        put(61, 3)
        put(64, 1, secrecy=1, title="限制件", archive_code="J019-ZY·XK·2025·D30-000001", year=2025)
        put(65, 1, fonds_code=OTHER_FONDS, organisation_id=body_of("B"), title="财政局件")
        (volume,) = put(66, 1, level=Level.VOLUME, category_code="KU", class_code="01", title="会计卷", volume_number=1)
        put(67, 2, category_code="KU", class_code="01", parent_id=volume.pk, title=LONG, pages=12)
        yield made
        call_command("flush", verbosity=0, interactive=False)


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def get(client: Client, name: str, *arguments: Any, **query: Any) -> str:
    response = client.get(reverse(name, args=arguments), query)
    assert response.status_code == 200, (name, response.status_code)
    return text_of(response)


def main_of(page: str) -> str:
    return page.partition('id="main"')[2]


def test_from_the_fonds_down_to_an_item(people: Mapping[Role, Person]) -> None:
    client = signed_in(people[Role.ARCHIVIST])
    root = get(client, "arrangement")
    assert reverse("arrangement-fonds", args=[FONDS]) in root and "云岭县财政局全宗" in root
    fonds = get(client, "arrangement-fonds", FONDS)
    assert reverse("arrangement-class", args=[FONDS, "ZY·XK"]) in fonds and "2025–2026" in fonds
    classes = get(client, "arrangement-class", FONDS, "ZY·XK")
    assert reverse("arrangement-year", args=[FONDS, "ZY·XK", 2026]) in classes
    year = get(client, "arrangement-year", FONDS, "ZY·XK", 2026)
    assert "J019-ZY·XK·2026·D30-000001" in year and "J019-ZY·XK·2026·D30-000051" not in year
    following = year.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = text_of(client.get(following))
    assert "J019-ZY·XK·2026·D30-000051" in second and 'rel="next"' not in second
    previous = second.partition('rel="prev"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "J019-ZY·XK·2026·D30-000001" in text_of(client.get(previous))
    unnumbered = get(client, "arrangement-year", FONDS, "ZY·XK", 2026, show="unnumbered")
    assert unnumbered.count("无档号") == 0 and f"E{61:026d}" in unnumbered
    volumes = get(client, "arrangement-year", FONDS, "KU·01", 2026)
    assert "会计卷" in volumes and LONG not in volumes
    volume = get(client, "arrangement-volume", f"E{66:026d}")
    assert LONG in volume


def test_the_script_opens_lines_of_the_tree_in_place(people: Mapping[Role, Person]) -> None:
    client = signed_in(people[Role.ARCHIVIST])
    opened = get(client, "arrangement-fonds", FONDS, branch="open")
    assert opened.strip().startswith("<li") and "ZY·XK" in opened and "<html" not in opened
    assert "2025" in get(client, "arrangement-class", FONDS, "ZY·XK", branch="open")
    assert "2025" not in get(client, "arrangement-class", FONDS, "ZY·XK", branch="shut")
    assert "会计卷" in get(client, "arrangement-year", FONDS, "KU·01", 2026, branch="open")


def test_each_reader_sees_what_he_may(people: Mapping[Role, Person]) -> None:
    own, leader = signed_in(people[Role.DEPARTMENT]), signed_in(people[Role.LEADER])
    assert "云岭县财政局全宗" not in main_of(get(own, "arrangement"))
    assert own.get(reverse("arrangement-fonds", args=[OTHER_FONDS])).status_code == 404
    assert "财政局件" in get(leader, "arrangement-year", OTHER_FONDS, "ZY·XK", 2026)
    assert 'name="selected"' not in get(leader, "arrangement-year", FONDS, "ZY·XK", 2026)
    unclear = signed_in(make_person(Role.ARCHIVIST, username="unclear"))
    assert "限制件" in get(signed_in(people[Role.ARCHIVIST]), "arrangement-year", FONDS, "ZY·XK", 2025)
    assert unclear.get(reverse("arrangement-year", args=[FONDS, "ZY·XK", 2025])).status_code == 404
    assert "2025" not in main_of(get(unclear, "arrangement-class", FONDS, "ZY·XK"))
    Grant.objects.create(
        record=Record.objects.get(title="限制件"),
        person_id=Person.objects.get(username="unclear").pk,
        acts=" exist describe ",
        until=date.max,
        basis="借阅",
        given_by="test",
        given_at=timezone.now(),
    )
    assert "限制件" in get(unclear, "arrangement-year", FONDS, "ZY·XK", 2025)


def test_nonsense_in_addresses_gives_exact_pages(people: Mapping[Role, Person]) -> None:
    client = signed_in(people[Role.ARCHIVIST])
    year = reverse("arrangement-year", args=[FONDS, "ZY·XK", 2026])
    for each in NAUGHTY:
        for field in ("show", "after", "before"):
            assert client.get(year, {field: each}).status_code == 200, (field, each)
            assert client.get(year, {"show": "unnumbered", field: each}).status_code == 200, (field, each)
        assert client.get(reverse("arrangement-codes"), {"scope": each, "after": each}).status_code == 200
        assert client.get(reverse("arrangement-codes"), {"fonds": each, "page": each}).status_code == 200
        assert client.get(reverse("arrangement-printing"), {"fonds": each, "year": each}).status_code in (200, 404)
        if "/" not in each:
            assert client.get(reverse("arrangement-fonds", args=[each])).status_code == 404, each
            assert client.get(reverse("arrangement-class", args=[FONDS, each])).status_code == 404, each
            assert client.get(reverse("arrangement-volume", args=[each])).status_code == 404, each
            assert client.get(reverse("arrangement-scheme", args=[each])).status_code == 404, each
    assert client.get(reverse("arrangement-year", args=[FONDS, "ZY·XK", 99999999])).status_code == 404
    assert client.get(reverse("arrangement-plan", args=[999999])).status_code == 404


def hundred_thousand() -> None:
    """So many items of one year: a thousand by the model, copied by the database ninety-nine times."""
    now = timezone.now()
    Record.objects.bulk_create(
        [
            Record(
                record_code=f"M{n:020d}",
                archive_code=f"J019-ZY·QR·2024·D30-000{n:03d}",
                fonds_code=FONDS,
                category_code="ZY",
                class_code="QR",
                year=2024,
                retention="D30",
                title=f"确认书 {n}",
                creator="云岭县行政审批局",
                formed_on=date(2024, 1, 1) + timedelta(days=n % 366),
                organisation_id=body_of(),
                accessioned_at=now,
                changed_at=now,
            )
            for n in range(1000)
        ]
    )
    columns = [each.column for each in Record._meta.concrete_fields if not each.primary_key]
    copied = {"record_code": "record_code || %s", "archive_code": "replace(archive_code, 'D30-000', %s)"}
    chosen = ", ".join(copied.get(each, each) for each in columns)
    with connection.cursor() as cursor:
        for n in range(1, 100):
            cursor.execute(
                f"INSERT INTO catalog_record ({', '.join(columns)}) SELECT {chosen} FROM catalog_record"
                " WHERE archive_code LIKE 'J019-ZY·QR·2024·D30-000%%'",
                [f"-{n}", f"D30-{n:03d}"],
            )


@pytest.mark.slow
def test_a_hundred_thousand_children_in_few_queries(
    people: Mapping[Role, Person], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    hundred_thousand()
    client, own = signed_in(people[Role.ARCHIVIST]), signed_in(people[Role.DEPARTMENT])
    year = reverse("arrangement-year", args=[FONDS, "ZY·QR", 2024])
    middle = f"{year}?show=items&after=J019-ZY·QR·2024·D30-060000"
    volume = reverse("arrangement-volume", args=[f"E{66:026d}"])
    root, fonds = reverse("arrangement"), reverse("arrangement-fonds", args=[FONDS])
    branch = f"{fonds}?branch=open"
    for reader in (client, own):
        for address in (root, fonds, year, middle, branch, volume):
            with django_assert_max_num_queries(12):
                begun = time.perf_counter()
                response = reader.get(address)
                print(f"{address}: {1000 * (time.perf_counter() - begun):.0f} ms")
            assert response.status_code == 200
            assert "100,0" in text_of(response) or address in (branch, volume)
    page = text_of(client.get(middle))
    assert "J019-ZY·QR·2024·D30-060001" in page and len(page.encode()) < 400_000
    with connection.cursor() as cursor:
        place = "fonds_code = 'J019' AND category_code = 'ZY' AND class_code = 'QR' AND year = 2024"
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN SELECT count(*) FROM catalog_record WHERE {place} AND secrecy <= 1")
            assert "COVERING INDEX catalog_arranged" in str(cursor.fetchall())


def test_a_rule_is_previewed_with_real_codes_and_kept_as_a_version(people: Mapping[Role, Person]) -> None:
    client = signed_in(people[Role.ARCHIVIST])
    place = reverse("arrangement-scheme", args=[FONDS])
    assert "fonds-category·class2·year·retention-item:6" in text_of(client.get(place))
    day = timezone.localdate() + timedelta(days=1)
    fields = {
        "rule-category": "ZY",
        "rule-structure": "fonds-category·class2·year-retention-item:4",
        "rule-scope": "",
        "rule-valid_from": day.isoformat(),
    }
    page = text_of(client.post(place, fields | {"act": "preview"}))
    assert "J019-ZY·XK·2026-D30-0001" in page and "已有的 61 个档号不变" in page and "现有 3 件未编号" in page
    assert CodeScheme.objects.count() == 2
    assert "规则不能使用" in text_of(
        client.post(place, fields | {"rule-structure": "fonds-nonsense", "act": "preview"})
    )
    assert "不能早于今天" in text_of(client.post(place, fields | {"rule-valid_from": "2020-01-01", "act": "publish"}))
    assert client.post(place, fields | {"act": "publish"}).status_code == 302
    made = CodeScheme.objects.get(fonds__code=FONDS)
    assert (made.valid_from, made.rule["structure"]) == (day, fields["rule-structure"])
    assert CodeScheme.objects.get(category="ZY", fonds=None).valid_to is None
    entry = Entry.objects.get(kind="administration.code-scheme-published", subject=f"code-scheme:{FONDS}:ZY")
    assert entry.actor == f"person:{people[Role.ARCHIVIST].pk}"
    again = client.post(place, fields | {"act": "publish"})
    assert "新的档号规则须在" in text_of(again) and CodeScheme.objects.count() == 3
    record = Record.objects.get(record_code=f"E{1:026d}")
    assert record.archive_code == "J019-ZY·XK·2026·D30-000001"


def test_a_class_is_added_under_another(people: Mapping[Role, Person]) -> None:
    client = signed_in(people[Role.ARCHIVIST])
    place = reverse("arrangement-scheme", args=[FONDS])
    fields = {"class-parent": "ZY·XK", "class-code": "ZC", "class-name": "准入", "class-name_en": "", "act": "class"}
    assert client.post(place, fields).status_code == 302
    assert RecordClass.objects.get(path="ZY·XK·ZC").level == 3
    assert "已存在" in text_of(client.post(place, fields))
    assert client.post(place, fields | {"class-code": "小写"}).status_code == 200
    assert RecordClass.objects.filter(path__startswith="ZY·XK·").count() == 1


def pdf_text(response: HttpResponse) -> list[str]:
    """The words of each page of a PDF answer."""
    assert response["Content-Type"] == "application/pdf"
    document = pypdfium2.PdfDocument(io.BytesIO(response.content))
    return [page.get_textpage().get_text_range().replace("\r\n", "") for page in document]


def test_forms_are_printed_in_chinese_and_leave_an_entry(people: Mapping[Role, Person]) -> None:
    client = signed_in(people[Role.ARCHIVIST])
    year = {"fonds": FONDS, "classes": "ZY·XK", "year": "2026"}
    assert "归档文件目录" in get(client, "arrangement-printing", **year)
    Record.objects.filter(record_code=f"E{2:026d}").update(state=RecordState.DESTROYED)
    pages = pdf_text(client.get(reverse("arrangement-printed", args=["catalogue"]), year))
    assert len(pages) >= 2 and "归档文件目录" in pages[0] and "J019-ZY·XK·2026·D30-000001" in pages[0]
    assert "J019-ZY·XK·2026·D30-000002" not in pages[0]
    assert "J019-ZY·XK·2026·D30-000060" in pages[-1] and "密级" in pages[-1]
    label = pdf_text(client.get(reverse("arrangement-printed", args=["label"]), year | {"spine": "40", "box": "3"}))
    assert len(label) == 2 and "盒号" in label[0] and "起件号" in label[1]
    volume = {"volume": f"E{66:026d}"}
    (inside,) = pdf_text(client.get(reverse("arrangement-printed", args=["inside"]), volume))
    assert "卷内文件目录" in inside and LONG in inside
    (note,) = pdf_text(
        client.get(reverse("arrangement-printed", args=["note"]), volume | {"arranger": "王芳", "note": "缺第三页"})
    )
    assert "共 2 件，24 页" in note and "缺第三页" in note and "王芳" in note
    volumes = pdf_text(
        client.get(
            reverse("arrangement-printed", args=["volumes"]), {"fonds": FONDS, "classes": "KU·01", "year": "2026"}
        )
    )
    assert "案卷目录" in volumes[0] and "会计卷" in volumes[0]
    assert client.get(reverse("arrangement-printed", args=["inside"]), year).status_code == 404
    append_noted_entries()
    assert Entry.objects.filter(kind="catalogue.printed").count() == 5


def test_the_pages_are_read_in_english(people: Mapping[Role, Person]) -> None:
    Person.objects.filter(pk=people[Role.ARCHIVIST].pk).update(language="en")
    client = signed_in(Person.objects.get(pk=people[Role.ARCHIVIST].pk))
    for name, arguments, query, words in (
        ("arrangement", (), {}, "Fonds and classes"),
        ("arrangement-year", (FONDS, "ZY·XK", 2026), {}, "Keep the ticks of this page"),
        ("arrangement-codes", (), {}, "Use of archive codes"),
        ("arrangement-scheme", (FONDS,), {}, "Classification scheme"),
        ("arrangement-printing", (), {"volume": f"E{66:026d}"}, "Back note"),
    ):
        assert words in get(client, name, *arguments, **query), name
