"""The write door of intake: receive, examine, decide, accession, confirm."""

from lantai.ingest.services.accessioning import accession_submissions
from lantai.ingest.services.awaiting import judge_running_cases
from lantai.ingest.services.batches import open_batch
from lantai.ingest.services.confirming import confirm_records
from lantai.ingest.services.correcting import raise_late_corrections
from lantai.ingest.services.deciding import NotOpen, decide_submissions
from lantai.ingest.services.examining import examine_submissions
from lantai.ingest.services.progress import ProgressNode, push_progress
from lantai.ingest.services.pushing import push_package
from lantai.ingest.services.receiving import (
    NewSubmission,
    NoSpace,
    OffsetMismatch,
    SubmissionRefused,
    append_content,
    open_submission,
    receive_packages,
    received_bytes,
)
from lantai.ingest.services.reminding import remind_by_rules
from lantai.ingest.services.sweeping import (
    finish_interrupted_receipts,
    resume_waiting,
    sweep_imports,
    sweep_receiving_area,
)
from lantai.ingest.services.watching import FolderReport, take_folder

__all__ = [
    "FolderReport",
    "NewSubmission",
    "NoSpace",
    "NotOpen",
    "OffsetMismatch",
    "ProgressNode",
    "SubmissionRefused",
    "accession_submissions",
    "append_content",
    "confirm_records",
    "decide_submissions",
    "examine_submissions",
    "finish_interrupted_receipts",
    "judge_running_cases",
    "open_batch",
    "open_submission",
    "push_package",
    "push_progress",
    "raise_late_corrections",
    "receive_packages",
    "received_bytes",
    "remind_by_rules",
    "resume_waiting",
    "sweep_imports",
    "sweep_receiving_area",
    "take_folder",
]
