"""Scan batches through their services: taken, checked, linked; what is wrong is told; killed anywhere they go on."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from pathlib import Path

import pytest
from django.utils import timezone

from lantai.administration.models import Person, Role
from lantai.catalog.models import Record
from lantai.digitisation import queries
from lantai.digitisation.area import batch_folder, incoming_folder
from lantai.digitisation.models import ScanBatch, ScanPage, ScanState
from lantai.digitisation.services import ScansRefused, check_again, take_folder, take_uploads
from lantai.ledger.queries import list_entries
from lantai.work.models import Notice
from lantai.work.services import run_jobs
from tests.digitisation.scans import CODES, barcode_sheet, by, catalogued, deliver, encoded, jpeg, scan
from tests.ingest.county import found_county
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.xdist_group("index")]


@pytest.fixture
def archivist() -> Person:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    found_county()
    return make_person(Role.ARCHIVIST)


def take(person: Person, folder: str = "甲柜", profile: str = "ocr") -> ScanBatch:
    made = take_folder(folder=folder, name="", profile=profile, by=by(person), now=timezone.now())
    run_jobs(drain=True)
    made.refresh_from_db()
    return made


def told(batch: ScanBatch) -> list[tuple[str, str]]:
    return [(each.code, each.about) for each in queries.batch_view(batch_id=batch.pk).link_faults]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(each.relative_to(folder)): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in folder.rglob("*") if each.is_file() and each.name != "Thumbs.db"
    }  # fmt: skip


def test_a_folder_becomes_a_batch_whose_every_page_belongs_to_its_record(archivist: Person) -> None:
    records = catalogued()
    place = deliver()
    batch = take(archivist)
    assert (batch.state, batch.files, batch.pages, batch.fault_count) == (ScanState.CHECKED, 4, 6, 0)
    assert told(batch) == []
    units = list(batch.units.order_by("archive_code").values_list("archive_code", "record_id", "pages"))
    assert units == list(zip(CODES, records, (2, 3, 1), strict=True))
    pages = ScanPage.objects.filter(unit__archive_code=CODES[1]).order_by("number")
    assert [(each.number, each.frame, each.dpi, each.mode) for each in pages] == [
        (1, 1, 300, "grey"), (2, 2, 300, "grey"), (3, 3, 300, "grey"),
    ]  # fmt: skip
    assert digests(batch_folder(batch.pk)) == digests(place)
    assert {each.path: each.sha256 for each in batch.scans.all()} == digests(place)
    opened, checked = list_entries(kinds=["scans.opened", "scans.checked"], limit=9)
    assert {opened.kind, checked.kind} == {"scans.opened", "scans.checked"}
    assert Notice.objects.get(person=archivist).text == "scans-checked"


def test_everything_wrong_is_told_and_a_second_check_sees_what_was_mended(archivist: Person) -> None:
    catalogued((3, None, 1))
    place = deliver()
    (place / CODES[0] / "0002.jpg").rename(place / CODES[0] / "0004.jpg")
    (place / f"{CODES[2]}-001.jpg").write_bytes(jpeg(20)[:400])
    (place / "0059-WS·2019-Y-0777.jpg").write_bytes(jpeg(31))
    (place / f"{CODES[1]}.txt").write_text("不是扫描件")
    (place / "空白").mkdir()
    batch = take(archivist)
    assert batch.state == ScanState.TROUBLED
    assert told(batch) == [
        ("unknown-code", "0059-WS·2019-Y-0777"),
        ("page-missing", CODES[0]),
        ("page-count", CODES[0]),
    ]
    view = queries.batch_view(batch_id=batch.pk)
    ((path, why),) = view.broken
    assert (path, why[0]) == (f"{CODES[1]}.txt", "不是扫描图像或 PDF")
    faulty, _count = queries.list_pages(batch_id=batch.pk, portion="faulty", offset=0, limit=9)
    assert [each.path for each in faulty if each.problem] == [f"{CODES[2]}-001.jpg"]
    assert queries.list_pages(batch_id=batch.pk, portion="unlinked", offset=0, limit=9)[1] == 1

    Record.objects.filter(archive_code=CODES[0]).update(pages=2)
    assert check_again(batch_id=batch.pk, by=by(archivist), now=timezone.now())
    run_jobs(drain=True)
    batch.refresh_from_db()
    assert told(batch) == [("unknown-code", "0059-WS·2019-Y-0777"), ("page-missing", CODES[0])]
    assert len(list_entries(kinds=["scans.checked"], limit=9)) == 2


def test_a_stack_is_divided_by_its_separator_sheets(archivist: Person) -> None:
    catalogued((1, 2, None))
    sheets = [barcode_sheet(CODES[0]), scan(1), barcode_sheet(f"LANTAI:{CODES[1]}"), scan(2), scan(3)]
    stack = io.BytesIO()
    sheets[0].save(stack, "TIFF", save_all=True, append_images=sheets[1:], dpi=(300, 300), compression="tiff_lzw")
    place = incoming_folder() / "一摞"
    place.mkdir(parents=True)
    (place / "stack.tif").write_bytes(stack.getvalue())
    batch = take(archivist, "一摞", "text")
    assert told(batch) == []
    assert list(batch.units.order_by("archive_code").values_list("archive_code", "pages")) == [
        (CODES[0], 1),
        (CODES[1], 2),
    ]
    assert list(batch.scan_pages.exclude(sheet="").order_by("frame").values_list("frame", "sheet")) == [
        (1, CODES[0]), (3, CODES[1]),
    ]  # fmt: skip


def test_pages_below_the_profile_and_pages_scanned_twice_are_told(archivist: Person) -> None:
    catalogued((2, None, None))
    place = incoming_folder() / "乙柜"
    place.mkdir(parents=True)
    (place / f"{CODES[0]}-001.jpg").write_bytes(encoded(scan(5), "JPEG", dpi=(150, 150)))
    (place / f"{CODES[0]}-002.png").write_bytes(encoded(scan(5), "PNG", dpi=(150, 150)))
    batch = take(archivist, "乙柜", "replica")
    first, second = batch.scan_pages.order_by("number")
    assert [code for code, _values in first.faults] == ["dpi-low", "colour-mode"]
    assert [code for code, _values in second.faults] == ["dpi-low", "colour-mode", "duplicate"]
    assert second.double_of == first
    rows, _count = queries.list_pages(batch_id=batch.pk, portion="faulty", offset=0, limit=9)
    assert rows[1].faults[-1].sentence("zh") == f"与 {CODES[0]} · 1 相同"


def test_a_file_that_is_still_being_written_is_told_and_taken_later(archivist: Person) -> None:
    catalogued((2, 3, 1))
    place = deliver()
    made = take_folder(folder="甲柜", name="", profile="ocr", by=by(archivist), now=timezone.now())
    with (place / f"{CODES[2]}-001.jpg").open("ab") as late:
        late.write(b"more")
    (place / CODES[0] / "0001.jpg").rename(place / "elsewhere")
    run_jobs(drain=True)
    problems = {each.path: each.problem[1] for each in made.scans.exclude(problem=[])}
    assert problems.keys() == {f"{CODES[2]}-001.jpg", f"{CODES[0]}/0001.jpg"}
    (place / "elsewhere").rename(place / CODES[0] / "0001.jpg")
    with (place / f"{CODES[2]}-001.jpg").open("r+b") as late:
        late.truncate(late.seek(0, os.SEEK_END) - 4)
    assert check_again(batch_id=made.pk, by=by(archivist), now=timezone.now())
    run_jobs(drain=True)
    made.refresh_from_db()
    assert (made.state, told(made)) == (ScanState.CHECKED, [])


@pytest.mark.parametrize(
    ("folder", "profile", "code"),
    [("没有", "ocr", "no-folder"), ("../..", "ocr", "no-folder"), ("空", "ocr", "empty"), ("甲柜", "best", "profile")],
)
def test_what_cannot_be_taken_is_refused_in_words(archivist: Person, folder: str, profile: str, code: str) -> None:
    deliver()
    (incoming_folder() / "空").mkdir()
    with pytest.raises(ScansRefused) as refused:
        take_folder(folder=folder, name="", profile=profile, by=by(archivist), now=timezone.now())
    assert refused.value.code == code
    assert not ScanBatch.objects.exists()
    assert not list_entries(kinds=["scans.opened"], limit=1)


def test_the_same_folder_is_taken_once(archivist: Person) -> None:
    deliver()
    take(archivist)
    with pytest.raises(ScansRefused, match="twice"):
        take(archivist)
    assert ScanBatch.objects.count() == 1


def test_uploads_keep_their_names_and_nothing_of_a_refused_one_stays(archivist: Person) -> None:
    catalogued((1, None, None))
    data = jpeg(3)
    made = take_uploads(
        uploads=[(f"C:\\扫描\\{CODES[0]}-1.jpg", io.BytesIO(data))],
        name="",
        profile="ocr",
        by=by(archivist),
        now=timezone.now(),
    )
    run_jobs(drain=True)
    made.refresh_from_db()
    assert (made.state, told(made)) == (ScanState.CHECKED, [])
    assert (batch_folder(made.pk) / f"{CODES[0]}-1.jpg").read_bytes() == data
    twice = [("a.jpg", io.BytesIO(data)), ("b/a.jpg", io.BytesIO(data))]
    with pytest.raises(ScansRefused, match="twice"):
        take_uploads(uploads=twice, name="", profile="ocr", by=by(archivist), now=timezone.now())
    assert ScanBatch.objects.count() == 1
