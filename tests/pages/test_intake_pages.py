"""The pages of batches, corrections, what is owed, reminders and channels: both languages, nonsense in the address."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from lantai.administration.models import Person, Role
from lantai.ingest.models import HandledCase, ReminderRule
from lantai.ingest.services import ProgressNode, open_batch, push_progress
from lantai.ingest.services.handover_rules import NewHandoverRule, set_handover_rule
from lantai.ledger.models import Entry
from tests.make_people import signed_in
from tests.pages.archive import Archive
from tests.pages.test_staff_pages import NAUGHTY

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.xdist_group("index")]

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LISTS = ("batches", "corrections", "handover", "handover-cases", "reminders", "mails", "channels")
WORDS = {
    "batches": ("移交批次", "Hand-over batch"),
    "corrections": ("退回与补正", "Returns &amp; corrections"),
    "handover": ("待归档与移交", "To be handed over"),
    "handover-cases": ("办结未移交", "Closed, not handed over"),
    "handover-rules": ("移交时限", "Hand-over deadlines"),
    "reminders": ("催办记录", "Reminders sent"),
    "reminder-rules": ("催办设置", "Reminder rules"),
    "reminder-contacts": ("催办联系人", "Contacts for reminders"),
    "mails": ("邮件发件箱", "Mail outbox"),
    "channels": ("对接渠道", "Channels"),
}


@pytest.fixture
def owing(archive: Archive) -> Archive:
    """Something stands on every list."""
    by = {"by": f"person:{archive.people[Role.ARCHIVIST].pk}", "role": "archivist", "now": timezone.now()}
    set_handover_rule(rule=NewHandoverRule(closes=["办结"], days=5), **by)
    said = ProgressNode("办结", timezone.now() - timedelta(days=9), archive.body.name, "已完成", item="0119")
    push_progress(organisation_id=archive.body.pk, case_number="YL-9", node=said, now=timezone.now())
    HandledCase.objects.filter(case_number="YL-9").update(title="长" * 200)
    open_batch(organisation_id=archive.body.pk, channel="http", number="9-b", name="批" * 200, now=timezone.now())
    return archive


def page(client: Client, name: str, **query: Any) -> str:
    response = client.get(reverse(name), query)
    assert response.status_code == 200, (name, query)
    return response.content.decode()


def test_every_page_in_both_languages(owing: Archive, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    person = owing.people[Role.ARCHIVIST]
    client = signed_in(person)
    for name, (chinese, _english) in WORDS.items():
        assert chinese in page(client, name), name
    Person.objects.filter(pk=person.pk).update(language="en")
    for name, (_chinese, english) in WORDS.items():
        page(client, name)
        with django_assert_max_num_queries(12):
            shown = page(client, name)
        assert english in shown, name
        head = shown.split("<main", 1)[1].split("<table", 1)[0]
        told = re.sub(r"<option.*?</option>|<textarea.*?</textarea>|value=\"[^\"]*\"|<[^>]+>", " ", head, flags=re.S)
        assert not CHINESE.search(told), (name, CHINESE.findall(told)[:9])


@pytest.mark.parametrize("name", LISTS)
def test_nonsense_in_the_address_is_a_page(owing: Archive, name: str) -> None:
    client = signed_in(owing.people[Role.ARCHIVIST])
    for each in NAUGHTY:
        page(client, name, text=each, organisation=each, state=each, item=each, waiting=each, page=each)


def test_forms_refuse_nonsense_and_keep_what_was_typed(owing: Archive) -> None:
    client, before = signed_in(owing.people[Role.ARCHIVIST]), Entry.objects.count()
    for name, given in (
        ("handover-rules", {"closes": "、", "days": "-3", "basis": "甲" * 300}),
        ("reminder-rules", {"kind": "weather", "days": "9999"}),
        ("reminder-contacts", {"organisation": "77777", "address": "不是邮箱"}),
    ):
        response = client.post(reverse(name), given)
        assert response.status_code == 200
        assert "lt-field--error" in response.content.decode(), name
    for name in ("handover-rule-end", "reminder-rule-end"):
        assert client.post(reverse(name), {"selected": ["x", "9" * 40, "77777"]}).status_code == 302
    keys = ["case:x", "package:'", "case:" + "9" * 30]
    told = client.post(
        reverse("selection", args=["cases"]), {"shown": keys, "selected": keys, "act": "handover-remind"}, follow=True
    )
    assert "不包括 3 项" in told.content.decode()
    assert Entry.objects.count() == before
    assert not ReminderRule.objects.exists()
