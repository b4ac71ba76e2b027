"""Looking at a file in a real Chromium: zoom, turn, page by page, lines and places both ways, lit words; by keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Role
from lantai.archival.checks.faults import sound_case
from lantai.catalog.models import Secrecy
from tests.browser.conftest import NewContext
from tests.browser.test_pages import _violations
from tests.catalog.test_file_on_view import long_pdf, scans
from tests.ingest.county import found_county, settle
from tests.make_people import PASSWORD, make_person
from tests.pages.archive import send

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def address(built_assets: object, live_server: LiveServer) -> str:
    """The address of a record that holds a register of 64 pages and a scan."""
    body = found_county()
    case = sound_case(62)
    case.add("结果文件", "C2", "登记簿", "登记簿.pdf", long_pdf(), "PDF")
    case.add("过程文件", "B9", "扫描件", "扫描件.tif", scans(), "TIF")
    case.metadata["total_number"] = str(len(case.materials))
    sent = send(body, f"{case.name}.zip", case.write()[0])
    settle()
    sent.refresh_from_db()
    make_person(Role.ARCHIVIST, username="guan", clearance=Secrecy.RESTRICTED)
    return f"{live_server.url}/records/{sent.record_code}/"


def opened(page: Page, address: str, file: str, more: str = "") -> None:
    """Sign in, and open one file of the record."""
    page.goto(address)
    page.get_by_label("账号").fill("guan")
    page.get_by_label("口令").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.goto(f"{address}?tab=files")
    page.get_by_role("link", name=file).first.click()
    if more:
        page.goto(f"{page.url}&{more}")


def shown(page: Page) -> list[str]:
    return page.eval_on_selector_all(
        ".lt-page", "all => all.filter(each => !each.hidden).map(each => each.dataset.page)"
    )  # type: ignore[no-any-return]


def wide(page: Page) -> float:
    return float(page.locator(".lt-page:visible").first.evaluate("each => each.getBoundingClientRect().width"))


@pytest.mark.parametrize("phone", [False, True])
def test_a_long_file_by_keys(phone: bool, address: str, new_context: NewContext, axe_source: str) -> None:
    page = new_context(phone=phone, bypass_csp=True).new_page()
    opened(page, address, "登记簿", "q=青溪水库")
    page.wait_for_selector(".lt-viewer[data-ready]")
    expect(page.locator(".lt-pagebar--hits")).to_contain_text("有 3 处")
    assert page.locator(".lt-page__hit").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    assert _violations(page, axe_source) == []
    hit = page.locator("#lt-page-3 .lt-page__hit").first.bounding_box()
    line = page.locator("#lt-page-3 .lt-page__place").nth(1).bounding_box()
    assert hit is not None and line is not None
    assert line["x"] < hit["x"] < hit["x"] + hit["width"] < line["x"] + line["width"] + 4
    before = wide(page)
    page.keyboard.press("+")
    assert wide(page) > before * 1.2
    page.keyboard.press("0")
    assert wide(page) == before
    page.keyboard.press("p")
    assert shown(page) == ["1"]
    page.keyboard.press(".")
    page.keyboard.press(".")
    assert shown(page) == ["3"]
    page.keyboard.press("t")
    assert wide(page) == pytest.approx(before, abs=2), "a page on its side still fits the width"
    page.keyboard.press("t")
    page.keyboard.press("t")
    page.keyboard.press("t")
    page.keyboard.press(",")
    assert shown(page) == ["2"]
    page.keyboard.press("f")
    assert shown(page) == ["3"], "the next hit is opened where pages are shown one by one"
    expect(page.locator(".lt-lines--on mark")).to_have_count(1)
    page.keyboard.press("p")
    assert len(shown(page)) == 30


def test_from_portion_to_portion(address: str, new_context: NewContext) -> None:
    page = new_context().new_page()
    opened(page, address, "登记簿")
    page.wait_for_selector(".lt-viewer[data-ready]")
    page.keyboard.press("p")
    expect(page.locator('[data-view="single"]')).to_have_attribute("aria-pressed", "true")
    page.locator(".lt-thumbs a").last.press("Enter")
    expect(page.locator("#lt-page-30")).to_be_visible()
    page.keyboard.press(".")
    page.wait_for_url("**from=31**", wait_until="commit")  # not until all its thirty images are made
    expect(page.locator("#lt-page-31 img")).to_be_visible()
    page.get_by_label("从").fill("50")
    page.get_by_role("button", name="页起显示").click()
    page.wait_for_url("**from=50**", wait_until="commit")
    expect(page.locator("#lt-page-50 img")).to_be_visible()
    image = page.locator("#lt-page-50 img")
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1000


def test_thumbnails_keep_their_places_while_their_images_come(address: str, new_context: NewContext) -> None:
    page = new_context().new_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"-96\.webp"), hold)
    opened(page, address, "登记簿")
    page.wait_for_selector(".lt-viewer[data-ready]")
    places = "all => all.map(each => [each.offsetLeft, each.offsetWidth, each.offsetHeight])"
    before = page.eval_on_selector_all(".lt-thumbs a", places)
    assert len(before) == 30 and min(width for _left, width, _height in before) >= 40
    expect(page.locator(".lt-thumbs img").first).to_have_js_property("naturalWidth", 0)
    assert held
    page.unroute_all()  # which lets go of what was held
    expect(page.locator(".lt-thumbs img").nth(4)).not_to_have_js_property("naturalWidth", 0)
    assert page.eval_on_selector_all(".lt-thumbs a", places) == before
    page.locator(".lt-thumbs a").nth(6).click()
    expect(page.locator(".lt-thumbs a").nth(6)).to_have_attribute("aria-current", "true")


def test_without_script_pages_are_images_and_ways_are_links(address: str, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    opened(page, address, "登记簿", "q=验收")
    expect(page.locator("#lt-page-50 img")).to_be_visible()
    assert page.locator("[data-view]:visible").count() == 0
    page.get_by_role("link", name="前面的页").click()
    expect(page.locator("#lt-page-20 img")).to_be_visible()
    page.get_by_role("link", name="第 50 页 1 处").click()
    assert page.url.endswith("#lt-page-50")


def test_a_scan_is_an_image_that_says_so(address: str, new_context: NewContext, axe_source: str) -> None:
    page = new_context(bypass_csp=True).new_page()
    opened(page, address, "扫描件")
    page.wait_for_selector(".lt-viewer[data-ready]")
    expect(page.get_by_text("自身没有文字")).to_be_visible()
    expect(page.locator(".lt-lines")).to_have_count(0)
    page.locator("#lt-page-3 img").scroll_into_view_if_needed()
    assert page.locator("#lt-page-3 img").evaluate("image => image.decode().then(() => image.naturalHeight)") == 1333
    assert _violations(page, axe_source) == []
