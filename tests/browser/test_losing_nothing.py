"""A form in a real Chromium when the session ends, when it is older than the session, when its button is hit twice."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Organisation, Person, Role
from tests.browser.archivist_day import button, heading, sign_in
from tests.browser.conftest import NewContext
from tests.browser.hands import Keys, Mouse
from tests.browser.test_staff_pages import looks_right
from tests.ingest.county import found_county
from tests.make_people import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]

LONG = ("云岭县人民政府政务服务管理办公室" * 13)[:200]


@pytest.fixture
def archivist() -> Person:
    found_county()
    return make_person(Role.ARCHIVIST)


@pytest.fixture
def site(built_assets: object, live_server: LiveServer) -> str:
    return str(live_server.url)


def filled(page: Page, site: str) -> None:
    """The form of a new body, filled in."""
    page.goto(f"{site}/administration/organisations/new/")
    page.locator("[name=code]").fill("JYJ")
    page.locator("[name=name]").fill(LONG)
    page.locator("[name=kind]").select_option("agency")


@pytest.mark.parametrize("how", ["keys", "plain"])
def test_a_session_that_ends_in_a_form_loses_nothing(
    how: str, archivist: Person, site: str, new_context: NewContext, axe_source: str
) -> None:
    page = new_context(java_script_enabled=how == "keys", bypass_csp=True).new_page()
    hand = Keys(page) if how == "keys" else Mouse(page)
    sign_in(hand, site, archivist)
    filled(page, site)
    Session.objects.all().delete()
    hand.press(page.locator("main button[type=submit]").last)
    expect(page.get_by_text("填写的内容都在，登录后可以继续提交。")).to_be_visible()
    if how == "keys":
        looks_right(page, axe_source)
    hand.write(page.get_by_label("账号"), archivist.username)
    hand.write(page.get_by_label("口令"), "Orchid-7Lake")
    hand.press(page.get_by_role("button", name="登录"))
    heading(page, "继续刚才的提交")
    expect(page.get_by_text(LONG)).to_be_visible()
    if how == "keys":
        looks_right(page, axe_source)
    assert not Organisation.objects.filter(code="JYJ").exists()
    hand.press(button(page, "继续提交"))
    heading(page, LONG)
    assert Organisation.objects.get(code="JYJ").name == LONG


def test_a_form_older_than_the_session_is_sent_again(archivist: Person, site: str, new_context: NewContext) -> None:
    page = new_context().new_page()
    sign_in(Mouse(page), site, archivist)
    filled(page, site)
    other = page.context.new_page()
    other.goto(f"{site}/work/")
    other.locator("summary.lt-tool").click()
    other.get_by_role("button", name="退出登录").click()
    sign_in(Mouse(other), site, archivist)
    page.locator("main button[type=submit]").last.click()
    heading(page, "继续刚才的提交")
    button(page, "继续提交").click()
    heading(page, LONG)


def test_a_double_click_sends_a_form_once(archivist: Person, site: str, new_context: NewContext) -> None:
    page = new_context().new_page()
    sign_in(Mouse(page), site, archivist)
    filled(page, site)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator("main button[type=submit]").last.dblclick()
    heading(page, LONG)
    assert len(sent) == 1
    assert Organisation.objects.filter(code="JYJ").count() == 1
