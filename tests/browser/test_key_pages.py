"""The pages of the keys in a real Chromium, at both sizes and in both languages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Person, Role
from lantai.administration.services.people_access import CONSOLE
from lantai.archival.vault.keys import make_identity, providers
from lantai.storage.keyring import forget_keyring
from lantai.storage.services import add_escrow, create_keys, deposit_objects, destroy_keys
from tests.browser.conftest import NewContext
from tests.browser.test_staff_pages import looks_right, sign_in
from tests.pages.archive import Archive, make_archive
from tests.storage.test_sealed_content import BOX, box, seal

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
PICTURES = os.environ.get("LANTAI_PICTURES", "")
"""Where pictures of the pages go, for whoever wants to look at them."""


@pytest.fixture
def archive(tmp_path: Path, settings, monkeypatch: pytest.MonkeyPatch) -> Archive:
    made = make_archive()
    monkeypatch.setitem(providers._COST, "n", 1 << 12)
    settings.LANTAI_STORAGE_ROOT = tmp_path / "storage"
    settings.LANTAI_KEYS = tmp_path / "keys"
    settings.LANTAI_KEYS_PASSPHRASE = str(tmp_path / "passphrase")
    (tmp_path / "passphrase").write_text("correct horse battery staple\n")
    forget_keyring()
    create_keys(by=CONSOLE, now=timezone.now())
    add_escrow(name="省档案馆", recipient=make_identity()[1], by=CONSOLE, now=timezone.now())
    seal()
    seal("", "Y", algorithm="SM4-GCM", searchable=False)
    deposit_objects(objects=[box()])
    destroy_keys(units=[(BOX, "R1")], subject="R1", reason="2026 年第 3 号销毁清册", by=CONSOLE, now=timezone.now())
    return made


@pytest.mark.parametrize(("phone", "language"), [(False, "zh-hans"), (True, "en")])
def test_the_pages_of_the_keys(
    phone: bool, language: str, archive: Archive, built_assets: Path, live_server: LiveServer, new_context: NewContext,
    axe_source: str,
) -> None:  # fmt: skip
    site = str(live_server.url)
    for role, places in (
        (Role.SECURITY, ["keys", "keys/rules", "keys/escrow", "keys/destroyed", "keys/rule", "keys/rotation"]),
        (Role.SYSTEM, ["keys"]),
    ):
        page = new_context(phone=phone, bypass_csp=True).new_page()
        Person.objects.filter(pk=archive.people[role].pk).update(language="zh-hans")
        sign_in(page, site, archive, role)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        Person.objects.filter(pk=archive.people[role].pk).update(language=language)
        for place in places:
            page.goto(f"{site}/{place}/")
            looks_right(page, axe_source)
            if PICTURES:
                name = f"{role}-{place.replace('/', '-')}-{'phone' if phone else 'desk'}.png"
                page.screenshot(path=f"{PICTURES}/{name}", full_page=True)
