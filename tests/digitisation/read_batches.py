"""A batch whose pages are read, for tests: records in the catalogue, specimens as scans, what stands there as read."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.utils import timezone
from PIL import Image

from lantai.administration.models import Organisation, Person
from lantai.archival.imaging.specimens import Specimen, make_specimen
from lantai.digitisation.area import incoming_folder
from lantai.digitisation.models import ReadPage, ScanBatch, ScanPage
from lantai.digitisation.services import take_folder
from lantai.work.services import run_jobs
from tests.catalog.arranged import put
from tests.digitisation.scans import by

CODES = ("0059-WS·2020-Y-0001", "0059-WS·2020-Y-0002")
WORD = "兰台新建村民委员会"
"""Stands on the second page of the first record, in the first line."""
SIDE = 620
"""Pixels that a page is wide: small pages are quick."""


def specimens(first: int = 0, count: int = 3) -> list[Specimen]:
    """Pages of known text."""
    return [_specimen(7000 + first + number) for number in range(count)]


@cache
def _specimen(seed: int) -> Specimen:
    return make_specimen(seed, "decision")


def small(specimen: Specimen) -> Image.Image:
    """A specimen as it was scanned, small."""
    image = Image.fromarray(specimen.picture)
    return image.resize((SIDE, round(image.height * SIDE / image.width)), Image.Resampling.BOX)


def jpeg(image: Image.Image, dpi: int = 75) -> bytes:
    made = io.BytesIO()
    image.save(made, "JPEG", dpi=(dpi, dpi), quality=80)
    return made.getvalue()


def catalogue(pages: Sequence[int] = (2, 1), codes: Sequence[str] = CODES) -> list[int]:
    """Items with archive codes and without files; their record numbers."""
    body = Organisation.objects.order_by("pk").values_list("pk", flat=True)[0]
    return [
        put(9100 + number, 1, archive_code=code, pages=count or None, organisation_id=body, files=0, bytes=0)[0].pk
        for number, (code, count) in enumerate(zip(codes, pages, strict=True))
    ]


def deliver(folder: str = "已读", first: int = 0) -> list[Specimen]:
    """A folder with two pages of the first record and one of the second, from specimen number *first* on."""
    made = specimens(first)
    place = incoming_folder() / folder
    place.mkdir(parents=True)
    names = (f"{CODES[0]}-001.jpg", f"{CODES[0]}-002.jpg", f"{CODES[1]}-001.jpg")
    for name, each in zip(names, made, strict=True):
        (place / name).write_bytes(jpeg(small(each)))
    return made


def checked(person: Person, folder: str = "已读", profile: str = "text") -> ScanBatch:
    """The folder as a batch, checked and linked."""
    batch = take_folder(folder=folder, name="", profile=profile, by=by(person), now=timezone.now())
    run_jobs(drain=True)
    batch.refresh_from_db()
    return batch


def as_read(batch: ScanBatch, made: Sequence[Specimen], word: str = WORD) -> None:
    """Give every page of the batch, in the order of records and numbers, what stands on its specimen as what was read.
    *word* takes the place of the first line of the second page.
    """
    rows = batch.scan_pages.filter(sheet="").order_by("unit__archive_code", "number")
    for at, (page, specimen) in enumerate(zip(rows, made, strict=True)):
        lines = [_line(each.text, each.box, page, specimen) for each in specimen.lines]
        if at == 1:
            lines[0] = _line(word, specimen.lines[0].box, page, specimen)
        ReadPage.objects.create(
            page=page,
            mode="fast",
            engine="PP-OCRv5 mobile",
            version="scan",
            matrix=[[1, 0, 0], [0, 1, 0]],
            lines=lines,
            characters=sum(len(each["text"]) for each in lines),
            confidence=0.98,
            kind="decision",
            read_at=timezone.now(),
        )
    ScanBatch.objects.filter(pk=batch.pk).update(mode="fast", read_at=timezone.now())
    batch.refresh_from_db()


def _line(text: str, box: tuple[int, int, int, int], page: ScanPage, specimen: Specimen) -> dict[str, object]:
    factor = page.width / specimen.picture.shape[1]
    left, top, right, bottom = (round(each * factor) for each in box)
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    return {"text": text, "corners": corners, "confidence": 0.98, "vertical": False, "words": [[text, corners, 0.98]]}


def read_batch(person: Person, folder: str = "已读") -> tuple[ScanBatch, list[Specimen]]:
    """A batch of three pages of two records, checked and read, and its specimens."""
    made = deliver(folder)
    batch = checked(person, folder)
    as_read(batch, made)
    return batch, made


def incoming(name: str) -> Path:
    """A file of the delivered folder."""
    return incoming_folder() / "已读" / name
