"""The queue in a real Chromium: keys, ticks over two pages, a bulk act with its preview, a saved view."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from lantai.administration.models import Role
from lantai.ingest.models import Submission
from lantai.work.models import DueWork, SavedView, Selection
from tests.browser.conftest import NewContext
from tests.browser.hands import Keys, Mouse, Watch
from tests.browser.test_staff_pages import archive, looks_right, sign_in, site
from tests.ingest.county import package, settle
from tests.pages.archive import Archive, send
from tests.work.queue_rows import LONG, duty

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
__all__ = ["archive", "site"]


def more_work(archive: Archive) -> str:
    """Forty more duties, one of them a second package that waits. Returns its code."""
    DueWork.objects.bulk_create([duty(each, title=f"第 {each} 件 {LONG}"[:200]) for each in range(1, 41)])
    second = one_more(archive)
    both = DueWork.objects.filter(subject__in=[archive.waiting.record_code, second])
    both.update(due_on=timezone.localdate())  # the first page is theirs
    return second


def one_more(archive: Archive) -> str:
    """A second package that waits. Returns its code."""
    second = send(archive.body, *package(5))
    settle()
    second.refresh_from_db()
    assert second.state == "examined"
    return second.record_code


def box(key: str) -> str:
    return f'input[name=selected][value="submission:{key}"]'


@pytest.mark.parametrize("how", ["mouse", "phone", "keys", "plain"])
def test_ticks_of_two_pages_are_decided_together(
    how: str, archive: Archive, site: str, new_context: NewContext
) -> None:
    first, second, script = archive.waiting.record_code, more_work(archive), how != "plain"
    page = new_context(phone=how == "phone", java_script_enabled=script).new_page()
    watch = Watch()
    watch.over(page)
    hand = Keys(page) if how == "keys" else Mouse(page)

    def turn(name: str) -> None:
        if not script:
            hand.press(page.get_by_role("button", name="记住本页的选择"))
        hand.press(page.get_by_role("link", name=name))

    sign_in(page, site, archive, Role.ARCHIVIST)
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作")
    hand.tick(page.locator(box(first)))
    turn("下一页")
    expect(page).to_have_url(re.compile(r"/work/\?page=2"))
    expect(page.locator("[data-count]")).to_have_text("1")
    hand.tick(page.locator(box("S000040")))
    turn("上一页")
    expect(page.locator(box(first))).to_be_checked()
    expect(page.locator("[data-count]")).to_have_text("2")
    hand.tick(page.locator(box(second)))
    hand.press(page.get_by_role("button", name="批量接收"))
    expect(page.get_by_text("将办理 2 项").first).to_be_visible()
    expect(page.get_by_text("已经没有这一项")).to_be_visible()
    hand.press(page.get_by_role("button", name="接收 2 件"))
    expect(page.get_by_text("已交给后台逐项办理")).to_be_visible()
    assert not Selection.objects.exists()
    settle()
    page.reload()
    expect(page.get_by_text("办成 2 项，没有办成 0 项，不包括 1 项")).to_be_visible()
    assert watch.said == []
    states = Submission.objects.filter(record_code__in=[first, second]).values_list("state", flat=True)
    assert set(states) == {"accessioned"}


def test_the_queue_by_keyboard(archive: Archive, site: str, new_context: NewContext) -> None:
    second, first = one_more(archive), archive.waiting.record_code
    page = new_context().new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    page.goto(f"{site}/work/?kind=submission&sort=newest")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("1")
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    kept = "queue=duties&within=kind%3Dsubmission%26sort%3Dnewest"
    expect(page).to_have_url(f"{site}/submissions/{second}/?{kept}")
    expect(page.get_by_text("第 1 件，共 2 件")).to_be_visible()
    page.keyboard.press("]")
    expect(page).to_have_url(f"{site}/submissions/{first}/?{kept}")
    page.keyboard.press("[")
    expect(page).to_have_url(f"{site}/submissions/{second}/?{kept}")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("已接收，正在进馆。")).to_be_visible()
    expect(page).to_have_url(f"{site}/submissions/{first}/?{kept}")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(f"{site}/work/?kind=submission&sort=newest")


def test_a_view_is_saved_and_reverted(archive: Archive, site: str, new_context: NewContext, axe_source: str) -> None:
    more_work(archive)
    page = new_context(bypass_csp=True).new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    page.goto(f"{site}/work/?due=week")
    page.get_by_text("另存为视图").click()
    page.get_by_label("视图名称").fill("本周的")
    looks_right(page, axe_source)
    page.get_by_role("button", name="保存视图").click()
    tabs = page.get_by_role("navigation", name="视图")
    expect(tabs.get_by_role("link", name="本周的", exact=True)).to_be_visible()
    view = SavedView.objects.get()
    assert page.url == f"{site}/work/?view={view.pk}&due=week"
    page.get_by_label("排序").select_option("newest")
    expect(page.get_by_text("已改动，尚未保存")).to_be_visible()
    looks_right(page, axe_source)
    page.get_by_role("link", name="还原").click()
    expect(page.get_by_text("已改动，尚未保存")).not_to_be_visible()
    assert page.url == f"{site}/work/?view={view.pk}&due=week"
