"""Reading a batch through its services: every page once, with text, places, seals and tables; people's work stays."""

from __future__ import annotations

import shutil
import unicodedata
from difflib import SequenceMatcher

import pytest
from django.utils import timezone
from PIL import Image

from lantai.administration.models import Organisation, Person, Role
from lantai.digitisation import queries
from lantai.digitisation.area import derivative_path, incoming_folder
from lantai.digitisation.models import Correction, ReadPage, Region, RegionKind, ScanBatch, ScanPage
from lantai.digitisation.services import ReadingRefused, ask_reading, check_again, take_folder
from lantai.ledger.queries import list_entries
from lantai.work.models import Job, JobState, Notice
from lantai.work.services import run_jobs
from lantai.work.services.jobs import ask_pause, resume_job
from tests.digitisation.scans import by, catalogued
from tests.digitisation.specimen_scans import deliver_pages, jpeg_of, scrap, specimen
from tests.ingest.county import found_county
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def archivist() -> Person:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    found_county()
    return make_person(Role.ARCHIVIST)


def checked(person: Person, folder: str = "识别") -> ScanBatch:
    made = take_folder(folder=folder, name="", profile="text", by=by(person), now=timezone.now())
    run_jobs(drain=True)
    made.refresh_from_db()
    return made


def read(person: Person, batch: ScanBatch, mode: str = "fast") -> None:
    ask_reading(batch_id=batch.pk, mode=mode, by=by(person), now=timezone.now())
    run_jobs(drain=True)
    batch.refresh_from_db()


def plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.database
def test_a_batch_is_read_page_by_page(archivist: Person) -> None:
    decision, form = specimen(11, "decision", dpi=200), specimen(12, "form", "skew3", dpi=200)
    catalogued((3, None, None))
    office = decision.seals[0].name
    Organisation.objects.filter(pk=Organisation.objects.order_by("pk")[0].pk).update(name=office)
    deliver_pages(jpeg_of(decision), jpeg_of(form), jpeg_of(scrap(13)))
    batch = checked(archivist)
    read(archivist, batch)
    assert batch.read_at is not None and batch.mode == "fast"

    first, second, third = (each.reading for each in batch.scan_pages.order_by("number"))
    texts = ["\n".join(line["text"] for line in each.lines) for each in (first, second, third)]
    for page, text in zip((decision, form), texts, strict=False):
        assert SequenceMatcher(None, plain(page.text), plain(text), autojunk=False).ratio() > 0.93
    assert first.engine == "PP-OCRv6 tiny" and first.problem == [] and first.cpu_seconds > 0
    assert (first.derivative, first.version) == ("", "scan")
    assert {each["name"] for each in second.steps} >= {"deskew"}
    with Image.open(derivative_path(batch.pk, second.page_id)) as picture:
        assert abs(picture.width - form.picture.shape[1]) < 40
    scan = second.page
    for line in second.lines:
        assert all(0 <= x <= scan.width and 0 <= y <= scan.height for x, y in line["corners"])
        assert "".join(word for word, _corners, _sure in line["words"]) == line["text"].replace(" ", "")

    seal = Region.objects.get(page=first.page, kind=RegionKind.SEAL, shape=decision.seals[0].shape)
    true = decision.seals[0].box
    assert all(
        abs(one - other) < 20 for one, other in zip((seal.left, seal.top, seal.right, seal.bottom), true, strict=True)
    )
    assert (seal.owner, seal.by, seal.colour) == (office, "system", "red")
    table = Region.objects.get(page=second.page, kind=RegionKind.TABLE)
    wanted = {plain(each.text) for each in form.tables[0].cells if each.text}
    found = {plain(each["text"]) for each in table.data["cells"]}
    assert len(wanted & found) > 0.7 * len(wanted)

    (asked,) = list_entries(kinds=["scans.reading-asked"], limit=3)
    (told,) = list_entries(kinds=["scans.read"], limit=3)
    assert (asked.actor, told.actor) == (by(archivist).reference, "system")
    view = queries.batch_view(batch_id=batch.pk).reading
    assert (view.read, view.left, view.unreadable) == (3, 0, 0)
    assert view.characters == sum(len(each) - each.count("\n") for each in texts)
    assert Notice.objects.filter(person=archivist, text="scans-read").count() == 1


def test_how_a_page_lay_is_told_by_reading_it(archivist: Person) -> None:
    turned, mirrored = specimen(21, "receipt", "turned270", dpi=200), specimen(21, "receipt", "mirrored", dpi=200)
    catalogued((2, None, None))
    deliver_pages(jpeg_of(turned), jpeg_of(mirrored))
    batch = checked(archivist)
    read(archivist, batch)
    first, second = batch.scan_pages.order_by("number")
    assert [each for each in first.faults if each[0] == "rotated"] == [["rotated", {"found": ["90", "90"]}]]
    assert (first.reading.turned, second.reading.mirrored) == (270, True)
    assert "mirrored" in [code for code, _values in second.faults]
    for page, true in ((first, turned), (second, mirrored)):
        text = "".join(line["text"] for line in page.reading.lines)
        assert SequenceMatcher(None, plain(true.text), plain(text), autojunk=False).ratio() > 0.9
        assert derivative_path(batch.pk, page.pk).is_file()
    rows, _count = queries.list_pages(batch_id=batch.pk, portion="faulty", offset=0, limit=9)
    assert "页面方向不正，旋转 90° 后可读" in {each.sentence("zh") for row in rows for each in row.faults}


def test_what_people_touched_is_not_read_over(archivist: Person) -> None:
    catalogued((3, None, None))
    deliver_pages(*(jpeg_of(scrap(seed)) for seed in (31, 32, 33)))
    batch = checked(archivist)
    read(archivist, batch)
    corrected, reviewed, free = ReadPage.objects.filter(page__batch=batch).order_by("page__number")
    corrected.lines[0]["text"] = "改过的一行"
    corrected.save()
    Correction.objects.create(
        reading=corrected, line=0, before="原来", after="改过的一行", by="person:1", at=timezone.now()
    )
    ReadPage.objects.filter(pk=reviewed.pk).update(reviewed_by="person:1", reviewed_at=timezone.now())
    marked = Region.objects.create(
        page=free.page, kind=RegionKind.STAMP, left=1, top=1, right=9, bottom=9, by="person:1"
    )
    read(archivist, batch, "exact")
    modes = list(ReadPage.objects.filter(page__batch=batch).order_by("page__number").values_list("mode", flat=True))
    assert modes == ["fast", "fast", "exact"]
    corrected.refresh_from_db()
    assert corrected.lines[0]["text"] == "改过的一行"
    assert Region.objects.filter(pk=marked.pk).exists()
    with pytest.raises(ReadingRefused, match="nothing"):
        ask_reading(batch_id=batch.pk, mode="exact", by=by(archivist), now=timezone.now())


def test_a_reading_pauses_between_pages_and_goes_on(archivist: Person) -> None:
    catalogued((2, None, None))
    deliver_pages(jpeg_of(scrap(41)), jpeg_of(scrap(42)))
    batch = checked(archivist)
    ask_reading(batch_id=batch.pk, mode="fast", by=by(archivist), now=timezone.now())
    batch.refresh_from_db()
    assert batch.reading_job_id is not None
    Job.objects.filter(task_id=batch.reading_job_id).update(pause_asked=True)
    run_jobs(drain=True)
    assert Job.objects.get(task_id=batch.reading_job_id).state == JobState.PAUSED
    assert ReadPage.objects.filter(page__batch=batch).count() == 1
    assert resume_job(task_id=batch.reading_job_id)
    run_jobs(drain=True)
    batch.refresh_from_db()
    assert ReadPage.objects.filter(page__batch=batch).count() == 2 and batch.read_at is not None
    assert not ask_pause(task_id=batch.reading_job_id)  # type: ignore[arg-type]
    assert len(list_entries(kinds=["scans.read"], limit=9)) == 1


def test_what_cannot_be_read_now_is_refused(archivist: Person) -> None:
    catalogued((1, None, None))
    deliver_pages(jpeg_of(scrap(51)))
    batch = take_folder(folder="识别", name="", profile="text", by=by(archivist), now=timezone.now())

    def refused(mode: str = "fast") -> str:
        with pytest.raises(ReadingRefused) as refusal:
            ask_reading(batch_id=batch.pk, mode=mode, by=by(archivist), now=timezone.now())
        return refusal.value.code

    assert refused() == "checking"
    run_jobs(drain=True)
    assert refused("best") == "mode"
    ask_reading(batch_id=batch.pk, mode="fast", by=by(archivist), now=timezone.now())
    assert refused("exact") == "running"
    assert check_again(batch_id=batch.pk, by=by(archivist), now=timezone.now())
    assert refused() == "checking"
    run_jobs(drain=True)
    ScanBatch.objects.filter(pk=batch.pk).update(filed_at=timezone.now())
    assert refused("exact") == "filed"
    assert len(list_entries(kinds=["scans.reading-asked"], limit=9)) == 1


def test_a_page_taken_away_by_a_new_check_is_left_out(archivist: Person) -> None:
    catalogued((1, None, None))
    deliver_pages(jpeg_of(scrap(61)))
    batch = checked(archivist)
    ask_reading(batch_id=batch.pk, mode="fast", by=by(archivist), now=timezone.now())
    ScanPage.objects.filter(batch=batch).delete()
    run_jobs(drain=True)
    batch.refresh_from_db()
    assert batch.read_at is not None and not ReadPage.objects.exists()
