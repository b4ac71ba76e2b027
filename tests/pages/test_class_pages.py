"""The pages of the classification scheme: versions with effects told before, by day, withdrawn; what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from lantai.administration.models import Person, RecordClass, Role, SchemeChange
from lantai.catalog.models import Record
from lantai.catalog.queries.effects import members_of, move_effects
from lantai.catalog.services.moving import destination_of, move_records
from lantai.ledger.models import Entry
from tests.catalog.arranged import FONDS, found_fonds, put
from tests.make_people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.database]
YEAR = timezone.localdate().year + 1
FIRST = date(YEAR, 1, 1)


@pytest.fixture(scope="module")
def people(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Mapping[Role, Person]]:
    with django_db_blocker.unblock():
        made = found_fonds(Role.ARCHIVIST, Role.DEPARTMENT)
        put(1, 2, formed_on=date(2026, 3, 1))
        put(3, 1, formed_on=FIRST, year=YEAR)
        yield made
        call_command("flush", verbosity=0, interactive=False)


@pytest.fixture
def client(people: Mapping[Role, Person]) -> Client:
    return signed_in(people[Role.ARCHIVIST])


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def given(act: str, **more: Any) -> dict[str, Any]:
    return {"act": act, "day": FIRST.isoformat(), "basis": "分类方案修订", **more}


def done(client: Client, data: dict[str, Any]) -> HttpResponse:
    """Look at what a change does, and do it."""
    page = text_of(client.post(reverse("arrangement-class-change"), data))
    assert 'name="act_now"' in page, page
    mark = page.split('name="act_now" value="')[1].split('"')[0]
    return client.post(reverse("arrangement-class-change"), {**data, "act_now": mark})


def test_a_class_is_closed_with_its_effects_told(client: Client) -> None:
    data = given("closed", path="ZY·XK", successor="ZY")
    shown = text_of(client.post(reverse("arrangement-class-change"), data))
    assert "将产生的影响" in shown and f"{FIRST.isoformat()} 起形成的档案归入 ZY" in shown
    assert "其中生效日期起形成的" in shown and not SchemeChange.objects.exists()
    mark = shown.split('name="act_now" value="')[1].split('"')[0]
    other = client.post(reverse("arrangement-class-change"), {**data, "basis": "别的依据", "act_now": mark})
    assert other.status_code == 200 and not SchemeChange.objects.exists(), "only what was shown is done"
    assert done(client, data)["Location"] == f"{reverse('arrangement-classes')}?day={FIRST.isoformat()}"
    now = text_of(client.get(reverse("arrangement-classes")))
    assert "项变更待生效" in now and "<td" in now and "ZY·XK" in now.split("历次变更")[0]
    then = text_of(client.get(reverse("arrangement-classes"), {"day": FIRST.isoformat()}))
    assert "第 2 版" in then and "ZY·XK" not in then.split("历次变更")[0].partition('id="main"')[2]
    [entry] = Entry.objects.filter(kind="administration.class-closed")
    assert entry.subject == "class:ZY·XK"
    again = text_of(client.post(reverse("arrangement-class-change"), data))
    assert "不在用" in again and 'name="act_now"' not in again


def test_records_go_into_classes_of_their_own_date_only(client: Client) -> None:
    done(client, given("added", path="ZY", code="NEW", name="新类"))
    rows = members_of(ids=list(Record.objects.order_by("pk").values_list("pk", flat=True)))
    to = destination_of(target={"fonds": FONDS, "classes": "ZY·NEW"})
    refused = {each.id: each.refused for each in move_effects(rows=rows, to=to)}
    assert [refused[row.pk] for row in rows] == ["class-of-other-days", "class-of-other-days", ""]
    who = {"actor": "person:1", "role": "archivist", "address": ""}
    told = move_records(
        record_ids=[row.pk for row in rows], to=to, reason="改类", renumber=False, by=who, now=timezone.now()
    )
    assert [(each["key"], each["values"]) for each in told] == [("class-of-other-days", {"day": "2026-03-01"})] * 2
    assert list(Record.objects.order_by("pk").values_list("class_code", flat=True)) == ["XK", "XK", "NEW"]
    frozen = Record.objects.order_by("pk").last()
    assert frozen is not None and frozen.archive_code == rows[-1].archive_code, "codes stay"


def test_a_change_to_come_is_withdrawn_with_a_reason(client: Client) -> None:
    done(client, given("renamed", path="ZY·XK", name="许可"))
    number = SchemeChange.objects.get().pk
    address = reverse("arrangement-classes")
    assert client.post(address, {"change": number, "reason": " "}).status_code == 302
    assert SchemeChange.objects.get().withdrawn_at is None
    for number_sent in ("x", "9" * 30, str(number + 1)):
        client.post(address, {"change": number_sent, "reason": "r"})
    assert SchemeChange.objects.get().withdrawn_at is None
    client.post(address, {"change": number, "reason": "名称未定"})
    row = SchemeChange.objects.get()
    assert (row.withdrawn_reason, row.withdrawn_at is None) == ("名称未定", False)
    assert "名称未定" in text_of(client.get(address))
    client.post(address, {"change": number, "reason": "再来"})
    assert Entry.objects.filter(kind="administration.class-change-withdrawn").count() == 1


def test_every_fault_is_told_and_nothing_is_done(client: Client) -> None:
    for data, faults in (
        (given("added", code="", name=""), ("请填写新类别的代码", "请填写名称")),
        (given("added", code="小写", name="x"), ("代码",)),
        (given("renamed", path="", name="x"), ("请选择类别",)),
        (given("closed", path=""), ("请选择类别",)),
        (given("closed", path="ZY"), ("须先停用下级类别",)),
        ({**given("no"), "day": "2999-99-99", "basis": ""}, ("有 3 处需要修改",)),
    ):
        page = text_of(client.post(reverse("arrangement-class-change"), data))
        for fault in faults:
            assert fault in page, (data, fault)
        assert 'name="act_now"' not in page
    assert client.get(reverse("arrangement-classes"), {"day": "2026-13-40"}).status_code == 200
    assert not SchemeChange.objects.exists() and RecordClass.objects.count() == RecordClass.objects.distinct().count()


def test_in_english_with_few_queries_and_for_archivists(
    people: Mapping[Role, Person], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    Person.objects.filter(pk=people[Role.ARCHIVIST].pk).update(language="en")
    client = signed_in(Person.objects.get(pk=people[Role.ARCHIVIST].pk))
    done(client, given("added", path="ZY", code="NEW", name="新类", name_en="new ones", item_type="05"))
    for name, query, words in (
        ("arrangement-classes", {"day": FIRST.isoformat()}, "new ones"),
        ("arrangement-class-change", {}, "Preview"),
    ):
        with django_assert_max_num_queries(12):
            page = text_of(client.get(reverse(name), query))
        assert words in page, name
    Person.objects.filter(pk=people[Role.ARCHIVIST].pk).update(language="zh-hans")
    assert signed_in(people[Role.DEPARTMENT]).get(reverse("arrangement-classes")).status_code == 403
