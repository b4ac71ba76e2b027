"""What scripts add, by keyboard and by mouse; and the same pages without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewContext
from tests.browser.samples import FAILED_ONCE, RECEIVED

pytestmark = pytest.mark.browser


@pytest.fixture
def work(sample_server: str, new_context: NewContext) -> Page:
    page = new_context().new_page()
    page.goto(f"{sample_server}/sample/work/")
    page.wait_for_selector("html[data-script=on]")
    return page


def test_slash_goes_to_search_and_single_keys_rest_in_fields(work: Page) -> None:
    work.keyboard.press("/")
    expect(work.locator("[data-search]")).to_be_focused()
    work.keyboard.type("jk?n/")
    expect(work.locator("[data-search]")).to_have_value("jk?n/")
    assert work.locator(".lt-table--here").count() == 0
    assert work.url.endswith("/sample/work/")


def test_rows_by_j_and_k_and_enter_opens(work: Page) -> None:
    work.keyboard.press("j")
    work.keyboard.press("j")
    work.keyboard.press("k")
    rows = work.locator("table[data-rows] tbody tr")
    expect(rows.nth(0)).to_have_class("lt-table__choosing lt-table--here")
    expect(rows.nth(0).locator("a").first).to_be_focused()
    work.keyboard.press("Enter")
    work.wait_for_url("**/sample/record/")


def test_selection_by_keys_range_and_all(work: Page) -> None:
    counted = work.locator("[data-bulk] [data-count]")
    boxes = work.locator("tbody input[name=selected]")
    expect(counted).to_have_text("2")
    work.keyboard.press("j")
    work.keyboard.press("x")
    expect(counted).to_have_text("3")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(counted).to_have_text("6")
    work.locator("thead input[type=checkbox]").click()
    expect(counted).to_have_text(str(boxes.count()))
    work.locator("[data-clear] button").click()
    expect(work.locator("[data-bulk]")).to_be_hidden()


def test_question_mark_shows_the_keys_and_escape_gives_the_focus_back(work: Page) -> None:
    work.locator(".lt-tile").first.focus()
    work.keyboard.press("?")
    overlay = work.locator("#lt-keys")
    expect(overlay).to_be_visible()
    for _ in range(3):
        work.keyboard.press("Tab")
        assert work.evaluate("document.getElementById('lt-keys').contains(document.activeElement)")
    work.keyboard.press("j")
    assert work.locator(".lt-table--here").count() == 0
    work.keyboard.press("Escape")
    expect(overlay).to_be_hidden()
    expect(work.locator(".lt-tile").first).to_be_focused()


def test_keys_can_be_switched_off(sample_server: str, new_context: NewContext) -> None:
    context = new_context()
    context.add_cookies([{"name": "lantai_display", "value": "keys:off", "url": sample_server}])
    page = context.new_page()
    page.goto(f"{sample_server}/sample/work/")
    page.wait_for_selector("html[data-script=on]")
    for key in ("/", "?", "j", "n"):
        page.keyboard.press(key)
    expect(page.locator("#lt-keys")).to_be_hidden()
    assert page.evaluate("document.activeElement === document.body")
    assert page.url.endswith("/sample/work/")


def test_control_enter_presses_the_primary_act(sample_server: str, new_context: NewContext) -> None:
    page = new_context().new_page()
    page.goto(f"{sample_server}/sample/record/")
    page.wait_for_selector("html[data-script=on]")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/fragment/chosen/")
    assert page.inner_text("body") == "pass:"


def test_filter_swaps_the_list_only_and_says_the_count(work: Page) -> None:
    work.evaluate("document.querySelector('h1').dataset.same = 'yes'")
    with work.expect_response(lambda answer: "due=late" in answer.url):
        work.select_option("#f_due", "late")
    expect(work.locator("#lt-live")).to_have_text("共 23 条")
    assert work.locator("h1").get_attribute("data-same") == "yes"
    assert "due=late" in work.url
    expect(work.locator("[data-bulk] [data-count]")).to_have_text("2")


def test_a_failed_request_keeps_the_page_and_offers_to_retry(work: Page) -> None:
    work.fill("#f_words", "水库")
    work.route("**/sample/work/?*", lambda route: route.fulfill(status=500, headers={"X-Error-Number": "E-0000-0001"}))
    work.keyboard.press("Enter")
    note = work.locator("#lt-failure")
    expect(note).to_contain_text("E-0000-0001")
    expect(work.locator("#f_words")).to_have_value("水库")
    work.unroute("**/sample/work/?*")
    note.locator("[data-retry]").click()
    expect(work.locator("#lt-live")).to_have_text("共 23 条")
    expect(note).to_have_count(0)


def test_page_and_text_are_linked_both_ways(sample_server: str, new_context: NewContext) -> None:
    page = new_context().new_page()
    page.goto(f"{sample_server}/sample/record/")
    page.wait_for_selector(".lt-viewer[data-ready]")
    page.keyboard.press("f")
    expect(page.locator("li[data-place='1-6']")).to_have_class("lt-lines--doubtful lt-lines--on")
    expect(page.locator(".lt-page__place[data-place='1-6']")).to_have_class(
        "lt-page__place lt-page__place--doubtful lt-page__place--on"
    )
    page.keyboard.press("f")
    expect(page.locator("li[data-place='1-7']")).to_have_class("lt-lines--doubtful lt-lines--on")
    page.locator(".lt-page__place[data-place='1-2']").click()
    expect(page.locator("li[data-place='1-2']")).to_have_class("lt-lines--on")
    width = page.locator(".lt-page").first.evaluate("each => each.offsetWidth")
    page.keyboard.press("+")
    assert page.locator(".lt-page").first.evaluate("each => each.offsetWidth") > width * 1.2
    page.locator("[data-view=width]").click()
    assert page.locator(".lt-page").first.evaluate("each => each.offsetWidth") == width
    page.locator(".lt-thumbs a").nth(1).click()
    expect(page.locator(".lt-thumbs a").nth(1)).to_have_attribute("aria-current", "true")
    assert page.locator(".lt-viewer").evaluate("each => each.scrollTop") > 100


def test_copy_button_copies(sample_server: str, new_context: NewContext) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{sample_server}/sample/record/")
    page.locator(".lt-pagehead [data-copy]").click()
    expect(page.locator("#lt-live")).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == "0023-WS·1998-Y-ZFB-0017"


@pytest.mark.parametrize("script", [True, False])
def test_phone_menu_opens_and_closes(script: bool, sample_server: str, new_context: NewContext) -> None:
    page = new_context(phone=True, java_script_enabled=script).new_page()
    page.goto(f"{sample_server}/sample/work/")
    menu = page.locator("#lt-menu")
    expect(menu).to_be_hidden()
    page.locator("a[href='#lt-menu']").click()
    expect(menu).to_be_visible()
    expect(menu.get_by_text("接收与检测")).to_be_visible()
    page.locator("#lt-menu .lt-close").click()
    expect(menu).to_be_hidden()
    page.locator("a[href='#lt-menu']").click()
    menu.get_by_text("接收与检测").click()
    page.wait_for_url("**/sample/submissions/")


def test_phone_facets_open_without_script(sample_server: str, new_context: NewContext) -> None:
    page = new_context(phone=True, java_script_enabled=False).new_page()
    page.goto(f"{sample_server}/sample/search/")
    facets = page.locator("#lt-facets")
    expect(facets).to_be_hidden()
    page.locator("a[href='#lt-facets']").click()
    expect(facets).to_be_visible()
    facets.get_by_text("完成").click()
    expect(facets).to_be_hidden()


def test_account_menu_and_bulk_act_work_without_script(sample_server: str, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{sample_server}/sample/work/")
    page.locator("summary.lt-tool").click()
    expect(page.get_by_text("退出登录")).to_be_visible()
    page.locator("summary.lt-tool").click()
    page.get_by_role("button", name="批量补录").click()
    assert page.inner_text("body") == "complete: SIP-20261120-001,0142-SP·2024-Y-SCJ-1190"


def test_record_reads_without_script(sample_server: str, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{sample_server}/sample/record/")
    assert page.locator(".lt-page img").first.evaluate("image => image.complete && image.naturalWidth > 0")
    expect(page.get_by_text("二、工程总投资核定为人民币四百八十六万元。")).to_be_visible()
    assert page.locator("[data-view]:visible").count() == 0
    assert page.locator(".lt-needs-script:visible").count() == 0
    page.get_by_role("link", name="凭证", exact=True).click()
    expect(page.get_by_text("verify_proof.py")).to_be_visible()


def test_display_preferences_without_script(sample_server: str, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{sample_server}/sample/search/?public=1")
    before = page.locator("h1").evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
    page.get_by_role("button", name="大字").click()
    assert page.url.endswith("?public=1")
    expect(page.locator("html")).to_have_attribute("data-size", "large")
    assert page.locator("h1").evaluate("each => parseFloat(getComputedStyle(each).fontSize)") > before
    page.get_by_role("button", name="高对比").click()
    expect(page.locator("html")).to_have_attribute("data-contrast", "more")
    expect(page.locator("html")).to_have_attribute("data-size", "large")
    page.get_by_role("button", name="标准").click()
    assert page.locator("html").get_attribute("data-size") is None


def test_upload_goes_in_pieces_and_survives_a_failure(sample_server: str, new_context: NewContext) -> None:
    content = bytes(range(256)) * 20
    page = new_context().new_page()
    page.goto(f"{sample_server}/sample/upload/")
    page.wait_for_selector("form[data-ready]")
    expect(page.locator("[data-plain]")).to_be_hidden()
    page.set_input_files(
        "input[type=file]", {"name": "移交包 一.zip", "mimeType": "application/zip", "buffer": content}
    )
    row = page.locator("[data-uploads] li")
    expect(row.locator("[data-when=sent]")).to_be_visible(timeout=15_000)
    expect(row.locator("a")).to_have_attribute("href", "/sample/submission/")
    (kept,) = RECEIVED.values()
    assert bytes(kept) == content
    assert set(RECEIVED) == FAILED_ONCE


def test_upload_without_script_is_a_plain_form(sample_server: str, new_context: NewContext) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{sample_server}/sample/upload/")
    expect(page.get_by_role("button", name="上传", exact=True)).to_be_visible()
    assert page.locator("form[enctype='multipart/form-data'] input[type=file]").count() == 1
