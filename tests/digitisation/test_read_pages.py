"""The pages of a batch that was read: asked for, followed, looked at, taken away as ALTO, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import shutil

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree
from PIL import Image

from lantai.administration.models import Role
from lantai.digitisation.area import incoming_folder
from lantai.digitisation.models import Correction, ReadPage, Region, RegionKind, ScanBatch
from lantai.ledger.queries import list_entries
from lantai.work.services import run_jobs
from tests.digitisation.scans import catalogued
from tests.digitisation.specimen_scans import deliver_pages, jpeg_of, scrap, specimen
from tests.ingest.county import found_county
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]
ALTO = "{http://www.loc.gov/standards/alto/ns-v4#}"


@pytest.fixture
def client() -> Client:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    found_county()
    return signed_in(make_person(Role.ARCHIVIST))


def told(response: object) -> str:
    assert response.status_code == 200, response  # type: ignore[attr-defined]
    return response.content.decode()  # type: ignore[attr-defined,no-any-return]


def batch_of(client: Client, *pages: bytes) -> ScanBatch:
    catalogued((len(pages), None, None))
    deliver_pages(*pages)
    client.post(reverse("digitising-new"), {"folder": "识别", "profile": "text"})
    run_jobs(drain=True)
    return ScanBatch.objects.get()


def test_a_newcomer_has_a_batch_read_and_looks_at_a_form(client: Client) -> None:
    form = specimen(12, "form", "skew3", dpi=200)
    batch = batch_of(client, jpeg_of(form), jpeg_of(scrap(71)))
    address = reverse("digitising-batch", args=[batch.pk])
    before = told(client.get(address))
    assert "开始识别" in before and "识别 2 页" in before
    assert client.post(reverse("digitising-read", args=[batch.pk]), {"mode": "fast"}).headers["Location"] == address
    waiting = told(client.get(address))
    assert 'hx-get="' in waiting and "暂停" in waiting and "开始识别" not in waiting
    run_jobs(drain=True)
    after = told(client.get(address))
    assert "hx-get=" not in after and "改用精细方式再识别" in after and "开始识别" not in after

    page = ReadPage.objects.get(page__number=1).page
    shown = reverse("digitising-page", args=[batch.pk, page.pk])
    text = told(client.get(shown))
    assert "申请单位" in text and text.count('class="lt-page__place') == len(page.reading.lines)
    assert 'rel="next"' in text and 'rel="prev"' not in text and "纠偏" in text
    found = told(client.get(shown, {"q": "申请"}))
    assert found.count("lt-page__hit") >= 3 and "<mark>申请</mark>" in found
    assert "有 0 处" in told(client.get(shown, {"q": "没有的词语"}))

    repair = told(client.get(shown, {"tab": "repair"}))
    derived = reverse("digitising-repaired", args=[batch.pk, page.pk, 1600])
    assert derived in repair and "扫描原件（从不改动）" in repair
    assert Image.open(io.BytesIO(client.get(derived).content)).width == 1600
    assert Region.objects.filter(page=page, kind=RegionKind.SEAL).exists() == (
        "红" in told(client.get(shown, {"tab": "seals"}))
    )

    tables = told(client.get(shown, {"tab": "tables"}))
    assert "lt-read-table" in tables and "colspan=" in tables
    region = Region.objects.get(page=page, kind=RegionKind.TABLE)
    rows = list(
        csv.reader(
            io.StringIO(
                client.get(reverse("digitising-table", args=[batch.pk, page.pk, region.pk, "csv"])).content.decode(
                    "utf-8-sig"
                )
            )
        )
    )
    data = json.loads(client.get(reverse("digitising-table", args=[batch.pk, page.pk, region.pk, "json"])).content)
    assert (len(rows), len(rows[0])) == (data["rows"], data["columns"])
    assert data["cells"] == region.data["cells"]

    alto = client.get(reverse("digitising-alto", args=[batch.pk, page.pk]))
    root = etree.fromstring(alto.content)
    strings = [each.get("CONTENT") for each in root.iter(f"{ALTO}String")]
    assert "".join(filter(None, strings)) == "".join(line["text"].replace(" ", "") for line in page.reading.lines)
    assert "attachment" in alto.headers["Content-Disposition"]

    for state, count in {"read": 2, "doubtful": None, "seals": None, "tables": 1, "unread": 0}.items():
        listed = told(client.get(reverse("digitising-pages", args=[batch.pk]), {"state": state}))
        assert count is None or listed.count("<img ") == count, state


def test_asking_twice_reads_once(client: Client) -> None:
    batch = batch_of(client, jpeg_of(scrap(72)))
    for _press in range(2):
        client.post(reverse("digitising-read", args=[batch.pk]), {"mode": "fast"})
    assert "识别已经在进行" in told(client.get(reverse("digitising-batch", args=[batch.pk])))
    run_jobs(drain=True)
    assert len(list_entries(kinds=["scans.reading-asked"], limit=9)) == 1
    client.post(reverse("digitising-read", args=[batch.pk]), {"mode": "fast"})
    assert "没有需要识别的页" in told(client.get(reverse("digitising-batch", args=[batch.pk])))
    client.post(reverse("digitising-read", args=[batch.pk]), {"mode": "best"})
    assert "没有这种识别方式" in told(client.get(reverse("digitising-batch", args=[batch.pk])))
    assert len(list_entries(kinds=["scans.reading-asked"], limit=9)) == 1


def test_guessed_addresses_lead_nowhere_and_unread_pages_say_so(client: Client) -> None:
    batch = batch_of(client, jpeg_of(scrap(73)), jpeg_of(scrap(74))[:300])
    whole, broken = (
        batch.scan_pages.order_by("number") if batch.scan_pages.count() == 2 else (batch.scan_pages.get(), None)
    )
    assert "这一页还没有识别" in told(client.get(reverse("digitising-page", args=[batch.pk, whole.pk])))
    if broken is not None:
        assert "lt-note--bad" in told(client.get(reverse("digitising-page", args=[batch.pk, broken.pk])))
    wrong = batch.pk + 9
    for name, more in (("page", []), ("repaired", [320]), ("alto", []), ("table", [1, "csv"])):
        for place in ([wrong, whole.pk], [batch.pk, whole.pk + 99]):
            assert client.get(reverse(f"digitising-{name}", args=[*place, *more])).status_code == 404
        if name != "page":
            assert client.get(reverse(f"digitising-{name}", args=[batch.pk, whole.pk, *more])).status_code == 404
    assert client.post(reverse("digitising-read", args=[wrong]), {"mode": "fast"}).status_code == 404
    assert client.get(reverse("digitising-read", args=[batch.pk])).status_code == 405


def test_the_pages_are_english_too(client: Client) -> None:
    batch = batch_of(client, jpeg_of(scrap(75)))
    client.post(reverse("language"), {"language": "en"})
    assert "Recognises 1 pages" in told(client.get(reverse("digitising-batch", args=[batch.pk])))
    client.post(reverse("digitising-read", args=[batch.pk]), {"mode": "exact"})
    run_jobs(drain=True)
    reading = ReadPage.objects.get()
    Correction.objects.create(reading=reading, line=0, before="a", after="b", by="person:1", at=reading.read_at)
    page = told(client.get(reverse("digitising-page", args=[batch.pk, reading.page_id])))
    assert "Picture and text" in page and "Recognised text (exact)" in page.replace("Exact", "exact")
    assert "Nothing repaired" in told(
        client.get(reverse("digitising-page", args=[batch.pk, reading.page_id]), {"tab": "repair"})
    )
