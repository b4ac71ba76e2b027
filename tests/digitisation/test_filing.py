"""Taking over: the pages of a read batch become forms of their records, are found, and are lit on the page."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import zipfile

import pikepdf
import pypdfium2
import pytest
from django.urls import reverse
from django.utils import timezone
from pikepdf import pdfa
from PIL import Image, ImageStat

from lantai.administration.models import Organisation, Person, Role
from lantai.catalog.dividing import unpacked_text
from lantai.catalog.models import ComponentText, Record, Representation
from lantai.digitisation.area import batch_folder, incoming_folder
from lantai.digitisation.models import ReadPage, ScanBatch
from lantai.digitisation.services import FilingRefused, ask_filing, ask_reading, check_again
from lantai.finding.services import follow_ledger
from lantai.ledger.queries import list_entries
from lantai.storage.models import StoredObject
from lantai.storage.queries import open_content, read_whole
from lantai.work.models import Notice
from lantai.work.services import run_jobs
from tests.catalog.arranged import put
from tests.digitisation.accepting import accept
from tests.digitisation.read_batches import (
    CODES,
    WORD,
    as_read,
    catalogue,
    checked,
    deliver,
    jpeg,
    read_batch,
    small,
    specimens,
)
from tests.digitisation.scans import barcode_sheet, by
from tests.ingest.county import BODY, found_county, package, settle
from tests.make_people import make_person, signed_in
from tests.pages.archive import send

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def archivist() -> Person:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    found_county()
    return make_person(Role.ARCHIVIST)


def take_over(batch: ScanBatch, person: Person) -> ScanBatch:
    if not batch.acceptances.exists():
        accept(batch, person)
    assert ask_filing(batch_id=batch.pk, by=by(person), now=timezone.now())
    run_jobs(drain=True)
    batch.refresh_from_db()
    return batch


def form(record: int, kind: str) -> Representation:
    return Representation.objects.get(record_id=record, kind=kind)


@pytest.mark.database
def test_the_pages_of_a_read_batch_become_forms_of_their_records(archivist: Person) -> None:
    first, second = catalogue()
    batch, made = read_batch(archivist)
    take_over(batch, archivist)
    assert batch.filed_at is not None
    assert [each.problem for each in batch.units.all()] == [[], []]

    masters, access = form(first, "scanned"), form(first, "access")
    record = Record.objects.get(pk=first)
    assert masters.object_id == access.object_id
    assert masters.object_id == f"urn:lantai:scans:{record.fonds_code}:{record.retention}:{record.record_code}"
    with open_content(object_id=masters.object_id, path=masters.path) as stream, zipfile.ZipFile(stream) as packed:
        assert packed.namelist() == ["0001.jpg", "0002.jpg"]
        for name in packed.namelist():
            source = batch_folder(batch.pk) / f"{CODES[0]}-{name[1:]}"
            assert packed.read(name) == source.read_bytes()
    copy = read_whole(object_id=access.object_id, path=access.path)
    assert pdfa.validate_written(io.BytesIO(copy), "2b").passed
    with pikepdf.open(io.BytesIO(copy)) as document:
        assert len(document.pages) == 2

    told = json.loads(read_whole(object_id=access.object_id, path=f"{record.record_code}/scans.json"))
    assert [(each["round"], each["shortfalls"]) for each in told["acceptance"]] == [(1, [])]
    assert [each["sha256"] for each in told["masters"]] == [
        hashlib.sha256((batch_folder(batch.pk) / f"{CODES[0]}-00{number}.jpg").read_bytes()).hexdigest()
        for number in (1, 2)
    ]
    assert told["text"][0] == made[0].text
    with (
        open_content(object_id=access.object_id, path=f"{record.record_code}/alto.zip") as stream,
        zipfile.ZipFile(stream) as packed,
    ):
        assert WORD in packed.read("0002.xml").decode()

    assert (record.files, record.pages) == (3, 2)
    assert record.bytes == masters.bytes + access.bytes
    entries = {each.subject: each for each in list_entries(kinds=["record.digitised"], limit=9)}
    assert entries.keys() == set(Record.objects.filter(pk__in=[first, second]).values_list("record_code", flat=True))
    detail = entries[record.record_code].detail
    assert detail is not None
    assert (detail["before"]["files"], detail["after"]["files"], detail["batch"]) == (0, 3, batch.pk)
    assert detail["after"]["scanned"]["sha512"] == masters.sha512
    assert detail["access"]["after"]["sha512"] == hashlib.sha512(copy).hexdigest()
    asked, filed = sorted(list_entries(kinds=["scans.filing-asked", "scans.filed"], limit=9), key=lambda each: each.at)
    assert (asked.detail, filed.detail) == ({"records": 2}, {"records": 2, "left": 0})
    assert Notice.objects.filter(person=archivist, text="scans-filed").count() == 1


def test_a_word_on_a_page_is_found_and_lit(archivist: Person) -> None:
    first, _second = catalogue()
    take_over(read_batch(archivist)[0], archivist)
    follow_ledger(now=timezone.now())
    client = signed_in(archivist)
    found = client.get(reverse("search"), {"q": WORD}).content.decode()
    code = Record.objects.get(pk=first).record_code
    assert code in found
    page = client.get(reverse("record", args=[code]), {"q": WORD}).content.decode()
    assert f"“{WORD}”在这个文件里有 1 处" in page
    assert "第 2 页 1 处" in page
    image = client.get(reverse("record-image", args=[code, 1, 2, 1000]))
    assert image.headers["Content-Type"] in ("image/jpeg", "image/webp")


def test_certificate_numbers_stay_out_of_what_is_searched(archivist: Person) -> None:
    first, _second = catalogue()
    made = deliver()
    batch = checked(archivist)
    as_read(batch, made, word="身份证号 11010519491231002X")
    take_over(batch, archivist)
    row = ComponentText.objects.get(record_id=first)
    assert row.scanned and b"1949" not in bytes(row.scanned)
    assert "身份证号 " + "＊" * 18 in unpacked_text(bytes(row.scanned))


def test_a_record_digitised_again_gets_a_new_version_and_keeps_the_old_one(archivist: Person) -> None:
    first, _second = catalogue()
    take_over(read_batch(archivist)[0], archivist)
    before = form(first, "scanned")
    again = deliver("再扫", 1)
    batch = checked(archivist, "再扫")
    as_read(batch, again)
    take_over(batch, archivist)
    after = form(first, "scanned")
    assert (after.pk, after.object_id) == (before.pk, before.object_id)
    assert after.sha512 != before.sha512
    assert StoredObject.objects.get(object_id=after.object_id).head == "v2"
    record = Record.objects.get(pk=first)
    assert record.files == 3
    newest = list_entries(kinds=["record.digitised"], limit=9, subject=record.record_code)[0]
    assert newest.detail is not None
    assert newest.detail["before"]["scanned"]["sha512"] == before.sha512
    assert newest.detail["after"]["version"] == "v2"


def test_what_is_not_ready_is_refused_and_nothing_is_told(archivist: Person) -> None:
    catalogue()
    made = deliver()
    batch = checked(archivist)
    with pytest.raises(FilingRefused, match="unread"):
        ask_filing(batch_id=batch.pk, by=by(archivist), now=timezone.now())
    as_read(batch, made)
    take_over(batch, archivist)
    with pytest.raises(FilingRefused, match="filed"):
        ask_filing(batch_id=batch.pk, by=by(archivist), now=timezone.now())
    assert not check_again(batch_id=batch.pk, by=by(archivist), now=timezone.now())
    assert len(list_entries(kinds=["scans.filing-asked"], limit=9)) == 1


def test_a_damaged_master_is_told_and_its_record_alone_is_left(archivist: Person) -> None:
    first, second = catalogue()
    batch, _made = read_batch(archivist)
    master = batch_folder(batch.pk) / f"{CODES[1]}-001.jpg"
    whole = master.read_bytes()
    master.write_bytes(whole[:-1] + b"\x00")
    take_over(batch, archivist)
    assert batch.filed_at is None
    assert Representation.objects.filter(record_id=first, kind="access").exists()
    assert not Representation.objects.filter(record_id=second).exists()
    assert "与登记的摘要不符" in batch.units.get(archive_code=CODES[1]).problem[0]
    master.write_bytes(whole)
    take_over(batch, archivist)
    assert batch.filed_at is not None
    assert Representation.objects.filter(record_id=second, kind="access").exists()
    assert [each.result for each in list_entries(kinds=["scans.filed"], limit=9)] == ["done", "troubled"]


def test_a_stack_of_several_records_is_divided_without_loss(archivist: Person) -> None:
    first, second = catalogue((1, 2))
    place = incoming_folder() / "一摞"
    place.mkdir(parents=True)
    made = specimens()
    pages = [small(each).convert("1") for each in made]
    sheets = [barcode_sheet(CODES[0]).convert("1"), pages[0], barcode_sheet(CODES[1]).convert("1"), *pages[1:]]
    sheets[0].save(
        place / "stack.tif", "TIFF", save_all=True, append_images=sheets[1:], dpi=(75, 75), compression="group4"
    )
    batch = checked(archivist, "一摞")
    as_read(batch, made)
    take_over(batch, archivist)
    assert [each.problem for each in batch.units.all()] == [[], []]
    held = []
    for record, names in ((first, ["0001.tif"]), (second, ["0001.tif", "0002.tif"])):
        kept = form(record, "scanned")
        with open_content(object_id=kept.object_id, path=kept.path) as stream, zipfile.ZipFile(stream) as packed:
            assert packed.namelist() == names
            held += [Image.open(io.BytesIO(packed.read(name))) for name in names]
    assert [each.tobytes() for each in held] == [each.tobytes() for each in pages]
    code = Record.objects.get(pk=second).record_code
    told = json.loads(read_whole(object_id=form(second, "access").object_id, path=f"{code}/scans.json"))
    assert told["masters"] == [
        {"name": "0001-0002.tif", "source": "stack.tif", "sha256": batch.scans.get().sha256, "frames": [4, 5]}
    ]


def test_a_record_with_files_of_its_own_keeps_them_and_opens_where_the_word_stands(archivist: Person) -> None:
    client = signed_in(archivist)
    send(Organisation.objects.get(code=BODY), *package(1))
    settle()
    record = Record.objects.get()
    files = record.files
    Record.objects.filter(pk=record.pk).update(archive_code=CODES[0], pages=2)
    body = Record.objects.values_list("organisation_id", flat=True)[0]
    put(9101, 1, archive_code=CODES[1], pages=1, organisation_id=body, files=0, bytes=0)
    take_over(read_batch(archivist)[0], archivist)
    record.refresh_from_db()
    assert record.files == files + 3
    page = client.get(reverse("record", args=[record.record_code]), {"q": WORD}).content.decode()
    assert f"“{WORD}”在这个文件里有 1 处" in page
    assert "识别文字" in page
    before = client.get(reverse("record", args=[record.record_code])).content.decode()
    assert "下载原包" in before
    sent = client.get(reverse("record-package", args=[record.record_code]))
    kept = form(record.pk, "received")
    assert hashlib.sha512(b"".join(sent)).hexdigest() == kept.sha512  # type: ignore[arg-type]
    forms = client.get(reverse("record", args=[record.record_code]), {"tab": "forms"}).content.decode()
    assert "扫描原图" in forms and "利用副本" in forms and "制作事件" in forms
    masters = client.get(reverse("record-form", args=[record.record_code, form(record.pk, "scanned").pk]))
    with zipfile.ZipFile(io.BytesIO(b"".join(masters))) as packed:  # type: ignore[arg-type]
        assert packed.testzip() is None


def test_the_page_says_how_far_it_is_and_what_hinders(archivist: Person) -> None:
    catalogue()
    made = deliver()
    batch = checked(archivist)
    client = signed_in(archivist)
    page = reverse("digitising-filing", args=[batch.pk])
    assert page in client.get(reverse("digitising-batch", args=[batch.pk])).content.decode()
    shown = client.get(page).content.decode()
    assert "还有页没有识别" in shown and reverse("digitising-file", args=[batch.pk]) not in shown
    refused = client.post(reverse("digitising-file", args=[batch.pk]))
    assert refused.status_code == 403 and "还有页没有识别" in refused.content.decode()
    as_read(batch, made)
    assert "还没有验收合格" in client.get(page).content.decode()
    accept(batch, archivist)
    for _press in range(2):
        sent = client.post(reverse("digitising-file", args=[batch.pk]))
        assert sent.headers["Location"] == page
    assert len(list_entries(kinds=["scans.filing-asked"], limit=9)) == 1
    assert "hx-get=" in client.get(page).content.decode()
    run_jobs(drain=True)
    done = client.get(page).content.decode()
    assert "这一批已全部入库" in done and "hx-get=" not in done
    client.post(reverse("language"), {"language": "en"})
    assert "The whole batch is taken over" in client.get(page).content.decode()
    for name in ("digitising-filing", "digitising-filing-progress"):
        assert client.get(reverse(name, args=[batch.pk + 9])).status_code == 404
    assert client.post(reverse("digitising-file", args=[batch.pk + 9])).status_code == 404


def test_pages_read_by_the_networks_go_all_the_way_also_one_upside_down(archivist: Person) -> None:
    first, _second = catalogue()
    place = incoming_folder() / "真读"
    place.mkdir(parents=True)
    pages = [Image.fromarray(each.picture).resize((1240, 1754), Image.Resampling.BOX) for each in specimens(count=2)]
    for number, image in enumerate((pages[0], pages[1].rotate(180)), 1):
        (place / f"{CODES[0]}-{number:03}.jpg").write_bytes(jpeg(image, 150))
    batch = checked(archivist, "真读")
    ask_reading(batch_id=batch.pk, mode="fast", by=by(archivist), now=timezone.now())
    run_jobs(drain=True)
    take_over(batch, archivist)
    assert [each.problem for each in batch.units.all()] == [[]]
    access = form(first, "access")
    turned = ReadPage.objects.get(page__batch=batch, page__number=2)
    assert (turned.turned, bool(turned.derivative)) == (180, True)
    word = specimens(count=2)[1].lines[0].text[:4]
    with pypdfium2.PdfDocument(read_whole(object_id=access.object_id, path=access.path)) as document:
        page = document[1]
        text = page.get_textpage()
        at = text.get_text_range().find(word)
        assert at >= 0
        _left, bottom, _right, _top = text.get_charbox(at)
        assert bottom > page.get_height() * 0.7
        darkness = [ImageStat.Stat(each.convert("L")).mean[0] for each in halves(page.render(scale=0.5).to_pil())]
    true = [ImageStat.Stat(each.convert("L")).mean[0] for each in halves(pages[1])]
    assert (darkness[0] < darkness[1]) == (true[0] < true[1])
    assert access.event["agents"][0] == "PP-OCRv6 tiny"


def halves(image: Image.Image) -> tuple[Image.Image, Image.Image]:
    """The upper and the lower half of a page."""
    middle = image.height // 2
    return image.crop((0, 0, image.width, middle)), image.crop((0, middle, image.width, image.height))
