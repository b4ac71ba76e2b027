"""Materials that running cases lack are known from pushed progress, shown with their day, and asked for."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import Organisation, Role
from lantai.administration.queries.people import Reader
from lantai.administration.services.items import (
    NewItem,
    NewItemVersion,
    publish_item_versions,
    register_items,
)
from lantai.administration.services.people_access import CONSOLE
from lantai.administration.services.rules import publish_rule_pack
from lantai.archival.checks.faults import sound_case
from lantai.ingest.case_queries import expected_totals
from lantai.ingest.models import CaseProgress, HandledCase, Reminder
from lantai.ingest.services import ProgressNode, judge_running_cases, push_progress, remind_by_rules
from lantai.ingest.services.collection_rules import NewCollectionRule, end_collection_rule, set_collection_rule
from lantai.ingest.services.handover_rules import NewHandoverRule, set_handover_rule
from lantai.ingest.services.reminder_rules import keep_contact, set_reminder_rule
from lantai.ledger.models import Entry
from lantai.ledger.queries import list_entries
from lantai.ledger.services import append_noted_entries
from lantai.work.models import Mail
from lantai.work.services import run_jobs
from tests.ingest.county import OTHER, found_county, key_of
from tests.ingest.test_expected import send
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]

BY: dict[str, Any] = {"by": "person:1", "role": "archivist"}
ITEM = "9001"
APPLICATION = {"code": "I1", "type": "1", "name": "申请材料", "needs": {"all": [{"name": "申请书"}, {"name": "执照"}]}}
RESULT = {"code": "I3", "type": "3", "name": "结果材料", "needs": {"code": "C*", "name": "许可证"}}
MAYBE = {
    "code": "I2",
    "type": "1",
    "name": "只在不予许可时",
    "needs": {"name": "告知书"},
    "when": [{"element": "result", "operator": "is", "values": ["不予许可"]}],
}


@pytest.fixture
def body() -> Organisation:
    found = found_county()
    now = timezone.now()
    register_items(items=[NewItem(code=ITEM, name="某许可", organisation=found.code)], by=CONSOLE, now=now)
    publish([APPLICATION, RESULT, MAYBE], "1", days_ago=400)
    set_handover_rule(rule=NewHandoverRule(closes=["办结"], days=10), **BY, now=now)
    collect("1", "受理", 5)
    return found


def publish(rules: list[dict[str, Any]], version: str, *, days_ago: int) -> None:
    first = timezone.localdate() - timedelta(days=days_ago)
    new = NewItemVersion(item=ITEM, version=version, valid_from=first, mode="replace", rules=rules)
    publish_item_versions(versions=[new], by=CONSOLE, now=timezone.now())
    publish_rule_pack(effective_from=timezone.localdate(), by=CONSOLE, now=timezone.now())


def collect(kind: str, node: str, days: int, **more: Any) -> Any:
    rule = NewCollectionRule(material_type=kind, nodes=[node], days=days, **more)
    row = set_collection_rule(rule=rule, **BY, now=timezone.now())
    run_jobs(drain=True)
    return row


def push(
    body: Organisation,
    node: str,
    *held: str,
    days_ago: int = 0,
    number: str = "YL-1",
    told: bool = True,
    item: str = ITEM,
) -> HandledCase:
    at = (timezone.now() - timedelta(days=days_ago)).replace(microsecond=0, second=0, minute=0)
    materials = [("", each) for each in held] if told else None
    said = ProgressNode(node, at, body.name, "办理中", item=item, item_name="某许可", materials=materials)
    push_progress(organisation_id=body.pk, case_number=number, node=said, now=timezone.now())
    return HandledCase.objects.get(organisation_id=body.pk, case_number=number)


def names(case: HandledCase) -> list[str]:
    return [each[2] for each in case.awaited]


def totals() -> dict[str, int]:
    return dict(expected_totals(reader=Reader(1, "a", "a", Role.ARCHIVIST), today=timezone.localdate()))


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def test_what_is_due_by_the_nodes_reached_and_not_held_is_awaited(body: Organisation) -> None:
    case = push(body, "申请", "申请书", days_ago=9)
    assert case.awaited == [], "its node asks for nothing yet"
    case = push(body, "受理", days_ago=8)
    assert names(case) == ["执照"], "what is held is not asked for, nor what depends on something unknown"
    assert case.awaited_on == timezone.localdate() - timedelta(days=3)
    assert totals()["awaited"] == 1
    collect("3", "决定", 2)
    case = push(body, "决定", days_ago=1)
    assert names(case) == ["执照", "许可证"]
    assert case.awaited_on == timezone.localdate() - timedelta(days=3), "the first day counts"
    case = push(body, "补正", "执照")
    assert names(case) == ["许可证"]
    assert case.awaited_on == timezone.localdate() + timedelta(days=1)
    case = push(body, "送达", "许可证")
    assert (case.awaited, case.awaited_on, totals()["awaited"]) == ([], None, 0)


def test_a_department_that_says_nothing_of_materials_is_asked_for_none(body: Organisation) -> None:
    case = push(body, "受理", days_ago=8, told=False)
    assert (case.awaited, case.awaited_by) == ([], "")
    case = push(body, "审查", days_ago=7)
    assert names(case) == ["申请书、执照"], "saying that there are none is saying something"
    assert push(body, "受理", days_ago=8, number="YL-2", item="unknown").awaited == []


def test_the_same_node_again_adds_materials_and_the_ledger_knows(body: Organisation) -> None:
    push(body, "受理", days_ago=8)
    for _twice in range(2):
        case = push(body, "受理", "申请书", days_ago=8)
    assert names(case) == ["执照"]
    assert CaseProgress.objects.get().materials == [["", "申请书"]]
    append_noted_entries()
    told = [each.detail.get("materials") for each in list_entries(kinds=["case.progressed"], limit=9)]
    assert told == [[["", "申请书"]], []]


def test_rules_of_item_and_body_go_first_and_ending_one_asks_no_more(body: Organisation) -> None:
    case = push(body, "受理", days_ago=8)
    own = collect("1", "受理", 30, organisation_id=body.pk, item_code=ITEM)
    assert collect("1", "受理", 30, organisation_id=body.pk, item_code=ITEM) == own, "the same again changes nothing"
    case.refresh_from_db()
    assert case.awaited_on == timezone.localdate() + timedelta(days=22)
    assert end_collection_rule(rule_id=own.pk, **BY, now=timezone.now())
    assert not end_collection_rule(rule_id=own.pk, **BY, now=timezone.now())
    run_jobs(drain=True)
    case.refresh_from_db()
    assert case.awaited_on == timezone.localdate() - timedelta(days=3)
    kinds = [each.kind for each in Entry.objects.filter(kind__startswith="collection-rule")]
    assert kinds.count("collection-rule.set") == 2 and kinds.count("collection-rule.ended") == 1
    for wrong in (
        NewCollectionRule(material_type="9", nodes=["x"], days=1),
        NewCollectionRule(material_type="1", nodes=[" "], days=1),
    ):
        with pytest.raises(ValueError, match="due"):
            set_collection_rule(rule=wrong, **BY, now=timezone.now())


def test_another_rule_pack_judges_running_cases_again(body: Organisation) -> None:
    case = push(body, "受理", days_ago=0)
    assert names(case) == ["申请书、执照"]
    assert judge_running_cases(now=timezone.now()) == 0
    publish([RESULT], "2", days_ago=0)
    assert judge_running_cases(now=timezone.now()) == 1
    case.refresh_from_db()
    assert case.awaited == []
    assert judge_running_cases(now=timezone.now()) == 0


def test_a_package_that_came_says_more_than_progress(body: Organisation) -> None:
    sound = sound_case(1)
    number = sound.metadata["project_id"]
    push(body, "受理", days_ago=8, number=number)
    assert totals()["awaited"] == 1
    send(body, (f"{sound.name}.zip", sound.write()[0]))
    case = HandledCase.objects.get(case_number=number)
    assert (case.awaited, case.awaited_on, totals()["awaited"]) == ([], None, 0)
    assert push(body, "送达", number=number).awaited == []


def test_both_sides_see_it_and_it_is_chased_by_hand_and_by_rule(
    body: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = push(body, "受理", "申请书", days_ago=8)
    push(Organisation.objects.get(code=OTHER), "受理", days_ago=8, number="YL-2")
    keep_contact(organisation_id=body.pk, name="王敏", address="spj@example.org", **BY, now=timezone.now())
    client, own = signed_in(make_person(Role.ARCHIVIST)), signed_in(make_person(Role.DEPARTMENT, organisation=body))
    place = f"{reverse('handover-cases')}?state=awaited"
    text(client, reverse("handover"))
    for each in (client, own):
        with django_assert_max_num_queries(12):
            assert "办理中缺材料" in text(each, reverse("handover"))
        with django_assert_max_num_queries(12):
            rows = text(each, place)
        assert all(words in rows for words in ("YL-1", "执照", "逾期 3 天", "受理"))
        assert ("YL-2" in rows) is (each is client)
    ticked = {"shown": [f"case:{case.pk}"], "selected": [f"case:{case.pk}"], "act": "handover-remind"}
    order = str(client.post(reverse("selection", args=["cases"]), ticked)["Location"])
    assert "应当收齐的材料尚缺：执照" in text(client, order)
    assert client.post(order, {"note": ""}).status_code == 302
    run_jobs(drain=True)
    (reminder,) = Reminder.objects.all()
    assert (reminder.kind, reminder.due_on, reminder.mailed_to) == ("material", case.awaited_on, "spj@example.org")
    set_reminder_rule(kind="material", days=3, **BY, now=timezone.now())
    assert remind_by_rules(now=timezone.now()) == 2
    assert remind_by_rules(now=timezone.now()) == 0, "once for one thing and one day"
    assert "执照" in Mail.objects.latest("pk").body
    assert Entry.objects.filter(kind="case.reminded").count() == 3


def test_the_page_of_rules(body: Organisation) -> None:
    client = signed_in(make_person(Role.ARCHIVIST))
    place = reverse("collection-rules")
    assert "申报材料" in text(client, place)
    asked = {
        "material_type": "2",
        "organisation": "",
        "item_code": "",
        "nodes": "审查，决定",
        "days": "3",
        "basis": "x",
    }
    assert client.post(place, asked | {"nodes": "、"}).status_code == 200
    for _twice in range(2):
        assert client.post(place, asked).status_code == 302
    page = text(client, place)
    assert "过程材料" in page and "审查、决定" in page
    client.post(reverse("language"), {"language": "en"})
    assert "Procedure" in text(client, place)
    assert Entry.objects.filter(kind="collection-rule.set").count() == 2, "the one before, and this one once"
    assert client.post(reverse("collection-rule-end"), {"selected": ["1", "x", "99999"]}).status_code == 302


def test_departments_push_materials_over_http(body: Organisation) -> None:
    client, secret = Client(), key_of()
    node = {"node": "受理", "at": "2026-11-02T09:00:00+08:00", "body": body.name, "state": "办理中", "item": ITEM}
    held = node | {"materials": [{"name": "申请书", "code": "A1"}, {"name": "执照"}]}
    head = {"authorization": f"Bearer {secret}"}
    for code, sent in ((201, node), (200, held), (200, held)):
        answer = client.post("/api/v1/cases/YL-9/progress", sent, content_type="application/json", headers=head)
        assert answer.status_code == code, answer.content
    assert CaseProgress.objects.get().materials == [["A1", "申请书"], ["", "执照"]]
    assert HandledCase.objects.get().awaited == []
    for wrong in ([{"name": ""}], [{"name": "x", "code": "第"}], "x", [{}]):
        sent = node | {"materials": wrong}
        answer = client.post("/api/v1/cases/YL-9/progress", sent, content_type="application/json", headers=head)
        assert answer.status_code == 422
