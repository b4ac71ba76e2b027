"""The long-term checks: what no round looked at never passes, and each group fails by what the rounds find."""

from __future__ import annotations

import html
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lantai.administration.models import Role
from lantai.archival.verification import Found
from lantai.catalog.services.judging import DUTY
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
