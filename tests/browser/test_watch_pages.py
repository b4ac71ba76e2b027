"""Health, findings and corrections in a real Chromium, at both sizes and in both languages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Agreement, Person, Role
from lantai.archival.verification import Found
from lantai.storage.services import begin_round, finish_round, note_round
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


@pytest.mark.parametrize(("phone", "language"), [(False, "zh-hans"), (True, "en")])
def test_the_pages_of_the_watch(
    phone: bool, language: str, archive: Archive, site: str, new_context: NewContext, axe_source: str
) -> None:
    Agreement.objects.update(limits={"correction_days": 10})
    round_id = begin_round(by="console", now=timezone.now())
    code, stored = archive.record.record_code, archive.record.representations.get()
    lost = Found("E092", f"{stored.object_id} v1/content/{stored.path}")
    lying = Found("record.columns", code, {"detail": "密级、开放标识", "detail_en": "secrecy, open_state"})
    said = {"position": {}, "looked_at": 3, "seconds": 1.0, "now": timezone.now()}
    note_round(round_id=round_id, area="objects", findings=[lost], **said)
    note_round(round_id=round_id, area="records", findings=[lying], **said)
    finish_round(round_id=round_id, now=timezone.now())
    visits = (
        (Role.SYSTEM, ["health", "verification", "verification/records", "notices"]),
        (Role.ARCHIVIST, ["work", "verification", "verification/longterm", "verification/longterm/4-1"]),
        (Role.DEPARTMENT, ["work"]),
    )
    for role, places in visits:
        page = new_context(phone=phone, bypass_csp=True).new_page()
        Person.objects.filter(pk=archive.people[role].pk).update(language="zh-hans")
        sign_in(page, site, archive, role)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        Person.objects.filter(pk=archive.people[role].pk).update(language=language)
        for place in places:
            page.goto(f"{site}/{place}/")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            looks_right(page, axe_source)
            if PICTURES:
                name = f"{role.value}-{place.replace('/', '-')}-{language}-{'phone' if phone else 'desk'}.png"
                page.screenshot(path=Path(PICTURES) / name, full_page=True)
