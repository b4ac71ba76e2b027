"""Tables of digitisation (数字化)."""

from lantai.digitisation.models.readings import Correction, FieldState, PageField, ReadPage, Region, RegionKind
from lantai.digitisation.models.reviewing import PageReview, ReviewSpell
from lantai.digitisation.models.scans import ReadingMode, ScanBatch, ScanFile, ScanPage, ScanState, ScanUnit

__all__ = [
    "Correction",
    "FieldState",
    "PageField",
    "PageReview",
    "ReadPage",
    "ReadingMode",
    "Region",
    "RegionKind",
    "ReviewSpell",
    "ScanBatch",
    "ScanFile",
    "ScanPage",
    "ScanState",
    "ScanUnit",
]
