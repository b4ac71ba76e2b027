"""A part of a scanned page as a picture of its own: a seal for the gallery. For a limited child."""

from __future__ import annotations

import io
from pathlib import Path

from lantai.archival.render import RenderRefused, open_pages

DRAWN = 2_500
"""Pixels a page is wide while a part is cut from it."""
_AROUND = 0.06
"""How much of the part's size is left around it."""


def cut_part(path: Path, frame: int, box: tuple[float, float, float, float], longest: int) -> bytes:
    """A part of a page as JPEG, its longer side at most *longest* pixels; nothing when the page cannot be drawn.

    Args:
        path: the scan.
        frame: the page in it, from 1.
        box: left, top, right and bottom as shares of the page's width and height.
        longest: pixels.

    Raises OSError of the medium.
    """
    try:
        with path.open("rb") as file:
            _format, document = open_pages(file, path.name)
            picture = document.draw(frame, width=DRAWN, dpi=None).convert("RGB")
    except RenderRefused:
        return b""
    wide, high = picture.size
    left, top, right, bottom = box[0] * wide, box[1] * high, box[2] * wide, box[3] * high
    across, down = _AROUND * (right - left), _AROUND * (bottom - top)
    part = picture.crop(
        (
            max(0, int(left - across)),
            max(0, int(top - down)),
            min(wide, int(right + across) + 1),
            min(high, int(bottom + down) + 1),
        )
    )
    part.thumbnail((longest, longest))
    buffer = io.BytesIO()
    part.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
