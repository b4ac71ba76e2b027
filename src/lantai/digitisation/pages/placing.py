"""What all pages of digitisation share: where they stand in the menu, the way back, which language is spoken."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lantai.common.components import Link
from lantai.digitisation import queries

HERE = "digitising"
SMALL, LARGE = 320, 1600
"""Widths of page images, in pixels: in the list, and to be looked at."""


def batch_crumb(row: queries.BatchRow, *last: Link) -> list[Link]:
    """The way back from a page of a batch."""
    first = Link(_("数字化与识别"), reverse("digitising"))
    return [first, Link(row.name, reverse("digitising-batch", args=[row.id])), *last]


def language_place() -> int:
    """Which of a pair of Chinese and English words is to be said."""
    return int(get_language() == "en")
