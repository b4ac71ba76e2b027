"""A catalogue imported in a real Chromium: upload, columns mapped with live preview, dry run, import, mending."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Person, Role
from lantai.catalog.models import Record
from lantai.work.services import run_jobs
from tests.browser.conftest import NewContext
from tests.browser.test_staff_pages import looks_right
from tests.browser.test_upload import sign_in
from tests.ingest.county import found_county
from tests.ingest.importing import as_csv, row
from tests.make_people import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
PICTURES = os.environ.get("LANTAI_PICTURES", "")


@pytest.fixture
def archivist() -> Person:
    found_county()
    return make_person(Role.ARCHIVIST)


@pytest.mark.parametrize(("phone", "script"), [(False, True), (True, True), (False, False)])
def test_a_catalogue_from_upload_to_records(
    phone: bool,
    script: bool,
    archivist: Person,
    built_assets: Path,
    live_server: LiveServer,
    new_context: NewContext,
    axe_source: str,
    tmp_path: Path,
) -> None:
    page = new_context(phone=phone, java_script_enabled=script, bypass_csp=True, accept_downloads=True).new_page()
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)

    def look(name: str) -> None:
        if PICTURES and script:
            page.screenshot(path=f"{PICTURES}/{name}-{'phone' if phone else 'desktop'}.png", full_page=True)
        if script:
            looks_right(page, axe_source)

    rows = [row(1), row(2, 成文日期="不详"), row(3, 题名="长" * 200), row(4, 保管期限="甲")]
    table = tmp_path / "文书目录.csv"
    table.write_bytes(as_csv(rows, encoding="gb18030"))
    sign_in(page, live_server.url, archivist)
    page.goto(f"{live_server.url}/imports/")
    look("list")
    page.get_by_role("link", name="导入目录").first.click()
    page.get_by_label("目录文件").set_input_files(table)
    look("new")
    page.get_by_role("button", name="上传并识别").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("核对对照")
    look("crosswalk")
    kind = page.get_by_label("保管期限：转换", exact=True)
    kind.select_option("codes")
    page.get_by_label("保管期限：参数", exact=True).fill("永久=Y；甲=D30")
    if script:
        page.get_by_label("保管期限：参数", exact=True).blur()
        expect(page.locator("#lt-preview").get_by_text("D30")).to_be_visible()
    else:
        page.get_by_role("button", name="预览").click()
        expect(page.locator("#lt-preview")).to_contain_text("D30")
    page.get_by_label("保存为").fill("老局目录")
    look("crosswalk-made")
    page.get_by_role("button", name="试导").click()
    expect(page.get_by_text("对照表“老局目录”第 1 版已保存。")).to_be_visible()
    run_jobs(drain=True)
    page.reload()
    expect(page.get_by_text("I3")).to_be_visible()
    look("checked")
    page.get_by_role("button", name="导入 3 行").click()
    run_jobs(drain=True)
    page.reload()
    expect(page.get_by_text("完成但有异常。")).to_be_visible()
    look("troubled")
    assert Record.objects.count() == 3
    with page.expect_download() as waiting:
        page.get_by_role("link", name="未导入的行（CSV）").click()
    mended = tmp_path / "改好.csv"
    mended.write_bytes(Path(waiting.value.path()).read_bytes().replace("不详".encode(), b"2011-06"))
    page.goto(f"{live_server.url}/imports/new/")
    page.get_by_label("目录文件").set_input_files(mended)
    page.get_by_role("button", name="上传并识别").click()
    expect(page.get_by_label("保存为")).to_have_value("老局目录")
    page.get_by_role("button", name="试导").click()
    run_jobs(drain=True)
    page.reload()
    page.get_by_role("button", name="导入 1 行").click()
    run_jobs(drain=True)
    page.reload()
    page.get_by_role("link", name="已导入").click()
    look("lines")
    assert Record.objects.count() == 4
    page.goto(f"{live_server.url}/imports/export/")
    look("export")
    with page.expect_download() as leaving:
        page.get_by_role("button", name="导出").click()
    assert Path(leaving.value.path()).read_bytes()[:2] == b"PK"
    assert problems == []
