"""The seals on the pages of a file, for a child process: of pictures, and of the pages of a PDF that hold no text."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from lantai.archival.imaging.models import ModelMissing, installed_models
from lantai.archival.imaging.pictures import scaled
from lantai.archival.imaging.seals.model import Seal, StripReader
from lantai.archival.imaging.seals.reading import read_seals
from lantai.archival.imaging.seals.strips import strip_reader
from lantai.archival.render import IMAGES, RenderRefused, open_pages

_DPI = 200.0
_SIDE = 3_600
"""Pixels of the longer side that pages are looked at."""
_MOST = 40
"""Pages of one file that are looked at."""


def see_seals(path: Path, known: tuple[str, ...] = ()) -> dict[str, Any]:
    """What ``lantai seals`` says of the pages of one file: the seals it shows, how many pages were looked at, and in
    both languages why not more. Raises OSError of the medium."""
    seals: list[dict[str, Any]] = []
    looked, fault = 0, ("", "")
    with path.open("rb") as file:
        try:
            read = _reader()
            key, document = open_pages(file, path.name)
            for page in range(1, document.count + 1):
                if key not in IMAGES and document.lines(page):
                    continue
                if looked == _MOST:
                    fault = (f"只查看了前 {_MOST} 个扫描页", f"only the first {_MOST} scanned pages were looked at")
                    break
                picture = document.draw(page, width=None, dpi=None if key in IMAGES else _DPI).convert("RGB")
                factor = min(1.0, _SIDE / max(picture.size))
                small = scaled(np.asarray(picture, np.uint8), factor)
                found = read_seals(small, read, dpi=None if key in IMAGES else _DPI * factor)
                seals += [seal_data(each, page, factor) for each in found]
                looked += 1
        except (RenderRefused, ModelMissing) as refused:
            fault = (refused.reason_zh, refused.reason_en)
    return {"page_seals": seals, "pages_seen": looked, "page_fault": fault[0], "page_fault_en": fault[1]}


def seal_data(seal: Seal, page: int, factor: float = 1.0) -> dict[str, Any]:
    """A seal as plain data, its box in pixels of a page that was reduced by *factor* to be looked at."""
    outline = seal.outline
    return {
        "page": page,
        "shape": outline.shape,
        "colour": outline.colour,
        "box": [round(each / factor) for each in outline.box],
        "name": seal.name,
        "middle": seal.middle,
        "confidence": seal.confidence,
        "turned": seal.turned,
        "owner": seal.owner.name if seal.owner else None,
        "owner_score": seal.owner.score if seal.owner else None,
    }


@functools.cache
def _reader() -> StripReader:
    cv2.setNumThreads(1)
    return strip_reader(installed_models("exact"))
