"""The staff's day in a real Chromium: sign in, decide, find by half of a name, take the proof; without script too."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Role
from lantai.ledger.services import sequence_entries
from tests.browser.conftest import ROOT, NewContext
from tests.browser.test_pages import _violations
from tests.ingest.county import package, settle
from tests.make_people import PASSWORD
from tests.pages.archive import Archive, make_archive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def archive() -> Archive:
    return make_archive()


@pytest.fixture
def site(archive: Archive, built_assets: Path, live_server: LiveServer) -> str:
    """The address of the real site."""
    return str(live_server.url)


def sign_in(page: Page, site: str, archive: Archive, role: Role) -> None:
    page.goto(f"{site}/")
    page.get_by_label("账号").fill(archive.people[role].username)
    page.get_by_label("口令").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def looks_right(page: Page, axe_source: str) -> None:
    page.wait_for_load_state()
    page.evaluate("scrollTo(0, 0)")  # what lies half under the bar at the top is not what is looked at
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth"), page.url
    assert _violations(page, axe_source) == [], page.url


@pytest.mark.parametrize(("phone", "script"), [(False, True), (True, True), (False, False)])
def test_from_my_work_to_a_proof(
    phone: bool, script: bool, archive: Archive, site: str, new_context: NewContext, axe_source: str, tmp_path: Path
) -> None:
    page = new_context(phone=phone, java_script_enabled=script, bypass_csp=True, accept_downloads=True).new_page()

    def look() -> None:
        if script:
            looks_right(page, axe_source)

    sign_in(page, site, archive, Role.ARCHIVIST)
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作")
    look()
    title = archive.waiting.report.title
    page.get_by_role("cell").get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    look()
    page.get_by_role("button", name="接收并到下一件").click()
    expect(page.get_by_text("已接收，正在进馆。")).to_be_visible()
    settle()
    name = archive.record.applicant[:2]
    page.goto(f"{site}/search/")
    page.locator("#lt-words").fill(name)
    page.get_by_role("button", name="查找").click()
    look()
    page.locator(f'a[href^="/records/{archive.record.record_code}/?q="]').click()
    expect(page.get_by_role("heading", level=1)).to_have_text(archive.record.title)
    assert page.locator(".lt-page img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1000
    look()
    settle()
    while sequence_entries():
        pass
    page.get_by_role("link", name="凭证", exact=True).click()
    expect(page.get_by_role("link", name="下载凭证包")).to_be_visible()
    look()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载凭证包").click()
    bundle = tmp_path / "proof.json"
    download.value.save_as(bundle)
    assert json.loads(bundle.read_text("utf-8"))["entries"]
    verified = subprocess.run(
        [sys.executable, "-I", ROOT / "tools/verify_proof.py", bundle], capture_output=True, text=True, check=False
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_department_uploads_in_the_browser(
    archive: Archive, site: str, new_context: NewContext, axe_source: str, tmp_path: Path
) -> None:
    name, data = package(41)
    (tmp_path / name).write_bytes(data)
    page = new_context(bypass_csp=True).new_page()
    sign_in(page, site, archive, Role.DEPARTMENT)
    expect(page.get_by_role("heading", level=1)).to_have_text("移交包与回执")
    looks_right(page, axe_source)
    page.goto(f"{site}/upload/")
    page.locator("input[type=file]").set_input_files(tmp_path / name)
    expect(page.locator("[data-uploads] [data-when=sent]")).to_be_visible()
    page.locator("[data-uploads] [data-name]").click()
    expect(page.get_by_text("已收到，正在检测。")).to_be_visible()
    looks_right(page, axe_source)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_fits_a_phone_and_is_accessible(
    language: str, archive: Archive, site: str, new_context: NewContext, axe_source: str
) -> None:
    person = archive.people[Role.ARCHIVIST]
    page = new_context(phone=True, bypass_csp=True).new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    expect(page.get_by_role("heading", level=1)).to_have_text("我的工作")
    type(person).objects.filter(pk=person.pk).update(language=language)
    record, waiting = archive.record.record_code, archive.waiting.record_code
    for path in (
        "/work/",
        "/submissions/?state=examined",
        f"/submissions/{archive.returned.record_code}/",
        f"/submissions/{waiting}/receipts/1/",
        "/upload/",
        "/upload/list/",
        "/search/?open_state=open",
        "/search/?q=zzzz",
        f"/records/{record}/?tab=files",
        f"/records/{record}/?tab=checks",
        f"/records/{record}/?tab=history",
        "/ledger/",
        "/jobs/",
        "/notices/",
    ):
        answer = page.goto(f"{site}{path}")
        assert answer is not None and answer.status == 200, path
        looks_right(page, axe_source)
