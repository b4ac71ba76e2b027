"""The three jobs of intake, by name: each waits at most once and drains all there is."""

from __future__ import annotations

from datetime import timedelta

from lantai.work.services import queue_job

_HERE = "lantai.ingest.services"
EXAMINATION, ACCESSION, CONFIRMATION = "ingest.examine", "ingest.accession", "ingest.confirm"
GATHER = timedelta(seconds=0.4)
"""How long the first package waits for company: a chunk costs little more than a single one."""
GATHER_BOX = timedelta(seconds=1)
"""The same before the accession: a fuller box is fewer files and fewer flushes."""


def queue_examination() -> None:
    """Have the received packages examined, in the caller's transaction."""
    queue_job(task=f"{_HERE}.examining.examine_submissions", title="四性检测", key=EXAMINATION, delay=GATHER)


def queue_accession() -> None:
    """Have the approved packages taken into the archive, in the caller's transaction."""
    queue_job(task=f"{_HERE}.accessioning.accession_submissions", title="进馆", key=ACCESSION, delay=GATHER_BOX)


def queue_confirmation() -> None:
    """Have the files of new records identified exactly and read for search, in the caller's transaction."""
    queue_job(task=f"{_HERE}.confirming.confirm_records", title="格式确认与全文提取", key=CONFIRMATION, background=True)
