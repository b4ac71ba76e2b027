"""Tables of digitisation (数字化)."""

from lantai.digitisation.models.acceptance import Acceptance, AcceptanceState, DrawnRecord
from lantai.digitisation.models.paper import Loan, StepCode, WorkStep
from lantai.digitisation.models.readings import Correction, FieldState, PageField, ReadPage, Region, RegionKind
from lantai.digitisation.models.reviewing import PageReview, ReviewSpell
from lantai.digitisation.models.scans import ReadingMode, ScanBatch, ScanFile, ScanPage, ScanState, ScanUnit
from lantai.digitisation.models.understanding import FormTemplate, SorterVersion

__all__ = [
    "Acceptance",
    "AcceptanceState",
    "Correction",
    "DrawnRecord",
    "FieldState",
    "FormTemplate",
    "Loan",
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
    "SorterVersion",
    "StepCode",
    "WorkStep",
]
