"""One archivist's whole day in a real Chromium: by mouse, by keys alone, without script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from lantai.administration.models import Organisation, Person, Role
from lantai.archival.checks.faults import sound_case
from lantai.catalog.models import Record, Secrecy
from lantai.ingest.models import Batch, CorrectionRequest
from lantai.ingest.services import NewSubmission, open_batch, receive_packages
from tests.browser import archivist_day as day
from tests.browser.conftest import NewContext
from tests.browser.hands import NO_MOUSE, Keys, Mouse, Watch
from tests.catalog.arranged import put
from tests.ingest.county import found_county, package, settle
from tests.ingest.importing import as_csv, row
from tests.make_people import make_person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@dataclass
class Morning:
    """What lies on the desk when the day begins."""

    archivist: Person
    batch: Batch
    package: Path
    table: Path


@pytest.fixture
def morning(tmp_path: Path) -> Morning:
    """A batch of four packages that wait for a decision, a package and a catalogue to bring."""
    body = found_county("manual")
    batch = open_batch(
        organisation_id=body.pk, channel="http", number=f"{body.pk}-2026-11", name="十一月移交", now=timezone.now()
    )
    sources = []
    for number in (1, 2, 3, 4):
        name, data = package(number)
        (tmp_path / name).write_bytes(data)
        new = NewSubmission(
            organisation_id=body.pk, name=name, profile="fuzhou", size=len(data), channel="http", batch_id=batch.pk
        )
        sources.append((new, tmp_path / name))
    receive_packages(packages=sources, now=timezone.now())
    settle()
    name, data = package(5)
    (tmp_path / name).write_bytes(data)
    table = tmp_path / "文书目录.csv"
    table.write_bytes(
        as_csv([row(1), row(2, 成文日期="不详"), row(3, 题名="长" * 200, 保管期限="甲")], encoding="gb18030")
    )
    archivist = make_person(Role.ARCHIVIST, clearance=Secrecy.RESTRICTED)
    return Morning(archivist, batch, tmp_path / name, table)


@pytest.mark.parametrize("how", ["mouse", "keys", "plain"])
def test_the_whole_day(
    how: str, morning: Morning, built_assets: Path, live_server: LiveServer, new_context: NewContext
) -> None:
    script = how != "plain"
    page = new_context(java_script_enabled=script).new_page()
    watch = Watch()
    watch.over(page)
    if how == "keys":
        page.add_init_script(NO_MOUSE)
    hand = Keys(page) if how == "keys" else Mouse(page)
    batch = morning.batch

    day.sign_in(hand, live_server.url, morning.archivist)
    sent = day.receive(hand, Organisation.objects.get(pk=batch.organisation_id), morning.package, script=script)
    assert sent.state == "examined"
    day.refuse_two(
        hand, batch, (sound_case(2).metadata["project_name"], sound_case(3).metadata["project_name"]), "封面须重新盖章"
    )
    with day.disk_away():
        settle()
    assert CorrectionRequest.objects.filter(note="封面须重新盖章").count() == 2
    day.retry_failed_job(hand)
    assert sorted(batch.submissions.values_list("state", flat=True)) == ["accessioned"] * 2 + ["rejected"] * 2
    day.describe(hand, "著录过的题名", script=script)
    put(900, 52, fonds_code="0059", organisation_id=batch.organisation_id)
    day.number(hand, "云岭县行政审批局全宗", "专业 · 行政许可", 2026, script=script)
    first, second = Record.objects.exclude(files=0)
    day.merge(hand, first, second)
    day.import_catalogue(hand, morning.table, script=script)
    day.sign_out(hand)
    assert watch.said == []
