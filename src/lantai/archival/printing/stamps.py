"""The filing stamp (归档章, DA/T 22-2015): two rows of three, 45 by 16 mm, on sheets to cut and stick, or alone at its
place on a sheet that goes through the printer over the document's first page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lantai.archival.printing.sheets import Sheets, width_of

CELL_WIDTH, CELL_HEIGHT = 15.0, 8.0
WIDTH, HEIGHT = 3 * CELL_WIDTH, 2 * CELL_HEIGHT
GAP = 4.0
Place = Literal["left", "centre", "right"]


@dataclass(frozen=True, slots=True)
class FilingStamp:
    """What one stamp says: 全宗号, 年度, 件号; 机构（问题）, 保管期限, 页数."""

    fonds_code: str
    year: str
    item_number: str
    function: str
    retention: str
    pages: str
    title: str = ""


def stamp_sheets(*, stamps: Sequence[FilingStamp], archive: str) -> bytes:
    """Stamps to cut and stick, four beside each other, each with the title of its item below. Raises archival.render's
    FontMissing.
    """
    sheets = Sheets(title="归档章", author=archive, landscape=False)
    across, high = 4, HEIGHT + GAP + 5.0
    left = (210 - across * WIDTH - (across - 1) * GAP) / 2
    down = int((297 - 24) // high)
    for number, each in enumerate(stamps):
        row, column = divmod(number % (across * down), across)
        if row == column == 0:
            sheets.begin()
        x, y = left + column * (WIDTH + GAP), 12 + row * high
        _draw(sheets, each, x, y)
        sheets.block(each.title, x, y + HEIGHT + 3.2, WIDTH, size=6, leading=2.6, most=1)
    if not stamps:
        sheets.begin()
    return sheets.finish()


def stamp_overprint(*, stamps: Sequence[FilingStamp], archive: str, place: Place = "right", top: float = 10.0) -> bytes:
    """One sheet an item with nothing on it but the stamp, for the free space at the head of the document's first page.

    Args:
        stamps: in the order of the paper in the tray.
        archive: the author of the file.
        place: at the left, in the middle or at the right of the sheet, 15 mm from its edge.
        top: millimetres from the upper edge.

    Raises archival.render's FontMissing.
    """
    sheets = Sheets(title="归档章套印", author=archive, landscape=False)
    x = {"left": 15.0, "centre": (210 - WIDTH) / 2, "right": 210 - 15 - WIDTH}[place]
    for each in stamps:
        sheets.begin()
        _draw(sheets, each, x, top)
    if not stamps:
        sheets.begin()
    return sheets.finish()


def _draw(sheets: Sheets, stamp: FilingStamp, x: float, y: float) -> None:
    rows = (
        (stamp.fonds_code, stamp.year, stamp.item_number),
        (stamp.function, stamp.retention, stamp.pages),
    )
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            left, top = x + column * CELL_WIDTH, y + row * CELL_HEIGHT
            sheets.box(left, top, CELL_WIDTH, CELL_HEIGHT)
            size = 9.0
            while size > 4 and width_of(value, size) > (CELL_WIDTH - 1) * 72 / 25.4:
                size -= 0.5
            sheets.text(value, left + CELL_WIDTH / 2, top + 5.2, size=size, align="centre")
