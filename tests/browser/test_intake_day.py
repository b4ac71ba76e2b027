"""An intake day in a real Chromium: a batch decided in part, a correction asked for and sent, what is owed chased."""

from __future__ import annotations

import os
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Agreement, Organisation, Person, Role
from lantai.archival.checks.faults import sound_case
from lantai.ingest.models import Batch, CorrectionRequest, HandledCase, Reminder, Submission
from lantai.ingest.services import (
    NewSubmission,
    ProgressNode,
    append_content,
    open_batch,
    push_progress,
    receive_packages,
)
from lantai.ingest.services.handover_rules import NewHandoverRule, set_handover_rule
from lantai.ingest.services.reminder_rules import keep_contact
from lantai.ingest.services.uploading import open_upload
from tests.browser.conftest import NewContext
from tests.browser.test_staff_pages import looks_right
from tests.ingest.county import found_county, package, settle
from tests.make_people import PASSWORD, make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]

LONG = "关于申请办理食品经营许可证核发事项并同时变更经营场所负责人的情况说明" * 6
SHOTS = os.environ.get("LANTAI_SHOTS", "")


@pytest.fixture
def body() -> Organisation:
    found = found_county("manual")
    Agreement.objects.update(limits={"correction_days": 10})
    by = {"by": "person:1", "role": "archivist", "now": timezone.now()}
    set_handover_rule(rule=NewHandoverRule(closes=["办结"], days=10), **by)
    keep_contact(organisation_id=found.pk, name="王敏", address="spj@example.org", **by)
    for number, ago in (("YL20261101000001", 14), ("YL20261101000002", 12), ("YL20261101000003", 2)):
        at = timezone.now() - timedelta(days=ago)
        said = ProgressNode("办结", at, found.name, "已完成", item="0119000101", item_name="食品经营许可证核发")
        push_progress(organisation_id=found.pk, case_number=number, node=said, now=timezone.now())
    HandledCase.objects.filter(case_number="YL20261101000002").update(title=LONG[:200])
    return found


@pytest.fixture
def batch(body: Organisation, tmp_path: Path) -> Batch:
    """Three sound packages and one that lacks its approval sheet, and a package half sent."""
    found = open_batch(
        organisation_id=body.pk, channel="http", number=f"{body.pk}-2026-11", name="十一月移交", now=timezone.now()
    )
    case = sound_case(4)
    case.remove(3)
    packages = [package(number) for number in (1, 2, 3)] + [(f"{case.name}.zip", case.write()[0])]
    sources = []
    for name, data in packages:
        (tmp_path / name).write_bytes(data)
        new = NewSubmission(
            organisation_id=body.pk, name=name, profile="fuzhou", size=len(data), channel="http", batch_id=found.pk
        )
        sources.append((new, tmp_path / name))
    receive_packages(packages=sources, now=timezone.now())
    settle()
    return found


def sign_in(page: Page, site: str, person: Person) -> None:
    page.goto(f"{site}/")
    page.get_by_label("账号").fill(person.username)
    page.get_by_label("口令").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


@pytest.mark.parametrize(("phone", "script"), [(False, True), (True, True), (False, False)])
def test_a_batch_in_part_and_what_is_owed(
    phone: bool,
    script: bool,
    batch: Batch,
    body: Organisation,
    built_assets: Path,
    live_server: LiveServer,
    new_context: NewContext,
    axe_source: str,
) -> None:
    page = new_context(phone=phone, java_script_enabled=script, bypass_csp=True).new_page()
    site, seen = live_server.url, 0

    def look(name: str) -> None:
        nonlocal seen
        seen += 1
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{'phone' if phone else 'desk'}-{seen:02}-{name}.png", full_page=True)
        if script:
            looks_right(page, axe_source)

    sign_in(page, site, make_person(Role.ARCHIVIST))
    page.goto(f"{site}/batches/")
    look("batches")
    page.get_by_role("link", name="十一月移交").click()
    look("batch")
    page.get_by_role("link", name="处理待定的 3 件").click()
    title = sound_case(2).metadata["project_name"]
    page.get_by_label(title, exact=False).check()
    page.get_by_label("退回说明").fill("封面须重新盖章")
    look("choose")
    page.get_by_role("button", name="核对").click()
    look("check")
    expect(page.get_by_role("heading", level=1)).to_have_text("核对：接收 2 件，退回 1 件")
    page.get_by_role("button", name="接收 2 件，退回 1 件").click()
    settle()
    page.goto(f"{site}/batches/{batch.pk}/?view=all")
    look("decided")
    assert sorted(batch.submissions.values_list("state", flat=True)) == ["accessioned"] * 2 + ["rejected"] * 2
    assert CorrectionRequest.objects.filter(note="封面须重新盖章").count() == 1
    page.goto(f"{site}/corrections/")
    look("corrections")
    page.goto(f"{site}/handover/")
    look("handover")
    page.get_by_role("main").get_by_role("link", name="3", exact=True).first.click()
    look("cases")
    if script and not phone:
        page.get_by_role("checkbox", name="选择：YL20261101000001").check()
    else:
        page.locator("input[name=selected]").first.check()
    page.get_by_role("button", name="催办", exact=True).click()
    look("remind")
    expect(page.get_by_text("没有设置邮件服务器，邮件留在发件箱。")).to_be_visible()
    page.get_by_role("button", name="催办 1 件").click()
    settle()
    assert Reminder.objects.count() == 1
    for name in ("reminders/", "reminders/rules/", "reminders/contacts/", "handover/rules/", "mails/", "channels/"):
        page.goto(f"{site}/{name}")
        look(name.replace("/", "-"))
    page.get_by_role("main").get_by_role("link", name=body.name).first.click()
    look("channel")


def test_a_department_corrects_what_was_returned(
    batch: Batch,
    body: Organisation,
    built_assets: Path,
    live_server: LiveServer,
    new_context: NewContext,
    axe_source: str,
) -> None:
    page = new_context(bypass_csp=True).new_page()
    sign_in(page, live_server.url, make_person(Role.DEPARTMENT, organisation=body))
    page.goto(f"{live_server.url}/corrections/")
    looks_right(page, axe_source)
    page.get_by_role("link", name="补正重交").first.click()
    expect(page.get_by_text("补正重交。")).to_be_visible()
    page.wait_for_selector("form[data-ready]")
    name, data = package(4)
    page.set_input_files("input[type=file]", [{"name": name, "mimeType": "application/zip", "buffer": data}])
    expect(page.locator("[data-uploads] li [data-when=sent]")).to_be_visible()
    settle()
    asked = CorrectionRequest.objects.get()
    assert asked.answered_by == Submission.objects.get(replaces=asked.submission.record_code).record_code
    page.goto(f"{live_server.url}/corrections/?state=answered")
    expect(page.get_by_role("link", name="补正后的包")).to_be_visible()


def test_an_upload_goes_on_after_the_page_was_left(
    body: Organisation, built_assets: Path, live_server: LiveServer, new_context: NewContext, axe_source: str
) -> None:
    name, data = package(7)
    key = f"1760000000000-{len(data)}-{name}"
    begun = open_upload(
        organisation_id=body.pk, name=name, profile="fuzhou", size=len(data), key=key, now=timezone.now()
    )
    append_content(submission=begun, offset=0, stream=BytesIO(data[:5000]), length=5000, now=timezone.now())
    page = new_context(bypass_csp=True).new_page()
    page.add_init_script("Object.defineProperty(File.prototype, 'lastModified', { get: () => 1760000000000 })")
    sign_in(page, live_server.url, make_person(Role.DEPARTMENT, organisation=body))
    page.goto(f"{live_server.url}/upload/")
    looks_right(page, axe_source)
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/desk-upload.png", full_page=True)
    page.get_by_role("link", name="接着传").click()
    page.wait_for_selector("form[data-ready]")
    sent: list[str] = []
    page.on(
        "request",
        lambda request: sent.append(request.headers["content-range"]) if request.method == "PUT" else None,
    )
    page.set_input_files("input[type=file]", [{"name": name, "mimeType": "application/zip", "buffer": data}])
    expect(page.locator("[data-uploads] li [data-when=sent]")).to_be_visible()
    expect(page.locator("[data-uploads] li [data-share]")).to_have_text("100 %")
    assert sent[0].startswith("bytes 5000-")
    begun.refresh_from_db()
    assert begun.state == "received"
