"""The pages of scan batches: by folder and by upload, what is wrong, pictures; wrong input; two languages."""

from __future__ import annotations

import io
import shutil

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from lantai.administration.models import Role
from lantai.digitisation.area import incoming_folder
from lantai.digitisation.models import ScanBatch, ScanPage
from lantai.ledger.queries import list_entries
from lantai.work.services import run_jobs
from tests.digitisation.scans import CODES, catalogued, deliver, jpeg
from tests.ingest.county import found_county
from tests.make_people import make_person, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def client() -> Client:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    found_county()
    catalogued()
    return signed_in(make_person(Role.ARCHIVIST))


def told(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def test_a_folder_is_registered_checked_and_shown(client: Client) -> None:
    place = deliver()
    (place / CODES[0] / "0002.jpg").unlink()
    assert "甲柜" in told(client.get(reverse("digitising-new")))
    sent = client.post(reverse("digitising-new"), {"folder": "甲柜", "profile": "replica", "name": "甲柜一月"})
    batch = ScanBatch.objects.get()
    assert sent.headers["Location"] == reverse("digitising-batch", args=[batch.pk])
    assert 'hx-get="' in told(client.get(sent.headers["Location"]))
    run_jobs(drain=True)
    page = told(client.get(sent.headers["Location"]))
    assert "hx-get=" not in page
    assert "目录著录 2 页，实有 1 页" in page
    assert "分辨率 300 dpi，应不低于 600" in page
    assert "甲柜一月" in told(client.get(reverse("digitising")))
    records = told(client.get(reverse("digitising-units", args=[batch.pk])))
    assert all(code in records for code in CODES)


def test_pages_are_shown_as_pictures_and_narrowed(client: Client) -> None:
    deliver()
    (incoming_folder() / "甲柜" / "无号.jpg").write_bytes(jpeg(40))
    client.post(reverse("digitising-new"), {"folder": "甲柜", "profile": "ocr"})
    run_jobs(drain=True)
    batch = ScanBatch.objects.get()
    pages = reverse("digitising-pages", args=[batch.pk])
    assert told(client.get(pages)).count("<img ") == 7
    loose = told(client.get(f"{pages}?state=unlinked"))
    assert loose.count("<img ") == 1
    assert "无号.jpg" in loose
    assert "没有这样的页" in told(client.get(f"{pages}?state=sheets"))
    assert told(client.get(f"{pages}?state=x&page=99999999")).count("<img ") == 7
    last = ScanPage.objects.get(scan__path=f"{CODES[1]}.tif", frame=3)
    image = client.get(reverse("digitising-image", args=[batch.pk, last.pk, 320]))
    assert Image.open(io.BytesIO(image.content)).width == 320
    assert client.get(f"{pages}{last.pk}/321/").status_code == 404
    assert client.get(reverse("digitising-image", args=[batch.pk + 1, last.pk, 320])).status_code == 404


def test_uploaded_scans_become_a_batch(client: Client) -> None:
    files = [SimpleUploadedFile(f"{CODES[0]}-{number}.jpg", jpeg(number)) for number in (1, 2)]
    client.post(reverse("digitising-new"), {"scans": files, "profile": "ocr", "name": ""})
    run_jobs(drain=True)
    batch = ScanBatch.objects.get()
    assert (batch.name, batch.files, batch.fault_count) == (f"{CODES[0]}-1.jpg", 2, 0)
    (opened,) = list_entries(kinds=["scans.opened"], limit=2)
    assert opened.subject == f"scans:{batch.pk}"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"profile": "ocr"}, "二者取一"),
        ({"profile": "ocr", "folder": "空"}, "文件夹里没有文件"),
        ({"profile": "ocr", "folder": "../.."}, "选择一个有效的选项"),
        ({"profile": "best", "folder": "空"}, "选择一个有效的选项"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_registered(client: Client, given: dict[str, str], words: str) -> None:
    (incoming_folder() / "空").mkdir(parents=True)
    assert words in told(client.post(reverse("digitising-new"), given))
    assert not ScanBatch.objects.exists()


def test_checking_again_pressed_twice_is_done_once_and_no_batch_is_no_page(client: Client) -> None:
    deliver()
    client.post(reverse("digitising-new"), {"folder": "甲柜", "profile": "ocr"})
    run_jobs(drain=True)
    batch = ScanBatch.objects.get()
    for _press in range(2):
        sent = client.post(reverse("digitising-check", args=[batch.pk]))
        assert sent.headers["Location"] == reverse("digitising-batch", args=[batch.pk])
    assert len(list_entries(kinds=["scans.check-asked"], limit=9)) == 1
    run_jobs(drain=True)
    for name in ("digitising-batch", "digitising-progress", "digitising-units", "digitising-pages"):
        assert client.get(reverse(name, args=[batch.pk + 9])).status_code == 404
    assert client.post(reverse("digitising-check", args=[batch.pk + 9])).status_code == 404


def test_every_page_is_english_too(client: Client) -> None:
    place = deliver()
    (place / f"{CODES[2]}-001.jpg").write_bytes(jpeg(20)[:400])
    client.post(reverse("digitising-new"), {"folder": "甲柜", "profile": "replica"})
    run_jobs(drain=True)
    batch = ScanBatch.objects.get()
    client.post(reverse("language"), {"language": "en"})
    for name in ("digitising-batch", "digitising-units", "digitising-pages"):
        client.get(reverse(name, args=[batch.pk]))
    assert "300 dpi, at least 600 are asked for" in told(client.get(reverse("digitising-batch", args=[batch.pk])))
    assert "Register a scan batch" in told(client.get(reverse("digitising")))
