"""OFD drawn from its own content says to a recogniser what the file's own text says, character by character."""

from __future__ import annotations

from pathlib import Path

import pytest
from reading_back import agreement, normal

from lantai.archival.render import draw_page, open_pages

pytestmark = [pytest.mark.corpus, pytest.mark.slow]
PARTS = 4
PAGES_A_FILE = 1
WIDTH = 1500
LEAST = 0.95
"""Part of a file's characters the recogniser must see; of a file of a few words it may miss one character."""

UNREADABLE = {"hello_watermark.ofd"}
"""The only line lies under dark letters of a watermark; people read it, the recogniser does not."""


@pytest.mark.parametrize("part", range(PARTS))
def test_drawings_of_ofd_read_as_their_text(part: int, corpus: Path) -> None:
    """Of every OFD of the corpus that says anything, its first page; what they should say is read from the file."""
    poor = {}
    for path in sorted((corpus / "ofd").glob("*.ofd"))[part::PARTS]:
        _format, document = open_pages(path.read_bytes(), path.name)
        right = whole = 0
        for number in range(1, min(document.count, PAGES_A_FILE) + 1):
            own = "".join(each.text for each in document.lines(number))
            if not normal(own):
                continue
            found, wanted = agreement(own, draw_page(document, number, width=WIDTH).data, LEAST)
            right, whole = right + found, whole + wanted
        print(f"{path.name}: {right}/{whole}" + (f" = {right / whole:.4f}" if whole else " (no text)"))
        if whole - right > max(1, (1 - LEAST) * whole):
            poor[path.name] = round(right / whole, 4)
    assert set(poor) <= UNREADABLE, poor
