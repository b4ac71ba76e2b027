"""The tables of intake."""

from lantai.ingest.models.asking import (
    ChannelTrouble,
    CorrectionRequest,
    HandledCase,
    HandoverRule,
    Reminder,
    ReminderContact,
    ReminderRule,
)
from lantai.ingest.models.imports import CatalogueImport, Crosswalk, ImportLine, ImportState, LineState
from lantai.ingest.models.submissions import (
    Accession,
    AccessionLine,
    Batch,
    BatchDecision,
    CaseProgress,
    ChannelKind,
    ExaminationReport,
    Receipt,
    ReportedFault,
    Submission,
    SubmissionState,
)

__all__ = [
    "Accession",
    "AccessionLine",
    "Batch",
    "BatchDecision",
    "CaseProgress",
    "CatalogueImport",
    "ChannelKind",
    "ChannelTrouble",
    "CorrectionRequest",
    "Crosswalk",
    "ExaminationReport",
    "HandledCase",
    "HandoverRule",
    "ImportLine",
    "ImportState",
    "LineState",
    "Receipt",
    "Reminder",
    "ReminderContact",
    "ReminderRule",
    "ReportedFault",
    "Submission",
    "SubmissionState",
]
