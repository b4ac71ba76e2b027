"""Reading what is only a picture (识别) in one file of a package: scans, pages of PDF without text. For a child.

A child keeps the networks it loaded; they are its own packages' files, nothing is fetched.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from lantai.archival.checks.viewing import look_at
from lantai.archival.imaging.fields import FAULTS, find_fields
from lantai.archival.imaging.levelling import Levelling
from lantai.archival.imaging.model import Line, PageReading
from lantai.archival.imaging.models import Mode, ModelMissing, installed_models
from lantai.archival.imaging.pictures import Picture, coloured
from lantai.archival.imaging.reading import Reader
from lantai.archival.imaging.reading_scans import seals_of
from lantai.archival.imaging.sorting import Sorter, kind_words
from lantai.archival.packages import Component
from lantai.archival.render import PagedDocument
from lantai.archival.render.image_pages import ImagePages

_DPI = 300.0
"""What a page that is drawn, of a PDF or an OFD, is read at."""


def recognise_page(path: Path, component: Component | None, number: int, mode: str, key: bytes = b"") -> dict[str, Any]:
    """Read page *number* of a file whose page bears no text of its own.

    Args:
        path, component, key: as for ``viewing.view_pages``.
        number: from 1.
        mode: ``exact`` or ``fast``.

    Returns ``skipped`` where the page has text of its own; else ``text``, ``confidence``, ``turned``, ``mirrored``,
    ``version``, ``width``, ``height``, ``steps``: what repair did, and ``lines``: for each its ``text``, ``box``,
    ``confidence`` and ``vertical``, in reading order; what the page is: ``kind`` with its words, None when unknown,
    and ``kind_confidence``; and what stands on it, each with its ``box``: ``fields``, ``tables``, ``seals``. A page
    that cannot be read gives ``refused_zh`` and
    ``refused_en`` instead. Raises OSError of the medium.
    """

    def look(_format: str, document: PagedDocument) -> dict[str, Any]:
        if document.lines(number):
            return {"skipped": True}
        picture = isinstance(document, ImagePages)
        image = document.draw(number, width=None, dpi=None if picture else _DPI)
        pixels = cast(Picture, np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"), np.uint8))
        try:
            reader = _reader(cast(Mode, mode))
            reading = reader.read(pixels)
            return _told(reading) | _understood(reading) | {"seals": _seals(pixels, reading, reader)}
        except ModelMissing as missing:
            return {"refused_zh": missing.reason_zh, "refused_en": missing.reason_en}

    return look_at(path, component, look, key)


@cache
def _reader(mode: Mode) -> Reader:
    return Reader(installed_models(mode))


def _told(reading: PageReading) -> dict[str, Any]:
    return {
        "text": reading.text,
        "confidence": round(reading.confidence, 4),
        "width": reading.width,
        "height": reading.height,
        "turned": reading.turned,
        "mirrored": reading.mirrored,
        "version": reading.version,
        "steps": [{"name": each.name, **each.parameters} for each in reading.steps],
        "lines": [_line(each) for each in reading.lines],
    }


def _understood(reading: PageReading) -> dict[str, Any]:
    """What kind of document the page is, and the values on it; boxes are in pixels of the page as it came."""
    level = Levelling.of(reading.matrix, reading.width, reading.height)
    lines = level.lines(reading.lines)
    decided = Sorter.shipped().decide(lines)
    words = kind_words(decided.kind)
    return {
        "kind": {"code": decided.kind, "zh": words[0], "en": words[1], "by": decided.by} if decided.kind else None,
        "kind_confidence": decided.confidence,
        "fields": [
            {
                "code": each.code,
                "value": each.value,
                "text": each.text,
                "box": list(level.back(each.box)),
                "confidence": each.confidence,
                "fault": FAULTS[each.fault][0] if each.fault else None,
                "fault_en": FAULTS[each.fault][1] if each.fault else None,
            }
            for each in find_fields(lines)
        ],
        "tables": [each.data() for each in reading.tables],
    }


def _seals(pixels: Picture, reading: PageReading, reader: Reader) -> list[dict[str, Any]]:
    return [
        {
            "box": [round(one) for one in each.outline.box],
            "shape": each.outline.shape,
            "colour": each.outline.colour,
            "name": each.name,
            "middle": each.middle,
            "confidence": round(each.confidence, 4),
        }
        for each in seals_of(coloured(pixels), reading, reader)
    ]


def _line(line: Line) -> dict[str, Any]:
    return {
        "text": line.text,
        "box": list(line.box),
        "confidence": round(line.confidence, 4),
        "vertical": line.vertical,
    }
