"""Describing in a real Chromium: by keyboard alone, without script, on a phone, when the session ends, two at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Role
from lantai.catalog.models import Describing, DescriptionDraft, Record
from lantai.ledger.models import Entry
from tests.browser.conftest import NewContext
from tests.browser.test_staff_pages import looks_right, sign_in
from tests.make_people import make_person
from tests.pages.archive import CLEARED, Archive, make_archive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def archive() -> Archive:
    return make_archive()


@pytest.fixture
def site(archive: Archive, built_assets: Path, live_server: LiveServer) -> str:
    """The address of the real site."""
    return str(live_server.url)


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page where LANTAI_PICTURES says, to be looked at."""
    folder = os.environ.get("LANTAI_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png")


def reach(page: Page, selector: str, *, most: int = 120) -> None:
    """Press Tab until the element has the focus."""
    for _step in range(most):
        if page.evaluate("wanted => document.activeElement?.matches(wanted)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached with Tab")


def test_a_record_is_described_by_keyboard_and_the_next_opens(
    archive: Archive, site: str, new_context: NewContext, axe_source: str
) -> None:
    page = new_context(bypass_csp=True).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    sign_in(page, site, archive, Role.ARCHIVIST)
    page.goto(f"{site}/describing/")
    looks_right(page, axe_source)
    page.keyboard.press("n")
    expect(page.get_by_role("heading", level=2, name="著录 DA/T 18-2022")).to_be_visible()
    page.wait_for_selector("[data-island=describe][data-ready]")
    looks_right(page, axe_source)
    picture(page, "describe")
    reach(page, "[name=accept]")
    accepted = page.evaluate("document.activeElement.closest('[data-element]').dataset.element")
    page.keyboard.press("Enter")
    expect(page.get_by_text("建议已填入草稿，保存后才算数。")).to_be_visible()
    assert not Describing.objects.get(record=archive.record).elements
    reach(page, "#e-title")
    page.keyboard.press("Control+a")
    page.keyboard.type("键盘著录的题名")
    expect(page.locator("#lt-draft")).to_contain_text("草稿已存")
    assert DescriptionDraft.objects.get().values["title"] == "键盘著录的题名"
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/records/{archive.open_record.record_code}/describe/**")
    expect(page.get_by_text("记入历史")).to_be_visible()
    record = Record.objects.get(pk=archive.record.pk)
    assert record.title == "键盘著录的题名"
    assert accepted == "title" or Describing.objects.get(record=record).version == 1
    page.goto(f"{site}/records/{record.record_code}/?tab=history")
    looks_right(page, axe_source)
    picture(page, "history")
    page.get_by_role("link", name="修改著录").first.press("Enter")
    page.get_by_role("button", name="撤销这一步").press("Enter")
    expect(page.get_by_text("已撤销，撤销本身也记入历史。")).to_be_visible()
    assert Record.objects.get(pk=record.pk).title == archive.record.title
    assert [each for each in said if "Content Security Policy" in each] == []


def test_an_element_with_a_source_lights_its_line(archive: Archive, site: str, new_context: NewContext) -> None:
    page = new_context().new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    page.goto(f"{site}/records/{archive.record.record_code}/describe/")
    page.wait_for_selector("[data-island=describe][data-ready]")
    page.wait_for_selector("[data-island=viewer][data-ready]")
    place = page.locator("#e-title").get_attribute("data-source")
    page.locator("#e-title").focus()
    expect(page.locator(f".lt-lines li[data-place='{place}']")).to_have_class("lt-lines--on")
    page.locator(f"a[data-source='{place}']").first.press("Enter")
    expect(page.locator(f".lt-lines li[data-place='{place}'] a")).to_be_focused()
    picture(page, "source")


@pytest.mark.parametrize("phone", [False, True])
def test_without_script_all_faults_are_told_and_a_lost_session_loses_nothing(
    phone: bool, archive: Archive, site: str, new_context: NewContext
) -> None:
    page = new_context(phone=phone, java_script_enabled=False).new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    page.goto(f"{site}/records/{archive.record.record_code}/describe/")
    page.locator("#e-title").fill("")
    page.locator("#e-date").fill("昨天")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("有 2 处需要修改")).to_be_visible()
    expect(page.locator("#e-date")).to_have_value("昨天")
    page.get_by_role("alert").get_by_role("link").last.click()
    picture(page, f"faults-{phone}")
    page.locator("#e-title").fill("登录失效前写的题名")
    page.locator("#e-date").fill("20260301")
    Session.objects.all().delete()
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_label("账号").fill(archive.people[Role.ARCHIVIST].username)
    page.get_by_label("口令").fill("Orchid-7Lake")
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#e-title")).to_have_value("登录失效前写的题名")
    expect(page.get_by_text("已恢复您")).to_be_visible()
    page.get_by_role("button", name="保存", exact=True).click()
    assert Record.objects.get(pk=archive.record.pk).title == "登录失效前写的题名"
    assert Entry.objects.filter(kind="record.described").count() == 1


def test_two_people_in_one_record_have_a_clear_choice(
    archive: Archive, site: str, new_context: NewContext, axe_source: str
) -> None:
    colleague = make_person(Role.ARCHIVIST, username="colleague", **CLEARED)
    first, second = new_context(bypass_csp=True).new_page(), new_context(bypass_csp=True).new_page()
    sign_in(first, site, archive, Role.ARCHIVIST)
    archive.people[Role.ARCHIVIST] = colleague
    sign_in(second, site, archive, Role.ARCHIVIST)
    address = f"{site}/records/{archive.record.record_code}/describe/"
    first.goto(address)
    first.locator("#e-title").fill("甲写的题名")
    expect(first.locator("#lt-draft")).to_contain_text("草稿已存")
    second.goto(address)
    expect(second.get_by_text("正在著录这件档案")).to_be_visible()
    looks_right(second, axe_source)
    picture(second, "held")
    second.get_by_role("button", name="接手编辑").click()
    second.locator("#e-title").fill("乙写的题名")
    second.get_by_role("button", name="保存", exact=True).click()
    expect(second.get_by_text("记入历史")).to_be_visible()
    first.get_by_role("button", name="保存", exact=True).click()
    expect(first.get_by_text("对方保存的值")).to_be_visible()
    expect(first.locator("#e-title")).to_have_value("甲写的题名")
    looks_right(first, axe_source)
    picture(first, "both")


def test_composing_on_a_phone_and_in_english(
    archive: Archive, site: str, new_context: NewContext, axe_source: str
) -> None:
    page = new_context(phone=True, bypass_csp=True).new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    person = archive.people[Role.ARCHIVIST]
    for language in ("zh-hans", "en"):
        type(person).objects.filter(pk=person.pk).update(language=language)
        for path in ("compose/", "describe/", "?tab=relations"):
            page.goto(f"{site}/records/{archive.record.record_code}/{path}")
            looks_right(page, axe_source)
            picture(page, f"phone-{language}-{path.strip('/?').replace('=', '-')}")
