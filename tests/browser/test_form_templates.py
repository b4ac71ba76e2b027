"""Form templates and the sorting in a real Chromium: a form is marked and filled by hand, on a phone too."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Role
from lantai.digitisation.models import FormTemplate, ReadPage, ScanBatch
from lantai.digitisation.services.sorting import teach_sorter
from lantai.digitisation.services.understanding import understand
from tests.browser.conftest import NewContext
from tests.browser.test_describing import picture
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


@pytest.mark.parametrize("phone", [False, True])
def test_a_form_is_marked_and_filled(
    archive: Archive, batch: ScanBatch, site: str, new_context: NewContext, axe_source: str, phone: bool
) -> None:
    page = new_context(phone=phone, bypass_csp=True).new_page()
    sign_in(page, site, archive, Role.ARCHIVIST)
    page.goto(f"{site}/digitising/{batch.pk}/forms/")
    looks_right(page, axe_source)
    picture(page, f"forms-{phone}")
    page.locator("a", has_text="标注表单").first.click()
    looks_right(page, axe_source)
    picture(page, f"marking-{phone}")
    page.get_by_label("表单名称").fill("申请表")
    page.get_by_role("button", name="登记模板").click()
    page.wait_for_url("**/forms/")
    assert FormTemplate.objects.get().name == "申请表"
    for reading in ReadPage.objects.filter(page__batch=batch).select_related("page"):
        understand(reading=reading)
        reading.kind_by, reading.reviewed_at = "person:1", timezone.now()
        reading.save()
    page.reload()
    looks_right(page, axe_source)
    picture(page, f"filled-{phone}")
    page.goto(f"{site}/digitising/forms/")
    looks_right(page, axe_source)
    picture(page, f"templates-{phone}")
    teach_sorter.call(by="person:1")
    page.goto(f"{site}/digitising/sorting/")
    looks_right(page, axe_source)
    picture(page, f"sorting-{phone}")
