"""Pages with known text for tests of reading: specimens as scanners deliver them, and scraps read in no time."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from lantai.archival.imaging.specimens import Specimen, make_specimen, worn
from lantai.digitisation.area import incoming_folder
from tests.digitisation.scans import CODES


@cache
def specimen(seed: int, kind: str, wear: str = "clean", dpi: int = 150) -> Specimen:
    """A worn page; one of 150 dpi is read in a second."""
    return worn(make_specimen(seed, kind), wear, seed=seed, dpi=dpi)  # type: ignore[arg-type]


@cache
def scrap(seed: int) -> Specimen:
    """The title of a page: some letters, read in no time."""
    page = specimen(seed, "redhead")
    return Specimen("redhead", seed, page.picture[150:420:2, ::2].copy(), 75, page.lines[:1])


def jpeg_of(page: Specimen, quality: int = 88) -> bytes:
    """A page as a scanner's file."""
    return encoded_picture(page.picture, page.dpi, quality)


def encoded_picture(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], dpi: int, quality: int = 88) -> bytes:
    """Pixels as JPEG whose head tells its resolution."""
    made = io.BytesIO()
    Image.fromarray(picture).save(made, "JPEG", quality=quality, dpi=(dpi, dpi))
    return made.getvalue()


def deliver_pages(*pages: bytes, folder: str = "识别", code: str = CODES[0], suffix: str = "jpg") -> Path:
    """A folder with these pages as those of one record."""
    place = incoming_folder() / folder
    place.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(pages, 1):
        (place / f"{code}-{number:03}.{suffix}").write_bytes(data)
    return place
