"""A day of administration in a real Chromium: bodies, fonds, agreements, items, rules and lists, at both sizes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import FondsEntry, ItemVersion, Organisation, OrganisationChange, Person, Role
from lantai.ledger.services import sequence_entries
from tests.browser.conftest import NewContext
from tests.browser.test_staff_pages import looks_right, sign_in
from tests.pages.archive import Archive, make_archive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
PICTURES = os.environ.get("LANTAI_PICTURES", "")
"""Where pictures of the pages go, for whoever wants to look at them."""


@pytest.fixture
def archive() -> Archive:
    return make_archive()


@pytest.fixture
def site(archive: Archive, built_assets: Path, live_server: LiveServer) -> str:
    return str(live_server.url)


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


@pytest.mark.parametrize("script", [True, False])
def test_an_archivist_keeps_bodies_fonds_and_items(
    script: bool, archive: Archive, site: str, new_context: NewContext, axe_source: str, tmp_path: Path
) -> None:
    page = new_context(java_script_enabled=script, bypass_csp=True).new_page()

    def look(name: str) -> None:
        if script:
            looks_right(page, axe_source)
            picture(page, name)

    sign_in(page, site, archive, Role.ARCHIVIST)
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="组织机构").click()
    heading(page, "组织机构")
    look("organisations")
    page.get_by_role("link", name=archive.body.code, exact=True).click()
    page.get_by_role("link", name="登记变更").click()
    page.get_by_label("变更类型").select_option("renamed")
    page.get_by_label("生效日期").fill(timezone.localdate().isoformat())
    page.get_by_label("依据文件").fill("云编〔2026〕3号")
    page.get_by_label("新机构代码").fill("ZWFW")
    page.get_by_label("新机构名称").fill("云岭县政务服务管理局")
    page.get_by_label("承接全宗的机构代码").fill("ZWFW")
    page.get_by_role("button", name="预览影响").click()
    expect(page.get_by_role("table", name="").first).to_contain_text("由 ZWFW 继续")
    look("change-preview")
    assert not OrganisationChange.objects.exists()
    page.get_by_role("button", name="确认登记变更").click()
    expect(page.get_by_text("已登记机构变更。")).to_be_visible()
    look("organisation")
    assert Organisation.objects.get(code="ZWFW").fonds.get().code == "0059"

    page.goto(f"{site}/administration/fonds/0059/")
    page.get_by_role("link", name="归入全宗卷").click()
    page.get_by_label("类别").select_option("1")
    page.get_by_label("题名").fill("全宗介绍")
    page.get_by_label("形成日期").fill("2026-05-01")
    page.get_by_label("正文").fill("本全宗由云岭县行政审批局形成。")
    look("fonds-entry")
    page.get_by_role("button", name="归入全宗卷").click()
    expect(page.get_by_text("已归入全宗卷，件号 1。")).to_be_visible()
    look("fonds")
    assert FondsEntry.objects.get().title == "全宗介绍"

    catalogue = tmp_path / "目录.csv"
    catalogue.write_text(
        "事项编码,事项名称,承诺时限,申请材料\n9001,某许可,5,申请书；身份证\n,没有编码\n", encoding="utf-8"
    )
    page.goto(f"{site}/administration/items/import/")
    page.get_by_label("事项目录文件").set_input_files(catalogue)
    page.get_by_label("生效日期").fill("2026-01-01")
    look("item-import")
    page.get_by_role("button", name="读取并预览").click()
    expect(page.get_by_text("1 处不能读取。")).to_be_visible()
    look("item-preview")
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("已导入：新增 1，更新 0，停办 0。")).to_be_visible()
    look("items")

    page.goto(f"{site}/administration/items/9001/version/")
    page.get_by_label("版本", exact=True).fill("2")
    page.get_by_label("生效日期").fill("2026-06-01")
    line = page.get_by_label("条目 1", exact=True)
    line.get_by_label("条目号").fill("I1")
    line.get_by_label("名称").fill("申请材料")
    line.get_by_label("须有的材料").fill("“申请书” 且")
    page.get_by_role("button", name="预览影响").click()
    expect(page.get_by_text("第 8 个字符处应为材料或括号")).to_be_visible()
    look("rule-fault")
    line.get_by_label("须有的材料").fill("“申请书” 且 “月球居住证”")
    page.get_by_label("待处理或已退回的移交包").fill(archive.waiting.record_code)
    page.get_by_role("button", name="用上面的规则试检").click()
    expect(page.get_by_text("月球居住证", exact=False).first).to_be_visible()
    look("rule-trial")
    assert ItemVersion.objects.filter(item__code="9001").count() == 1
    page.get_by_role("button", name="预览影响").click()
    look("rule-effects")
    assert ItemVersion.objects.filter(item__code="9001").count() == 1
    page.get_by_role("button", name="发布新版本").click()
    heading(page, "某许可")
    look("item")


def test_the_three_administrators_have_their_pages(
    archive: Archive, site: str, new_context: NewContext, axe_source: str
) -> None:
    sequence_entries()
    page = new_context(bypass_csp=True).new_page()
    sign_in(page, site, archive, Role.AUDIT)
    page.goto(f"{site}/administration/audit/")
    page.get_by_role("button", name="校验日志").click()
    expect(page.get_by_text("日志完整：")).to_be_visible()
    looks_right(page, axe_source)
    picture(page, "audit")
    page = new_context(bypass_csp=True).new_page()
    sign_in(page, site, archive, Role.SYSTEM)
    page.goto(f"{site}/administration/credentials/new/")
    page.get_by_label("单位").select_option(archive.other.code)
    page.get_by_label("用途").fill("审批系统")
    page.get_by_role("button", name="发放凭据").click()
    expect(page.get_by_text("lt_", exact=False)).to_be_visible()
    looks_right(page, axe_source)
    picture(page, "secrets")
    page.get_by_role("link", name="已记下，返回列表").click()
    looks_right(page, axe_source)
    picture(page, "credentials")
    page.get_by_role("link", name="吊销").first.click()
    page.get_by_label("吊销理由").fill("系统停用")
    page.get_by_role("button", name="吊销凭据").click()
    expect(page.get_by_text("系统停用")).to_be_visible()
    page = new_context(bypass_csp=True).new_page()
    sign_in(page, site, archive, Role.SECURITY)
    assert page.goto(f"{site}/administration/organisations/").status == 403  # type: ignore[union-attr]


PLACES = (
    "organisations",
    "organisations/new",
    "fonds",
    "fonds/0059/guide",
    "agreements",
    "agreements/new",
    "credentials",
    "items",
    "material-rules",
    "material-rules/new",
    "retention",
    "retention/new",
    "rules",
    "rules/severities",
    "lists",
    "lists/secrecy",
    "lists/secrecy/new",
)


@pytest.mark.parametrize(("phone", "language"), [(True, "zh-hans"), (True, "en"), (False, "en")])
def test_every_page_fits_in_both_languages(
    phone: bool, language: str, archive: Archive, site: str, new_context: NewContext, axe_source: str
) -> None:
    page = new_context(phone=phone, bypass_csp=True).new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    Person.objects.filter(pk=archive.people[Role.ARCHIVIST].pk).update(language=language)
    for place in PLACES:
        page.goto(f"{site}/administration/{place}/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        looks_right(page, axe_source)
        picture(page, f"{place.replace('/', '-')}-{language}-{'phone' if phone else 'desk'}")
