"""Changes with a day: every field of an item, entered now, in force on its day, withdrawn before, taken back after."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import DatedChange, Organisation, Person, RecordClass, Role, ServiceItem
from lantai.administration.queries.dated_changes import item_classes, item_state_on
from lantai.administration.services import bring_changes_into_force
from lantai.administration.services.coming_into_force import changes_in_force
from lantai.administration.services.dated_changes import withdraw_change
from lantai.administration.services.evidence import ReferenceRefused
from lantai.administration.services.item_details import ItemDetails, change_item, undo_item_change
from lantai.administration.services.people_access import CONSOLE
from lantai.site.coming_changes import bring_due_changes
from lantai.work.models import DueWork
from tests.make_people import signed_in
from tests.pages.archive import Archive
from tests.pages.test_rule_pages import confirmed, said, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.xdist_group("index")]
TODAY = timezone.localdate
ONE_DAY = timedelta(days=1)


def at(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day, 0, 1))


@pytest.fixture
def archivist(archive: Archive) -> Client:
    return signed_in(archive.people[Role.ARCHIVIST])


@pytest.fixture
def item(archive: Archive) -> ServiceItem:
    return ServiceItem.objects.create(code="0119000101", name="食品经营许可", type="01", organisation=archive.body)


def typed(item: ServiceItem, day: date, **changes: Any) -> dict[str, Any]:
    """The form of an item as it stands, with *changes*."""
    held = {
        "name": item.name,
        "type": item.type,
        "organisation": item.organisation.code if item.organisation else "",
        "record_class": item.record_class.path if item.record_class else "",
        "promised_days": item.promised_days,
        "ended_on": "",
    }
    return held | {"valid_from": day.isoformat(), "reason": "事项目录调整"} | changes


def test_every_field_is_changed_from_a_day_on(archivist: Client, archive: Archive, item: ServiceItem) -> None:
    address = reverse("item-edit", args=[item.code])
    changes = {
        "name": "食品经营（含小餐饮）许可",
        "type": "20",
        "organisation": archive.other.code,
        "record_class": "ZY·XK",
        "promised_days": "12",
        "ended_on": "2031-12-31",
    }
    data = typed(item, TODAY(), **changes)
    shown = text_of(archivist.post(address, data))
    for words in ("食品经营许可 → 食品经营（含小餐饮）许可", "01 → 20", "— → ZY·XK", "0 → 12", "— → 2031-12-31"):
        assert words in shown, words
    item.refresh_from_db()
    assert item.name == "食品经营许可", "nothing happens before it is confirmed"
    assert confirmed(archivist, address, data).status_code == 302
    item.refresh_from_db()
    assert (item.name, item.type, item.organisation, item.promised_days) == (
        "食品经营（含小餐饮）许可",
        "20",
        archive.other,
        12,
    )
    assert (str(item.record_class), item.ended_on) == ("ZY·XK 行政许可", date(2031, 12, 31))
    [entry] = said("item-changed")
    assert (entry.detail["before"]["name"], entry.detail["after"]["name"]) == ("食品经营许可", item.name)
    assert (entry.detail["after"]["day"], entry.detail["reason"]) == (TODAY().isoformat(), "事项目录调整")
    page = text_of(archivist.get(reverse("service-item", args=[item.code])))
    assert "登记沿革" in page and "已生效" in page and "承诺时限：0 → 12" in page
    again = text_of(archivist.post(address, typed(item, TODAY(), ended_on="2031-12-31")))
    assert "没有改动" in again and 'name="confirmed"' not in again
    wrong = text_of(archivist.post(address, {**data, "name": "", "promised_days": "-1", "organisation": "不存在"}))
    assert wrong.count("lt-field__error") >= 3 or wrong.count("error") >= 3


def test_a_later_change_waits_for_its_day(archivist: Client, archive: Archive, item: ServiceItem) -> None:
    day = TODAY() + timedelta(days=30)
    address = reverse("item-edit", args=[item.code])
    data = typed(item, day, name="食品经营备案", record_class="ZY·XK")
    assert confirmed(archivist, address, data).status_code == 302
    item.refresh_from_db()
    assert (item.name, item.record_class) == ("食品经营许可", None)
    [change] = DatedChange.objects.all()
    assert [each.subject for each in said("change-planned")] == [f"item:{item.code}"]
    assert not said("item-changed")
    shown = text_of(archivist.get(reverse("service-item", args=[item.code])))
    assert f"{day} 待生效：" in shown
    listed = text_of(archivist.get(reverse("service-items"), {"state": "waiting"}))
    assert f"在办，{day} 起变更" in listed and "待生效的变更（1）" in listed
    every = text_of(archivist.get(reverse("dated-changes")))
    assert "事项名称：食品经营备案；归入类别：ZY·XK" in every
    for when, name, path in ((day - ONE_DAY, "食品经营许可", ""), (day, "食品经营备案", "ZY·XK")):
        assert item_state_on(item=item, day=when)["name"] == name
        assert item_classes(codes=[item.code]).on(item.code, when) == path
    assert bring_changes_into_force(now=at(day - ONE_DAY)) == 0
    changes_in_force(now=at(day))
    item.refresh_from_db()
    assert (item.name, str(item.record_class)) == ("食品经营备案", "ZY·XK 行政许可")
    assert len(said("item-changed")) == 1 and said("item-changed")[0].actor.startswith("person:")
    assert bring_changes_into_force(now=at(day + ONE_DAY)) == 0, "once is once"
    with pytest.raises(ReferenceRefused, match="不能再撤回"):
        withdraw_change(number=change.pk, reason="x", by=CONSOLE, now=at(day))
    assert item_state_on(item=item, day=TODAY())["name"] == "食品经营许可", "the days before keep their state"


def test_what_waits_is_withdrawn_with_a_reason(archivist: Client, item: ServiceItem) -> None:
    day = TODAY() + timedelta(days=3)
    confirmed(archivist, reverse("item-edit", args=[item.code]), typed(item, day, promised_days="3"))
    change = DatedChange.objects.get()
    address = reverse("dated-change", args=[change.pk])
    assert "撤回变更" in text_of(archivist.get(address))
    assert archivist.post(address, {"reason": ""}).status_code == 200
    assert archivist.post(address, {"reason": "目录又改了"})["Location"] == reverse("service-item", args=[item.code])
    again = archivist.post(address, {"reason": "再来一次"})
    assert again.status_code == 302 and len(said("change-withdrawn")) == 1
    [entry] = said("change-withdrawn")
    assert (entry.detail["reason"], entry.detail["before"]["content"]) == ("目录又改了", {"promised_days": 3})
    changes_in_force(now=at(day))
    item.refresh_from_db()
    assert item.promised_days == 0
    shown = text_of(archivist.get(address))
    assert "目录又改了" in shown and "撤回变更" not in shown
    assert archivist.get(reverse("dated-change", args=[10**6])).status_code == 404


def test_a_change_is_taken_back_as_a_new_one(archivist: Client, archive: Archive, item: ServiceItem) -> None:
    data = typed(item, TODAY(), name="改错了的名称", organisation=archive.other.code)
    confirmed(archivist, reverse("item-edit", args=[item.code]), data)
    confirmed(archivist, reverse("item-edit", args=[item.code]), {**data, "promised_days": "7"})
    first = DatedChange.objects.order_by("pk").first()
    assert first is not None
    address = reverse("dated-change", args=[first.pk])
    assert "撤销这项变更" in text_of(archivist.get(address))
    archivist.post(address, {"act": "undo"})
    item.refresh_from_db()
    assert (item.name, item.organisation, item.promised_days) == ("食品经营许可", archive.body, 7)
    assert DatedChange.objects.count() == 3 and len(said("item-changed")) == 3
    archivist.post(address, {"act": "undo"})
    assert DatedChange.objects.count() == 3, "twice is once"
    with pytest.raises(ReferenceRefused, match="没有生效"):
        undo_item_change(number=10**6, valid_from=TODAY(), by=CONSOLE, now=timezone.now())


def test_what_cannot_come_into_force_says_why(archivist: Client, item: ServiceItem) -> None:
    gone = Organisation.objects.create(code="GONE", name="将不存在")
    day = TODAY() + ONE_DAY
    details = ItemDetails(name=item.name, type=item.type, organisation="GONE")
    change_item(code=item.code, details=details, valid_from=day, reason="划转", by=CONSOLE, now=timezone.now())
    gone.delete()
    assert bring_changes_into_force(now=at(day)) == 0
    assert bring_changes_into_force(now=at(day)) == 0
    [entry] = said("change-hindered")
    assert "GONE" in entry.detail["reason"]
    shown = text_of(archivist.get(reverse("service-item", args=[item.code])))
    assert "到期未能生效" in shown
    assert bring_due_changes(now=at(day)) == 0 and bring_due_changes(now=at(day)) == 0
    [duty] = DueWork.objects.filter(kind="dated-change", finished_at=None)
    assert reverse("dated-change", args=[duty.subject]) in text_of(archivist.get(reverse("work")))
    Organisation.objects.create(code="GONE", name="又登记了")
    assert bring_due_changes(now=at(day)) == 1
    assert not DueWork.objects.filter(kind="dated-change", finished_at=None).exists()
    item.refresh_from_db()
    assert item.organisation is not None and item.organisation.code == "GONE"
    row = DatedChange.objects.get()
    assert row.trouble == ""
    with pytest.raises(IntegrityError), transaction.atomic():
        DatedChange.objects.update(withdrawn_at=timezone.now(), withdrawn_reason="x")


def test_a_day_before_a_change_in_force_is_refused(item: ServiceItem) -> None:
    now = timezone.now()
    change_item(
        code=item.code,
        details=ItemDetails(name="新名"),
        valid_from=TODAY() - timedelta(days=5),
        reason="a",
        by=CONSOLE,
        now=now,
    )
    with pytest.raises(ReferenceRefused, match="生效日期不能早于"):
        change_item(
            code=item.code,
            details=ItemDetails(name="更早"),
            valid_from=TODAY() - timedelta(days=6),
            reason="b",
            by=CONSOLE,
            now=now,
        )
    for details in (
        ItemDetails(name=""),
        ItemDetails(name="a", organisation="??"),
        ItemDetails("a", record_class="??"),
    ):
        with pytest.raises(ReferenceRefused):
            change_item(code=item.code, details=details, valid_from=TODAY(), reason="c", by=CONSOLE, now=now)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 12),
        st.sampled_from(["name", "promised_days", "record_class"]),
        st.integers(0, 3),
        st.sampled_from(["enter", "enter", "enter", "withdraw", "wait"]),
    ),
    max_size=14,
)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_item_on_any_day_agrees_with_a_slow_reference(archive: Archive, steps: Any) -> None:
    """Against a list of all changes that were entered and not withdrawn, folded day by day."""
    start, known = date(2027, 1, 1), dict.fromkeys(("", "ZY", "ZY·XK"))
    assert set(RecordClass.objects.values_list("path", flat=True)) >= set(known) - {""}
    with transaction.atomic():
        ServiceItem.objects.create(code="P", name="名0")
        plan: list[tuple[date, int, str, Any]] = []
        today = start
        for ahead, name, number, act in steps:
            if act == "wait":
                today += timedelta(days=ahead)
                bring_changes_into_force(now=at(today))
                continue
            waiting = DatedChange.objects.filter(in_force_at=None, withdrawn_at=None).order_by("-pk").first()
            if act == "withdraw":
                if waiting is not None:
                    withdraw_change(number=waiting.pk, reason="r", by=CONSOLE, now=at(today))
                    plan = [each for each in plan if each[1] != waiting.pk]
                continue
            day = today + timedelta(days=ahead)
            held = item_state_on(item=ServiceItem.objects.get(code="P"), day=day)
            value: Any = {"name": f"名{number}", "promised_days": number, "record_class": [*known][number % 3]}[name]
            if held[name] == value:
                continue
            details = held | {name: value, "ended_on": None}
            made = change_item(
                code="P", details=ItemDetails(**details), valid_from=day, reason="r", by=CONSOLE, now=at(today)
            )
            plan.append((day, made.pk, name, value))
        for offset in range(0, 60, 3):
            day = start + timedelta(days=offset)
            slow: dict[str, Any] = {"name": "名0", "promised_days": 0, "record_class": ""}
            for _day, _pk, name, value in sorted(each for each in plan if each[0] <= day):
                slow[name] = value
            item = ServiceItem.objects.get(code="P")
            state = item_state_on(item=item, day=day)
            assert {name: state[name] for name in slow} == slow, day
            assert item_classes(codes=["P"]).on("P", day) == slow["record_class"]
        transaction.set_rollback(True)


def test_who_may_see_and_how_few_questions(
    archive: Archive, item: ServiceItem, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    details = ItemDetails(name="以后的名称")
    change_item(
        code=item.code, details=details, valid_from=TODAY() + ONE_DAY, reason="r", by=CONSOLE, now=timezone.now()
    )
    change = DatedChange.objects.get()
    system = signed_in(archive.people[Role.SYSTEM])
    assert "以后的名称" not in text_of(system.get(reverse("dated-changes")))
    assert system.get(reverse("dated-change", args=[change.pk])).status_code == 404
    Person.objects.filter(pk=archive.people[Role.ARCHIVIST].pk).update(language="en")
    client = signed_in(Person.objects.get(pk=archive.people[Role.ARCHIVIST].pk))
    client.get(reverse("organisations"))
    for name, arguments, words in (
        ("dated-changes", (), "Changes to come"),
        ("dated-change", (change.pk,), "Withdraw the change"),
        ("item-edit", (item.code,), "Change the registration"),
        ("service-item", (item.code,), "History of the registration"),
    ):
        with django_assert_max_num_queries(12):
            page = text_of(client.get(reverse(name, args=arguments)))
        assert words in page, name
