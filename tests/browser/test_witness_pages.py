"""Witnesses, a contradiction and time stamps in a real Chromium, at both sizes and in both languages."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Person, Role
from lantai.archival import tlog
from lantai.ledger import queries
from lantai.ledger.models import Timestamp, Witness, WitnessConflict
from tests.browser.conftest import NewContext
from tests.browser.test_staff_pages import looks_right, sign_in
from tests.ledger.witness_house import ask_all, enlist, grow, witness_running
from tests.pages.archive import Archive, make_archive

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
PICTURES = os.environ.get("LANTAI_PICTURES", "")


@pytest.fixture
def archive() -> Archive:
    return make_archive()


@pytest.fixture
def site(archive: Archive, built_assets: Path, live_server: LiveServer) -> str:
    return str(live_server.url)


@pytest.mark.parametrize(("phone", "language"), [(False, "zh-hans"), (True, "en")])
def test_who_witnesses_what_and_what_contradicts(
    phone: bool, language: str, archive: Archive, site: str, new_context: NewContext, axe_source: str, tmp_path: Path
) -> None:
    with witness_running(tmp_path / "w") as (state, address):
        enlist(state, address)
        grow(3)
        ask_all()
    newest = queries.latest_checkpoint()
    assert newest is not None
    gone = tlog.new_signer("witness.example.gov/dead", kind=tlog.COSIGNATURE_V1).verifier().vkey()
    row = Witness.objects.create(
        name="witness.example.gov/dead",
        body="省档案馆",
        vkeys=[gone],
        address="https://witness.example.gov",
        tries=3,
        trouble="TimeoutError: timed out",
    )
    conflict = WitnessConflict.objects.create(
        witness=row, kind="fork", ours=newest.note, held=newest.note, answer="422 other root", found_at=timezone.now()
    )
    stamped = datetime(2026, 7, 1, 8, 30, tzinfo=UTC)
    Timestamp.objects.create(
        size=newest.size,
        number=1,
        note=newest.note,
        token=b"x",
        authority="CN=云岭时间戳",
        at=stamped,
        until=(stamped + timedelta(days=900)).date(),
    )
    places = ["ledger/witnesses", "ledger/witnesses/new", "ledger/witnesses/policy"]
    places += [f"ledger/witnesses/conflicts/{conflict.pk}", f"ledger/witnesses/{row.pk}/retire"]
    page = new_context(phone=phone, bypass_csp=True).new_page()
    Person.objects.filter(pk=archive.people[Role.SYSTEM].pk).update(language="zh-hans")
    sign_in(page, site, archive, Role.SYSTEM)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    Person.objects.filter(pk=archive.people[Role.SYSTEM].pk).update(language=language)
    for place in places:
        page.goto(f"{site}/{place}/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        looks_right(page, axe_source)
        if PICTURES:
            name = place.replace("/", "-")
            page.screenshot(path=f"{PICTURES}/{name}-{'phone' if phone else 'desktop'}.png", full_page=True)
