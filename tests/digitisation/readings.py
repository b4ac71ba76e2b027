"""A batch whose pages were read, without reading them: specimens with known text, some of it misread."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.utils import timezone
from PIL import Image

from lantai.archival.imaging.specimens.making import make_specimen
from lantai.archival.imaging.specimens.model import Kind
from lantai.digitisation.area import batch_folder
from lantai.digitisation.models import ReadPage, ScanBatch, ScanFile, ScanPage, ScanState, ScanUnit
from lantai.digitisation.read_lines import count_doubtful

LINES = ("云岭县行政审批局", "关于准予行政许可的决定", "申请人：王小明", "二〇一九年三月一日")
CODE = "0059-WS·2019-Y-0001"


def kept_line(text: str, top: int = 100, *, confidence: float = 0.99, left: int = 100) -> dict[str, Any]:
    """A line as reading keeps it: each character a word, 20 pixels wide."""
    places = [(left + 20 * at, left + 20 * at + 20) for at in range(len(text))]
    words = [
        [each, [[a, top], [b, top], [b, top + 24], [a, top + 24]], confidence]
        for each, (a, b) in zip(text, places, strict=True)
    ]
    right = left + 20 * max(1, len(text))
    corners = [[left, top], [right, top], [right, top + 24], [left, top + 24]]
    return {"text": text, "corners": corners, "confidence": confidence, "vertical": False, "words": words}


def read_batch(
    pages: int = 2, *, lines: Sequence[str] = LINES, doubtful: Sequence[int] = (2,), pictured: bool = False
) -> ScanBatch:
    """A batch of one record with *pages* pages; the lines numbered *doubtful* are unsure."""
    kept = [kept_line(text, 100 + 40 * at, confidence=0.7 if at in doubtful else 0.99) for at, text in enumerate(lines)]
    return _batch([kept] * pages, (1240, 1754), [_blank_page()] * pages if pictured else [])


def specimen_batch(kinds: Sequence[Kind] = ("decision", "form")) -> ScanBatch:
    """A batch of generated pages with their true lines; every seventh is unsure and misread in one character."""
    pages, pictures = [], []
    for seed, kind in enumerate(kinds, 1):
        picture, lines = _specimen(seed, kind)
        kept = []
        for at, (text, (left, top, right, bottom)) in enumerate(lines):
            wrong = at % 7 == 3
            line = kept_line(text.replace("的", "旳", 1) if wrong else text, confidence=0.72 if wrong else 0.99)
            line["corners"] = [[left, top], [right, top], [right, bottom], [left, bottom]]
            kept.append({**line, "words": []})
        pages.append(kept)
        pictures.append(picture)
    return _batch(pages, (1240, 1754), pictures)


@cache
def _specimen(seed: int, kind: Kind) -> tuple[bytes, list[tuple[str, tuple[int, int, int, int]]]]:
    made = make_specimen(seed, kind)
    image = Image.fromarray(made.picture).resize((1240, 1754))
    across, down = 1240 / made.picture.shape[1], 1754 / made.picture.shape[0]
    lines = [
        (each.text, (round(a * across), round(b * down), round(c * across), round(d * down)))
        for each in made.lines
        for a, b, c, d in [each.box]
    ]
    return _jpeg(image), lines


@cache
def _blank_page() -> bytes:
    return _jpeg(Image.new("RGB", (1240, 1754), "white"))


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=80, dpi=(150, 150))
    return buffer.getvalue()


def _batch(pages: Sequence[list[dict[str, Any]]], size: tuple[int, int], pictures: Sequence[bytes]) -> ScanBatch:
    now = timezone.now()
    batch = ScanBatch.objects.create(
        name="甲柜一月", profile="ocr", state=ScanState.CHECKED, files=len(pages), pages=len(pages), by="person:1",
        at=now, checked_at=now, mode="fast", read_at=now,
    )  # fmt: skip
    unit = ScanUnit.objects.create(batch=batch, archive_code=CODE, record_id=1, pages=len(pages))
    for number, lines in enumerate(pages, 1):
        name = f"{CODE}-{number:03}.jpg"
        scan = ScanFile.objects.create(batch=batch, path=name, bytes=1, sha256="0" * 64, pages=1)
        page = ScanPage.objects.create(
            batch=batch, scan=scan, frame=1, unit=unit, number=number, width=size[0], height=size[1], dpi=150,
            mode="colour", paper="A4",
        )  # fmt: skip
        characters = sum(len(each["text"]) for each in lines)
        ReadPage.objects.create(
            page=page, mode="fast", engine="test", version="scan", lines=lines, characters=characters,
            confidence=sum(each["confidence"] for each in lines) / max(1, len(lines)), doubtful=count_doubtful(lines),
            matrix=[[1, 0, 0], [0, 1, 0]], read_at=now,
        )  # fmt: skip
    place = batch_folder(batch.pk)
    for number, picture in enumerate(pictures, 1):
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{CODE}-{number:03}.jpg").write_bytes(picture)
    return batch
