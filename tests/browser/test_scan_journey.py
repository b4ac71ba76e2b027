"""From a folder of scans to a word found on a page, in a real Chromium: registered, read, reviewed, accepted, filed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Person, Role
from lantai.catalog.models import Record
from lantai.digitisation.area import incoming_folder
from lantai.digitisation.models import Acceptance, ReadPage, ScanBatch
from lantai.ledger.models import Entry
from tests.browser.conftest import NewContext
from tests.browser.test_describing import picture
from tests.browser.test_staff_pages import looks_right, sign_in
from tests.digitisation.read_batches import CODES, catalogue
from tests.digitisation.specimen_scans import jpeg_of, specimen
from tests.ingest.county import settle
from tests.make_people import make_person, signed_in
from tests.pages.archive import Archive, make_archive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
FOLDER = "甲柜一格"
KINDS = [
    *("scans.opened", "scans.checked", "scans.reading-asked", "scans.read", "scans.page-reviewed"),
    *("scans.acceptance-begun", "scans.record-inspected", "scans.acceptance-concluded", "scans.acceptance-signed"),
    *("scans.filing-asked", "record.digitised", "scans.filed"),
]


@pytest.fixture
def archive() -> Archive:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    made = make_archive()
    catalogue()
    place = incoming_folder() / FOLDER
    place.mkdir(parents=True)
    for number, name in enumerate((f"{CODES[0]}-001", f"{CODES[0]}-002", f"{CODES[1]}-001")):
        (place / f"{name}.jpg").write_bytes(jpeg_of(specimen(7100 + number, "decision", dpi=200)))
    return made


@pytest.fixture
def site(archive: Archive, built_assets: Path, live_server: LiveServer) -> str:
    """The address of the real site."""
    return str(live_server.url)


def open_as(person: Person, site: str, new_context: NewContext) -> Page:
    context = new_context()
    key = signed_in(person).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": key, "url": site}])
    return context.new_page()


@pytest.mark.parametrize("script", [True, False])
def test_paper_becomes_a_word_that_is_found(
    script: bool, archive: Archive, site: str, new_context: NewContext, axe_source: str
) -> None:
    page = new_context(java_script_enabled=script, bypass_csp=True).new_page()

    def look(name: str) -> None:
        if script:
            looks_right(page, axe_source)
            picture(page, f"journey-{name}")

    sign_in(page, site, archive, Role.ARCHIVIST)
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="数字化与识别").click()
    page.get_by_role("link", name="登记扫描批次").first.click()
    page.get_by_label("扫描规格").select_option("text")
    page.get_by_label("扫描件文件夹").select_option(FOLDER)
    page.get_by_role("button", name="登记并检查").click()
    settle()
    batch = ScanBatch.objects.get()
    page.goto(f"{site}/digitising/{batch.pk}/")
    page.get_by_label("识别方式").select_option("fast")
    look("checked")
    page.get_by_role("button", name="开始识别").click()
    expect(page.get_by_text("0 / 3 页")).to_be_visible()
    look("reading")
    settle()
    page.goto(f"{site}/digitising/{batch.pk}/")
    look("read")
    batch.refresh_from_db()
    assert batch.read_at is not None and batch.state == "checked", batch.link_faults
    word = max((each["text"] for each in ReadPage.objects.order_by("pk")[0].lines[:3]), key=len)

    page.goto(f"{site}/digitising/{batch.pk}/review/")
    page.get_by_role("link", name=re.compile("开始校对|继续校对")).first.click()
    for _each in range(3):
        look("review")
        page.get_by_role("button", name=re.compile("^完成")).click()
        page.wait_for_load_state()
    assert ReadPage.objects.exclude(reviewed_at=None).count() == 3

    page.goto(f"{site}/digitising/{batch.pk}/")
    page.get_by_role("link", name="验收", exact=True).first.click()
    page.get_by_label("抽检比例").fill("100")
    page.get_by_role("button", name="抽取样本并开始").click()
    page.get_by_role("link", name="检查下一件").click()
    for _each in range(2):
        look("inspect")
        page.get_by_role("button", name="记下并看下一件").click()
    page.get_by_role("button", name="给出结论").click()
    expect(page.get_by_text("各项都达到要求。")).to_be_visible()
    look("concluded")
    assert Acceptance.objects.get().errors == 0
    expect(page.get_by_role("button", name="签认")).to_have_count(0)
    other = open_as(make_person(Role.ARCHIVIST, username="second"), site, new_context)
    other.goto(f"{site}/digitising/{batch.pk}/acceptance/")
    other.get_by_role("button", name="签认").click()

    page.goto(f"{site}/digitising/{batch.pk}/filing/")
    page.get_by_role("button", name="入库").click()
    settle()
    page.goto(f"{site}/digitising/{batch.pk}/filing/")
    expect(page.get_by_text("这一批已全部入库。")).to_be_visible()
    look("filed")
    told = Entry.objects.filter(kind__in=KINDS).order_by("at", "id").values_list("kind", flat=True)
    assert list(dict.fromkeys(told)) == KINDS

    page.goto(f"{site}/search/?q={word}")
    record = Record.objects.get(archive_code=CODES[0])
    look("found")
    page.goto(f"{site}/records/{record.record_code}/?q={word}")
    expect(page.get_by_text(f"“{word}”在这个文件里有 1 处")).to_be_visible()
    look("lit")
