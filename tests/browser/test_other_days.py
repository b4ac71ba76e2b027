"""The day of a department's clerk, and of the three administrators, in a real Chromium: by mouse and by keys alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Agreement, Organisation, Person, Role
from lantai.archival.checks.faults import sound_case
from lantai.ingest.models import CorrectionRequest, Submission
from lantai.ingest.services import ProgressNode, decide_submissions, push_progress
from lantai.ingest.services.handover_rules import NewHandoverRule, set_handover_rule
from tests.browser import other_days as day
from tests.browser.archivist_day import sign_in, sign_out
from tests.browser.conftest import NewContext
from tests.browser.hands import NO_MOUSE, Hand, Keys, Mouse, Watch
from tests.ingest.county import found_county, package, settle
from tests.make_people import make_person
from tests.pages.archive import send

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def body() -> Organisation:
    return found_county("manual")


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture(params=["mouse", "keys"])
def hand(request: pytest.FixtureRequest, watch: Watch, built_assets: Path, new_context: NewContext) -> Hand:
    """A new browser and one of the two ways to use it."""
    page = new_context().new_page()
    watch.over(page)
    if request.param == "mouse":
        return Mouse(page)
    page.add_init_script(NO_MOUSE)
    return Keys(page)


def laid_down(folder: Path, number: int, *, name: str = "") -> Path:
    """A package in a file of its own."""
    usual, data = package(number)
    path = folder / (name or usual)
    path.write_bytes(data)
    return path


def test_a_clerk_hands_over_corrects_and_answers_what_is_owed(
    hand: Hand, watch: Watch, body: Organisation, live_server: LiveServer, tmp_path: Path
) -> None:
    now = timezone.now()
    Agreement.objects.update(limits={"correction_days": 10})
    set_handover_rule(rule=NewHandoverRule(closes=["办结"], days=5), by="person:1", role="archivist", now=now)
    case = sound_case(23).metadata["project_id"]
    node = ProgressNode(
        "办结", now - timedelta(days=14), body.name, "已完成", item="0119000101", item_name="许可证核发"
    )
    push_progress(organisation_id=body.pk, case_number=case, node=node, now=now)
    clerk = make_person(Role.DEPARTMENT, username="clerk", organisation=body)

    sign_in(hand, live_server.url, clerk)
    day.go(hand, "上传移交包")
    sent = day.hand_over(hand, laid_down(tmp_path, 21))
    said = {"approve": False, "reason": "封面须重新盖章", "now": timezone.now()}
    decide_submissions(record_codes=[sent.record_code], by="person:1", role="archivist", **said)
    settle()
    day.send_again(hand, CorrectionRequest.objects.get(), laid_down(tmp_path, 21, name="补正.zip"))
    day.answer_what_is_owed(hand, case, laid_down(tmp_path, 23))
    sign_out(hand)
    assert watch.said == []


def test_three_administrators_share_one_house(
    hand: Hand, watch: Watch, body: Organisation, live_server: LiveServer
) -> None:
    site, people = live_server.url, {}
    send(body, *package(31))
    settle()
    for role in (Role.SYSTEM, Role.SECURITY, Role.AUDIT):
        people[role] = make_person(role, username=role.value.split("-")[0])

    sign_in(hand, site, people[Role.SYSTEM])
    once = day.make_account(hand, "zhao.m")
    day.issue_credential(hand, body.code)
    day.look_after_the_house(hand)
    sign_out(hand)
    assert not Person.objects.get(username="zhao.m").is_active, "who makes accounts gives no rights"

    sign_in(hand, site, people[Role.SECURITY])
    day.grant_and_activate(hand, "zhao.m")
    day.tighten_policy(hand)
    sign_out(hand)
    day.first_sign_in(hand, site, "zhao.m", once)
    sign_out(hand)

    sign_in(hand, site, people[Role.AUDIT])
    day.read_and_check_the_log(hand, "role-granted")
    assert watch.said == []
    _no_way_in(hand.page, site)


def _no_way_in(page: Page, site: str) -> None:
    """The auditor comes to no content, and to nothing that changes anything."""
    for name in ("work/", "submissions/", "search/", "administration/people/", "administration/policy/", "jobs/"):
        day.is_refused(page, f"{site}/{name}")
    assert Submission.objects.exists()
