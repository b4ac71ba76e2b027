"""Arranging in a real Chromium: open the tree, choose over pages, preview, move; on a phone and without script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Person, Role
from lantai.catalog.models import Arrangement, Record
from lantai.catalog.services.arranging import carry_out_arrangement
from tests.browser.conftest import NewContext
from tests.browser.test_staff_pages import looks_right
from tests.catalog.arranged import FONDS, found_fonds, put
from tests.make_people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
TITLE = "关于同意小餐饮店食品经营登记、其名称很长须在各处折行显示的批复（含附图）" * 3


@pytest.fixture
def people() -> Mapping[Role, Person]:
    made = found_fonds(Role.ARCHIVIST)
    put(1, 70, title=TITLE)
    put(100, 3, category_code="KU", class_code="01", title="记账凭证")
    return made


@pytest.fixture
def site(people: Mapping[Role, Person], built_assets: Path, live_server: LiveServer) -> str:
    """The address of the real site."""
    return str(live_server.url)


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/")
    page.get_by_label("账号").fill("archivist")
    page.get_by_label("口令").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.parametrize(("phone", "script"), [(False, True), (True, True), (False, False)])
def test_from_the_tree_to_numbers_and_a_move(
    phone: bool, script: bool, site: str, new_context: NewContext, axe_source: str
) -> None:
    page = new_context(phone=phone, java_script_enabled=script, bypass_csp=True).new_page()

    def look() -> None:
        if script:
            looks_right(page, axe_source)

    sign_in(page, site)
    page.goto(f"{site}{reverse('arrangement')}")
    look()
    page.get_by_role("cell").get_by_role("link", name="云岭县行政审批局全宗").click()
    look()
    if not phone:
        opener = page.get_by_role("link", name=re.compile("展开：类ZY · 类ZY·XK"))
        opener.click()
        expect(page.locator(".lt-tree").get_by_role("link", name=re.compile("^2026"))).to_be_visible()
        page.goto(f"{site}{reverse('arrangement-fonds', args=[FONDS])}")
    page.get_by_role("cell").get_by_role("link", name="类ZY · 类ZY·XK").click()
    page.get_by_role("cell").get_by_role("link", name="2026", exact=True).click()
    look()
    boxes = page.get_by_role("checkbox", name=re.compile("^选择："))
    boxes.nth(0).check()
    if not script:
        page.get_by_role("button", name="记住本页的选择").click()
    page.get_by_role("link", name="下一页").click()
    boxes.nth(0).check()
    look()
    page.get_by_role("button", name="编号…").click()
    expect(page.get_by_text("已选 2 件").first).to_be_visible()
    page.get_by_role("button", name="预览效果").click()
    expect(page.get_by_text("J019-ZY·XK·2026·D30-000002")).to_be_visible()
    look()
    page.get_by_role("button", name="编号 2 件").click()
    expect(page.get_by_text("正在后台办理")).to_be_visible()
    carry_out_arrangement.call(number=Arrangement.objects.get().pk)
    page.reload()
    expect(page.get_by_text("已办成 2 件")).to_be_visible()
    look()
    assert Record.objects.filter(archive_code__startswith="J019-ZY·XK·2026").count() == 2
    page.goto(f"{site}{reverse('arrangement-year', args=[FONDS, 'ZY·XK', 2026])}?show=unnumbered")
    page.get_by_role("checkbox", name=re.compile("^选择：")).nth(3).check()
    page.get_by_role("button", name="移动…").click()
    page.get_by_label("移到类别").select_option("ZY·QR")
    page.get_by_label("理由").fill("分类有误")
    page.get_by_role("button", name="预览效果").click()
    page.get_by_role("button", name="移动 1 件").click()
    carry_out_arrangement.call(number=Arrangement.objects.latest("pk").pk)
    assert Record.objects.filter(class_code="QR").count() == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_arranging_fits_a_phone_and_is_accessible(
    language: str, site: str, people: Mapping[Role, Person], new_context: NewContext, axe_source: str
) -> None:
    page = new_context(phone=True, bypass_csp=True).new_page()
    sign_in(page, site)
    Person.objects.filter(username="archivist").update(language=language)
    year = reverse("arrangement-year", args=[FONDS, "ZY·XK", 2026])
    for place in (
        reverse("arrangement"),
        reverse("arrangement-fonds", args=[FONDS]),
        reverse("arrangement-class", args=[FONDS, "ZY·XK"]),
        year,
        reverse("arrangement-codes"),
        reverse("arrangement-scheme", args=[FONDS]),
        f"{reverse('arrangement-printing')}?fonds={FONDS}&classes=ZY·XK&year=2026",
    ):
        page.goto(f"{site}{place}")
        looks_right(page, axe_source)
    assert page.locator("html").get_attribute("lang") == ("en" if language == "en" else "zh-Hans")
