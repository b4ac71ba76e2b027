"""Forms that are sent after the session ended, or twice: nothing typed is lost, nothing is done twice."""

from __future__ import annotations

import html
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import get_resolver, resolve, reverse
from django.urls.resolvers import URLResolver
from django.utils import timezone
from ninja.operation import PathView

from lantai.administration.models import (
    Agreement,
    Credential,
    Fonds,
    FondsEntry,
    MaterialRuleSet,
    Organisation,
    Person,
    RetentionTable,
    Role,
)
from lantai.catalog.models import Record
from lantai.exchange.models import Export
from lantai.ingest.models import CollectionRule, CorrectionRequest, HandoverRule, ReminderRule
from lantai.ledger.models import Entry
from lantai.storage.models import Medium
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
    shown_first: bool = False
    """Whether its effects are shown before it is confirmed with the mark of what was shown."""


def place(name: str, *arguments: Callable[[Archive], Any]) -> Made:
    return lambda archive: reverse(name, args=[each(archive) for each in arguments])


def counted(kind: str) -> Callable[[Archive], int]:
    return lambda archive: Entry.objects.filter(kind=kind).count()


def _today() -> str:
    return timezone.localdate().isoformat()


def lines_of(**row: str) -> dict[str, str]:
    """One line of a list of rules as its page sends it."""
    counts = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "0",
        "form-MIN_NUM_FORMS": "0",
        "form-MAX_NUM_FORMS": "300",
    }
    return counts | {f"form-0-{name}": value for name, value in row.items()}


FORMS = {
    "decision": Form(
        place("submission-decide", lambda archive: archive.waiting.record_code),
        lambda archive: {"decision": "return", "reason": LONG},
        lambda archive: CorrectionRequest.objects.filter(submission=archive.waiting).count(),
    ),
    "export": Form(
        place("export-packages"),
        lambda archive: {"kind": "bag", "fonds": "0059"},
        lambda archive: Export.objects.count(),
        typed="0059",
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
    "collection-rule": Form(
        place("collection-rules"),
        lambda archive: {"material_type": "1", "nodes": "受理", "days": "5", "basis": LONG},
        lambda archive: CollectionRule.objects.filter(basis=LONG).count(),
    ),
    "contact": Form(
        place("reminder-contacts"),
        lambda archive: {"organisation": str(archive.body.pk), "name": "王敏" * 50, "address": "spj@example.org"},
        counted("contact.kept"),
        typed="王敏" * 50,
    ),
    "material-rules": Form(
        place("material-rules-new"),
        lambda archive: {
            "level": "unit",
            "key": "0059",
            "valid_from": "2026-01-01",
            "mode": "add",
            **lines_of(code="L1", type="1", name=LONG, needs="“申请书”"),
        },
        lambda archive: MaterialRuleSet.objects.filter(level="unit", key="0059").count(),
        shown_first=True,
    ),
    "retention-table": Form(
        place("retention-table-new"),
        lambda archive: {
            "key": "YLX",
            "version": "2026",
            "name": "表",
            "approval": LONG,
            "effective_from": "2026-01-01",
            "default_code": "D10",
            **lines_of(code="1", name="许可", retention="D30"),
        },
        lambda archive: RetentionTable.objects.filter(key="YLX").count(),
        shown_first=True,
    ),
    "carrier": Form(
        place("carrier-new"),
        lambda archive: {
            "number": "LTO-077",
            "kind": "tape",
            "gigabytes": "2500",
            "made_on": "2024-01-10",
            "place": "省馆" * 20,
        },
        lambda archive: Medium.objects.filter(number="LTO-077").count(),
        typed="省馆" * 20,
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


IN_ANOTHER_TEST = {
    "batch-decide": "ingest/test_batches.py::test_some_are_taken_in_and_some_go_back_after_check_answers",
    "import-run": "ingest/test_import_pages.py::test_the_whole_way_without_script",
    "import-crosswalk": "ingest/test_imports.py::test_pressed_twice_it_is_done_once",
    "arrangement-plan": "catalog/test_arranging.py::test_nothing_is_done_twice_or_unseen",
    "bulk": "pages/test_deciding_many.py::test_what_waits_is_taken_in_and_what_cannot_be_is_left_out",
    "item-import-preview": "pages/test_rule_pages.py::test_the_catalogue_of_a_county_is_taken_over",
    "item-version-new": "pages/test_rule_pages.py::test_rules_of_an_item_are_written_as_text",
    "trust-new": "pages/test_trust_pages.py::test_a_certificate_is_shown_compared_and_trusted",
    "witness-new": "pages/test_witness_pages.py::test_the_same_witness_twice_is_refused",
    "first-start": "pages/test_first_start.py::test_the_first_visitor_founds_the_archive_once",
    "code-list-new": "pages/test_rule_pages.py::test_code_lists_are_data_with_days",
    "job-retry": "work/test_retrying.py::",
    "digitising-check": (
        "digitisation/test_scan_pages.py::test_checking_again_pressed_twice_is_done_once_and_no_batch_is_no_page"
    ),
    **dict.fromkeys(
        ("digitising-lend", "digitising-return", "digitising-step-new"),
        "digitisation/test_paper.py::test_every_form_pressed_twice_is_done_once",
    ),
    **dict.fromkeys(
        ("digitising-acceptance", "digitising-inspect", "digitising-conclude", "digitising-sign"),
        "digitisation/test_acceptance.py::test_every_form_pressed_twice_is_done_once",
    ),
    "longterm-sign": "pages/test_longterm_page.py::test_the_newest_counts_and_earlier_ones_stay",
    "digitising-file": "digitisation/test_filing.py::test_what_is_not_ready_is_refused_and_nothing_is_told",
    "digitising-read": "digitisation/test_read_pages.py::test_asking_twice_reads_once",
    "dated-change": "pages/test_dated_changes.py::",
    "preservation-copies": "preservation/test_copies.py::test_by_hand_tries_all_files_of_the_records_named_again",
    "create_submission": "ingest/test_http.py::",
    "post_progress": "ingest/test_expected.py::test_the_same_node_twice_and_an_earlier_one_change_no_closing",
}
"""Forms that another test sends twice, with the test (after the colons empty: the whole module)."""
_STATE = "sets a state: again it is the same"
_DATED = "makes a version from a day on: again it is refused, for the version or day stands"
_GONE = "ends or takes away what it names: again there is nothing left"
_LOOK = "writes nothing that adds: it shows, chooses or answers"
_KNOWN = "is known again by what it brings: its number, name or digest"
_SECRET = "is never carried and asks for a password; again it finds its work done"
SAFE_TWICE = {
    "agreement-new": _DATED, "agreement-replace": _DATED, "rule-severities": _DATED, "rule-pack-new": _DATED,
    "package-profile-new": _DATED, "fonds-guide": _DATED, "organisation-change": _DATED, "security-policy": _DATED,
    "handover-rule-end": _GONE, "collection-rule-end": _GONE, "reminder-rule-end": _GONE, "credential-revoke": _GONE,
    "trust-remove": _GONE, "witness-retire": _GONE, "quarantine-release": _GONE, "record-unrelate": _GONE,
    "view": _GONE, "person-decline": _GONE, "person-revoke": _GONE,
    "display": _STATE, "language": _STATE, "sign-out": _STATE, "notices-read": _STATE, "job-steer": _STATE,
    "person-activate": _STATE, "person-deactivate": _STATE, "person-grant": _STATE, "person-unlock": _STATE,
    "record-hold": _STATE, "record-draft": _STATE, "record-suggestion": _STATE, "record-review": _STATE,
    "record-describe": "bears the version it was made for: an older one is refused", "account": _STATE,
    "record-change": "undoes one change: again the values are those already", "import-header": _STATE,
    "selection": _STATE, "arrangement-choose": _STATE, "views": _KNOWN, "fixity-reading": _STATE,
    "witness-policy": _STATE, "location": _STATE, "storage-policy": _STATE, "carrier": _STATE,
    "keys-rule": _STATE, "keys-recipient": _KNOWN, "keys-rotation": _SECRET,
    "preservation-rule": _STATE, "preservation-decide": _STATE, "preservation-verdict": _STATE,
    "digitising-new": "a folder may be delivered twice: each is a batch, and pages scanned twice are told",
    "digitising-form-mark": _KNOWN, "digitising-form-retire": _STATE, "digitising-sorting-choose": _STATE,
    "digitising-forms-fill": "while one waits nothing is added; again the pages are filled the same",
    "digitising-sorting-teach": "while one waits nothing is added; again a version of the same is made",
    "digitising-review-page": "bears the correction it was made after: the same text again changes nothing",
    "digitising-review-undo": "undoes one correction: again the line no longer says what that made of it",
    "digitising-review-hold": _STATE,
    "digitising-review-regions": "marks by place and kind: again it is there; changes again change nothing",
    "digitising-review-fields": _STATE,
    "backup-policy": _STATE, "backup-make": "queues one job: while it waits, none is added",
    "arrangement-classes": "adds a class by its code: again the code is taken",
    "organisation-correct": "corrects a body: again its values are those already",
    "arrangement-class-change": _STATE, "item-edit": "changes an item: again its values are those already",
    "export": _LOOK, "rule-trial": _LOOK, "audit-file": _LOOK, "audit-check": _LOOK, "carried": _LOOK,
    "record-rejudge": "judges again: the verdict of the same moment is the same",
    "item-import": "reads a catalogue into a preview; taking it over is sent twice above",
    "import-new": "brings a catalogue to be looked at; its lines are known by their digests when taken in",
    "upload": _KNOWN, "upload-list": _KNOWN, "send_package": _KNOWN, "create_batch": _KNOWN,
    "sign-in": _SECRET, "sign-in-code": _SECRET, "change-password": _SECRET, "second-factor-setup": _SECRET,
    "person-reset": "gives another one-time password; the one before no longer opens",
}  # fmt: skip
"""Forms that need no test of their own, each with its reason."""


def taking_forms(patterns: Any, found: dict[str, Any] | None = None) -> dict[str, Any]:
    """Every named address that takes POST, by the methods its view lets in; the view of each."""
    found = {} if found is None else found
    for each in patterns:
        if isinstance(each, URLResolver):
            taking_forms(each.url_patterns, found)
        elif each.name and "POST" in _methods(each.callback):
            found[each.name] = each.callback
    return found


def _methods(view: Any) -> list[str]:
    """What the decorators of a view let in: everything, when none says; of an API's address, its operations'."""
    while view is not None:
        told = inspect.getclosurevars(view).nonlocals if inspect.isfunction(view) else {}
        if "request_method_list" in told:
            return list(told["request_method_list"])
        if isinstance(told.get("self"), PathView):
            return [method for operation in told["self"].operations for method in operation.methods]
        view = getattr(view, "__wrapped__", None)
    return ["GET", "POST"]


def test_every_form_is_sent_twice_or_says_why_it_need_not_be(archive: Archive) -> None:
    taken = set(taking_forms(get_resolver().url_patterns)) - {"openapi-json", "api-root"}
    here = {resolve(form.at(archive)).url_name for form in FORMS.values()}
    told = here | set(IN_ANOTHER_TEST) | set(SAFE_TWICE)
    assert taken - told == set(), "send it twice, or say why that changes nothing"
    assert told - taken == set(), "no such address takes forms any more"
    assert here & set(SAFE_TWICE) == set()


@pytest.mark.parametrize("name", IN_ANOTHER_TEST)
def test_the_tests_named_are_there(name: str) -> None:
    module, _colons, test = IN_ANOTHER_TEST[name].partition("::")
    text = (Path(__file__).parents[1] / module).read_text(encoding="utf-8")
    assert not test or f"def {test}(" in text


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
    if form.shown_first:
        data["confirmed"] = hidden(client.post(at, data).content.decode(), "confirmed")
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
