"""What departments owe: closed and not handed over, overdue, missing material, returned; and the reminders about it."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from lantai.administration.models import Agreement, Organisation, Role
from lantai.administration.queries.people import Reader
from lantai.archival.checks.faults import sound_case
from lantai.ingest.case_queries import expected_totals
from lantai.ingest.models import CaseProgress, ChannelTrouble, HandledCase, Reminder
from lantai.ingest.services import (
    NewSubmission,
    ProgressNode,
    append_content,
    open_submission,
    push_progress,
    raise_late_corrections,
    remind_by_rules,
)
from lantai.ingest.services.handover_rules import NewHandoverRule, end_handover_rule, set_handover_rule
from lantai.ingest.services.refusals import forget_gathered_refusals
from lantai.ingest.services.reminder_rules import keep_contact, set_reminder_rule
from lantai.ledger.models import Entry
from lantai.work.models import DueWork, Mail, Notice
from lantai.work.services import run_jobs, send_mails
from tests.ingest.county import OTHER, found_county, key_of, package, settle
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]

BY: dict[str, Any] = {"by": "person:1", "role": "archivist"}
ITEM = "0119000101"


@pytest.fixture
def body() -> Organisation:
    found = found_county()
    forget_gathered_refusals()
    set_handover_rule(rule=NewHandoverRule(closes=["办结"], days=10), **BY, now=timezone.now())
    return found


def close(body: Organisation, number: str, *, days_ago: int, item: str = ITEM) -> HandledCase:
    """A case that its department closed so many days ago."""
    at = timezone.now() - timedelta(days=days_ago)
    for node, when in (("受理", at - timedelta(days=3)), ("办结", at)):
        said = ProgressNode(node, when, body.name, "已完成", item=item, item_name="食品经营许可证核发")
        push_progress(organisation_id=body.pk, case_number=number, node=said, now=timezone.now())
    return HandledCase.objects.get(organisation_id=body.pk, case_number=number)


def send(body: Organisation, sent: tuple[str, bytes], replaces: str = "") -> str:
    name, data = sent
    new = NewSubmission(organisation_id=body.pk, name=name, profile="fuzhou", size=len(data), replaces=replaces)
    submission, _new = open_submission(new=new, now=timezone.now())
    append_content(submission=submission, offset=0, stream=BytesIO(data), length=len(data), now=timezone.now())
    settle()
    return submission.record_code


def incomplete(number: int) -> tuple[str, bytes]:
    """A package that lacks a document its item asks for."""
    case = sound_case(number)
    case.remove(3)
    return f"{case.name}.zip", case.write()[0]


def archivist() -> Reader:
    return Reader(1, "a", "a", Role.ARCHIVIST)


def totals() -> dict[str, int]:
    return dict(expected_totals(reader=archivist(), today=timezone.localdate()))


def text(client: Client, address: str, data: dict[str, Any] | None = None) -> str:
    response = client.post(address, data, follow=True) if data is not None else client.get(address)
    assert response.status_code == 200
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def remind(client: Client, *keys: str) -> str:
    """Tick these rows of the cases owed and go on to reminding of them; returns the address of that page."""
    ticked = {"shown": keys, "selected": keys, "act": "handover-remind"}
    return str(client.post(reverse("selection", args=["cases"]), ticked)["Location"])


def kinds() -> list[str]:
    return [each.kind for each in Entry.objects.all()]


def test_a_closed_case_is_expected_until_its_package_comes(body: Organisation) -> None:
    number = sound_case(1).metadata["project_id"]
    case = close(body, number, days_ago=12)
    assert case.due_on == timezone.localdate() - timedelta(days=2)
    close(body, "YL-NEW", days_ago=1)
    running = ProgressNode("受理", timezone.now(), body.name, "办理中")
    push_progress(organisation_id=body.pk, case_number="YL-RUN", node=running, now=timezone.now())
    assert totals() == {"running": 1, "closed": 2, "overdue": 1, "missing": 0, "rejected": 0, "awaited": 0}
    send(body, package(1))
    assert totals() == {"running": 1, "closed": 1, "overdue": 0, "missing": 0, "rejected": 0, "awaited": 0}
    case.refresh_from_db()
    assert case.submission is not None
    assert case.title == sound_case(1).metadata["project_name"]


def test_a_returned_package_is_expected_again_until_it_is_corrected(body: Organisation) -> None:
    first = send(body, incomplete(1))
    assert totals() == {"running": 0, "closed": 0, "overdue": 0, "missing": 1, "rejected": 1, "awaited": 0}
    send(body, package(1), replaces=first)
    assert totals() == dict.fromkeys(totals(), 0)


def test_numbers_open_their_rows_and_a_department_sees_its_own(
    body: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    close(body, "YL-1", days_ago=12)
    other = Organisation.objects.get(code=OTHER)
    close(other, "YL-2", days_ago=3, item="")
    client = signed_in(make_person(Role.ARCHIVIST))
    client.get(reverse("handover"))
    with django_assert_max_num_queries(12):
        page = client.get(reverse("handover")).content.decode()
    assert "食品经营许可证核发" in page
    assert "最久 12 天" in page
    place = html.unescape(re.search(r'href="(/handover/cases/\?state=overdue&amp;organisation=[^"]+)"', page)[1])  # type: ignore[index]
    with django_assert_max_num_queries(12):
        rows = text(client, place)
    assert "YL-1" in rows
    assert "YL-2" not in rows
    assert "逾期 2 天" in rows
    own = signed_in(make_person(Role.DEPARTMENT, organisation=other))
    seen = text(own, reverse("handover")) + text(own, f"{reverse('handover-cases')}?state=closed")
    assert "YL-2" in seen
    assert "YL-1" not in seen
    assert "YL-1" not in text(own, f"{reverse('handover-cases')}?state=closed&organisation={body.pk}")
    ticked = {"shown": ["case:1"], "selected": ["case:1"], "act": "handover-remind"}
    assert own.post(reverse("selection", args=["cases"]), ticked).status_code == 404


def test_rules_for_item_and_agreement_go_before_the_general_one(body: Organisation) -> None:
    case = close(body, "YL-1", days_ago=2)
    today, closed = timezone.localdate(), timezone.localdate(case.closed_at)
    Agreement.objects.update(limits={"handover_days": 20})
    rule = set_handover_rule(rule=NewHandoverRule(closes=["办结"], days=5, item_code=ITEM), **BY, now=timezone.now())
    run_jobs(drain=True)
    case.refresh_from_db()
    assert case.due_on == closed + timedelta(days=5)
    assert end_handover_rule(rule_id=rule.pk, **BY, now=timezone.now())
    run_jobs(drain=True)
    case.refresh_from_db()
    assert case.due_on == closed + timedelta(days=20)
    set_handover_rule(rule=NewHandoverRule(closes=["送达"], days=1), **BY, now=timezone.now())
    run_jobs(drain=True)
    case.refresh_from_db()
    assert (case.closed_at, case.due_on) == (None, None), "by the new rule it is not closed yet"
    assert kinds().count("handover-rule.set") == 3
    assert kinds().count("handover-rule.ended") == 1
    with pytest.raises(ValueError, match="closes"):
        set_handover_rule(rule=NewHandoverRule(closes=[" "], days=1), **BY, now=timezone.now())
    assert today == timezone.localdate()


def test_chosen_rows_are_reminded_of_once_a_day_with_the_words_shown(body: Organisation, settings: Settings) -> None:
    case = close(body, "YL-1", days_ago=12)
    keep_contact(organisation_id=body.pk, name="王敏", address="spj@example.org", **BY, now=timezone.now())
    client = signed_in(make_person(Role.ARCHIVIST))
    chosen = [f"case:{case.pk}", "case:99999", "package:nothing", "nonsense"]
    place = remind(client, *chosen)
    shown = text(client, place)
    assert all(each in shown for each in ("spj@example.org", "YL-1", "已逾期 2 天", "催办 1 件", "不包括 3 项"))
    assert Reminder.objects.count() == 0
    for _twice in range(2):
        assert client.post(place, {"note": "月底前请办完"}).status_code == 302
    run_jobs(drain=True)
    again = text(client, remind(client, *chosen))
    assert "今天已经催办过" in again and "没有可以办理的事项" in again
    (reminder,) = Reminder.objects.all()
    assert (reminder.subject, reminder.kind, reminder.mailed_to) == ("YL-1", "handover", "spj@example.org")
    assert kinds().count("case.reminded") == 1
    assert Notice.objects.filter(organisation_id=body.pk, text="reminder").count() == 1
    message = Mail.objects.get()
    assert "月底前请办完" in message.body
    assert message.state == "waiting"
    settings.EMAIL_HOST = ""
    assert send_mails(now=timezone.now()) == 0, "without a server it stays in the outbox"
    assert "LANTAI_MAIL_HOST" in text(client, reverse("mails"))
    settings.EMAIL_HOST = "mail.example.org"
    assert send_mails(now=timezone.now()) == 1
    assert [each.to for each in mail.outbox] == [["spj@example.org"]]
    assert send_mails(now=timezone.now()) == 0
    log = text(client, f"{reverse('reminders')}?text=YL-1")
    assert "spj@example.org" in log
    other = signed_in(make_person(Role.DEPARTMENT, organisation=Organisation.objects.get(code=OTHER)))
    assert "YL-1" not in text(other, reverse("reminders"))


def test_a_mail_that_is_refused_is_tried_again_and_given_up(body: Organisation, settings: Settings) -> None:
    case = close(body, "YL-1", days_ago=12)
    keep_contact(organisation_id=body.pk, name="", address="spj@example.org", **BY, now=timezone.now())
    client = signed_in(make_person(Role.ARCHIVIST))
    client.post(remind(client, f"case:{case.pk}"), {"note": ""})
    run_jobs(drain=True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    now = timezone.now()
    for at in range(12):
        assert send_mails(now=now + timedelta(days=at)) == 0
    message = Mail.objects.get()
    assert (message.state, message.tries) == ("given-up", 12)
    assert "refused" in message.last_answer.lower()


def test_rules_remind_once_around_the_day(body: Organisation) -> None:
    close(body, "YL-1", days_ago=12)
    close(body, "YL-2", days_ago=7)
    set_reminder_rule(kind="handover", days=2, **BY, now=timezone.now())
    set_reminder_rule(kind="handover", days=2, **BY, now=timezone.now())
    set_reminder_rule(kind="handover", days=-3, **BY, now=timezone.now())
    assert kinds().count("reminder-rule.set") == 2
    assert remind_by_rules(now=timezone.now()) == 3, "the overdue one by both rules, the one to come by one"
    assert remind_by_rules(now=timezone.now()) == 0
    assert sorted(Reminder.objects.values_list("subject", flat=True)) == ["YL-1", "YL-1", "YL-2"]
    with pytest.raises(ValueError, match="weather"):
        set_reminder_rule(kind="weather", days=1, **BY, now=timezone.now())


def test_a_correction_that_does_not_come_is_work_for_an_archivist(body: Organisation) -> None:
    Agreement.objects.update(limits={"correction_days": 2})
    first = send(body, incomplete(1))
    assert raise_late_corrections(now=timezone.now()) == 0
    then = timezone.now() + timedelta(days=4)
    assert raise_late_corrections(now=then) == 1
    assert raise_late_corrections(now=then) == 0
    duty = DueWork.objects.get(kind="correction-late")
    assert (duty.subject, duty.role, duty.finished_at) == (first, "archivist", None)
    client = signed_in(make_person(Role.ARCHIVIST))
    assert sound_case(1).metadata["project_name"] in text(client, reverse("corrections"))
    own = signed_in(make_person(Role.DEPARTMENT, organisation=body))
    assert all(
        each in text(own, reverse("submission", args=[first])) for each in ("补正通知", "业务审批单", "补正重交")
    )
    send(body, package(1), replaces=first)
    duty.refresh_from_db()
    assert duty.finished_at is not None
    assert "没有符合条件的补正" in text(own, reverse("corrections"))


def test_an_archivist_picks_findings_and_a_day(body: Organisation) -> None:
    Agreement.objects.update(policy="manual")
    code = send(body, package(1))
    client = signed_in(make_person(Role.ARCHIVIST))
    page = client.get(reverse("submission", args=[code])).content.decode()
    offered = re.findall(r'name="findings" value="(\d+)"', page)
    assert offered
    day = (timezone.localdate() + timedelta(days=6)).isoformat()
    here = reverse("submission-decide", args=[code])
    assert "请写明退回的理由。" in text(client, here, {"decision": "return"})
    assert "期限不能早于今天。" in text(client, here, {"decision": "return", "reason": "x", "until": "2001-01-01"})
    text(client, here, {"decision": "return", "findings": offered[:1], "until": day})
    own = signed_in(make_person(Role.DEPARTMENT, organisation=body))
    seen = text(own, reverse("submission", args=[code]))
    assert day in seen
    duty = DueWork.objects.get(kind="correction", subject=code)
    assert duty.due_on is not None
    assert duty.due_on.isoformat() == day
    assert duty.values["reason"]


def test_channels_tell_what_came_and_what_was_refused(
    body: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    send(body, package(1))
    send(body, incomplete(2))
    caller = Client(headers={"authorization": f"Bearer {key_of(calls_per_minute=3)}"})
    wrong = json.dumps({"name": "x.zip", "profile": "nothing", "size": 3})
    answers = [
        caller.post("/api/v1/submissions", wrong, content_type="application/json").status_code for _each in range(5)
    ]
    assert answers == [422, 422, 422, 429, 429]
    troubles = {each.code: each.count for each in ChannelTrouble.objects.all()}
    assert troubles["unknown-profile"] == 3
    assert troubles["too-many-calls"] >= 1
    for role in (Role.ARCHIVIST, Role.SYSTEM):
        client = signed_in(make_person(role))
        client.get(reverse("channels"))
        with django_assert_max_num_queries(12):
            page = text(client, reverse("channels"))
        assert "云岭县行政审批局" in page
        assert "50.0%" in page
        with django_assert_max_num_queries(12):
            page = text(client, reverse("channel", args=[body.pk]))
        assert "unknown-profile" in page
        assert "调用过于频繁" in page
        assert client.get(reverse("channel", args=[99999])).status_code == 404


def test_the_same_node_twice_and_an_earlier_one_change_no_closing(body: Organisation) -> None:
    case = close(body, "YL-1", days_ago=4)
    late = ProgressNode("办结", timezone.now(), body.name, "再次办结", item=ITEM)
    push_progress(organisation_id=body.pk, case_number="YL-1", node=late, now=timezone.now())
    again = HandledCase.objects.get(pk=case.pk)
    assert again.closed_at == case.closed_at
    assert CaseProgress.objects.count() == 3
