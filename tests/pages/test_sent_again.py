"""Forms that are sent after the session ended, or twice: nothing typed is lost, nothing is done twice."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Agreement, Credential, Fonds, FondsEntry, Organisation, Person, Role
from lantai.catalog.models import Record
from lantai.ingest.models import CorrectionRequest, HandoverRule, ReminderRule
from lantai.ledger.models import Entry
from tests.make_people import PASSWORD, make_person, signed_in
from tests.pages.archive import Archive

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("index")]

LONG = ("云岭县行政审批局关于食品经营许可证核发事项办理结果归档的说明" * 8)[:200]
Made = Callable[[Archive], Any]


@dataclass(frozen=True)
class Form:
    """One form: where it is sent, what somebody filled in, and how often it was done since."""

    at: Made
    data: Callable[[Archive], Mapping[str, Any]]
    done: Callable[[Archive], int]
    role: Role = Role.ARCHIVIST
    typed: str = LONG


def place(name: str, *arguments: Callable[[Archive], Any]) -> Made:
    return lambda archive: reverse(name, args=[each(archive) for each in arguments])


def counted(kind: str) -> Callable[[Archive], int]:
    return lambda archive: Entry.objects.filter(kind=kind).count()


def _today() -> str:
    return timezone.localdate().isoformat()


FORMS = {
    "decision": Form(
        place("submission-decide", lambda archive: archive.waiting.record_code),
        lambda archive: {"decision": "return", "reason": LONG},
        lambda archive: CorrectionRequest.objects.filter(submission=archive.waiting).count(),
    ),
    "organisation": Form(
        place("organisation-new"),
        lambda archive: {"code": "JYJ", "name": LONG, "kind": "agency"},
        lambda archive: Organisation.objects.filter(code="JYJ", name=LONG).count(),
    ),
    "fonds": Form(
        place("fonds-new"),
        lambda archive: {"code": "0077", "name": LONG, "organisation": archive.body.code, "begins_on": "2020-01-01"},
        lambda archive: Fonds.objects.filter(code="0077", name=LONG).count(),
    ),
    "fonds-entry": Form(
        place("fonds-entry-new", lambda archive: "0059"),
        lambda archive: {"part": "1", "title": LONG, "made_on": "2024-05-01", "text": "第一行\r\n第二行"},
        lambda archive: FondsEntry.objects.filter(title=LONG).count(),
    ),
    "agreement-end": Form(
        lambda archive: reverse("agreement-end", args=[archive.body.agreements.get().pk]),
        lambda archive: {"last_day": _today(), "reason": LONG},
        lambda archive: Agreement.objects.exclude(valid_to=None).count(),
    ),
    "credential": Form(
        place("credential-new"),
        lambda archive: {
            "organisation": archive.body.code,
            "name": "审批系统的推送接口",
            "calls_per_minute": "60",
            "webhook": "",
        },
        lambda archive: Credential.objects.filter(name="审批系统的推送接口").count(),
        typed="审批系统的推送接口",
    ),
    "handover-rule": Form(
        place("handover-rules"),
        lambda archive: {"closes": "办结", "days": "10", "basis": LONG},
        lambda archive: HandoverRule.objects.filter(basis=LONG).count(),
    ),
    "reminder-rule": Form(
        place("reminder-rules"),
        lambda archive: {"kind": "correction", "days": "-3", "why": "随手一写"},
        lambda archive: ReminderRule.objects.count(),
        typed="随手一写",
    ),
    "split": Form(
        place("record-compose", lambda archive: archive.record.record_code),
        lambda archive: {"act": "split", "part": ["0"], "title": LONG, "reason": "两件误作一件"},
        lambda archive: Record.objects.filter(title=LONG).count(),
    ),
    "relation": Form(
        place("record-relate", lambda archive: archive.record.record_code),
        lambda archive: {"target": archive.open_record.record_code, "kind": "refers", "basis": LONG},
        counted("record.related"),
    ),
    "scheme": Form(
        place("arrangement-scheme", lambda archive: "0059"),
        lambda archive: {"class-parent": "ZY", "class-code": "ZC", "class-name": "准入" * 50, "act": "class"},
        counted("administration.class-registered"),
        typed="准入" * 50,
    ),
    "person": Form(
        place("person-new"),
        lambda archive: {"username": "zhao.m", "person_number": "YL-77", "name": "赵" * 64, "position": "科长"},
        lambda archive: Person.objects.filter(username="zhao.m").count(),
        role=Role.SYSTEM,
        typed="赵" * 64,
    ),
    "deactivation": Form(
        lambda archive: reverse("person-ask-deactivation", args=[archive.people[Role.LEADER].pk]),
        lambda archive: {"reason": LONG},
        counted("people.deactivation-asked"),
        role=Role.SYSTEM,
    ),
}


@pytest.fixture
def before() -> None:
    """Entries of the same kind that the archive began with are out of the way."""
    Entry.objects.filter(kind__in=("record.related", "administration.class-registered")).delete()


def seen_first(client: Client, form: Form, archive: Archive) -> dict[str, Any]:
    """What is sent: what somebody typed and what the form itself holds."""
    at, data = form.at(archive), dict(form.data(archive))
    if form.at(archive).endswith("/compose/"):
        page = client.get(at).content.decode()
        data |= dict(re.findall(r'<input type="hidden" name="(seen)" value="([^"]*)"', page))
    return data


def sign_in(client: Client, person: Person, **more: str) -> Any:
    return client.post(reverse("sign-in"), {"username": person.username, "password": PASSWORD, **more})


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return html.unescape(found[1])


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("name", FORMS)
def test_what_was_sent_after_the_session_ended_is_sent_again_after_signing_in(name: str, archive: Archive) -> None:
    form, client = FORMS[name], Client()
    person = archive.people[form.role]
    sign_in(client, person)
    data, at = seen_first(client, form, archive), form.at(archive)
    Session.objects.all().delete()
    asked = client.post(at, data)
    page = asked.content.decode()
    assert asked.status_code == 401 and form.done(archive) == 0
    assert "填写的内容都在，登录后可以继续提交。" in page
    kept = hidden(page, "carried")
    wrong = client.post(reverse("sign-in"), {"username": person.username, "password": "x", "carried": kept})
    assert hidden(wrong.content.decode(), "carried") == kept, "a wrong password loses nothing either"
    assert sign_in(client, person, carried=kept)["Location"] == reverse("carried")
    shown = client.get(reverse("carried")).content.decode()
    assert form.typed in shown and "提交时登录已失效，所以还没有办理。" in shown
    action = re.findall(r'<form method="post" action="([^"]*)">', shown)[-1]
    again: dict[str, list[str]] = {}
    for key, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', shown.split(action)[-1]):
        again.setdefault(html.unescape(key), []).append(html.unescape(value))
    assert client.post(html.unescape(action), again).status_code in (200, 302)
    assert form.done(archive) == 1
    assert client.get(reverse("carried"))["Location"] == reverse("home"), "it is let go of once it is done"


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("name", FORMS)
def test_what_is_sent_twice_is_done_once(name: str, archive: Archive) -> None:
    form = FORMS[name]
    client = signed_in(archive.people[form.role])
    data, at = seen_first(client, form, archive), form.at(archive)
    for _press in range(2):
        assert client.post(at, data).status_code in (200, 302, 422)
    assert form.done(archive) == 1


def test_what_was_carried_is_dropped_on_wish_and_never_sent_by_another(archive: Archive) -> None:
    form, client = FORMS["organisation"], Client()
    kept = hidden(client.post(form.at(archive), form.data(archive)).content.decode(), "carried")
    sign_in(client, archive.people[Role.ARCHIVIST], carried=kept)
    assert "没有提交，填写的内容已放弃。" in client.post(reverse("carried"), follow=True).content.decode()
    assert client.get(reverse("carried"))["Location"] == reverse("home")
    forged = Client()
    sign_in(forged, archive.people[Role.ARCHIVIST], carried=kept[:-2] + "xx")
    assert "carried" not in forged.session
    assert form.done(archive) == 0


def test_passwords_and_what_stayed_away_from_forms_are_not_carried(archive: Archive) -> None:
    secret = {"present": PASSWORD, "new": "Orchid-9Lake", "again": "Orchid-9Lake"}
    assert Client().post(reverse("change-password"), secret).status_code == 302
    assert Client().post(reverse("organisation-new"), {"name": "长" * 600_000}).status_code == 302
    part = Client().post(reverse("imports"), {"a": "b"}, headers={"hx-request": "true"})
    assert part.status_code == 401 and "HX-Redirect" not in part, "what was typed stays on the page"


def test_a_form_older_than_the_session_can_be_sent_again(archive: Archive) -> None:
    form, client = FORMS["organisation"], Client(enforce_csrf_checks=True)
    client.force_login(archive.people[Role.ARCHIVIST], backend="django.contrib.auth.backends.ModelBackend")
    client.get(form.at(archive))
    data = {**form.data(archive), "csrfmiddlewaretoken": "a" * 64}
    stranger = client.post(form.at(archive), data, headers={"origin": "http://elsewhere.example"})
    assert stranger.status_code == 403 and LONG not in stranger.content.decode()
    ours = client.post(form.at(archive), data, headers={"origin": "http://testserver"})
    page = ours.content.decode()
    assert ours.status_code == 403 and LONG in page and "继续提交" in page
    again = {**form.data(archive), "csrfmiddlewaretoken": hidden(page, "csrfmiddlewaretoken")}
    assert client.post(form.at(archive), again, headers={"origin": "http://testserver"}).status_code == 302
    assert form.done(archive) == 1


def test_the_idle_end_of_another_person_s_form_is_not_sent_by_the_next(archive: Archive) -> None:
    first, second = archive.people[Role.ARCHIVIST], make_person(Role.ARCHIVIST, username="second")
    client = Client()
    sign_in(client, first)
    session = client.session
    session["seen"] = 0
    session.save()
    client.cookies.pop("lantai_seen", None)
    form = FORMS["organisation"]
    page = client.post(form.at(archive), form.data(archive)).content.decode()
    assert "没有操作，已自动退出" in page
    sign_in(client, second, carried=hidden(page, "carried"))
    assert "填写内容的是另一个账号" in client.get(reverse("carried"), follow=True).content.decode()
    assert form.done(archive) == 0
