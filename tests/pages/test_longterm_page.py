"""The long-term checks: what no round looked at never passes, and each group fails by what the rounds find."""

from __future__ import annotations

import html
import json
from datetime import date, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Person, Role
from lantai.archival.verification import Found
from lantai.catalog.services.judging import DUTY
from lantai.ledger.models import Entry
from lantai.preservation.models import LongtermSignoff
from lantai.preservation.services import SIGNED_GROUPS
from lantai.site.longterm import longterm_report
from lantai.storage.models import Copy, Location, StoredObject, VerificationRound
from lantai.storage.services import begin_round, finish_round, note_round
from lantai.work.models import DueWork
from tests.make_people import make_person, signed_in

pytestmark = pytest.mark.django_db
VALUES = dict.fromkeys(("detail", "object", "path", "content", "entry", "detail_en"), "x")


def judged() -> dict[str, str]:
    return {each.group.group: each.verdict for each in longterm_report(now=timezone.now())[1]}


def a_round(*found: tuple[str, str], looked: int = 3) -> None:
    """A whole round that found these codes by area."""
    number, now = begin_round(by="t", now=timezone.now()), timezone.now()
    for area in ("ledger", "records", "objects"):
        findings = [Found(code, "urn:x", VALUES) for place, code in found if place == area]
        note_round(
            round_id=number, area=area, position={}, looked_at=looked, seconds=1.0, findings=findings, now=now
        )  # fmt: skip
    finish_round(round_id=number, now=timezone.now())


def test_nothing_passes_that_no_round_has_looked_at() -> None:
    found = judged()
    assert len(found) == 17 and "pass" not in found.values()
    assert {each for each, verdict in found.items() if verdict == "manual"} == {"2-1", "3-3", "4-1", "4-3", "4-4"}
    a_round(looked=0)
    assert "pass" not in judged().values()


def test_a_whole_round_makes_the_groups_pass_that_rest_on_it_and_ages() -> None:
    a_round()
    passed = {each for each, verdict in judged().items() if verdict == "pass"}
    assert passed == {"1-1", "1-2", "1-3", "1-4", "1-5", "2-3", "2-4", "3-1", "3-2"}
    VerificationRound.objects.update(finished_at=timezone.now() - timedelta(days=8))
    assert "pass" not in judged().values()


@pytest.mark.parametrize(
    ("area", "code", "failing"),
    [
        ("records", "record.columns", {"1-2", "2-2"}),
        ("records", "record.content", {"1-3"}),
        ("records", "record.no-object", {"1-4", "2-4"}),
        ("records", "record.document-unreadable", {"2-2", "2-4", "3-1"}),
        ("objects", "E092", {"1-1", "1-5", "2-3"}),
        ("objects", "L001", {"1-1", "1-5", "2-3", "3-2"}),
        ("objects", "L003", {"1-1", "1-5", "3-2"}),
    ],
)
def test_each_finding_fails_its_groups_and_no_other(area: str, code: str, failing: set[str]) -> None:
    a_round((area, code))
    assert {each for each, verdict in judged().items() if verdict == "fail"} == failing
    a_round()  # mended
    assert "fail" not in judged().values()


def test_damaged_copies_late_copies_and_worse_verdicts_count() -> None:
    a_round()
    place = Location.objects.create(code="main")
    stored = StoredObject.objects.create(
        object_id="urn:x:1", location=place, head="v1", inventory_digest="d", bytes=5, files=1,
        deposited_at=timezone.now(),
    )  # fmt: skip
    copy = Copy.objects.create(stored=stored, location=place, state="verified", verified_at=timezone.now())
    assert judged()["4-2"] == "manual"
    Copy.objects.update(verified_at=timezone.now() - timedelta(days=99))
    assert judged()["4-2"] == "warning"
    Copy.objects.filter(pk=copy.pk).update(state="damaged")
    assert judged()["4-2"] == "fail"
    now = timezone.now()
    DueWork.objects.create(
        kind=DUTY, subject="E1", title="E1", reason="signature-worsened", role="archivist", due_on=now.date(),
        raised_at=now,
    )  # fmt: skip
    assert judged()["1-1"] == "warning"


def test_the_page_and_the_report_say_it_to_those_who_watch(django_assert_max_num_queries) -> None:
    a_round(("objects", "E092"))
    archivist = signed_in(make_person(Role.ARCHIVIST))
    archivist.get(reverse("longterm"))
    with django_assert_max_num_queries(12):
        page = html.unescape(archivist.get(reverse("longterm")).content.decode())
    assert page.count("CQ-") >= 17 and "未恢复" in page and "须人工检测" in page
    assert reverse("longterm") in archivist.get(reverse("verifications")).content.decode()
    report = archivist.get(reverse("longterm-report"))
    assert "attachment" in report["Content-Disposition"]
    told = {each["code"]: each["verdict"] for each in report.json()["groups"]}
    assert len(told) == 17 and told["CQ-1-5"] == "fail" and told["CQ-4-4"] == "manual"
    archivist.post(reverse("language"), {"language": "en"})
    assert "findings that are not mended" in archivist.get(reverse("longterm")).content.decode()
    assert Client().get(reverse("longterm")).status_code == 302
    assert signed_in(make_person(Role.LEADER)).get(reverse("longterm")).status_code == 403


FOUND = "用两种杀毒软件扫描全部副本，未发现病毒，报告 BD-2026-07"


def sign(client: Client, group: str, **changed: object) -> HttpResponse:
    today = timezone.localdate()
    typed = {
        "verdict": "pass",
        "checked_on": today.isoformat(),
        "found": FOUND,
        "next_on": (today + timedelta(days=365)).isoformat(),
    }
    return client.post(reverse("longterm-sign", args=[group]), typed | changed)


def test_what_a_person_signs_counts_until_it_is_due_again(django_assert_max_num_queries) -> None:
    person = make_person(Role.ARCHIVIST)
    archivist = signed_in(person)
    assert FOUND not in archivist.get(reverse("longterm")).content.decode()
    assert archivist.get(reverse("longterm-sign", args=["4-1"])).status_code == 200
    assert sign(archivist, "4-1").status_code == 302
    row = LongtermSignoff.objects.get()
    assert (row.group, row.verdict, row.by) == ("4-1", "pass", f"person:{person.pk}")
    told = Entry.objects.get(kind="preservation.group-signed")
    detail = json.loads(told.text)["detail"]
    assert (told.subject, told.actor, told.role) == ("longterm:CQ-4-1", row.by, "archivist")
    assert detail["before"] is None and detail["after"]["found"] == FOUND
    assert judged()["4-1"] == "pass" and judged()["4-3"] == "manual"
    with django_assert_max_num_queries(12):
        page = html.unescape(archivist.get(reverse("longterm")).content.decode())
    assert FOUND in page and person.name in page
    group = next(
        each for each in archivist.get(reverse("longterm-report")).json()["groups"] if each["code"] == "CQ-4-1"
    )
    assert group["verdict"] == "pass" and group["signed"]["found"] == FOUND
    later = timezone.now() + timedelta(days=366)
    late = {each.group.group: each for each in longterm_report(now=later)[1]}
    assert late["4-1"].verdict == "warning" and "须重新检测" in late["4-1"].evidence


def test_the_newest_counts_and_earlier_ones_stay() -> None:
    archivist = signed_in(make_person(Role.ARCHIVIST))
    sign(archivist, "4-4")
    sign(archivist, "4-4")  # posted twice
    assert LongtermSignoff.objects.count() == 1
    sign(archivist, "4-4", verdict="fail", found="库房湿度 70%，已要求整改")
    assert judged()["4-4"] == "fail" and LongtermSignoff.objects.count() == 2
    before = json.loads(Entry.objects.filter(kind="preservation.group-signed").latest("id").text)["detail"]["before"]
    assert (before["verdict"], before["found"]) == ("pass", FOUND)
    page = archivist.get(reverse("longterm-sign", args=["4-4"])).content.decode()
    assert "以前的检测" in page and FOUND in page and "库房湿度" in page


def test_a_signature_never_hides_what_the_rounds_found() -> None:
    archivist = signed_in(make_person(Role.ARCHIVIST))
    a_round()
    assert judged()["2-2"] == "manual"
    sign(archivist, "2-2")
    assert judged()["2-2"] == "pass"
    a_round(("records", "record.columns"))
    assert judged()["2-2"] == "fail"


TODAY = date.today()


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "manual"},
        {"verdict": ""},
        {"found": "  好  "},
        {"found": "长" * 1001},
        {"checked_on": (TODAY + timedelta(days=2)).isoformat()},
        {"checked_on": "昨天"},
        {"next_on": TODAY.isoformat()},
        {"next_on": (TODAY + timedelta(days=900)).isoformat()},
        {"checked_on": (TODAY - timedelta(days=30)).isoformat(), "next_on": (TODAY - timedelta(days=1)).isoformat()},
    ],
)
def test_nothing_wrong_is_signed(wrong: dict[str, str]) -> None:
    answer = sign(signed_in(make_person(Role.SYSTEM)), "4-3", **wrong)
    assert answer.status_code in (200, 422)
    assert not LongtermSignoff.objects.exists()
    assert not Entry.objects.filter(kind="preservation.group-signed").exists()


def test_only_groups_that_people_judge_and_only_by_those_who_may() -> None:
    archivist = signed_in(make_person(Role.ARCHIVIST))
    for group in ("1-1", "3-4", "9-9"):
        assert sign(archivist, group).status_code == 404
    auditor = signed_in(make_person(Role.AUDIT))
    assert sign(auditor, "4-1").status_code == 403
    assert reverse("longterm-sign", args=["4-1"]) not in auditor.get(reverse("longterm")).content.decode()
    assert not LongtermSignoff.objects.exists()
    a_round()
    manual = {each for each, verdict in judged().items() if verdict == "manual"}
    assert manual <= set(SIGNED_GROUPS)


def test_the_form_speaks_english() -> None:
    person = make_person(Role.ARCHIVIST)
    Person.objects.filter(pk=person.pk).update(language="en")
    archivist = signed_in(person)
    sign(archivist, "4-1")
    page = archivist.get(reverse("longterm-sign", args=["4-1"])).content.decode()
    for words in ("Enter a check made by people", "What was found", "Sign and save", "Earlier checks"):
        assert words in page
    assert "checked by" in archivist.get(reverse("longterm")).content.decode()
