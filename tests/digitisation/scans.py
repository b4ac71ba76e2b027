"""A delivery of scans for tests: records in the catalogue, and a folder of pages in the incoming area."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from lantai.administration.models import Organisation
from lantai.digitisation.area import incoming_folder
from tests.archival.imaging.test_inspecting import barcode_sheet, encoded
from tests.archival.imaging.test_measuring import page
from tests.catalog.arranged import put
from tests.ingest.importing import by

CODES = ("0059-WS·2019-Y-0001", "0059-WS·2019-Y-0002", "0059-WS·2019-Y-0003")


def catalogued(pages: tuple[int | None, ...] = (2, 3, 1)) -> list[int]:
    """Three items with archive codes and these numbers of pages; their record numbers."""
    body = Organisation.objects.order_by("pk").values_list("pk", flat=True)[0]
    return [
        put(8000 + number, 1, archive_code=code, pages=count, organisation_id=body)[0].pk
        for number, (code, count) in enumerate(zip(CODES, pages, strict=True))
    ]


def scan(seed: int, *, dpi: int = 300, size: tuple[int, int] = (1240, 1754)) -> Image.Image:
    """A small page of writing."""
    return page(size, seed=seed, dpi=dpi, mode="L", lines=30)


def jpeg(seed: int, **more: int) -> bytes:
    """A scanned page as a file whose head tells 150 dpi of A4, so that it is one at 300 dpi of A5."""
    made = scan(seed, **more)
    return encoded(made, "JPEG", dpi=(300, 300), quality=85)


def deliver(folder: str = "甲柜") -> Path:
    """A folder with the pages of all three records: page files, a multi-page TIFF, and what systems leave behind."""
    place = incoming_folder() / folder
    (place / CODES[0]).mkdir(parents=True)
    for number in (1, 2):
        (place / CODES[0] / f"{number:04}.jpg").write_bytes(jpeg(number))
    first, *rest = [scan(10 + number) for number in range(3)]
    stack = io.BytesIO()
    first.save(stack, "TIFF", save_all=True, append_images=rest, dpi=(300, 300), compression="tiff_lzw")
    (place / f"{CODES[1]}.tif").write_bytes(stack.getvalue())
    (place / f"{CODES[2]}-001.jpg").write_bytes(jpeg(20))
    (place / "Thumbs.db").write_bytes(b"litter")
    return place


__all__ = ["CODES", "barcode_sheet", "by", "catalogued", "deliver", "encoded", "jpeg", "scan"]
