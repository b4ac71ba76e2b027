"""Reviewing a read page in a real Chromium: by keyboard alone, without script, on a phone, two at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Role
from lantai.digitisation.models import Correction, PageField, ReadPage, Region, ScanBatch
from tests.browser.conftest import NewContext
from tests.browser.test_describing import picture, reach
from tests.browser.test_staff_pages import looks_right, sign_in
from tests.digitisation.readings import specimen_batch
from tests.pages.archive import Archive, make_archive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def archive() -> Archive:
    return make_archive()


@pytest.fixture
def batch(archive: Archive) -> ScanBatch:
    return specimen_batch()


@pytest.fixture
def site(archive: Archive, built_assets: Path, live_server: LiveServer) -> str:
    """The address of the real site."""
    return str(live_server.url)


def first(batch: ScanBatch) -> ReadPage:
    return ReadPage.objects.filter(page__batch=batch).order_by("page_id")[0]


def test_a_page_is_reviewed_by_keyboard_and_the_next_opens(
    archive: Archive, batch: ScanBatch, site: str, new_context: NewContext, axe_source: str
) -> None:
    page = new_context(bypass_csp=True).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    sign_in(page, site, archive, Role.ARCHIVIST)
    page.goto(f"{site}/digitising/{batch.pk}/review/")
    looks_right(page, axe_source)
    picture(page, "review-queue")
    page.keyboard.press("n")
    page.wait_for_selector("[data-island=review][data-ready]")
    page.wait_for_selector("[data-island=viewer][data-ready]")
    looks_right(page, axe_source)
    doubtful = [at for at, each in enumerate(first(batch).lines) if each["confidence"] < 0.9]
    page.keyboard.press("f")
    expect(page.locator(f"[name=l{doubtful[0]}]")).to_be_focused()
    expect(page.locator(f".lt-page__place[data-place=l{doubtful[0]}]")).to_have_class(
        "lt-page__place lt-page__place--doubtful lt-page__place--on"
    )
    picture(page, "review")
    page.keyboard.press("Control+a")
    page.keyboard.type("键盘改的一行")
    page.keyboard.press("Enter")
    expect(page.locator(f"[name=l{doubtful[1]}]")).to_be_focused()
    expect(page.locator("#lt-review-state")).to_contain_text("已存")
    assert Correction.objects.get().after == "键盘改的一行"
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-place=l{doubtful[1]}] .lt-lines__sure")).to_have_text("✓")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(page.get_by_text("已撤销，撤销本身也记入校对记录。")).to_be_visible()
    assert Correction.objects.count() == 2
    page.keyboard.press("Control+Enter")
    second = ReadPage.objects.filter(page__batch=batch).order_by("page_id")[1]
    page.wait_for_url(f"**/review/{second.page_id}/**")
    assert first(batch).reviewed_at is not None
    page.goto(f"{site}/digitising/{batch.pk}/review/{first(batch).page_id}/?tab=history")
    looks_right(page, axe_source)
    picture(page, "review-history")
    assert [each for each in said if "Content Security Policy" in each] == []


def test_without_script_on_a_phone_lines_are_a_form(
    archive: Archive, batch: ScanBatch, site: str, new_context: NewContext, axe_source: str
) -> None:
    page = new_context(phone=True, java_script_enabled=False).new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    page.goto(f"{site}/digitising/{batch.pk}/review/{first(batch).page_id}/")
    picture(page, "review-phone")
    page.locator("[name=l0]").fill("没有脚本也能改")
    page.locator("[name=seen]").first.check()
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_text("已保存。")).to_be_visible()
    assert first(batch).lines[0]["text"] == "没有脚本也能改"
    page.get_by_role("link", name="校对记录").click()
    reach(page, "button[name=correction]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已撤销")).to_be_visible()


def test_phone_and_english_look_right(
    archive: Archive, batch: ScanBatch, site: str, new_context: NewContext, axe_source: str
) -> None:
    page = new_context(phone=True, bypass_csp=True).new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    person = archive.people[Role.ARCHIVIST]
    for language in ("zh-hans", "en"):
        type(person).objects.filter(pk=person.pk).update(language=language)
        for path in (f"{batch.pk}/review/{first(batch).page_id}/", f"{batch.pk}/review/", "review/"):
            page.goto(f"{site}/digitising/{path}")
            looks_right(page, axe_source)
            picture(page, f"phone-{language}-{path.replace('/', '-')}")


def test_regions_and_values_are_decided_by_keyboard(
    archive: Archive, batch: ScanBatch, site: str, new_context: NewContext, axe_source: str
) -> None:
    page, reading = new_context(bypass_csp=True).new_page(), first(batch)
    box = {"left": 800, "top": 1300, "right": 1000, "bottom": 1500}
    Region.objects.create(
        page=reading.page, kind="seal", text="汨罗市档案局", owner="汨罗市档案局", shape="round", colour="red",
        confidence=0.97, by="system", **box,
    )  # fmt: skip
    PageField.objects.create(page=reading.page, name="日期", value="2010-10-26", source="rule:date", **box)
    PageField.objects.create(
        page=reading.page, name="统一社会信用代码", value="91510107HM3FJ4C824", fault="校验码不符",
        source="rule:credit_code", **box,
    )  # fmt: skip
    sign_in(page, site, archive, Role.ARCHIVIST)
    review = f"{site}/digitising/{batch.pk}/review/{reading.page_id}/?tab="
    page.goto(f"{review}regions")
    page.wait_for_selector("[data-island=marking][data-ready]")
    page.wait_for_selector("[data-island=viewer][data-ready]")
    page.keyboard.press("r")
    expect(page.locator(".lt-page__draw")).to_be_focused()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    looks_right(page, axe_source)
    picture(page, "review-regions")
    page.keyboard.press("Enter")
    expect(page.locator("#lt-new-region [name=kind]")).to_be_focused()
    page.locator("#lt-new-region [name=kind]").select_option("photo")
    page.keyboard.press("Tab")
    page.keyboard.type("照片一张")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已标注。")).to_be_visible()
    made = Region.objects.get(kind="photo")
    assert (made.left, made.top, made.right, made.bottom) == (446, 714, 830, 1076)
    page.locator(".lt-lines--parts summary").first.click()
    looks_right(page, axe_source)
    picture(page, "review-region-open")
    page.goto(f"{review}fields")
    looks_right(page, axe_source)
    picture(page, "review-fields")
    page.keyboard.press("a")
    expect(page.get_by_text("采纳 1 项。")).to_be_visible()
    page.goto(f"{site}/digitising/seals/?q=汨罗")
    page.wait_for_function("document.querySelector('.lt-scans img').naturalWidth > 100")
    looks_right(page, axe_source)
    picture(page, "seals")
    phone = new_context(phone=True, bypass_csp=True).new_page()
    sign_in(phone, site, archive, Role.ARCHIVIST)
    for name in ("regions", "fields"):
        phone.goto(f"{review}{name}")
        looks_right(phone, axe_source)
        picture(phone, f"phone-{name}")


def test_a_page_that_lies_upside_down_is_turned(
    archive: Archive, batch: ScanBatch, site: str, new_context: NewContext
) -> None:
    ReadPage.objects.update(turned=90)
    page = new_context().new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    page.goto(f"{site}/digitising/{batch.pk}/review/{first(batch).page_id}/")
    page.wait_for_selector("[data-island=viewer][data-ready]")
    assert page.locator(".lt-page").evaluate("page => page.style.transform") == "rotate(270deg)"
    picture(page, "review-turned")
