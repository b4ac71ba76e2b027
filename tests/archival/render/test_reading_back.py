"""OFD drawn from its own content says to a recogniser what the file's own text says, character by character."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from reading_back import agreement, normal

from lantai.archival.render import draw_page, open_pages

pytestmark = [pytest.mark.corpus, pytest.mark.slow]
PARTS = 4
WIDTH = 1500
LEAST = 0.95
"""Part of a file's characters the recogniser must see, however few they are."""

PAGES_A_FILE = 6
UNKNOWN_TO_IT = {"z.ofd": "\u0b83\u0bb3\u0bbe\u0bbf\u0bc6\u0bc7\u0baa\u0bca\u0bcb\u0e24\u0e32\u0e33\u0e4d"}
"""Thai and Tamil letters, which the recogniser's own list of characters lacks."""


@pytest.mark.parametrize("part", range(PARTS))
def test_drawings_of_ofd_read_as_their_text(part: int, corpus: Path) -> None:
    """Of every OFD of the corpus that says anything, all pages; what they should say is read from the file."""
    poor, unknown = {}, {}
    for path in sorted((corpus / "ofd").glob("*.ofd"))[part::PARTS]:
        _format, document = open_pages(path.read_bytes(), path.name)
        right = whole = 0
        for number in range(1, min(document.count, PAGES_A_FILE) + 1):
            lines = document.lines(number)
            if not normal("".join(each.text for each in lines)):
                continue
            found, wanted, letters = agreement(lines, draw_page(document, number, width=WIDTH).data, LEAST)
            right, whole = right + found, whole + wanted
            strange = {each for each in letters if unicodedata.category(each) != "Co"}  # only its own font knows those
            if strange - set(UNKNOWN_TO_IT.get(path.name, "")):
                unknown[f"{path.name} {number}"] = letters
        print(f"{path.name}: {right}/{whole}" + (f" = {right / whole:.4f}" if whole else " (no text)"))
        if right < LEAST * whole:
            poor[path.name] = round(right / whole, 4)
    assert (poor, unknown) == ({}, {})
