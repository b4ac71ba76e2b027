"""The queue in a real Chromium, by keyboard only: rows, ticks, next and previous, pass and next."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lantai.administration.models import Role
from tests.browser.conftest import NewContext
from tests.browser.test_staff_pages import archive, sign_in, site
from tests.ingest.county import package, settle
from tests.pages.archive import Archive, send

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
__all__ = ["archive", "site"]


def one_more(archive: Archive) -> str:
    """A second package that waits. Returns its code."""
    second = send(archive.body, *package(5))
    settle()
    second.refresh_from_db()
    assert second.state == "examined"
    return second.record_code


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
