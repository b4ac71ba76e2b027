"""Pages as if they had been read: rows of generated pages with the lines that stand on them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from lantai.archival.imaging.model import Line
from lantai.archival.imaging.specimens import Kind
from lantai.digitisation.models import ReadPage, ScanBatch, ScanFile, ScanPage, ScanState
from tests.archival.imaging.true_lines import witnessed

WIDTH, HEIGHT = 2480, 3508


def put_batch(name: str = "甲柜") -> ScanBatch:
    now = timezone.now()
    return ScanBatch.objects.create(
        name=name, profile="ocr", state=ScanState.CHECKED, by="person:1", at=now, mode="exact", read_at=now
    )


def put_page(batch: ScanBatch, lines: Sequence[Line], *, confidence: float = 0.99) -> ReadPage:
    """A page of a batch with these lines."""
    count = batch.scan_pages.count() + 1
    scan = ScanFile.objects.create(batch=batch, path=f"{count:04}.jpg", bytes=1, sha256="0" * 64, pages=1)
    page = ScanPage.objects.create(batch=batch, scan=scan, frame=1, number=count, width=WIDTH, height=HEIGHT, dpi=300)
    return ReadPage.objects.create(
        page=page, mode="exact", engine="test", version="scan", lines=[each.data() for each in lines],
        characters=sum(len(each.text) for each in lines), confidence=confidence, read_at=timezone.now(),
    )  # fmt: skip


def put_specimen(batch: ScanBatch, seed: int, kind: Kind) -> tuple[ReadPage, list[tuple[str, str]]]:
    """A generated page, and the values that stand on it."""
    _page, lines, told = witnessed(seed, kind)
    return put_page(batch, lines), told
