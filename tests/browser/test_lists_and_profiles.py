"""Lists in which rows are selected and views are kept, and the pages of profiles, on a phone and at a desk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Person, Role
from lantai.archival.packages import load_profile
from lantai.work.models import Selection
from tests.browser.conftest import NewContext
from tests.browser.test_staff_pages import looks_right, sign_in
from tests.pages.archive import Archive, make_archive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
PICTURES = os.environ.get("LANTAI_PICTURES", "")


@pytest.fixture
def archive() -> Archive:
    return make_archive()


@pytest.fixture
def site(archive: Archive, built_assets: Path, live_server: LiveServer) -> str:
    return str(live_server.url)


@pytest.mark.parametrize(("phone", "language"), [(True, "zh-hans"), (False, "en")])
def test_lists_and_profiles_fit_and_are_accessible(
    phone: bool, language: str, archive: Archive, site: str, new_context: NewContext, axe_source: str
) -> None:
    page = new_context(phone=phone, bypass_csp=True).new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    Person.objects.filter(pk=archive.people[Role.ARCHIVIST].pk).update(language=language)

    def look(place: str, name: str) -> None:
        page.goto(f"{site}{place}")
        looks_right(page, axe_source)
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{'phone' if phone else 'desk'}.png", full_page=True)

    page.goto(f"{site}{reverse('search')}?open_state=open&open_state=unreviewed")
    page.locator("[data-row] input[type=checkbox]").first.check()
    expect(page.locator("[data-count]")).to_have_text("1")
    page.wait_for_timeout(300)
    assert len(Selection.objects.get(listing="records").keys) == 1
    version = load_profile("fuzhou").version
    for place, name in (
        (f"{reverse('search')}?open_state=open&open_state=unreviewed", "search"),
        (f"{reverse('arrangement-printing')}?selection=records", "printing"),
        (reverse("submissions"), "submissions"),
        (reverse("corrections"), "corrections"),
        (reverse("handover-cases"), "cases"),
        (f"{reverse('export')}?selection=records", "export"),
        (f"{reverse('record', args=[archive.record.record_code])}?queue=records", "record"),
        (reverse("package-profiles"), "profiles"),
        (reverse("package-profile", args=["fuzhou", version]), "profile"),
        (f"{reverse('package-profile-new')}?from=fuzhou/{version}", "profile-new"),
        (reverse("rule-severities"), "severities"),
        (reverse("credential-new"), "credential"),
        (reverse("import-new"), "import-new"),
    ):
        look(place, name)
