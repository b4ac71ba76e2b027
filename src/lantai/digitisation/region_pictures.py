"""Pictures of seals and other parts of pages, cut by a limited child, kept below the batch's derived folder."""

from __future__ import annotations

import atexit
import os
from functools import cache

from django.conf import settings

from lantai.archival.checks.sandbox import ParserError, Sandbox
from lantai.digitisation.queries.batches import NoSuchBatch
from lantai.digitisation.queries.marking import region_places

LONGEST = 320
"""Pixels of the longer side."""
SECONDS = 60.0
_CUTTING = "lantai.archival.imaging.cutting"


@cache
def _child() -> Sandbox:
    box = Sandbox(workers=1, seconds=SECONDS, memory_bytes=settings.LANTAI_EXAMINER_MEMORY, modules=(_CUTTING,))
    atexit.register(box.close)
    return box


def region_picture(*, batch_id: int, region_id: int) -> bytes:
    """A part of a page as JPEG. Raises NoSuchBatch: no such part, or its page cannot be drawn."""
    path, frame, box, kept = region_places(batch_id=batch_id, region_id=region_id)
    if kept.exists():
        return kept.read_bytes()
    try:
        made = bytes(_child().call(f"{_CUTTING}:cut_part", path, frame, box, LONGEST, kind=bytes))
    except (ParserError, OSError):
        made = b""
    if not made:
        raise NoSuchBatch(f"{batch_id}/{region_id}")
    kept.parent.mkdir(parents=True, exist_ok=True)
    whole = kept.with_suffix(f".{os.getpid()}.part")
    whole.write_bytes(made)
    whole.replace(kept)
    return made
