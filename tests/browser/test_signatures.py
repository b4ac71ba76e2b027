"""Trusting an issuer and reading verdicts in a real Chromium: nothing sideways, nothing axe objects to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Role
from tests.archival.sealing.issuing import county
from tests.browser.conftest import NewContext
from tests.browser.test_staff_pages import looks_right, sign_in
from tests.catalog.test_signature_verdicts import signed_package
from tests.pages.archive import Archive, make_archive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


def test_an_issuer_is_trusted_and_a_verdict_is_read(
    built_assets: Path, live_server: LiveServer, new_context: NewContext, axe_source: str, tmp_path: Path
) -> None:
    archive: Archive = make_archive()
    archive.body.agreements.update(policy="automatic")
    code = signed_package(archive.body)
    site, file = str(live_server.url), tmp_path / "root.cer"
    file.write_bytes(county()["root"].der)
    for phone in (False, True):
        keeper = new_context(phone=phone, bypass_csp=True).new_page()
        sign_in(keeper, site, archive, Role.SECURITY)
        keeper.wait_for_load_state()
        keeper.goto(f"{site}/trust/new/")
        keeper.get_by_label("证书文件").set_input_files(file)
        keeper.get_by_role("button", name="读取证书").click()
        expect(keeper.get_by_text("由自己颁发（根证书）")).to_be_visible()
        looks_right(keeper, axe_source)
        picture(keeper, "confirm", phone)
        if not phone:
            keeper.get_by_label("依据").fill("省密码局公告")
            keeper.get_by_label("已用别的途径与颁发机构核对过指纹").check()
            keeper.get_by_role("button", name="加入信任列表").click()
        keeper.goto(f"{site}/trust/")
        expect(keeper.get_by_role("link", name="云岭根证书")).to_be_visible()
        looks_right(keeper, axe_source)
        picture(keeper, "trust", phone)
        keeper.get_by_role("link", name="云岭根证书").click()
        looks_right(keeper, axe_source)
        reader = new_context(phone=phone, bypass_csp=True).new_page()
        sign_in(reader, site, archive, Role.ARCHIVIST)
        reader.wait_for_load_state()
        for address, name in (
            (f"records/{code}/?tab=checks#lt-about", "record"),
            (f"submissions/{code}/", "submission"),
        ):
            reader.goto(f"{site}/{address}")
            expect(reader.get_by_text("有效，但签发者不受信任").first).to_be_attached()
            picture(reader, name, phone)
            looks_right(reader, axe_source)


def picture(page: Page, name: str, phone: bool) -> None:
    """A picture to look at, where somebody asks for it."""
    folder = os.environ.get("LANTAI_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}-{'phone' if phone else 'desk'}.png", full_page=name == "submission")
